"""The records' models, read as shapes: what a field is, what it is called, which model it leads to."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Field, create_model

from .. import messages as words
from ..messages import Message, Sayable
from . import models
from .fields import AnnouncedOn, Choice, Day, DoneOn, Labelled, Number, Text, Whole
from .kinds import Kind, ListOf, Object, Scalar
from .types import RecordType


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field of a record. ``part`` is the model of what it holds, or of each item of the list it holds."""

    name: str
    label: Sayable
    kind: Kind
    required: bool
    many: bool
    part: type[models.Record] | None
    choice: Choice | None


def model_of(kind: RecordType) -> type[models.Record]:
    """The model that validates records of ``kind``."""
    if kind.own is not None:
        return kind.own
    if kind.form is not None:
        return _form_model(kind.name, json.dumps(kind.form))
    found: type[models.Record] = getattr(models, kind.model)
    return found


@lru_cache(maxsize=64)  # forms come from files: a long-lived process may see many versions of one
def _form_model(name: str, spec: str) -> type[models.Record]:
    fields: dict[str, Any] = {}
    for number, (field, form) in enumerate(json.loads(spec)["fields"].items()):
        base = _form_field(form)
        type_: Any = Annotated[base, Labelled(words.Text(form["label"]))]
        empty: Any = [] if form["type"] == "list" else None
        # The real name is an alias: pydantic keeps some names (copy, json, model_…) for itself.
        if form.get("required"):
            given = Field(alias=field, min_length=1) if form["type"] == "list" else Field(alias=field)
            fields[f"field_{number}"] = (type_, given)
        else:
            optional = type_ if form["type"] == "list" else type_ | None
            fields[f"field_{number}"] = (optional, Field(empty, alias=field))
    return create_model(f"Form_{name}", __base__=models.Record, **fields)


def _form_field(form: Mapping[str, Any]) -> Any:
    least, most = form.get("min"), form.get("max")
    match form["type"]:
        case "integer":
            return Annotated[int, Whole(least=least, most=most)]
        case "money":
            return Annotated[int, Whole(least=0 if least is None else least, most=most)]
        case "number":
            return Annotated[float, Number(least=least, most=most)]
        case "choice":
            given = form["choices"]
            labels = given if isinstance(given, dict) else {word: {"id": word} for word in given}
            return Annotated[str, Choice({word: words.Text(text) for word, text in labels.items()})]
        case other:
            plain = {"date": DoneOn, "announced_date": AnnouncedOn, "boolean": bool, "list": list[Text]}
            return plain.get(other, Text)


@lru_cache(maxsize=256)
def fields_of(model: type[models.Record]) -> Mapping[str, FieldShape]:
    """The fields of ``model`` in their order, by the names that files use."""
    shapes = {}
    for attribute, info in model.model_fields.items():
        name = info.alias or attribute
        base, metadata = _unwrap(info.annotation, list(info.metadata))
        many = get_origin(base) is list
        if many:
            base, metadata = _unwrap(get_args(base)[0], metadata)
        part = base if isinstance(base, type) and issubclass(base, models.Record) else None
        item = kind_of_model(part) if part else _scalar(base, metadata)
        label = next((m.text for m in metadata if isinstance(m, Labelled)), Message(info.title or name))
        shapes[name] = FieldShape(
            name,
            label,
            ListOf(item) if many else item,
            info.is_required(),
            many,
            part,
            next((m for m in metadata if isinstance(m, Choice)), None),
        )
    return shapes


def kind_of_model(model: type[models.Record]) -> Object:
    """The shape of a whole record, or of a part of one."""
    return Object({name: shape.kind for name, shape in fields_of(model).items()})


def _unwrap(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """What ``annotation`` says below ``Annotated`` and ``| None``, and all that is noted on the way."""
    if get_origin(annotation) is Annotated:
        base, *notes = get_args(annotation)
        return _unwrap(base, [*metadata, *notes])
    if get_origin(annotation) in (Union, types.UnionType):
        return _unwrap(next(part for part in get_args(annotation) if part is not type(None)), metadata)
    return annotation, metadata


def _scalar(base: Any, metadata: Sequence[Any]) -> Scalar:
    for note in metadata:
        if isinstance(note, Choice):
            return Scalar("choice", tuple(note.labels))
        if isinstance(note, Day):
            return Scalar("date")
        if isinstance(note, Number):
            return Scalar("integer" if isinstance(note, Whole) else "number")
    return Scalar("boolean" if base is bool else "text")


def shape_at(kind: RecordType, path: str) -> FieldShape | None:
    """The field at a dotted ``path`` (``components.0.goal``; item numbers may be left out), or None."""
    return find(model_of(kind), [name for name in path.split(".") if not name.isdigit()])


def find(model: type[models.Record], names: Sequence[str]) -> FieldShape | None:
    """The field that ``names`` lead to from ``model``, or None."""
    shape = None
    part: type[models.Record] | None = model
    for name in names:
        shape = fields_of(part).get(name) if part else None
        if shape is None:
            return None
        part = shape.part
    return shape


def label(kind: RecordType, path: str) -> Sayable:
    """What people call the field at ``path``; its name where there is no such field."""
    shape = shape_at(kind, path)
    return shape.label if shape else Message("{name}", name=path)


def choice_label(kind: RecordType, path: str, value: str) -> Sayable:
    """What people call the ``value`` of the choice at ``path``; the value itself where it is none."""
    shape = shape_at(kind, path)
    known = shape.choice.labels if shape and shape.choice else {}
    return known.get(value) or Message("{name}", name=value)


def all_labels(kind: RecordType) -> Iterator[Sayable]:
    """Every text of ``kind`` that people read: its title, its fields' labels, its choices' labels."""
    yield kind.title
    yield from _labels(model_of(kind))


def _labels(model: type[models.Record]) -> Iterator[Sayable]:
    for shape in fields_of(model).values():
        yield shape.label
        if shape.choice:
            yield from shape.choice.labels.values()
        if shape.part:
            yield from _labels(shape.part)
