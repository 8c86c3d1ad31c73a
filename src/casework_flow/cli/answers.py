"""What somebody types for one field, as the value that the record holds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

from .. import headings, notation
from ..messages import Message, languages
from ..notation import Unclear
from ..records.kinds import ListOf, Scalar
from ..records.schema import FieldShape

_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
_WORKING_LIFE: Final = timedelta(days=50 * 365)
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_THOUSANDS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""Both a number with three decimals and thousands."""


def value(text: str, shape: FieldShape, record: str, today: date) -> Any:
    """What ``text`` means in a field.

    A text is taken as it is, without the blanks around it; behind a ``\\`` to the last character, with ``\\n`` for
    a new line. Dates and amounts are read as people in Indonesia write them, choices by number, word or label.

    Args:
        text: what was typed.
        shape: the field; of a list, one of its items is read.
        record: the name of the record type.
        today: the working date.

    Raises:
        Unclear: it cannot be read, or could mean two things.
    """
    kind = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
    assert isinstance(kind, Scalar)  # noqa: S101  # parts are asked for field by field
    if kind.type == "text":
        return literal(text)
    text = " ".join(text.split())
    match kind.type:
        case "date":
            return day(text, today, long_ago=shape.name in headings.data()["long_ago"]).isoformat()
        case "boolean":
            return yes(text)
        case "integer":
            return whole(text)
        case "number":
            return number(text)
    return chosen(text, shape, record)


def literal(text: str) -> str:
    """A text as it was meant: what stands behind a ``\\`` is taken to the last character."""
    if not text.startswith("\\"):
        return text.strip()
    return re.sub(r"\\([nrt\\])", lambda found: _ESCAPED[found[1]], text[1:])


def day(text: str, today: date, *, long_ago: bool = False) -> date:
    """A date: ``2025-03-06``, ``6/3/2025``, ``6 Maret 2025``, ``kemarin``.

    Args:
        text: what was typed.
        today: the working date.
        long_ago: a year of two digits may lie further back than a working life, as that of a birth may.

    Raises:
        Unclear: it is none, or could be two.
    """
    distance = headings.days().get(headings.plain(text))
    if distance is not None:
        return today + timedelta(days=distance)
    counted = re.fullmatch("[0-9]*", text)  # how spreadsheet programs keep a date, which nobody types
    since = notation.FIRST_DAY if long_ago else today - _WORKING_LIFE
    months = headings.months()
    found = None if counted else notation.day(text, today=today, months=months, earliest=since, announces=True)
    if found is None:
        raise Unclear(
            Message("{value} is no date; write it such as 17/03/2025 or 2025-03-17.", value=notation.shown(text))
        )
    return found


def yes(text: str) -> bool:
    """Yes or no, in whatever language, or the first letter of it.

    Raises:
        Unclear: it is neither.
    """
    for meant, word, spelled in ((True, Message("yes"), "true"), (False, Message("no"), "false")):
        said = {word.say(lang).casefold() for lang in languages()}
        if text.casefold() in {spelled, *said, *(one[0] for one in said)}:
            return meant
    raise Unclear(
        Message(
            "{value} is neither {yes} nor {no}.", value=notation.shown(text), yes=Message("yes"), no=Message("no")
        )
    )


def whole(text: str) -> int:
    """A whole number, or an amount: ``250000``, ``250.000``, ``Rp250.000``.

    Raises:
        Unclear: it is none, or could be two.
    """
    if _THOUSANDS.fullmatch(text) and "," in text:
        thousands, decimals = text.replace(",", ""), text.replace(",", ".").rstrip("0")
        raise Unclear(
            Message(
                "{value} could be {thousands} or {decimals}; write {thousands} if that is meant.",
                value=notation.shown(text),
                thousands=thousands,
                decimals=decimals,
            )
        )
    if re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        return int(text)
    found = notation.amount(text) if text.strip("-–—") else None
    if found is None:
        raise Unclear(Message("{value} is not a whole number.", value=notation.shown(text)))
    return found


def number(text: str) -> float:
    """A number, with decimals behind a comma or a point; a whole one stays whole.

    Raises:
        Unclear: it is none, or could be two.
    """
    if _THOUSANDS.fullmatch(text):
        one, other = re.sub("[.,]", "", text), f"{text}0"
        raise Unclear(
            Message(
                "{value} could be two numbers; write {one} or {other}.",
                value=notation.shown(text),
                one=one,
                other=other,
            )
        )
    if len(text) > 400 or not _DECIMAL.fullmatch(text):
        raise Unclear(Message("{value} is not a number.", value=notation.shown(text)))
    return int(text) if re.fullmatch("[+-]?[0-9]{1,18}", text) else float(text.replace(",", "."))


def chosen(text: str, shape: FieldShape, record: str) -> str:
    """One word of a choice, by itself, its number, its label, or as offices write it.

    Raises:
        Unclear: it is none of them.
    """
    labels = shape.choice.labels if shape.choice else {}
    words = list(labels)
    if text in labels:
        return text
    if re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= len(words):
        return words[int(text) - 1]
    found = headings.word(record, shape.name, text, labels)
    if found is None:
        raise Unclear(
            Message(
                "{value} is none of: {choices}.", value=notation.shown(text), choices=[labels[word] for word in words]
            )
        )
    return found
