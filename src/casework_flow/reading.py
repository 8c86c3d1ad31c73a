"""What can be read of the cases: where each stands, what happened in it, what it issued."""

from __future__ import annotations

import json
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cases, extending, facts, recording
from . import office as offices
from .calendar import working_days_between
from .cases import Engines
from .engine import CaseState, Option
from .errors import CaseworkError, Lack, NotPermitted
from .messages import Message, Sayable
from .moments import When, working_date
from .office import Office
from .reminders import reminders
from .resources import shipped
from .store.database import Store
from .store.store import Transaction
from .values import Case, Event, Finding, Override, Rejected, Revision, Staff, Status
from .workflow import ADVANCE, AUDIT, READ, Workflow

if TYPE_CHECKING:  # each costs more than a verb that does without it (ADR 8)
    from sqlalchemy import Engine as Database

    from .documents.render import Templates
    from .extensions import Extension
    from .loader import Library


class Reading:
    """The cases of one office in one database, to be read.

    Args:
        database: a SQLAlchemy URL, or an engine of the host's. An empty database gets its tables.
        office: the office's profile; without one, that of the ``casework.toml`` beside the SQLite file or in the
            working directory, else one for an agency called "-".
        workflows: folders of workflow files that come before the project's own and the shipped ones.
        templates: folders of document templates, likewise.
        clock: gives the present moment with its time zone; for tests.
        extensions: what the host adds, see ``Extension``.
        installed_extensions: whether the extensions of installed packages are used as well: those that an entry
            point of the group ``casework_flow.extensions`` names.

    Raises:
        ExtensionFault: an extension cannot be used; everything that is wrong with it is named.
    """

    def __init__(
        self,
        database: str | Database,
        *,
        office: Office | None = None,
        workflows: Sequence[Path] = (),
        templates: Sequence[Path] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        extensions: Sequence[Extension] = (),
        installed_extensions: bool = True,
    ) -> None:
        self.added = extending.added(extensions, installed=installed_extensions)
        self.office = office or offices.beside(database if isinstance(database, str) else str(database.url))
        own = [self.office.folder] if self.office.folder else []
        self._workflows = [*workflows, *(folder / "workflows" for folder in own), shipped("workflows")]
        self._templates = [*templates, *(folder / "templates" for folder in own), shipped("templates")]
        self._clock = clock
        self._store = Store(database)
        self._closing = weakref.finalize(self, self._store.close)
        self._engines = Engines(self.added)
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}
        self._store.prepare(self._recorded_at())

    @cached_property
    def library(self) -> Library:
        """The workflows that cases can be opened in."""
        from .loader import Library  # YAML

        return Library(self._workflows, self.added)

    @cached_property
    def templates(self) -> Templates:
        """The templates of the documents."""
        from .documents.render import Templates  # Jinja2

        return Templates(self._templates)

    def disconnect(self) -> None:
        """Close the connections that were opened for this object; an engine of the host's is left alone."""
        self._closing()

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

    def status(self, number: str, *, at: When = None) -> Status:
        """Where a case stands, and for each possible move every requirement, met or not.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            on = self._moment(at)
            loaded = cases.load(tx, number, on, self._engines, self.office.letter.language)
            options = self._engines.of(loaded.workflow).options(loaded.state, loaded.views, loaded.standing)
            lacking, warned = self._lacking(tx, loaded, options, on)
            case = self._case_of(loaded.state, today=loaded.today)
            rest = loaded.pauses[-1] if loaded.state.status == "paused" and loaded.pauses else None
            return Status(
                case,
                options,
                (*extending.unknown(loaded), *reminders(loaded), *warned),
                days_left=self._left(loaded.today, case.due_on) if case.due_on and case.status == "active" else None,
                paused_since=date.fromisoformat(rest.since) if rest else None,
                expected=date.fromisoformat(rest.expected) if rest and rest.expected else None,
                overrides=tuple(
                    Override(move, guard, date.fromisoformat(given["until"]), given["by"], given["reason"])
                    for (stage, move, guard), given in loaded.standing.items()
                    if stage == loaded.state.stage
                ),
                rejected=tuple(
                    Rejected(
                        no["body"]["what"], no["by"], date.fromisoformat(no["on"][:10]), no["private"].get("note")
                    )
                    for no in facts.rejections(loaded.events, loaded.entries)
                ),
                lacking=lacking,
            )

    def _left(self, today: date, due: date) -> int:
        """The working days that are left; what was due on a day that is over is late, whatever day it was."""
        left = working_days_between(today, due, self.office.closed_on())
        return min(left, -1) if due < today else left

    def _lacking(
        self, tx: Transaction, loaded: cases.Loaded, options: Sequence[Option], on: str
    ) -> tuple[tuple[Lack, ...], tuple[Sayable, ...]]:
        """What the documents lack of the move that lies ahead, when nothing else stands in its way; and in words."""
        number = loaded.state.number
        reason = loaded.views["termination"].get("reason")  # type: ignore[attr-defined]  # every case has this view
        ahead = next(
            (o for o in options if o.allowed and (o.move == ADVANCE or (reason and o.because == reason))), None
        )
        if ahead is None:
            return (), ()
        from . import moving  # whatever writes documents: loaded where one could be written
        from .documents.render import IncompleteDocument

        try:
            moving.make(
                loaded,
                ahead,
                actor=loaded.worker,
                on=on,
                reason=None,
                until=None,
                overrides=(),
                office=self.office,
                templates=self.templates,
                issued=lambda: tx.documents(loaded.case_id),
            )
        except IncompleteDocument as fault:
            words = f"advance {number}" if ahead.move == ADVANCE else f"close {number} --because {ahead.because}"
            counted = Counter(lack.document for lack in fault.problems)
            return fault.problems, tuple(
                Message(
                    "The document {document} still needs {count} values: {command} lists them.",
                    document=document,
                    count=count,
                    command=f"casework {words} --dry-run",
                )
                for document, count in counted.items()
            )
        except CaseworkError as fault:  # a template or a letterhead that cannot be used
            return (), (fault.message,)
        return (), ()

    def case(self, number: str) -> Case:
        """A case, by its number.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            return self._case_of(cases.find(tx, number)[1])

    def history(self, number: str, *, by: cases.Who | None = None) -> tuple[Event, ...]:
        """The events of a case, the first one first.

        Args:
            number: the case's number.
            by: who reads: whoever may not read the case, but audits, gets its log without what is told of people.
                None: whoever has the database.

        Raises:
            NotFound: there is no such case or member of staff.
            NotPermitted: ``by`` may neither read the case nor audit it.
        """
        with self._store.reading() as tx:
            case_id, state = cases.find(tx, number)
            events = tuple(tx.events(case_id))
            if by is None:
                return events
            flow, actor = self._engines.workflow(tx, state.workflow_digest), cases.staff(tx, by)
            try:
                cases.permit_at(flow, number, cases.staff(tx, state.worker), actor, READ)
            except NotPermitted:
                if not flow.may(actor.role, AUDIT):
                    raise
                return tuple(_log(event) for event in events)
            return events

    def records(
        self, number: str, record: str | None = None, *, revisions: bool = False, by: cases.Who | None = None
    ) -> tuple[Revision, ...]:
        """What is recorded in a case, in the order of its record types.

        Args:
            number: the case's number.
            record: only this type of record.
            revisions: every revision that was ever made; without it, the present ones.
            by: who reads: it must be their case or that of somebody they supervise, and where no type is named
                they get those that their role may read. None: whoever has the database.

        Raises:
            NotFound: there is no such case, record type or member of staff.
            Refused: ``by`` may not read this.
        """
        with self._store.reading() as tx:
            loaded = cases.load(tx, number, self._moment(None), self._engines, self.office.letter.language)
            kinds = [recording.record_type(loaded.kinds, record)] if record else [*loaded.kinds.values()]
            if by is not None:
                actor = cases.staff(tx, by)
                may = [kind for kind in kinds if loaded.workflow.may(actor.role, READ, kind.name)]
                cases.permit_in(loaded, actor, READ, (may or kinds)[0].name)
                kinds = may
            current = {entry.id for found in loaded.entries.values() for entry in found}
            rows = [row for row in loaded.rows if revisions or row["id"] in current]
            return tuple(
                Revision(
                    kind.name,
                    kind.title,
                    row["item"],
                    row["revision"],
                    row["id"] in current,
                    date.fromisoformat(row["on"][:10]),
                    row["by"],
                    json.loads(row["content"]),
                )
                for kind in kinds
                for row in sorted(rows, key=lambda row: (row["item"], row["revision"]))
                if row["type"] == kind.name
            )

    def workflow(self, number: str) -> Workflow:
        """The rules that a case lives by, in the version with which it was opened.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            return self._engines.workflow(tx, cases.find(tx, number)[1].workflow_digest)

    def verify(
        self,
        seal: Mapping[str, Any] | None = None,
        public_key: bytes | None = None,
        *,
        told: Callable[[], object] = lambda: None,
    ) -> tuple[Finding, ...]:
        """Everything in the database that is other than what the chains of events say; empty when all is well.

        Args:
            seal: what ``seal`` gave earlier; what has vanished since is found too.
            public_key: the Ed25519 key that the seal must be signed with, as PEM.
            told: is called after each case.

        Raises:
            Invalid: this is no seal or no key.
        """
        from . import issuing  # as large as the front door, and needed by one verb
        from .store.sealing import broken
        from .store.verify import verify

        engines = Engines(self.added)  # what was read before may be other than what is stored now
        with self._store.reading() as tx:
            found = [*broken(tx, seal, public_key)] if seal is not None else []
            return (*found, *verify(tx, lambda tx, row: issuing.rendered_digest(tx, row, engines), told))

    def seal(self, private_key: bytes | None = None) -> dict[str, Any]:
        """The heads of all chains of events, as data for JSON: kept elsewhere, it proves what was there.

        Args:
            private_key: an Ed25519 key as PEM to sign with.

        Raises:
            Invalid: this is no such key.
        """
        from .store.sealing import seal  # see verify

        with self._store.reading() as tx:
            return seal(tx, self._recorded_at(), private_key)

    def rebuild(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Write the row of each case anew from its history; the number of each that was wrong, and its columns.

        Raises:
            Refused: a history is broken itself; nothing is written.
        """
        from .store.rebuild import rebuild  # see verify

        with self._store.writing() as tx:
            return tuple(rebuild(tx))

    # inside

    def _case_of(self, state: CaseState, warnings: Sequence[Sayable] = (), today: date | None = None) -> Case:
        return cases.case_of(state, today or self._now().date(), warnings)

    def _now(self) -> datetime:
        return self._clock().astimezone(self.office.zone)

    def _moment(self, at: When) -> str:
        return working_date(at, self._now())

    def _recorded_at(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds")


def _log(event: Event) -> Event:
    """An event without free text about people, and without what a guard read in the records."""
    body = dict(event["body"])
    if guards := body.get("guards"):
        body["guards"] = [{**guard, "detail": None} for guard in guards]
    return {**event, "body": body, "private": {}}


def _day(on: str) -> date:
    return date.fromisoformat(on[:10])
