"""The outbox: who is to be told of what, and what has become of each telling.

A row is written in the transaction of its event and is the only truth: whoever delivers takes a lease on it by
compare-and-swap, does the work outside any transaction, and settles it only while the lease is still theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from . import chain
from . import sqlite as sql
from .store import Addition, Row, Transaction

ACTIVE: Final = "active"
REMOVED: Final = "removed"
STATES: Final = ("ready", "dead", "done", "skipped")
"""What may have become of a delivery: it is still to be made, was tried too often, was made, was given up."""


class Place(NamedTuple):
    """Which delivery: the subscription, the case's id, and the place of the event in the case's history."""

    subscription: str
    stream: str
    seq: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Place:
        """That of a delivery's row."""
        return cls(row["subscription"], row["stream"], row["seq"])

    @property
    def values(self) -> dict[str, Any]:
        """As the statements take it."""
        return {"whose": self.subscription, "of": self.stream, "place": self.seq}


# subscriptions


def subscriptions(tx: Transaction) -> list[Row]:
    """Those that were not removed, by name."""
    return [row for row in tx.rows(sql.SUBSCRIPTIONS) if row["state"] == ACTIVE]


def subscription(tx: Transaction, name: str) -> Row | None:
    """The one of that name, removed or not."""
    found = tx.rows(sql.SUBSCRIPTION, called=name)
    return found[0] if found else None


def keep_subscription(tx: Transaction, row: Mapping[str, Any], addition: Addition) -> None:
    """Add a subscription or change one; ``addition`` is the event in the office's chain that says who did so."""
    salted = {**row, "salt": chain.new_salt()}
    if subscription(tx, row["name"]) is None:
        tx.insert("subscriptions", salted)
    else:
        values = {f"new_{column}": value for column, value in salted.items() if column != "name"}
        tx.change(sql.SUBSCRIPTION_CHANGED, called=row["name"], **values)
    addition.body.update(name=row["name"], digest=chain.commit_row(salted, chain.SUBSCRIPTION_COLUMNS))
    tx.tell_office(addition)


# deliveries


def due(tx: Transaction, now: str, limit: int) -> list[Place]:
    """What is to be delivered ``now``: of each subscription and case the earliest event that is not settled."""
    return [Place.of(row) for row in tx.rows(sql.DUE, now=now, most=limit)]


def claim(tx: Transaction, place: Place, *, token: str, now: str, until: str) -> bool:
    """Take the lease on a delivery that is ready and due; whether it is ours ``until`` then."""
    return tx.change(sql.CLAIM, **place.values, token=token, now=now, until=until) == 1


def settle(tx: Transaction, place: Place, *, token: str, state: str, note: str | None, now: str, due: str) -> bool:
    """Say what became of a delivery on which we hold the lease; without it nothing is written, and this is False."""
    given = {"token": token, "new_state": state, "new_note": note, "now": now, "due": due}
    return tx.change(sql.SETTLE, **place.values, **given) == 1


def delivery(tx: Transaction, place: Place) -> Row | None:
    """A delivery's row with its case's number and its event's kind, body and moment."""
    found = tx.rows(sql.DELIVERY, **place.values)
    return found[0] if found else None


def deliveries(tx: Transaction, states: Sequence[str], limit: int) -> list[Row]:
    """The deliveries in each of these states, at most ``limit`` of each, as ``delivery`` gives them."""
    return [row for state in states for row in tx.rows(sql.DELIVERIES, wanted=state, most=limit)]


def event(tx: Transaction, place: Place) -> Row:
    """The event that a delivery is about, with its case's number and workflow, and the documents that it tells of."""
    (found,) = tx.rows(sql.EVENT_TO_TELL, of=place.stream, place=place.seq)
    body = json.loads(found["body"])
    named = body.get("document") or ""
    return {
        **found,
        "body": body,
        "documents": tx.rows(sql.DOCUMENTS_OF, of=place.stream, place=place.seq, named=named),
    }


def replay(tx: Transaction, place: Place, now: str) -> int:
    """Make a delivery anew, whatever became of it; how many are ready by this: 0 where nobody listens any more."""
    return tx.change(sql.REPLAY, **place.values, now=now)


def replay_dead(tx: Transaction, now: str) -> int:
    """Make all the dead ones ready again; how many they are."""
    return tx.change(sql.REPLAY_DEAD, now=now)


def replay_since(tx: Transaction, since: str, now: str) -> int:
    """Make all deliveries of events since a moment anew, done or not; how many they are."""
    return tx.change(sql.REPLAY_SINCE, since=since, now=now)


def skip(tx: Transaction, place: Place, note: str, now: str) -> int:
    """Give a delivery up that is not settled; how many that are."""
    return tx.change(sql.SKIP, **place.values, new_note=note, now=now)


def skip_all(tx: Transaction, name: str, note: str, now: str) -> int:
    """Give up what a subscription has not been told yet; how many that are."""
    return tx.change(sql.SKIP_ALL, whose=name, new_note=note, now=now)


def remove_settled(tx: Transaction, before: str) -> int:
    """Forget the deliveries that were made or given up before a moment; how many they were."""
    return tx.change(sql.REMOVE_SETTLED, before=before)
