"""What is answered: JSON as the command line's ``--json`` prints it.

Answers are described by these shapes, and written as the library gives them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..access import Scope
from ..values import Role
from ..workflow import GuardKind
from ..workflow import Status as CaseStatus


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaseRow(_Told):
    """A case in a list."""

    case: str = Field(examples=["KSS-2025-0001"])
    client: str = Field(examples=["Sarma Contoh"])
    workflow: str = Field(examples=["pkh-economic"])
    stage: str = Field(examples=["planning"])
    status: CaseStatus
    worker: str = Field(examples=["rina"])
    due_on: date | None
    overdue: bool


class RequirementOut(_Told):
    """A requirement of a move."""

    guard: str = Field(examples=["genogram_ok"])
    kind: GuardKind
    ok: bool
    message: str = Field(examples=["The genogram is missing."])
    by: list[str]
    fix: str | None
    due_on: date | None
    overridden: bool


class MoveOut(_Told):
    """A move and all that it requires."""

    move: str = Field(examples=["advance"])
    because: str | None = None
    to: str
    allowed: bool
    requirements: list[RequirementOut]


class OverrideOut(_Told):
    """An override in force."""

    move: str
    guard: str
    until: date
    by: str
    reason: str | None


class Rest(_Told):
    """A pause."""

    since: date
    until: date | None


class RejectedOut(_Told):
    """Work that was rejected, and not done again yet."""

    what: str = Field(examples=["plan"])
    by: str
    on: date
    note: str | None


class LackOut(_Told):
    """A value that a document of the move ahead needs, and where it is recorded."""

    document: str
    item: int | None
    record: str | None
    number: int | None
    where: str
    label: str | None
    message: str


class StatusOut(_Told):
    """Where a case stands."""

    case: str = Field(examples=["KSS-2025-0001"])
    workflow: str
    version: int = Field(description="Of the workflow; that of the case is its ETag.")
    stage: str
    status: CaseStatus
    cycle: int
    episode: int
    client: str
    due_on: date | None
    overdue: bool
    moves: list[MoveOut]
    warnings: list[str]
    overrides: list[OverrideOut] = []
    rejected: list[RejectedOut] = []
    lacking: list[LackOut] = []
    paused: Rest | None = None


class ItemOut(_Told):
    """An item of a record."""

    item: int
    revision: int


class RecordedOut(_Told):
    """What was recorded."""

    case: str
    record: str
    items: list[ItemOut]
    at: str
    by: str
    warnings: list[str]


class DocumentLine(_Told):
    """A document of a move."""

    name: str
    item: int | None
    version: int
    sha256: str


class DoneOut(_Told):
    """A move that was made."""

    case: str
    move: str
    because: str | None = None
    from_: str = Field(alias="from")
    to: str
    at: str
    by: str
    documents: list[DocumentLine]
    overrides: list[str]
    warnings: list[str]
    dry_run: bool = False


class ApprovalOut(_Told):
    """A decision."""

    case: str
    what: str
    approved: bool
    at: str
    by: str
    note: str | None


class IssuedOut(_Told):
    """A document that was issued."""

    name: str = Field(examples=["contract"])
    item: int | None
    number: str | None
    version: int
    sha256: str
    at: str


class RegisteredOut(_Told):
    """A letter number that was entered."""

    case: str
    name: str
    item: int | None
    version: int
    number: str
    at: str
    by: str
    before: str | None


class ReissuedOut(IssuedOut):
    """A corrected version of a document."""

    case: str
    by: str


class HandedCase(_Told):
    """A case in other hands."""

    case: str
    from_: str = Field(alias="from")


class HandedOverOut(_Told):
    """Cases that have another worker."""

    cases: list[HandedCase]
    to: str
    at: str
    by: str
    reason: str
    warnings: list[str]


class RevisionOut(_Told):
    """One revision of one record."""

    record: str
    title: str
    item: int
    revision: int
    current: bool
    at: date
    by: str
    content: dict[str, Any]


class EventOut(BaseModel):
    """An event of the history: these, and what its kind tells."""

    model_config = ConfigDict(extra="allow")

    seq: int
    at: str
    on: str
    by: str
    role: str
    kind: str
    prev: str
    hash: str


class ReadOut(_Told):
    """That somebody read something."""

    at: str
    by: str
    role: str
    key: str | None
    case: str | None
    what: str


class FindingOut(_Told):
    """Something that is other than the history says."""

    where: str
    message: str


class TaskOut(CaseRow):
    """Something that is to be done by a day."""

    what: str
    due_on: date
    days: int
    week: int | None = None
    from_: date | None = Field(None, alias="from")
    planned: int | None = None
    held: int | None = None
    detail: str | None = None


class RejectionOut(_Told):
    """That something was rejected."""

    by: str
    on: date
    note: str | None


class WaitingOut(_Told):
    """Something that waits for an approval."""

    case: str
    client: str
    worker: str
    stage: str
    what: str
    title: str
    because: str | None
    since: date
    by: str
    may: list[str]
    revision: int | None
    changes: list[dict[str, Any]]
    rejected: RejectionOut | None


class TodayOut(_Told):
    """A day's work."""

    worker: str
    on: date
    visits: list[TaskOut]
    late: list[TaskOut]
    soon: list[TaskOut]
    missed: list[TaskOut]
    decide: list[WaitingOut]
    asked: list[WaitingOut]
    returned: list[WaitingOut]


class ColumnOut(_Told):
    """A stage on the board."""

    stage: str
    title: str
    count: int
    overdue: int
    paused: int
    cases: list[CaseRow]


class BoardOut(_Told):
    """The open cases of programmes with the same stages."""

    workflows: list[str]
    stages: list[ColumnOut]


class LoadOut(_Told):
    """The work of one worker."""

    worker: str
    full_name: str
    supervisor: str | None
    open: int
    stages: dict[str, int]
    overdue: int
    paused: int
    visits: int
    waiting: int


class ReportOut(_Told):
    """The figures of a period."""

    from_: date = Field(alias="from")
    to: date
    office: str
    smallest_group: int
    tables: dict[str, list[dict[str, Any]]]


class StaffOut(_Told):
    """A member of staff."""

    name: str = Field(examples=["rina"])
    full_name: str = Field(examples=["Rina Contoh"])
    role: Role
    supervisor: str | None
    nip: str | None
    title: str | None


class KeyOut(_Told):
    """The key that was sent."""

    id: str
    staff: str
    label: str
    scopes: list[Scope]
    created_at: str
    expires_on: date | None
    revoked_at: str | None
    used_at: str | None


class MeOut(_Told):
    """Who asks."""

    staff: StaffOut
    key: KeyOut


class WorkflowLine(_Told):
    """A programme."""

    workflow: str
    version: int | None
    title: str | None
    stages: list[str]
    problem: str | None


class ProblemItem(_Told):
    """One fault, and where it is."""

    where: str
    message: str
    document: str | None = None
    item: int | None = None
    record: str | None = None


class ProblemOut(_Told):
    """Problem details (RFC 9457)."""

    type: str = Field(examples=["urn:casework-flow:refused"])
    title: str
    status: int = Field(examples=[409])
    detail: str
    code: str = Field(
        description="The kind of error, for programs: refused, incomplete, not_found, conflict, invalid …",
        examples=["refused"],
    )
    unmet: list[RequirementOut] = []
    asked: list[str] = Field(default=[], description="The approvals that a refused move has asked for.")
    problems: list[ProblemItem] = []
