"""Daily entries in one line: what the words of a command say of a record, and what is still to be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from ..messages import Message
from ..notation import Unclear
from ..records.schema import fields_of, model_of
from ..records.types import RecordType
from . import answers, asking
from .app import App, Usage
from .drafts import context
from .grammar import Signed

_AMOUNT: Final = re.compile(rf"([+{Signed.MINUS}])\s*(?=(?:[Rr][Pp]\.?\s*)?[0-9])(.*)")


def entries(
    app: App, kind: RecordType, flow: Any, words: Sequence[str], day: str | None, note: str | None
) -> list[dict[str, Any]]:
    """The entries of the finance book that ``words`` say: each an amount with its sign, a category, a purpose.

    Raises:
        Usage: a word cannot be read, or something is missing and nobody can be asked.
    """
    today = context(app, flow).today
    groups: list[tuple[str, str, list[str]]] = []
    for word in words:
        if found := _AMOUNT.fullmatch(word):
            groups.append((found[1], found[2], []))
        elif groups:
            groups[-1][2].append(word)
        else:
            raise Usage(
                Message("An amount with its sign comes first, such as +60000 or -25000, not {word}.", word=word)
            )
    common = {"date": _read(kind, "date", day, today) or today.isoformat(), "note": note}
    return [
        {name: value for name, value in _entry(app, kind, group, today, common).items() if value is not None}
        for group in groups
    ]


def _entry(
    app: App, kind: RecordType, group: tuple[str, str, list[str]], today: date, common: Mapping[str, Any]
) -> dict[str, Any]:
    sign, amount, words = group
    direction = "income" if sign == "+" else "expense"
    found = {**common, "direction": direction, "amount": _read(kind, "amount", amount, today), "purpose": None}
    if direction == "expense":
        found["purpose"], words = _purpose(kind, words)
    found["category"] = " ".join(words) or None
    said = f"{'-' if direction == 'expense' else '+'}{amount}"
    for name in ("category", *(["purpose"] if direction == "expense" else [])):
        if found[name] is None:
            found[name] = _asked(app, kind, name, said, today)
    return found


def _purpose(kind: RecordType, words: list[str]) -> tuple[str | None, list[str]]:
    """The purpose that the last words name, and the words before it; the first word is the category."""
    shape = fields_of(model_of(kind))["purpose"]
    for place in range(1, len(words)):
        text = " ".join(words[place:])
        try:
            return answers.chosen(text if not text.isdigit() else f"{text}?", shape, kind.name), words[:place]
        except Unclear:
            continue
    return None, words


def _asked(app: App, kind: RecordType, name: str, of: str, today: date) -> Any:
    """A field that the words do not say."""
    shape = fields_of(model_of(kind))[name]
    if not asking.possible(app):
        choices = (
            [f"{app.say(label)} ({word})" for word, label in shape.choice.labels.items()] if shape.choice else []
        )
        if choices:
            raise Usage(
                Message(
                    "{entry}: {field} is missing; it is one of: {choices}.",
                    entry=of,
                    field=shape.label,
                    choices=choices,
                )
            )
        raise Usage(Message("{entry}: {field} is missing.", entry=of, field=shape.label))
    return asking.one(app, kind, shape, of, today)


def session(app: App, number: str, kind: RecordType, flow: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """A session as the options say it: today, a visit at home, held, unless they say otherwise.

    Raises:
        Usage: an option cannot be read, or the week is not known.
    """
    today = context(app, flow).today
    given = dict(told)
    given["held_on"] = given.pop("date") or today.isoformat()
    given["week_no"] = given.pop("week")
    given["kind"] = given["kind"] or "home_visit"
    given["status"] = given["status"] or "held"
    found = {
        name: _read(kind, name, value, today) if isinstance(value, str) else value for name, value in given.items()
    }
    if found["week_no"] is None:
        found["week_no"] = _week(app, number, date.fromisoformat(found["held_on"]))
    return {name: value for name, value in found.items() if value is not None}


def _week(app: App, number: str, day: date) -> int:
    """The week of the contract in which ``day`` lies."""
    from ..records.base import Entry, World
    from ..records.contract import AddendaView, ContractView

    world = World(day, {}, {})
    for name, view in (("contract", ContractView), ("addendum", AddendaView)):
        known = app.casework.records(number, name, by=app.by)
        entries = [Entry("", one.item, one.revision, one.at, one.by, dict(one.content), 0, 0) for one in known]
        world.views[name] = view(world, entries)
    week = world.view(ContractView).week_of(day)
    if week is None or week < 1:
        raise Usage(Message("{day} lies in no week of the contract; name the week with --week N.", day=day))
    return week


def _read(kind: RecordType, name: str, text: str | None, today: date) -> Any:
    """The value of a field that an option or a word gives."""
    if text is None:
        return None
    shape = fields_of(model_of(kind))[name]
    try:
        return answers.value(text, shape, kind.name, today)
    except Unclear as fault:
        raise Usage(Message("{field}: {what}", field=shape.label, what=fault.message)) from None
