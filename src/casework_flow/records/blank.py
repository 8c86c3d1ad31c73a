"""An empty form of a record: YAML to fill in, with every field explained in the reader's language."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

from ..messages import Message
from .kinds import ListOf, Scalar
from .models import Record
from .schema import FieldShape, fields_of, model_of
from .types import RecordType

WIDTH: Final = 80
"""Columns of the form."""
_SAID: Final = "##"
"""Begins what is said about a field; a single ``#`` begins a line that may be put to use."""
_EXPECTED: Final[Mapping[str, Message]] = {
    "date": Message("a date such as 2025-03-17"),
    "integer": Message("a whole number"),
    "number": Message("a number"),
    "boolean": Message("true or false"),
}


def blank_form(kind: RecordType, lang: str) -> str:
    """The form of one record of ``kind`` as YAML, in which nothing is filled in yet.

    Each part and each list is shown once. What need not be given and has required parts of its own stands there as
    a comment, for it would be refused when it is left empty.

    Args:
        kind: the type of record.
        lang: the reader's language.
    """
    head = Message(
        "{record}. Fill in what is known; what stays empty is left out. Where a part is needed that begins with one "
        "#, take that away from each of its lines.",
        record=kind.title,
    )
    lines = [*_said(head.say(lang), ""), "", *_fields(model_of(kind), lang)]
    return "\n".join(lines) + "\n"


def _fields(model: type[Record], lang: str) -> Iterator[str]:
    for shape in fields_of(model).values():
        yield from _field(shape, lang)


def _field(shape: FieldShape, lang: str) -> Iterator[str]:
    yield from _said(about(shape, lang), "")
    for word, label in shape.choice.labels.items() if shape.choice else ():
        yield from _said(f"{word}: {label.say(lang)}", "  ")
    within = list(_fields(shape.part, lang)) if shape.part else []
    if shape.many:
        lines = [
            f"{shape.name}:",
            *_indented(["-", *_indented(within)] if within else [f"- {_value(shape)}".rstrip()]),
        ]
    elif within:
        lines = [f"{shape.name}:", *_indented(within)]
    else:
        lines = [f"{shape.name}: {_value(shape)}".rstrip()]
    optional = not shape.required and (shape.many or shape.part is not None)
    yield from ([f"# {line}" for line in lines] if optional else lines)


def about(shape: FieldShape, lang: str) -> str:
    """A field's label, and what is expected there."""
    item = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
    about = [
        *([Message("required").say(lang)] if shape.required else []),
        *([Message("a list, one - for each").say(lang)] if shape.many else []),
        *([_EXPECTED[item.type].say(lang)] if isinstance(item, Scalar) and item.type in _EXPECTED else []),
    ]
    label = shape.label.say(lang)
    return f"{label} ({'; '.join(about)})" if about else label


def _value(shape: FieldShape) -> str:
    """Quotes where a text belongs, so that numbers which identify somebody stay texts."""
    item = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
    return '""' if isinstance(item, Scalar) and item.type == "text" else ""


def _said(text: str, indent: str) -> list[str]:
    start = f"{_SAID} {indent}"
    return textwrap.wrap(" ".join(text.split()), WIDTH - 20, initial_indent=start, subsequent_indent=f"{start}  ")


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
