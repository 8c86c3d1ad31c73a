"""Workflow files: found, read, checked, with file, line and "did you mean" for every fault.

A file that passes here cannot fail later in a case: its form is right, every guard names only what the records
publish, and every name that it uses elsewhere exists. Whether it can also be lived by is told by ``checking.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

from . import yaml12
from .additions import NOTHING, Additions, clash
from .errors import Invalid, NotFound, Problem, did_you_mean
from .messages import Message, Sayable
from .records.forms import form_type
from .records.kinds import Function, Kind, Object, Scalar
from .records.types import RECORD_TYPES
from .rulecheck import check_rule
from .rules import Rule, RuleError, compile_rule
from .values import ROLES
from .workflow import ADVANCE, ANY_STAGE, APPROVE, CLOSE, PERMISSIONS, Workflow, from_data

MAX_FILE: Final = 1_000_000
"""Largest workflow file, in bytes."""
MAX_EXPRESSIONS: Final = 1000
"""Most expressions in one file."""
MAX_PROBLEMS: Final = 200
"""Most faults that are told of one file."""


class Library:
    """The workflows that an office can use: its own folders first, then the shipped ones."""

    def __init__(self, folders: Sequence[Path], added: Additions = NOTHING) -> None:
        self.folders = tuple(folders)
        self.added = added
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
            self._loaded[name] = load_file(path, self.added)
        return self._loaded[name]


def load_file(path: Path, added: Additions = NOTHING) -> Workflow:
    """The workflow in the file ``path``; ``added`` is what the host adds to every workflow.

    Raises:
        NotFound: there is no such file.
        Invalid: it has faults; every one is named with its line.
    """
    return read_file(path).workflow(added)


def load_text(text: str, name: str, added: Additions = NOTHING) -> Workflow:
    """The workflow that ``text`` describes; ``name`` is the file's, for messages. See ``load_file``."""
    return WorkflowText(name, *yaml12.parse(text, name)).workflow(added)


@dataclass(frozen=True, slots=True)
class WorkflowText:
    """A file that is YAML; whether it is a workflow is not known yet. ``name`` is the file's, for messages."""

    name: str
    data: Any
    lines: yaml12.Lines

    def problem(self, path: yaml12.Path, message: Sayable) -> Problem:
        """A fault of the value at ``path``, with file and line."""
        return Problem(f"{self.name}:{self.lines.of(path)}", message)

    def workflow(self, added: Additions = NOTHING) -> Workflow:
        """The workflow that the file describes, where a host has ``added`` something.

        Raises:
            Invalid: it has faults; every one is named with its line.
        """
        faults = sorted(_faults(self.data, added), key=lambda fault: self.lines.of(fault[0]))
        found = list(dict.fromkeys(self.problem(path, message) for path, message in faults))
        if found:
            raise _invalid(self.name, found)
        return from_data(self.data, added)


def read_file(path: Path) -> WorkflowText:
    """The YAML in the file ``path``.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no YAML, or larger than a workflow can be.
    """
    try:
        if path.stat().st_size > MAX_FILE:  # before it is read: it may be very large
            raise _invalid(path.name, [Problem(path.name, Message("The file is larger than a workflow can be."))])
        raw = path.read_bytes()
    except OSError:
        raise NotFound(Message("There is no file {path}.", path=path)) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid(path.name, [Problem(path.name, Message("The file is not UTF-8 text."))]) from None
    return WorkflowText(path.name, *yaml12.parse(text, path.name))


def _invalid(name: str, problems: list[Problem]) -> Invalid:
    return Invalid(Message("The workflow {name} cannot be used.", name=name), problems)


Fault = tuple[yaml12.Path, Sayable]


def _faults(data: object, added: Additions) -> Iterator[Fault]:
    """What is wrong with a file: its form, and, as far as that lets it be read, what the form alone cannot tell."""
    from .workflowfile import form_faults  # pydantic's models: kept out of start-up, most verbs read no file

    yield from islice(form_faults(data), MAX_PROBLEMS)
    yield from islice(_meaning_faults(_mapping(data), added), MAX_PROBLEMS)


def _mapping(value: object) -> Mapping[str, Any]:
    """``value`` where it is a mapping. A fault of the form is told elsewhere and hides nothing behind it."""
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _words(value: object) -> list[str]:
    """One text, or the texts of a list."""
    return [one for one in ([value] if isinstance(value, str) else _list(value)) if isinstance(one, str)]


def _meaning_faults(data: Mapping[str, Any], added: Additions) -> Iterator[Fault]:
    forms, broken = {}, set()
    for name, spec in _mapping(data.get("forms")).items():
        try:
            forms[name] = form_type(name, spec)
        except Invalid as fault:
            broken.add(name)
            for problem in fault.problems if isinstance(spec, Mapping) else ():
                path = ("forms", name, *(problem.where.split(".") if problem.where else ()))
                yield path, Message("{where}: {fault}", where=problem.where or name, fault=problem.message)
    for name, problem in clash(forms, added).items():
        yield ("forms", name), problem.message
    yield from _expression_faults(data, vocabulary(forms, _mapping(data.get("settings")), added), broken)
    yield from _name_faults(data, [*RECORD_TYPES, *added.records, *sorted({*forms, *broken})])


