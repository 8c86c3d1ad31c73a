"""Many cases at a time: pages by key, counts, and what lies in many of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import and_, bindparam, case, exists, func, literal_column, or_, select, tuple_

from .schema import cases, events, records, staff
from .statements import Statement
from .store import CLIENT, Row, Transaction

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
        records.c.type == literal_column(f"'{CLIENT}'"),
        or_(*(records.c.content.like(bindparam(name), escape="\\") for name in patterns)),
        ~newer,
    )


_unit: Final = select(staff.c.name).where(
    staff.c.office_id == cases.c.office_id,
    or_(staff.c.name == bindparam("unit"), staff.c.supervisor == bindparam("unit")),
)
_PHONE_PLACES: Final = 13
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


@cache
def _page(given: tuple[str, ...], sort: str, descending: bool, limited: bool) -> Statement:
    key = SORTS[sort]
    found = select(cases).where(_own, *(_FILTERS[name] for name in given if name in _FILTERS))
    if "text" in given:
        found = found.where(or_(*(part for name, part in _searched().items() if name in given)))
    if "after_key" in given:
        place = tuple_(bindparam("after_key"), bindparam("after_id"))
        found = found.where(tuple_(key, cases.c.id) < place if descending else tuple_(key, cases.c.id) > place)
    order = (key.desc(), cases.c.id.desc()) if descending else (key, cases.c.id)
    found = found.order_by(*order)
    return Statement(found.limit(bindparam("most")) if limited else found)


def _searched() -> dict[str, Any]:
    """Where a text is looked for."""
    return {
        "text": or_(
            func.lower(cases.c.client).like(bindparam("text"), escape="\\"),
            func.lower(cases.c.number).like(bindparam("text"), escape="\\"),
        ),
        "nik": _client("nik"),
        "phone_0": _client(*(f"phone_{place}" for place in range(_PHONE_PLACES))),
    }


@cache
def _key_of(sort: str) -> Statement:
    return Statement(select(SORTS[sort].label("key"), cases.c.id).where(_own, cases.c.number == bindparam("of")))


def page(
    tx: Transaction,
    wanted: Mapping[str, str],
    *,
    sort: str = "number",
    descending: bool = False,
    limit: int | None = None,
    after: str | None = None,
) -> list[Row]:
    """The cases that are as ``wanted``.

    Args:
        tx: the transaction that reads.
        wanted: columns with their values; ``open`` with any; ``today``: late on that day; ``until``: due by that day;
            ``district``: the code of the client's region, or of one that holds it; ``unit``: of this member of
            staff or those whom they supervise; ``number``: a part of it; ``text``: see ``found``.
        sort: one of ``SORTS``.
        descending: the last one first.
        limit: at most so many.
        after: those that come after the case of this number.
    """
    given = {**wanted, **_patterns(wanted)}
    if after is not None:
        place = tx.rows(_key_of(sort), of=after)
        if not place:
            return []
        given |= {"after_key": place[0]["key"], "after_id": place[0]["id"]}
    statement = _page(tuple(given), sort, descending, limit is not None)
    return tx.rows(statement, **given, **({} if limit is None else {"most": limit}))


def _patterns(wanted: Mapping[str, str]) -> dict[str, str]:
    """What a district, a part of a number and a text are looked for as, in the one form that stored JSON has."""
    made: dict[str, str] = {}
    if district := wanted.get("district"):
        code = f'%"region":{{"code":"{_plain(district)}'
        made |= {"district": f'{code}"%', "below": f"{code}{'.' if '.' in district else ''}%"}
    if number := wanted.get("number"):
        made["number"] = f"%{_plain(number.lower())}%"
    if text := wanted.get("text"):
        made["text"] = f"%{_plain(text.lower())}%"
        digits = "".join(letter for letter in text if letter.isdigit())
        if len(digits) >= _LEAST_DIGITS and not any(letter.isalpha() for letter in text):
            made["nik"] = f'%"nik":"{digits}"%'
            national = digits.removeprefix("0")
            made |= {f"phone_{place}": f'%"phone":"{"_" * place}{national}%' for place in range(_PHONE_PLACES)}
    return made


_LEAST_DIGITS: Final = 5
"""Fewer digits are no telephone number that anybody looks for."""


def _plain(text: str) -> str:
    """``text`` as LIKE takes it: its own wildcards are letters."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@cache
def _tally(given: tuple[str, ...]) -> Statement:
    columns = (cases.c.workflow_digest, cases.c.stage, cases.c.status, cases.c.worker)
    late = func.sum(case((_late, literal_column("1")), else_=literal_column("0"))).label("late")
    counted = select(*columns, func.count().label("count"), late).where(_own, _open)
    return Statement(counted.where(*(_FILTERS[name] for name in given)).group_by(*columns))


def tally(tx: Transaction, wanted: Mapping[str, str], today: str) -> list[Row]:
    """The open cases as ``wanted``, counted by workflow, stage, status and worker; ``late`` are those overdue."""
    return tx.rows(_tally(tuple(wanted)), today=today, **wanted)


@cache
def _first(given: tuple[str, ...]) -> Statement:
    place = func.row_number().over(
        partition_by=(cases.c.workflow_digest, cases.c.stage), order_by=(SORTS["due"], cases.c.id)
    )
    ranked = select(cases, place.label("place")).where(_own, _open, *(_FILTERS[name] for name in given)).subquery()
    wanted = select(*(ranked.c[column.name] for column in cases.c)).where(ranked.c.place <= bindparam("most"))
    return Statement(wanted.order_by(ranked.c.place, ranked.c.id))


def first(tx: Transaction, wanted: Mapping[str, str], limit: int) -> list[Row]:
    """The most urgent open cases of each stage of each workflow, at most ``limit`` of each."""
    return tx.rows(_first(tuple(wanted)), most=limit, **wanted)


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


@cache
def _asked(given: tuple[str, ...]) -> Statement:
    found = select(cases).where(_own, cases.c.id.in_(_streams), *(_FILTERS[name] for name in given))
    return Statement(found.order_by(cases.c.id))


def asked(tx: Transaction, wanted: Mapping[str, str]) -> list[Row]:
    """The cases as ``wanted`` in which an approval was asked for since they last moved, answered or not."""
    return tx.rows(_asked(tuple(wanted)), **wanted)


@cache
def _closed_since(kind: str, given: tuple[str, ...]) -> Statement:
    found = (
        select(cases, records.c.content)
        .join(records, (records.c.office_id == cases.c.office_id) & (records.c.case_id == cases.c.id))
        .where(_own, cases.c.status == literal_column("'closed'"), cases.c.closed_on >= bindparam("since"))
        .where(records.c.type == literal_column(f"'{kind}'"))
        .where(records.c.episode == cases.c.episode, records.c.cycle == cases.c.cycle)
        .order_by(cases.c.closed_on, cases.c.id, records.c.revision)
    )
    return Statement(found.where(*(_FILTERS[name] for name in given)))


def closed_since(tx: Transaction, kind: str, since: str, wanted: Mapping[str, str]) -> list[Row]:
    """The cases closed since a day, each revision of their record ``kind`` beside them, the last one last."""
    return tx.rows(_closed_since(kind, tuple(wanted)), since=since, **wanted)
