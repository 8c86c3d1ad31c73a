"""Working dates: the day, or day and time, on which something was done in the office, as events keep it."""

from __future__ import annotations

from datetime import date, datetime

from .errors import Invalid, Problem
from .messages import Message

When = date | datetime | str | None


def working_date(at: When, now: datetime) -> str:
    """The working date ``at``, or today where it is None, as ISO text.

    Args:
        at: a date such as ``2025-03-06``, or a date and time such as ``2025-03-06T14:30``.
        now: the present moment in the office's time zone.

    Raises:
        Invalid: it is no date, or lies in the future.
    """
    if at is None:
        return now.date().isoformat()
    try:
        on = parse(at)
    except ValueError:
        expected = Message("A date such as 2025-03-06 is expected, or a date and time: 2025-03-06T14:30.")
        raise Invalid(Message("{at} is no working date.", at=at), [Problem("at", expected)]) from None
    if earlier(now.replace(tzinfo=None).isoformat(timespec="minutes"), on):
        late = Message("The working date is never in the future.")
        raise Invalid(Message("{at} is no working date.", at=at), [Problem("at", late)])
    return on


def last_day(until: When, on: str) -> str | None:
    """The day up to which something holds, as ISO text; None where nobody named one.

    Raises:
        Invalid: it is no date, or lies before the working date ``on``.
    """
    if until is None:
        return None
    try:
        day = parse(until)[:10]
    except ValueError:
        expected = Message("A date such as 2025-06-30 is expected.")
        raise Invalid(Message("{until} is no date.", until=until), [Problem("until", expected)]) from None
    if day < on[:10]:
        late = Message("It lies before the working date {on}.", on=on)
        raise Invalid(Message("{until} is over already.", until=until), [Problem("until", late)])
    return day


def earlier(one: str, other: str) -> bool:
    """Whether a working date lies before another; a date without a time is the whole day."""
    shared = min(len(one), len(other))
    return one[:shared] < other[:shared]


def parse(at: date | datetime | str) -> str:
    """A date, or date and time, in the form that events keep: ``2025-03-06`` or ``2025-03-06T14:30``.

    Raises:
        ValueError: it is neither.
    """
    text = (at if isinstance(at, str) else at.isoformat()).strip().replace(" ", "T")
    if "T" not in text:
        return date.fromisoformat(text).isoformat()
    return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="minutes")
