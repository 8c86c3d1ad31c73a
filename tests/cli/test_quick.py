"""Daily entries in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import NUMBER, casework
from test_asking_case_s import PROMPT, terminal

AT = ("--at", "2025-03-20")


@pytest.fixture
def working(at_stage: Callable[[str], Path]) -> Path:
    return at_stage("intervention")


def contents(record: str) -> list[dict[str, Any]]:
    return [one["content"] for one in casework("show", NUMBER, record, "--json").data]


def test_several_entries_in_one_line(working: Path) -> None:
    words = ["+60.000", "usaha", "-25000", "pangan", "kebutuhan", "-Rp5.000", "uang", "jajan", "want"]
    done = casework("finance", NUMBER, *words, "--note", "-5 kg", *AT)
    assert done.code == 0, done.err
    common = {"date": "2025-03-20", "note": "-5 kg"}
    assert contents("finance") == [
        {**common, "direction": "income", "amount": 60_000, "category": "usaha"},
        {**common, "direction": "expense", "amount": 25_000, "category": "pangan", "purpose": "need"},
        {**common, "direction": "expense", "amount": 5_000, "category": "uang jajan", "purpose": "want"},
    ]


def test_another_day(working: Path) -> None:
    assert casework("finance", NUMBER, "+1000", "usaha", "--date", "kemarin", *AT).code == 0
    assert casework("finance", NUMBER, "+1000", "usaha", "--date", "18/3/2025", *AT).code == 0
    assert [entry["date"] for entry in contents("finance")] == ["2025-03-19", "2025-03-18"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-25000", "pangan"], "Purpose of the expense is missing"),
        (["+25000"], "Category is missing"),
        (["usaha", "+25000"], "An amount with its sign comes first"),
        (["+1,250", "usaha"], "could be"),
        (["+60000", "usaha", "--nte", "x"], "There is no option --nte"),
        (["+60000", "usaha", "--date", "3/25/2025"], "Date"),
    ],
)
def test_what_is_missing_or_unclear_is_a_usage_error_and_nothing_is_recorded(
    words: list[str], said: str, working: Path
) -> None:
    outcome = casework("finance", NUMBER, *words, *AT)
    assert outcome.code == 2
    assert said in outcome.err
    assert contents("finance") == []


def test_what_is_missing_is_asked_on_a_terminal(working: Path) -> None:
    child = terminal(working, "finance", NUMBER, "-25000", "pangan", *AT)
    for line in ("x", "kebutuhan"):
        child.expect(PROMPT)
        child.sendline(line)
    said = child.read()
    child.close()
    assert child.exitstatus == 0, said
    assert contents("finance")[0]["purpose"] == "need"


def test_a_session_with_its_defaults(working: Path) -> None:
    done = casework("session", NUMBER, "--activities", "Memeriksa buku", "--book-checked", "ya", "--at", "2025-03-26")
    assert done.code == 0, done.err
    assert contents("session") == [
        {
            "week_no": 2,
            "held_on": "2025-03-26",
            "kind": "home_visit",
            "status": "held",
            "activities": "Memeriksa buku",
            "book_checked": True,
        }
    ]


def test_a_session_as_the_options_say(working: Path) -> None:
    words = ["--date", "19/3/2025", "--kind", "telepon", "--status", "Batal", "--next-steps", "Telepon lagi"]
    assert casework("session", NUMBER, *words, "--at", "2025-03-26").code == 0
    found = contents("session")[0]
    assert (found["week_no"], found["held_on"], found["kind"]) == (1, "2025-03-19", "phone")
    assert (found["status"], found["next_steps"]) == ("cancelled", "Telepon lagi")


def test_a_session_before_the_contract_needs_its_week(at_stage: Callable[[str], Path]) -> None:
    at_stage("")
    outcome = casework("session", NUMBER, *AT)
    assert outcome.code == 2
    assert "--week" in outcome.err
