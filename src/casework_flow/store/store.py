"""Reading and writing inside one transaction: the verbs of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Dialect, select

from ..engine import CaseState, evolve
from ..errors import Conflict
from ..messages import Message
from ..workflow import canonical
from . import chain
from . import statements as sql
from .faults import fault
from .ids import new_id
from .schema import documents, metadata, offices, records
from .statements import STATE, Statement

CLIENT: Final = "client"
"""The record that every case begins with."""

CASE_NUMBERS: Final = "case"
"""The counter that numbers the cases of a year."""

LETTER_NUMBERS: Final = "letter"
"""The counter of the letter numbers that were drawn in a year."""

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

    def __init__(self, connection: Connection, office_id: str) -> None:
        self.connection = connection
        self.office_id = office_id

    def _all(self, statement: Any, **values: Any) -> list[Row]:
        found = self.connection.execute(statement, {"office": self.office_id, **values})
        return [dict(row) for row in found.mappings()]

    def _one(self, statement: Any, **values: Any) -> Row | None:
        found = self._all(statement, **values)
        return found[0] if found else None

    def _insert(self, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self.connection.execute(insert(table), [{"office_id": self.office_id, **row} for row in rows])

    # staff

    def staff(self, name: str) -> Row | None:
        """The member of staff called ``name``."""
        return self._one(_STAFF, called=name)

    def all_staff(self) -> list[Row]:
        """Everybody, by name."""
        return self._all(_ALL_STAFF)

    def add_staff(self, row: Mapping[str, Any], *, on: str, at: str, by: str, role: str) -> None:
        """Add a member of staff, with an event in the office's own chain that says who added them."""
        salted = {**row, "salt": chain.new_salt()}
        self._insert(staff, [salted])
        body = {"name": row["name"], "digest": chain.commit_row(salted, chain.STAFF_COLUMNS)}
        head = self._one(_HEAD, of=self.office_id)
        addition = Addition("staff_added", on, at, by=by, role=role, body=body)
        self._append(self.office_id, head["seq"] if head else 0, head["hash"] if head else "", addition)

    # files that cases live by

    def keep_workflow(self, digest: str, data: str) -> None:
        """Store a workflow whole, once."""
        if self._one(_WORKFLOW, of=digest) is None:
            self._insert(workflows, [{"digest": digest, "data": data}])

    def workflow(self, digest: str) -> str | None:
        """The data of a stored workflow, as JSON."""
        found = self._one(_WORKFLOW, of=digest)
        return found["data"] if found else None

    def keep_template(self, digest: str, source: str) -> None:
        """Store a template's text, once."""
        if self._one(_TEMPLATE, of=digest) is None:
            self._insert(templates, [{"digest": digest, "source": source}])

    def template(self, digest: str) -> str | None:
        """The text of a stored template."""
        found = self._one(_TEMPLATE, of=digest)
        return found["source"] if found else None

    # cases

    def case(self, number: str) -> tuple[str, CaseState] | None:
        """A case's id and state, by its number."""
        row = self._one(_CASE, number=number)
        return (row["id"], state_of(row)) if row else None

    def cases(self) -> list[Row]:
        """Every case, by number."""
        return self._all(select(cases).where(_office(cases)).order_by(cases.c.number))

    def next_number(self, kind: str, year: int) -> int:
        """The next number of ``kind`` in ``year``, from 1, without gaps: it is taken only if this commits."""
        found = self._one(_COUNT, of=kind, in_year=year)
        if found is None:
            self._insert(counters, [{"kind": kind, "year": year, "value": 1}])
            return 1
        value: int = found["value"] + 1
        self.connection.execute(_COUNTED, {"office": self.office_id, "of": kind, "in_year": year, "to": value})
        return value

    def open(self, addition: Addition) -> tuple[str, CaseState]:
        """A new case, from its first event."""
        case_id = new_id()
        row, state = self._prepare(case_id, None, addition)
        self._insert(cases, [{"id": case_id, **asdict(state)}])
        self._write(row, addition)
        return case_id, state

    def append(self, case_id: str, state: CaseState, addition: Addition) -> CaseState:
        """Add an event and its rows to a case.

        Raises:
            Conflict: the case is no longer at ``state.version``.
        """
        row, after = self._prepare(case_id, state, addition)
        values = {f"new_{name}": getattr(after, name) for name in _STATE}
        done = self.connection.execute(
            _MOVED, {"office": self.office_id, "case": case_id, "seen": state.version, **values}
        )
        if done.rowcount != 1:
            raise Conflict(Message("Somebody else changed case {number} first; read it again.", number=state.number))
        self._write(row, addition)
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

    def _write(self, row: dict[str, Any], addition: Addition) -> None:
        self._insert(events, [row])
        self._insert(records, addition.records)
        self._insert(documents, addition.documents)

    def _append(self, stream: str, seq: int, head: str, addition: Addition) -> None:
        self._insert(events, [self._event_row(stream, seq, head, addition)])

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

    # what a case holds

    def records(self, case_id: str) -> list[Row]:
        """Every revision of every record of a case, in the order in which they were made."""
        return self._all(_RECORDS, case=case_id)

    def documents(self, case_id: str) -> list[Row]:
        """Every version of every document issued in a case, in the order in which they were issued."""
        return self._all(_DOCUMENTS, case=case_id)

    def events(self, stream: str) -> list[dict[str, Any]]:
        """A chain, with body and private part as data."""
        return [event_of(row) for row in self._all(_EVENTS, of=stream)]

    def raw_events(self, stream: str) -> list[Row]:
        """A chain as it is stored."""
        return self._all(_EVENTS, of=stream)

    def numbered(self, number: str) -> list[Row]:
        """The documents that bear a letter number, in whatever year."""
        return self._all(_NUMBERED, given=number)

    def registrations(self) -> list[Row]:
        """Every event by which a document got its letter number, as it is stored, the first one first."""
        registered = select(events).where(_office(events), events.c.kind == "registered")
        return self._all(registered.order_by(events.c.at, events.c.stream, events.c.seq))

    def register(self, document: str, number: str) -> None:
        """Give the document with that id its letter number; the event beside it must say so."""
        self.connection.execute(_REGISTERED, {"office": self.office_id, "of": document, "given": number})

    # the whole office, for those who check it

    @contextmanager
    def reading_damaged(self) -> Iterator[None]:
        """Text that is no UTF-8 is read with a replacement character for each wrong byte, so that it is told of."""
        driver: Any = self.connection.connection.driver_connection
        if self.connection.dialect.name != "sqlite":
            yield  # the others take no such text in
            return
        driver.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            yield
        finally:
            driver.text_factory = str

    def strangers(self) -> Iterator[tuple[str, str]]:
        """The tables with rows of an office that is not there, each with that office's id."""
        known = select(offices.c.office_id)
        for table in metadata.sorted_tables:
            strange = select(table.c.office_id).where(table.c.office_id.not_in(known)).distinct()
            for office_id in self.connection.execute(strange).scalars():
                yield table.name, str(office_id)

    def streams(self) -> list[str]:
        """The streams of which there are events."""
        found = self.connection.execute(_STREAMS, {"office": self.office_id})
        return [str(stream) for stream in found.scalars()]

    def all_rows(self) -> Iterator[tuple[str, Row]]:
        """Every record and document: its kind, with its id and its case's."""
        for kind, table in (("record", records), ("document", documents)):
            for row in self._all(select(table.c.id, table.c.case_id).where(_office(table))):
                yield kind, row

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Every stored workflow and template: its kind, the digest that it is known by, and its text."""
        for row in self._all(select(workflows).where(_office(workflows))):
            yield "workflow", row["digest"], row["data"]
        for row in self._all(select(templates).where(_office(templates))):
            yield "template", row["digest"], row["source"]

    def counters(self) -> list[Row]:
        """The counters of numbers that were given."""
        return self._all(select(counters).where(_office(counters)))

    def keyed(self, key: str, request: object) -> tuple[dict[str, Any], bool] | None:
        """The event written under an idempotency key, and whether it was for this very request."""
        row = self._one(_KEYED, given=key)
        if row is None:
            return None
        return event_of(row), chain.commit(row["salt"], request) == row["request"]

    def open_cases_of(self, nik: str) -> list[str]:
        """The numbers of the open cases whose client has that NIK."""
        held = f'%"nik":"{nik}"%'  # canonical JSON has one form; a NIK is 16 digits
        return [row["number"] for row in self._all(_OPEN_OF, held=held)]

    def number_of(self, case_id: str) -> str:
        """The number of the case with that id."""
        found = self._one(select(cases.c.number).where(_office(cases), cases.c.id == bindparam("case")), case=case_id)
        return str(found["number"]) if found else ""


def state_of(row: Mapping[str, Any]) -> CaseState:
    """The state that a case's row holds."""
    return CaseState(**{name: row[name] for name in _STATE})


def event_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event's row with its JSON read."""
    private = json.loads(row["private"]) if row["private"] else {}
    return {**row, "body": json.loads(row["body"]), "private": private}


def client_name(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The client's name, if a client record is among the rows of an event."""
    named = [json.loads(row["content"]).get("name") for row in rows if row["type"] == CLIENT]
    return named[-1] if named else None
