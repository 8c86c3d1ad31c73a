"""The statements, each compiled to text once for each kind of database.

SQLAlchemy writes them and is not asked again: building or adapting a statement at each call costs more than the
database does. The text runs on the driver's own cursor; every column is text or a whole number, so nothing has
to be converted on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Final

from sqlalchemy import Dialect, bindparam, column, func, insert, literal_column, select, table, tuple_, update

from ..engine import CaseState
from .schema import (
    VERSION_TABLE,
    cases,
    counters,
    documents,
    events,
    metadata,
    offices,
    records,
    staff,
    templates,
    workflows,
)

STATE: Final = tuple(field.name for field in fields(CaseState))
"""The columns of a case's row that its events give."""


class Statement:
    """One statement of SQLAlchemy Core as a driver takes it."""

    __slots__ = ("_clause", "_texts")

    def __init__(self, clause: Any) -> None:
        self._clause = clause
        self._texts: dict[tuple[str, str], Text] = {}

    def on(self, dialect: Dialect) -> Text:
        """The statement's text for a kind of database."""
        key = (dialect.name, dialect.driver)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = Text(self._clause.compile(dialect=dialect))
        return text


class Text:
    """SQL in the driver's own style, and how its values are given."""

    __slots__ = ("_constants", "_names", "columns", "sql")

    def __init__(self, compiled: Any) -> None:
        self.sql: str = compiled.string
        self._names: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self.columns: tuple[str, ...] = tuple(found[0] for found in compiled._result_columns)

    def values(self, given: Mapping[str, Any]) -> Any:
        """``given`` as the driver takes it."""
        every = {**self._constants, **given} if self._constants else given
        return every if self._names is None else [every[name] for name in self._names]


def _office(of: Any) -> Any:
    return of.c.office_id == bindparam("office")


def _insert(into: Any) -> Statement:
    return Statement(insert(into).values({field.name: bindparam(field.name) for field in into.c}))


_case: Final = select(cases.c.id, *(cases.c[name] for name in STATE)).where(
    _office(cases), cases.c.number == bindparam("number")
)

SCHEMA: Final = Statement(select(column("version_num")).select_from(table(VERSION_TABLE)))
OFFICE: Final = Statement(select(offices.c.office_id).limit(1))
CASE: Final = Statement(_case)
CASE_LOCKED: Final = Statement(_case.with_for_update())
DUE_OF: Final = Statement(
    select(cases.c.due_on, cases.c.id).where(_office(cases), cases.c.number == bindparam("number"))
)


@cache
def cases_where(given: tuple[str, ...]) -> Statement:
    """The cases with the ``given`` columns, ``after`` a number, and the ``most`` of them: what of these is asked."""
    found = select(cases).where(_office(cases)).order_by(cases.c.number)
    for name in given:
        if name == "most":
            found = found.limit(bindparam("most"))
        elif name == "after":
            found = found.where(cases.c.number > bindparam("after"))
        else:
            found = found.where(cases.c[name] == bindparam(name))
    return Statement(found)


@cache
def due_where(given: tuple[str, ...]) -> Statement:
    """The open cases by the day on which they are due, which an index has in that order."""
    found = (
        select(cases)
        .where(_office(cases), cases.c.status != literal_column("'closed'"), cases.c.due_on.is_not(None))
        .order_by(cases.c.due_on, cases.c.id)
        .limit(bindparam("most"))
    )
    if "worker" in given:
        found = found.where(cases.c.worker == bindparam("worker"))
    if "after_due" in given:
        found = found.where(
            tuple_(cases.c.due_on, cases.c.id) > tuple_(bindparam("after_due"), bindparam("after_id"))
        )
    return Statement(found)


EACH_CASE: Final = Statement(select(cases).where(_office(cases)).order_by(cases.c.id))
EACH_MOVE: Final = Statement(
    select(events.c.stream, events.c.on, events.c.kind, events.c.body)
    .where(_office(events), events.c.kind.in_([literal_column("'opened'"), literal_column("'moved'")]))
    .order_by(events.c.stream, events.c.seq)
)


@cache
def records_of(count: int) -> Statement:
    """The records of ``count`` types."""
    wanted: list[Any] = [bindparam(f"kind_{number}") for number in range(count)]
    return Statement(
        select(records)
        .where(_office(records), records.c.type.in_(wanted))
        .order_by(records.c.case_id, records.c.seq, records.c.id)
    )


