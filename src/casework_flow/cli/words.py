"""Short words that many screens share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from ..messages import Message, Sayable

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
