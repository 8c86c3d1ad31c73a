"""The form of a workflow file: each key, what belongs there, and the JSON Schema that editors read.

What the form alone cannot tell (whether a guard makes sense, whether a name exists) is in ``loader.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema

from .errors import did_you_mean
from .messages import Message, Sayable, languages
from .records.forms import BOUNDED, FIELD_TYPES
from .rules import MAX_LENGTH
from .values import ROLES, Role
from .workflow import PERMISSIONS, Status

Path = tuple[str | int, ...]

_NAME: Final = r"^[a-z][a-z0-9_]*$"
_WORDS: Final = "text in each language"  # replaced by its definition when the schema is written

Name = Annotated[str, StringConstraints(pattern=_NAME, max_length=60)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
Words = Annotated[
    dict[str, Annotated[str, StringConstraints(min_length=1, max_length=1000)]],
    Field(min_length=1, max_length=20),
    WithJsonSchema({"title": _WORDS}),
]
Expression = Annotated[
    str,
    StringConstraints(min_length=1),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GuardPart(_Part):
    """A requirement: ``check`` must be known to be true."""

    guard: Name = Field(description="The requirement's name, once in a stage, move or closure.")
    kind: Literal["legal", "professional"] = Field(
        description="legal: nobody can override it. professional: a supervisor can, with a reason."
    )
    check: Expression = Field(
        description="A question about the records; the requirement is met when the answer is known to be yes, "
        'for instance: consents.active("service")'
    )
    say: Words = Field(description="What is said while the requirement is not met.")
    fix: str | None = Field(
        None, description="The record that meets it (contract), or what must be approved (approve contract)."
    )


class EachPart(_Part):
    """A document that is issued once for each item of a list."""

    document: Name = Field(description="The document's name: its template is NAME.xml.j2.")
    each: Expression = Field(description="The list, for instance: sessions.held_items")


Documents = Annotated[list[Name | EachPart], Field(max_length=50)]
Guards = Annotated[list[GuardPart], Field(max_length=100)]


class StagePart(_Part):
    """A stage of the programme. The requirements and documents are those of leaving it."""

    title: Words = Field(description="What people call the stage.")
    days: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="Working days for the stage; being late warns and never blocks."
    )
    until: Expression | None = Field(
        None, description="In place of days: a date in the records, for instance contract.ends_on"
    )
    requires: Guards = Field([], description="What must be met before a case leaves the stage.")
    documents: Documents = Field([], description="The documents that are issued when a case leaves the stage.")


class MovePart(_Part):
    """A change of stage or status other than the forward one and closing."""

    move: Name = Field(description="The move's name: casework move NUMBER NAME --reason TEXT")
    title: Words | None = Field(None, description="What people call the move.")
    source: str | Annotated[list[str], Field(max_length=100)] = Field(
        alias="from", description="The stage or stages from which it leads; any: from each stage."
    )
    when: Status = Field("active", description="The status that the case has before.")
    to: str | None = Field(None, description="The stage to which it leads; without it the stage stays.")
    status: Literal["active", "paused"] = Field("active", description="The status that the case has afterwards.")
    cycle: Literal["next"] | None = Field(None, description="next: a new plan and a new evaluation begin.")
    episode: Literal["next"] | None = Field(
        None, description="next: a closed case begins anew, with fresh consent and contract."
    )
    requires: Guards = Field([], description="What must be met before the move is made.")
    documents: Documents = Field([], description="The documents that the move issues.")


class EarlyPart(_Part):
    """Closing before the case has really begun: it stays in its stage and issues these documents."""

    when: Expression = Field(description="When a case has not really begun, for instance: not contract")
    documents: Documents = Field([], description="The documents that are issued in place of the closure's own.")


class ClosingPart(_Part):
    """How cases close, whatever the reason."""

    early: EarlyPart | None = Field(None, description="How a case closes that has not really begun.")


class ClosurePart(_Part):
    """A reason to close; a ``complete`` one is the regular end, from the last stage with all its guards."""

    title: Words | None = Field(None, description="What people call the reason.")
    complete: bool = Field(
        False, description="true: the regular end. It closes from the last stage and asks all of its requirements."
    )
    requires: Guards = Field([], description="What must be met before a case is closed for this reason.")
    documents: Documents | None = Field(
        None, description="The documents of this closure; without them, those of the last stage."
    )
    early: Documents | None = Field(
        None, description="The documents where the case has not really begun; without them, those of closing.early."
    )


class WorkflowFile(_Part):
    """A programme: its stages in order, its moves, its reasons to close, its own forms."""

    workflow: Slug = Field(description="The programme's name; the file is called NAME.yaml.")
    version: Annotated[int, Field(ge=1)] = Field(
        description="Raise it with each change; cases keep the version with which they were opened."
    )
    title: Words = Field(description="What people call the programme.")
    settings: Annotated[dict[Name, Any], Field(max_length=200)] = Field(
        {}, description="Values that guards name as settings.NAME."
    )
    permissions: Annotated[dict[str, list[Role]], Field(max_length=200)] = Field(
        {},
        description="Who may do what: an act, or an act and what it is done to (record intake, approve plan). "
        "What is not named here keeps its default.",
    )
    stages: Annotated[dict[Name, StagePart], Field(min_length=1, max_length=60)] = Field(
        description="The stages in order; a case starts in the first and ends through the last."
    )
    moves: Annotated[list[MovePart], Field(max_length=200)] = Field(
        [], description="Every change of stage or status besides going forward and closing."
    )
    closing: ClosingPart = Field(ClosingPart(), description="How cases close, whatever the reason.")
    closures: Annotated[dict[Name, ClosurePart], Field(min_length=1, max_length=100)] = Field(
        description="The reasons to close: casework close NUMBER --because REASON"
    )
    forms: Annotated[dict[str, dict[str, Any]], Field(max_length=100)] = Field(
        {}, description="The programme's own records, named in guards and templates as the general ones are."
    )


def form_faults(data: object) -> Iterator[tuple[Path, Sayable]]:
    """What is wrong with the form of a workflow file: the path of each fault, and what is said of it."""
    try:
        WorkflowFile.model_validate(data)
    except ValidationError as faults:
        for fault in faults.errors(include_url=False):
            # a union names the alternatives that it tried; the file knows none of them
            path = tuple(step for step in fault["loc"] if not (isinstance(step, str) and _is_no_step(step)))
            yield path, _message(fault, path)


def _is_no_step(step: str) -> bool:
    return step in ("[key]", "EachPart", "str", "list[str]") or step.startswith(("constrained-", "function-"))


def _message(fault: Any, path: Path) -> Sayable:
    where = ".".join(str(step) for step in path) or "workflow"
    match fault["type"]:
        case "missing":
            return Message("{where} is missing.", where=where)
        case "extra_forbidden":
            known = _known_keys(path)
            hint = did_you_mean(str(path[-1]), known) or Message("Known are: {names}.", names=known)
            return Message("{where} is not known. {hint}", where=where, hint=hint)
        case "literal_error":
            expected = str(fault["ctx"]["expected"]).replace("'", "")
            near = did_you_mean(str(fault["input"]), expected.replace(" or ", ", ").split(", "))
            value = str(fault["input"])[:60]
            wrong = Message("{where}: {value} is none of {expected}.", where=where, value=value, expected=expected)
            return Message("{problem} {hint}", problem=wrong, hint=near) if near else wrong
    belongs = _EXPECTED.get(fault["type"])
    wrong = Message("{where}: {value} is not what belongs here", where=where, value=repr(fault["input"])[:60])
    if belongs is None:
        return Message("{problem}.", problem=wrong)
    return Message("{problem}: {expected}.", problem=wrong, expected=belongs)


_LIMIT: Final = Message("a whole number within the bounds")
_WHOLE: Final = Message("a whole number")
_MAPPING: Final = Message("names, each with a value (name: value)")
_EXPECTED: Final[Mapping[str, Message]] = {
    "string_pattern_mismatch": Message("a name of small letters, digits and _"),
    "string_type": Message("a text"),
    "string_too_short": Message("a text that is not empty"),
    "string_too_long": Message("a shorter text"),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "greater_than_equal": _LIMIT,
    "less_than_equal": _LIMIT,
    "bool_type": Message("true or false"),
    "list_type": Message("a list ([a, b], or lines that begin with -)"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "too_short": Message("at least one"),
    "too_long": Message("fewer: no programme has so many"),
}
"""What belongs there, by the kind of fault."""

_SHAPES: Final[Mapping[str, type[BaseModel]]] = {
    "stages": StagePart,
    "closures": ClosurePart,
    "closing": ClosingPart,
    "early": EarlyPart,
    "moves": MovePart,
    "requires": GuardPart,
    "documents": EachPart,
}


def _known_keys(path: Path) -> list[str]:
    shape: type[BaseModel] = WorkflowFile
    for step in path[:-1]:
        shape = _SHAPES.get(str(step), shape)
    return [part.alias or name for name, part in shape.model_fields.items()]


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a workflow file, so that an editor completes and checks it while it is written."""
    made = WorkflowFile.model_json_schema(by_alias=True)
    defs = {name: _plain(part) for name, part in made.pop("$defs").items()}
    properties = _plain(made.pop("properties"))
    properties["closing"]["description"] = WorkflowFile.model_fields["closing"].description  # lost beside a $ref
    properties["permissions"] = {
        **properties["permissions"],
        "propertyNames": {"pattern": f"^({'|'.join(sorted({act.partition(' ')[0] for act in PERMISSIONS}))})( |$)"},
        "additionalProperties": {"type": "array", "items": {"enum": list(ROLES)}},
    }
    properties["forms"]["additionalProperties"] = {"$ref": "#/$defs/FormPart"}
    defs.update(_form_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "casework-flow workflow",
        "description": made["description"],
        "type": "object",
        "additionalProperties": False,
        "required": made["required"],
        "properties": properties,
        "$defs": {name: defs[name] for name in sorted(defs)},
    }


