"""Everything that a database says, held against what its chains of events say.

Each chain is followed from its first event: the digests must link, the rows that an event names must be those
that are stored, and the case's row must be what the events make of it. What nobody names is a finding too, and
so is what cannot be read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..engine import CaseState, evolve
from ..errors import CaseworkError
from ..messages import Message
from ..rules import RuleError
from ..values import Finding
from . import chain
from . import sqlite as sql
from .imports import origins as origins_of
from .imports import raised
from .store import CASE_NUMBERS, IMPORTED, LETTER_NUMBERS, Row, Transaction, client_name, state_of

Digest = Callable[[Transaction, Row], str]
"""What a stored document's row gives when it is rendered anew."""

UNREADABLE: Final = (
    ArithmeticError,
    AttributeError,
    CaseworkError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    RuleError,
)
"""What a row may raise whose content somebody has changed."""


_KEPT: Final = {
    "staff": (sql.ALL_STAFF, chain.STAFF_COLUMNS),
    "webhook": (sql.SUBSCRIPTIONS, chain.SUBSCRIPTION_COLUMNS),
}
"""What the events of the office's own chain tell of, by the word that their kinds begin with."""


def verify(tx: Transaction, rendered: Digest, told: Callable[[], object]) -> Iterator[Finding]:
    """Each finding of the whole database of one office.

    Args:
        tx: a transaction that reads.
        rendered: the digest of a document that is rendered anew from its row.
        told: is called after each case.
    """
    with tx.reading_damaged():
        for kind, strangers in sql.STRANGERS.items():
            for row in tx.rows(strangers):
                office = Message("A row belongs to an office that is not there: {office}.", office=row["office_id"])
                yield Finding(kind, office)
        yield from _office(tx)
        origins = origins_of(tx)
        opened: Counter[tuple[str, str]] = Counter(raised(tx))
        lived_by: set[Any] = set()
        for row in tx.each_case():
            opened[CASE_NUMBERS, str(row["opened_on"])[:4]] += row["id"] not in origins
            lived_by.add(row["workflow_digest"])
            yield from case_findings(tx, row, rendered, origins.get(row["id"], ()))
            told()
        for kind, orphans in sql.ORPHANS.items():
            for row in tx.rows(orphans):
                yield Finding(f"{kind} {row['id']}", Message("It belongs to a case that is not there."))
        yield from _texts(tx, lived_by)
        yield from _counters(tx, opened)


def _office(tx: Transaction) -> Iterator[Finding]:
    """The office's own chain, and chains whose case has vanished."""
    for stream in tx.lost_streams():
        yield Finding(f"events {stream}", Message("There are events of a case that is not there."))
    committed: dict[str, dict[str, str]] = {kind: {} for kind in _KEPT}
    events = tx.raw_events(tx.office_id)
    yield from chain_findings(events, "office")
    for event in events:
        try:
            body = json.loads(event["body"])
            if event["kind"] != IMPORTED:
                committed[event["kind"].partition("_")[0]][body["name"]] = body["digest"]
        except UNREADABLE:
            yield Finding(f"office event {event['seq']}", Message("The event cannot be read."))
    for kind, (statement, columns) in _KEPT.items():
        for row in tx.rows(statement):
            place = f"{kind} {row['name']}"
            if row["name"] not in committed[kind]:
                yield Finding(place, Message("No event tells of this row."))
            elif committed[kind].pop(row["name"]) != _digest_of(row, columns):
                yield Finding(place, Message("The row is not what its event says."))
        for name in sorted(committed[kind], key=str):
            yield Finding(f"{kind} {name}", Message("The row that an event tells of is not there."))


def case_findings(tx: Transaction, row: Row, rendered: Digest, offices: chain.Offices = ()) -> Iterator[Finding]:
    """What is wrong with one case; ``offices`` are those that it has been in before."""
    yield from _Case(tx, row, rendered, offices).findings()


def chain_findings(events: Sequence[Row], place: str, offices: chain.Offices = ()) -> Iterator[Finding]:
    """Whether the events link, one after the other, and each is what its digest says."""
    prev = ""
    for expected, event in enumerate(events, 1):
        where = f"{place} event {event['seq']}"
        if event["seq"] != expected:
            yield Finding(where, Message("Event {expected} is missing, or the order was changed.", expected=expected))
        if event["prev"] != prev:
            yield Finding(where, Message("The event does not follow the one before it."))
        if _quiet(lambda e=event: chain.event_hash(chain.written_in(e, offices))) != event["hash"]:  # type: ignore[misc]
            yield Finding(where, Message("The event was changed after it was written."))
        if _quiet(lambda e=event: chain.commit(e["salt"], e["private"])) != event["commitment"]:  # type: ignore[misc]
            yield Finding(where, Message("The private part of the event was changed after it was written."))
        prev = event["hash"]


def _quiet(compute: Callable[[], str]) -> str | None:
    try:
        return compute()
    except UNREADABLE:
        return None


def _digest_of(row: Mapping[str, Any], columns: tuple[str, ...]) -> str | None:
    return _quiet(lambda: chain.commit_row(row, columns))


