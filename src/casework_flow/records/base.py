"""What every view of a record is made of.

A view holds plain data and computes a figure when somebody asks for it. Every figure is marked ``@figure``
and every function ``@function``; nothing else is published. What is not recorded is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NewType, TypeVar

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])
V = TypeVar("V", bound="View")
Content = dict[str, Any]
Day = NewType("Day", str)
"""A date as ISO text, as the records hold it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The current revision of one recorded item.

    ``item`` numbers the items of a record that may have many, from 1; ``on`` is the working date on which it
    was recorded, ``by`` the member of staff. ``first`` is its first revision, of an item that was revised since.
    """

    id: str
    item: int
    revision: int
    on: date
    by: str
    content: Content
    cycle: int
    episode: int
    first: Entry | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """The shape of a figure, for the checker: that of the record field at ``path``."""

    path: str


class figure(cached_property[T]):
    """A published value, computed once for each view; its docstring is its documentation."""


def function(method: F) -> F:
    """Publish a method; its docstring is its documentation."""
    method.__dict__["published"] = True
    return method


@dataclass(frozen=True, slots=True)
class World:
    """The records of one case and what they are judged by; views look at each other through it."""

    today: date
    settings: Mapping[str, Any]
    case: Mapping[str, Any]
    views: dict[str, View] = field(default_factory=dict)

    def view(self, cls: type[V]) -> V:
        """The view of that class; each record has its own."""
        return next(view for view in self.views.values() if isinstance(view, cls))


class View:
    """One record that a case has at most once. It is true when something is recorded."""

    _published: frozenset[str] = frozenset()
    _many: ClassVar = False

    def __init__(self, world: World, entries: Sequence[Entry] = ()) -> None:
        self.world = world
        self.entries = entries
        self.content: Content = entries[-1].content if entries and not self._many else {}

    def __init_subclass__(cls) -> None:
        own = {
            name
            for name, value in vars(cls).items()
            if isinstance(value, figure) or "published" in getattr(value, "__dict__", ())
        }
        cls._published = cls._published | own

    def __bool__(self) -> bool:
        return bool(self.entries)

    def get(self, name: str) -> Any:
        """The published figure ``name``, or the record's field of that name, or None."""
        return getattr(self, name) if name in self._published else self.content.get(name)

    __getitem__ = get

    @classmethod
    def published(cls) -> tuple[str, ...]:
        """The names of all figures and functions."""
        return tuple(sorted(cls._published))


class ManyView(View):
    """A record of which a case may have many."""

    _many = True

    @figure
    def items(self) -> list[Content]:
        """Every recorded item in the order of its number, each with that number as ``item``."""
        return [{**entry.content, "item": entry.item} for entry in self.entries]

    @figure
    def count(self) -> int:
        """How many items are recorded."""
        return len(self.entries)


def one_decimal(value: Fraction) -> float:
    """``value`` rounded to one decimal, halves away from zero, as people round."""
    return float(_rounded(value, "0.1"))


def whole(value: Fraction) -> int:
    """``value`` rounded to a whole number, halves away from zero."""
    return int(_rounded(value, "1"))


def _rounded(value: Fraction, step: str) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(step), ROUND_HALF_UP)
