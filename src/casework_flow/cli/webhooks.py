"""The verbs about other software that is told of events: who, what has been told, and the worker that tells them."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from datetime import datetime
from typing import Any

import click

from ..delivering import KEPT_DAYS, Attempt
from ..errors import Conflict
from ..messages import Message
from ..occasions import OCCASIONS
from ..store.faults import StoreUnusable
from ..store.outbox import STATES
from .app import App, Result, Usage
from .failures import Findings
from .grammar import Argument, Option, verb

_HOUR = 3600.0
_NAME = Argument("name", metavar="NAME", says=Message("the subscription's short name"))


@verb(
    Argument("name", metavar="NAME", says=Message("a short name for the receiver")),
    Argument("url", metavar="URL", says=Message("the receiver's address, https")),
    Option(
        "--events",
        metavar="LIST",
        says=Message("of what it is told, with commas; without it, of everything: {events}", events=OCCASIONS),
    ),
    Option("--secret", metavar="SECRET", says=Message("what signs messages: whsec_…; without it, one is made")),
    Option("--insecure", is_flag=True, says=Message("let the address be http, for a test on this machine")),
    more=Message(
        "The secret is printed this once: the receiver needs it to check the signatures. Messages hold case numbers, "
        "stages and documents' digests, and nothing about a person."
    ),
    example="casework webhook add sik https://sik.example/events --as sup",
)
def webhook_add(app: App, name: str, url: str, events: str | None, secret: str | None, insecure: bool) -> Result:
    """Let other software be told of events."""
    wanted = (events or "").replace(",", " ").split()
    made, told = app.casework.subscribe(
        name, url, by=app.by, events=wanted, secret=secret, insecure=insecure, key=app.key
    )

    def show(screen: Any) -> None:
        words = Message("{name} is told of events from now on, at {url}.", name=made.name, url=made.url)
        screen.item("✓", "green", words, indent=0)
        screen.line(Message("The secret, which is shown this once:"))
        screen.console.print(f"  {told}", soft_wrap=True)
        screen.line(Message("Try it: {command}", command=f"casework webhook test {made.name}"), "dim")

    return Result({**made.as_data(), "secret": told}, show)


@verb(example="casework webhook list")
def webhook_list(app: App) -> Result:
    """Everybody who is told of events."""
    found = app.casework.subscriptions()

    def show(screen: Any) -> None:
        if not found:
            screen.line(Message("Nobody is told of events."))
            return
        every = Message("everything")
        rows = [[one.name, one.url, list(one.events) if one.events else every] for one in found]
        screen.table([Message("Name"), Message("Address"), Message("Events")], rows, fixed=(0,))

    return Result([one.as_data() for one in found], show)


@verb(
    _NAME,
    more=Message("What it has not been told yet is given up. Its secret is forgotten."),
    example="casework webhook remove sik --as sup",
)
def webhook_remove(app: App, name: str) -> Result:
    """Tell somebody nothing more."""
    given_up = app.casework.unsubscribe(name, by=app.by, key=app.key)
    words = Message("{name} is told nothing more; messages given up: {count}.", name=name, count=given_up)
    return Result({"name": name, "skipped": given_up}, lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    _NAME,
    more=Message("The message is of the type casework.case.test and tells of no case. It is sent once, now."),
    example="casework webhook test sik",
)
def webhook_test(app: App, name: str) -> Result:
    """Send a message that tells of nothing."""
    answer = app.casework.try_subscription(name)
    if not answer.ok:
        failure = Findings(Message("{name} did not take the message: {why}.", name=name, why=answer.note))
        return Result({"name": name, "ok": False, "note": answer.note}, lambda _: None, failure=failure)
    words = Message("{name} took the message: {answer}.", name=name, answer=answer.note)
    return Result(
        {"name": name, "ok": True, "note": answer.note}, lambda screen: screen.item("✓", "green", words, indent=0)
    )


# the outbox

_LIMIT = 1000


@verb(
    Option(
        "--state",
        "states",
        type=click.Choice(STATES),
        multiple=True,
        metavar="STATE",
        says=Message("only these: {states}; without it, what is still to be told and what is dead", states=STATES),
    ),
    more=Message(
        "Of one case the events are told in their order: behind one that is dead, the later ones wait until it is "
        "replayed or skipped."
    ),
    example="casework outbox list",
)
def outbox_list(app: App, states: tuple[str, ...]) -> Result:
    """What others are still to be told, and why they have not been."""
    zone = app.casework.office.zone
    found = app.casework.deliveries(states or ("ready", "dead"), limit=_LIMIT)

    def local(moment: str) -> str:
        return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}"

    def show(screen: Any) -> None:
        if not found:
            screen.line(Message("There is nothing in the outbox."))
            return
        headings = [
            Message("Delivery"),
            Message("Event"),
            Message("State"),
            Message("Attempts"),
            Message("Next"),
            Message("Last answer"),
        ]
        rows = [
            [
                one.id,
                one.event,
                one.state,
                one.attempts,
                local(one.due_at) if one.state == "ready" else "",
                one.note,
            ]
            for one in found
        ]
        screen.table(headings, rows, fixed=(0, 1, 4))

    return Result([one.as_data() for one in found], show)


@verb(
    Argument("delivery", metavar="[DELIVERY]", required=False, says=Message("one, as casework outbox list names it")),
    Option("--dead", is_flag=True, says=Message("all that are dead")),
    Option("--since", metavar="DATE", says=Message("all of events written since then, taken or not")),
    more=Message("A receiver knows a message that it has had before by its webhook-id."),
    example="casework outbox replay --dead",
)
def outbox_replay(app: App, delivery: str | None, dead: bool, since: str | None) -> Result:
    """Let messages be sent anew."""
    if sum((delivery is not None, dead, since is not None)) != 1:
        raise Usage(Message("Say what to replay: one DELIVERY, --dead or --since DATE."))
    count = app.casework.replay(delivery, since=since)
    words = Message("Messages that are sent anew by the next worker: {count}.", count=count)
    return Result({"replayed": count}, lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    Argument("delivery", metavar="DELIVERY", says=Message("one, as casework outbox list names it")),
    more=Message("The receiver is never told of this event; the later ones of the case no longer wait for it."),
    example="casework outbox skip sik:KSS-2025-0001:7 --as sup",
)
def outbox_skip(app: App, delivery: str) -> Result:
    """Give a message up."""
    skipped = app.casework.skip(delivery, by=app.by)
    words = (
        Message("{delivery} is given up.", delivery=delivery)
        if skipped
        else Message("{delivery} was settled already; nothing is changed.", delivery=delivery)
    )
    return Result({"skipped": skipped}, lambda screen: screen.item("✓", "green", words, indent=0))


# the worker


@verb(
    Option("--once", is_flag=True, says=Message("send what is due, then end: 3 if something could not be sent")),
    Option(
        "--every",
        type=click.FloatRange(min=0.1),
        default=5.0,
        metavar="SECONDS",
        says=Message("how long to rest when nothing is due: 5"),
    ),
    Option(
        "--keep",
        "days",
        type=click.IntRange(min=0),
        default=KEPT_DAYS,
        metavar="DAYS",
        says=Message("how long what was sent stays in the outbox: {days}", days=KEPT_DAYS),
    ),
    more=Message(
        "Several may run at once. SIGTERM or Ctrl-C lets it finish the message in hand and end. One line is logged "
        "for each message on standard error."
    ),
    example="casework worker --once",
)
def worker(app: App, once: bool, every: float, days: int) -> Result:
    """Tell others of events."""
    casework = app.casework
    counted: Counter[str] = Counter()

    def told(attempt: Attempt) -> None:
        counted[attempt.outcome] += 1
        _log(f"{attempt.id} {attempt.outcome} {attempt.note}")

    if once:
        casework.sweep(told)
        casework.forget_delivered(days)
    else:
        _run(casework, told, every, days)
    failed = counted["failed"] + counted["dead"]
    failure = Findings(Message("Messages not taken: {count}; casework outbox list shows them.", count=failed))
    words = Message("Messages that were taken: {count}.", count=counted["done"])
    return Result(
        dict(counted),
        lambda screen: screen.item("✓", "green", words, indent=0),
        failure=failure if once and failed else None,
    )


def _run(casework: Any, told: Any, every: float, days: int) -> None:
    """Sweep until a signal says to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    swept = float("-inf")
    while not stop.is_set():
        try:
            casework.sweep(told, stop.is_set)
            if time.monotonic() - swept > _HOUR:
                casework.forget_delivered(days)
                swept = time.monotonic()
        except (Conflict, StoreUnusable) as fault:  # the database is away: what is in it is delivered later
            _log(str(fault))
        stop.wait(every)


def _log(line: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), line, file=sys.stderr, flush=True)  # noqa: T201