NUMBER_OF: Final = Statement(select(cases.c.number).where(_office(cases), cases.c.id == bindparam("case")))
COUNT: Final = Statement(
    update(counters)
    .where(_office(counters), counters.c.kind == bindparam("of"), counters.c.year == bindparam("in_year"))
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)
COUNT_FROM: Final = Statement(
    update(counters)
    .where(_office(counters), counters.c.kind == bindparam("of"), counters.c.year == bindparam("in_year"))
    .values(value=bindparam("least"))
)
COUNTERS: Final = Statement(select(counters).where(_office(counters)))
STAFF: Final = Statement(select(staff).where(_office(staff), staff.c.name == bindparam("called")))
STAFF_CHANGED: Final = Statement(
    update(staff)
    .where(_office(staff), staff.c.name == bindparam("called"))
    .values({column.name: bindparam(f"new_{column.name}") for column in staff.c if not column.primary_key})
)
ALL_STAFF: Final = Statement(select(staff).where(_office(staff)).order_by(staff.c.name))
RECORDS: Final = Statement(
    select(records)
    .where(_office(records), records.c.case_id == bindparam("case"))
    .order_by(records.c.seq, records.c.id)
)
DOCUMENTS: Final = Statement(
    select(documents)
    .where(_office(documents), documents.c.case_id == bindparam("case"))
    .order_by(documents.c.seq, documents.c.id)
)
_chain: Final = select(events).where(_office(events), events.c.stream == bindparam("of")).order_by(events.c.seq)
EVENTS: Final = Statement(_chain)
TOLD: Final = Statement(
    _chain.with_only_columns(
        *(events.c[name] for name in ("seq", "kind", "on", "at", "by", "role", "body", "private"))
    )
)
_own: Final = select(cases.c.id).where(cases.c.office_id == events.c.office_id, cases.c.id == events.c.stream)
LOST_STREAMS: Final = Statement(
    select(events.c.stream)
    .where(_office(events), events.c.stream != bindparam("office"), ~_own.exists())
    .distinct()
    .order_by(events.c.stream)
)
_last: Final = (
    select(events.c.stream, func.max(events.c.seq).label("seq"))
    .where(_office(events))
    .group_by(events.c.stream)
    .subquery()
)
HEADS: Final = Statement(
    select(events.c.stream, events.c.seq, events.c.hash)
    .join(_last, (events.c.stream == _last.c.stream) & (events.c.seq == _last.c.seq))
    .where(_office(events))
    .order_by(events.c.stream)
)
EVENT_HASH: Final = Statement(
    select(events.c.hash).where(
        _office(events), events.c.stream == bindparam("of"), events.c.seq == bindparam("place")
    )
)
HEAD: Final = Statement(
    select(events.c.seq, events.c.hash)
    .where(_office(events), events.c.stream == bindparam("of"))
    .order_by(events.c.seq.desc())
    .limit(1)
)
ISSUED: Final = Statement(
    select(documents).where(_office(documents), documents.c.sha256.like(bindparam("start"))).order_by(documents.c.id)
)
NUMBERED: Final = Statement(select(documents).where(_office(documents), documents.c.number == bindparam("given")))
REGISTRATIONS: Final = Statement(
    select(events)
    .where(_office(events), events.c.kind == "registered")
    .order_by(events.c.at, events.c.stream, events.c.seq)
)
REGISTER: Final = Statement(
    update(documents).where(_office(documents), documents.c.id == bindparam("of")).values(number=bindparam("given"))
)
KEYED: Final = Statement(select(events).where(_office(events), events.c.key == bindparam("given")))
KEY_LOCK: Final = Statement(
    select(func.pg_advisory_xact_lock(func.hashtext(bindparam("office")), func.hashtext(bindparam("given"))))
)
_one: Final = update(cases).where(_office(cases), cases.c.id == bindparam("case"))
REWRITE: Final = Statement(_one.values({name: bindparam(f"new_{name}") for name in STATE}))


@cache
def moved(changed: tuple[str, ...]) -> Statement:
    """A case's columns that an event has ``changed``: naming no other one leaves their indexes alone."""
    written: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed}
    return Statement(_one.where(cases.c.version == bindparam("seen")).values(written))


OPEN_OF: Final = Statement(
    select(cases.c.number)
    .join(records, (records.c.office_id == cases.c.office_id) & (records.c.case_id == cases.c.id))
    .where(_office(cases), cases.c.status != "closed", records.c.type == bindparam("kind"))
    .where(records.c.content.like(bindparam("held")))
    .distinct()
    .order_by(cases.c.number)
)
WORKFLOW: Final = Statement(select(workflows.c.data).where(_office(workflows), workflows.c.digest == bindparam("of")))
WORKFLOW_DIGESTS: Final = Statement(select(workflows.c.digest).where(_office(workflows)))
WORKFLOWS: Final = Statement(select(workflows).where(_office(workflows)))
TEMPLATE: Final = Statement(
    select(templates.c.source).where(_office(templates), templates.c.digest == bindparam("of"))
)
TEMPLATES: Final = Statement(select(templates).where(_office(templates)))
ORPHANS: Final = {
    kind: Statement(
        select(of.c.id).where(
            _office(of),
            ~select(cases.c.id).where(cases.c.office_id == of.c.office_id, cases.c.id == of.c.case_id).exists(),
        )
    )
    for kind, of in (("record", records), ("document", documents))
}
STRANGERS: Final = {
    of.name: Statement(select(of.c.office_id).where(of.c.office_id.not_in(select(offices.c.office_id))).distinct())
    for of in metadata.sorted_tables
}
INSERT: Final = {of.name: _insert(of) for of in metadata.sorted_tables}
