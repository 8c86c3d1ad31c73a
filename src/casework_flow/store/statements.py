"""The statements, written in SQLAlchemy Core and compiled to text once for each kind of database.

SQLAlchemy writes them and is not asked again: building or adapting a statement at each call costs more than the
database does. The text runs on the driver's own cursor; every column is text or a whole number, so nothing has
to be converted on the way. For SQLite the texts are kept in ``sqlite.py``, so that nothing of SQLAlchemy is loaded
where there is nothing to compile: after a change here, ``make statements`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, combinations
from typing import Any, Final

from sqlalchemy import (
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    tuple_,
    update,
)

from ..engine import CaseState
from .keystatements import (  # noqa: F401  # found here by their names, as those below
    API_KEY,
    API_KEY_REVOKED,
    API_KEY_USED,
    API_KEYS,
    READS,
    READS_OF,
)
from .outboxstatements import (  # noqa: F401  # found here by their names, as those below
    CLAIM,
    DELIVERIES,
    DELIVERY,
    DOCUMENTS_OF,
    DUE,
    EVENT_TO_TELL,
    QUEUE,
    REMOVE_SETTLED,
    REPLAY,
    REPLAY_DEAD,
    REPLAY_SINCE,
    SETTLE,
    SKIP,
    SKIP_ALL,
    SUBSCRIPTION,
    SUBSCRIPTION_CHANGED,
    SUBSCRIPTIONS,
)
from .schema import (
    NIK,
    PREFIX,
    VERSION_TABLE,
    cases,
    counters,
    documents,
    events,
    metadata,
    offices,
    records,
    staff,
    subscriptions,
    templates,
    workflows,
)


def _office(of: Any) -> Any:
    return of.c.office_id == bindparam("office")


def _insert(into: Any) -> Any:
    return insert(into).values({field.name: bindparam(field.name) for field in into.c})


_case: Final = select(cases.c.id, *(cases.c[name] for name in CaseState.__slots__)).where(
    _office(cases), cases.c.number == bindparam("number")
)

SCHEMA: Final[Any] = select(column("version_num")).select_from(table(VERSION_TABLE))
OFFICE: Final = select(offices.c.office_id).limit(1)
CASE: Final = _case
CASE_LOCKED: Final = _case.with_for_update()
DUE_OF: Final = select(cases.c.due_on, cases.c.id).where(_office(cases), cases.c.number == bindparam("number"))


def cases_where(given: tuple[str, ...]) -> Any:
    """The cases with the ``given`` columns, ``after`` a number, and the ``most`` of them: what of these is asked."""
    found = select(cases).where(_office(cases)).order_by(cases.c.number)
    for name in given:
        if name == "most":
            found = found.limit(bindparam("most"))
        elif name == "after":
            found = found.where(cases.c.number > bindparam("after"))
        else:
            found = found.where(cases.c[name] == bindparam(name))
    return found


def due_where(given: tuple[str, ...]) -> Any:
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
    return found


EACH_CASE: Final = select(cases).where(_office(cases)).order_by(cases.c.id)
EACH_MOVE: Final = (
    select(events.c.stream, events.c.on, events.c.kind, events.c.body)
    .where(_office(events), events.c.kind.in_([literal_column("'opened'"), literal_column("'moved'")]))
    .order_by(events.c.stream, events.c.seq)
)


def records_of(count: int) -> Any:
    """The records of ``count`` types."""
    wanted: list[Any] = [bindparam(f"kind_{number}") for number in range(count)]
    return (
        select(records)
        .where(_office(records), records.c.type.in_(wanted))
        .order_by(records.c.case_id, records.c.seq, records.c.id)
    )


NUMBER_OF: Final = select(cases.c.number).where(_office(cases), cases.c.id == bindparam("case"))
COUNT: Final = (
    update(counters)
    .where(_office(counters), counters.c.kind == bindparam("of"), counters.c.year == bindparam("in_year"))
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)
COUNT_FROM: Final = (
    update(counters)
    .where(_office(counters), counters.c.kind == bindparam("of"), counters.c.year == bindparam("in_year"))
    .values(value=bindparam("least"))
)
COUNTERS: Final = select(counters).where(_office(counters))
STAFF: Final = select(staff).where(_office(staff), staff.c.name == bindparam("called"))
STAFF_CHANGED: Final = (
    update(staff)
    .where(_office(staff), staff.c.name == bindparam("called"))
    .values({column.name: bindparam(f"new_{column.name}") for column in staff.c if not column.primary_key})
)
ALL_STAFF: Final = select(staff).where(_office(staff)).order_by(staff.c.name)
RECORDS: Final = (
    select(records)
    .where(_office(records), records.c.case_id == bindparam("case"))
    .order_by(records.c.seq, records.c.id)
)
DOCUMENTS: Final = (
    select(documents)
    .where(_office(documents), documents.c.case_id == bindparam("case"))
    .order_by(documents.c.seq, documents.c.id)
)
_chain: Final = select(events).where(_office(events), events.c.stream == bindparam("of")).order_by(events.c.seq)
EVENTS: Final = _chain
TOLD: Final = _chain.where(events.c.kind != literal_column("'recorded'")).with_only_columns(
    *(events.c[name] for name in ("seq", "kind", "on", "at", "by", "role", "body", "private"))
)
_their_case: Final = select(cases.c.id).where(cases.c.office_id == events.c.office_id, cases.c.id == events.c.stream)
LOST_STREAMS: Final = (
    select(events.c.stream)
    .where(_office(events), events.c.stream != bindparam("office"), ~_their_case.exists())
    .distinct()
    .order_by(events.c.stream)
)
_last: Final = (
    select(events.c.stream, func.max(events.c.seq).label("seq"))
    .where(_office(events))
    .group_by(events.c.stream)
    .subquery()
)
HEADS: Final = (
    select(events.c.stream, events.c.seq, events.c.hash)
    .join(_last, (events.c.stream == _last.c.stream) & (events.c.seq == _last.c.seq))
    .where(_office(events))
    .order_by(events.c.stream)
)
EVENT_HASH: Final = select(events.c.hash).where(
    _office(events), events.c.stream == bindparam("of"), events.c.seq == bindparam("place")
)
HEAD: Final = (
    select(events.c.seq, events.c.hash)
    .where(_office(events), events.c.stream == bindparam("of"))
    .order_by(events.c.seq.desc())
    .limit(1)
)
ISSUED: Final = (
    select(documents).where(_office(documents), documents.c.sha256.like(bindparam("start"))).order_by(documents.c.id)
)
NUMBERED: Final = select(documents).where(_office(documents), documents.c.number == bindparam("given"))
REGISTRATIONS: Final = (
    select(events)
    .where(_office(events), events.c.kind == "registered")
    .order_by(events.c.at, events.c.stream, events.c.seq)
)
REGISTER: Final = (
    update(documents).where(_office(documents), documents.c.id == bindparam("of")).values(number=bindparam("given"))
)
KEYED: Final = select(events).where(_office(events), events.c.key == bindparam("given"))
KEY_LOCK: Final = select(
    func.pg_advisory_xact_lock(func.hashtext(bindparam("office")), func.hashtext(bindparam("given")))
)
_one: Final = update(cases).where(_office(cases), cases.c.id == bindparam("case"))
REWRITE: Final = _one.values({name: bindparam(f"new_{name}") for name in CaseState.__slots__})


def moved(changed: tuple[str, ...]) -> Any:
    """A case's columns that an event has ``changed``: naming no other one leaves their indexes alone."""
    written: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed}
    return _one.where(cases.c.version == bindparam("seen")).values(written)


