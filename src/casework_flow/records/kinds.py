"""What a name in a guard or a template stands for: the shapes of records and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

ScalarType = Literal["text", "integer", "number", "boolean", "date", "choice"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. ``choices`` are the values that a choice may have."""

    type: ScalarType
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """Something with named parts."""

    fields: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListOf:
    """Many of one kind. Each list has a ``count`` as well, an integer."""

    item: Kind


@dataclass(frozen=True, slots=True)
class Function:
    """A published method, and what it gives; ``least``: how many of its parameters must be given."""

    parameters: tuple[Scalar, ...]
    returns: Kind
    least: int = 1


Kind = Scalar | Object | ListOf | Function


def at(kind: Kind, path: Sequence[str]) -> Kind | None:
    """The kind at ``path``, going through lists to their items; None where there is no such name."""
    for name in path:
        while isinstance(kind, ListOf):
            kind = kind.item
        if not isinstance(kind, Object) or name not in kind.fields:
            return None
        kind = kind.fields[name]
    return kind
