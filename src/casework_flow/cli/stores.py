"""The verbs of the database itself: seals, copies, repairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..messages import Message
from .app import App, Result
from .failures import Findings
from .grammar import Argument, Option, verb


@verb(
    Option("--signing-key", metavar="FILE", says=Message("sign it with this Ed25519 key (PEM, without a password)")),
    more=Message(
        "Print it into a file that whoever can change the database cannot change: another office, a mailbox, paper. "
        "casework verify --seal FILE then finds histories that were cut off and cases that have vanished."
    ),
    example="casework seal > seal-2025-06.json",
)
def seal(app: App, signing_key: str | None) -> Result:
    """The heads of all histories."""
    made = app.casework.seal(Path(signing_key).read_bytes() if signing_key else None)
    return Result(made, lambda _: click.echo(json.dumps(made, ensure_ascii=False, indent=1)))


@verb(
    Argument("file", metavar="FILE", says=Message("the file to make")),
    more=Message(
        "Others may go on working meanwhile; the copy is the database at one moment. Of PostgreSQL, pg_dump makes "
        "one."
    ),
    example="casework backup casework-2025-06-30.db",
)
def backup(app: App, file: str) -> Result:
    """Copy the database."""
    from ..store import backup as copies  # SQLAlchemy: loaded when the verb runs, not for its help

    with app.usable():
        source = copies.file_of(app.address[0])
    size = copies.backup(source, Path(file))
    words = Message("{file} holds the whole database ({size} bytes).", file=file, size=size)
    return Result({"file": file, "bytes": size}, lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    Argument("file", metavar="FILE", says=Message("a copy that casework backup made")),
    more=Message(
        "The copy is checked like casework verify does, and put where the office's database belongs. A database that "
        "is there is never overwritten: move it away first."
    ),
    example="casework restore casework-2025-06-30.db",
)
def restore(app: App, file: str) -> Result:
    """Put a copy back."""
    from ..casework import Casework  # see backup
    from ..store import backup as copies

    url, own = app.address
    with app.usable():
        target = copies.file_of(url)

    def check(draft: Path) -> None:
        cw = Casework(f"sqlite:///{draft}", office=own)
        found = cw.verify()
        cw.disconnect()
        if found:
            places = [finding.where for finding in found[:3]]
            raise Findings(
                Message(
                    "The copy is not sound, and nothing was restored; findings: {count} ({places} …).",
                    count=len(found),
                    places=places,
                )
            )

    size = copies.restore(Path(file), target, check)
    words = Message("{file} is restored from {copy}, and sound.", file=target, copy=file)
    data = {"file": str(target), "from": file, "bytes": size}
    return Result(data, lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    more=Message(
        "Where a case stands is kept twice: in its history, and in a row that is quick to read. The history counts."
    ),
    example="casework rebuild",
)
def rebuild(app: App) -> Result:
    """Write the cases anew from their histories."""
    found = app.casework.rebuild()

    def show(screen: Any) -> None:
        for number, columns in found:
            changed = Message("{case}: {columns}", case=number, columns=list(columns))
            screen.item("✓", "green", changed, indent=0)
        if not found:
            screen.item("✓", "green", Message("Every case is as its history says; nothing was changed."), indent=0)

    return Result([{"case": number, "columns": list(columns)} for number, columns in found], show)


@verb(
    more=Message(
        "Make a copy first, with casework backup. Nothing is done where the database is up to date already."
    ),
    example="casework upgrade-db",
)
def upgrade_db(app: App) -> Result:
    """Bring the database up to this version."""
    from ..store.database import connect  # see backup
    from ..store.migrations import migrate
    from .app import refuse_missing

    url = app.address[0]
    refuse_missing(url, new=False)
    with app.usable():
        engine = connect(url)
    try:
        before, now = migrate(engine)
    finally:
        engine.dispose()
    words = (
        Message("The database is up to date already ({version}).", version=now)
        if before == now
        else Message("The database is brought from {before} to {version}.", before=before or "-", version=now)
    )
    return Result({"from": before, "to": now}, lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    more=Message("Show this to whoever helps you. It names no person and no case."),
    example="casework doctor",
)
def doctor(app: App) -> Result:
    """What this installation is made of."""
    from ..doctor import examine  # see backup

    found = examine(*app.address)
    wrong = [one for one in found if not one.ok]
    failure = Findings(Message("Something is wrong; findings: {count}.", count=len(wrong))) if wrong else None

    def show(screen: Any) -> None:
        for one in found:
            mark, style = ("✓", "green") if one.ok else ("✗", "red")
            screen.item(mark, style, Message("{what}: {found}", what=one.what, found=one.found), indent=0)

    data = [{"what": app.say(one.what), "ok": one.ok, "found": app.say(one.found)} for one in found]
    return Result(data, show, failure=failure)