OPEN_OF: Final = (
    select(cases.c.number)
    .join(records, (records.c.office_id == cases.c.office_id) & (records.c.case_id == cases.c.id))
    .where(_office(cases), cases.c.status != "closed", records.c.type == literal_column("'client'"))
    .where(bindparam("nik") == NIK)
    .distinct()
    .order_by(cases.c.number)
)
WORKFLOW: Final = select(workflows.c.data).where(_office(workflows), workflows.c.digest == bindparam("of"))
WORKFLOW_DIGESTS: Final = select(workflows.c.digest).where(_office(workflows))
WORKFLOWS: Final = select(workflows).where(_office(workflows))
TEMPLATE: Final = select(templates.c.source).where(_office(templates), templates.c.digest == bindparam("of"))
TEMPLATES: Final = select(templates).where(_office(templates))
ORPHANS: Final = {
    kind: (
        select(of.c.id).where(
            _office(of),
            ~select(cases.c.id).where(cases.c.office_id == of.c.office_id, cases.c.id == of.c.case_id).exists(),
        )
    )
    for kind, of in (("record", records), ("document", documents))
}
STRANGERS: Final = {
    of.name.removeprefix(PREFIX): (
        select(of.c.office_id).where(of.c.office_id.not_in(select(offices.c.office_id))).distinct()
    )
    for of in metadata.sorted_tables
}
_subscribers: Final = (
    select(func.count())
    .select_from(subscriptions)
    .where(_office(subscriptions), subscriptions.c.state == literal_column("'active'"))
)
EVENT: Final = _insert(events).returning(_subscribers.scalar_subquery().label("subscribers"))
INSERT: Final = {of.name.removeprefix(PREFIX): _insert(of) for of in metadata.sorted_tables}


