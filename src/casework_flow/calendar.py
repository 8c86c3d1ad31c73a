"""Working days. The days on which an office is closed come in as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

_SATURDAY = 5
ClosedOn = Callable[[date], bool]


def working_days_after(start: date, days: int, closed_on: ClosedOn) -> date:
    """The date that lies ``days`` working days after ``start``; ``start`` itself is day 0.

    Saturdays, Sundays and the days for which ``closed_on`` is true do not count.
    """
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day, closed_on):
            days -= 1
    return day


def working_days_between(start: date, end: date, closed_on: ClosedOn) -> int:
    """How many working days after ``start`` lie up to ``end``, that day too; negative when ``end`` is earlier."""
    if end < start:
        return -working_days_between(end, start, closed_on)
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    return sum(is_working_day(day, closed_on) for day in days)


def is_working_day(day: date, closed_on: ClosedOn) -> bool:
    """Whether the office works on ``day``."""
    return day.weekday() < _SATURDAY and not closed_on(day)
