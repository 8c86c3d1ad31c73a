"""What has to be done in a case, and by when: its stage, its visits, a return, what comes after its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from math import ceil
from typing import Any, Final, Literal

from .calendar import ClosedOn, working_days_between
from .cases import Loaded
from .records.contract import ContractView
from .records.sessions import SessionsView
from .values import Case

What = Literal["stage", "visit", "return", "followup", "missed"]

WEEKS_MISSED: Final = 2
"""Weeks in a row without a session held of which the supervisor is told."""

FOLLOWUP_KEPT: Final = timedelta(days=14)
"""For so long after its day a follow-up is shown: in a closed case nobody can record that it was done."""

FOLLOWUP_SOUGHT: Final = timedelta(days=366)
"""A follow-up is looked for in the cases that were closed in this time before today."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is due in a case.

    ``days`` are the working days that are left, negative when it is late. A visit is due by the last day of its
    ``week``, which began on ``since``; of those ``planned`` for it, so many are ``held``. ``detail`` is with whom a
    follow-up is agreed, or how many weeks in a row were missed.
    """

    case: Case
    what: What
    due_on: date
    days: int
    week: int | None = None
    since: date | None = None
    planned: int | None = None
    held: int | None = None
    detail: str | None = None

    @property
    def late(self) -> bool:
        """Whether its day is over."""
        return self.days < 0

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        week = {"week": self.week, "from": self.since.isoformat() if self.since else None}
        return {
            **self.case.as_data(),
            "what": self.what,
            "due_on": self.due_on.isoformat(),
            "days": self.days,
            "overdue": self.late,
            **({**week, "planned": self.planned, "held": self.held} if self.week else {}),
            **({"detail": self.detail} if self.detail else {}),
        }


@dataclass(frozen=True, slots=True)
class Days:
    """A span of days up to which tasks are looked for, on an office's calendar."""

    today: date
    until: date
    closed_on: ClosedOn

    def task(self, case: Case, what: What, due_on: date, **more: Any) -> Task:
        """A task, with the working days that are left of it; one day late is late whatever day that was."""
        left = working_days_between(self.today, due_on, self.closed_on)
        return Task(case, what, due_on, min(left, -1) if due_on < self.today else left, **more)


def is_visited(loaded: Loaded) -> bool:
    """Whether the case is at work in a stage that lasts as long as its records say."""
    return loaded.state.status == "active" and loaded.workflow.stages[loaded.state.stage].until is not None


def visits(loaded: Loaded, case: Case, days: Days) -> Iterator[Task]:
    """The visits that nobody has logged, and those of the weeks from the present one on up to ``days.until``.

    A visit lies in the seven days of its week, whatever the weekday.
    """
    contract, sessions = _views(loaded)
    planned = contract.get("visits_per_week")
    if contract.start is None or contract.total_weeks is None or planned is None:
        return
    for week in sessions.unlogged_weeks:
        since, last = contract.week(week)
        yield days.task(case, "visit", last, week=week, since=since, planned=_planned(planned, week), held=0)
    for week in count(contract.weeks_elapsed + 1):
        since, last = contract.week(week)
        if week > contract.total_weeks or last > days.until:
            return
        held = sum(
            item["status"] == "held" and contract.week_of(date.fromisoformat(item["held_on"])) == week
            for item in sessions.items
        )
        if held < (wanted := _planned(planned, week)):
            yield days.task(case, "visit", last, week=week, since=since, planned=wanted, held=held)


def missed(loaded: Loaded, case: Case, days: Days) -> Iterator[Task]:
    """That the last weeks went by without a session held, for the supervisor."""
    contract, sessions = _views(loaded)
    weeks = sessions.missed_in_a_row
    if weeks >= WEEKS_MISSED:
        last = contract.week(min(contract.weeks_elapsed, contract.weeks_begun[-1]))[1]
        yield days.task(case, "missed", last, detail=str(weeks))


def returning(loaded: Loaded, case: Case, days: Days) -> Iterator[Task]:
    """The day on which the client of a case that rests is expected back."""
    expected = loaded.pauses[-1].expected if loaded.pauses else None
    if expected and (day := date.fromisoformat(expected)) <= days.until:
        yield days.task(case, "return", day)


def followup(content: Mapping[str, Any], case: Case, days: Days) -> Iterator[Task]:
    """What was agreed for the time after the case's end, as its last record of it says."""
    given = content.get("followup_check_on")
    if given and days.today - FOLLOWUP_KEPT <= (day := date.fromisoformat(given)) <= days.until:
        contact = content.get("followup") or {}
        yield days.task(case, "followup", day, detail=contact.get("name"))


def _views(loaded: Loaded) -> tuple[ContractView, SessionsView]:
    contract, sessions = loaded.views["contract"], loaded.views["sessions"]
    assert isinstance(contract, ContractView)  # noqa: S101  # for the type checker: every case has these views
    assert isinstance(sessions, SessionsView)  # noqa: S101  # see above
    return contract, sessions


def _planned(per_week: float, week: int) -> int:
    """How many visits a week has: a visit each second week is one in each even week."""
    share = Fraction(str(per_week))
    return ceil(share * week) - ceil(share * (week - 1))
