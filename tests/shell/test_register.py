"""Letter numbers: entered once, as the register gave them, or drawn without gaps; corrected only with a reason."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from case_s import NUMBER, OFFICE, TEMPLATES, At, Clock, casework, data

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound, Refused
from casework_flow.office import Office, load

DAY = "2025-06-02"
LETTER = "460/012/Dinsos/2025"
PATTERN = "460/{number:03d}/Dinsos/{year}"


@pytest.fixture
def drawing(at: At, tmp_path: Path) -> At:
    """The office in which case S has entered a stage, its register's pattern switched on."""

    def opened(stage: str) -> Casework:
        at(stage)
        office = replace(OFFICE, register_pattern=PATTERN)
        return Casework(f"sqlite:///{tmp_path}/casework.db", office=office, templates=[TEMPLATES], clock=Clock())

    return opened


def test_the_number_of_a_document_stays_blank_until_it_is_registered(at: At) -> None:
    cw = at("assessment")
    assert {document.number for document in cw.documents(NUMBER)} == {None}
    before = cw.document(NUMBER, "contract")
    registered = cw.register(NUMBER, "contract", f"  {LETTER} ", by="rina", at=DAY)
    assert registered.as_data() == {
        "case": NUMBER, "name": "contract", "item": None, "version": 1, "number": LETTER, "at": DAY, "by": "rina",
        "before": None,
    }  # fmt: skip
    after = cw.document(NUMBER, "contract")
    assert (before.number, after.number) == (None, LETTER)
    assert before.sha256 == after.sha256  # the number is no part of the digest
    assert {d.name: d.number for d in cw.documents(NUMBER) if d.number} == {"contract": LETTER}
    event = cw.history(NUMBER)[-1]
    assert (event["kind"], event["body"]["number"], event["on"]) == ("registered", LETTER, DAY)
    assert cw.verify() == ()


def test_a_closed_case_s_letters_are_registered_and_nothing_else_of_it_changes(at: At) -> None:
    cw = at("")
    before = cw.case(NUMBER)
    cw.register(NUMBER, "termination_letter", LETTER, by="rina", at=DAY)
    assert cw.case(NUMBER) == before
    assert cw.verify() == ()
    with pytest.raises(Refused):
        cw.record(NUMBER, "session", data("session")[0], by="rina", at=DAY, again=True)


def test_a_number_is_entered_once_and_corrected_only_with_a_reason(at: At) -> None:
    cw = at("assessment")
    with pytest.raises(Refused, match="no number"):
        cw.register(NUMBER, "contract", LETTER, by="rina", at=DAY, correct=True, reason="salah ketik")
    cw.register(NUMBER, "contract", LETTER, by="rina", at=DAY)
    for again in (LETTER, "460/013/Dinsos/2025"):
        with pytest.raises(Refused, match="--correct"):
            cw.register(NUMBER, "contract", again, by="rina", at=DAY)
    for reason in (None, "", " "):
        with pytest.raises(Invalid) as invalid:
            cw.register(NUMBER, "contract", "460/013/Dinsos/2025", by="rina", at=DAY, correct=True, reason=reason)
        assert invalid.value.problems[0].where == "reason"
    corrected = cw.register(
        NUMBER, "contract", "460/013/Dinsos/2025", by="rina", at=DAY, correct=True, reason="salah ketik"
    )
    assert (corrected.before, corrected.number) == (LETTER, "460/013/Dinsos/2025")
    assert cw.document(NUMBER, "contract").number == "460/013/Dinsos/2025"
    assert cw.history(NUMBER)[-1]["private"] == {"reason": "salah ketik"}
    cw.register(NUMBER, "intake", LETTER, by="rina", at=DAY)  # the wrong one is free again
    assert cw.verify() == ()


def test_no_two_documents_of_an_office_bear_one_number_in_a_year(at: At) -> None:
    cw = at("assessment")
    cw.register(NUMBER, "contract", "460/012", by="rina", at="2025-06-02")
    second = cw.open("pkh-economic", client=data("client"), by="rina", at="2025-06-02").number
    assert second != NUMBER
    with pytest.raises(Refused, match="460/012"):
        cw.register(NUMBER, "intake", "460/012", by="rina", at="2025-12-01")
    cw.register(NUMBER, "intake", "460/013", by="rina", at="2025-12-01")


def test_in_another_year_the_count_begins_anew(at: At, clock: Clock) -> None:
    cw = at("assessment")
    clock.now = clock.now.replace(year=2026)
    cw.register(NUMBER, "contract", "460/012", by="rina", at="2025-12-31")
    cw.register(NUMBER, "intake", "460/012", by="rina", at="2026-01-02")
    assert cw.verify() == ()


@pytest.mark.parametrize("wrong", ["", "  ", "x" * 81, "460\n012", "460\t012"])
def test_what_cannot_be_a_number_is_refused_with_the_field(wrong: str, at: At) -> None:
    cw = at("assessment")
    with pytest.raises(Invalid) as invalid:
        cw.register(NUMBER, "contract", wrong, by="rina", at=DAY)
    assert invalid.value.problems[0].where == "number"


