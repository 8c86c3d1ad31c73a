"""The verbs that read: cases, documents, histories."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click

from ..messages import Message
from .app import App, Result, Usage
from .failures import Findings
from .grammar import Argument, Option, case_argument, verb

FORMATS: Final = ("pdf", "docx", "html", "text", "xml")
SUFFIXES: Final = {".pdf": "pdf", ".htm": "html", ".html": "html", ".txt": "text", ".xml": "xml", ".docx": "docx"}


@verb(
    case_argument(),
    Option("--all", "everything", is_flag=True, says=Message("what every move needs, closing too")),
    more=Message("For each requirement: whether it is met, who can meet it, and the command that does."),
    example="casework status KSS-2025-0001",
)
def status(app: App, number: str, everything: bool) -> Result:
    """Where a case stands."""
    return status_of(app, number, everything=everything)


def status_of(app: App, number: str, *, everything: bool = False) -> Result:
    """The status of a case, for other verbs too."""
    from . import views  # what follows is loaded when the verb runs, not for its help
    from .hints import Hints

    found = app.casework.status(number, at=app.at)
    hints = Hints(app.casework, found.case)
    return Result(
        found.as_data(app.lang),
        lambda screen: views.status(screen, found, hints, everything=everything),
        found.warnings,
    )


@verb(
    Option("--stage", metavar="STAGE", says=Message("only cases in this stage")),
    Option(
        "--status", type=click.Choice(("active", "paused", "closed")), says=Message("only cases with this status")
    ),
    Option("--worker", metavar="NAME", says=Message("only this worker's cases")),
    Option("--workflow", metavar="WORKFLOW", says=Message("only cases of this programme")),
    example="casework list --stage planning --worker rina",
)
def list_cases(app: App, **wanted: str | None) -> Result:
    """The caseload."""
    from . import views  # see status_of

    found = app.casework.list(**wanted)
    return Result([case.as_data() for case in found], lambda screen: views.cases(screen, found))


@verb(case_argument(), example="casework history KSS-2025-0001")
def history(app: App, number: str) -> Result:
    """Who did what, when."""
    from . import views  # see status_of

    events = app.casework.history(number)
    return Result([_event_data(event) for event in events], lambda screen: views.history(screen, events))


def _event_data(event: Any) -> dict[str, Any]:
    head = {name: event[name] for name in ("seq", "at", "on", "by", "role", "kind")}
    return {**event["body"], **event["private"], **head, "prev": event["prev"], "hash": event["hash"]}


@verb(case_argument(), example="casework documents KSS-2025-0001")
def documents(app: App, number: str) -> Result:
    """The documents that were issued."""
    from . import views  # see status_of

    found = app.casework.documents(number)
    return Result([issued.as_data() for issued in found], lambda screen: views.documents(screen, found))


@verb(
    case_argument(),
    Argument("name", metavar="DOCUMENT", says=Message("the document; casework documents shows which there are")),
    Option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        says=Message("the format; without it, by the ending of FILE, else text"),
    ),
    Option("-o", "--output", metavar="FILE", says=Message("where to write it; without it, standard output")),
    Option(
        "--identity",
        type=click.Choice(("full", "initials", "pseudonym")),
        says=Message("how the client is named; without it, as the document's template says"),
    ),
    Option(
        "--item",
        type=click.IntRange(min=1),
        metavar="N",
        says=Message("which one, of a document issued for each item"),
    ),
    Option("--version", type=click.IntRange(min=1), metavar="N", says=Message("an earlier version than the last")),
    example="casework document KSS-2025-0001 contract --format pdf -o kontrak.pdf",
)
def document(
    app: App,
    number: str,
    name: str,
    form: str | None,
    output: str | None,
    identity: str | None,
    item: int | None,
    version: int | None,
) -> Result:
    """One document."""
    from .files import STDIN, write  # see status_of

    suffix = Path(output).suffix.lower() if output else ""
    form = form or SUFFIXES.get(suffix, "text")
    to_stdout = output in (None, STDIN)
    if to_stdout and form in ("pdf", "docx") and sys.stdout.isatty():
        raise Usage(Message("A {form} is nothing to print on a terminal: name a file with -o.", form=form.upper()))
    found = app.casework.document(number, name, item=item, version=version, identity=identity)
    content = _written(found, form)
    if to_stdout:
        return Result(content, lambda _: click.echo(content, nl=False))
    write(Path(str(output)), content)
    data = {
        "file": output,
        "name": found.name,
        "item": found.item,
        "version": found.version,
        "number": found.number,
        "sha256": found.sha256,
        "format": form,
    }
    return Result(data, lambda _: click.echo(app.say(Message("{file} is written.", file=output)), err=True))


def _written(document: Any, form: str) -> bytes:
    if form in ("pdf", "docx"):
        return bytes(document.pdf() if form == "pdf" else document.docx())
    text: str = document.xml if form == "xml" else document.html() if form == "html" else document.text()
    return text.encode()


@verb(
    more=Message(
        "Every event against the chain of events, every stored record and document against its digest, and every "
        "case against its replayed history."
    ),
    example="casework verify",
)
def verify(app: App) -> Result:
    """Check everything."""
    from . import views  # see status_of

    found = app.casework.verify()
    failure = (
        Findings(Message("The history does not agree with what is stored; findings: {count}.", count=len(found)))
        if found
        else None
    )
    return Result(
        [finding.as_data(app.lang) for finding in found],
        lambda screen: views.findings(screen, found),
        failure=failure,
    )