class _Case:
    """One case: its row, its chain, its records and its documents."""

    def __init__(self, tx: Transaction, row: Row, rendered: Digest, offices: chain.Offices) -> None:
        self.tx = tx
        self.offices = offices
        self.row = row
        self.place = f"case {row['number']}"
        self.rendered = rendered

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the case."""
        events = self.tx.raw_events(self.row["id"])
        yield from chain_findings(events, self.place, self.offices)
        bodies: dict[int, dict[str, Any]] = {}
        for event in events:
            try:
                bodies[event["seq"]] = dict(json.loads(event["body"]))
            except UNREADABLE:
                yield Finding(f"{self.place} event {event['seq']}", Message("The event cannot be read."))
        records = self.tx.records(self.row["id"])
        documents = self.tx.documents(self.row["id"])
        yield from self._named("records", "record", records, bodies, chain.RECORD_COLUMNS)
        yield from self._named("documents", "document", documents, bodies, chain.DOCUMENT_COLUMNS)
        yield from self._replayed(events, bodies, records)
        registered = self._registered(bodies)
        for row in documents:
            yield from self._document(row, registered)

    def _named(
        self,
        kind: str,
        one: str,
        rows: Sequence[Row],
        bodies: Mapping[int, Mapping[str, Any]],
        columns: tuple[str, ...],
    ) -> Iterator[Finding]:
        """Whether the rows are those that the events name, each as its event says."""
        named: dict[Any, tuple[int, Any]] = {}
        for seq, body in bodies.items():
            try:
                named.update({entry["id"]: (seq, entry["digest"]) for entry in body.get(kind, ())})
            except UNREADABLE:
                yield Finding(f"{self.place} event {seq}", Message("The event cannot be read."))
        for row in rows:
            place = f"{self.place} {one} {row['id']}"
            told = named.pop(row["id"], None)
            if told is None:
                yield Finding(place, Message("No event tells of this row."))
                continue
            seq, digest = told
            if seq != row["seq"] or digest != row["digest"] or digest != _digest_of(row, columns):
                yield Finding(place, Message("The row is not what its event says."))
        for missing in sorted(named, key=str):
            place = f"{self.place} {one} {missing}"
            yield Finding(place, Message("The row that an event tells of is not there."))

    def _replayed(
        self, events: Sequence[Row], bodies: Mapping[int, Mapping[str, Any]], records: Sequence[Row]
    ) -> Iterator[Finding]:
        """Whether the case's row is what the events make of it."""
        state: CaseState | None = None
        try:
            for event in events:
                added = [row for row in records if row["seq"] == event["seq"]]
                state = evolve(state, {**event, "body": bodies[event["seq"]], "client": client_name(added)})
            stored = state_of(self.row)
        except UNREADABLE:
            yield Finding(self.place, Message("The history cannot be replayed."))
            return
        if state is None:
            yield Finding(self.place, Message("The case has no history."))
        elif state != stored:
            told = [name for name in CaseState.__slots__ if getattr(state, name) != getattr(stored, name)]
            yield Finding(self.place, Message("The row says other than the history: {columns}.", columns=told))

    @staticmethod
    def _registered(bodies: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
        """The letter number that the events give each document, by its id."""
        told = [body for body in bodies.values() if isinstance(body.get("document"), str)]
        return {body["document"]: body["number"] for body in told if body.get("number")}

    def _document(self, row: Row, registered: Mapping[str, Any]) -> Iterator[Finding]:
        """Whether the document, rendered anew, is what was issued, and its number the one that was registered."""
        place = f"{self.place} document {row['name']} {row['version']}"
        told = registered.get(row["id"])
        if row["number"] != told and told is None:
            yield Finding(place, Message("No event tells of this letter number."))
        elif row["number"] != told:
            yield Finding(
                place, Message("The letter number is not the one that was registered: {number}.", number=told)
            )
        try:
            same = self.rendered(self.tx, row) == row["sha256"]
        except UNREADABLE:
            yield Finding(place, Message("The document can no longer be rendered."))
            return
        if not same:
            yield Finding(place, Message("Rendered anew, the document is not what was issued."))


def _texts(tx: Transaction, missing: set[Any]) -> Iterator[Finding]:
    """Whether the workflows that cases live by are there, and each stored text is the one that its digest names."""
    for kind, statement, column in (("workflow", sql.WORKFLOWS, "data"), ("template", sql.TEMPLATES, "source")):
        for row in tx.rows(statement):
            missing.discard(row["digest"])
            if _quiet(lambda text=row[column]: chain.digest(text)) != row["digest"]:  # type: ignore[misc]
                yield Finding(f"{kind} {row['digest'][:12]}", Message("The text was changed after it was stored."))
    for digest in sorted(missing, key=str):
        yield Finding(f"workflow {str(digest)[:12]}", Message("The row that an event tells of is not there."))


def _counters(tx: Transaction, opened: dict[tuple[str, str], int]) -> Iterator[Finding]:
    """Whether each year's counter of cases stands at the number of cases opened in it."""
    for year, count in _letters(tx.registrations(), origins_of(tx)):
        opened[LETTER_NUMBERS, year] = max(count, opened.get((LETTER_NUMBERS, year), 0))
    for row in tx.counters():
        found = opened.pop((row["kind"], str(row["year"])), 0)
        if not found or row["value"] != found:
            place = f"counter {row['kind']} {row['year']}"
            yield Finding(place, Message("It stands at {value}; there are {found}.", value=row["value"], found=found))
    for kind, year in sorted(opened):
        yield Finding(f"counter {kind} {year}", Message("The counter of this year is not there."))


def _letters(events: Sequence[Row], origins: Mapping[str, chain.Offices]) -> Iterator[tuple[str, int]]:
    """The year and the place in its count of each letter number that this office drew; the unreadable is told
    elsewhere."""
    for event in events:
        if chain.written_in(event, origins.get(event["stream"], ())) is not event:
            continue
        try:
            count = json.loads(event["body"])["count"]
        except UNREADABLE:
            continue
        if isinstance(count, int):
            yield str(event["on"])[:4], count
