"""A programme as plain values: its stages, moves and closures, and what each of them requires.

Everything here comes from a workflow file (``loader.py`` reads and checks it); nothing here knows a stage, a
programme or a document by name. A workflow's data is stored whole with the cases that live in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from .additions import NOTHING, Additions
from .messages import Message, Sayable, Text
from .rules import Rule, compile_rule

GuardKind = Literal["legal", "professional"]
"""Nobody can override a legal guard; a supervisor can override a professional one, with a reason."""

Status = Literal["active", "paused", "closed"]
STATUSES: Final[tuple[Status, ...]] = ("active", "paused", "closed")
OPEN: Final[tuple[Status, ...]] = ("active", "paused")
STATUS_WORDS: Final[Mapping[Status, Message]] = {
    "active": Message("active"),
    "paused": Message("paused"),
    "closed": Message("closed"),
}

ADVANCE: Final = "advance"
CLOSE: Final = "close"
MOVE: Final = "move"
UPGRADE: Final = "upgrade"
READ: Final = "read"
SEARCH: Final = "search"
HAND_OVER: Final = "hand_over"
AUDIT: Final = "audit"
REPORT: Final = "report"
APPROVE: Final = "approve "
"""A requirement's ``fix`` is a record's name, or this and what must be approved."""

ANY_STAGE: Final = "any"

PERMISSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "open": ("social_worker", "practicum_student", "intake_officer", "supervisor"),
    "record": ("social_worker", "practicum_student", "supervisor"),
    "record supervision": ("supervisor", "office_head"),
    "any_case": ("office_head",),
    ADVANCE: ("social_worker", "practicum_student", "supervisor", "office_head"),
    MOVE: ("social_worker", "practicum_student", "supervisor", "office_head"),
    CLOSE: ("social_worker", "practicum_student", "supervisor", "office_head"),
    "approve": ("supervisor", "office_head"),
    "override": ("supervisor", "office_head"),
    UPGRADE: ("supervisor", "office_head"),
    HAND_OVER: ("supervisor", "office_head"),
    READ: ("social_worker", "practicum_student", "supervisor", "office_head"),
    f"{READ} client": ("social_worker", "practicum_student", "supervisor", "office_head", "intake_officer"),
    f"{READ} intake": ("social_worker", "practicum_student", "supervisor", "office_head", "intake_officer"),
    SEARCH: ("office_head", "intake_officer", "auditor"),
    AUDIT: ("office_head", "auditor"),
    REPORT: ("supervisor", "office_head", "auditor"),
}
"""Who may do what where a workflow file does not say: each act, or an act and what it is done to."""


def approves(fix: str | None) -> str | None:
    """What ``fix`` asks somebody to approve; None where it names a record, or nothing."""
    return fix.removeprefix(APPROVE) if fix and fix.startswith(APPROVE) else None


@dataclass(frozen=True, slots=True)
class Guard:
    """One requirement: a question about the records, and what is said when the answer is not yes."""

    name: str
    kind: GuardKind
    check: Rule
    say: Text
    fix: str | None

    @property
    def approves(self) -> str | None:
        """What somebody must approve for this guard, if that is what it asks for."""
        return approves(self.fix)


@dataclass(frozen=True, slots=True)
class Issue:
    """A document to be written; ``each`` names a list, and then there is one document for each of its items."""

    document: str
    each: Rule | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the method. ``days`` are working days; ``until`` names a date in the records instead."""

    name: str
    title: Text
    days: int | None
    until: Rule | None
    requires: tuple[Guard, ...]
    documents: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of stage or status other than the forward one and closing."""

    name: str
    title: Sayable
    sources: tuple[str, ...]
    when: Status
    to: str | None
    status: Status
    next_cycle: bool
    next_episode: bool
    requires: tuple[Guard, ...]
    documents: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """A reason to close. A ``complete`` one is the regular end: from the last stage, with all its guards."""

    reason: str
    title: Sayable
    complete: bool
    requires: tuple[Guard, ...]
    documents: tuple[Issue, ...] | None
    early: tuple[Issue, ...] | None
    """The documents of a closing before the case has really begun, where they are the reason's own."""


@dataclass(frozen=True, slots=True)
class EarlyClosing:
    """How a case closes before it has really begun: it stays in its stage, with documents of its own."""

    when: Rule
    documents: tuple[Issue, ...]


