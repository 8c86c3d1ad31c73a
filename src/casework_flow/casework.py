"""The front door: one object, one transaction for each verb.

Each verb reads the case, asks the engine, and writes one event with everything that it adds, or nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine as Database

from . import facts, issuing
from .calendar import working_days_after
from .documents.identity import Identity
from .documents.render import IncompleteDocument, Templates
from .engine import CaseState, Engine, Option, Requirement
from .errors import Conflict, Invalid, NotFound, Problem, Refused, did_you_mean
from .loader import Library
from .messages import Message, Sayable
from .office import Office
from .records.types import RecordType
from .resources import shipped
from .store.store import CLIENT, Addition, Store, Transaction, connect, new_id, state_of
from .values import ROLES, Approval, Case, Done, Event, Finding, Issued, Recorded, Role, Staff, Status, parse_moment
from .workflow import ADVANCE, CLOSE, Workflow, canonical, from_data

Who = Staff | str
When = date | datetime | str | None

_CASE_KIND: Final = "case"


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
        self._engines: dict[str, Engine] = {}
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
            return self._staff(tx, name)

    def all_staff(self) -> tuple[Staff, ...]:
        """Everybody, by name."""
        with self._store.reading() as tx:
            return tuple(_staff_of(row) for row in tx.all_staff())

    def add_staff(
        self,
        name: str,
        *,
        full_name: str,
        role: str,
        supervisor: str | None = None,
        nip: str | None = None,
        title: str | None = None,
    ) -> Staff:
        """Add a member of staff.

        Args:
            name: the short name to act by (``--as``), unique in the office.
            full_name: the name on documents.
            role: one of ``ROLES``.
            supervisor: the short name of their supervisor.
            nip: the civil servant's number, 18 digits.
            title: the position, as letters give it.

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
                self._staff(tx, supervisor)
            row = {
                "name": name,
                "full_name": full_name.strip(),
                "role": role,
                "supervisor": supervisor,
                "nip": digits or None,
                "title": title,
            }
            tx.add_staff(row, on=self._today().isoformat(), at=self._recorded_at())
            return _staff_of(row)

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
            actor = self._staff(tx, by)
            request = ["open", workflow, _plain(client), _name(worker), actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return self._case(tx, done["body"]["number"])
            _permit(flow, actor, "open")
            responsible = self._staff(tx, worker) if worker else actor
            kind = facts.record_types(flow)[CLIENT]
            content, warnings = self._validated(kind, client, flow, on)
            if nik := content.get("nik"):
                warnings += self._same_nik(tx, nik)
            tx.keep_workflow(flow.digest, canonical(flow.data))
            year = int(on[:4])
            number = self.office.case_number.format(year=year, number=tx.next_number(_CASE_KIND, year))
            body = {
                "number": number,
                "workflow": flow.name,
                "workflow_version": flow.version,
                "workflow_digest": flow.digest,
                "worker": responsible.name,
                "to": flow.first,
                "due_on": self._due(flow, flow.first, on, {}),
            }
            row = self._record_row(kind.name, content, 1, 1, (1, 1), on, actor)
            addition = self._event("opened", on, actor, body, records=[row], key=key, request=request)
            _, state = tx.open(addition)
            case = self._case_of(state, warnings)
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
            actor = self._staff(tx, by)
            request = ["record", number, record, _plain(data), actor.name, on if at else None, revise, again]
            if done := self._repeated(tx, key, request):
                return self._recorded_result(done, number)
            loaded = self._load(tx, number, on)
            kinds = facts.record_types(loaded.workflow)
            kind = _record_type(kinds, record)
            self._permit_in(tx, loaded, actor, "record", kind.name)
            if loaded.state.status == "closed":
                raise Refused(Message("Case {number} is closed; nothing more can be recorded in it.", number=number))
            items = _items(kind, data)
            checked, warnings = self._checked(kind, items, loaded, on)
            existing = loaded.entries.get(kind.name, [])
            if not again:
                _refuse_same(kind, checked, loaded, self._source_rows(loaded, kind.name))
            numbers = _numbers(kind, checked, existing, loaded, revise)
            scope = (loaded.state.cycle, loaded.state.episode)
            rows = [
                self._record_row(kind.name, content, item, revision, scope, on, actor)
                for content, (item, revision) in zip(checked, numbers, strict=True)
            ]
            body = {"record": kind.name, "items": [list(pair) for pair in numbers]}
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
            loaded = self._load(tx, number, self._moment(at), reading=True)
            options = self._engine(loaded.workflow).options(loaded.state, loaded.views)
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
        on = self._moment(at)
        refusal: Refused | None = None
        result = None
        with self._store.writing() as tx:
            actor = self._staff(tx, by)
            request = [move, number, because, actor.name, on if at else None, sorted(override), reason]
            if done := self._repeated(tx, key, request):
                return self._move_result(tx, done, number)
            loaded = self._load(tx, number, on)
            self._permit_in(tx, loaded, actor, move)
            try:
                option = self._engine(loaded.workflow).decide(
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
                refusal = no
                self._ask_for_approval(tx, loaded, actor, no.unmet, because, on)
            else:
                result = self._carry_out(tx, loaded, actor, option, on, reason, dry_run, key, request)
        if refusal:
            raise refusal
        assert result is not None  # noqa: S101  # for the type checker: no refusal means a result
        if not dry_run:
            self._tell("closed" if move == CLOSE else "advanced" if move == ADVANCE else "moved", result)
        return result

    def _carry_out(
        self,
        tx: Transaction,
        loaded: issuing.Loaded,
        actor: Staff,
        option: Option,
        on: str,
        reason: str | None,
        dry_run: bool,
        key: str | None,
        request: object,
    ) -> Done:
        state, flow = loaded.state, loaded.workflow
        overridden = [r for r in option.requirements if r.overridden]
        lang = self.office.letter.language
        told = {
            "move": option.move,
            "because": option.because,
            "title": option.title.say(lang) if option.title else None,
            "from": flow.stages[state.stage].title.say(lang),
            "to": flow.stages[option.stage].title.say(lang),
            "reason": reason,
            "by": actor.as_data(),
            "overrides": [{"guard": r.guard, "message": r.message.say(lang), "reason": reason} for r in overridden],
        }
        rows, bundles = issuing.issue(
            loaded,
            option,
            office=self.office.as_data(),
            templates=self.templates,
            move=told,
            existing=tx.documents(loaded.case_id),
            lang=lang,
            on=on,
        )
        due = self._due(flow, option.stage, on, loaded.views) if option.status == "active" else None
        result = Done(
            case=state.number,
            move=option.move,
            source=state.stage,
            to=option.to,
            at=on,
            by=actor.name,
            documents=tuple(_issued(row) for row in rows),
            overrides=tuple(r.guard for r in overridden),
            because=option.because,
            dry_run=dry_run,
        )
        if dry_run:
            return result
        for digest, bundle in bundles.items():
            tx.keep_template(digest, bundle)
        body = {
            "move": option.move,
            "because": option.because,
            "from": state.stage,
            "to": option.stage,
            "status": option.status,
            "cycle": state.cycle + option.next_cycle,
            "episode": state.episode + option.next_episode,
            "due_on": due,
            "guards": [_guard_result(r) for r in option.requirements],
        }
        private = {"reason": reason} if reason else None
        addition = self._event("moved", on, actor, body, private=private, documents=rows, key=key, request=request)
        tx.append(loaded.case_id, state, addition)
        return result

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
            actor = self._staff(tx, by)
            request = ["judge", number, what, approved, note, actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return Approval(number, what, approved, done["on"], done["by"], note)
            loaded = self._load(tx, number, on)
            body = self._approvable(tx, loaded, actor, what)
            addition = self._event(
                "approved" if approved else "rejected",
                on,
                actor,
                body,
                private={"note": note} if note else None,
                key=key,
                request=request,
            )
            tx.append(loaded.case_id, loaded.state, addition)
            result = Approval(number, what, approved, on, actor.name, note)
        self._tell("approved" if approved else "rejected", result)
        return result

    def _approvable(self, tx: Transaction, loaded: issuing.Loaded, actor: Staff, what: str) -> dict[str, Any]:
        flow = loaded.workflow
        known = sorted({guard.approves for _, guard in flow.guards() if guard.approves})
        if what not in known:
            hint = did_you_mean(what, known) or Message("In this workflow these are approved: {names}.", names=known)
            raise Invalid(
                Message("Nobody approves {what} here.", what=what), [Problem(what, Message("{hint}", hint=hint))]
            )
        if loaded.state.status == "closed" and what in facts.record_types(flow):
            raise Refused(
                Message("Case {number} is closed; nothing more can be done in it.", number=loaded.state.number)
            )
        entry = (loaded.entries.get(what) or [None])[-1]
        asked = facts.open_request(tx.events(loaded.case_id), what)
        if what in facts.record_types(flow):
            if entry is None:
                raise Refused(Message("There is no {what} to approve: nothing is recorded yet.", what=what))
            authors = {row["by"] for row in loaded.rows if row["type"] == what and row["item"] == entry.item}
        else:
            if asked is None:
                raise Refused(Message("Nobody has asked for the approval of {what}.", what=what))
            authors = {asked.by}
        _permit(flow, actor, "approve", what)
        worker = self._staff(tx, loaded.state.worker)
        if any(self._same_person(tx, actor, author) for author in (*authors, worker.name)):
            raise Refused(Message("Nobody approves their own work; ask another supervisor or the head of office."))
        if not _oversees(flow, actor, worker):
            raise Refused(
                Message(
                    "{what} is approved by the supervisor of {worker} or by the head of office.",
                    what=what,
                    worker=worker.full_name,
                )
            )
        return {
            "what": what,
            "record": entry.id if entry and what in facts.record_types(flow) else None,
            "because": asked.because if asked else None,
        }

    def _same_person(self, tx: Transaction, one: Staff, other: str) -> bool:
        """Whether both names are one person's: two entries with one NIP are one person in two roles."""
        if one.name == other:
            return True
        row = tx.staff(other)
        return bool(row and one.nip and row["nip"] == one.nip)

    def _ask_for_approval(
        self,
        tx: Transaction,
        loaded: issuing.Loaded,
        actor: Staff,
        unmet: Sequence[Any],
        because: str | None,
        on: str,
    ) -> None:
        """Open a request for each approval that a refused move lacks, unless one is open already."""
        guards = {guard.name: guard for _, guard in loaded.workflow.guards()}
        state = loaded.state
        kinds = facts.record_types(loaded.workflow)
        for requirement in unmet:
            what = guards[requirement.guard].approves
            if what is None or (what in kinds and not loaded.entries.get(what)):
                continue
            asked = facts.open_request(tx.events(loaded.case_id), what)
            if asked and asked.because == because:
                continue
            body = {"what": what, "because": because}
            state = tx.append(loaded.case_id, state, self._event("approval_requested", on, actor, body))

    # reading

    def case(self, number: str) -> Case:
        """A case, by its number.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            return self._case(tx, number)

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
            case_id, _ = self._find(tx, number)
            return tuple(_issued(row) for row in tx.documents(case_id))

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
            case_id, state = self._find(tx, number)
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
            flow = self._workflow_of(tx, state)
            return issuing.open_document(
                row, tx.template(row["template"]) or "", flow, tx.records(case_id), state, identity
            )

    def history(self, number: str) -> tuple[Event, ...]:
        """The events of a case, the first one first."""
        with self._store.reading() as tx:
            case_id, _ = self._find(tx, number)
            return tuple(tx.events(case_id))

    def verify(self) -> tuple[Finding, ...]:
        """Everything in the database that is other than what the chains of events say; empty when all is well."""
        from .store.verify import verify  # as large as the front door, and needed by one verb

        with self._store.reading() as tx:
            return tuple(verify(tx, self._rendered_digest))

    def _rendered_digest(self, tx: Transaction, row: Mapping[str, Any]) -> str:
        case = tx.case(tx.number_of(row["case_id"]))
        if case is None:
            return ""
        flow = self._workflow_of(tx, case[1])
        snapshot = json.loads(row["snapshot"])
        bundle = tx.template(row["template"]) or ""
        xml = issuing.to_xml(row["name"], snapshot, bundle, flow, tx.records(case[0]), case[1], None)
        return hashlib.sha256(xml.encode()).hexdigest()

    # inside

    def _load(self, tx: Transaction, number: str, on: str, *, reading: bool = False) -> issuing.Loaded:
        case_id, state = self._find(tx, number)
        if not reading and _earlier(on, state.last_on):
            raise Refused(
                Message(
                    "The working date {on} lies before the last one of this case, {last}.", on=on, last=state.last_on
                )
            )
        flow = self._workflow_of(tx, state)
        kinds = facts.record_types(flow)
        rows = tx.records(case_id)
        entries = facts.entries(rows, state, kinds)
        approved = facts.approvals(tx.events(case_id), entries)
        worker = self._staff(tx, state.worker)
        supervisor = tx.staff(worker.supervisor) if worker.supervisor else None
        case = {
            "number": state.number,
            "workflow": flow.name,
            "title": flow.title.say(self.office.letter.language),
            "stage": state.stage,
            "status": state.status,
            "cycle": state.cycle,
            "episode": state.episode,
            "opened_on": state.opened_on,
            "stage_since": state.stage_since,
            "worker": _person(worker),
            "supervisor": _person(_staff_of(supervisor)) if supervisor else None,
            "extra_weeks": 0,
        }
        today = date.fromisoformat(on[:10])
        views = facts.views(flow, kinds, entries, case, approved, today)
        return issuing.Loaded(case_id, state, flow, rows, entries, approved, case, views, today)

    def _find(self, tx: Transaction, number: str) -> tuple[str, CaseState]:
        found = tx.case(number)
        if found is None:
            raise NotFound(Message("There is no case {number}.", number=number))
        return found

    def _case(self, tx: Transaction, number: str) -> Case:
        return self._case_of(self._find(tx, number)[1])

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

    def _staff(self, tx: Transaction, who: Who) -> Staff:
        name = who.name if isinstance(who, Staff) else who
        row = tx.staff(name)
        if row is None:
            hint = did_you_mean(name, [person["name"] for person in tx.all_staff()])
            raise NotFound(Message("There is no member of staff called {name}. {hint}", name=name, hint=hint or ""))
        return _staff_of(row)

    def _workflow_of(self, tx: Transaction, state: CaseState) -> Workflow:
        known = self._engines.get(state.workflow_digest)
        if known:
            return known.workflow
        return from_data(json.loads(tx.workflow(state.workflow_digest) or "{}"))

    def _engine(self, flow: Workflow) -> Engine:
        if flow.digest not in self._engines:
            self._engines[flow.digest] = Engine(flow)
        return self._engines[flow.digest]

    def _permit_in(self, tx: Transaction, loaded: issuing.Loaded, actor: Staff, act: str, what: str = "") -> None:
        _permit(loaded.workflow, actor, act, what)
        worker = self._staff(tx, loaded.state.worker)
        if actor.name != worker.name and not _oversees(loaded.workflow, actor, worker):
            raise Refused(
                Message(
                    "Case {number} is in the hands of {worker}; only they and their supervisors work in it.",
                    number=loaded.state.number,
                    worker=worker.full_name,
                )
            )

    def _validated(
        self, kind: RecordType, data: object, flow: Workflow, on: str
    ) -> tuple[dict[str, Any], list[Sayable]]:
        from .records.input import validate  # pydantic: only where something is recorded

        complete = [reason for reason, closure in flow.closures.items() if closure.complete]
        checked = validate(kind, data, today=date.fromisoformat(on[:10]), review_required_for=complete)
        return checked.content, list(checked.warnings)

    def _checked(
        self, kind: RecordType, items: Sequence[object], loaded: issuing.Loaded, on: str
    ) -> tuple[list[dict[str, Any]], list[Sayable]]:
        from .records.checks import check  # see _validated

        contents: list[dict[str, Any]] = []
        warnings: list[Sayable] = []
        problems: list[Problem] = []
        refusal: Sayable = Message("This record cannot be accepted ({record}).", record=kind.title)
        for place, item in enumerate(items):
            prefix = f"{place + 1}." if len(items) > 1 else ""
            try:
                content, said = self._validated(kind, item, loaded.workflow, on)
            except Invalid as fault:
                problems += [Problem(f"{prefix}{p.where}".rstrip("."), p.message) for p in fault.problems]
                continue
            found, more = check(kind.name, content, loaded.views)
            problems += [Problem(f"{prefix}{p.where}".rstrip("."), p.message) for p in found]
            contents.append(content)
            warnings += [*said, *more]
        if problems:
            raise Invalid(refusal, problems)
        return contents, warnings

    def _source_rows(self, loaded: issuing.Loaded, kind: str) -> Iterator[list[dict[str, Any]]]:
        """What each earlier recording of a type gave, in its order."""
        by_event: dict[int, list[dict[str, Any]]] = {}
        for row in loaded.rows:
            if row["type"] == kind and row["episode"] == loaded.state.episode:
                by_event.setdefault(row["seq"], []).append(row)
        for rows in by_event.values():
            yield [json.loads(row["content"]) for row in sorted(rows, key=lambda row: row["item"])]

    def _record_row(
        self,
        kind: str,
        content: Mapping[str, Any],
        item: int,
        revision: int,
        scope: tuple[int, int],
        on: str,
        actor: Staff,
    ) -> dict[str, Any]:
        return {
            "id": new_id(),
            "type": kind,
            "item": item,
            "revision": revision,
            "cycle": scope[0],
            "episode": scope[1],
            "on": on,
            "recorded_at": self._recorded_at(),
            "by": actor.name,
            "content": canonical(content),
        }

    def _event(self, kind: str, on: str, actor: Staff, body: dict[str, Any], **more: Any) -> Addition:
        return Addition(kind, on, self._recorded_at(), actor.name, actor.role, body, **more)

    def _due(self, flow: Workflow, stage: str, on: str, views: Mapping[str, object]) -> str | None:
        wanted = flow.stages[stage]
        if wanted.until is not None:
            until = wanted.until.value(views)
            return until.isoformat() if isinstance(until, date) else until if isinstance(until, str) else None
        if wanted.days is None:
            return None
        start = date.fromisoformat(on[:10])
        return working_days_after(start, wanted.days, self.office.closed_on()).isoformat()

    def _same_nik(self, tx: Transaction, nik: str) -> list[Sayable]:
        found = [
            row["number"]
            for row in tx.cases()
            if row["status"] != "closed" and any(c.get("nik") == nik for c in _clients(tx, row["id"]))
        ]
        message = Message("A client with the same NIK has an open case already: {numbers}.", numbers=found)
        return [message] if found else []

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

    def _recorded_result(self, event: Mapping[str, Any], number: str) -> Recorded:
        body = event["body"]
        return Recorded(number, body["record"], tuple((i, r) for i, r in body["items"]), event["on"], event["by"])

    def _move_result(self, tx: Transaction, event: Mapping[str, Any], number: str) -> Done:
        body = event["body"]
        rows = [row for row in tx.documents(event["stream"]) if row["seq"] == event["seq"]]
        return Done(
            case=number,
            move=body["move"],
            source=body["from"],
            to="closed" if body["status"] == "closed" else body["to"],
            at=event["on"],
            by=event["by"],
            documents=tuple(_issued(row) for row in rows),
            overrides=tuple(g["guard"] for g in body["guards"] if g["overridden"]),
            because=body["because"],
        )

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
