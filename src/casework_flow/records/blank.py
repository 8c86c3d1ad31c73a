"""An empty form of a record: YAML to fill in, with every field explained in the reader's language."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

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


def blank_form(kind: RecordType, lang: str, content: Mapping[str, Any] | None = None) -> str:
    """The form of one record of ``kind`` as YAML: empty, or filled in with ``content``.

    Each part and each list that holds nothing is shown once. What need not be given and has required parts of its own
    stands there as a comment, for it would be refused when it is left empty.

    Args:
        kind: the type of record.
        lang: the reader's language.
        content: what is recorded, in its normal form; reading the form gives the same.
    """
    head = Message(
        "{record}. Fill in what is known; what stays empty is left out. Where a part is needed that begins with one "
        "#, take that away from each of its lines.",
        record=kind.title,
    )
    lines = [*_said(head.say(lang), ""), "", *_fields(model_of(kind), lang, content or {})]
    return "\n".join(lines) + "\n"


def _fields(model: type[Record], lang: str, content: Mapping[str, Any], *, explained: bool = True) -> Iterator[str]:
    for name, shape in fields_of(model).items():
        if explained:
            yield from _explained(shape, lang)
        if explained or content.get(name) not in (None, []):  # explained once, at the first part of a list
            yield from _field(shape, lang, content.get(name), explained=explained)


def _explained(shape: FieldShape, lang: str) -> Iterator[str]:
    yield from _said(about(shape, lang), "")
    for word, label in shape.choice.labels.items() if shape.choice else ():
        yield from _said(f"{word}: {label.say(lang)}", "  ")


def _field(shape: FieldShape, lang: str, value: Any, *, explained: bool) -> list[str]:
    if value in (None, []):
        within = list(_fields(shape.part, lang, {})) if shape.part else []
        lines = _filled(shape, within, None) if not shape.many else [f"{shape.name}:", *_item(shape, within, None)]
        optional = not shape.required and (shape.many or shape.part is not None)
        return [f"# {line}" for line in lines] if optional else lines
    if not shape.many:
        return _filled(
            shape, list(_fields(shape.part, lang, value, explained=explained)) if shape.part else [], value
        )
    lines = [f"{shape.name}:"]
    for place, item in enumerate(value):
        first = explained and not place
        lines += _item(shape, list(_fields(shape.part, lang, item, explained=first)) if shape.part else [], item)
    return lines


def _filled(shape: FieldShape, within: list[str], value: Any) -> list[str]:
    if shape.part is None:
        return _scalar(f"{shape.name}:", shape, value)
    return [f"{shape.name}:", *_indented(within)] if within else [f"{shape.name}: {{}}"]


def _item(shape: FieldShape, within: list[str], value: Any) -> list[str]:
    if shape.part is None:
        return _indented(_scalar("-", shape, value))
    return _indented(["-", *_indented(within)] if within else ["- {}"])


def _scalar(start: str, shape: FieldShape, value: Any) -> list[str]:
    """A value behind its name. Quotes where a text belongs, so that numbers which identify somebody stay texts."""
    item = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
    is_text = isinstance(item, Scalar) and item.type == "text"
    if value is None:
        return [f'{start} ""' if is_text else start]
    if not isinstance(value, str):
        return [f"{start} {json.dumps(value)}"]
    if _PLAIN.fullmatch(value) and not is_text:
        return [f"{start} {value}"]
    if _BLOCK.fullmatch(value):
        return [f"{start} |-", *_indented(value.split("\n"))]
    return [f"{start} {_UNSEEN.sub(_escaped, json.dumps(value, ensure_ascii=False))}"]


_PLAIN: Final = re.compile(r"(?!(?:null|true|false)$)[a-z][a-z_]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BLOCK: Final = re.compile(r"[!-~][ -~\u00a1-\u024f]*(?:\n[ -~\u00a1-\u024f]*)*\n[ -~\u00a1-\u024f]*[!-~]")
"""A text of several lines that YAML can hold as they are."""
_UNSEEN: Final = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not: it would break a line, or be refused."""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


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


def _said(text: str, indent: str) -> list[str]:
    start = f"{_SAID} {indent}"
    return textwrap.wrap(" ".join(text.split()), WIDTH - 20, initial_indent=start, subsequent_indent=f"{start}  ")


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
