"""Short words that many screens share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from ..messages import Message, Sayable
from ..tasks import Task

ROLE_WORDS: Final[Mapping[str, Message]] = {
    "social_worker": Message("social worker"),
    "practicum_student": Message("practicum student"),
    "supervisor": Message("supervisor"),
    "office_head": Message("head of office"),
    "intake_officer": Message("intake officer"),
    "auditor": Message("auditor"),
}


def day(value: date | str | None) -> str:
    """A day, or a day and time, as it is typed: 2025-03-06 or 2025-03-06 14:30."""
    return str(value or "").replace("T", " ")


def days_left(days: int) -> Sayable:
    """How many working days are left, in words."""
    if days == 0:
        return Message("today")
    if days == -1:
        return Message("late by a working day")
    if days < 0:
        return Message("late by {days} working days", days=-days)
    if days == 1:
        return Message("one working day left")
    return Message("{days} working days left", days=days)


def days_short(days: int) -> Sayable:
    """The same for a narrow column."""
    if days < 0:
        return Message("late {days}", days=-days)
    if days == 1:
        return Message("1 day")
    return Message("today") if days == 0 else Message("{days} days", days=days)


def what(task: Task) -> Sayable | None:
    """What is to be done; None for a stage, which its title tells."""
    match task.what:
        case "visit" if task.late:
            return Message("visit, week {week}: not logged", week=task.week)
        case "visit":
            return Message("visit, week {week}: {held}", week=task.week, held=held(task))
        case "return":
            return Message("the client is expected back")
        case "followup":
            return Message("follow-up: {who}", who=task.detail or "-")
    return None


def together(tasks: Iterable[Task]) -> list[tuple[Task, Sayable | None]]:
    """Each thing with its words, the first one of several; the visits of a case that nobody logged are one."""
    things: dict[object, list[Task]] = {}
    for task in tasks:
        late_visit = task.what == "visit" and task.late
        things.setdefault((task.case.number, task.what if late_visit else task), []).append(task)
    return [(same[0], what(same[0]) if len(same) == 1 else _unlogged(same)) for same in things.values()]


def _unlogged(visits: Iterable[Task]) -> Sayable:
    return Message("visits, weeks {weeks}: not logged", weeks=[visit.week for visit in visits])


def held(task: Task) -> Sayable:
    """How many of the visits of a week were held."""
    return Message("{held} of {planned}", held=task.held, planned=task.planned)
