"""What people see: each result of the front door, as it looks on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from ..messages import Message, Sayable
from ..values import Approval, Done, Finding, Issued, Recorded, Staff
from ..workflow import ADVANCE, STATUS_WORDS, Workflow
from .screen import Screen
from .words import ROLE_WORDS

# what was done


def recorded(screen: Screen, found: Recorded) -> None:
    """The numbers and revisions that a recording got."""
    first, last = found.items[0], found.items[-1]
    if len(found.items) == 1:
        message = Message(
            "{record}, item {item}, revision {revision}", record=found.record, item=first[0], revision=first[1]
        )
    else:
        message = Message(
            "{record}, {count} items: {first} to {last}",
            record=found.record,
            count=len(found.items),
            first=first[0],
            last=last[0],
        )
    screen.item("✓", "green", Message("Recorded in {number}: {what}.", number=found.case, what=message), indent=0)


def done(screen: Screen, found: Done, flow: Workflow) -> None:
    """A move, and the documents that it issued; ``flow`` is the workflow in which it was made."""

    def place(name: str) -> Sayable:
        return flow.stages[name].title if name in flow.stages else STATUS_WORDS["closed"]

    way: object = place(found.source)
    if found.to != found.source:
        way = Message("{source} → {to}", source=way, to=place(found.to))
    template = Message(
        "{number}: {move} ({way}), on {at}.", number=found.case, move=_made(found, flow), way=way, at=found.at
    )
    if found.dry_run:
        template = Message("This would be done, and nothing has been written. {what}", what=template)
    screen.item("✓", "bold green", template, indent=0, text_style="bold")
    if found.overrides:
        screen.item("!", "yellow", Message("Overridden: {guards}", guards=list(found.overrides)), indent=2)
    for name, count in _counted(found.documents):
        version = max(d.version for d in found.documents if d.name == name)
        about = [*([f"× {count}"] if count > 1 else []), *([f"v{version}"] if version > 1 else [])]
        screen.item("▪", "cyan", " ".join([name, *about]), indent=2)
    if found.documents and not found.dry_run:
        screen.line(
            Message(
                "Read one: casework document {number} {name} -o {name}.pdf",
                number=found.case,
                name=found.documents[0].name,
            ),
            "dim",
        )


def _made(found: Done, flow: Workflow) -> Sayable:
    if found.move == ADVANCE:
        return Message("forward")
    if found.because:
        return flow.closures[found.because].title
    titles = (move.title for move in flow.moves if move.name == found.move and move.title)
    return next(titles, Message("{move}", move=found.move))


def _counted(documents: Sequence[Issued]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for document in documents:
        counts[document.name] = counts.get(document.name, 0) + 1
    return list(counts.items())


def approval(screen: Screen, found: Approval) -> None:
    """A decision."""
    if found.approved:
        screen.item(
            "✓",
            "green",
            Message("Approved in {number}: {what}, by {by}.", number=found.case, what=found.what, by=found.by),
            indent=0,
        )
    else:
        screen.item(
            "✗",
            "red",
            Message("Rejected in {number}: {what}, by {by}.", number=found.case, what=found.what, by=found.by),
            indent=0,
        )


# lists


def documents(screen: Screen, found: Sequence[Issued]) -> None:
    """The documents that were issued."""
    if not found:
        screen.line(Message("No document has been issued in this case yet."))
        return
    headings = [
        Message("Document"),
        Message("Item"),
        Message("Version"),
        Message("Number"),
        Message("Issued"),
        "SHA-256",
    ]
    rows = [(d.name, d.item, d.version, d.number, d.at, d.sha256[:12]) for d in found]
    screen.table(headings, rows, fixed=(0, 4, 5))


def staff(screen: Screen, found: Sequence[Staff]) -> None:
    """Everybody."""
    if not found:
        screen.line(Message("There is no staff yet: casework staff add NAME --name … --role …"))
        return
    headings = [Message("Name"), Message("Full name"), Message("Role"), Message("Supervisor"), "NIP"]
    screen.table(
        headings, [(p.name, p.full_name, ROLE_WORDS[p.role], p.supervisor, p.nip) for p in found], fixed=(0,)
    )


def findings(screen: Screen, found: Sequence[Finding]) -> None:
    """What a check found."""
    if not found:
        screen.item("✓", "bold green", Message("Every event, record and document is as the history says."), indent=0)
    for finding in found:
        screen.item("✗", "red", f"{finding.where}: {finding.message.say(screen.lang)}", indent=0)
