"""Telling others: subscriptions, and the delivery of every event to everybody who has subscribed to it.

The row in the outbox is the truth, written with the event. Whoever delivers claims it by compare-and-swap, sends
outside any transaction, and settles it while their lease lasts; what nobody settled is delivered again.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from . import cases, webhooks
from .cases import Who
from .errors import Invalid, NotFound, NotPermitted, Problem, Refused
from .exchange import Exchange
from .messages import Message
from .moments import When
from .occasions import occasion
from .store import outbox
from .store.database import retried
from .store.outbox import Place
from .store.store import Row, Transaction
from .values import Staff
from .webhooks import Answer, Delivery, Subscription

SUBSCRIBERS: Final = ("supervisor", "office_head")
"""The roles that decide whom the office tells of its cases."""

TRIES: Final = 8
"""How often a delivery is tried before it is dead."""

PAUSES: Final = (10, 60, 300, 1800, 7200, 21_600, 43_200)
"""Seconds between one attempt and the next: 10 s, 1 min, 5 min, 30 min, 2 h, 6 h, 12 h."""

JITTER: Final = 0.25
"""How far each pause is left to chance, so that what failed together does not come back together."""

LEASE: Final = timedelta(minutes=2)
"""How long a delivery is in one worker's hands: far longer than a receiver may take, ``webhooks.SECONDS``."""

KEPT_DAYS: Final = 30
"""Days for which a delivery that was made is kept."""

_PAGE: Final = 200
"""Deliveries that one round of a sweep looks for."""

_AT_ONCE: Final = 8
"""Subscriptions that are told at the same time, so that one which hangs does not hold up the others."""

