"""Every name that a guard or a template may use, and what it stands for.

It is read off the models and off the published figures' annotations, so it cannot say anything else than they
do. It is needed when a workflow or a template is checked, not when a case is worked on.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints, is_typeddict

from .base import Day, Like, View, figure
from .kinds import Function, Kind, ListOf, Object, Scalar, at
from .schema import kind_of_model, model_of
from .types import RECORD_TYPES, RecordType
from .views import view_class

_SCALARS: Final[Mapping[object, Scalar]] = {
    bool: Scalar("boolean"),
    int: Scalar("integer"),
    float: Scalar("number"),
    str: Scalar("text"),
    date: Scalar("date"),
    Day: Scalar("date"),
}


def vocabulary(
    forms: Mapping[str, RecordType],
    settings: Mapping[str, Any],
    case: Mapping[str, Kind],
    approvals: Kind,
) -> dict[str, Kind]:
    """The kinds of all names.

    Args:
        forms: the programme's own record types.
        settings: the workflow's settings, whose values say what they are.
        case: the facts of a case, by name.
        approvals: what the approvals publish.
    """
    kinds = (*RECORD_TYPES.values(), *forms.values())
    names: dict[str, Kind] = {kind.view: kind_of_view(kind) for kind in kinds}
    return {**names, "case": Object(case), "settings": _kind_of_value(settings), "approvals": approvals}


def kind_of_view(kind: RecordType) -> Object:
    """What the view of ``kind`` publishes: its figures and functions, and the fields of a single record."""
    cls = view_class(kind)
    fields: dict[str, Kind] = {} if kind.many else dict(_content(kind).fields)
    if kind.many:
        fields["items"] = ListOf(_content(kind))
    for name in cls.published():
        if name not in fields:  # the shape of items is the record's own
            fields[name] = _published(cls, name)
    return Object(fields)


def documentation(kind: RecordType) -> dict[str, str]:
    """The docstring of each published name of ``kind``'s view."""
    cls = view_class(kind)
    return {name: inspect.getdoc(_method(cls, name)) or "" for name in cls.published()}


def _content(kind: RecordType) -> Object:
    fields = kind_of_model(model_of(kind)).fields
    return Object({**fields, "item": Scalar("integer")} if kind.many else fields)


def _method(cls: type[View], name: str) -> Any:
    found = inspect.getattr_static(cls, name)
    return found.func if isinstance(found, figure) else found


def _published(cls: type[View], name: str) -> Kind:
    hints = get_type_hints(_method(cls, name), include_extras=True)
    returns = _kind(hints.pop("return"))
    if isinstance(inspect.getattr_static(cls, name), figure):
        return returns
    parameters = [_kind(hint) for hint in hints.values()]
    return Function(tuple(one for one in parameters if isinstance(one, Scalar)), returns)


def _kind(annotation: Any) -> Kind:
    """What a figure's annotation says."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *notes = get_args(annotation)
        like = next((note for note in notes if isinstance(note, Like)), None)
        if like is None:
            return _kind(base)
        return _like(like, next((note for note in notes if is_typeddict(note)), None), base)
    if origin in (Union, types.UnionType):
        return _kind(next(part for part in get_args(annotation) if part is not type(None)))
    if origin is list:
        return ListOf(_kind(get_args(annotation)[0]))
    if is_typeddict(annotation):
        hints = get_type_hints(annotation, include_extras=True)
        return Object({name: _kind(hint) for name, hint in hints.items()})
    return _SCALARS[annotation]


def _like(like: Like, more: Any, base: Any) -> Kind:
    """The kind of the record field that ``like`` names, with the fields that ``more`` adds to it."""
    record, *path = like.path.split(".")
    found = at(_content(RECORD_TYPES[record]), path)
    assert found is not None, like.path  # noqa: S101  # a slip in our own annotations; a test reads them all
    while isinstance(found, ListOf):
        found = found.item
    extra = _kind(more) if more else Object()
    if isinstance(found, Object) and isinstance(extra, Object):
        found = Object({**found.fields, **extra.fields})
    return ListOf(found) if get_origin(base) is list else found


def _kind_of_value(value: object) -> Kind:
    if isinstance(value, Mapping):
        return Object({str(name): _kind_of_value(part) for name, part in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ListOf(_kind_of_value(value[0]) if value else Scalar("text"))
    return _SCALARS.get(type(value), Scalar("text"))
