"""Reading and writing inside one transaction: the verbs of the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ..engine import CaseState, evolve
from ..errors import Conflict
from ..messages import Message
from ..occasions import occasion
from ..workflow import canonical
from . import chain
from . import sqlite as sql
from .faults import Busy, fault
from .ids import new_id
from .text import Database, Statement

CLIENT: Final = "client"
"""The record that every case begins with."""

CASE_NUMBERS: Final = "case"
"""The counter that numbers the cases of a year."""

LETTER_NUMBERS: Final = "letter"
"""The counter of the letter numbers that were drawn in a year."""

STATE: Final[tuple[str, ...]] = CaseState.__slots__
"""The columns of a case's row that its events give."""

IMPORTED: Final = "imported"
"""The kind of the office's event that tells of cases which came in a file."""

_PAGE: Final = 200
"""Cases that are held in memory at once by whoever goes through all of them."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addition:
    """What one event adds to a case: its own words, and rows of records and documents."""

    kind: str
    on: str
    at: str
    by: str
    role: str
    body: dict[str, Any]
    private: Mapping[str, Any] | None = None
    records: Sequence[dict[str, Any]] = ()
    documents: Sequence[dict[str, Any]] = ()
    key: str | None = None
    request: object = None


class Transaction:
    """The verbs of the store inside one transaction, for one office."""

    def __init__(self, connection: Any, database: Database, office_id: str, *, writes: bool) -> None:
        self.connection = connection
        """The driver's, or the one that SQLAlchemy's pool has put around it."""
        self.database = database
        self.office_id = office_id
        self._writes = writes
        self._people: dict[str, Row | None] = {}
        self._case = sql.CASE_LOCKED if writes else sql.CASE
        self._cursor = connection.cursor()
        self._fault = database.error

    def _run(self, statement: Statement, given: Mapping[str, Any]) -> tuple[str, ...]:
        text = statement.on(self.database)
        try:
            self._cursor.execute(text.sql, text.values(given))
        except self._fault as error:
            raise fault(error) from error
        return text.columns

    def _all(self, statement: Statement, **values: Any) -> list[Row]:
        columns = self._run(statement, {"office": self.office_id, **values})
        try:
            return [dict(zip(columns, row, strict=True)) for row in self._cursor.fetchall()]
        except self._fault as error:
            raise fault(error) from error

    def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """What a statement of one of the store's other modules finds."""
        return self._all(statement, **values)

    def _one(self, statement: Statement, **values: Any) -> Row | None:
        found = self._all(statement, **values)
        return found[0] if found else None

    def change(self, statement: Statement, **values: Any) -> int:
        """Run a statement that changes rows; how many it changed."""
        self._run(statement, {"office": self.office_id, **values})
        return int(self._cursor.rowcount)

    def insert(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Add rows of this office to a table."""
        text = sql.INSERT[table].on(self.database)
        values = [text.values({"office_id": self.office_id, **row}) for row in rows]
        try:
            if len(values) == 1:
                self._cursor.execute(text.sql, values[0])
            elif values:
                self._cursor.executemany(text.sql, values)
        except self._fault as error:
            raise fault(error) from error

    def end(self) -> None:
        """Nothing is read any more: whoever still holds this, or part of it, keeps no statement open."""
        self._cursor.close()

    # staff

    def staff(self, name: str) -> Row | None:
        """The member of staff called ``name``."""
        if name not in self._people:
            self._people[name] = self._one(sql.STAFF, called=name)
        return self._people[name]

    def all_staff(self) -> list[Row]:
        """Everybody, by name."""
        return self._all(sql.ALL_STAFF)

    def keep_staff(
        self,
        row: Mapping[str, Any],
        *,
        on: str,
        at: str,
        by: str,
        role: str,
        key: str | None = None,
        request: object = None,
    ) -> None:
        """Add a member of staff, or change one, with an event in the office's own chain that says who did so."""
        salted = {**row, "salt": chain.new_salt()}
        if self.staff(row["name"]) is None:
            kind = "staff_added"
            self.insert("staff", salted)
        else:
            kind = "staff_changed"
            values = {f"new_{column}": value for column, value in salted.items() if column != "name"}
            self.change(sql.STAFF_CHANGED, called=row["name"], **values)
        self._people.pop(row["name"], None)
        body = {"name": row["name"], "digest": chain.commit_row(salted, chain.STAFF_COLUMNS)}
        self.tell_office(Addition(kind, on, at, by=by, role=role, body=body, key=key, request=request))

    # files that cases live by

    def keep_workflow(self, digest: str, data: str) -> None:
        """Store a workflow whole, once."""
        if self._one(sql.WORKFLOW, of=digest) is None:
            self.insert("workflows", {"digest": digest, "data": data})

    def workflow(self, digest: str) -> str | None:
        """The data of a stored workflow, as JSON."""
        found = self._one(sql.WORKFLOW, of=digest)
        return found["data"] if found else None

    def workflow_digests(self) -> list[str]:
        """The digests of all stored workflows."""
        return [row["digest"] for row in self._all(sql.WORKFLOW_DIGESTS)]

    def keep_template(self, digest: str, source: str) -> None:
        """Store a template's text, once."""
        if self._one(sql.TEMPLATE, of=digest) is None:
            self.insert("templates", {"digest": digest, "source": source})

    def template(self, digest: str) -> str | None:
        """The text of a stored template."""
        found = self._one(sql.TEMPLATE, of=digest)
        return found["source"] if found else None

    # cases

    def case(self, number: str) -> tuple[str, CaseState] | None:
        """A case's id and state, by its number; nobody else changes it while this transaction writes."""
        row = self._one(self._case, number=number)
        return (row.pop("id"), CaseState(**row)) if row else None

    def cases(
        self, wanted: Mapping[str, Any] | None = None, limit: int | None = None, after: str | None = None
    ) -> list[Row]:
        """The cases whose columns are as ``wanted``, by number: at most ``limit``, and those ``after`` a number."""
        more = {**({} if limit is None else {"most": limit}), **({} if after is None else {"after": after})}
        return self._all(sql.cases_where((*(wanted or {}), *more)), **(wanted or {}), **more)

    def next_due(self, worker: str | None, limit: int, after: str | None) -> list[Row]:
        """The open cases with a day on which they are due, by that day; those after the case of that number."""
        given: dict[str, Any] = {"most": limit}
        if worker is not None:
            given["worker"] = worker
        if after is not None:
            found = self._one(sql.DUE_OF, number=after) or {"due_on": None, "id": None}
            given |= {"after_due": found["due_on"], "after_id": found["id"]}
        return self._all(sql.due_where(tuple(given)), **given)

    def next_number(self, kind: str, year: int) -> int:
        """The next number of ``kind`` in ``year``, from 1, without gaps: it is taken only if this commits."""
        found = self._one(sql.COUNT, of=kind, in_year=year)
        if found is None:
            self.insert("counters", {"kind": kind, "year": year, "value": 1})
            return 1
        return int(found["value"])

    def open(self, addition: Addition) -> tuple[str, CaseState]:
        """A new case, from its first event."""
        case_id = new_id()
        row, state = self._prepare(case_id, None, addition)
        self._insert_event(row, addition)
        self.insert("cases", {"id": case_id, **{name: getattr(state, name) for name in STATE}})
        self._write(addition)
        return case_id, state

    def append(self, case_id: str, state: CaseState, addition: Addition) -> CaseState:
        """Add an event and its rows to a case.

        Raises:
            Conflict: the case is no longer at ``state.version``.
        """
        row, after = self._prepare(case_id, state, addition)
        changed = _changed(state, after)
        values = {f"new_{name}": getattr(after, name) for name in changed}
        first = Message("Somebody else changed case {number} first; read it again.", number=state.number)
        try:
            self._insert_event(row, addition)  # before the case: a trigger lets it be only where its history says
        except Busy as taken:
            raise Busy(first) from taken
        if self.change(sql.moved(changed), case=case_id, seen=state.version, **values) != 1:
            raise Conflict(first)
        self._write(addition)
        return after

    def _prepare(self, case_id: str, state: CaseState | None, addition: Addition) -> tuple[dict[str, Any], CaseState]:
        seq = (state.version if state else 0) + 1
        for kind, rows, columns in (
            ("records", addition.records, chain.RECORD_COLUMNS),
            ("documents", addition.documents, chain.DOCUMENT_COLUMNS),
        ):
            for added in rows:
                added.update(case_id=case_id, seq=seq, salt=chain.new_salt())
                added["digest"] = chain.commit_row(added, columns)
            if rows:
                addition.body[kind] = [{"id": added["id"], "digest": added["digest"]} for added in rows]
        row = self._event_row(case_id, seq - 1, state.head if state else "", addition)
        return row, evolve(state, {**row, "body": addition.body, "client": client_name(addition.records)})

    def _write(self, addition: Addition) -> None:
        self.insert("records", *addition.records)
        self.insert("documents", *addition.documents)

    def tell_office(self, addition: Addition) -> None:
        """Add an event to the office's own chain, of what concerns no single case."""
        head = self._one(sql.HEAD, of=self.office_id) or {"seq": 0, "hash": ""}
        self.insert("events", self._event_row(self.office_id, head["seq"], head["hash"], addition))

    def _insert_event(self, row: Row, addition: Addition) -> None:
        """Write an event of a case, and with it one delivery for each subscription that wants it."""
        self._run(sql.EVENT, {"office": self.office_id, **row})
        if self._cursor.fetchone()[0]:  # told by the same statement: to ask costs the others nothing
            named = f'%"{occasion(addition.kind, addition.body)}"%'
            self.change(sql.QUEUE, of=row["stream"], place=row["seq"], now=row["at"], named=named)

    def _event_row(self, stream: str, seq: int, head: str, addition: Addition) -> dict[str, Any]:
        salt = chain.new_salt()
        row = {
            "office_id": self.office_id,
            "stream": stream,
            "seq": seq + 1,
            "kind": addition.kind,
            "on": addition.on,
            "at": addition.at,
            "by": addition.by,
            "role": addition.role,
            "key": addition.key,
            "request": chain.commit(salt, addition.request) if addition.key else None,
            "body": canonical(addition.body),
            "private": canonical(addition.private) if addition.private else None,
            "salt": salt,
            "prev": head,
        }
        row["commitment"] = chain.commit(salt, row["private"])
        row["hash"] = chain.event_hash(row)
        return row

    # cases that come from another database

    def take_in(self, case: Row, events: Sequence[Row], records: Sequence[Row], documents: Sequence[Row]) -> None:
        """Store a case with all that it holds as it is; every row as its table has it, without the office's id."""
        self.insert("events", *events)
        self.insert("cases", case)
        self.insert("records", *records)
        self.insert("documents", *documents)

    def raise_number(self, kind: str, year: int, least: int) -> int:
        """Let the numbers of ``kind`` in ``year`` go on after ``least``; by how much the counter was raised."""
        before = next((r["value"] for r in self.counters() if (r["kind"], r["year"]) == (kind, year)), None)
        if before is None:
            self.insert("counters", {"kind": kind, "year": year, "value": least})
        elif before < least:
            self.change(sql.COUNT_FROM, of=kind, in_year=year, least=least)
        return max(least - (before or 0), 0)

    # what a case holds

    def records(self, case_id: str) -> list[Row]:
        """Every revision of every record of a case, in the order in which they were made."""
        return self._all(sql.RECORDS, case=case_id)

    def documents(self, case_id: str) -> list[Row]:
        """Every version of every document issued in a case, in the order in which they were issued."""
        return self._all(sql.DOCUMENTS, case=case_id)

    def events(self, stream: str) -> list[dict[str, Any]]:
        """A chain, with body and private part as data."""
        return [event_of(row) for row in self._all(sql.EVENTS, of=stream)]

    def told(self, stream: str) -> list[dict[str, Any]]:
        """What the events of a chain tell, without what proves it; none of those that only add records.

        Their bodies are shared with others who read the same ones, and are not to be changed.
        """
        return [event_of(row, _body) for row in self._all(sql.TOLD, of=stream)]

    def raw_events(self, stream: str) -> list[Row]:
        """A chain as it is stored."""
        return self._all(sql.EVENTS, of=stream)

    def issued(self, digest: str) -> list[Row]:
        """The documents whose digest begins with these hexadecimal digits."""
        return self._all(sql.ISSUED, start=f"{digest}%")

    def numbered(self, number: str) -> list[Row]:
        """The documents that bear a letter number, in whatever year."""
        return self._all(sql.NUMBERED, given=number)

    def registrations(self) -> list[Row]:
        """Every event by which a document got its letter number, as it is stored, the first one first."""
        return self._all(sql.REGISTRATIONS)

    def register(self, document: str, number: str) -> None:
        """Give the document with that id its letter number; the event beside it must say so."""
        self.change(sql.REGISTER, of=document, given=number)

    # the whole office

    def version(self) -> str | None:
        """The revision of the schema, as the database tells it."""
        found = self._all(sql.SCHEMA)
        return str(found[0]["version_num"]) if found else None

    def office(self) -> str | None:
        """The office's id, if there is an office."""
        found = self._all(sql.OFFICE)
        return str(found[0]["office_id"]) if found else None

    def found_office(self, at: str) -> None:
        """Make this database an office's; ``at`` is the clock."""
        self.insert("offices", {"office_id": new_id(), "created_at": at})

    @contextmanager
    def reading_damaged(self) -> Iterator[None]:
        """Text that is no UTF-8 is read with a replacement character for each wrong byte, so that it is told of."""
        if self.database.name != "sqlite":
            yield  # the others take no such text in
            return
        driver: Any = getattr(self.connection, "driver_connection", self.connection)
        driver.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            yield
        finally:
            driver.text_factory = str

    def each_case(self) -> Iterator[Row]:
        """Every case, in the order of opening; few are held in memory at once, however many there are."""
        return self._stream("each_case", sql.EACH_CASE)

    def each_move(self) -> Iterator[Row]:
        """Every event that opened, moved or closed a case, case by case in the order of ``each_case``."""
        for row in self._stream("each_move", sql.EACH_MOVE):
            yield {**row, "body": json.loads(row["body"])}

    def each_record(self, types: Sequence[str]) -> Iterator[Row]:
        """Every revision of the records of these types, case by case in the order of ``each_case``."""
        return self._stream(
            "each_record", sql.records_of(len(types)), **{f"kind_{n}": t for n, t in enumerate(types)}
        )

    def _stream(self, name: str, statement: Statement, **values: Any) -> Iterator[Row]:
        """The rows of a statement, a page at a time: ``name`` is that of the server's cursor, where it has one."""
        kept = {"name": name} if self.database.name == "postgresql" else {}
        cursor = self.connection.cursor(**kept)
        text = statement.on(self.database)
        try:
            cursor.execute(text.sql, text.values({"office": self.office_id, **values}))
            while rows := cursor.fetchmany(_PAGE):
                for row in rows:
                    yield dict(zip(text.columns, row, strict=True))
        except self._fault as error:
            raise fault(error) from error
        finally:
            cursor.close()

    def lost_streams(self) -> list[str]:
        """The streams of cases that are not there."""
        return [str(row["stream"]) for row in self._all(sql.LOST_STREAMS)]

    def heads(self) -> Iterator[tuple[str, tuple[int, str]]]:
        """The chains: the stream of each, how many events it has, and the digest of the last one."""
        for row in self._all(sql.HEADS):
            yield str(row["stream"]), (row["seq"], row["hash"])

    def event_hash(self, stream: str, seq: int) -> str | None:
        """The digest of an event, if there is one."""
        found = self._one(sql.EVENT_HASH, of=stream, place=seq)
        return found["hash"] if found else None

    def rewrite(self, case_id: str, state: CaseState) -> None:
        """Write a case's row anew, whatever it says now."""
        self.change(sql.REWRITE, case=case_id, **{f"new_{name}": getattr(state, name) for name in STATE})

    def restore_case(self, case_id: str, state: CaseState) -> None:
        """Put back the row of a case of which there is a history."""
        self.insert("cases", {"id": case_id, **{name: getattr(state, name) for name in STATE}})

    def counters(self) -> list[Row]:
        """The counters of numbers that were given."""
        return self._all(sql.COUNTERS)

    def keyed(self, key: str, request: object) -> tuple[dict[str, Any], bool] | None:
        """The event written under an idempotency key, and whether it was for this very request."""
        if self._writes and self.database.name == "postgresql":
            self._all(sql.KEY_LOCK, given=key)  # of two retries at once one waits here, and then finds the event
        row = self._one(sql.KEYED, given=key)
        if row is None:
            return None
        return event_of(row), chain.commit(row["salt"], request) == row["request"]

    def open_cases_of(self, nik: str) -> list[str]:
        """The numbers of the open cases whose client has that NIK."""
        return [row["number"] for row in self._all(sql.OPEN_OF, nik=nik)]

    def number_of(self, case_id: str) -> str:
        """The number of the case with that id."""
        found = self._one(sql.NUMBER_OF, case=case_id)
        return str(found["number"]) if found else ""


@lru_cache(maxsize=1024)
def _body(text: str) -> Any:
    """The body of an event: events are never changed, and those of a case are read again at each of its moves."""
    return json.loads(text)


def _changed(before: CaseState, after: CaseState) -> tuple[str, ...]:
    """The columns of a case's row to write: every one that changed, and those that change together with it."""
    always, *others = sql.TOGETHER
    also = (names for names in others if any(getattr(after, name) != getattr(before, name) for name in names))
    return sum(also, always)


def state_of(row: Mapping[str, Any]) -> CaseState:
    """The state that a case's row holds."""
    return CaseState(**{name: row[name] for name in STATE})


def event_of(row: Row, read: Callable[[str], Any] = json.loads) -> Row:
    """An event's row with its JSON read."""
    private = json.loads(row["private"]) if row["private"] else {}
    return {**row, "body": read(row["body"]), "private": private}


def client_name(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The client's name, if a client record is among the rows of an event."""
    named = [json.loads(row["content"]).get("name") for row in rows if row["type"] == CLIENT]
    return named[-1] if named else None
