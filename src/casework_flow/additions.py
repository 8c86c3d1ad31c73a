"""What a host has added: record types, functions for guards, filters and names for templates, formats.

Plain values, handed on from the front door with each workflow, so that two front doors never share any of it.
``extensions.py`` makes them from what a host registers, and has checked them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import TracebackType
from typing import Any, Final

from .errors import ExtensionFault, Problem
from .messages import Message
from .records.kinds import Function, Kind, ListOf, Object, Scalar
from .records.types import RecordType


class Blamed:
    """A block in which a host's own code runs: whatever it raises is told as that extension's fault.

    Args:
        extension: its name.
        part: what of it runs.
        let: what it may raise; that passes as it is.
    """

    __slots__ = ("extension", "let", "part")

    def __init__(self, extension: str, part: str, let: tuple[type[BaseException], ...] = ()) -> None:
        self.extension = extension
        self.part = part
        self.let = (*let, ExtensionFault)

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(raised, Exception) and not isinstance(raised, self.let):
            raise fault(self.extension, self.part, f"{type(raised).__name__}: {raised}"[:300]) from raised


def fault(extension: str, part: str, why: object) -> ExtensionFault:
    """That ``part`` of an extension has failed at its work."""
    return ExtensionFault(
        Message(
            "The extension {extension} failed in {part}: {why}. Nothing was changed; tell whoever maintains it.",
            extension=extension,
            part=part,
            why=why,
        ),
        extension,
    )


_PLAIN: Final[Mapping[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "text": (str,),
    "date": (str,),
    "choice": (str,),
}


@dataclass(frozen=True, slots=True)
class Addition:
    """A function of a host's, as guards and templates call it.

    ``kind`` is what it takes and gives; ``optional``: it may give None, which is not known.
    """

    extension: str
    name: str
    call: Callable[..., object]
    kind: Function
    optional: bool = False

    def __call__(self, *arguments: Any) -> Any:
        """What it gives for these values; None where one of them is not recorded: it is not asked then.

        Raises:
            ExtensionFault: it failed, or gave something else than it says.
        """
        given: list[object] = []
        for value, kind in zip(arguments, self.kind.parameters, strict=False):
            if not isinstance(value, str | int | float):
                return None
            if kind.type == "date":
                day = _day(value)
                if day is None:
                    return None
                given.append(day)
            elif not isinstance(value, _PLAIN[kind.type]):
                return None
            else:
                given.append(value)
        with Blamed(self.extension, self.name):
            found = self.call(*given)
        if isinstance(found, date):
            found = found.isoformat()
        if not (self.optional and found is None) and not _is(found, self.kind.returns):
            raise fault(self.extension, self.name, Message("it gave {value}", value=f"{found!r}"[:100]))
        return found


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _is(value: object, kind: Kind) -> bool:
    if isinstance(kind, ListOf):
        return isinstance(value, list | tuple) and all(_is(one, kind.item) for one in value)
    if not isinstance(kind, Scalar) or (isinstance(value, bool) and kind.type != "boolean"):
        return False
    return isinstance(value, _PLAIN[kind.type])


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of a host's for templates."""

    extension: str
    name: str
    call: Callable[..., object]


@dataclass(frozen=True, slots=True)
class Format:
    """A document format of a host's: how it is written, its files' ending (``.odt``) and its media type."""

    extension: str
    name: str
    suffix: str
    media_type: str
    write: Callable[[Any], bytes]

    def written(self, document: object) -> bytes:
        """The document in this format.

        Raises:
            ExtensionFault: the writer failed, or gave no bytes.
        """
        with Blamed(self.extension, self.name):
            made = self.write(document)
        if not isinstance(made, bytes):
            raise fault(self.extension, self.name, Message("it gave {value}", value=type(made).__name__))
        return made


@dataclass(frozen=True, eq=False)  # compared by identity: what is kept for one front door is not for another
class Additions:
    """Everything that the extensions of one front door add, by name."""

    records: Mapping[str, RecordType] = field(default_factory=dict)
    functions: Mapping[str, Mapping[str, Addition]] = field(default_factory=dict)
    """By extension, which is the name that they have before them: ``humbang.in_area(…)``."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    globals: Mapping[str, object] = field(default_factory=dict)
    """A function of a host's is an ``Addition``, everything else a plain value."""
    formats: Mapping[str, Format] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, Kind]:
        """What the names stand for that guards and templates may use besides records."""
        return {
            name: Object({each: one.kind for each, one in functions.items()})
            for name, functions in self.functions.items()
        }


NOTHING: Final = Additions()


def clash(forms: Mapping[str, object], added: Additions) -> Mapping[str, Problem]:
    """The forms of a workflow that have a name of an extension's, with what is said of each."""
    taken = {name: kind.extension for name, kind in added.records.items()}
    taken |= {name: name for name in added.functions}
    return {
        name: Problem(
            name,
            Message(
                "{name} is a name of the extension {extension}; call the form otherwise.",
                name=name,
                extension=taken[name],
            ),
        )
        for name in forms
        if name in taken
    }
