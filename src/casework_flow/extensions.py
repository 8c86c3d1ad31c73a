"""What a host may add to casework: record types, functions for guards, formats, filters and names for templates.

An extension adds and never replaces. It is checked when the front door is made, and every error names it.
"""

from __future__ import annotations

import inspect
import keyword
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import EntryPoint
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from .additions import Addition, Additions, Blamed, Filter, Format
from .document import FORMATS, Document
from .documents.budget import FILTERS
from .documents.templateparts import OWN_FILTERS
from .documents.templatevalues import BUILT_IN
from .errors import ExtensionFault, Problem
from .messages import Message, Text, languages
from .records.base import View
from .records.fields import AnnouncedOn, Choice, Count, Day, DoneOn, Labelled, Measure, Name, Number, Rupiah
from .records.fields import Text as LongText
from .records.kinds import Function, Kind, ListOf, Scalar
from .records.models import Record
from .records.types import OTHER_NAMES, RECORD_TYPES, RecordType, Scope

__all__ = [
    "AnnouncedOn",
    "Count",
    "DoneOn",
    "Extension",
    "LongText",
    "Measure",
    "Name",
    "NewFormat",
    "NewRecord",
    "Record",
    "Rupiah",
    "label",
    "one_of",
]


def label(**texts: str) -> Labelled:
    """What people call a field, in each language: ``Annotated[bool, label(id="Aman", en="Safe")]``."""
    return Labelled(Text(texts))


