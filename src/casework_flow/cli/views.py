"""What people see: each result of the front door, as it looks on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..engine import STATUS_WORDS, Option, Requirement
from ..messages import Message, Sayable
from ..values import Approval, Case, Done, Event, Finding, Issued, Recorded, Staff, Status
from ..workflow import ADVANCE, CLOSE
from .hints import Hints
from .screen import Screen

ROLE_WORDS: Final[Mapping[str, Message]] = {
    "social_worker": Message("social worker"),
    "practicum_student": Message("practicum student"),
    "supervisor": Message("supervisor"),
    "office_head": Message("head of office"),
    "intake_officer": Message("intake officer"),
    "auditor": Message("auditor"),
}
KIND_WORDS: Final[Mapping[str, Message]] = {"legal": Message("legal"), "professional": Message("professional")}


def _roles(names: Iterable[str]) -> list[Sayable | str]:
    return [ROLE_WORDS.get(name, name) for name in names]


def _status(case: Case) -> Message:
    return next(words for status, words in STATUS_WORDS.items() if status == case.status)


def _due(case: Case) -> Sayable | str:
    if not case.due_on or case.status == "closed":
        return ""
    return Message("{date}, late", date=case.due_on) if case.overdue else str(case.due_on)


# status


def status(screen: Screen, found: Status, hints: Hints, *, everything: bool) -> None:
    """Where a case stands, and what each move still needs."""
    case = found.case
    screen.parts([(case.number, "bold"), ("  ", ""), (case.client, "bold")])
    _whereabouts(screen, case, hints)
    forward = [move for move in found.moves if move.move == ADVANCE]
    closures = [move for move in found.moves if move.move == CLOSE]
    others = [move for move in found.moves if move.move not in (ADVANCE, CLOSE)]
    if not forward and closures and case.status == "active":
        # where no move leads forward, closing is what lies ahead
        last = [move for move in closures if hints.workflow.closures[move.because or ""].complete]
        forward, closures = last, [move for move in closures if move not in last]
    for move in forward:
        _move(screen, move, hints)
    _next_step(screen, forward, hints)
    for move in [*others, *closures] if everything else []:
        _move(screen, move, hints)
    if not everything:
        _compact(screen, others, closures, case)


def _whereabouts(screen: Screen, case: Case, hints: Hints) -> None:
    flow = hints.workflow
    stage = flow.stages[case.stage]
    screen.parts(
        [
            (flow.title, ""),
            (
                Message(" ({workflow}, version {version})", workflow=case.workflow, version=case.workflow_version),
                "dim",
            ),
        ]
    )
    screen.line()
    passed = True
    line: list[tuple[object, str]] = []
    for name in flow.order:
        if line:
            line.append((" › ", "dim"))
        if name == case.stage:
            passed = False
            line.append((f"[{name}]", "bold reverse"))
        else:
            line.append((name, "green" if passed else "dim"))
    screen.parts(line)
    facts = [
        Message(
            "Stage {number} of {count}: {title}",
            number=flow.order.index(case.stage) + 1,
            count=len(flow.order),
            title=stage.title,
        ),
        _status(case),
        Message("worker {name}", name=hints.staff[case.worker].full_name),
    ]
    screen.line(" · ".join(fact.say(screen.lang) for fact in facts))
    if case.cycle > 1 or case.episode > 1:
        screen.line(Message("Cycle {cycle}, episode {episode}", cycle=case.cycle, episode=case.episode))
    if case.status == "closed":
        reason = hints.workflow.closures[case.because].title if case.because else "-"
        screen.line(
            Message(
                "Closed on {date}: {reason} ({because}).", date=case.closed_on, reason=reason, because=case.because
            )
        )
    elif case.due_on:
        screen.line(Message("Due on {date}", date=_due(case)), "bold yellow" if case.overdue else "")


def _move(screen: Screen, move: Option, hints: Hints) -> None:
    screen.line()
    met, count = sum(requirement.met for requirement in move.requirements), len(move.requirements)
    title = move.because or move.move
    mark, style = ("✓", "bold green") if move.allowed else ("✗", "bold red")
    screen.parts(
        [
            (f"{mark} ", style),
            (f"{title} → {move.to}  ", "bold"),
            *([(Message("{met} of {count} requirements are met", met=met, count=count), "dim")] if count else []),
        ]
    )
    requirements(screen, move.requirements, hints, move)


def requirements(
    screen: Screen, found: Sequence[Requirement], hints: Hints | None, move: Option | None = None
) -> None:
    """Requirements, and for those that are not met who can meet them, and how; the same remedy is given once."""
    remedies = [hints.remedy(each, move) if hints and not each.met else None for each in found]
    for place, each in enumerate(found):
        remedy = remedies[place] if remedies[place] not in remedies[place + 1 :] else None
        _requirement(screen, each, remedy, hints.case if hints else None)


def _requirement(screen: Screen, found: Requirement, remedy: str | None, case: Case | None) -> None:
    if found.met:
        name = Message("{guard} (overridden)", guard=found.guard) if found.overridden else found.guard
        screen.item("✓", "green", name, indent=2, text_style="dim")
        return
    screen.item("✗", "red", found.message, indent=2)
    roles = _roles(found.by)
    who = Message("can be met by: {roles}", roles=roles)
    if found.fix is None:
        who = Message("can be overridden by: {roles}", roles=roles)
    about = [
        KIND_WORDS[found.kind].say(screen.lang),
        *([who.say(screen.lang)] if found.by else []),
        *(
            [Message("due on {date}", date=found.due_on).say(screen.lang)]
            if found.due_on and not (case and found.due_on == str(case.due_on))
            else []
        ),
    ]
    screen.item("", "", f"{found.guard} · " + " · ".join(about), indent=3, text_style="dim")
    if remedy:
        screen.command(remedy)


def _next_step(screen: Screen, forward: Sequence[Option], hints: Hints) -> None:
    ready = [move for move in forward if move.allowed]
    waiting = [requirement for move in forward for requirement in move.unmet]
    commands = [hints.command(move) for move in ready] or [
        remedy for move in forward for requirement in move.unmet if (remedy := hints.remedy(requirement, move))
    ]
    if commands or waiting:
        screen.line()
    if commands:
        screen.parts([(Message("Next step"), "bold")])
        screen.command(commands[0], indent=2)
        remedied = (requirement for requirement in waiting if hints.remedy(requirement) == commands[0])
        if form := next(filter(None, map(hints.form, remedied)), None):
            screen.line(Message("An empty form of it: {command}", command=form), "dim")
    elif waiting:
        screen.parts([(Message("Next step"), "bold"), (": ", ""), (waiting[0].message, "")])


def _compact(screen: Screen, others: Sequence[Option], closures: Sequence[Option], case: Case) -> None:
    def names(moves: Sequence[Option]) -> list[str]:
        return [f"{'✓' if move.allowed else '✗'} {move.because or move.move}" for move in moves]

    if others or closures:
        screen.line()
    if others:
        screen.words(Message("Moves"), names(others))
    if closures:
        screen.words(Message("Close"), names(closures))
    if others or closures:
        screen.line(Message("What they need: casework status {number} --all", number=case.number), "dim")


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


def done(screen: Screen, found: Done) -> None:
    """A move, and the documents that it issued."""
    way = found.source if found.to == found.source else f"{found.source} → {found.to}"
    template = Message("{number}: {move}, {way}, on {at}.", number=found.case, move=found.move, way=way, at=found.at)
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


def cases(screen: Screen, found: Sequence[Case]) -> None:
    """The caseload."""
    if not found:
        screen.line(Message("No case matches."))
        return
    headings = [
        Message("Case"),
        Message("Client"),
        Message("Stage"),
        Message("Status"),
        Message("Worker"),
        Message("Due"),
    ]
    rows = [(case.number, case.client, case.stage, _status(case), case.worker, _due(case)) for case in found]
    screen.table(headings, rows, fixed=(0, 2))


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


def history(screen: Screen, events: Sequence[Event]) -> None:
    """Who did what, when."""
    headings = ["#", Message("Date"), Message("By"), Message("What")]
    rows = [(event["seq"], event["on"].replace("T", " "), event["by"], _told(event, screen.lang)) for event in events]
    screen.table(headings, rows, fixed=(0, 1))


def _told(event: Event, lang: str) -> str:
    body = event["body"]
    lines: list[Sayable] = []
    match event["kind"]:
        case "opened":
            lines.append(Message("opened in {workflow}: {stage}", workflow=body["workflow"], stage=body["to"]))
        case "recorded":
            items = body["items"]
            revised = [item for item, revision in items if revision > 1]
            if revised:
                lines.append(Message("{record} revised (item {items})", record=body["record"], items=revised))
            elif len(items) > 1:
                lines.append(Message("{record} recorded ({count} items)", record=body["record"], count=len(items)))
            else:
                lines.append(Message("{record} recorded", record=body["record"]))
        case "moved":
            lines += _moved(event)
        case "approval_requested":
            lines.append(Message("approval of {what} asked for", what=body["what"]))
        case "approved":
            lines.append(Message("{what} approved", what=body["what"]))
        case "rejected":
            lines.append(Message("{what} rejected", what=body["what"]))
        case other:
            return str(other)
    if note := event["private"].get("note"):
        lines.append(Message("“{text}”", text=note))
    return "\n".join(line.say(lang) for line in lines)


def _moved(event: Event) -> list[Sayable]:
    body = event["body"]
    to = body["status"] if body["status"] == "closed" else body["to"]
    name = f"{body['move']} ({body['because']})" if body["because"] else body["move"]
    lines: list[Sayable] = [Message("{move}: {source} → {to}", move=name, source=body["from"], to=to)]
    overridden = [guard["guard"] for guard in body["guards"] if guard["overridden"]]
    if met := [guard["guard"] for guard in body["guards"] if not guard["overridden"]]:
        lines.append(Message("met: {guards}", guards=met))
    if overridden:
        lines.append(Message("overridden: {guards}", guards=overridden))
    if reason := event["private"].get("reason"):
        lines.append(Message("“{text}”", text=reason))
    return lines