Outcome = str
"""What became of an attempt: ``done``, ``failed`` (it is tried again), ``dead``, ``skipped``, or ``lost``: the lease
ran out before the receiver had answered, and somebody else has it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver, and what came of it."""

    id: str
    outcome: Outcome
    note: str
    reached: bool = True


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What is sent, and for whom."""

    url: str
    secret: str
    message_id: str
    message: bytes
    attempts: int


class Delivering(Exchange):
    """The cases of one office in one database, with others who are told of what happens to them."""

    # who is told

    @retried
    def subscribe(
        self,
        name: str,
        url: str,
        *,
        by: Who,
        events: Sequence[str] = (),
        secret: str | None = None,
        insecure: bool = False,
        key: str | None = None,
    ) -> tuple[Subscription, str]:
        """Let somebody be told of every event from now on.

        Args:
            name: a short name, unique in the office.
            url: the receiver's address, https.
            by: who decides so: a supervisor or the head of the office.
            events: of what they are told, see ``occasions.OCCASIONS``; all of it where none is named.
            secret: what messages are signed with, ``whsec_`` and Base64; without one it is made.
            insecure: the address may be http, for tests on one machine.
            key: an idempotency key.

        Returns:
            The subscription, and its secret, which is told this once.

        Raises:
            Invalid: something cannot be right; every fault is named.
            Refused: there is a subscription of that name, or the role of ``by`` may not decide this.
        """
        row = webhooks.checked(name, url, events, secret, insecure=insecure)
        with self._store.writing() as tx:
            actor = self._decider(tx, by)
            request = ["subscribe", name, url, row["events"], actor.name]
            done, before = self._repeated(tx, key, request), outbox.subscription(tx, name)
            if done and before:
                return _subscription(before), before["secret"]
            if before and before["state"] == outbox.ACTIVE:
                raise Refused(Message("There is a subscription called {name} already.", name=name))
            self._keep_subscription(tx, {**row, "state": outbox.ACTIVE}, "webhook_added", actor, key, request)
        return _subscription(row), row["secret"]

    @retried
    def unsubscribe(self, name: str, *, by: Who, key: str | None = None) -> int:
        """Tell somebody nothing more; how many deliveries were given up by this.

        Raises:
            NotFound: there is no such subscription.
            NotPermitted: the role of ``by`` may not decide this.
        """
        with self._store.writing() as tx:
            actor = self._decider(tx, by)
            request = ["unsubscribe", name, actor.name]
            if self._repeated(tx, key, request):
                return 0
            row = {**_found(tx, name), "secret": "", "state": outbox.REMOVED}
            kept = {column: row[column] for column in ("name", "url", "events", "secret", "state")}
            self._keep_subscription(tx, kept, "webhook_removed", actor, key, request)
            return outbox.skip_all(tx, name, _REMOVED, self._recorded_at())

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who is told, by name."""
        with self._store.reading() as tx:
            return tuple(_subscription(row) for row in outbox.subscriptions(tx))

    def try_subscription(self, name: str) -> Answer:
        """Send a receiver a message that tells of nothing, now, once.

        Raises:
            NotFound: there is no such subscription.
            NotInstalled: the extra for events is not.
        """
        with self._store.reading() as tx:
            row, office_id = _found(tx, name), tx.office_id
        message_id = f"test_{uuid.uuid4().hex}"
        message = webhooks.trial_body(office_id, message_id, self._recorded_at())
        return webhooks.post(row["url"], message, webhooks.headers(row["secret"], message_id, message, self._clock()))

    def _decider(self, tx: Transaction, by: Who) -> Staff:
        actor = cases.staff(tx, by)
        if actor.role not in SUBSCRIBERS:
            raise NotPermitted(
                Message(
                    "{name} ({role}) may not decide who is told of events; these may: {roles}.",
                    name=actor.full_name,
                    role=Message(actor.role.replace("_", " ")),
                    roles=[Message(role.replace("_", " ")) for role in SUBSCRIBERS],
                )
            )
        return actor

    def _keep_subscription(
        self, tx: Transaction, row: Mapping[str, Any], kind: str, actor: Staff, key: str | None, request: object
    ) -> None:
        on = self._now().date().isoformat()
        outbox.keep_subscription(tx, row, self._event(kind, on, actor, {}, key=key, request=request))

    # what they are told

    def deliveries(self, states: Sequence[str] = ("ready", "dead"), *, limit: int = 1000) -> tuple[Delivery, ...]:
        """The deliveries in these states, of each state those first that have been in it the longest.

        Args:
            states: some of ``store.outbox.STATES``.
            limit: at most so many of each.
        """
        with self._store.reading() as tx:
            return tuple(_delivery(row) for row in outbox.deliveries(tx, states, limit))

    def deliver(self, delivery: str) -> Attempt | None:
        """Make one delivery, if it is due and nobody else is making it; else None.

        Args:
            delivery: its id.

        Raises:
            NotFound: there is no such delivery.
            NotInstalled: the extra for events is not.
        """
        with self._store.reading() as tx:
            place = _place(tx, delivery)
        return self._deliver(place)

    def sweep(
        self, told: Callable[[Attempt], object] = lambda _: None, stopping: Callable[[], bool] = lambda: False
    ) -> int:
        """Deliver everything that is due; how many attempts that took.

        A receiver that cannot be reached is left alone until the next sweep: what waits for it loses no attempt.

        Args:
            told: is called after each attempt, from several threads.
            stopping: whether no further delivery is to be begun.

        Raises:
            NotInstalled: the extra for events is not.
        """
        count = 0
        away: set[str] = set()
        while not stopping():
            with self._store.reading() as tx:
                places = outbox.due(tx, self._recorded_at(), _PAGE)
            by_subscription: dict[str, list[Place]] = {}
            for place in places:
                if place.subscription not in away:
                    by_subscription.setdefault(place.subscription, []).append(place)
            if not by_subscription:
                break
            with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(by_subscription))) as threads:
                rounds = threads.map(partial(self._tell_one, told=told, stopping=stopping), by_subscription.values())
                for name, (made, reached) in zip(by_subscription, rounds, strict=True):
                    count += made
                    if not reached:
                        away.add(name)
        return count

    def _tell_one(
        self, places: Sequence[Place], *, told: Callable[[Attempt], object], stopping: Callable[[], bool]
    ) -> tuple[int, bool]:
        """Deliver to one receiver, as long as it can be reached; how many attempts were made, and whether it can."""
        made = 0
        for place in places:
            if stopping():
                break
            attempt = self._deliver(place)
            if attempt is None:
                continue  # somebody else has it
            made += 1
            told(attempt)
            if not attempt.reached:
                return made, False
        return made, True

    def _deliver(self, place: Place) -> Attempt | None:
        webhooks.require()  # before an attempt is counted
        token = uuid.uuid4().hex
        claimed = self._claim(place, token)
        if claimed is None or isinstance(claimed, Attempt):
            return claimed
        given = webhooks.headers(claimed.secret, claimed.message_id, claimed.message, self._clock())
        answer = webhooks.post(claimed.url, claimed.message, given)
        return self._settle(place, token, claimed.attempts, answer)

    @retried
    def _claim(self, place: Place, token: str) -> _Claimed | Attempt | None:
        now = self._clock()
        with self._store.writing() as tx:
            if not outbox.claim(tx, place, token=token, now=_text(now), until=_text(now + LEASE)):
                return None
            row = outbox.delivery(tx, place)
            whose = outbox.subscription(tx, place.subscription)
            assert row  # noqa: S101  # for the type checker: it was claimed
            assert whose  # noqa: S101  # a foreign key holds it
            given_up = ("skipped", _REMOVED) if whose["state"] != outbox.ACTIVE else None
            if row["attempts"] > TRIES:  # the workers that had it never came back
                given_up = given_up or ("dead", row["note"] or _VANISHED)
            if given_up:
                state, note = given_up
                outbox.settle(tx, place, token=token, state=state, note=note, now=_text(now), due=_text(now))
                return Attempt(_id(row), state, note)
            message = webhooks.body(tx.office_id, outbox.event(tx, place))
            message_id = webhooks.event_id(place.stream, place.seq)
            return _Claimed(whose["url"], whose["secret"], message_id, message, row["attempts"])

    @retried
    def _settle(self, place: Place, token: str, attempts: int, answer: Answer) -> Attempt:
        now = self._clock()
        state = "done" if answer.ok else "dead" if attempts >= TRIES else "ready"
        due = now if state != "ready" else now + pause(attempts, random.random())  # noqa: S311  # no secret
        with self._store.writing() as tx:
            ours = outbox.settle(
                tx, place, token=token, state=state, note=answer.note, now=_text(now), due=_text(due)
            )
            row = outbox.delivery(tx, place)
        outcome = "lost" if not ours else "failed" if state == "ready" else state
        return Attempt(_id(row) if row else str(place), outcome, answer.note, answer.reached)

    # what went wrong

    @retried
    def replay(self, delivery: str | None = None, *, since: When = None) -> int:
        """Let deliveries be made anew; how many.

        Args:
            delivery: the id of one, whatever became of it; without it, and without ``since``, all that are dead.
            since: all those of events that were written from this day or moment on, done or not.

        Raises:
            NotFound: there is no such delivery.
            Invalid: ``since`` is no day, or lies in the future.
        """
        now = self._recorded_at()
        start = datetime.fromisoformat(self._moment(since)).replace(tzinfo=self._now().tzinfo)
        with self._store.writing() as tx:
            if delivery is not None:
                return outbox.replay(tx, _place(tx, delivery), now)
            return outbox.replay_dead(tx, now) if since is None else outbox.replay_since(tx, _text(start), now)

    @retried
    def skip(self, delivery: str, *, by: Who) -> bool:
        """Give a delivery up, so that the later events of its case are told; whether it was still to be made.

        Raises:
            NotFound: there is no such delivery or member of staff.
            NotPermitted: the role of ``by`` may not decide this.
        """
        with self._store.writing() as tx:
            actor = self._decider(tx, by)
            note = f"skipped by {actor.name}"
            return outbox.skip(tx, _place(tx, delivery), note, self._recorded_at()) == 1

    @retried
    def forget_delivered(self, days: int = KEPT_DAYS) -> int:
        """Remove the deliveries that were made or given up more than ``days`` ago; how many they were.

        Raises:
            Invalid: the days are fewer than none.
        """
        if days < 0:
            why = Message("A number of days is expected, 0 or more.")
            raise Invalid(Message("Deliveries cannot be forgotten like this."), [Problem("days", why)])
        with self._store.writing() as tx:
            return outbox.remove_settled(tx, _text(self._clock() - timedelta(days=days)))


