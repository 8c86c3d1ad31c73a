"""The verbs of keys: made, listed, revoked; and who has read what by them."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import click

from ..errors import Invalid, Problem
from ..messages import Message
from .app import App, Result
from .grammar import Argument, Option, verb


@verb(
    Argument("name", metavar="NAME", says=Message("the short name of the member of staff as whom a program acts")),
    Option(
        "--scope",
        "scopes",
        multiple=True,
        required=True,
        type=click.Choice(("read", "write", "approve", "audit")),
        says=Message("what the key may be used for; more than one may be named"),
    ),
    Option("--expires", metavar="DATE", says=Message("the last day on which it counts; without it, until revoked")),
    Option("--label", default="", metavar="TEXT", says=Message("what it is for")),
    more=Message(
        "The key is printed once, on standard output, and kept nowhere: only its digest is. Whoever sends it over "
        "HTTP acts as this member of staff, as far as their role goes."
    ),
    example="casework key add rina --scope read --scope write --expires 2026-12-31",
)
def key_add(app: App, name: str, scopes: tuple[str, ...], expires: str | None, label: str) -> Result:
    """Make a key."""
    key, token = app.casework.add_key(name, scopes=scopes, label=label, expires_on=_day(expires))
    note = Message("Keep this key in a safe place; it is not shown again.")

    def show(_: Any) -> None:
        click.echo(token)
        click.echo(app.say(note), err=True)

    return Result({**key.as_data(), "key": token}, show)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        why = Message("A date such as 2025-12-31 is expected.")
        raise Invalid(Message("{value} is no date.", value=text), [Problem("--expires", why)]) from None


@verb(example="casework key list")
def key_list(app: App) -> Result:
    """The keys."""
    found = app.casework.api_keys()

    def show(screen: Any) -> None:
        heads = [Message("Key"), Message("Who"), Message("Scopes"), Message("For"), Message("Until"), Message("Used")]
        screen.table(heads, [_row(app, key) for key in found], fixed=(0,))

    return Result([key.as_data() for key in found], show)


def _row(app: App, key: Any) -> list[str]:
    until = app.say(Message("revoked")) if key.revoked_at else str(key.expires_on or "–")
    return [key.id, key.staff, " ".join(key.scopes), key.label or "–", until, (key.used_at or "–")[:16]]


@verb(
    Argument("id", metavar="KEY", says=Message("the key's id: casework key list shows it")),
    example="casework key revoke 096de4d84d95",
)
def key_revoke(app: App, id: str) -> Result:
    """Let a key open nothing any more."""
    found = app.casework.revoke_key(id)
    words = Message("The key {id} of {name} opens nothing any more.", id=found.id, name=found.staff)
    return Result(found.as_data(), lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    Argument("case", metavar="CASE", required=False, says=Message("the case's number; without it, all cases")),
    Option("--limit", type=click.IntRange(min=1), metavar="N", says=Message("at most so many, the latest first")),
    more=Message(
        "What was read over HTTP: who, by which key, and when. Whoever has the database itself reads what they "
        "want, and is not in this list."
    ),
    example="casework reads KSS-2025-0001",
)
def reads(app: App, case: str | None, limit: int | None) -> Result:
    """Who has read what."""
    most = limit or (None if app.json or not sys.stdout.isatty() else 50)
    found = [one for _, one in app.casework.reads(case, limit=most, by=app.actor or None)]

    def show(screen: Any) -> None:
        heads = [Message("When"), Message("Who"), Message("Key"), Message("Case"), Message("What")]
        rows = [[one.at[:16], one.by, one.key or "–", one.case or "–", one.what] for one in found]
        screen.table(heads, rows, fixed=(0, 3))

    return Result([one.as_data() for one in found], show)
