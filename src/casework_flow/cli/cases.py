"""The verbs that change a case."""

from __future__ import annotations

from typing import Any

import click

from ..errors import Invalid
from ..messages import Message
from ..values import Approval, Done
from .app import App, Result
from .grammar import Argument, Option, OptionalNumber, case_argument, verb


def _how(*, reason_required: bool = False) -> tuple[Option, ...]:
    return (
        Option("--reason", metavar="TEXT", required=reason_required, says=Message("why")),
        Option(
            "--override",
            multiple=True,
            metavar="GUARD",
            says=Message("override a professional requirement; may be given more than once"),
        ),
        Option(
            "--until",
            metavar="DATE",
            says=Message("the last day on which what is overridden stays so, or a pause is expected to last"),
        ),
        Option("--dry-run", is_flag=True, says=Message("decide everything, write nothing")),
    )


@verb(
    Argument("workflow", metavar="WORKFLOW", says=Message("the programme; casework workflow list shows them")),
    Option(
        "--client",
        metavar="FILE",
        says=Message("the client's record; - is standard input; without it, a terminal is asked"),
    ),
    Option("--worker", metavar="NAME", says=Message("who is responsible for the case; without it, who acts")),
    example="casework open pkh-economic --client client.yaml --as rina",
)
def open_case(app: App, workflow: str, client: str | None, worker: str | None) -> Result:
    """Open a case."""
    from . import asking, entering  # what follows is loaded when the verb runs, not for its help
    from .files import read
    from .reading import status_of

    if client is None and not asking.possible(app):
        raise asking.missing("--client", "casework open")
    by = app.by

    def opened(data: Any) -> Any:
        return app.casework.open(workflow, client=data, by=by, worker=worker, at=app.at, key=app.key)

    case = opened(read(client).data) if client is not None else entering.client(app, workflow, opened)
    status = status_of(app, case.number)
    data = {**status.data, "warnings": [app.say(warning) for warning in case.warnings]}
    return Result(data, lambda screen: screen.line(case.number), case.warnings)


@verb(
    case_argument(),
    Argument("record", metavar="RECORD", says=Message("what is recorded: intake, consent, contract, genogram …")),
    Argument(
        "file",
        metavar="FILE",
        required=False,
        says=Message(
            "YAML, JSON, or a table: XLSX or CSV, a row for each item; - is standard input; without it, a terminal "
            "is asked"
        ),
    ),
    OptionalNumber(
        "--revise", metavar="ITEM", says=Message("correct what is recorded; of many items, the one of this number")
    ),
    Option("--again", is_flag=True, says=Message("record it even though the very same is recorded already")),
    more=Message(
        "A list records many items, each of which gets a number. Nothing is overwritten: a correction is a new "
        "revision. An empty form to fill in: casework new-file intake > intake.yaml"
    ),
    example="casework record KSS-2025-0001 genogram genogram.yaml --as rina",
)
def record(app: App, number: str, record: str, file: str | None, revise: int | None, again: bool) -> Result:
    """Add a record."""
    from .. import facts  # see open_case
    from . import asking, entering, views
    from .files import read
    from .hints import form_command

    if file is None and not asking.possible(app):
        raise asking.missing("FILE", "casework record")
    by = app.by
    flow = app.casework.workflow(number)
    kind = facts.record_types(flow).get(record)
    app.form = form_command(kind, flow.name) if kind else None
    how: dict[str, Any] = {"by": by, "at": app.at, "again": again, "key": app.key}
    how["revise"] = False if revise is None else revise or True

    def recorded(data: Any) -> Any:
        return app.casework.record(number, record, data, **how)

    if file is not None:
        source = read(file, kind)
        try:
            found = recorded(source.data)
        except Invalid as fault:
            raise source.located(fault) from None
    else:
        found = entering.asked(app, number, record, how["revise"], how)
    return Result(found.as_data(app.lang), lambda screen: views.recorded(screen, found), found.warnings)


@verb(
    Argument("record", metavar="TYPE", says=Message("the type of record: client, intake, consent, contract …")),
    Option("--workflow", metavar="NAME", says=Message("the programme, for a record that only it has")),
    more=Message("The form is YAML, in the reader's language; save it, fill it in, and record it."),
    example="casework new-file intake > intake.yaml",
)
def new_file(app: App, record: str, workflow: str | None) -> Result:
    """Print an empty form of a record."""
    from .. import facts  # see open_case
    from ..recording import record_type
    from ..records.blank import blank_form
    from ..records.types import RECORD_TYPES
    from .workflows import load

    kind = record_type(facts.record_types(load(workflow)) if workflow else RECORD_TYPES, record)
    form = blank_form(kind, app.lang)
    return Result({"record": kind.name, "form": form}, lambda _: click.echo(form, nl=False))


@verb(
    case_argument(),
    *_how(),
    more=Message(
        "Every requirement of the present stage is checked, the documents are issued and the case moves on: all of "
        "it, or nothing."
    ),
    example="casework advance KSS-2025-0001 --as rina",
)
def advance(app: App, number: str, **how: Any) -> Result:
    """Move a case forward."""
    return _moved(app, app.casework.advance(number, by=app.by, at=app.at, key=app.key, **how))


@verb(
    case_argument(),
    Argument("move", metavar="MOVE", says=Message("the move; casework status shows which there are")),
    *_how(reason_required=True),
    example='casework move KSS-2025-0001 pause --reason "…" --as rina',
)
def move(app: App, number: str, move: str, **how: Any) -> Result:
    """Make another move."""
    return _moved(app, app.casework.move(number, move, by=app.by, at=app.at, key=app.key, **how))


@verb(
    case_argument(),
    Option("--because", metavar="REASON", required=True, says=Message("one of the workflow's reasons to close")),
    *_how(),
    example="casework close KSS-2025-0001 --because goals_met --as rina",
)
def close(app: App, number: str, because: str, **how: Any) -> Result:
    """Close a case."""
    return _moved(app, app.casework.close(number, because=because, by=app.by, at=app.at, key=app.key, **how))


def _moved(app: App, found: Done) -> Result:
    from . import views  # see open_case

    def show(screen: Any) -> None:
        views.done(screen, found, app.casework.workflow(found.case))

    return Result(found.as_data(app.lang), show, found.warnings)


def _what() -> Argument:
    says = Message("a record (contract, plan, evaluation …), a move that was asked for, or close")
    return Argument("what", metavar="WHAT", says=says)


def _note() -> Option:
    says = Message("what is to be remembered with it; a rejection needs it: what must be done better?")
    return Option("--note", metavar="TEXT", says=says)


@verb(case_argument(), _what(), _note(), example="casework approve KSS-2025-0001 plan --as sup")
def approve(app: App, number: str, what: str, note: str | None) -> Result:
    """Approve somebody else's work."""
    return _judged(app.casework.approve(number, what, by=app.by, note=note, at=app.at, key=app.key))


@verb(case_argument(), _what(), _note(), example='casework reject KSS-2025-0001 plan --note "…" --as sup')
def reject(app: App, number: str, what: str, note: str | None) -> Result:
    """Reject it."""
    return _judged(app.casework.reject(number, what, by=app.by, note=note, at=app.at, key=app.key))


def _judged(found: Approval) -> Result:
    from . import views  # see open_case

    return Result(found.as_data(), lambda screen: views.approval(screen, found))
