"""The records as JSON Schema: what a program can know of a record before it sends one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..messages import SOURCE_LANGUAGE
from ..records.fields import MAX_TEXT
from ..records.kinds import ListOf, Scalar
from ..records.models import Record
from ..records.schema import FieldShape, fields_of, model_of
from ..records.types import RECORD_TYPES, RecordType

_SCALARS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "string", "maxLength": MAX_TEXT},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}


def record_schema(kind: RecordType, lang: str) -> dict[str, Any]:
    """A record of ``kind`` as JSON Schema, its fields' labels in ``lang``.

    What lies between two fields, or between a record and others, no schema can say: the answer to what is sent does.
    """
    found = _object(model_of(kind), lang)
    return {"title": kind.title.say(lang), **found, "x-many": kind.many}


def _object(model: type[Record], lang: str) -> dict[str, Any]:
    shapes = fields_of(model)
    required = [name for name, shape in shapes.items() if shape.required]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(shape, lang) for name, shape in shapes.items()},
        **({"required": required} if required else {}),
    }


def _field(shape: FieldShape, lang: str) -> dict[str, Any]:
    one: dict[str, Any]
    if shape.part is not None:
        one = _object(shape.part, lang)
    elif shape.choice is not None:
        one = {"enum": list(shape.choice.labels)}
    else:
        kind = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
        one = dict(_SCALARS[kind.type]) if isinstance(kind, Scalar) else {}
    whole = {"type": "array", "items": one} if shape.many else one
    return {"title": shape.label.say(lang), **whole}


CLIENT_SCHEMA: Final = record_schema(RECORD_TYPES["client"], SOURCE_LANGUAGE)