def one_of(**words: Mapping[str, str]) -> Choice:
    """A choice among a few words, each with what people call it in each language."""
    return Choice({word: Text(texts) for word, texts in words.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A type of record that cases may have.

    Args:
        name: its name in files, guards and templates, of small letters.
        title: what people call it, by language.
        model: a subclass of ``Record``; its fields are annotated with the types of this module.
        many: whether a case may have several.
        scope: for how long it counts: the whole case, an episode, or the cycle in which it is recorded.
    """

    name: str
    title: Mapping[str, str]
    model: type[Record]
    many: bool = False
    scope: Scope = "episode"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFormat:
    """A format in which documents are written.

    Args:
        name: by which it is asked for.
        suffix: the ending of its files, with the point.
        media_type: as HTTP names it.
        write: gives the bytes of a document.
    """

    name: str
    suffix: str
    media_type: str
    write: Callable[[Document], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What a host adds.

    Args:
        name: of small letters; its functions are called by it: ``humbang.in_area(…)``.
        records: types of record.
        functions: functions for guards and templates. They are pure and quick: the same values give the same answer,
            without a database, a network or a clock, for a check calls them some thousand times. Parameters and
            what is given are annotated with ``bool``, ``int``, ``float``, ``str`` or ``date``; what is given may be a
            list of these, and ``None`` for what is not known. They are never called with what is not recorded.
        formats: formats of documents.
        filters: filters of templates by name; they give text, which is escaped like any other.
        globals: names of templates: plain values, or functions as above.
    """

    name: str
    records: Sequence[NewRecord] = ()
    functions: Sequence[Callable[..., object]] = ()
    formats: Sequence[NewFormat] = ()
    filters: Mapping[str, Callable[..., str]] = field(default_factory=dict)
    globals: Mapping[str, object] = field(default_factory=dict)


def loaded(point: EntryPoint) -> Extension:
    """The extension that an installed package offers.

    Raises:
        ExtensionFault: it cannot be loaded, or is none.
    """
    with Blamed(point.name, point.value):
        found = point.load()
    if not isinstance(found, Extension):
        raise _unusable(point.name, [Problem(point.value, Message("This is no Extension."))])
    return found


def combined(extensions: Iterable[Extension]) -> Additions:
    """Everything that these add.

    Raises:
        ExtensionFault: one of them has a fault, or takes a name that is there already.
    """
    taken = _Taken()
    records: dict[str, RecordType] = {}
    functions: dict[str, Mapping[str, Addition]] = {}
    filters: dict[str, Filter] = {}
    names: dict[str, object] = {}
    formats: dict[str, Format] = {}
    for one in extensions:
        if not isinstance(one, Extension):
            raise _unusable(repr(one)[:60], [Problem("", Message("This is no Extension."))])
        reader = _Reader(one, taken)
        problems = list(reader.problems())
        if problems:
            raise _unusable(str(one.name)[:60], problems)
        records |= reader.records
        functions |= {one.name: reader.functions} if reader.functions else {}
        filters |= {name: Filter(one.name, name, call) for name, call in one.filters.items()}
        names |= reader.globals
        formats |= {f.name: Format(one.name, f.name, f.suffix, f.media_type, f.write) for f in one.formats}
        taken.add(one)
    return Additions(records, functions, filters, names, formats)


def _unusable(name: str, problems: Sequence[Problem]) -> ExtensionFault:
    return ExtensionFault(
        Message("The extension {extension} cannot be used: correct it, or leave it out.", extension=name),
        name,
        problems,
    )


_TEMPLATE_NAMES: Final = ("office", "move", "document", "item", "today", "lang", "report", *BUILT_IN)
_SUFFIXES: Final = (".pdf", ".docx", ".html", ".htm", ".txt", ".xml")


class _Taken:
    """The names that are there already, each with whose it is."""

    def __init__(self) -> None:
        ours = "casework-flow"
        views = [name for kind in RECORD_TYPES.values() for name in (kind.name, kind.view)]
        self.names = dict.fromkeys([*views, *OTHER_NAMES, *_TEMPLATE_NAMES], ours)
        self.filters = dict.fromkeys([*FILTERS, *OWN_FILTERS], ours)
        self.formats = dict.fromkeys(FORMATS, ours)
        self.suffixes = dict.fromkeys(_SUFFIXES, ours)

    def add(self, one: Extension) -> None:
        """What ``one`` has taken."""
        self.names |= dict.fromkeys([one.name, *(record.name for record in one.records), *one.globals], one.name)
        self.filters |= dict.fromkeys(one.filters, one.name)
        self.formats |= dict.fromkeys([each.name for each in one.formats], one.name)
        self.suffixes |= dict.fromkeys([each.suffix for each in one.formats], one.name)


class _Reader:
    """Reads one extension; what is sound of it is in ``records``, ``functions`` and ``globals``."""

    def __init__(self, one: Extension, taken: _Taken) -> None:
        self.one = one
        self.taken = taken
        self.names = {**taken.names, one.name: one.name}
        self.records: dict[str, RecordType] = {}
        self.functions: dict[str, Addition] = {}
        self.globals: dict[str, object] = {}

    def problems(self) -> Iterator[Problem]:
        """What is wrong with it."""
        yield from _named("name", self.one.name, self.taken.names)
        for record in self.one.records:
            yield from self._record(record)
        for function in self.one.functions:
            yield from self._function(function)
        formats, suffixes = dict(self.taken.formats), dict(self.taken.suffixes)
        for each in self.one.formats:
            yield from _format(each, formats, suffixes)
            formats[each.name] = suffixes[each.suffix] = self.one.name
        for name, filter_ in self.one.filters.items():
            yield from _named(f"filters.{name}", name, self.taken.filters)
            if not callable(filter_):
                yield Problem(f"filters.{name}", Message("A function is expected."))
        for name, value in self.one.globals.items():
            yield from self._global(name, value)

    def _record(self, record: NewRecord) -> Iterator[Problem]:
        where = f"records.{record.name}"
        yield from _named(where, record.name, self.names)
        self.names[record.name] = self.one.name
        yield from _texts(f"{where}.title", record.title)
        if record.scope not in get_args(Scope):
            yield Problem(
                f"{where}.scope",
                Message("{value} is none of: {choices}.", value=str(record.scope), choices=list(get_args(Scope))),
            )
        if not (isinstance(record.model, type) and issubclass(record.model, Record)):
            yield Problem(f"{where}.model", Message("A subclass of casework_flow.extensions.Record is expected."))
            return
        yield from _fields(where, record.model)
        self.records[record.name] = RecordType(
            record.name,
            Text(record.title if isinstance(record.title, Mapping) else {}),
            many=record.many,
            view=record.name,
            scope=record.scope,
            own=record.model,
            extension=self.one.name,
        )

    def _function(self, function: object) -> Iterator[Problem]:
        name = getattr(function, "__name__", "")
        where = f"functions.{name or function!r}"
        if not callable(function):
            yield Problem(where, Message("A function is expected."))
            return
        yield from _named(where, name, dict.fromkeys(self.functions, self.one.name))
        made = _addition(self.one.name, name, function)
        if isinstance(made, Message):
            yield Problem(where, made)
        else:
            self.functions[name] = made

    def _global(self, name: str, value: object) -> Iterator[Problem]:
        where = f"globals.{name}"
        yield from _named(where, name, self.names)
        self.names[name] = self.one.name
        made = _addition(self.one.name, name, value) if callable(value) else value
        if isinstance(made, Message):
            yield Problem(where, made)
        elif isinstance(made, Addition) or _is_plain(made):
            self.globals[name] = made
        else:
            yield Problem(
                where, Message("A text, a number, true or false, a list or a mapping of these is expected.")
            )


def _named(where: str, name: object, taken: Mapping[str, str]) -> Iterator[Problem]:
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        yield Problem(where, Message("A name is made of small letters, digits and underscores."))
    elif name in taken:
        yield Problem(where, _there(name, taken[name]))


def _there(name: str, owner: str) -> Message:
    return Message(
        "{name} is there already (from {owner}), and an extension only adds: choose another name.",
        name=name,
        owner=owner,
    )


def _format(each: NewFormat, formats: Mapping[str, str], suffixes: Mapping[str, str]) -> Iterator[Problem]:
    where = f"formats.{each.name}"
    yield from _named(where, each.name, formats)
    if not re.fullmatch(r"\.[a-z0-9]+", each.suffix):
        yield Problem(f"{where}.suffix", Message("An ending such as .odt is expected."))
    elif each.suffix in suffixes:
        yield Problem(f"{where}.suffix", _there(each.suffix, suffixes[each.suffix]))
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", each.media_type):
        yield Problem(f"{where}.media_type", Message("A media type such as text/csv is expected."))
    if not callable(each.write):
        yield Problem(f"{where}.write", Message("A function is expected."))


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _is_plain(part) for name, part in value.items())
    if isinstance(value, list | tuple):
        return bool(value) and all(_is_plain(part) for part in value)
    return isinstance(value, str | int | float)


def _texts(where: str, texts: object) -> Iterator[Problem]:
    for lang in languages():
        said = texts.get(lang) if isinstance(texts, Mapping) else None
        if not isinstance(said, str) or not said.strip():
            yield Problem(where, Message("The text is missing in the language {lang}.", lang=lang))


_TAKEN_FIELDS: Final = {"item", "items", "count", *dir(View)}


def _fields(where: str, model: type[Record]) -> Iterator[Problem]:
    """What is wrong with the fields of a model: their names, their types, and what people call them."""
    if not model.model_fields:
        yield Problem(where, Message("A record has at least one field."))
    if model.model_config.get("extra") != "forbid" or not model.model_config.get("strict"):
        yield Problem(where, Message("The model keeps the configuration of Record: strict, without other fields."))
    for name, info in model.model_fields.items():
        here = f"{where}.{name}"
        if name in _TAKEN_FIELDS or info.alias:
            yield Problem(here, Message("{name} cannot be the name of a field.", name=info.alias or name))
        base, notes = _unwrapped(info.annotation, list(info.metadata))
        if get_origin(base) is list:
            base, notes = _unwrapped(get_args(base)[0], notes)
        elif not info.is_required() and info.get_default(call_default_factory=True) is not None:
            yield Problem(here, Message("A field that may be left out has the default None."))
        if isinstance(base, type) and issubclass(base, Record):
            yield from _fields(here, base)
        elif not _is_known(base, notes):
            yield Problem(
                here,
                Message(
                    "Annotate the field with a type of casework_flow.extensions (LongText, Name, DoneOn, "
                    "AnnouncedOn, Rupiah, Count, Measure, one_of), with bool, or with another Record."
                ),
            )
        named = next((note.text for note in notes if isinstance(note, Labelled)), None)
        yield from _texts(here, named.by_language if isinstance(named, Text) else None)
        for choice in (note for note in notes if isinstance(note, Choice)):
            for word, said in choice.labels.items():
                yield from _texts(f"{here}.{word}", said.by_language if isinstance(said, Text) else None)


def _unwrapped(annotation: Any, notes: list[Any]) -> tuple[Any, list[Any]]:
    """What an annotation says below ``Annotated`` and ``| None``, and what is noted on the way."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return _unwrapped(parts[0], notes) if len(parts) == 1 else (annotation, notes)
    if hasattr(annotation, "__metadata__"):
        return _unwrapped(annotation.__origin__, [*notes, *annotation.__metadata__])
    return annotation, notes


_MARKS: Final[Mapping[Any, type]] = {int: Number, float: Number, date: Day}
"""What must be noted on a field of these types, so that it is checked as every other field is."""


def _is_known(base: Any, notes: Sequence[Any]) -> bool:
    if base in (str, bool):
        return True
    return base in _MARKS and any(isinstance(note, _MARKS[base]) for note in notes)


_SCALARS: Final[Mapping[Any, Scalar]] = {
    bool: Scalar("boolean"),
    int: Scalar("integer"),
    float: Scalar("number"),
    str: Scalar("text"),
    date: Scalar("date"),
}


def _addition(extension: str, name: str, function: Callable[..., object]) -> Addition | Message:
    """The function as guards call it, or what is wrong with its signature."""
    if inspect.iscoroutinefunction(function):
        return Message("The function is async; guards ask and are answered at once.")
    try:
        parameters = list(inspect.signature(function).parameters.values())
        hints = get_type_hints(function)
    except (NameError, TypeError, ValueError):
        return Message("The annotations of the function cannot be read.")
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if not parameters or any(one.kind not in positional for one in parameters):
        return Message("The function takes one value or more, each by its place.")
    takes = [_SCALARS.get(hints.get(one.name)) for one in parameters]
    gives, optional = _given(hints.get("return"))
    if None in takes or gives is None:
        return Message("Each parameter and the result are annotated with bool, int, float, str or date.")
    least = sum(1 for one in parameters if one.default is inspect.Parameter.empty)
    kind = Function(tuple(one for one in takes if one), gives, max(least, 1))
    return Addition(extension, name, function, kind, optional)


def _given(annotation: Any) -> tuple[Kind | None, bool]:
    """What a result's annotation says, and whether it may be None."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return (_given(parts[0])[0] if len(parts) == 1 else None), True
    if get_origin(annotation) is list:
        item = _SCALARS.get(get_args(annotation)[0])
        return (ListOf(item) if item else None), False
    return _SCALARS.get(annotation), False
