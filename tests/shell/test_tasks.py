"""What is due in one case: the visits of its weeks, a return, what was agreed for the time after its end."""

from __future__ import annotations

from typing import Any

import pytest
from case_s import NUMBER, At, data

from casework_flow.casework import Casework

SESSION = {"kind": "home_visit", "status": "held", "purpose": "pendampingan"}


def due(cw: Casework, at: str, within: int = 5, what: str = "visit") -> list[tuple[Any, ...]]:
    found = [task for task in cw.due(at=at, within=within) if task.what == what]
    return [(task.week, str(task.due_on), task.held, task.planned, task.days) for task in found]


def held(cw: Casework, week: int, on: str, **more: Any) -> None:
    cw.record(NUMBER, "session", {**SESSION, "week_no": week, "held_on": on, **more}, by="rina", at=on, again=True)


def test_the_visit_of_a_week_is_due_until_it_is_held(at: At) -> None:
    cw = at("intervention")  # the contract begins on Monday, 17 March
    assert due(cw, "2025-03-19") == [(1, "2025-03-23", 0, 1, 2)]
    assert due(cw, "2025-03-19", within=0) == []
    held(cw, 1, "2025-03-19", status="cancelled")
    assert due(cw, "2025-03-20") == [(1, "2025-03-23", 0, 1, 1)]
    held(cw, 1, "2025-03-21")
    assert due(cw, "2025-03-21", within=4) == []
    weeks = [(visit[0], visit[4]) for visit in due(cw, "2025-03-21")]
    assert weeks == [(2, 4), (3, 4)]  # the fifth working day comes after the holidays of Nyepi and Idul Fitri


def test_a_week_that_nobody_logged_is_late_until_somebody_does(at: At) -> None:
    cw = at("intervention")
    assert [visit[0] for visit in due(cw, "2025-04-09", within=0)] == [1, 2, 3]
    held(cw, 2, "2025-04-09", held_on="2025-03-26", status="client_absent")
    assert [visit[0] for visit in due(cw, "2025-04-09", within=0)] == [1, 3]
    assert [visit[4] for visit in due(cw, "2025-03-24", within=0)] == [-1]


@pytest.mark.parametrize(
    ("per_week", "weeks"),
    [(2, [(1, 2), (2, 2), (3, 2), (4, 2)]), (0.5, [(1, 1), (3, 1)]), (1.5, [(1, 2), (2, 1), (3, 2), (4, 1)])],
)
def test_a_contract_plans_so_many_visits_in_each_week(at: At, per_week: float, weeks: list[tuple[int, int]]) -> None:
    cw = at("intervention")
    contract = {**data("contract"), "visits_per_week": per_week}
    cw.record(NUMBER, "contract", contract, by="rina", at="2025-03-17", revise=True)
    found = due(cw, "2025-03-17", within=20)
    assert [(week, planned) for week, _, _, planned, _ in found if week <= 4] == weeks
    if per_week == 2:
        held(cw, 1, "2025-03-18")
        assert due(cw, "2025-03-18") == [(1, "2025-03-23", 1, 2, 3)]


def test_nothing_is_visited_while_a_case_rests_and_the_return_is_due(at: At) -> None:
    cw = at("intervention")
    cw.move(NUMBER, "pause", by="rina", reason="mudik", until="2025-04-10", at="2025-03-18")
    assert due(cw, "2025-04-08") == []
    assert due(cw, "2025-04-08", what="return") == [(None, "2025-04-10", None, None, 2)]
    assert due(cw, "2025-04-08", within=1, what="return") == []
    cw.move(NUMBER, "resume", by="rina", reason="kembali", at="2025-04-14")
    assert [visit[0] for visit in due(cw, "2025-04-16", within=0)] == []


def test_what_was_agreed_for_later_is_shown_for_two_weeks(at: At) -> None:
    cw = at("")  # a follow-up was agreed for 21 August
    assert due(cw, "2025-08-12", what="followup") == []
    assert due(cw, "2025-08-15", what="followup") == [(None, "2025-08-21", None, None, 3)]
    assert len(due(cw, "2025-09-04", what="followup")) == 1
    assert due(cw, "2025-09-05", what="followup") == []