def _expression_faults(data: Mapping[str, Any], names: Mapping[str, Kind], broken: set[str]) -> Iterator[Fault]:
    seen: dict[str, list[Message]] = {}
    for number, (path, source) in enumerate(_expressions(data)):
        if number == MAX_EXPRESSIONS:
            yield path, Message("A workflow has at most {most} expressions.", most=MAX_EXPRESSIONS)
            return
        if source not in seen:
            seen[source] = _expression_fault(source, names, broken)
        for fault in seen[source]:
            yield path, Message("The expression {source}: {fault}", source=" ".join(source.split())[:80], fault=fault)


def _expression_fault(source: str, names: Mapping[str, Kind], broken: set[str]) -> list[Message]:
    try:
        rule = compile_rule(source)
    except RuleError as fault:
        return [fault.message]
    # what a form with a fault holds is not known, so nothing can be said of a guard that names it
    return [] if broken and broken & _names_in(rule) else check_rule(rule, names)


def _names_in(rule: Rule) -> set[str]:
    return {node.id for node in ast.walk(rule.tree) if isinstance(node, ast.Name)}


def _expressions(data: Mapping[str, Any]) -> Iterator[tuple[yaml12.Path, str]]:
    early = _mapping(_mapping(data.get("closing")).get("early"))
    places: list[tuple[yaml12.Path, Any]] = [(("closing", "early", "when"), early.get("when"))]
    for path, part in (*_parts(data), (("closing", "early"), early)):
        places.append(((*path, "until"), part.get("until")))
        for number, guard in enumerate(_list(part.get("requires"))):
            places.append(((*path, "requires", number, "check"), _mapping(guard).get("check")))
        for key in ("documents", "early"):
            for number, issue in enumerate(_list(part.get(key))):
                places.append(((*path, key, number, "each"), _mapping(issue).get("each")))
    return ((path, source) for path, source in places if isinstance(source, str) and source)


def _parts(data: Mapping[str, Any]) -> Iterator[tuple[yaml12.Path, Mapping[str, Any]]]:
    for name, stage in _mapping(data.get("stages")).items():
        yield ("stages", name), _mapping(stage)
    for number, move in enumerate(_list(data.get("moves"))):
        yield ("moves", number), _mapping(move)
    for reason, closure in _mapping(data.get("closures")).items():
        yield ("closures", reason), _mapping(closure)


def _name_faults(data: Mapping[str, Any], records: list[str]) -> Iterator[Fault]:
    stages = list(_mapping(data.get("stages")))
    moves = [name for move in _list(data.get("moves")) for name in _words(_mapping(move).get("move"))]
    approved = [*records, *moves, CLOSE]
    for number, move in enumerate(map(_mapping, _list(data.get("moves")))):
        for key in ("from", "to") if stages else ():
            for stage in _words(move.get(key)):
                if stage not in (stages if key == "to" else (*stages, ANY_STAGE)):
                    yield ("moves", number, key), _unknown(Message("stage"), stage, stages)
    yield from _clashes(data, stages)
    for path, part in _parts(data):
        for number, guard in enumerate(_list(part.get("requires"))):
            for fix in _words(_mapping(guard).get("fix")):
                known = approved if fix.startswith(APPROVE) else records
                if fix.removeprefix(APPROVE) not in known:
                    place = (*path, "requires", number, "fix")
                    yield place, _unknown(Message("record"), fix.removeprefix(APPROVE), known)
    acts = {act.partition(" ")[0] for act in PERMISSIONS}
    for act in _mapping(data.get("permissions")):
        verb, _, what = act.partition(" ")
        if verb not in acts:
            yield ("permissions", act), _unknown(Message("act"), verb, sorted(acts))
        elif what and what not in approved:
            yield ("permissions", act), _unknown(Message("record"), what, approved)


def _clashes(data: Mapping[str, Any], stages: list[str]) -> Iterator[Fault]:
    """Names that would stand for two things at once."""
    seen: set[tuple[str, str, str]] = set()
    for number, move in enumerate(map(_mapping, _list(data.get("moves")))):
        for name in _words(move.get("move")):
            if name in (ADVANCE, CLOSE, ANY_STAGE):
                yield ("moves", number, "move"), Message("{name} is a name of the software's own.", name=name)
            sources = _words(move.get("from"))
            for stage in stages if ANY_STAGE in sources else dict.fromkeys(sources):
                exit_ = (name, stage, str(move.get("when", "active")))
                if exit_ in seen:
                    yield (
                        ("moves", number),
                        Message("There are two moves {name} from the stage {stage}.", name=name, stage=stage),
                    )
                seen.add(exit_)
    if ANY_STAGE in stages:
        yield ("stages", ANY_STAGE), Message("{name} is a name of the software's own.", name=ANY_STAGE)
    for path, part in _parts(data):
        guards: set[str] = set()
        for number, guard in enumerate(_list(part.get("requires"))):
            for name in _words(_mapping(guard).get("guard")):
                if name in guards:
                    yield (*path, "requires", number), Message("{key} is given twice.", key=name)
                guards.add(name)


def _unknown(what: Message, name: str, known: Sequence[str]) -> Message:
    name = name[:60]
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


def vocabulary(forms: Mapping[str, Any], settings: Mapping[str, Any], added: Additions = NOTHING) -> dict[str, Kind]:
    """Every name that the guards of a workflow may use."""
    from .records.vocabulary import vocabulary as names_of  # pydantic models: only where a file is checked

    return {**added.kinds, **names_of({**added.records, **forms}, settings, CASE_KINDS, APPROVAL_KINDS)}
