"""What the front door gives back: plain, frozen values with no session attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, TypedDict, get_args

from .engine import Option, Requirement
from .errors import Lack, Refused
from .messages import Message, Sayable
from .moments import When

Role = Literal["social_worker", "practicum_student", "supervisor", "office_head", "intake_officer", "auditor"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff. ``name`` is the short one that ``--as`` takes; ``nip`` the civil servant's number."""

    name: str
    full_name: str
    role: Role
    supervisor: str | None = None
    nip: str | None = None
    title: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "name": self.name,
            "full_name": self.full_name,
            "role": self.role,
            "supervisor": self.supervisor,
            "nip": self.nip,
            "title": self.title,
        }


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its row holds it. ``version`` counts its events: whatever changes the case adds one."""

    number: str
    workflow: str
    workflow_version: int
    stage: str
    status: str
    cycle: int
    episode: int
    client: str
    worker: str
    opened_on: date
    due_on: date | None
    closed_on: date | None
    because: str | None
    overdue: bool
    warnings: tuple[Sayable, ...] = ()
    version: int = field(default=0, compare=False)  # a case that stands where it stood is the same

    def as_data(self) -> dict[str, Any]:
        """The JSON form, as ``list`` prints it."""
        return {
            "case": self.number,
            "client": self.client,
            "workflow": self.workflow,
            "stage": self.stage,
            "status": self.status,
            "worker": self.worker,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "overdue": self.overdue,
        }


@dataclass(frozen=True, slots=True)
class Override:
    """A requirement that somebody has overridden until a day that is not over."""

    move: str
    guard: str
    until: date
    by: str
    reason: str | None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "move": self.move,
            "guard": self.guard,
            "until": self.until.isoformat(),
            "by": self.by,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Rejected:
    """Somebody's work that was rejected, and not done again yet; ``what`` is a record, a move or ``close``."""

    what: str
    by: str
    on: date
    note: str | None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"what": self.what, "by": self.by, "on": self.on.isoformat(), "note": self.note}


