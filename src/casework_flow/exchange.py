"""Cases in and out: exports, event logs, and what comes from another database or from an office's tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from . import cases, facts, moving, recording, upgrading
from .cases import Who, permit
from .errors import Faulty, Problem
from .messages import Message, Sayable
from .moments import When
from .records.types import RECORD_TYPES
from .staffing import Staffing, checked
from .store.database import retried
from .store.store import CASE_NUMBERS, CLIENT, IMPORTED, Row, Transaction
from .values import Staff

if TYPE_CHECKING:  # pydantic and the readers of tables are loaded by the verbs below, not by every start
    from . import importing
    from .clienttable import Draft
    from .columns import Layout, TableMapping
    from .duplicates import Duplicate
    from .eventlog import Identity

Form = Literal["json", "csv", "xlsx", "xes", "ocel"]
FORMS: Final[tuple[Form, ...]] = ("json", "csv", "xlsx", "xes", "ocel")
MOST_BYTES: Final = 20_000_000
"""Largest table that is imported; JSON lines may be of any length."""


class Doubtful(Faulty):
    """Some of the clients may be here already. Look at each, then skip these rows, or open the cases all the same."""

    code = "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought in: the cases' numbers, the rows that were skipped, and what looks odd."""

    cases: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    warnings: tuple[Sayable, ...] = ()
    dry_run: bool = False

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "cases": list(self.cases),
            "skipped": list(self.skipped),
            "warnings": [warning.say(lang) for warning in self.warnings],
            **({"dry_run": True} if self.dry_run else {}),
        }


class _Given(Exception):
    """Carries what a dry run found out of the transaction that it gives up."""

    def __init__(self, found: Imported) -> None:
        self.found = found


def _silent() -> None:
    """Nobody wants to be told."""


