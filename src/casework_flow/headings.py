"""What the columns of an office's tables mean, and the words in them: read from ``headings.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from . import yaml12
from .messages import Sayable, languages
from .records.schema import fields_of, model_of
from .records.types import RecordType
from .tables import Row

_FILE: Final = Path(__file__).parent / "headings.yaml"
_ROWS_ABOVE: Final = 20
"""Rows among which the headings are looked for; above them stand titles."""
_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@cache
def data() -> Mapping[str, Any]:
    """The whole file."""
    found, _ = yaml12.parse(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return dict(found)


@cache
def months() -> Mapping[str, int]:
    """The names of the months in small letters, with their numbers."""
    return {name: int(number) for number, names in data()["months"].items() for name in names}


@cache
def days() -> Mapping[str, int]:
    """What people say for a day, compared as ``plain`` gives it, with its distance from the working date."""
    return {plain(name): int(distance) for distance, names in data()["days"].items() for name in names}


def plain(text: object) -> str:
    """``text`` as headings are compared: small letters and digits only, without what stands in brackets."""
    folded = str(text).casefold()
    return re.sub(r"[\W_]+", "", _BRACKETS.sub(" ", folded)) or re.sub(r"[\W_]+", "", folded)


def _turned(called: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {plain(word): target for target, words in called.items() for word in words}


def columns(group: str) -> dict[str, str]:
    """The targets of one group of columns (a record, ``address``, ``case``), by each of their headings."""
    return _turned(data()["columns"].get(group, {}))


def fields(kind: RecordType) -> dict[str, str]:
    """The fields of a record by each of their headings: their own names, their labels, and what offices call them."""
    own: dict[str, str] = {}
    for path, label in _labels(kind):
        for name in (*(label.say(lang) for lang in languages()), path):
            own[plain(name)] = path
    return {**own, **columns(kind.name), **{plain(path): path for path, _ in _labels(kind)}}


def _labels(kind: RecordType) -> list[tuple[str, Sayable]]:
    found: list[tuple[str, Sayable]] = []
    for name, shape in fields_of(model_of(kind)).items():
        if shape.part is None:
            found.append((name, shape.label))
        elif not shape.many:
            found += [(f"{name}.{inner}", one.label) for inner, one in fields_of(shape.part).items() if not one.part]
    top = {plain(label) for name, label in found if "." not in name}
    return [(name, label) for name, label in found if "." not in name or plain(label) not in top]


def ignored() -> set[str]:
    """Headings of columns that nobody needs."""
    return {plain(word) for word in data()["ignored"]}


def beside(what: str) -> set[str]:
    """Headings of what an export has beside an item's fields: its ``case``, its ``item`` number."""
    return {plain(word) for word in data()["beside"][what]}


def is_total(cells: Sequence[object]) -> bool:
    """Whether a row sums up the others."""
    known = {plain(word) for word in data()["totals"]}
    return any(isinstance(cell, str) and plain(cell) in known for cell in cells)


@cache
def _words(record: str, field: str) -> Mapping[str, str]:
    return _turned(data()["values"].get(record, {}).get(field, {}))


def word(record: str, field: str, cell: str, labels: Mapping[str, Sayable]) -> str | None:
    """The word of a choice that ``cell`` means: itself, a label in whatever language, or what offices write.

    Args:
        record: the record, or ``case``.
        field: its field.
        cell: what stands in the table.
        labels: the words of the choice with their labels.
    """
    known = {plain(label.say(lang)): one for one, label in labels.items() for lang in languages()}
    known |= {**_words(record, field), **{plain(one): one for one in labels}}
    return known.get(plain(cell))


def heading_row(rows: Sequence[Row], known: Callable[[str], bool]) -> int:
    """The place of the row that holds the headings: of the first ones, that with most headings which are known."""
    counts = [sum(isinstance(cell, str) and known(plain(cell)) for cell in row.cells) for row in rows[:_ROWS_ABOVE]]
    most = max(counts, default=0)
    return counts.index(most) if most > 1 or len(rows[0].cells) == 1 else 0
