"""A record in the reader's words: its fields with their labels, and what has changed in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..messages import Message, Sayable
from ..records import models
from ..records.comparing import Change
from ..records.schema import FieldShape, fields_of, find, model_of
from ..records.types import RecordType

_EMPTY: Final[tuple[object, ...]] = (None, [], {}, "")
_NAMED: Final = ("code", "title", "name", "label", "statement", "step")
"""What a part of a record is called by; one without any of these is told with all its values."""

Line = tuple[int, str, str]
"""How deep it lies, what it is called, and its value."""


def lines(kind: RecordType, content: Mapping[str, Any], lang: str) -> Iterator[Line]:
    """The fields that have a value, in the order of the form."""
    yield from _fields(model_of(kind), content, lang, 0)


def _fields(model: type[models.Record], content: Mapping[str, Any], lang: str, depth: int) -> Iterator[Line]:
    for name, shape in fields_of(model).items():
        value: Any = content.get(name)
        if value in _EMPTY:
            continue
        label = shape.label.say(lang)
        if shape.part is None:
            yield depth, label, plain(shape, value, lang)
        elif shape.many:
            for place, item in enumerate(value, 1):
                yield depth, f"{label} {place}", ""
                yield from _fields(shape.part, item, lang, depth + 1)
        else:
            yield depth, label, ""
            yield from _fields(shape.part, value, lang, depth + 1)


def plain(shape: FieldShape | None, value: Any, lang: str) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return (Message("yes") if value else Message("no")).say(lang)
    if isinstance(value, list):
        return ", ".join(plain(shape, item, lang) for item in value)
    if isinstance(value, dict):
        fields = fields_of(shape.part) if shape and shape.part else dict.fromkeys(value)
        inner = {name: plain(of, value[name], lang) for name, of in fields.items() if value.get(name) not in _EMPTY}
        return ", ".join([text for name, text in inner.items() if name in _NAMED] or inner.values())
    known = shape.choice.labels if shape and shape.choice else {}
    label = known.get(str(value))
    return label.say(lang) if label else str(value)


def changed(kind: RecordType, change: Change, lang: str) -> Sayable:
    """A change as a sentence."""
    names = change.path.split(".")
    shape = find(model_of(kind), [name for name in names if not name.isdigit()])
    where = _where(kind, names, lang)

    def said(value: Any) -> str:
        return plain(shape, value, lang)

    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        gone = [said(item) for item in before if item not in after]
        new = [said(item) for item in after if item not in before]
        if gone and new:
            return Message("{where}: new: {new}; gone: {gone}", where=where, new=new, gone=gone)
        if new:
            return Message("{where}: new: {new}", where=where, new=new)
        return Message("{where}: gone: {gone}", where=where, gone=gone)
    if before in (None, []):
        return Message("{where}: new: {new}", where=where, new=said(after))
    if after in (None, []):
        return Message("{where}: gone: {gone}", where=where, gone=said(before))
    return Message("{where}: {before} → {after}", where=where, before=said(before), after=said(after))


def _where(kind: RecordType, names: list[str], lang: str) -> str:
    """The labels on the way to a field, an item's place beside that of its list."""
    found: list[str] = []
    path: list[str] = []
    for name in names:
        if name.isdigit():
            found[-1] = f"{found[-1]} {name}"
            continue
        path.append(name)
        shape = find(model_of(kind), path)
        found.append(shape.label.say(lang) if shape else name)
    return " › ".join(found)
