"""``edit``: a record as YAML in somebody's editor."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import NUMBER, casework
from hypothesis import given, settings
from hypothesis import strategies as st
from test_asking import records, sound

from casework_flow.cli.editing import MARK
from casework_flow.records.blank import blank_form
from casework_flow.records.types import RECORD_TYPES, RecordType
from casework_flow.yaml12 import parse

AT = ("--at", "2025-03-06", "--as", "rina")
Editor = Callable[[str], Path]


@pytest.mark.parametrize("kind", [*RECORD_TYPES.values()], ids=lambda kind: kind.name)
@pytest.mark.parametrize("lang", ["en", "id"])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_filled_form_reads_back_as_what_is_recorded(kind: RecordType, lang: str, data: st.DataObject) -> None:
    content = data.draw(records(kind))
    form = blank_form(kind, lang, content)
    assert sound(kind, parse(form)[0]) == content


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Make the program that follows the editor: a shell script, in which $1 is the file."""

    def make(script: str) -> Path:
        file = tmp_path / "editor.sh"
        file.write_text(f"#!/bin/sh\necho opened >> {tmp_path}/log\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("VISUAL", str(file))
        return tmp_path / "log"

    return make


def draft(folder: Path, name: str = "client") -> Path:
    return folder / ".casework" / "drafts" / f"{NUMBER}-{name}-rina.yaml"


def content(record: str = "client") -> Any:
    return casework("show", NUMBER, record, "--json").data


def test_what_is_saved_is_a_revision(at_stage: Callable[[str], Path], editor: Editor) -> None:
    folder = at_stage("")
    editor("sed -i 's/^name:.*/name: Sarma Lain/' \"$1\"")
    done = casework("edit", NUMBER, "client", *AT)
    assert done.code == 0, done.err
    assert content()[0]["revision"] == 2
    assert content()[0]["content"]["name"] == "Sarma Lain"
    assert not draft(folder).exists()


@pytest.mark.parametrize("script", ["true", 'touch "$1"', ': > "$1"'])
def test_what_is_not_changed_is_not_recorded(script: str, at_stage: Callable[[str], Path], editor: Editor) -> None:
    folder = at_stage("")
    editor(script)
    done = casework("edit", NUMBER, "client", *AT)
    assert (done.code, done.out) == (0, "Nothing was changed, and nothing is recorded.\n")
    assert content()[0]["revision"] == 1
    assert not draft(folder).exists()


def test_faults_stand_above_their_lines_and_the_editor_opens_again(
    at_stage: Callable[[str], Path], editor: Editor, tmp_path: Path
) -> None:
    folder = at_stage("")
    log = editor(
        f'if grep -q "{MARK}" "$1"; then cp "$1" {tmp_path}/seen; sed -i "s/^sex:.*/sex: male/" "$1";'
        ' else sed -i "s/^sex:.*/sex: nobody/" "$1"; fi'
    )
    done = casework("edit", NUMBER, "client", "--at", "2025-03-06", "--as", "rina")
    seen = (tmp_path / "seen").read_text(encoding="utf-8").splitlines()
    line = seen.index("sex: nobody")
    assert seen[line - 1].startswith(f'{MARK} "nobody" is none of: female')
    assert log.read_text().count("opened") >= 2
    if done.code:  # the identity number says another sex, which is a fault of its own
        assert draft(folder).exists()
    assert all(MARK not in str(one["content"]) for one in content())


def test_an_editor_that_is_left_with_faults_keeps_what_was_typed(
    at_stage: Callable[[str], Path], editor: Editor, tmp_path: Path
) -> None:
    folder = at_stage("")
    editor(f'grep -q "{MARK}" "$1" || printf "received_on: [\\n" > "$1"')
    done = casework("edit", NUMBER, "intake", *AT)
    assert done.code == 6
    kept = draft(folder, "intake")
    assert "received_on: [" in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.name in done.err.replace("\n", "")
    editor(f'cp "$1" {tmp_path}/found')
    casework("edit", NUMBER, "intake", *AT)
    assert "received_on: [" in (tmp_path / "found").read_text(encoding="utf-8")


def test_an_editor_that_fails_keeps_what_was_typed(at_stage: Callable[[str], Path], editor: Editor) -> None:
    folder = at_stage("")
    editor('echo "name: Lain" > "$1"; exit 3')
    done = casework("edit", NUMBER, "client", *AT)
    assert done.code != 0
    assert draft(folder).read_text(encoding="utf-8") == "name: Lain\n"
    assert content()[0]["revision"] == 1


def test_an_item_of_many_and_a_new_one(at_stage: Callable[[str], Path], editor: Editor) -> None:
    at_stage("assessment")
    editor('sed -i \'s/^text_version:.*/text_version: "9"/\' "$1"')
    at = ("--at", "2025-03-13", "--as", "rina")
    done = casework("edit", NUMBER, "consent", "--item", "1", *at)
    assert done.code == 0, done.err
    found = {one["item"]: one for one in content("consent")}
    assert (found[1]["revision"], found[1]["content"]["text_version"]) == (2, "9")
    assert casework("edit", NUMBER, "consent", "--item", "99", *at).code == 4
    assert casework("edit", NUMBER, "client", "--item", "1", *at).code == 2


def test_without_an_editor_nothing_happens(at_stage: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = at_stage("")
    monkeypatch.delenv("VISUAL", raising=False)
    for named in ("no-such-editor", ""):
        monkeypatch.setenv("EDITOR", named)
        monkeypatch.setenv("PATH", "" if not named else "/usr/bin")
        done = casework("edit", NUMBER, "client", *AT)
        assert done.code == 2
        assert "export EDITOR=nano" in done.err
    assert not draft(folder).exists()
