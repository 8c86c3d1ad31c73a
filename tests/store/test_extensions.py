"""A host's code that fails in the middle of a move leaves nothing behind, on either engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_s import OFFICE, Clock
from offices import Office

from casework_flow import Casework, Extension, ExtensionFault

WORKFLOW = """
workflow: small
version: 1
title: {id: Kecil, en: Small}
stages:
  start:
    title: {id: Awal, en: Start}
    requires:
      - {guard: known, kind: legal, check: host.known(client.name), say: {id: Tidak, en: Unknown}, fix: client}
    documents: [first, second]
  ending: {title: {id: Akhir, en: End}}
closures: {done: {complete: true}}
"""
CLIENT = {"name": "Sari Contoh", "initials": "SC", "sex": "female", "nik_absent_reason": "belum ada"}


def known(name: str) -> bool:
    return bool(name)


def failing(text: str) -> str:
    raise ConnectionError("the host's service is down")


def test_a_filter_that_fails_in_the_second_document_undoes_the_whole_move(office: Office, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(WORKFLOW)
    (tmp_path / "first.xml.j2").write_text('<document title="a"><p>{{ client.name }}</p></document>')
    (tmp_path / "second.xml.j2").write_text('<document title="b"><p>{{ client.name|own }}</p></document>')
    url = office.empty()

    def casework(filter_: Any) -> Casework:
        one = Extension(name="host", functions=[known], filters={"own": filter_})
        made = Casework(
            url, office=OFFICE, clock=Clock(), workflows=[tmp_path], templates=[tmp_path], extensions=[one]
        )
        office.opened.append(made)
        return made

    sound, broken = casework(str.upper), casework(failing)
    sound.add_staff("maya", full_name="Maya Contoh", role="social_worker")
    number = sound.open("small", client=CLIENT, by="maya").number
    before = sound.history(number)
    with pytest.raises(ExtensionFault, match=r"host.*own.*ConnectionError"):
        broken.advance(number, by="maya")
    assert sound.history(number) == before
    assert not sound.documents(number)
    assert not sound.verify()
    assert [done.name for done in sound.advance(number, by="maya").documents] == ["first", "second"]
