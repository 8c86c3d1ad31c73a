"""Workflow files: found, read, checked, with file, line and "did you mean" for every fault.

A file that passes here cannot fail later in a case: its form is right, every guard names only what the records
publish, and every name that it uses elsewhere exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from . import yaml12
from .errors import Invalid, NotFound, Problem, did_you_mean
from .messages import Message, Sayable
from .records.forms import form_type
from .records.kinds import Function, Kind, Object, Scalar
from .rulecheck import check_rule
from .rules import RuleError, compile_rule
from .values import ROLES, Role
from .workflow import ADVANCE, ANY_STAGE, APPROVE, CLOSE, PERMISSIONS, Status, Workflow, from_data

MAX_FILE: Final = 1_000_000
"""Largest workflow file, in bytes."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
Words = Annotated[dict[str, Annotated[str, StringConstraints(min_length=1, max_length=1000)]], Field(min_length=1)]
Expression = Annotated[str, StringConstraints(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GuardPart(_Part):
    """A requirement: ``check`` must be known to be true."""

    guard: Name
    kind: Literal["legal", "professional"]
    check: Expression
    say: Words
    fix: str | None = None


class EachPart(_Part):
    """A document that is issued once for each item of a list."""

    document: Name
    each: Expression


class StagePart(_Part):
    """A stage. ``days`` are working days; ``until`` names a date in the records instead."""

    title: Words
    days: Annotated[int, Field(ge=0, le=1000)] | None = None
    until: Expression | None = None
    requires: list[GuardPart] = []
    documents: list[Name | EachPart] = []


class MovePart(_Part):
    """A change of stage or status other than the forward one and closing."""

    move: Name
    title: Words | None = None
    source: str | list[str] = Field(alias="from")
    when: Status = "active"
    to: str | None = None
    status: Literal["active", "paused"] = "active"  # only a closure closes
    cycle: Literal["next"] | None = None
    episode: Literal["next"] | None = None
    requires: list[GuardPart] = []
    documents: list[Name | EachPart] = []


class EarlyPart(_Part):
    """Closing before the case has really begun: it stays in its stage and issues these documents."""

    when: Expression
    documents: list[Name | EachPart] = []


class ClosingPart(_Part):
    """How cases close, whatever the reason."""

    early: EarlyPart | None = None


class ClosurePart(_Part):
    """A reason to close; a ``complete`` one is the regular end, from the last stage with all its guards."""

    title: Words | None = None
    complete: bool = False
    requires: list[GuardPart] = []
    documents: list[Name | EachPart] | None = None


class WorkflowFile(_Part):
    """A programme: its stages in order, its moves, its reasons to close, its own forms."""

    workflow: Slug
    version: Annotated[int, Field(ge=1)]
    title: Words
    settings: dict[Name, Any] = {}
    permissions: dict[str, list[Role]] = {}
    stages: Annotated[dict[Name, StagePart], Field(min_length=1)]
    moves: list[MovePart] = []
    closing: ClosingPart = ClosingPart()
    closures: Annotated[dict[Name, ClosurePart], Field(min_length=1)]
    forms: dict[str, dict[str, Any]] = {}


class Library:
    """The workflows that an office can use: its own folders first, then the shipped ones."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self._loaded: dict[str, Workflow] = {}

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """The file of each workflow; an office's own comes before a shipped one of the same name."""
        found: dict[str, Path] = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.yaml")):
                found.setdefault(path.stem, path)
        return found

    def load(self, name: str) -> Workflow:
        """The workflow called ``name``.

        Raises:
            NotFound: there is none.
            Invalid: its file has faults.
        """
        if name not in self._loaded:
            path = self.paths.get(name)
            if path is None:
                hint = did_you_mean(name, list(self.paths)) or Message("There are: {names}.", names=list(self.paths))
                raise NotFound(Message("There is no workflow {name}. {hint}", name=name, hint=hint))
            self._loaded[name] = load_file(path)
        return self._loaded[name]


def load_file(path: Path) -> Workflow:
    """The workflow in the file ``path``.

    Raises:
        NotFound: there is no such file.
        Invalid: it has faults; every one is named with its line.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        raise NotFound(Message("There is no file {path}.", path=path)) from None
    if len(raw) > MAX_FILE:
        raise _invalid(path.name, [Problem(path.name, Message("The file is larger than a workflow can be."))])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid(path.name, [Problem(path.name, Message("The file is not UTF-8 text."))]) from None
    return load_text(text, path.name)


def load_text(text: str, name: str) -> Workflow:
    """The workflow that ``text`` describes; ``name`` is the file's, for messages. See ``load_file``."""
    data, lines = yaml12.parse(text, name)

    def problem(path: yaml12.Path, message: Sayable) -> Problem:
        return Problem(f"{name}:{lines.of(path)}", message)

    found = [problem(path, message) for path, message in _form_faults(data)]
    if not found:
        found = [problem(path, message) for path, message in _meaning_faults(data)]
    if found:
        raise _invalid(name, found)
    return from_data(data)


def _invalid(name: str, problems: list[Problem]) -> Invalid:
    return Invalid(Message("The workflow {name} cannot be used.", name=name), problems)


def _form_faults(data: object) -> Iterator[tuple[yaml12.Path, Sayable]]:
    try:
        WorkflowFile.model_validate(data)
    except ValidationError as faults:
        for fault in faults.errors(include_url=False):
            # a union names the alternatives that it tried; the file knows none of them
            path = tuple(step for step in fault["loc"] if not (isinstance(step, str) and _is_no_step(step)))
            yield path, _form_message(fault, path)


def _is_no_step(step: str) -> bool:
    return step in ("[key]", "EachPart", "str", "list[str]") or step.startswith(("constrained-str", "function-"))


def _form_message(fault: Any, path: yaml12.Path) -> Sayable:
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
}
"""What belongs there, by the kind of fault."""


def _known_keys(path: yaml12.Path) -> list[str]:
    shape: Any = WorkflowFile
    for step in path[:-1]:
        if step in ("stages", "closures", "closing", "early", "moves", "requires"):
            shape = {
                "stages": StagePart,
                "closures": ClosurePart,
                "closing": ClosingPart,
                "early": EarlyPart,
                "moves": MovePart,
                "requires": GuardPart,
            }[step]
    return [part.alias or name for name, part in shape.model_fields.items()]


def _meaning_faults(data: Mapping[str, Any]) -> Iterator[tuple[yaml12.Path, Sayable]]:
    """What the form alone cannot tell: names that must exist, and guards that must make sense."""
    forms = {}
    for name, spec in data.get("forms", {}).items():
        try:
            forms[name] = form_type(name, spec)
        except Invalid as fault:
            for problem in fault.problems:
                path = ("forms", name, *(problem.where.split(".") if problem.where else ()))
                yield path, Message("{where}: {fault}", where=problem.where or name, fault=problem.message)
    names = vocabulary(forms, data.get("settings", {}))
    for path, source in _expressions(data):
        try:
            rule = compile_rule(source)
        except RuleError as fault:
            yield path, Message("The expression {source}: {fault}", source=source[:80], fault=fault.message)
            continue
        for message in check_rule(rule, names):
            yield path, Message("The expression {source}: {fault}", source=source[:80], fault=message)
    yield from _name_faults(data, {*forms})


def _expressions(data: Mapping[str, Any]) -> Iterator[tuple[yaml12.Path, str]]:
    early = data.get("closing", {}).get("early")
    if early:
        yield ("closing", "early", "when"), early["when"]
    for path, part in _parts(data):
        if part.get("until"):
            yield (*path, "until"), part["until"]
        for number, guard in enumerate(part.get("requires") or ()):
            yield (*path, "requires", number, "check"), guard["check"]
        for number, issue in enumerate(part.get("documents") or ()):
            if isinstance(issue, Mapping):
                yield (*path, "documents", number, "each"), issue["each"]


def _parts(data: Mapping[str, Any]) -> Iterator[tuple[yaml12.Path, Mapping[str, Any]]]:
    for name, stage in data["stages"].items():
        yield ("stages", name), stage
    for number, move in enumerate(data.get("moves") or ()):
        yield ("moves", number), move
    for reason, closure in data["closures"].items():
        yield ("closures", reason), closure


def _name_faults(data: Mapping[str, Any], forms: set[str]) -> Iterator[tuple[yaml12.Path, Sayable]]:
    stages = list(data["stages"])
    moves = [move["move"] for move in data.get("moves") or ()]
    records = [*record_types_of(forms)]
    for number, move in enumerate(data.get("moves") or ()):
        sources = [move["from"]] if isinstance(move["from"], str) else move["from"]
        for stage in (*sources, *([move["to"]] if move.get("to") else [])):
            if stage not in (*stages, ANY_STAGE):
                yield ("moves", number), _unknown(Message("stage"), stage, stages)
    yield from _clashes(data, stages)
    for path, part in _parts(data):
        for number, guard in enumerate(part.get("requires") or ()):
            fix = guard.get("fix")
            if fix is None:
                continue
            known = [*records, *moves, CLOSE] if fix.startswith(APPROVE) else records
            if fix.removeprefix(APPROVE) not in known:
                yield (
                    (*path, "requires", number, "fix"),
                    _unknown(Message("record"), fix.removeprefix(APPROVE), known),
                )
    acts = {act.partition(" ")[0] for act in PERMISSIONS}
    for act in data.get("permissions", {}):
        verb, _, what = act.partition(" ")
        if verb not in acts:
            yield ("permissions", act), _unknown(Message("act"), verb, sorted(acts))
        elif what and what not in (*records, *moves, CLOSE):
            yield ("permissions", act), _unknown(Message("record"), what, [*records, *moves, CLOSE])


def _clashes(data: Mapping[str, Any], stages: list[str]) -> Iterator[tuple[yaml12.Path, Sayable]]:
    """Names that would stand for two things at once."""
    reserved = (ADVANCE, CLOSE, ANY_STAGE)
    seen: set[tuple[str, str, str]] = set()
    for number, move in enumerate(data.get("moves") or ()):
        if move["move"] in reserved:
            yield ("moves", number, "move"), Message("{name} is a name of the software's own.", name=move["move"])
        sources = [move["from"]] if isinstance(move["from"], str) else move["from"]
        for stage in stages if ANY_STAGE in sources else sources:
            exit_ = (move["move"], stage, move.get("when", "active"))
            if exit_ in seen:
                yield (
                    ("moves", number),
                    Message("There are two moves {name} from the stage {stage}.", name=move["move"], stage=stage),
                )
            seen.add(exit_)
    if ANY_STAGE in stages:
        yield ("stages", ANY_STAGE), Message("{name} is a name of the software's own.", name=ANY_STAGE)
    for path, part in _parts(data):
        guards = [guard["guard"] for guard in part.get("requires") or ()]
        for number, name in enumerate(guards):
            if name in guards[:number]:
                yield (*path, "requires", number), Message("{key} is given twice.", key=name)


def record_types_of(forms: set[str]) -> list[str]:
    """The names of the general records and of ``forms``."""
    from .records.types import RECORD_TYPES

    return [*RECORD_TYPES, *sorted(forms)]


def _unknown(what: Message, name: str, known: Sequence[str]) -> Message:
    hint = did_you_mean(name, known) or Message("Known are: {names}.", names=list(known))
    return Message("There is no {what} {name}. {hint}", what=what, name=name, hint=hint)


_TEXT: Final = Scalar("text")
_PERSON: Final = Object({"name": _TEXT, "role": Scalar("choice", ROLES), "title": _TEXT, "nip": _TEXT})
CASE_KINDS: Final[Mapping[str, Kind]] = {
    "number": _TEXT,
    "workflow": _TEXT,
    "title": _TEXT,
    "stage": _TEXT,
    "status": Scalar("choice", ("active", "paused", "closed")),
    "cycle": Scalar("integer"),
    "episode": Scalar("integer"),
    "opened_on": Scalar("date"),
    "stage_since": Scalar("date"),
    "worker": _PERSON,
    "supervisor": _PERSON,
    "closing": _TEXT,
}
"""The facts of a case that guards and templates may name; ``closing`` is the reason of the closing in question."""

APPROVAL_KINDS: Final = Object({"given": Function((_TEXT, _TEXT), Scalar("boolean"))})


def vocabulary(forms: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Kind]:
    """Every name that the guards of a workflow may use."""
    from .records.vocabulary import vocabulary as names_of

    return names_of(forms, settings, CASE_KINDS, APPROVAL_KINDS)
