"""How people write amounts, dates and telephone numbers in tables, read where it can mean one thing only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from .messages import Message

FIRST_DAY: Final = date(1900, 1, 1)
_EPOCH: Final = date(1899, 12, 30)
"""Day 0 of the spreadsheet programs, for every day after February 1900."""
_SERIAL: Final = range(18_264, 73_051)
"""Days of 1950 to 2100, as the spreadsheet programs count them."""
_NOTHING: Final = re.compile(r"(?:rp\.?\s*)?[-–—]*(?:,-)?", re.IGNORECASE)
_RUPIAH: Final = re.compile(
    r"(?:rp\.?|idr)?\s*(?:"
    r"(?P<dots>[0-9]{1,3}(?:\.[0-9]{3})+)(?:,(?:00?|-))?|"
    r"(?P<commas>[0-9]{1,3}(?:,[0-9]{3})+)(?:\.(?:00?|-))?|"
    r"(?P<blanks>[0-9]{1,3}(?:[ \u00a0\u202f'][0-9]{3})+)(?:,(?:00?|-))?|"
    r"(?P<plain>[0-9]{1,15})(?:[.,](?:00|-))?"
    r")\s*(?:,-|\.-)?",
    re.IGNORECASE,
)
_BEFORE: Final = re.compile(r"^[^\W\d][^\d,]{0,60},\s*")
"""The weekday before a date, or the place of birth."""
_NUMBERS: Final = re.compile(r"([0-9]{1,4})\s*[-/.\s]\s*([0-9]{1,2})\s*[-/.\s]\s*([0-9]{1,4})")
_NAMED: Final = re.compile(r"([0-9]{1,2})\s*[-/.\s]?\s*([^\W\d_]+)\.?\s*[-/.,\s]?\s*'?([0-9]{2}|[0-9]{4})")
_TIME: Final = re.compile(r"[T ]0?0[:.]00(?:[:.]00(?:\.0+)?)?$")


class Unclear(ValueError):
    """A text that cannot be read for certain; ``message`` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def amount(cell: object) -> int | None:
    """An amount in whole rupiah: ``1.250.000``, ``1,250,000``, ``Rp 1.250.000,00``; None for a dash or nothing.

    Raises:
        Unclear: it is no such amount, or could be two.
    """
    if cell is None or isinstance(cell, bool):
        if cell is None:
            return None
        raise _no_amount(cell)
    if isinstance(cell, int | float):
        if cell != cell or cell in (float("inf"), float("-inf")) or cell != int(cell):
            raise _no_amount(cell)
        return int(cell)
    text = " ".join(str(cell).split())
    if _NOTHING.fullmatch(text):
        return None
    found = _RUPIAH.fullmatch(text) if len(text) <= 60 else None
    if found is None:
        raise _no_amount(cell)
    return int(re.sub(r"\D", "", next(part for part in found.groups() if part)))


def _no_amount(cell: object) -> Unclear:
    return Unclear(
        Message(
            "{value} is no whole number that can be read for certain; write it like 12, 1250000 or 1.250.000.",
            value=shown(cell),
        )
    )


