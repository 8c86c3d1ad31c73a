"""The front door: one object, one transaction for each verb.

Each verb reads the case, asks the engine, and writes one event with everything that it adds, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Unpack

from sqlalchemy import Engine as Database

from . import approving, cases, facts, issuing, moving, recording, staffing
from . import office as offices
from .cases import Engines, Loaded, Who, permit, permit_in
from .documents.identity import Identity
from .documents.render import Templates
from .engine import CaseState
from .errors import Invalid, Problem, Refused
from .loader import Library
from .messages import Message, Sayable
from .moments import When, earlier, last_day, working_date
from .office import Office
from .reminders import reminders
from .resources import shipped
from .store.store import CLIENT, Addition, Store, Transaction, connect, state_of
from .values import Approval, Case, Done, Event, Finding, How, Issued, Recorded, Staff, Status
from .workflow import ADVANCE, CLOSE, MOVE, Workflow

_CASE_NUMBER: Final = "case"


class Casework:
    """Casework in one database, for one office.

    Args:
        database: a SQLAlchemy URL, or an engine of the host's. An empty database gets its tables.
        office: the office's profile; without one, that of the ``casework.toml`` beside the SQLite file or in the
            working directory, else one for an agency called "-".
        workflows: folders of workflow files that come before the project's own and the shipped ones.
        templates: folders of document templates, likewise.
        clock: gives the present moment with its time zone; for tests.
    """

    def __init__(
        self,
        database: str | Database,
        *,
        office: Office | None = None,
        workflows: Sequence[Path] = (),
        templates: Sequence[Path] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.office = office or offices.beside(database if isinstance(database, str) else str(database.url))
        own = [self.office.folder] if self.office.folder else []
        self.library = Library([*workflows, *(folder / "workflows" for folder in own), shipped("workflows")])
        self.templates = Templates([*templates, *(folder / "templates" for folder in own), shipped("templates")])
        self._clock = clock
        self._store = Store(connect(database) if isinstance(database, str) else database)
        self._engines = Engines()
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}
        if not self._store.exists():
            self._store.create(self._recorded_at())

    def on(self, kind: str, listener: Callable[[Any], object]) -> None:
        """Call ``listener`` with the result of each verb of that kind (``advanced`` …) after its commit."""
        self._listeners.setdefault(kind, []).append(listener)

    # staff

    def staff(self, name: str) -> Staff:
        """The member of staff called ``name``.

        Raises:
            NotFound: there is nobody of that name.
        """
        with self._store.reading() as tx:
            return cases.staff(tx, name)

    def all_staff(self) -> tuple[Staff, ...]:
        """Everybody, by name."""
        with self._store.reading() as tx:
            return tuple(cases.staff_of(row) for row in tx.all_staff())

    def add_staff(
        self,
        name: str,
        *,
        full_name: str,
        role: str,
        supervisor: str | None = None,
        nip: str | None = None,
        title: str | None = None,
        by: Who | None = None,
    ) -> Staff:
        """Add a member of staff.

        Args:
            name: the short name to act by (``--as``), unique in the office.
            full_name: the name on documents.
            role: one of ``ROLES``.
            supervisor: the short name of their supervisor.
            nip: the civil servant's number, 18 digits.
            title: the position, as letters give it.
            by: who adds them; the first one is added by nobody.

        Raises:
            Invalid: a value cannot be right; every fault is named.
            NotFound: there is no such supervisor.
            Refused: the name is taken.
        """
        row = staffing.checked(name, full_name, role, supervisor, nip, title)
        with self._store.writing() as tx:
            if tx.staff(name):
                raise Refused(Message("There is a member of staff called {name} already.", name=name))
            if supervisor:
                cases.staff(tx, supervisor)
            adder = cases.staff(tx, by) if by else None
            tx.add_staff(
                row,
                on=self._now().date().isoformat(),
                at=self._recorded_at(),
                by=adder.name if adder else "-",
                role=adder.role if adder else "-",
            )
            return cases.staff_of(row)

    # the life of a case

    def open(
        self,
        workflow: str,
        *,
        client: Mapping[str, Any],
        by: Who,
        worker: Who | None = None,
        at: When = None,
        key: str | None = None,
    ) -> Case:
        """Open a case for ``client`` in the programme ``workflow``; its worker is ``by`` unless another is named.

        Raises:
            NotFound: there is no such workflow or member of staff.
            Invalid: the client's record has faults.
            Refused: the role of ``by`` may not open cases.
        """
        flow = self.library.load(workflow)
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["open", workflow, plain(client), _name(worker), actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return self._case_of(cases.find(tx, done["body"]["number"])[1])
            permit(flow, actor, "open")
            responsible = cases.staff(tx, worker) if worker else actor
            kind = facts.record_types(flow)[CLIENT]
            content, warnings = recording.validated(kind, client, flow, date.fromisoformat(on[:10]))
            if nik := content.get("nik"):
                warnings += _same_nik(tx, nik)
            tx.keep_workflow(flow.digest, flow.text)
            year = int(on[:4])
            number = self.office.case_number.format(year=year, number=tx.next_number(_CASE_NUMBER, year))
            body = {
                "number": number,
                "workflow": flow.name,
                "workflow_version": flow.version,
                "workflow_digest": flow.digest,
                "worker": responsible.name,
                "to": flow.first,
                "due_on": moving.due_on(flow, flow.first, on, {}, self.office),
            }
            row = recording.row(kind, content, (1, 1), (1, 1), on, self._recorded_at(), actor)
            addition = self._event("opened", on, actor, body, records=[row], key=key, request=request)
            case = self._case_of(tx.open(addition)[1], warnings, date.fromisoformat(on[:10]))
        self._tell("opened", case)
        return case

    def record(
        self,
        number: str,
        record: str,
        data: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        by: Who,
        at: When = None,
        revise: int | bool = False,
        again: bool = False,
        key: str | None = None,
    ) -> Recorded:
        """Record ``data`` in a case; a list adds many items of a record that may have many.

        Args:
            number: the case's number.
            record: the record's type.
            data: the fields, or a list of them.
            by: the acting member of staff.
            at: the working date.
            revise: True to correct a single record, an item's number to correct that item.
            again: record the same content once more, though it is there already.
            key: an idempotency key.

        Raises:
            NotFound: there is no such case, record type or item.
            Invalid: the data have faults; every one is named.
            Refused: the case is closed, or the rules do not let ``by`` record this.
        """
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["record", number, record, plain(data), actor.name, on if at else None, revise, again]
            if done := self._repeated(tx, key, request):
                body = done["body"]
                items = tuple((item, revision) for item, revision in body["items"])
                return Recorded(number, body["record"], items, done["on"], done["by"])
            loaded = self._load(tx, number, on)
            kind = recording.record_type(loaded.kinds, record)
            permit_in(loaded, actor, "record", kind.name)
            if loaded.state.status == "closed":
                raise Refused(Message("Case {number} is closed; nothing more can be recorded in it.", number=number))
            contents, warnings = recording.checked(kind, data, loaded)
            if not again:
                recording.refuse_same(kind, contents, loaded, revise)
            numbers = recording.numbered(kind, contents, loaded, revise)
            scope, now = (loaded.state.cycle, loaded.state.episode), self._recorded_at()
            rows = [
                recording.row(kind, content, pair, scope, on, now, actor)
                for content, pair in zip(contents, numbers, strict=True)
            ]
            body = {"record": kind.name, "items": [[*pair] for pair in numbers]}
            addition = self._event("recorded", on, actor, body, records=rows, key=key, request=request)
            tx.append(loaded.case_id, loaded.state, addition)
            result = Recorded(number, kind.name, tuple(numbers), on, actor.name, tuple(warnings))
        self._tell("recorded", result)
        return result

    def status(self, number: str, *, at: When = None) -> Status:
        """Where a case stands, and for each possible move every requirement, met or not.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            loaded = cases.load(tx, number, self._moment(at), self._engines, self.office.letter.language)
            options = self._engines.of(loaded.workflow).options(loaded.state, loaded.views, loaded.standing)
            return Status(self._case_of(loaded.state, today=loaded.today), options, tuple(reminders(loaded)))

    def advance(self, number: str, *, by: Who, **how: Unpack[How]) -> Done:
        """Move a case forward to its next stage and issue the documents of the stage it leaves.

        Args:
            number: the case's number.
            by: the acting member of staff.
            how: see ``How``.

        Raises:
            Refused: a requirement is not met; ``unmet`` lists them all.
            IncompleteDocument: a document lacks a value.
            Conflict: somebody else changed the case first.
        """
        return self._move(number, ADVANCE, None, by=by, **how)

    def move(self, number: str, move: str, *, by: Who, **how: Unpack[How]) -> Done:
        """Make another move of the workflow than the forward one; it needs a ``reason``. See ``advance``."""
        return self._move(number, move, None, by=by, **how)

    def close(self, number: str, *, because: str, by: Who, **how: Unpack[How]) -> Done:
        """Close a case for a reason of its workflow, with that reason's own requirements. See ``advance``."""
        return self._move(number, CLOSE, because, by=by, **how)

    def _move(
        self,
        number: str,
        move: str,
        because: str | None,
        *,
        by: Who,
        at: When = None,
        override: Sequence[str] = (),
        reason: str | None = None,
        until: When = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> Done:
        reason = (reason or "").strip() or None
        if reason is None and (override or move not in (ADVANCE, CLOSE)):
            why = Message("Overriding a guard needs a reason.") if override else Message("This move needs a reason.")
            raise Invalid(Message("The reason is missing."), [Problem("reason", why)])
        on = self._moment(at)
        until_day = last_day(until, on)
        refusal: Refused | None = None
        done: Done | None = None
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = [move, number, because, actor.name, on if at else None, sorted(override), reason, until_day]
            if before := self._repeated(tx, key, request):
                return moving.done_again(before, number, tx.documents(before["stream"]))
            loaded = self._load(tx, number, on)
            permit_in(loaded, actor, *((move,) if move in (ADVANCE, CLOSE) else (MOVE, move)))
            try:
                option = self._engines.of(loaded.workflow).decide(
                    loaded.state,
                    loaded.views,
                    move,
                    because=because,
                    overrides=override,
                    override_role=actor.role,
                    standing=loaded.standing,
                )
            except Refused as no:
                if dry_run:
                    raise
                refusal = no  # raised after the commit: the requests for approval are kept
                state = loaded.state
                for body in approving.wanted(loaded, no.unmet, because):
                    state = tx.append(loaded.case_id, state, self._event("approval_requested", on, actor, body))
            else:
                made = moving.make(
                    loaded,
                    option,
                    actor=actor,
                    on=on,
                    reason=reason,
                    until=until_day,
                    office=self.office,
                    templates=self.templates,
                    issued=tx.documents(loaded.case_id),
                )
                if dry_run:
                    return replace(made.done, dry_run=True)
                for digest, bundle in made.templates.items():
                    tx.keep_template(digest, bundle)
                addition = self._event(
                    "moved",
                    on,
                    actor,
                    made.body,
                    private=made.private,
                    documents=made.documents,
                    key=key,
                    request=request,
                )
                tx.append(loaded.case_id, loaded.state, addition)
                done = made.done
        if done is None:
            assert refusal is not None  # noqa: S101  # for the type checker: no move means a refusal
            raise refusal
        self._tell(_TOLD.get(move, "moved"), done)
        return done

    # approvals

    def approve(
        self, number: str, what: str, *, by: Who, note: str | None = None, at: When = None, key: str | None = None
    ) -> Approval:
        """Approve a record's present revision, or a move that somebody asked for.

        Raises:
            Refused: there is nothing to approve, or ``by`` may not: nobody approves their own work.
        """
        return self._judge(number, what, by=by, note=note, at=at, approved=True, key=key)

    def reject(
        self, number: str, what: str, *, by: Who, note: str | None = None, at: When = None, key: str | None = None
    ) -> Approval:
        """Reject what ``approve`` would approve."""
        return self._judge(number, what, by=by, note=note, at=at, approved=False, key=key)

    def _judge(
        self, number: str, what: str, *, by: Who, note: str | None, at: When, approved: bool, key: str | None
    ) -> Approval:
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["judge", number, what, approved, note, actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return Approval(number, what, approved, done["on"], done["by"], note)
            loaded = self._load(tx, number, on)
            body = approving.decision(tx, loaded, actor, what)
            kind = "approved" if approved else "rejected"
            private = {"note": note} if note else None
            addition = self._event(kind, on, actor, body, private=private, key=key, request=request)
            tx.append(loaded.case_id, loaded.state, addition)
            result = Approval(number, what, approved, on, actor.name, note)
        self._tell(kind, result)
        return result

    # reading

    def case(self, number: str) -> Case:
        """A case, by its number.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            return self._case_of(cases.find(tx, number)[1])

    def list(
        self,
        *,
        stage: str | None = None,
        status: str | None = None,
        worker: str | None = None,
        workflow: str | None = None,
    ) -> tuple[Case, ...]:
        """The cases that match, by number."""
        wanted = {"stage": stage, "status": status, "worker": worker, "workflow": workflow}
        with self._store.reading() as tx:
            return tuple(
                self._case_of(state_of(row))
                for row in tx.cases()
                if all(value is None or row[column] == value for column, value in wanted.items())
            )

    def documents(self, number: str) -> tuple[Issued, ...]:
        """The documents issued in a case, in the order of their issue."""
        with self._store.reading() as tx:
            case_id, _ = cases.find(tx, number)
            return tuple(moving.issued_of(row) for row in tx.documents(case_id))

    def document(
        self,
        number: str,
        name: str,
        *,
        item: int | None = None,
        version: int | None = None,
        identity: Identity | None = None,
    ) -> issuing.Document:
        """One issued document; the latest unless ``item`` and ``version`` say which.

        Raises:
            NotFound: there is no such case or document.
        """
        with self._store.reading() as tx:
            case_id, state = cases.find(tx, number)
            row = issuing.latest(tx.documents(case_id), number, name, item, version)
            flow = self._engines.workflow(tx, state.workflow_digest)
            return issuing.open_document(
                row, tx.template(row["template"]) or "", flow, tx.records(case_id), state, identity
            )

    def history(self, number: str) -> tuple[Event, ...]:
        """The events of a case, the first one first."""
        with self._store.reading() as tx:
            case_id, _ = cases.find(tx, number)
            return tuple(tx.events(case_id))

    def workflow(self, number: str) -> Workflow:
        """The rules that a case lives by, in the version with which it was opened.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            return self._engines.workflow(tx, cases.find(tx, number)[1].workflow_digest)

    def verify(self) -> tuple[Finding, ...]:
        """Everything in the database that is other than what the chains of events say; empty when all is well."""
        from .store.verify import verify  # as large as the front door, and needed by one verb

        with self._store.reading() as tx:
            return tuple(verify(tx, lambda tx, row: issuing.rendered_digest(tx, row, self._engines)))

    # inside

    def _load(self, tx: Transaction, number: str, on: str) -> Loaded:
        """The case, for a change on the working date ``on``, which never precedes what was done before."""
        loaded = cases.load(tx, number, on, self._engines, self.office.letter.language)
        last = loaded.state.last_on
        if earlier(on, last):
            raise Refused(
                Message("The working date {on} lies before the last one of this case, {last}.", on=on, last=last)
            )
        return loaded

    def _case_of(self, state: CaseState, warnings: Sequence[Sayable] = (), today: date | None = None) -> Case:
        return cases.case_of(state, today or self._now().date(), warnings)

    def _event(self, kind: str, on: str, actor: Staff, body: dict[str, Any], **more: Any) -> Addition:
        return Addition(kind, on, self._recorded_at(), actor.name, actor.role, body, **more)

    def _repeated(self, tx: Transaction, key: str | None, request: object) -> dict[str, Any] | None:
        if key is None:
            return None
        found = tx.keyed(key, request)
        if found is None:
            return None
        event, same = found
        if not same:
            raise Invalid(
                Message("The key was used already."),
                [Problem("key", Message("This key belongs to another request; use a new one."))],
            )
        return event

    def _now(self) -> datetime:
        return self._clock().astimezone(self.office.zone)

    def _moment(self, at: When) -> str:
        return working_date(at, self._now())

    def _recorded_at(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds")

    def _tell(self, kind: str, result: object) -> None:
        for listener in self._listeners.get(kind, ()):
            listener(result)


_TOLD: Final[Mapping[str, str]] = {ADVANCE: "advanced", CLOSE: "closed"}
"""What listeners are told of a move, by its name; of every other one that the case has moved."""


def _same_nik(tx: Transaction, nik: str) -> list[Sayable]:
    found = tx.open_cases_of(nik)
    if not found:
        return []
    return [Message("A client with the same NIK has an open case already: {numbers}.", numbers=found)]


def _name(who: Who | None) -> str | None:
    return who.name if isinstance(who, Staff) else who


def plain(data: object) -> object:
    """``data`` as JSON has it, for the commitment to a request: dates become text."""
    return json.loads(json.dumps(data, default=str))
