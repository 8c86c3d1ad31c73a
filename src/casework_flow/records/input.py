"""The door: what is recorded passes here, or is refused with every fault named."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from ..errors import Invalid, Problem
from ..messages import Message
from .conditions import Finding
from .fields import LONGEST, MAX_TEXT, Context, Fault, short
from .forms import unknown_name
from .kinds import Kind, Scalar, at
from .models import Record
from .schema import fields_of, find, kind_of_model, model_of
from .types import RecordType

MAX_DEPTH: Final = 20
"""Deepest nesting of what is recorded; no record needs more than five."""
Path = tuple[str, ...]

_TRUE: Final = ("ya", "true", "yes", "1")
_FALSE: Final = ("tidak", "false", "no", "0")


@dataclass(frozen=True, slots=True)
class Checked:
    """A sound record: its content as plain data, dates as ISO text, and what looks odd about it."""

    content: dict[str, Any]
    warnings: tuple[Message, ...] = ()


def validate(
    kind: RecordType,
    data: object,
    *,
    today: date,
    review_required_for: Collection[str] = (),
    reasons: Collection[str] = (),
) -> Checked:
    """Check ``data`` and give it in its normal form.

    A field that is None or an empty text is absent. Dates may be ISO text or Python dates. Numbers in quotes
    are texts and are refused where a number belongs.

    Args:
        kind: the type of record.
        data: one record, as a mapping of its fields.
        today: the working date; nothing that was done is later.
        review_required_for: the reasons of closure that demand ``termination.reviewed_on``.
        reasons: all reasons of closure; none where any will do.

    Raises:
        Invalid: with one problem for each fault, each with the path of its field.
    """
    refusal = Message("This record cannot be accepted ({record}).", record=kind.title)
    if not isinstance(data, Mapping):
        message = Message("The fields of one record are expected, not {value}.", value=short(data))
        if isinstance(data, list | tuple):
            message = Message("One record is expected here, not a list of {count}.", count=len(data))
        raise Invalid(refusal, [Problem("", message)])
    problems: list[tuple[Path, Message]] = []
    plain = _plain(data, (), problems)
    model = model_of(kind)
    context = Context(today, review_required_for, reasons)
    record = None
    try:
        record = model.model_validate_json(json.dumps(plain), context=context)
    except ValidationError as refused:
        named = [path for path, _ in problems]
        for path, message in _faults(refused, model):
            if not any(path[: len(known)] == known for known in named):  # what is no data is named once
                problems.append((path, message))
    findings = list(_findings(model, plain, (), [path for path, _ in problems], context))
    problems += [(path, found.message) for path, found in findings if not found.warning]
    if record is None or problems:
        raise Invalid(refusal, [Problem(".".join(path), message) for path, message in problems])
    content = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Checked(content, tuple(found.message for _, found in findings if found.warning))


def _plain(data: Any, path: Path, problems: list[tuple[Path, Message]]) -> Any:
    """``data`` as JSON has it, without empty fields; what is no data is put into ``problems``."""
    if len(path) > MAX_DEPTH:
        problems.append((path, Message("This is nested too deeply.")))
        return None
    if isinstance(data, Mapping):
        named = [(name if isinstance(name, str) else short(name), part) for name, part in data.items()]
        parts = {name: _plain(part, (*path, name), problems) for name, part in named}
        return {name: part for name, part in parts.items() if part is not None and not _blank(part)}
    if isinstance(data, list | tuple):
        return [_plain(part, (*path, str(number)), problems) for number, part in enumerate(data)]
    if isinstance(data, datetime):
        return data.date().isoformat()
    if isinstance(data, date):
        return data.isoformat()
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int | float) and abs(data) < LONGEST:  # not-a-number is not
        return data
    if isinstance(data, str) and not re.search("[\x00\ud800-\udfff]", data):
        return data
    problems.append((path, _no_data(data)))
    return None


def _no_data(data: object) -> Message:
    if isinstance(data, int | float):
        return Message("{value} is beyond what a field can hold.", value=short(data))
    if isinstance(data, str):
        return Message("This text has characters that no file can hold (NUL or half a character); type it anew.")
    return Message("A value of the type {type} cannot be recorded.", type=type(data).__name__)


def _blank(part: object) -> bool:
    return isinstance(part, str) and not part.strip()


def _faults(refused: ValidationError, model: type[Record]) -> Iterator[tuple[Path, Message]]:
    for fault in refused.errors(include_url=False, include_input=True):
        path = tuple(str(step) for step in fault["loc"])
        yield path, _message(fault["type"], fault.get("ctx", {}), fault["input"], path, model)


def _message(type_: str, ctx: Mapping[str, Any], given: object, path: Path, model: type[Record]) -> Message:
    names = [step for step in path if not step.isdigit()]
    match type_:
        case "value_error" if isinstance(ctx.get("error"), Fault):
            found: Message = ctx["error"].message
            return found
        case "missing":
            shape = find(model, names)
            return Message("{field} is required.", field=shape.label if shape else path[-1])
        case "extra_forbidden":
            around = find(model, names[:-1])
            known = fields_of(around.part if around and around.part else model)
            return unknown_name(path[-1], tuple(known))
        case "string_type":
            if given is None or isinstance(given, list | dict):
                return Message("A text is expected here.")
            return Message("A text is expected; write it in quotes: {value}.", value=f'"{short(given)}"')
        case "bool_type":
            return Message("true or false is expected, not {value}.", value=short(given))
        case "list_type":
            return Message("A list is expected, not {value}.", value=short(given))
        case "string_too_long":
            return Message("The text is longer than {most} characters.", most=ctx.get("max_length", MAX_TEXT))
        case "string_too_short":
            return Message("At least {least} characters are expected.", least=ctx["min_length"])
        case "too_short":
            return Message("At least one is expected.")
        case "model_type" | "model_attributes_type" | "dict_type":
            return Message("Fields with their values are expected, not {value}.", value=short(given))
    return Message("{value} is not what is expected here ({reason}).", value=short(given), reason=type_)


def _findings(
    model: type[Record], data: Mapping[str, Any], path: Path, faults: Collection[Path], context: Context
) -> Iterator[tuple[Path, Finding]]:
    """What the conditions of ``model`` and of its parts say about ``data``."""
    within = [fault[len(path) :] for fault in faults if fault[: len(path)] == path]
    for condition in model.conditions:
        if condition.can_judge(within):
            for found in condition.find(data, context):
                yield (*path, *found.where.split(".")), found
    for name, shape in fields_of(model).items():
        if shape.part is None:
            continue
        value = data.get(name)
        parts = enumerate(value) if shape.many and isinstance(value, list) else [(None, value)]
        for number, part in parts:
            if isinstance(part, dict) and (number is not None) == shape.many:
                place = (*path, name) if number is None else (*path, name, str(number))
                yield from _findings(shape.part, part, place, faults, context)


def faults_at(
    model: type[Record], content: Mapping[str, Any], name: str, known: Collection[str], context: Context
) -> list[tuple[str, Message]]:
    """What is wrong with one field of a record that is still being filled in, each fault with its place.

    A rule between fields is asked as soon as every field that it reads is ``known``.

    Args:
        model: the record, or a part of one.
        content: what has been filled in so far.
        name: the field that has just been filled in, or left out.
        known: the fields that have been asked for, this one included.
        context: what else the record depends on.
    """
    try:
        model.model_validate_json(json.dumps({name: content[name]} if name in content else {}), context=context)
    except ValidationError as refused:
        found = [(".".join(path), message) for path, message in _faults(refused, model) if path[0] == name]
        if found:
            return found
    ripe = [
        rule for rule in model.conditions if name in (heads := {path[0] for path in rule.reads}) and heads <= {*known}
    ]
    findings = [one for rule in ripe for one in rule.find(content, context)]
    return [(one.where, one.message) for one in findings if not one.warning]


def from_csv_row(kind: RecordType, row: Mapping[Any, Any]) -> dict[str, Any]:
    """The data of one row of a table, each text converted to the type of its field.

    A heading may be a path (``safety_resolved.date``). An empty cell is absent. What cannot be converted
    stays as it is, so that ``validate`` names it.
    """
    shape = kind_of_model(model_of(kind))
    data: dict[str, Any] = {}
    for heading, cell in row.items():
        text = cell.strip() if isinstance(cell, str) else cell
        if text in ("", None, []):
            continue
        # csv.DictReader files cells beyond the last heading under None
        path = heading.strip().lstrip("\ufeff").split(".") if isinstance(heading, str) else ["?"]
        _put(data, path, _converted(text, at(shape, path)))
    return data


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        inner = data.setdefault(name, {})
        if not isinstance(inner, dict):
            data[".".join(path)] = value  # both ``a`` and ``a.b`` are headings: leave it for validate to name
            return
        data = inner
    data[path[-1]] = value


def _converted(cell: Any, kind: Kind | None) -> Any:
    if not isinstance(cell, str) or not isinstance(kind, Scalar):
        return cell
    if kind.type == "boolean":
        word = cell.lower()
        return True if word in _TRUE else False if word in _FALSE else cell
    if kind.type in ("integer", "number") and re.fullmatch(r"[+-]?[0-9]{1,18}", cell):
        return int(cell)
    if kind.type == "number" and re.fullmatch(r"[+-]?[0-9]{1,18}\.[0-9]{1,18}", cell):
        return float(cell)
    return cell