_REMOVED: Final = "subscription removed"
_VANISHED: Final = "worker stopped"


def pause(attempts: int, chance: float) -> timedelta:
    """How long a delivery rests after so many ``attempts``; ``chance`` lies between 0 and 1."""
    return timedelta(seconds=PAUSES[attempts - 1] * (1 - JITTER + 2 * JITTER * chance))


def _text(moment: datetime) -> str:
    """A moment as the rows have it, which sorts as it follows."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(row["name"], row["url"], tuple(json.loads(row["events"])))


def _found(tx: Transaction, name: str) -> Row:
    row = outbox.subscription(tx, name)
    if row is None or row["state"] != outbox.ACTIVE:
        raise NotFound(
            Message("There is no subscription called {name}. casework webhook list shows them.", name=name)
        )
    return row


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        id=_id(row),
        subscription=row["subscription"],
        case=row["number"],
        seq=row["seq"],
        event=occasion(row["kind"], json.loads(row["body"])),
        state=row["state"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        changed_at=row["changed_at"],
        note=row["note"],
    )


def _id(row: Mapping[str, Any]) -> str:
    """What a delivery is known by: subscription, case and the event's place in its history."""
    return f"{row['subscription']}:{row['number']}:{row['seq']}"


def _place(tx: Transaction, delivery: str) -> Place:
    """The delivery of that id.

    Raises:
        NotFound: there is none.
    """
    name, _, rest = delivery.partition(":")
    number, _, seq = rest.rpartition(":")
    found = tx.case(number)
    place = Place(name, found[0], int(seq)) if found and seq.isascii() and seq.isdigit() else None
    if place is None or outbox.delivery(tx, place) is None:
        raise NotFound(
            Message("There is no delivery {delivery}. casework outbox list shows them.", delivery=delivery)
        )
    return place