@dataclass(frozen=True)
class Workflow:
    """One version of one programme."""

    data: Mapping[str, Any]
    name: str
    version: int
    title: Text
    settings: Mapping[str, Any]
    permissions: Mapping[str, tuple[str, ...]]
    stages: Mapping[str, Stage]
    moves: tuple[Move, ...]
    closures: Mapping[str, Closure]
    early: EarlyClosing | None
    forms: Mapping[str, Mapping[str, Any]]
    added: Additions = field(default=NOTHING, compare=False, repr=False)
    """What the host adds to every workflow; no part of its data."""

    @cached_property
    def text(self) -> str:
        """The data as JSON, in the file's own order: the order of the stages is what they mean."""
        return json.dumps(self.data, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over ``text``, so that a case can name the very rules it lives by."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The names of the stages, in order."""
        return tuple(self.stages)

    @property
    def first(self) -> str:
        """The stage in which a case starts."""
        return self.order[0]

    @property
    def last(self) -> str:
        """The stage through which a case ends."""
        return self.order[-1]

    def after(self, stage: str) -> str | None:
        """The stage that follows ``stage``, or None after the last."""
        place = self.order.index(stage) + 1
        return self.order[place] if place < len(self.order) else None

    def may(self, role: str, act: str, what: str = "") -> bool:
        """Whether ``role`` may do ``act`` (``record``, ``approve`` …), to ``what`` in particular if it is named."""
        return role in self.roles_for(act, what)

    def roles_for(self, act: str, what: str = "") -> tuple[str, ...]:
        """The roles that may do ``act`` to ``what``: the particular line of the file, else the general one."""
        particular = self.permissions.get(f"{act} {what}") if what else None
        return particular if particular is not None else self.permissions.get(act, ())

    def guards(self) -> list[tuple[str, Guard]]:
        """Every guard with the stage, move or closure that requires it."""
        places: list[tuple[str, tuple[Guard, ...]]] = [
            *((stage.name, stage.requires) for stage in self.stages.values()),
            *((move.name, move.requires) for move in self.moves),
            *((f"{CLOSE} {closure.reason}", closure.requires) for closure in self.closures.values()),
        ]
        return [(place, guard) for place, guards in places for guard in guards]

    def issues(self) -> list[Issue]:
        """Every document that a stage, a move or a closure issues."""
        closings = [each for closure in self.closures.values() for each in (closure.documents, closure.early)]
        groups = [
            *(stage.documents for stage in self.stages.values()),
            *(move.documents for move in self.moves),
            self.early.documents if self.early else None,
            *closings,
        ]
        return [issue for group in groups for issue in group or ()]


def canonical(data: object) -> str:
    """JSON in one fixed form, for digests: sorted keys, no spaces, real characters."""
    return _CANONICAL.encode(data)


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_data(data: Mapping[str, Any], added: Additions = NOTHING) -> Workflow:
    """The workflow that checked ``data`` (see ``loader.py``) describes; ``added`` is what the host adds to it.

    Raises:
        RuleError: a guard's expression cannot be compiled.
    """
    early = data.get("closing", {}).get("early")
    return Workflow(
        data=data,
        name=data["workflow"],
        version=data["version"],
        title=Text(data["title"]),
        settings=data.get("settings", {}),
        permissions={**PERMISSIONS, **{act: tuple(roles) for act, roles in data.get("permissions", {}).items()}},
        stages={name: _stage(name, stage) for name, stage in data["stages"].items()},
        moves=tuple(_move(move) for move in data.get("moves", ())),
        closures={reason: _closure(reason, closure) for reason, closure in data["closures"].items()},
        early=EarlyClosing(compile_rule(early["when"]), _issues(early.get("documents"))) if early else None,
        forms=data.get("forms", {}),
        added=added,
    )


def _stage(name: str, data: Mapping[str, Any]) -> Stage:
    until = data.get("until")
    return Stage(
        name=name,
        title=Text(data["title"]),
        days=data.get("days"),
        until=compile_rule(until) if until else None,
        requires=_guards(data.get("requires")),
        documents=_issues(data.get("documents")),
    )


def _move(data: Mapping[str, Any]) -> Move:
    sources = data["from"]
    return Move(
        name=data["move"],
        title=Text(data["title"]) if data.get("title") else Message(data["move"]),
        sources=(sources,) if isinstance(sources, str) else tuple(sources),
        when=data.get("when", "active"),
        to=data.get("to"),
        status=data.get("status", "active"),
        next_cycle=data.get("cycle") == "next",
        next_episode=data.get("episode") == "next",
        requires=_guards(data.get("requires")),
        documents=_issues(data.get("documents")),
    )


def _closure(reason: str, data: Mapping[str, Any]) -> Closure:
    documents = data.get("documents")
    return Closure(
        reason=reason,
        title=Text(data["title"]) if data.get("title") else Message(reason.replace("_", " ")),
        complete=data.get("complete", False),
        requires=_guards(data.get("requires")),
        documents=None if documents is None else _issues(documents),
        early=_issues(data["early"]) if data.get("early") is not None else None,
    )


def _guards(data: list[Mapping[str, Any]] | None) -> tuple[Guard, ...]:
    return tuple(
        Guard(
            name=guard["guard"],
            kind=guard["kind"],
            check=compile_rule(guard["check"]),
            say=Text(guard["say"]),
            fix=guard.get("fix"),
        )
        for guard in data or ()
    )


def _issues(data: list[str | Mapping[str, Any]] | None) -> tuple[Issue, ...]:
    return tuple(
        Issue(item) if isinstance(item, str) else Issue(item["document"], compile_rule(item["each"]))
        for item in data or ()
    )
