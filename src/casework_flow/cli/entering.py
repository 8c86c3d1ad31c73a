"""The verbs by which records are typed: answered field by field, edited as a whole, or entered in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from ..errors import NotFound, Refused
from ..messages import Message
from ..records.types import RecordType
from .app import App, Result, Usage
from .grammar import Argument, Option, Signed, case_argument, verb


def client(app: App, workflow: str, opened: Callable[[Any], Any]) -> Any:
    """Ask for the client of a new case; what ``opened`` gave."""
    from .. import facts
    from . import asking, drafts

    app.casework.staff(app.by)
    flow = app.casework.library.load(workflow)
    kind = facts.record_types(flow)["client"]
    return asking.ask(app, kind, flow, drafts.of(app, ".json", workflow, kind.name), opened)


def asked(app: App, number: str, record: str, revise: int | bool, how: Mapping[str, Any]) -> Any:
    """Ask for a record of a case, and record it; a single record that is there already is corrected."""
    from . import asking, drafts

    kind, flow = _known(app, number, record)
    prior = _present(app, number, kind, revise)
    revised = {**how, "revise": revise if kind.many else prior is not None}
    draft = drafts.of(app, ".json", number, record, "" if isinstance(revise, bool) else revise)
    return asking.ask(
        app, kind, flow, draft, lambda data: app.casework.record(number, record, data, **revised), prior
    )


def _known(app: App, number: str, record: str) -> tuple[RecordType, Any]:
    from .. import facts
    from ..recording import record_type

    app.casework.staff(app.by)  # who is nobody hears it before the first question
    flow = app.casework.workflow(number)
    return record_type(facts.record_types(flow), record), flow


def _present(app: App, number: str, kind: RecordType, item: int | bool) -> dict[str, Any] | None:
    """What is recorded and to be corrected; None where something new is entered.

    Raises:
        Usage: it is not said which of many items is to be corrected.
        NotFound: there is no item of that number.
        Refused: nothing is recorded yet.
    """
    found = {one.item: one.content for one in app.casework.records(number, kind.name, by=app.by)}
    if not kind.many:
        if item is not False and not found:
            raise Refused(Message("There is no {record} to correct: nothing is recorded yet.", record=kind.title))
        return next(iter(found.values()), None)
    if item is True:
        known = ", ".join(map(str, found)) or "-"
        raise Usage(Message("Say which item is corrected: --revise N; there are: {known}.", known=known))
    if item is False:
        return None
    if item not in found:
        raise NotFound(Message("{record} has no item {item} to correct.", record=kind.title, item=item))
    content: dict[str, Any] = found[item]
    return content


@verb(
    case_argument(),
    Argument("record", metavar="TYPE", says=Message("the type of record: client, intake, consent, contract …")),
    Option(
        "--item",
        type=click.IntRange(min=1),
        metavar="N",
        says=Message("of many items, the one of this number; without it, a new one"),
    ),
    more=Message(
        "The record is opened in the editor that VISUAL or EDITOR names, as YAML with an explanation of each field. "
        "When it is saved and changed it is recorded; what is wrong with it is shown at its line. What you type is "
        "kept until it is recorded."
    ),
    example="casework edit KSS-2025-0001 plan --as rina",
)
def edit(app: App, number: str, record: str, item: int | None) -> Result:
    """Edit a record."""
    from . import drafts, editing, views

    kind, _ = _known(app, number, record)
    if item and not kind.many:
        raise Usage(Message("A case has one {record} only; leave --item out.", record=kind.title))
    prior = _present(app, number, kind, item or False)
    revise = item or (prior is not None and not kind.many)
    found = editing.edit(
        app,
        kind,
        drafts.of(app, ".yaml", number, record, item or ""),
        lambda data: app.casework.record(number, record, data, by=app.by, at=app.at, revise=revise, key=app.key),
        prior,
    )
    if found is None:
        unchanged = Message("Nothing was changed, and nothing is recorded.")
        return Result({"case": number, "record": record, "items": []}, lambda screen: screen.line(unchanged))
    return Result(found.as_data(app.lang), lambda screen: views.recorded(screen, found), found.warnings)


@verb(
    case_argument(),
    Signed(
        "entry",
        metavar="ENTRY",
        nargs=-1,
        says=Message("+60000 usaha, -25000 pangan kebutuhan: income, or an expense with its purpose"),
    ),
    Option(
        "--date", metavar="DATE", says=Message("when it was: 2025-03-06, 6/3/2025, kemarin; default the working date")
    ),
    Option("--note", metavar="TEXT", says=Message("a note")),
    Option("--again", is_flag=True, says=Message("record it even though the very same is recorded already")),
    more=Message(
        "Several entries may follow each other; all of them are recorded, or none. The purpose of an expense is a "
        "need, a want, or capital. What is missing is asked for on a terminal."
    ),
    example="casework finance KSS-2025-0001 +60000 usaha -25000 pangan kebutuhan --as rina",
)
def finance(app: App, number: str, entry: tuple[str, ...], date: str | None, note: str | None, again: bool) -> Result:
    """Enter income and expenses."""
    from . import asking, quick, views

    kind, flow = _known(app, number, "finance")
    if not entry:
        if not asking.possible(app):
            raise asking.missing("ENTRY", "casework finance")
        found = asked(app, number, kind.name, False, {"by": app.by, "at": app.at, "again": again, "key": app.key})
    else:
        given = quick.entries(app, kind, flow, entry, date, note)
        found = app.casework.record(number, kind.name, given, by=app.by, at=app.at, again=again, key=app.key)
    return Result(found.as_data(app.lang), lambda screen: views.recorded(screen, found), found.warnings)


_TOLD: Final = {
    "purpose": Message("what the visit was for"),
    "activities": Message("what was done"),
    "observations": Message("what was seen"),
    "feedback": Message("what the client said"),
    "next_steps": Message("what comes next"),
    "obstacles": Message("what stood in the way"),
}


@verb(
    case_argument(),
    Option("--week", metavar="N", says=Message("the week of the contract; default that of the date")),
    Option(
        "--date", metavar="DATE", says=Message("when it was: 2025-03-06, 6/3/2025, kemarin; default the working date")
    ),
    Option(
        "--kind", metavar="KIND", says=Message("home_visit, office or phone, or in your language; default home_visit")
    ),
    Option("--status", metavar="STATUS", says=Message("held, cancelled or client_absent; default held")),
    *(Option(f"--{name.replace('_', '-')}", metavar="TEXT", says=says) for name, says in _TOLD.items()),
    Option("--book-checked", metavar="YES", says=Message("whether the finance book was checked: yes or no")),
    Option("--safety-flag", is_flag=True, default=None, says=Message("somebody's safety is a concern")),
    more=Message("To be asked for each field instead: casework record CASE session"),
    example='casework session KSS-2025-0001 --activities "Memeriksa buku" --as rina',
)
def session(app: App, number: str, **told: Any) -> Result:
    """Enter a session."""
    from . import quick, views

    kind, flow = _known(app, number, "session")
    given = quick.session(app, number, kind, flow, told)
    found = app.casework.record(number, kind.name, given, by=app.by, at=app.at, key=app.key)
    return Result(found.as_data(app.lang), lambda screen: views.recorded(screen, found), found.warnings)
