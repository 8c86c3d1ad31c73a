"""The members of staff: what is known of them may change, and the office's own chain tells who changed it."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_s import casework, data

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound, Refused


@pytest.fixture
def cw(tmp_path: Path) -> Casework:
    found = casework(tmp_path / "casework.db")
    found.add_staff("sup", full_name="Supervisor Contoh", role="supervisor")
    found.add_staff("rina", full_name="Rina Contoh", role="social_worker", title="Pekerja Sosial")
    return found


def test_what_is_given_changes_and_the_rest_stays(cw: Casework) -> None:
    changed = cw.change_staff("rina", supervisor="sup", nip="19850202 201001 2 002", by="sup")
    assert changed == cw.staff("rina")
    assert (changed.full_name, changed.role, changed.title) == ("Rina Contoh", "social_worker", "Pekerja Sosial")
    assert (changed.supervisor, changed.nip) == ("sup", "198502022010012002")
    assert cw.verify() == ()


def test_an_empty_text_takes_a_value_away(cw: Casework) -> None:
    assert cw.change_staff("rina", title="").title is None
    cw.change_staff("rina", supervisor="sup")
    assert cw.change_staff("rina", supervisor="").supervisor is None
    assert cw.verify() == ()


def test_a_change_is_repeated_harmlessly_under_its_key(cw: Casework) -> None:
    first = cw.change_staff("rina", supervisor="sup", key="k")
    assert cw.change_staff("rina", supervisor="sup", key="k") == first


def test_a_change_that_cannot_be_is_refused_and_nothing_is_changed(cw: Casework) -> None:
    before = cw.all_staff()
    for given in (
        {},
        {"role": "social_worker"},
        {"role": "king"},
        {"supervisor": "rina"},
        {"nip": "1"},
        {"full_name": ""},
    ):
        with pytest.raises(Invalid) as refused:
            cw.change_staff("rina", **given)
        assert refused.value.problems
    for name, given in (("nobody", {"title": "x"}), ("rina", {"supervisor": "nobody"})):
        with pytest.raises(NotFound):
            cw.change_staff(name, **given)
    assert cw.all_staff() == before


def test_a_new_supervisor_approves_and_one_who_is_none_is_told_how_to_become_one(cw: Casework) -> None:
    number = cw.open("pkh-economic", client=data("client"), by="rina", at="2025-03-03").number
    cw.record(number, "contract", data("contract"), by="rina", at="2025-03-06")
    with pytest.raises(Refused, match=r"Rina Contoh has no supervisor.*casework staff change rina --supervisor NAME"):
        cw.approve(number, "contract", by="sup", at="2025-03-06")
    cw.change_staff("rina", supervisor="sup")
    assert cw.approve(number, "contract", by="sup", at="2025-03-06").approved
