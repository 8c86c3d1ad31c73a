"""What is other in a record than in its revision before: field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_KEYS: Final = ("id", "code", "title", "name")
"""What an item of a list is known by, though others before it came or went: the first of these that each one has."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field with another value than before.

    ``path`` leads to it, dotted, an item of a list by its place from 1: as it is now, or as it was before for
    one that is gone. None stands for what is not there.
    """

    path: str
    before: Any
    after: Any

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"path": self.path, "before": self.before, "after": self.after}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """The fields whose values differ, in the order of the later revision; what is gone comes last.

    A list of plain values is one value; in a list of parts an item that is new or gone is one.
    """
    return tuple(_parts("", before, after))


def _parts(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in (*after, *(name for name in before if name not in after)):
        yield from _values(f"{path}.{name}" if path else name, before.get(name), after.get(name))


def _values(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _parts(path, before, after)
    elif _has_parts(before) and _has_parts(after):
        yield from _items(path, before, after)
    else:
        yield Change(path, before, after)


def _has_parts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _items(path: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    old, new = _named(before, after), _named(after, before)
    for key, (place, item) in new.items():
        if key in old:
            yield from _parts(f"{path}.{place}", old[key][1], item)
        else:
            yield Change(f"{path}.{place}", None, item)
    for key, (place, item) in old.items():
        if key not in new:
            yield Change(f"{path}.{place}", item, None)


def _named(
    items: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]
) -> dict[object, tuple[int, Mapping[str, Any]]]:
    """The items with their places, by what tells each from the others in both lists; by place where nothing does."""
    key = next((key for key in _KEYS if _tells_apart(key, items) and _tells_apart(key, others)), None)
    return {item[key] if key else place: (place, item) for place, item in enumerate(items, 1)}


def _tells_apart(key: str, items: Sequence[Mapping[str, Any]]) -> bool:
    values = [item.get(key) for item in items]
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values)
