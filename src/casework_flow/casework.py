"""The front door: one object, one transaction for each verb.

Each verb reads the case, asks the engine, and writes one event with everything that it adds, or nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine as Database

from . import approving, cases, facts, issuing, moving, recording
from .cases import Engines, Loaded, Who, permit, permit_in
from .documents.identity import Identity
from .documents.render import Templates
from .engine import CaseState
from .errors import Invalid, NotFound, Problem, Refused, did_you_mean
from .loader import Library
from .messages import Message, Sayable
from .office import Office
from .resources import shipped
from .store.store import CLIENT, Addition, Store, Transaction, connect, new_id, state_of
from .values import ROLES, Approval, Case, Done, Event, Finding, Issued, Recorded, Staff, Status, parse_moment
from .workflow import ADVANCE, CLOSE, MOVE, Workflow, canonical

When = date | datetime | str | None

_CASE_NUMBER: Final = "case"


class Casework:
    """Casework in one database, for one office.

    Args:
        database: a SQLAlchemy URL, or an engine of the host's. An empty database gets its tables.
        office: the office's profile; without one, documents are written in the name of the agency "-".
        workflows: folders of workflow files, first the office's own; the shipped ones always come last.
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
        self.office = office or Office(agency="-")
        self.library = Library([*workflows, shipped("workflows")])
        self.templates = Templates([*templates, shipped("templates")])
        self._clock = clock
        self._store = Store(connect(database) if isinstance(database, str) else database)
        self._engines = Engines()
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}
        if not self._store.exists():
            self._store.create(self._recorded_at())

    @classmethod
    def in_project(cls, office: Office, database: str | None = None) -> Casework:
        """The casework of a project folder, with its own workflows and templates.

        Args:
            office: the profile read from the folder's ``casework.toml``.
            database: another database than the one that the profile names.
        """
        return cls(
            database or office.database_url,
            office=office,
            workflows=[office.folder / "workflows"],
            templates=[office.folder / "templates"],
        )

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
        problems = []
        if not name.strip() or any(c.isspace() for c in name):
            problems.append(Problem("name", Message("The short name is one word, such as rina.")))
        if not full_name.strip():
            problems.append(Problem("full_name", Message("The full name is missing.")))
        if role not in ROLES:
            problems.append(
                Problem("role", Message("{role} is no role; known are: {roles}.", role=role, roles=ROLES))
            )
        digits = "".join((nip or "").split())
        if nip and not (digits.isascii() and digits.isdigit() and len(digits) == 18):
            problems.append(Problem("nip", Message("A NIP has 18 digits.")))
        if supervisor == name:
            problems.append(Problem("supervisor", Message("Nobody supervises themselves.")))
        if problems:
            raise Invalid(Message("{name} cannot be added to the staff.", name=name or "-"), problems)
        with self._store.writing() as tx:
            if tx.staff(name):
                raise Refused(Message("There is a member of staff called {name} already.", name=name))
            if supervisor:
                cases.staff(tx, supervisor)
            row = {
                "name": name,
                "full_name": full_name.strip(),
                "role": role,
                "supervisor": supervisor,
                "nip": digits or None,
                "title": title,
            }
            adder = cases.staff(tx, by) if by else None
            tx.add_staff(
                row,
                on=self._today().isoformat(),
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
            row = self._record_row(kind.name, content, (1, 1), (1, 1), on, actor)
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
            scope = (loaded.state.cycle, loaded.state.episode)
            rows = [
                self._record_row(kind.name, content, pair, scope, on, actor)
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
            options = self._engines.of(loaded.workflow).options(loaded.state, loaded.views)
            return Status(self._case_of(loaded.state, today=loaded.today), options)

    def advance(
        self,
        number: str,
        *,
        by: Who,
        at: When = None,
        override: Sequence[str] = (),
        reason: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> Done:
        """Move a case forward to its next stage and issue the documents of the stage it leaves.

        Args:
            number: the case's number.
            by: the acting member of staff.
            at: the working date.
            override: professional guards to override; needs a role that may, and a ``reason``.
            reason: why.
            dry_run: decide and render everything, write nothing.
            key: an idempotency key.

        Raises:
            Refused: a requirement is not met; ``unmet`` lists them all.
            IncompleteDocument: a document lacks a value.
            Conflict: somebody else changed the case first.
        """
        return self._move(number, ADVANCE, by=by, at=at, override=override, reason=reason, dry_run=dry_run, key=key)

    def move(
        self,
        number: str,
        move: str,
        *,
        by: Who,
        reason: str,
        at: When = None,
        override: Sequence[str] = (),
        dry_run: bool = False,
        key: str | None = None,
    ) -> Done:
        """Make another move of the workflow than the forward one, with a reason. See ``advance``."""
        return self._move(number, move, by=by, at=at, override=override, reason=reason, dry_run=dry_run, key=key)

    def close(
        self,
        number: str,
        *,
        because: str,
        by: Who,
        at: When = None,
        override: Sequence[str] = (),
        reason: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> Done:
        """Close a case for a reason of its workflow, with that reason's own requirements. See ``advance``."""
        return self._move(
            number,
            CLOSE,
            because=because,
            by=by,
            at=at,
            override=override,
            reason=reason,
            dry_run=dry_run,
            key=key,
        )

    def _move(
        self,
        number: str,
        move: str,
        *,
        by: Who,
        at: When,
        override: Sequence[str],
        reason: str | None,
        dry_run: bool,
        key: str | None,
        because: str | None = None,
    ) -> Done:
        if override and not (reason or "").strip():
            problem = Problem("reason", Message("Overriding a guard needs a reason."))
            raise Invalid(Message("The reason is missing."), [problem])
        if override and not (reason or "").strip():
            problem = Problem("reason", Message("Overriding a guard needs a reason."))
            raise Invalid(Message("The reason is missing."), [problem])
        on = self._moment(at)
        refusal: Refused | None = None
        done: Done | None = None
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = [move, number, because, actor.name, on if at else None, sorted(override), reason]
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
            rows = tx.documents(case_id)
            found = [
                row
                for row in rows
                if row["name"] == name and item in (None, row["item"]) and version in (None, row["version"])
            ]
            if not found:
                issued = sorted({row["name"] for row in rows})
                hint: Sayable = Message("No document has been issued in this case yet.")
                if issued:
                    hint = did_you_mean(name, issued) or Message("Issued are: {names}.", names=issued)
                raise NotFound(
                    Message("Case {number} has no such document: {name}. {hint}", number=number, name=name, hint=hint)
                )
            row = found[-1]
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
            return tuple(verify(tx, self._rendered_digest))

    def _rendered_digest(self, tx: Transaction, row: Mapping[str, Any]) -> str:
        case = tx.case(tx.number_of(row["case_id"]))
        if case is None:
            return ""
        flow = self._engines.workflow(tx, case[1].workflow_digest)
        snapshot = json.loads(row["snapshot"])
        bundle = tx.template(row["template"]) or ""
        xml = issuing.to_xml(row["name"], snapshot, bundle, flow, tx.records(case[0]), case[1], None)
        return hashlib.sha256(xml.encode()).hexdigest()

    # inside

    def _load(self, tx: Transaction, number: str, on: str) -> Loaded:
        """The case, for a change on the working date ``on``, which never precedes what was done before."""
        loaded = cases.load(tx, number, on, self._engines, self.office.letter.language)
        last = loaded.state.last_on
        if _earlier(on, last):
            raise Refused(
                Message("The working date {on} lies before the last one of this case, {last}.", on=on, last=last)
            )
        return loaded

    def _case_of(self, state: CaseState, warnings: Sequence[Sayable] = (), today: date | None = None) -> Case:
        due = date.fromisoformat(state.due_on) if state.due_on else None
        return Case(
            number=state.number,
            workflow=state.workflow,
            workflow_version=state.workflow_version,
            stage=state.stage,
            status=state.status,
            cycle=state.cycle,
            episode=state.episode,
            client=state.client,
            worker=state.worker,
            opened_on=date.fromisoformat(state.opened_on[:10]),
            due_on=due,
            closed_on=date.fromisoformat(state.closed_on[:10]) if state.closed_on else None,
            because=state.because,
            overdue=state.status == "active" and due is not None and due < (today or self._today()),
            warnings=tuple(warnings),
        )

    def _record_row(
        self,
        kind: str,
        content: Mapping[str, Any],
        number: tuple[int, int],
        scope: tuple[int, int],
        on: str,
        actor: Staff,
    ) -> dict[str, Any]:
        return {
            "id": new_id(),
            "type": kind,
            "item": number[0],
            "revision": number[1],
            "cycle": scope[0],
            "episode": scope[1],
            "on": on,
            "recorded_at": self._recorded_at(),
            "by": actor.name,
            "content": canonical(content),
        }

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

    def _moment(self, at: When) -> str:
        now = self._clock().astimezone(self.office.zone)
        if at is None:
            return now.date().isoformat()
        try:
            on = parse_moment(at if isinstance(at, str) else at.isoformat())
        except ValueError:
            expected = Message("A date such as 2025-03-06 is expected, or a date and time: 2025-03-06T14:30.")
            raise Invalid(Message("{at} is no working date.", at=at), [Problem("at", expected)]) from None
        if _earlier(now.replace(tzinfo=None).isoformat(timespec="minutes"), on):
            late = Message("The working date is never in the future.")
            raise Invalid(Message("{at} is no working date.", at=at), [Problem("at", late)])
        return on

    def _today(self) -> date:
        return self._clock().astimezone(self.office.zone).date()

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


def _earlier(one: str, other: str) -> bool:
    """Whether a working date lies before another; a date without a time is the whole day."""
    shared = min(len(one), len(other))
    return one[:shared] < other[:shared]


def _name(who: Who | None) -> str | None:
    return who.name if isinstance(who, Staff) else who


def plain(data: object) -> object:
    """``data`` as JSON has it, for the commitment to a request: dates become text."""
    return json.loads(json.dumps(data, default=str))