# many cases at a time

_NEVER: Final = "9999"
"""Sorts after every date: what is due on no day comes last."""

SORTS: Final[Mapping[str, Any]] = {
    "number": cases.c.number,
    "due": func.coalesce(cases.c.due_on, literal_column(f"'{_NEVER}'")),
    "client": func.lower(cases.c.client),
    "worker": cases.c.worker,
    "opened": cases.c.opened_on,
}
"""What a list can be sorted by; cases that are alike in it come in the order of their opening."""

_own: Final = cases.c.office_id == bindparam("office")
_open: Final = cases.c.status != literal_column("'closed'")
_late: Final = and_(cases.c.status == literal_column("'active'"), cases.c.due_on < bindparam("today"))


def _client(*patterns: str) -> Any:
    """Whether the latest revision of the client's record is like one of the patterns."""
    later = records.alias()
    newer = exists().where(
        later.c.office_id == records.c.office_id,
        later.c.case_id == records.c.case_id,
        later.c.type == records.c.type,
        later.c.item == records.c.item,
        later.c.revision > records.c.revision,
    )
    return exists().where(
        records.c.office_id == cases.c.office_id,
        records.c.case_id == cases.c.id,
        records.c.type == literal_column("'client'"),
        or_(*(records.c.content.like(bindparam(name), escape="\\") for name in patterns)),
        ~newer,
    )


_unit: Final = select(staff.c.name).where(
    staff.c.office_id == cases.c.office_id,
    or_(staff.c.name == bindparam("unit"), staff.c.supervisor == bindparam("unit")),
)
PHONE_PLACES: Final = 13
"""A telephone number has fewer characters than this before any of its digits that can be asked for."""

_FILTERS: Final[Mapping[str, Any]] = {
    **{name: cases.c[name] == bindparam(name) for name in ("stage", "status", "worker", "workflow")},
    "open": _open,
    "today": _late,
    "until": cases.c.due_on <= bindparam("until"),
    "district": _client("district", "below"),
    "unit": cases.c.worker.in_(_unit),
    "number": func.lower(cases.c.number).like(bindparam("number"), escape="\\"),
}


def page(given: tuple[str, ...], sort: str, descending: bool, limited: bool) -> Any:
    """A page of the cases with the ``given`` filters: ``_FILTERS`` names them."""
    key = SORTS[sort]
    found = select(cases).where(_own, *(_FILTERS[name] for name in given if name in _FILTERS))
    if "text" in given:
        found = found.where(or_(*(part for name, part in _searched().items() if name in given)))
    if "after_key" in given:
        place = tuple_(bindparam("after_key"), bindparam("after_id"))
        found = found.where(tuple_(key, cases.c.id) < place if descending else tuple_(key, cases.c.id) > place)
    order = (key.desc(), cases.c.id.desc()) if descending else (key, cases.c.id)
    found = found.order_by(*order)
    return found.limit(bindparam("most")) if limited else found


def _searched() -> dict[str, Any]:
    """Where a text is looked for."""
    return {
        "text": or_(
            func.lower(cases.c.client).like(bindparam("text"), escape="\\"),
            func.lower(cases.c.number).like(bindparam("text"), escape="\\"),
        ),
        "nik": _client("nik"),
        "phone_0": _client(*(f"phone_{place}" for place in range(PHONE_PLACES))),
    }


def key_of(sort: str) -> Any:
    """The place in a list that is sorted by ``sort``."""
    return select(SORTS[sort].label("key"), cases.c.id).where(_own, cases.c.number == bindparam("of"))


