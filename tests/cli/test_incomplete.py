"""A move whose documents lack something: every value, with the command that records it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import CASE_S, NUMBER, casework

from casework_flow.cli.files import read

OVER = ("--at", "2025-05-12")


@pytest.fixture
def bare(at_stage: Callable[[str], Path]) -> None:
    """Case S at the end of its visits, of which the third has no purpose and no next steps."""
    at_stage("intervention")
    sessions = read(str(CASE_S / "sessions.yaml")).data
    for name in ("purpose", "next_steps"):
        del sessions[2][name]
    file = Path("session.json")
    file.write_text(json.dumps(sessions, default=str), encoding="utf-8")
    for record, path in (("session", file), ("finance", CASE_S / "finance.csv")):
        recorded = casework("record", NUMBER, record, path, *OVER)
        assert recorded.code == 0, recorded.err


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("how", [(), ("--dry-run",)])
def test_what_is_missing_is_told_with_its_label_and_the_command_that_records_it(how: tuple[str, ...]) -> None:
    outcome = casework("advance", NUMBER, *OVER, *how, "--lang", "id")
    assert (outcome.code, outcome.out) == (3, "")
    assert "visit_report 3: “Tujuan kunjungan”" in outcome.err
    assert "(session 3: next_steps)" in " ".join(outcome.err.split())
    command = f"casework record {NUMBER} session session.yaml --revise 3 --as rina --at 2025-05-12"
    assert outcome.err.count(command) == 1


@pytest.mark.usefixtures("bare")
def test_as_json_each_missing_value_has_its_place() -> None:
    outcome = casework("advance", NUMBER, *OVER, "--json")
    assert (outcome.code, outcome.error["code"]) == (3, "incomplete")
    problems = [problem for problem in outcome.error["problems"] if problem["document"] == "visit_report"]
    assert [(p["item"], p["record"], p["number"], p["where"]) for p in problems] == [
        (3, "session", 3, "purpose"),
        (3, "session", 3, "next_steps"),
    ]
    assert all(p["label"] and "--revise 3" in p["command"] for p in problems)


@pytest.mark.usefixtures("bare")
def test_the_status_tells_it_before_the_move() -> None:
    outcome = casework("status", NUMBER, *OVER)
    assert "The document visit_report still needs 2 values" in outcome.err
    assert f"casework advance {NUMBER} --dry-run" in outcome.err


@pytest.mark.usefixtures("bare")
def test_the_status_says_what_the_documents_need_and_does_not_call_the_move_ready() -> None:
    shown = casework("status", NUMBER, *OVER).out
    assert "✗ forward" in shown
    assert "✓ forward" not in shown
    assert "everything is there" not in shown
    assert "visit_report 3: “Purpose" in shown
    command = f"casework record {NUMBER} session session.yaml --revise 3 --as rina --at 2025-05-12"
    assert "Next step: supply what the documents still need" in shown
    assert command in shown.partition("Next step")[2]
    found = casework("status", NUMBER, *OVER, "--json").data["lacking"]
    places = [(one["document"], one["item"], one["record"], one["where"]) for one in found]
    assert ("visit_report", 3, "session", "purpose") in places
    sessions = read("session.json").data
    sessions[2] |= {"purpose": "Melihat buku kas", "next_steps": "Mencatat terus"}
    Path("third.json").write_text(json.dumps(sessions[2], default=str), encoding="utf-8")
    assert casework("record", NUMBER, "session", "third.json", "--revise", "3", *OVER).code == 0
    assert "visit_report" not in casework("status", NUMBER, *OVER).out


def test_a_document_that_lacks_the_supervisor_is_mended_by_naming_one(at_stage: Callable[[str], Path]) -> None:
    at_stage("")
    on = ("--at", "2025-03-06")
    assert casework("staff", "change", "rina", "--supervisor", "").code == 0
    for record, file in (("intake", "intake"), ("consent", "consents"), ("contract", "contract")):
        assert casework("record", NUMBER, record, CASE_S / f"{file}.yaml", *on).code == 0
    assert casework("staff", "add", "head", "--name", "Kepala Contoh", "--role", "office_head").code == 0
    assert casework("approve", NUMBER, "contract", "--as", "head", *on).code == 0
    outcome = casework("advance", NUMBER, *on)
    assert outcome.code == 3
    assert "contract needs case.supervisor" in outcome.err
    assert "$ casework staff change rina --supervisor NAME" in outcome.err
    assert casework("staff", "change", "rina", "--supervisor", "sup").code == 0
    assert casework("advance", NUMBER, *on).code == 0
