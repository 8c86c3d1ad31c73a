"""The caseload of an office with 2 000 cases, against a recount in plain Python of how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import caseload
import pytest
from caseload import DISTRICTS, SUPERVISORS, TODAY, WORKERS, Office, working_days_after, working_days_between

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound
from casework_flow.tasks import FOLLOWUP_KEPT, Task

Fact = dict[str, Any]
WITHIN = 5


@pytest.fixture(scope="module")
def cw(office_of_2000: Office) -> Casework:
    return caseload.casework(office_of_2000.database)


@pytest.fixture
def facts(office_of_2000: Office) -> list[Fact]:
    return office_of_2000.cases


def late(case: Fact) -> bool:
    return case["status"] == "active" and case["due_on"] is not None and case["due_on"] < TODAY


def is_open(case: Fact) -> bool:
    return bool(case["status"] != "closed")


def test_the_office_is_one_worth_counting(facts: list[Fact]) -> None:
    there = {(case["workflow"], case["stage"]) for case in facts if is_open(case)}
    assert len(facts) == 2000
    assert len(there) >= 13
    assert len({case["because"] for case in facts}) >= 12
    assert min(Counter(case["status"] for case in facts).values()) > 50
    assert sum(map(late, facts)) > 50
    assert {one["what"] for case in facts for one in case["waiting"]} >= {"plan", "evaluation", "contract", "close"}


def test_every_case_stands_where_it_was_left(cw: Casework, facts: list[Fact]) -> None:
    columns = ("number", "workflow", "client", "worker", "opened_on", "stage", "status", "cycle", "episode", "due_on")
    columns += ("closed_on", "because")
    found = [{name: getattr(case, name) for name in columns} for case in cw.list()]
    assert found == [{name: case[name] for name in columns} for case in facts]
    assert [case.number for case in cw.list() if case.overdue] == [case["number"] for case in facts if late(case)]


# lists


@pytest.mark.parametrize(
    "wanted",
    [
        {"stage": "planning"},
        {"status": "paused"},
        {"worker": "rina", "status": "active"},
        {"workflow": "front-desk"},
        {"overdue": True},
        {"overdue": True, "worker": "maya", "district": "12.16.03"},
        {"district": "12.16.06"},
        {"district": "12.16"},
        {"district": "12.1"},
    ],
)
def test_a_list_has_the_cases_that_match_and_no_other(cw: Casework, facts: list[Fact], wanted: Fact) -> None:
    def matches(case: Fact) -> bool:
        plain = {name: value for name, value in wanted.items() if name in ("stage", "status", "worker", "workflow")}
        return (
            all(case[name] == value for name, value in plain.items())
            and (not wanted.get("overdue") or late(case))
            and f"{case['district']}.".startswith(f"{wanted.get('district', case['district'])}.")
        )

    found = [case.number for case in cw.list(**wanted)]
    assert found == [case["number"] for case in facts if matches(case)]
    assert bool(found) is (wanted != {"district": "12.1"})


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["number", "due", "client", "worker", "opened"])
def test_a_list_in_pages_has_each_case_once_in_its_order(
    cw: Casework, facts: list[Fact], sort: str, descending: bool
) -> None:
    keys = {
        "number": lambda case: case["number"],
        "due": lambda case: str(case["due_on"] or "9999"),
        "client": lambda case: case["client"].lower(),
        "worker": lambda case: case["worker"],
        "opened": lambda case: case["opened_on"],
    }
    expected = sorted(facts, key=lambda case: (keys[sort](case), case["number"]), reverse=descending)
    found: list[str] = []
    while page := cw.list(sort=sort, descending=descending, limit=333, after=found[-1] if found else None):
        found += [case.number for case in page]
    assert found == [case["number"] for case in expected]


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"worker": "rinna"}, NotFound),
        ({"stage": "planing"}, NotFound),
        ({"workflow": "pkh"}, NotFound),
        ({"sort": "stage"}, Invalid),
    ],
)
def test_a_name_that_no_case_has_is_refused_not_answered_with_nothing(
    cw: Casework, wanted: Fact, error: type[Exception]
) -> None:
    with pytest.raises(error):
        cw.list(**wanted)


# search


def test_a_client_is_found_by_a_part_of_the_name_the_number_the_nik_and_the_telephone(
    cw: Casework, facts: list[Fact]
) -> None:
    case = facts[700]
    name = case["client"].upper()[1:-1]
    assert [one.number for one in cw.search(name)] == [
        f["number"] for f in facts if name.lower() in f["client"].lower()
    ]
    assert [one.number for one in cw.search(case["number"].lower())] == [case["number"]]
    assert [one.number for one in cw.search(case["nik"])] == [case["number"]]
    assert cw.search(case["nik"][:-1]) == ()
    for phone in (case["phone"], "0" + case["phone"].removeprefix("+62"), case["phone"][-7:], "0812-0000 0701"):
        assert [one.number for one in cw.search(phone)] == [case["number"]]
    assert cw.search("100%") == cw.search("_") == ()
    assert [one.number for one in cw.search("sarma", limit=2)] == [one.number for one in cw.search("sarma")][:2]
    with pytest.raises(Invalid):
        cw.search(" ")


def test_what_somebody_finds_depends_on_their_role(cw: Casework, facts: list[Fact]) -> None:
    def found(by: str) -> list[str]:
        return [one.number for one in cw.search("sarma", by=by)]

    everywhere = [case for case in facts if "sarma" in case["client"].lower()]
    assert found("kepala") == found("loket") == [case["number"] for case in everywhere]
    assert found("lestari") == [case["number"] for case in everywhere if case["supervisor"] == "lestari"]
    assert found("maya") == [case["number"] for case in everywhere if case["worker"] == "maya"]
    assert found("budi") == []
    (told,) = cw.search(facts[5]["number"], by="budi")
    assert (told.number, told.client) == (facts[5]["number"], "")


# the board and the workload


@pytest.mark.parametrize("worker", [None, "togar"])
def test_the_board_counts_the_open_cases_of_each_stage(cw: Casework, facts: list[Fact], worker: str | None) -> None:
    own = [case for case in facts if is_open(case) and worker in (None, case["worker"])]
    boards = cw.board(worker=worker, most=4)
    assert sum(column.count for board in boards for column in board.columns) == len(own)
    for board in boards:
        assert [column.stage for column in board.columns] in (
            ["engagement", "assessment", "planning", "intervention", "evaluation", "termination"],
            ["reception", "service"],
        )
        for column in board.columns:
            there = [c for c in own if c["stage"] == column.stage and c["workflow"] in board.workflows]
            assert (column.count, column.late) == (len(there), sum(map(late, there)))
            assert column.paused == sum(case["status"] == "paused" for case in there)
            urgent = sorted(there, key=lambda case: (case["due_on"] or date.max, case["number"]))
            assert [case.number for case in column.cases] == [case["number"] for case in urgent[:4]]


def test_the_workload_of_each_worker_is_what_was_given_to_them(cw: Casework, facts: list[Fact]) -> None:
    loads = {load.worker.name: load for load in cw.workload()}
    assert sorted(loads) == sorted(WORKERS)
    for name, load in loads.items():
        own = [case for case in facts if is_open(case) and case["worker"] == name]
        assert load.open == len(own)
        assert load.stages == Counter(case["stage"] for case in own)
        assert (load.late, load.paused) == (sum(map(late, own)), sum(case["status"] == "paused" for case in own))
        assert load.waiting == sum(len(case["waiting"]) for case in facts if case["worker"] == name)
        assert load.visits == sum(week == this for case in own for week, _, this in visits(case))
    unit = {load.worker.name for load in cw.workload(supervisor="bonar")}
    assert unit == {name for place, name in enumerate(WORKERS) if SUPERVISORS[place % 2] == "bonar"}


# what is due


def visits(case: Fact) -> Iterator[tuple[int, date, int | None]]:
    """The visits that are to be logged or made: the week, its last day, and the week of the contract today."""
    contract = case["contract"]
    if case["stage"] != "intervention" or case["status"] != "active":
        return
    present = (TODAY - contract["start_on"]).days // 7 + 1
    logged = {session["week_no"] for session in case["sessions"]}
    for week in range(1, contract["weeks"] + 1):
        first = contract["start_on"] + timedelta(7 * (week - 1))
        last = first + timedelta(6)
        held = any(first <= s["held_on"] <= last and s["status"] == "held" for s in case["sessions"])
        rested = any(p["since"] <= last and (p["until"] is None or p["until"] > first) for p in case["pauses"])
        if last < TODAY and week not in logged and not rested:
            yield week, last, None
        elif last >= TODAY and last <= working_days_after(TODAY, WITHIN) and not held:
            yield week, last, present if first <= TODAY else None


def due(case: Fact) -> Iterator[tuple[str, date, int | None]]:
    until = working_days_after(TODAY, WITHIN)
    if case["status"] == "active" and case["due_on"] <= until:
        yield "stage", case["due_on"], None
    for week, last, _ in visits(case):
        yield "visit", last, week
    expected = case["pauses"][-1]["expected"] if case["status"] == "paused" else None
    if expected and expected <= until:
        yield "return", expected, None
    check = case["followup_check_on"] if not is_open(case) else None
    if check and TODAY - FOLLOWUP_KEPT <= check <= until:
        yield "followup", check, None


def told(tasks: tuple[Task, ...]) -> set[tuple[str, str, date, int | None]]:
    return {(task.case.number, task.what, task.due_on, task.week) for task in tasks}


def test_everything_that_is_late_or_due_soon_is_told_once(cw: Casework, facts: list[Fact]) -> None:
    found = cw.due(within=WITHIN)
    expected = {(case["number"], *one) for case in facts for one in due(case)}
    assert told(found) == expected
    assert len(found) == len(expected)
    assert {task.what for task in found} == {"stage", "visit", "return", "followup"}
    assert [task.due_on for task in found] == sorted(task.due_on for task in found)
    for task in found:
        left = working_days_between(TODAY, task.due_on)
        assert task.days == (min(left, -1) if task.due_on < TODAY else left)
        assert task.late is (task.due_on < TODAY)
    assert told(cw.due(within=WITHIN, worker="dewi")) == {
        one for one in expected if worker_of(facts, one[0]) == "dewi"
    }
    assert told(cw.due(within=0)) == {one for one in expected if one[2] <= TODAY}


def worker_of(facts: list[Fact], number: str) -> str:
    return next(str(case["worker"]) for case in facts if case["number"] == number)


def test_the_day_of_each_worker_has_what_is_due_in_their_cases(cw: Casework, facts: list[Fact]) -> None:
    for name in WORKERS:
        own = [case for case in facts if case["worker"] == name]
        day = cw.today(name)
        expected = {(case["number"], *one) for case in own for one in due(case)}
        now = [(case["number"], last, week) for case in own for week, last, this in visits(case) if week == this]
        present = {(number, "visit", last, week) for number, last, week in now}
        assert told(day.visits) == present
        assert told(day.late) == {one for one in expected - present if one[2] < TODAY}
        assert told(day.soon) == {one for one in expected - present if one[2] >= TODAY}
        asked = {(case["number"], one["what"], one["since"]) for case in own for one in case["waiting"]}
        assert {(one.case.number, one.what, one.since) for one in day.asked} == asked
        assert day.decide == ()


# approvals


def test_each_approval_waits_for_the_supervisor_of_the_case_and_for_the_head(cw: Casework, facts: list[Fact]) -> None:
    waiting = [(one["since"], case["number"], one["what"], one["by"]) for case in facts for one in case["waiting"]]
    assert [(w.since, w.case.number, w.what, w.by) for w in cw.approvals()] == sorted(waiting)
    again = [one for one in cw.approvals() if one.revision and one.revision > 1]
    assert again
    assert all(one.changes for one in again)
    assert cw.approvals(by="kepala") == cw.approvals()
    for name in SUPERVISORS:
        own = {case["number"] for case in facts if case["supervisor"] == name}
        assert {w.case.number for w in cw.approvals(by=name)} == {one[1] for one in waiting} & own
        assert cw.today(name).decide == cw.approvals(by=name)
    assert cw.approvals(by="maya") == ()


def test_a_revised_record_that_waits_tells_what_has_changed(office_of_2000: Office, tmp_path: Path) -> None:
    cw = caseload.casework(office_of_2000.copy(tmp_path / "casework.db"))
    waits = next(one for one in cw.approvals() if one.what == "plan" and one.revision == 1)
    plan = dict(cw.records(waits.case.number, "plan")[0].content)
    indicator = plan["components"][0]["indicators"][0]
    indicator["target"] = 6
    plan["components"][0]["activities"].append(
        {"title": "Menabung", "week_from": 1, "week_to": 2, "mode": "independent", "responsible": "client"}
    )
    cw.record(waits.case.number, "plan", plan, by=waits.by, revise=True)
    (again,) = (one for one in cw.approvals() if one.case.number == waits.case.number)
    assert (again.revision, again.since) == (2, TODAY)
    assert [(change.path, change.before) for change in again.changes] == [
        ("components.1.activities.2", None),
        ("components.1.indicators.1.target", 4),
    ]
    supervisor = again.may[0]
    cw.reject(again.case.number, "plan", by=supervisor, note="Belum terukur")
    assert again.case.number not in {one.case.number for one in cw.approvals()}
    (back,) = (one for one in cw.today(again.by).returned if one.case.number == again.case.number)
    assert back.rejection is not None
    assert (back.rejection.by, back.rejection.note) == (supervisor, "Belum terukur")


def test_weeks_without_a_visit_are_told_to_the_supervisor(cw: Casework, facts: list[Fact]) -> None:
    def in_a_row(case: Fact) -> int:
        contract, run = case["contract"], 0
        if case["stage"] != "intervention" or case["status"] != "active":
            return 0
        for week in reversed(range(1, contract["weeks"] + 1)):
            first = contract["start_on"] + timedelta(7 * (week - 1))
            last = first + timedelta(6)
            rested = any(p["since"] <= last and (p["until"] is None or p["until"] > first) for p in case["pauses"])
            if last >= TODAY or rested:
                continue
            if any(first <= s["held_on"] <= last and s["status"] == "held" for s in case["sessions"]):
                break
            run += 1
        return run

    for name in SUPERVISORS:
        expected = {case["number"]: in_a_row(case) for case in facts if case["supervisor"] == name}
        found = {task.case.number: int(task.detail or 0) for task in cw.today(name).missed}
        assert found == {number: weeks for number, weeks in expected.items() if weeks >= 2}
    assert cw.today("rina").missed == ()
    assert DISTRICTS.keys() == {case["district"] for case in facts}