class Exchange(Staffing):
    """The cases of one office in one database, with ways in and out."""

    def export(
        self,
        target: BinaryIO,
        *,
        form: Form = "json",
        numbers: Sequence[str] = (),
        workflow: str | None = None,
        table: str = "cases",
        identity: Identity = "pseudonym",
        everything: bool = False,
        lang: str | None = None,
        told: Callable[[], object] = _silent,
    ) -> None:
        """Write cases into ``target``; memory does not grow with their number.

        Args:
            target: a binary stream.
            form: ``json`` (JSON lines, whole), ``csv`` (one table), ``xlsx`` (every table), ``xes`` or ``ocel``.
            numbers: the cases; all of them where none is named.
            workflow: only the cases of this programme.
            table: for CSV, one of ``exporting.CSV_TABLES``.
            identity: whether an event log has names or pseudonyms; every other form has the names.
            everything: an event log tells of records and approvals too, not of moves only.
            lang: the language of headings and of choices in tables; the office's without one.
            told: is called after each case.

        Raises:
            NotFound: there is no such case.
        """
        from . import eventlog, exporting  # see above

        lang = lang or self.office.letter.language
        with self._store.reading() as tx, ExitStack() as opened:

            def rows() -> Iterator[Row]:
                return opened.enter_context(closing(exporting.chosen(tx, numbers, workflow)))

            if form == "csv":
                exporting.write_csv(tx, rows(), target, table, self._engines, lang, told)
            elif form == "xlsx":
                exporting.write_xlsx(tx, rows(), target, self._engines, lang, told)
            else:
                parts: Iterable[str]
                if form == "json":
                    at = self._recorded_at()
                    parts = exporting.lines(tx, rows(), agency=self.office.agency, at=at, told=told)
                else:
                    who, zone = eventlog.names(tx, identity), self.office.zone
                    if form == "xes":
                        parts = eventlog.xes(tx, rows(), who, zone, everything=everything, told=told)
                    else:
                        parts = eventlog.ocel(tx, rows, who, zone, everything=everything, told=told)
                for part in parts:
                    target.write(part.encode("utf-8", "surrogatepass" if form == "json" else "replace"))

    @retried
    def import_lines(
        self,
        file: BinaryIO,
        *,
        name: str,
        by: Who,
        dry_run: bool = False,
        at: When = None,
        key: str | None = None,
        told: Callable[[], object] = _silent,
    ) -> Imported:
        """Take in cases from an export of JSON lines, of this or another office: all of them, or none.

        Args:
            file: a binary stream that can be read twice.
            name: what it is called.
            by: the acting member of staff.
            dry_run: check everything, keep nothing.
            at: the working date.
            key: an idempotency key.
            told: is called after each case.

        Raises:
            Invalid: the file, or the history of a case in it, is not sound; nothing was imported.
            Refused: a case exists already, or ``by`` may not open cases of its workflow; nothing was imported.
        """
        from . import importing  # the tables themselves: SQLAlchemy, which no other verb on SQLite needs

        on = self._moment(at)
        digest = _digest(file)
        try:
            with self._store.writing() as tx:
                actor = cases.staff(tx, by)
                request = ["import", digest, actor.name, on if at else None]
                if self._repeated(tx, key, request):
                    return Imported(_brought_by(tx, digest))

                def tell(source: str, taken: importing.Taken, **last: Any) -> None:
                    raised = [[kind, year, count] for (kind, year), count in taken.raised.items()]
                    body = {"file": digest, "from": source, "cases": taken.cases, "raised": raised}
                    tx.tell_office(self._event(IMPORTED, on, actor, body, **last))

                reader = importing.Importer(
                    tx,
                    name,
                    office=self.office,
                    hire=lambda person: self._hire(tx, person, actor),
                    permit=lambda flow: permit(flow, actor, "open"),
                    added=self.added,
                    tell=tell,
                    told=told,
                )
                result = Imported(reader.read(file), dry_run=dry_run)
                if key:
                    tell(reader.source, importing.Taken(), key=key, request=request)
                if dry_run:
                    raise _Given(result)
        except _Given as given:
            return given.found
        self._tell("imported", result)
        return result

    def _hire(self, tx: Transaction, person: Mapping[str, Any], actor: Staff) -> None:
        row = checked(
            *(str(person.get(part) or "") for part in ("name", "full_name", "role")),
            *(str(value) if (value := person.get(part)) else None for part in ("supervisor", "nip", "title")),
        )
        if row["supervisor"]:
            cases.staff(tx, row["supervisor"])
        self._keep_staff(tx, row, actor, None, None)

    def table_layout(self, content: bytes, *, name: str, mapping: TableMapping | None = None) -> Layout:
        """The columns of an office's table of clients, and what each gives.

        Raises:
            Invalid: it is no table.
        """
        from . import columns  # see above
        from .tables import unreadable

        if len(content) > MOST_BYTES:
            most = MOST_BYTES // 1_000_000
            raise unreadable(name, Problem(name, Message("The file is larger than {most} MB.", most=most)))
        return columns.layout(content, name, mapping or columns.TableMapping())

    @retried
    def import_table(
        self,
        content: bytes,
        *,
        name: str,
        by: Who,
        workflow: str | None = None,
        mapping: TableMapping | None = None,
        duplicates: Literal["skip", "open"] | None = None,
        dry_run: bool = False,
        at: When = None,
        key: str | None = None,
        told: Callable[[], object] = _silent,
    ) -> Imported:
        """Begin a case for each row of an office's table (XLSX or CSV), where it stands: all of them, or none.

        A case that is imported so has no history here: its first event tells who brought it in, from which file and
        row, and that it stood where the office had it. Nothing is claimed of requirements that were met before.

        Args:
            content: the file.
            name: what it is called.
            by: the acting member of staff, who has the cases of rows that name nobody.
            workflow: the programme of rows that name none.
            mapping: what the office says of its columns and words.
            duplicates: what becomes of rows whose client may be here already; without it they are refused.
            dry_run: check everything, keep nothing.
            at: the working date.
            key: an idempotency key.
            told: is called after each case.

        Raises:
            Invalid: rows have faults; every one is named with its place and heading.
            Doubtful: clients may be here already, and nobody has said what becomes of them.
            Refused: ``by`` may not open cases of a workflow.
        """
        from . import clienttable  # see above
        from .columns import TableMapping
        from .duplicates import among

        on = self._moment(at)
        mapping = mapping or TableMapping()
        layout = self.table_layout(content, name=name, mapping=mapping)
        digest = hashlib.sha256(content).hexdigest()
        try:
            with self._store.writing() as tx:
                actor = cases.staff(tx, by)
                request = ["import", digest, workflow, duplicates, actor.name, on if at else None]
                if done := self._repeated(tx, key, request):
                    return Imported(tuple(done["body"]["numbers"]), tuple(done["private"].get("skipped", ())))
                known = clienttable.Known(
                    today=date.fromisoformat(on[:10]),
                    names=list(self.library.paths),
                    load=self.library.load,
                    workflow=workflow,
                    staff=[cases.staff_of(row) for row in tx.all_staff()],
                    worker=actor,
                    lang=self.office.letter.language,
                    mapping=mapping,
                )
                reading = clienttable.read(layout, known)
                drafts = reading.drafts
                for flow in reading.flows:
                    permit(flow, actor, "open")
                found = among(tx, reading.people)
                reading.refuse_faults([] if duplicates else [Problem(one.place, one.message) for one in found])
                for flow in reading.flows:
                    upgrading.adopt(tx, flow, self.templates)
                if found and duplicates is None:
                    raise _doubtful(name, found)
                skipped = {one.place for one in found} if duplicates == "skip" else set()
                warnings = [Message("{where}: {what}", where=d.place, what=w) for d in drafts for w in d.warnings]
                warnings += reading.remarks
                numbers = []
                for draft in drafts:
                    if draft.place not in skipped:
                        numbers.append(self._begin(tx, draft, actor, on, digest))
                        told()
                left_out = [draft.place for draft in drafts if draft.place in skipped]
                body = {"file": digest, "cases": [], "raised": [], "numbers": numbers}
                private = {"skipped": left_out} if left_out else None
                tx.tell_office(self._event(IMPORTED, on, actor, body, private=private, key=key, request=request))
                result = Imported(tuple(numbers), tuple(left_out), tuple(warnings), dry_run)
                if dry_run:
                    raise _Given(result)
        except _Given as given:
            return given.found
        self._tell("imported", result)
        return result

    def _begin(self, tx: Transaction, draft: Draft, actor: Staff, on: str, digest: str) -> str:
        """Write one case that begins where the office's table has it; its number."""
        flow, kind = draft.flow, RECORD_TYPES[CLIENT]
        year = int(draft.opened_on[:4])
        number = self.office.case_number.format(year=year, number=tx.next_number(CASE_NUMBERS, year))
        due = None
        if draft.status == "active":
            today = date.fromisoformat(on[:10])
            views = facts.views(flow, self._engines.kinds(flow), {}, {}, facts.Approvals(()), today)
            due = moving.due_on(flow, draft.stage, draft.stage_since, views, self.office)
        body = {
            "number": number,
            "workflow": flow.name,
            "workflow_version": flow.version,
            "workflow_digest": flow.digest,
            "worker": draft.worker.name,
            "to": draft.stage,
            "status": draft.status,
            "because": draft.because,
            "cycle": 1,
            "episode": 1,
            "due_on": due,
            "opened_on": draft.opened_on,
            "stage_since": draft.stage_since,
            "closed_on": draft.closed_on,
            "file": digest,
        }
        private = {"place": draft.place}  # the names of files and sheets may be those of people
        if draft.reference:
            private["reference"] = draft.reference
        row = recording.row(kind, draft.client, (1, 1), (1, 1), on, self._recorded_at(), actor)
        tx.open(self._event(IMPORTED, on, actor, body, private=private, records=[row]))
        return number


def _brought_by(tx: Transaction, digest: str) -> tuple[str, ...]:
    """The numbers of the cases that the file with that digest brought."""
    told = [e["body"] for e in tx.told(tx.office_id) if e["kind"] == IMPORTED and e["body"].get("file") == digest]
    return tuple(tx.number_of(case) for body in told for case, _ in body["cases"])


def _digest(file: BinaryIO) -> str:
    found = hashlib.sha256()
    while part := file.read(65_536):
        found.update(part)
    file.seek(0)
    return found.hexdigest()


def _doubtful(name: str, found: Sequence[Duplicate]) -> Doubtful:
    from .tables import MOST_PROBLEMS  # see above

    return Doubtful(
        Message(
            "Rows of {name} whose client may be here already: {count}. Look at them, then import with --duplicates "
            "skip (leave them out) or --duplicates open (open the cases all the same). Nothing was imported.",
            count=len({one.place for one in found}),
            name=name,
        ),
        [Problem(one.place, one.message) for one in found[:MOST_PROBLEMS]],
    )