def test_the_item_and_the_version_say_which(at: At) -> None:
    cw = at("")
    cw.register(NUMBER, "visit_report", "460/1", by="rina", at=DAY, item=3)
    numbers = {document.item: document.number for document in cw.documents(NUMBER) if document.name == "visit_report"}
    assert [item for item, number in numbers.items() if number] == [3]
    for which in ({"item": 99}, {"version": 2}):
        with pytest.raises(NotFound):
            cw.register(NUMBER, "visit_report", "460/2", by="rina", at=DAY, **which)
    with pytest.raises(NotFound):
        cw.register(NUMBER, "contrct", "460/2", by="rina", at=DAY)


def test_who_may_not_move_the_case_registers_nothing_in_it(at: At) -> None:
    cw = at("assessment")
    for who in ("budi", "maya"):
        with pytest.raises(Refused):
            cw.register(NUMBER, "contract", LETTER, by=who, at=DAY)
    assert cw.register(NUMBER, "contract", LETTER, by="sup", at=DAY).by == "sup"


def test_a_request_repeated_under_its_key_registers_once(drawing: At) -> None:
    cw = drawing("assessment")
    first = cw.register(NUMBER, "contract", by="rina", at=DAY, key="a")
    assert cw.register(NUMBER, "contract", by="rina", at=DAY, key="a") == first
    assert cw.register(NUMBER, "intake", by="rina", at=DAY).number == "460/002/Dinsos/2025"


# drawn from a pattern


def test_no_number_is_drawn_unless_the_office_switched_it_on(at: At) -> None:
    with pytest.raises(Refused, match="register_pattern"):
        at("assessment").register(NUMBER, "contract", by="rina", at=DAY)


def test_drawn_numbers_follow_each_other_by_year_and_pass_over_what_was_entered(drawing: At) -> None:
    cw = drawing("")
    cw.register(NUMBER, "intake", "460/002/Dinsos/2025", by="rina", at=DAY)
    drawn = [cw.register(NUMBER, name, by="rina", at=DAY).number for name in ("contract", "assessment", "plan")]
    assert drawn == [f"460/{n:03d}/Dinsos/2025" for n in (1, 3, 4)]
    assert cw.verify() == ()


def test_a_refused_registration_takes_no_number(drawing: At) -> None:
    cw = drawing("assessment")
    cw.register(NUMBER, "contract", by="rina", at=DAY)
    for _ in range(3):
        with pytest.raises(Refused):
            cw.register(NUMBER, "contract", by="rina", at=DAY)
    assert cw.register(NUMBER, "intake", by="rina", at=DAY).number == "460/002/Dinsos/2025"


PROCESS = """
import sys
from dataclasses import replace
from casework_flow.casework import Casework
from casework_flow.errors import Conflict
from case_s import NUMBER, OFFICE, TEMPLATES, Clock
office = replace(OFFICE, register_pattern="{number}/{year}")
cw = Casework(sys.argv[1], office=office, templates=[TEMPLATES], clock=Clock())
for item in sys.argv[2:]:
    while True:
        try:
            print(cw.register(NUMBER, "visit_report", by="rina", at="2025-06-02", item=int(item)).number)
            break
        except Conflict:
            pass
"""


def test_several_processes_draw_without_gaps_and_without_duplicates(at: At, tmp_path: Path) -> None:
    cw = at("")
    url = f"sqlite:///{tmp_path}/casework.db"
    paths = {"PYTHONPATH": str(Path(__file__).parents[1])}
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, url, *items], stdout=subprocess.PIPE, env=paths, text=True)
        for items in (("1", "5"), ("2", "6"), ("3", "7"), ("4", "8"))
    ]
    drawn = [line for process in running for line in process.communicate(timeout=60)[0].split()]
    assert sorted(drawn) == [f"{number}/2025" for number in range(1, 9)]
    assert cw.verify() == ()


@pytest.mark.parametrize("pattern", ["460/{number}", "460/{year}", "{number}{year}{x}", "{number.__class__}{year}"])
def test_a_pattern_that_would_give_one_number_twice_is_refused(pattern: str, tmp_path: Path) -> None:
    profile = tmp_path / "casework.toml"
    profile.write_text(f'agency = "Dinas"\nregister_pattern = "{pattern}"\n', encoding="utf-8")
    with pytest.raises(Invalid) as invalid:
        load(profile)
    assert [problem.where for problem in invalid.value.problems] == ["register_pattern"]
    assert Office(agency="x").register_pattern == ""


# what verify holds against the events


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE casework_documents SET number = '460/999' WHERE name = 'contract'",
            "not the one that was registered",
        ),
        ("UPDATE casework_documents SET number = NULL WHERE name = 'contract'", "not the one that was registered"),
        (
            "UPDATE casework_documents SET number = '460/999' WHERE name = 'intake'",
            "No event tells of this letter number",
        ),
        ("UPDATE casework_counters SET value = 7 WHERE kind = 'letter'", "It stands at 7; there are 1"),
        ("DELETE FROM casework_counters WHERE kind = 'letter'", "counter of this year is not there"),
    ],
)
def test_a_number_that_no_event_gave_is_found(change: str, told: str, drawing: At, tmp_path: Path) -> None:
    cw = drawing("assessment")
    cw.register(NUMBER, "contract", by="rina", at=DAY)
    with sqlite3.connect(tmp_path / "casework.db") as database:
        database.execute(change)
    database.close()
    findings = casework(tmp_path / "casework.db").verify()
    assert [finding for finding in findings if told in str(finding.message)]
    assert len(findings) == 1