def schema_text() -> str:
    """``schema`` as the file ``docs/workflow.schema.json`` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(part: Any) -> Any:
    """``part`` of pydantic's schema as a person would write it.

    The titles that repeat a name go, and the defaults that are empty: an editor would offer them as values to write.
    """
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("title") == _WORDS:
        return {"$ref": "#/$defs/Words", **{key: part[key] for key in ("description",) if key in part}}
    found = {key: _plain(one) for key, one in part.items() if not _is_noise(key, one)}
    return {**found, "additionalProperties": False} if "patternProperties" in found else found


def _is_noise(key: str, value: object) -> bool:
    if key == "default":
        return value is None or isinstance(value, list | dict)
    return key == "title" and isinstance(value, str)  # a property may be called title as well: that is a mapping


def _form_schema() -> dict[str, Any]:
    spoken = languages()
    words = {
        "type": "object",
        "description": "A text in each language.",
        "properties": {lang: {"type": "string", "minLength": 1, "maxLength": 1000} for lang in spoken},
        "required": list(spoken),
        "additionalProperties": {"type": "string"},
    }
    text = {"$ref": "#/$defs/Words"}
    field = {
        "type": "object",
        "description": "A field of a form.",
        "additionalProperties": False,
        "required": ["type", "label"],
        "properties": {
            "type": {
                "enum": list(FIELD_TYPES),
                "description": "money: whole rupiah. date: of something done. announced_date: may lie ahead. "
                "list: of texts.",
            },
            "label": {**text, "description": "What people call the field."},
            "required": {"type": "boolean", "description": "true: the record is refused without it."},
            "choices": {
                "description": "For a choice: its words, or each word with what people call it.",
                "oneOf": [
                    {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
                    {"type": "object", "additionalProperties": text, "minProperties": 1},
                ],
            },
            "min": {"type": "number", "description": f"The least value ({', '.join(BOUNDED)})."},
            "max": {"type": "number", "description": f"The largest value ({', '.join(BOUNDED)})."},
        },
    }
    form = {
        "type": "object",
        "description": "A record of the programme's own.",
        "additionalProperties": False,
        "required": ["title", "fields"],
        "properties": {
            "title": {**text, "description": "What people call the record."},
            "many": {"type": "boolean", "description": "true: a case may have several."},
            "fields": {
                "type": "object",
                "description": "The record's fields, each with its type and label.",
                "propertyNames": {"pattern": _NAME},
                "additionalProperties": {"$ref": "#/$defs/FieldPart"},
                "minProperties": 1,
            },
        },
    }
    return {"Words": words, "FieldPart": field, "FormPart": form}
