"""What people see, and the golden forms of the JSON."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import CASE_S, NUMBER, casework

from casework_flow.messages import languages

Stand = Callable[[str], Path]

REQUIREMENT = {"guard", "kind", "ok", "message", "by", "fix", "due_on", "overridden"}


def test_status_in_its_golden_form(at_stage: Stand) -> None:
    at_stage("planning")
    status = casework("status", NUMBER, "--at", "2025-03-14", "--json").data
    moves = status.pop("moves")
    assert status == {
        "case": NUMBER,
        "workflow": "pkh-economic",
        "version": 1,
        "stage": "planning",
        "status": "active",
        "cycle": 1,
        "episode": 1,
        "client": "Sarma Contoh",
        "due_on": "2025-03-20",
        "overdue": False,
        "warnings": status["warnings"],
    }
    advance = moves[0]
    assert {key: advance[key] for key in ("move", "to", "allowed")} == {
        "move": "advance",
        "to": "intervention",
        "allowed": False,
    }
    assert all(requirement.keys() == REQUIREMENT for move in moves for requirement in move["requirements"])
    approval = next(found for found in advance["requirements"] if found["guard"] == "supervisor_approved")
    assert (approval["by"], approval["fix"], approval["ok"]) == (["supervisor", "office_head"], "approve plan", False)


def test_a_move_in_its_golden_form(at_stage: Stand) -> None:
    at_stage("planning")
    for step in (
        ["record", NUMBER, "plan", CASE_S / "plan.yaml"],
        ["approve", NUMBER, "plan", "--as", "sup"],
    ):
        assert casework(*step, "--at", "2025-03-14").code == 0
    dry = casework("advance", NUMBER, "--at", "2025-03-17", "--dry-run", "--json").data
    done = casework("advance", NUMBER, "--at", "2025-03-17", "--json").data
    assert dry == {**done, "dry_run": True}
    documents = done.pop("documents")
    assert done == {
        "case": NUMBER,
        "move": "advance",
        "from": "planning",
        "to": "intervention",
        "at": "2025-03-17",
        "by": "rina",
        "overrides": [],
        "warnings": [],
    }
    assert [(d["name"], d["version"]) for d in documents] == [("plan", 1)]
    assert all(len(d["sha256"]) == 64 for d in documents)
    moved = casework("move", NUMBER, "revise", "--reason", "klien sakit", "--at", "2025-03-18", "--json").data
    assert (moved["move"], moved["from"], moved["to"]) == ("revise", "intervention", "planning")
    paused = casework("move", NUMBER, "pause", "--reason", "mudik", "--until", "2025-04-10", "--at", "2025-03-19")
    assert paused.out.startswith(f"✓ {NUMBER}: Pause (Planning), on 2025-03-19.\n")


def test_approvals_cases_and_history_in_their_golden_forms(at_stage: Stand) -> None:
    at_stage("planning")
    casework("record", NUMBER, "plan", CASE_S / "plan.yaml", "--at", "2025-03-14")
    argv = ["reject", NUMBER, "plan", "--note", "Kurang", "--as", "sup", "--at", "2025-03-14", "--json"]
    assert casework(*argv).data == {
        "case": NUMBER,
        "what": "plan",
        "approved": False,
        "at": "2025-03-14",
        "by": "sup",
        "note": "Kurang",
    }
    assert casework("list", "--stage", "planning", "--worker", "rina", "--json").data == [
        {
            "case": NUMBER,
            "client": "Sarma Contoh",
            "workflow": "pkh-economic",
            "stage": "planning",
            "status": "active",
            "worker": "rina",
            "due_on": "2025-03-20",
            "overdue": True,
        }
    ]
    assert casework("list", "--stage", "evaluation", "--json").data == []
    events = casework("history", NUMBER, "--json").data
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all({"seq", "at", "on", "by", "role", "kind", "hash"} <= event.keys() for event in events)
    assert [later["prev"] for later in events[1:]] == [event["hash"] for event in events[:-1]]
    assert (events[-1]["kind"], events[-1]["note"], events[-1]["role"]) == ("rejected", "Kurang", "supervisor")
    moved = [event for event in events if event["kind"] == "moved"]
    assert {guard["guard"] for guard in moved[0]["guards"]} >= {"service_consent", "contract_agreed"}


def test_open_prints_the_number_alone_and_as_json_the_status(at_stage: Stand) -> None:
    at_stage("")
    argv = ["open", "pkh-economic", "--client", CASE_S / "client.yaml", "--at", "2025-03-03"]
    assert casework(*argv).out == "KSS-2025-0002\n"
    opened = casework(*argv, "--json").data
    status = casework("status", "KSS-2025-0003", "--at", "2025-03-03", "--json").data
    assert {**opened, "warnings": []} == {**status, "warnings": []}
    assert "same NIK" in opened["warnings"][0]


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize(
    "stage", ["", "assessment", "planning", "intervention", "evaluation", "termination", "closed"]
)
def test_every_view_fits_80_columns_but_for_commands_to_copy(stage: str, lang: str, at_stage: Stand) -> None:
    at_stage(stage)
    for argv in (
        ["status", NUMBER],
        ["status", NUMBER, "--all"],
        ["history", NUMBER],
        ["documents", NUMBER],
        ["list"],
        ["staff", "list"],
        ["workflow", "list"],
    ):
        shown = casework(*argv, "--lang", lang)
        assert shown.code == 0
        lines = [line for line in shown.out.splitlines() if not line.lstrip().startswith("$ casework")]
        assert max(map(len, lines), default=0) <= 80
        assert "\x1b" not in shown.out
        assert all(line == line.rstrip() for line in lines)


def test_status_tells_what_is_met_what_is_not_who_can_and_how(at_stage: Stand) -> None:
    at_stage("")
    shown = casework("status", NUMBER, "--at", "2025-03-20").out
    assert "[Engagement, intake, contract] › Assessment" in shown.replace("\xa0", " ")
    assert "due on 2025-03-10, late by 8 working days" in shown
    assert "✓ Client · identity_recorded" in shown
    assert "✗ The client has not consented to the service" in shown
    assert "service_consent · legal · can be met by: social worker" in shown
    assert f"$ casework record {NUMBER} consent consent.yaml --as rina" in shown
    assert f"$ casework approve {NUMBER} contract --as sup" in shown
    assert "(died)" in shown
    assert "death" not in shown
    assert "The date and the evidence of the death are not recorded" in casework("status", NUMBER, "--all").out


def test_the_next_step_of_each_stage_is_a_command_that_works(at_stage: Stand) -> None:
    at_stage("assessment")
    for _ in range(3):
        shown = casework("status", NUMBER, "--at", "2025-03-13").out
        words = shown.partition("Next step: ")[2].partition("\n  $ casework ")[2].splitlines()[0].split()
        argv = [CASE_S / word if word.endswith(".yaml") else word for word in words]
        assert casework(*argv, "--at", "2025-03-13").code == 0
    assert (
        "Next step: everything is there; move on to Planning.\n  $ casework advance"
        in casework("status", NUMBER, "--at", "2025-03-13").out
    )
    genogram = (CASE_S / "genogram.yaml").read_text(encoding="utf-8")
    alone = genogram.replace("  - {id: a1", "#").replace("  - {id: a2", "#").replace("  - {a: s", "#").encode()
    assert casework("record", NUMBER, "genogram", "-", "--revise", "--at", "2025-03-13", stdin=alone).code == 0
    shown = casework("status", NUMBER, "--at", "2025-03-13").out
    assert f"$ casework record {NUMBER} genogram genogram.yaml --revise --as rina" in shown


def test_an_approval_that_nobody_has_asked_for_is_asked_for_first(at_stage: Stand) -> None:
    at_stage("assessment")
    before = casework("status", NUMBER, "--all").out
    assert f"casework close {NUMBER} --because client_withdrew --as rina" in before
    assert f"casework approve {NUMBER} close" not in before
    assert casework("close", NUMBER, "--because", "client_withdrew", "--at", "2025-03-13").code == 3
    assert f"casework approve {NUMBER} close --as sup" in casework("status", NUMBER, "--all").out


def test_an_approval_is_never_suggested_to_its_author(at_stage: Stand) -> None:
    at_stage("planning")
    argv = ["record", NUMBER, "plan", CASE_S / "plan.yaml", "--at", "2025-03-14"]
    assert casework(*argv, "--as", "sup").code == 0
    assert f"$ casework approve {NUMBER} plan --as NAME" in casework("status", NUMBER).out


def test_a_closed_case_says_why_and_when(at_stage: Stand) -> None:
    at_stage("closed")
    assert "Closed on 2025-05-21: Goals met (goals_met)." in casework("status", NUMBER).out


def test_a_refusal_in_words_lists_every_reason_with_its_remedy(at_stage: Stand) -> None:
    at_stage("assessment")
    outcome = casework("advance", NUMBER, "--at", "2025-03-13")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.count("✗") == 6
    assert f"$ casework record {NUMBER} ecomap ecomap.yaml --as rina" in outcome.err


def test_what_somebody_typed_cannot_move_the_cursor(at_stage: Stand) -> None:
    at_stage("")
    client = (CASE_S / "client.yaml").read_text(encoding="utf-8")
    evil = client.replace("name: Sarma Contoh", 'name: "[red]X\\e[2J\\u202eY"').encode()
    opened = casework("open", "pkh-economic", "--client", "-", "--at", "2025-03-03", stdin=evil)
    assert opened.code == 0
    for argv in (["status", "KSS-2025-0002"], ["list"]):
        shown = casework(*argv).out
        assert "[red]X" in shown
        assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize(
    ("setting", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_no_color_is_honoured(setting: dict[str, str], coloured: bool, at_stage: Stand) -> None:
    at_stage("")
    program = [sys.executable, "-c", "import casework_flow.cli as c; c.main()", "status", NUMBER]
    environment = {**os.environ, "TERM": "xterm", **setting}
    done = subprocess.run(program, capture_output=True, env=environment, check=True)
    assert (b"\x1b[31m" in done.stdout or b"\x1b[1;31m" in done.stdout) is coloured
    assert "✗".encode() in done.stdout


def test_a_terminal_without_our_marks_shows_others(at_stage: Stand) -> None:
    at_stage("")
    program = [sys.executable, "-c", "import casework_flow.cli as c; c.main()", "status", NUMBER]
    done = subprocess.run(program, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=True)
    assert b"? Client ? identity_recorded" in done.stdout


def test_a_pipe_that_is_closed_early_is_no_error(at_stage: Stand) -> None:
    at_stage("closed")
    program = f"{sys.executable} -c 'import casework_flow.cli as c; c.main()' history {NUMBER} --json | head -c 10"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert "unforeseen" not in done.stderr
