"""Working days, by any set of days on which an office is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.calendar import is_working_day, working_days_after, working_days_between

ClosedOn = Callable[[date], bool]
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
CLOSED: st.SearchStrategy[ClosedOn] = st.sets(st.integers(3, 30)).map(
    lambda closed: lambda day: day.toordinal() % 31 in closed
)
COUNTS = st.integers(0, 40)


def never(day: date) -> bool:
    return False


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2025, 3, 3), 0, date(2025, 3, 3)),
        (date(2025, 3, 3), 1, date(2025, 3, 4)),
        (date(2025, 3, 3), 5, date(2025, 3, 10)),  # over a weekend
        (date(2025, 3, 7), 1, date(2025, 3, 10)),  # from a Friday
        (date(2025, 3, 8), 1, date(2025, 3, 10)),  # from a Saturday
        (date(2025, 3, 8), 0, date(2025, 3, 8)),
    ],
)
def test_weekends_do_not_count(start: date, days: int, end: date) -> None:
    assert working_days_after(start, days, never) == end


def test_a_day_on_which_the_office_is_closed_does_not_count() -> None:
    assert working_days_after(date(2025, 3, 3), 1, date(2025, 3, 4).__eq__) == date(2025, 3, 5)


def test_working_days_between() -> None:
    monday = date(2025, 3, 3)
    assert working_days_between(monday, monday, never) == 0
    assert working_days_between(monday, date(2025, 3, 10), never) == 5
    assert working_days_between(date(2025, 3, 10), monday, never) == -5


@given(DAYS, COUNTS, CLOSED)
def test_a_date_lies_as_many_working_days_after_as_were_asked_for(start: date, days: int, closed: ClosedOn) -> None:
    end = working_days_after(start, days, closed)
    passed = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(is_working_day(day, closed) for day in passed) == days
    assert end == start or is_working_day(end, closed)
    assert working_days_between(start, end, closed) == days


@given(DAYS, COUNTS, COUNTS, CLOSED)
def test_one_after_the_other_is_the_same_as_both_at_once(start: date, one: int, two: int, closed: ClosedOn) -> None:
    together = working_days_after(start, one + two, closed)
    assert working_days_after(working_days_after(start, one, closed), two, closed) == together