def tally(given: tuple[str, ...]) -> Any:
    """The open cases, counted."""
    columns = (cases.c.workflow_digest, cases.c.stage, cases.c.status, cases.c.worker)
    late = func.sum(case((_late, literal_column("1")), else_=literal_column("0"))).label("late")
    counted = select(*columns, func.count().label("count"), late).where(_own, _open)
    return counted.where(*(_FILTERS[name] for name in given)).group_by(*columns)


def first(given: tuple[str, ...]) -> Any:
    """The most urgent open cases of each stage of each workflow."""
    place = func.row_number().over(
        partition_by=(cases.c.workflow_digest, cases.c.stage), order_by=(SORTS["due"], cases.c.id)
    )
    ranked = select(cases, place.label("place")).where(_own, _open, *(_FILTERS[name] for name in given)).subquery()
    wanted = select(*(ranked.c[column.name] for column in cases.c)).where(ranked.c.place <= bindparam("most"))
    return wanted.order_by(ranked.c.place, ranked.c.id)


_later: Final = events.alias()
_moved_on: Final = exists().where(
    _later.c.office_id == events.c.office_id,
    _later.c.stream == events.c.stream,
    _later.c.seq > events.c.seq,
    _later.c.kind == literal_column("'moved'"),
)
_streams: Final = select(events.c.stream).where(
    events.c.office_id == bindparam("office"),
    events.c.kind == literal_column("'approval_requested'"),
    ~_moved_on,
)


def asked(given: tuple[str, ...]) -> Any:
    """The cases in which an approval was asked for since they last moved."""
    found = select(cases).where(_own, cases.c.id.in_(_streams), *(_FILTERS[name] for name in given))
    return found.order_by(cases.c.id)


def closed_since(kind: str, given: tuple[str, ...]) -> Any:
    """The cases closed since a day, with their record ``kind``."""
    found = (
        select(cases, records.c.content)
        .join(records, (records.c.office_id == cases.c.office_id) & (records.c.case_id == cases.c.id))
        .where(_own, cases.c.status == literal_column("'closed'"), cases.c.closed_on >= bindparam("since"))
        .where(records.c.type == literal_column(f"'{kind}'"))
        .where(records.c.episode == cases.c.episode, records.c.cycle == cases.c.cycle)
        .order_by(cases.c.closed_on, cases.c.id, records.c.revision)
    )
    return found.where(*(_FILTERS[name] for name in given))


TOGETHER: Final = (
    ("last_on", "version", "head"),
    ("client",),
    ("due_on",),
    ("stage", "status", "cycle", "episode", "stage_since", "closed_on", "because"),
    ("workflow_version", "workflow_digest"),
    ("worker",),
)
"""The columns of a case's row that one event changes together; every event changes the first of these groups."""


def _some(names: Sequence[Any], most: int) -> list[tuple[Any, ...]]:
    return [some for count in range(most + 1) for some in combinations(names, count)]


_WORK: Final = [(), ("worker",), ("unit",)]
_ASKED: Final = [("status", "open"), ("status", "open", "until"), ("stage", "status", "open")]

KEPT: Final[Mapping[str, Sequence[tuple[Any, ...]]]] = {
    "cases_where": [((),), (("workflow", "workflow_version", "most"),)],
    "due_where": [
        (("most", *worker, *after),) for worker in ((), ("worker",)) for after in ((), ("after_due", "after_id"))
    ],
    "moved": [(tuple(chain(TOGETHER[0], *more)),) for more in _some(TOGETHER[1:], len(TOGETHER) - 1)],
    "records_of": [(1,), (2,)],
    "page": [
        (given, "number", False, limited)
        for given in (*_some(("stage", "status", "worker", "workflow"), 2), ("today",), ("after_key", "after_id"))
        for limited in (False, True)
    ]
    + [((*whose, *asked), "number", False, False) for whose in _WORK for asked in _ASKED]
    + [(("text", *whose), "number", False, limited) for whose in ((), ("unit",)) for limited in (False, True)],
    "closed_since": [("termination", given) for given in _WORK],
    "key_of": [("number",)],
    "tally": [(given,) for given in _WORK],
    "first": [(given,) for given in _WORK],
    "asked": [(given,) for given in _WORK],
}
"""Of which choices the text is kept; that of any other is made when it is asked for, which loads SQLAlchemy."""