@dataclass(frozen=True, slots=True)
class Status:
    """Where a case stands, and every move with every requirement.

    ``days_left`` are the working days up to the stage's last one, negative when it is over; ``paused_since`` and
    ``expected`` tell of a rest, ``overrides`` are those that are in force, ``rejected`` is what must be done again,
    ``lacking`` what the documents of the move ahead need where its requirements are met.
    """

    case: Case
    moves: tuple[Option, ...]
    warnings: tuple[Sayable, ...] = ()
    days_left: int | None = None
    paused_since: date | None = None
    expected: date | None = None
    overrides: tuple[Override, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    lacking: tuple[Lack, ...] = ()

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        case = self.case
        return {
            "case": case.number,
            "workflow": case.workflow,
            "version": case.workflow_version,
            "stage": case.stage,
            "status": case.status,
            "cycle": case.cycle,
            "episode": case.episode,
            "client": case.client,
            "due_on": case.due_on.isoformat() if case.due_on else None,
            "overdue": case.overdue,
            "moves": [move_data(move, lang) for move in self.moves],
            "warnings": [warning.say(lang) for warning in self.warnings],
            **({"overrides": [one.as_data() for one in self.overrides]} if self.overrides else {}),
            **({"rejected": [one.as_data() for one in self.rejected]} if self.rejected else {}),
            **({"lacking": [lack_data(lack, lang) for lack in self.lacking]} if self.lacking else {}),
            **(self._rest() if self.paused_since else {}),
        }

    def _rest(self) -> dict[str, Any]:
        until = self.expected.isoformat() if self.expected else None
        return {"paused": {"since": str(self.paused_since), "until": until}}


def lack_data(lack: Lack, lang: str) -> dict[str, Any]:
    """A value that a document needs, in its JSON form."""
    return {
        "document": lack.document,
        "item": lack.item,
        "record": lack.record or None,
        "number": lack.number,
        "where": lack.where,
        "label": lack.label.say(lang) if lack.label else None,
        "message": lack.say(lang),
    }


def move_data(option: Option, lang: str) -> dict[str, Any]:
    """A move of ``status`` in its JSON form."""
    return {
        "move": option.move,
        **({"because": option.because} if option.because else {}),
        "to": option.to,
        "allowed": option.allowed,
        "requirements": [requirement_data(requirement, lang) for requirement in option.requirements],
    }


def requirement_data(requirement: Requirement, lang: str) -> dict[str, Any]:
    """A requirement in its JSON form, the same in ``status`` and in a refusal."""
    return {
        "guard": requirement.guard,
        "kind": requirement.kind,
        "ok": requirement.ok,
        "message": requirement.message.say(lang),
        "by": list(requirement.by),
        "fix": requirement.fix,
        "due_on": requirement.due_on,
        "overridden": requirement.overridden,
    }


@dataclass(frozen=True, slots=True)
class Recorded:
    """What ``record`` wrote: the number and the revision of each item."""

    case: str
    record: str
    items: tuple[tuple[int, int], ...]
    at: str
    by: str
    warnings: tuple[Sayable, ...] = ()

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "case": self.case,
            "record": self.record,
            "items": [{"item": item, "revision": revision} for item, revision in self.items],
            "at": self.at,
            "by": self.by,
            "warnings": [warning.say(lang) for warning in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of one recorded item; ``current`` is what counts now, and of this episode."""

    record: str
    title: Sayable
    item: int
    revision: int
    current: bool
    at: date
    by: str
    content: Mapping[str, Any]

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "record": self.record,
            "title": self.title.say(lang),
            "item": self.item,
            "revision": self.revision,
            "current": self.current,
            "at": self.at.isoformat(),
            "by": self.by,
            "content": dict(self.content),
        }


@dataclass(frozen=True, slots=True)
class Issued:
    """A document as it was issued."""

    name: str
    item: int | None
    number: str | None
    version: int
    sha256: str
    at: str

    def as_data(self) -> dict[str, Any]:
        """The JSON form, as ``documents`` prints it."""
        return {
            "name": self.name,
            "item": self.item,
            "number": self.number,
            "version": self.version,
            "sha256": self.sha256,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Done:
    """A move that was made (or, in a dry run, would be)."""

    case: str
    move: str
    source: str
    to: str
    at: str
    by: str
    documents: tuple[Issued, ...] = ()
    overrides: tuple[str, ...] = ()
    warnings: tuple[Sayable, ...] = ()
    because: str | None = None
    dry_run: bool = False

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "case": self.case,
            "move": self.move,
            **({"because": self.because} if self.because else {}),
            "from": self.source,
            "to": self.to,
            "at": self.at,
            "by": self.by,
            "documents": [
                {"name": d.name, "item": d.item, "version": d.version, "sha256": d.sha256} for d in self.documents
            ],
            "overrides": list(self.overrides),
            "warnings": [warning.say(lang) for warning in self.warnings],
            **({"dry_run": True} if self.dry_run else {}),
        }


class How(TypedDict, total=False):
    """How a move is made.

    ``at`` is the working date, ``override`` names professional guards to override, which needs a role that may and
    a ``reason``; ``until`` is the last day on which the overrides hold (without it they are for this move only),
    or the day on which the client of a case that pauses is expected back. ``dry_run`` decides and renders
    everything and writes nothing; ``key`` is an idempotency key; ``seen`` is the version of the case that the
    decision rests on: if it has another one by now, that is a Conflict.
    """

    at: When
    override: Sequence[str]
    reason: str | None
    until: When
    dry_run: bool
    key: str | None
    seen: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision about what somebody else recorded or asked for."""

    case: str
    what: str
    approved: bool
    at: str
    by: str
    note: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "case": self.case,
            "what": self.what,
            "approved": self.approved,
            "at": self.at,
            "by": self.by,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Cases that have another worker now; ``cases`` has the one before of each, by its number."""

    cases: Mapping[str, str]
    to: str
    at: str
    by: str
    reason: str
    warnings: tuple[Sayable, ...] = ()

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "cases": [{"case": number, "from": before} for number, before in self.cases.items()],
            "to": self.to,
            "at": self.at,
            "by": self.by,
            "reason": self.reason,
            "warnings": [warning.say(lang) for warning in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Registered:
    """A letter number that a document got; ``before`` is the wrong one that it corrects."""

    case: str
    name: str
    item: int | None
    version: int
    number: str
    at: str
    by: str
    before: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "case": self.case,
            "name": self.name,
            "item": self.item,
            "version": self.version,
            "number": self.number,
            "at": self.at,
            "by": self.by,
            "before": self.before,
        }


@dataclass(frozen=True, slots=True)
class Reissued:
    """A corrected version of a document."""

    case: str
    document: Issued
    at: str
    by: str

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"case": self.case, **self.document.as_data(), "at": self.at, "by": self.by}


@dataclass(frozen=True, slots=True)
class Advanced:
    """What became of many cases that were to advance together."""

    done: tuple[Done, ...]
    refused: Mapping[str, Refused]
    """Why a case stayed where it is, by its number."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade of running cases did, or would do; ``stuck`` has the reasons of each case that cannot."""

    workflow: str
    version: int
    cases: tuple[str, ...]
    stuck: Mapping[str, tuple[Sayable, ...]]
    dry_run: bool = False

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "workflow": self.workflow,
            "version": self.version,
            "cases": list(self.cases),
            "stuck": {number: [reason.say(lang) for reason in reasons] for number, reasons in self.stuck.items()},
            **({"dry_run": True} if self.dry_run else {}),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that ``verify`` found to be other than what the history says."""

    where: str
    message: Message

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {"where": self.where, "message": self.message.say(lang)}


Event = Mapping[str, Any]
