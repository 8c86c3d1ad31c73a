"""The verbs that read: cases, histories, checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import CaseworkError, NotFound
from ..messages import Message
from .app import App, Result, Usage
from .failures import Findings
from .grammar import Argument, Option, case_argument, verb


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
    from . import pages  # what follows is loaded when the verb runs, not for its help
    from .hints import Hints

    found = app.caseload.status(number, at=app.at)
    hints = Hints(app.caseload, found.case, app.at)

    def show(screen: Any) -> None:
        due = app.caseload.due_in(number, at=app.at)
        pages.status(screen, found, hints, due, everything=everything)

    return Result(
        found.as_data(app.lang),
        show,
        found.warnings,
    )


@verb(case_argument(), example="casework history KSS-2025-0001")
def history(app: App, number: str) -> Result:
    """Who did what, when."""
    from . import pages  # see status_of
    from .hints import Hints

    events = app.caseload.history(number)
    hints = Hints(app.caseload, app.caseload.case(number))
    return Result([_event_data(event) for event in events], lambda screen: pages.history(screen, events, hints))


@verb(
    case_argument(),
    Argument("record", metavar="RECORD", required=False, says=Message("only this record: intake, plan, session …")),
    Option("--revisions", is_flag=True, says=Message("earlier revisions too, and what counts no longer")),
    more=Message("With --as, as far as the role of that person may read."),
    example="casework show KSS-2025-0001 plan",
)
def show(app: App, number: str, record: str | None, revisions: bool) -> Result:
    """What is recorded in a case."""
    from .. import facts  # see status_of
    from . import pages

    found = app.casework.records(number, record, revisions=revisions, by=app.actor)
    kinds = facts.record_types(app.casework.workflow(number))
    return Result([one.as_data(app.lang) for one in found], lambda screen: pages.records(screen, found, kinds))


def _event_data(event: Any) -> dict[str, Any]:
    head = {name: event[name] for name in ("seq", "at", "on", "by", "role", "kind")}
    return {**event["body"], **event["private"], **head, "prev": event["prev"], "hash": event["hash"]}


@verb(
    Argument("file", metavar="FILE", required=False, says=Message("a document: is it what was issued?")),
    Option("--seal", metavar="FILE", says=Message("what casework seal printed: also find what has vanished since")),
    Option("--public-key", metavar="FILE", says=Message("the Ed25519 key (PEM) that the seal must be signed with")),
    more=Message(
        "Every event against the chain of events, every stored record and document against its digest, and every "
        "case against its replayed history. With FILE, the document that the file claims to be is made anew and "
        "compared with it."
    ),
    example="casework verify kontrak.pdf",
)
def verify(app: App, file: str | None, seal: str | None, public_key: str | None) -> Result:
    """Check everything, or one file."""
    from . import views  # see status_of
    from .files import read
    from .progress import counting

    if file is not None:
        return _checked(app, file)
    if public_key and not seal:
        raise Usage(Message("A public key belongs to a seal: name it with --seal FILE."))
    key = Path(public_key).read_bytes() if public_key else None
    with counting(app, Message("Checking the cases")) as step:
        found = app.caseload.verify(read(seal).data if seal else None, key, told=step)
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


def _checked(app: App, file: str) -> Result:
    from ..documents.language import name_of
    from .files import raw  # see status_of

    found = app.casework.check(raw(file))
    about = {"name": found.name, "version": found.version, "case": found.case, "latest": found.latest}
    failures: dict[str, CaseworkError] = {
        "translation": Findings(
            Message(
                "This is no issued document. It is the translation into {language} that this office makes of {name}, "
                "version {version} (the latest is {latest}), in case {case}, and it is unchanged.",
                language=name_of(found.language or app.lang, app.lang),
                **about,
            )
        ),
        "earlier": Findings(
            Message("This is version {version} of {name} in case {case}; the latest is {latest}.", **about)
        ),
        "changed": Findings(
            Message("This file was changed: it is not {name}, version {version}, in case {case}, as issued.", **about)
        ),
        "unknown": NotFound(Message("This is no document that this office has issued.")),
    }
    words = Message("This is what was issued: {name}, version {version}, in case {case}.", **about)

    def show(screen: Any) -> None:
        if found.verdict == "issued":
            screen.item("✓", "bold green", words, indent=0)

    return Result(found.as_data(), show, failure=failures.get(found.verdict))