def day(
    cell: object,
    *,
    today: date,
    months: Mapping[str, int],
    earliest: date = FIRST_DAY,
    announces: bool = False,
    month_first: bool = False,
) -> date | None:
    """A date as people in Indonesia write it, the day first; None for nothing.

    Args:
        cell: a date, the number by which a spreadsheet program counts days, or a text.
        today: the working date: of two centuries, a date of two digits means the one that is not after it.
        months: the names of the months, in small letters, with their numbers.
        earliest: the first day that it may be.
        announces: it may lie after ``today``.
        month_first: other dates of the same column have the month first, so that one which could be read either
            way is refused.

    Raises:
        Unclear: it is no date, or could be two.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise _no_date(cell)
    if isinstance(cell, int | float):
        return _counted(cell)
    text = " ".join(cell.split())
    if re.fullmatch("[0-9]{5}", text):
        return _counted(int(text))
    if _NOTHING.fullmatch(text):
        return None
    text = _TIME.sub("", _BEFORE.sub("", text))
    named, numbers = _NAMED.fullmatch(text), _NUMBERS.fullmatch(text)
    if numbers:
        return _numbered(cell, numbers, today, earliest, announces, month_first)
    if named and named[2].casefold() in months:
        return _dated(cell, named[3], months[named[2].casefold()], int(named[1]), today, earliest, announces)
    raise _no_date(cell)


def has_month_first(cell: object) -> bool:
    """Whether a text can only be a date that gives the month before the day, such as ``03/25/2025``."""
    found = _NUMBERS.fullmatch(" ".join(cell.split())) if isinstance(cell, str) else None
    return bool(found and len(found[1]) <= 2 and int(found[1]) <= 12 < int(found[2]) <= 31)


def _counted(number: float) -> date:
    if number != number or number != int(number) or int(number) not in _SERIAL:
        raise _no_date(number)
    return _EPOCH + timedelta(days=int(number))


def _numbered(
    cell: str, found: re.Match[str], today: date, earliest: date, announces: bool, month_first: bool
) -> date:
    first, middle, last = found.groups()
    if len(first) == 4 and len(last) <= 2:
        return _dated(cell, first, int(middle), int(last), today, earliest, announces)
    if len(first) > 2 or len(last) not in (2, 4):
        raise _no_date(cell)
    if has_month_first(cell) or (month_first and int(first) <= 12 and first != middle):
        raise Unclear(
            Message(
                "{value} could be two dates, or has the month first; write the year first: 2025-03-17.",
                value=shown(cell),
            )
        )
    return _dated(cell, last, int(middle), int(first), today, earliest, announces)


def _dated(cell: str, year: str, month: int, number: int, today: date, earliest: date, announces: bool) -> date:
    """The one date that these numbers can be."""
    centuries = (0,) if len(year) == 4 else (1900, 2000)
    latest = date(today.year + 20, 12, 31) if announces else today
    found = []
    for century in centuries:
        try:
            one = date(century + int(year), month, number)
        except ValueError:
            continue
        if len(year) == 4 or earliest <= one <= latest:
            found.append(one)
    if len(found) == 1:
        return found[0]
    if found:
        raise Unclear(
            Message("{value} could be {dates}; write the year with four digits.", value=shown(cell), dates=found)
        )
    raise _no_date(cell)


def _no_date(cell: object) -> Unclear:
    return Unclear(Message("{value} is no date; write it such as 17/03/2025 or 2025-03-17.", value=shown(cell)))


def digits(cell: object) -> str | None:
    """A number that is a name, such as a NIK: its digits, without the blanks, dots and quotes around them.

    Raises:
        Unclear: a spreadsheet program has rounded it: these keep 15 digits.
    """
    if cell is None:
        return None
    rounded = Unclear(
        Message(
            "{value} was kept as a number, of which spreadsheet programs keep 15 digits only: make the column text, "
            "and type it again.",
            value=shown(cell),
        )
    )
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if cell != cell or cell in (float("inf"), float("-inf")) or cell != int(cell):
            raise rounded
        text = str(int(cell))
        if len(text) > 15 and (isinstance(cell, float) or text.endswith("0")):
            raise rounded
        return text
    text = re.sub(r"^'|[\s.\-\u00a0]", "", str(cell))
    if re.fullmatch(r"[0-9],?[0-9]*[eE]\+?[0-9]+", text):
        raise rounded
    return text or None


def phone(cell: object) -> str | None:
    """A telephone number; the 0 at its beginning, which spreadsheet programs drop, is put back."""
    if cell is None:
        return None
    text = str(int(cell)) if isinstance(cell, int | float) else str(cell).lstrip("'").strip()
    return f"0{text}" if re.fullmatch(r"8[0-9][\s0-9.-]{6,14}", text) else text or None


def shown(value: object) -> str:
    """A cell in a sentence."""
    text = value.isoformat() if isinstance(value, date) else " ".join(str(value)[:80].split())
    return f'"{text if len(text) <= 60 else text[:59] + "…"}"'
