"""The statements of the outbox; ``statements.py`` takes them over, so that they are compiled like its own."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Integer, Text, and_, bindparam, delete, insert, literal_column, null, or_, select, update

from .schema import cases, deliveries, documents, events, subscriptions

_READY: Final = deliveries.c.state == literal_column("'ready'")


def _office(of: Any) -> Any:
    return of.c.office_id == bindparam("office")


SUBSCRIPTIONS: Final = select(subscriptions).where(_office(subscriptions)).order_by(subscriptions.c.name)
SUBSCRIPTION: Final = select(subscriptions).where(_office(subscriptions), subscriptions.c.name == bindparam("called"))
SUBSCRIPTION_CHANGED: Final = (
    update(subscriptions)
    .where(_office(subscriptions), subscriptions.c.name == bindparam("called"))
    .values({column.name: bindparam(f"new_{column.name}") for column in subscriptions.c if not column.primary_key})
)

QUEUE: Final = insert(deliveries).from_select(
    [column.name for column in deliveries.c],
    select(
        subscriptions.c.office_id,
        subscriptions.c.name,
        bindparam("of", type_=Text),
        bindparam("place", type_=Integer),
        literal_column("'ready'"),
        literal_column("0"),
        bindparam("now", type_=Text),
        null(),
        null(),
        bindparam("now", type_=Text),
    ).where(
        _office(subscriptions),
        subscriptions.c.state == literal_column("'active'"),
        or_(
            subscriptions.c.events == literal_column("'[]'"),
            subscriptions.c.events.like(bindparam("named", type_=Text)),
        ),
    ),
)
"""One row for each subscription that wants the event."""

_earlier: Final = deliveries.alias()
_behind: Final = (
    select(_earlier.c.seq)
    .where(
        _earlier.c.office_id == deliveries.c.office_id,
        _earlier.c.subscription == deliveries.c.subscription,
        _earlier.c.stream == deliveries.c.stream,
        _earlier.c.seq < deliveries.c.seq,
        _earlier.c.state.in_([literal_column("'ready'"), literal_column("'dead'")]),
    )
    .correlate(deliveries)
    .exists()
)
"""Whether an earlier event of the same case is still to be told."""

_delivery: Final = and_(
    _office(deliveries),
    deliveries.c.subscription == bindparam("whose"),
    deliveries.c.stream == bindparam("of"),
    deliveries.c.seq == bindparam("place"),
)
_with_case: Final = (
    select(deliveries, cases.c.number, events.c.kind, events.c.body, events.c.at)
    .join_from(
        deliveries,
        cases,
        and_(cases.c.office_id == deliveries.c.office_id, cases.c.id == deliveries.c.stream),
    )
    .join(
        events,
        and_(
            events.c.office_id == deliveries.c.office_id,
            events.c.stream == deliveries.c.stream,
            events.c.seq == deliveries.c.seq,
        ),
    )
)
DUE: Final = (
    select(deliveries)
    .where(_office(deliveries), _READY, deliveries.c.due_at <= bindparam("now"), ~_behind)
    .order_by(deliveries.c.due_at, deliveries.c.subscription, deliveries.c.stream, deliveries.c.seq)
    .limit(bindparam("most"))
)
CLAIM: Final = (
    update(deliveries)
    .where(_delivery, _READY, deliveries.c.due_at <= bindparam("now"), ~_behind)
    .values(
        lease=bindparam("token"),
        attempts=deliveries.c.attempts + literal_column("1"),
        due_at=bindparam("until"),
        changed_at=bindparam("now"),
    )
)
SETTLE: Final = (
    update(deliveries)
    .where(_delivery, _READY, deliveries.c.lease == bindparam("token"))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("due"),
        note=bindparam("new_note"),
        lease=null(),
        changed_at=bindparam("now"),
    )
)
_unsettled: Final = deliveries.c.state.in_([literal_column("'ready'"), literal_column("'dead'")])
_skipped: Final = {
    "state": literal_column("'skipped'"),
    "note": bindparam("new_note"),
    "lease": null(),
    "changed_at": bindparam("now"),
}
SKIP: Final = update(deliveries).where(_delivery, _unsettled).values(_skipped)
SKIP_ALL: Final = (
    update(deliveries)
    .where(_office(deliveries), deliveries.c.subscription == bindparam("whose"), _unsettled)
    .values(_skipped)
)
_again: Final = {
    "state": literal_column("'ready'"),
    "attempts": literal_column("0"),
    "due_at": bindparam("now"),
    "lease": null(),
    "changed_at": bindparam("now"),
}
_alive: Final = (
    select(subscriptions.c.name)
    .where(
        subscriptions.c.office_id == deliveries.c.office_id,
        subscriptions.c.name == deliveries.c.subscription,
        subscriptions.c.state == literal_column("'active'"),
    )
    .correlate(deliveries)
    .exists()
)
REPLAY: Final = update(deliveries).where(_delivery, _alive).values(_again)
REPLAY_DEAD: Final = (
    update(deliveries)
    .where(_office(deliveries), deliveries.c.state == literal_column("'dead'"), _alive)
    .values(_again)
)
_told_since: Final = (
    select(events.c.seq)
    .where(
        events.c.office_id == deliveries.c.office_id,
        events.c.stream == deliveries.c.stream,
        events.c.seq == deliveries.c.seq,
        events.c.at >= bindparam("since"),
    )
    .correlate(deliveries)
    .exists()
)
REPLAY_SINCE: Final = update(deliveries).where(_office(deliveries), _told_since, _alive).values(_again)
REMOVE_SETTLED: Final = delete(deliveries).where(
    _office(deliveries),
    deliveries.c.state.in_([literal_column("'done'"), literal_column("'skipped'")]),
    deliveries.c.changed_at < bindparam("before"),
)
DELIVERIES: Final = (
    _with_case.where(_office(deliveries), deliveries.c.state == bindparam("wanted"))
    .order_by(deliveries.c.changed_at, deliveries.c.subscription, deliveries.c.stream, deliveries.c.seq)
    .limit(bindparam("most"))
)
DELIVERY: Final = _with_case.where(_delivery)
EVENT_TO_TELL: Final = (
    select(
        events.c.stream,
        events.c.seq,
        events.c.kind,
        events.c.on,
        events.c.at,
        events.c.role,
        events.c.body,
        cases.c.number,
        cases.c.workflow,
    )
    .join_from(events, cases, and_(cases.c.office_id == events.c.office_id, cases.c.id == events.c.stream))
    .where(_office(events), events.c.stream == bindparam("of"), events.c.seq == bindparam("place"))
)
DOCUMENTS_OF: Final = (
    select(documents.c.id, documents.c.name, documents.c.version, documents.c.sha256)
    .where(_office(documents), documents.c.case_id == bindparam("of"))
    .where(or_(documents.c.seq == bindparam("place"), documents.c.id == bindparam("named")))
    .order_by(documents.c.seq, documents.c.id)
)
"""The documents that came with an event, and the one that it names."""
