"""A programme's own record types, as its workflow file describes them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..errors import Invalid, Problem, did_you_mean
from ..messages import Message, Text
from .types import OTHER_NAMES, RECORD_TYPES, RecordType

FIELD_TYPES: Final = (
    "text",
    "integer",
    "number",
    "money",
    "date",
    "announced_date",
    "boolean",
    "choice",
    "list",
)
"""The types of a form's field; ``money`` is whole rupiah, ``date`` of something done, ``list`` of texts."""
BOUNDED: Final = ("integer", "number", "money")
_FORM_KEYS: Final = ("title", "many", "fields")
_FIELD_KEYS: Final = ("type", "label", "required", "choices", "min", "max")
_TAKEN: Final = frozenset({"get", "published", "items", "item", "count", "affirmed"})


def form_type(name: str, spec: object) -> RecordType:
    """The record type that ``spec`` describes.

    Args:
        name: the form's name, which is its name in guards and templates too.
        spec: ``{title: {id, en}, many: bool, fields: {name: {type, label: {id, en}, required, choices, min,
            max}}}``; ``choices`` is a list of words, or a mapping of words to their labels.

    Raises:
        Invalid: naming each fault of ``spec`` by its path.
    """
    problems = [*_name_faults(name), *_form_faults(spec)]
    if problems or not isinstance(spec, Mapping):
        raise Invalid(Message("The form {name} cannot be used.", name=name), problems)
    return RecordType(name, Text(spec["title"]), many=spec.get("many", False), view=name, form=spec)


def _name_faults(name: str) -> Iterator[Problem]:
    taken = {*RECORD_TYPES, *(kind.view for kind in RECORD_TYPES.values()), *OTHER_NAMES}
    if not _is_name(name):
        yield Problem("", Message("A form's name is made of small letters, digits and underscores."))
    elif name in taken:
        yield Problem("", Message("{name} is the name of something else already.", name=name))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(re.fullmatch("[a-z][a-z0-9_]*", name)) and not keyword.iskeyword(name)


def _form_faults(spec: object) -> Iterator[Problem]:
    if not isinstance(spec, Mapping):
        yield Problem("", Message("A form has a title and fields."))
        return
    yield from _unknown_keys(spec, _FORM_KEYS, "")
    yield from _text_faults(spec.get("title"), "title")
    if not isinstance(spec.get("many", False), bool):
        yield Problem("many", Message("true or false is expected."))
    fields = spec.get("fields")
    if not isinstance(fields, Mapping) or not fields:
        yield Problem("fields", Message("A form has at least one field."))
        return
    for name, field in fields.items():
        where = f"fields.{name}"
        if not _is_name(name) or name in _TAKEN:
            yield Problem(where, Message("{name} cannot be the name of a field.", name=str(name)))
        if isinstance(field, Mapping):
            yield from _field_faults(field, where)
        else:
            yield Problem(where, Message("A field has a type and a label."))


def _field_faults(field: Mapping[str, Any], where: str) -> Iterator[Problem]:
    yield from _unknown_keys(field, _FIELD_KEYS, f"{where}.")
    yield from _text_faults(field.get("label"), f"{where}.label")
    type_ = field.get("type")
    if type_ not in FIELD_TYPES:
        message = Message("{value} is none of: {choices}.", value=str(type_), choices=list(FIELD_TYPES))
        yield Problem(f"{where}.type", message)
    if not isinstance(field.get("required", False), bool):
        yield Problem(f"{where}.required", Message("true or false is expected."))
    choices = field.get("choices")
    if type_ == "choice":
        sound = isinstance(choices, list | Mapping) and len(choices) > 0
        if not sound or not all(isinstance(word, str) and word for word in choices or ()):
            yield Problem(f"{where}.choices", Message("A choice has a list of words."))
        elif isinstance(choices, Mapping):
            for word, text in choices.items():
                yield from _text_faults(text, f"{where}.choices.{word}")
    elif choices is not None:
        yield Problem(f"{where}.choices", Message("Only a choice has choices."))
    for key in ("min", "max"):
        bound = field.get(key)
        if bound is not None and (
            type_ not in BOUNDED or isinstance(bound, bool) or not isinstance(bound, int | float)
        ):
            yield Problem(f"{where}.{key}", Message("A bound is a number, and only numbers have bounds."))


def _unknown_keys(given: Mapping[Any, Any], known: tuple[str, ...], where: str) -> Iterator[Problem]:
    for key in given:
        if key not in known:
            yield Problem(f"{where}{key}", unknown_name(str(key), known))


def unknown_name(name: str, known: tuple[str, ...]) -> Message:
    """The refusal of a field that does not exist, with the nearest one that does."""
    near = did_you_mean(name, known)
    if near is None:
        return Message("There is no field {name}; known are: {known}.", name=name, known=list(known))
    return Message("There is no field {name}. {near}", name=name, near=near)


def _text_faults(text: object, where: str) -> Iterator[Problem]:
    said = list(text.values()) if isinstance(text, Mapping) else []
    if not said or not all(isinstance(words, str) and words.strip() for words in said):
        yield Problem(where, Message("A text is expected, in each language: id and en."))
