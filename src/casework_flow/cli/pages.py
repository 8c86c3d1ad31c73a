"""One case on a page: where it stands, what is recorded in it, what happened in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..engine import Option, Requirement
from ..errors import Lack
from ..messages import Message, Sayable
from ..records.types import RecordType
from ..tasks import Task
from ..values import Case, Event, Revision, Status
from ..workflow import ADVANCE, CLOSE, STATUS_WORDS, Workflow
from .hints import Hints
from .screen import Screen
from .words import ROLE_WORDS, day, days_left, together

KIND_WORDS: Final[Mapping[str, Message]] = {"legal": Message("legal"), "professional": Message("professional")}


# status


def status(screen: Screen, found: Status, hints: Hints, due: Sequence[Task], *, everything: bool) -> None:
    """Where a case stands, what is ``due`` in it, and what each move still needs."""
    case = found.case
    screen.parts([(case.number, "bold"), ("  ", ""), (case.client, "bold")])
    _whereabouts(screen, found, hints)
    for task, said in together(due):
        left = days_left(task.days)
        words = Message("{what} · due on {date}, {left}", what=said, date=day(task.due_on), left=left)
        screen.item("!" if task.late else "·", "yellow" if task.late else "", words, indent=0)
    forward = [move for move in found.moves if move.move == ADVANCE]
    closures = [move for move in found.moves if move.move == CLOSE]
    others = [move for move in found.moves if move.move not in (ADVANCE, CLOSE)]
    if not forward and closures and case.status == "active":
        # where no move leads forward, closing is what lies ahead
        last = [move for move in closures if hints.workflow.closures[move.because or ""].complete]
        forward, closures = last, [move for move in closures if move not in last]
    for move in forward:
        _move(screen, move, hints, found.lacking if move.allowed else ())
    _next_step(screen, forward or _ways_back(case, others), hints, found.lacking)
    for move in [*others, *closures] if everything else []:
        _move(screen, move, hints)
    if not everything:
        _compact(screen, others, closures, case, hints.workflow)


def _whereabouts(screen: Screen, found: Status, hints: Hints) -> None:
    case, flow = found.case, hints.workflow
    version = Message(" ({workflow}, version {version})", workflow=case.workflow, version=case.workflow_version)
    screen.parts([(flow.title, ""), (version, "dim")])
    screen.parts([(Message("worker {name}", name=hints.staff[case.worker].full_name), "dim")])
    screen.line()
    _stages(screen, case, flow)
    place = Message("Stage {number} of {count}", number=flow.order.index(case.stage) + 1, count=len(flow.order))
    facts = [place.say(screen.lang), STATUS_WORDS[case.status].say(screen.lang)]  # type: ignore[index]  # a status
    if case.due_on and found.days_left is not None:
        late = Message("due on {date}, {left}", date=day(case.due_on), left=days_left(found.days_left))
        facts.append(late.say(screen.lang))
    screen.line(" · ".join(facts), "bold yellow" if case.overdue else "")
    if case.cycle > 1 or case.episode > 1:
        screen.line(Message("Cycle {cycle}, episode {episode}", cycle=case.cycle, episode=case.episode))
    if case.status == "closed":
        reason = flow.closures[case.because].title if case.because else "-"
        screen.line(
            Message(
                "Closed on {date}: {reason} ({because}).",
                date=day(case.closed_on),
                reason=reason,
                because=case.because,
            )
        )
    _exceptions(screen, found, flow, hints)


def _exceptions(screen: Screen, found: Status, flow: Workflow, hints: Hints) -> None:
    """A rest, what was rejected, and the overrides that hold, each with its last day."""
    if found.paused_since and found.expected:
        rest = Message(
            "Paused since {since}, expected back on {until}.",
            since=day(found.paused_since),
            until=day(found.expected),
        )
        screen.item("‖", "yellow", rest, indent=0)
    elif found.paused_since:
        screen.item("‖", "yellow", Message("Paused since {since}.", since=day(found.paused_since)), indent=0)
    for no in found.rejected:
        said = Message(
            "Rejected on {date} by {by}: {what}. “{note}”",
            date=day(no.on),
            by=hints.full_name(no.by),
            what=hints.title(no.what),
            note=no.note or "-",
        )
        screen.item("✗", "red", said, indent=0)
    guards = {guard.name: guard for _, guard in flow.guards()}
    for one in found.overrides:
        what = guards[one.guard].say if one.guard in guards else one.guard
        words = Message(
            "Overridden until {until} by {by}: {what} ({reason}).",
            until=day(one.until),
            by=one.by,
            what=what,
            reason=one.reason or "-",
        )
        screen.item("!", "yellow", words, indent=0)


def _stages(screen: Screen, case: Case, flow: Workflow) -> None:
    """The stages in a row: those behind, the present one, those ahead. A title is never broken."""
    here = flow.order.index(case.stage)
    line: list[tuple[str, str]] = []
    for place, name in enumerate(flow.order):
        title = flow.stages[name].title.say(screen.lang).replace(" ", "\xa0")
        done = place < here or (case.status == "closed" and place == here)
        shown = f"✓\xa0{title}" if done else f"[{title}]" if place == here else title
        style = "green" if done else "bold reverse" if place == here else "dim"
        line += [*([(" › ", "dim")] if line else []), (shown, style)]
    screen.parts(line)


def _move(screen: Screen, move: Option, hints: Hints, lacking: Sequence[Lack] = ()) -> None:
    screen.line()
    met, count = sum(requirement.met for requirement in move.requirements), len(move.requirements)
    mark, style = ("✓", "bold green") if move.allowed and not lacking else ("✗", "bold red")
    counted = Message("{met} of {count} requirements are met", met=met, count=count)
    title = Message("{move} → {to}", move=move_title(move, hints.workflow), to=_target(move, hints.workflow))
    name = f" ({move.because or move.move})" if move.move != ADVANCE else ""
    screen.parts(
        [(f"{mark} ", style), (title, "bold"), (name, "dim"), *([("  ", ""), (counted, "dim")] if count else [])]
    )
    requirements(screen, move.requirements, hints, move)
    remedies = [hints.supply(lack) for lack in lacking]
    for place, lack in enumerate(lacking):
        screen.item("✗", "red", lack.message, indent=2)
        if (remedy := remedies[place]) and remedy not in remedies[place + 1 :]:
            screen.command(remedy)


def move_title(move: Option, flow: Workflow) -> Sayable:
    """What people call a move."""
    if move.move == ADVANCE:
        return Message("forward")
    if move.move == CLOSE:
        return flow.closures[move.because or ""].title
    return move.title or Message("{move}", move=move.move)


def _target(move: Option, flow: Workflow) -> Sayable:
    return STATUS_WORDS["closed"] if move.to == "closed" else flow.stages[move.stage].title


def requirements(
    screen: Screen, found: Sequence[Requirement], hints: Hints | None, move: Option | None = None
) -> None:
    """Requirements: what meets those that are met, once for each record; who can meet the others, and how.

    A remedy that serves several is given once, below the last of them.
    """
    met: dict[str, list[Requirement]] = {}
    for each in found:
        if each.met and not each.overridden:
            met.setdefault(each.fix or each.guard, []).append(each)
    for same in met.values():
        guards = ", ".join(each.guard for each in same)
        words = _met_by(same[0], hints)
        said = Message("{what} · {guards}", what=words, guards=guards) if words else guards
        screen.item("✓", "green", said, indent=2, text_style="dim")
    rest = [each for each in found if not each.met or each.overridden]
    remedies = [hints.remedy(each, move) if hints and not each.met else None for each in rest]
    for place, each in enumerate(rest):
        _requirement(screen, each, remedies[place] if remedies[place] not in remedies[place + 1 :] else None, hints)


def _requirement(screen: Screen, found: Requirement, remedy: str | None, hints: Hints | None) -> None:
    if found.overridden:
        screen.item("!", "yellow", Message("{guard} (overridden)", guard=found.message), indent=2)
        return
    screen.item("✗", "red", found.message, indent=2)
    roles = [ROLE_WORDS.get(name, name) for name in found.by]
    who = Message("can be met by: {roles}", roles=roles)
    if found.fix is None:
        who = Message("can be overridden by: {roles}", roles=roles)
    about = [KIND_WORDS[found.kind].say(screen.lang), *([who.say(screen.lang)] if found.by else [])]
    if found.due_on and found.due_on != str(hints.case.due_on if hints else None):
        about.append(Message("due on {date}", date=found.due_on).say(screen.lang))
    screen.item("", "", f"{found.guard} · " + " · ".join(about), indent=3, text_style="dim")
    if remedy:
        screen.command(remedy)


def _met_by(found: Requirement, hints: Hints | None) -> Sayable | None:
    """What meets a requirement, in words: the record, or whose approval of which."""
    if hints is None or found.fix is None:
        return None
    if found.approves:
        return Message("Approval: {what}", what=hints.title(found.approves))
    return hints.title(found.fix)


def _ways_back(case: Case, others: Sequence[Option]) -> list[Option]:
    """The moves that take up a case again which rests."""
    return [move for move in others if case.status == "paused" and move.status == "active" and move.allowed]


def _next_step(screen: Screen, forward: Sequence[Option], hints: Hints, lacking: Sequence[Lack]) -> None:
    step = hints.next_step(forward, lacking)
    if step is None:
        return
    screen.line()
    screen.parts([(Message("Next step"), "bold"), (": ", ""), (step.words, "")])
    if step.command:
        screen.command(step.command, indent=2)
    if step.form:
        screen.line(Message("An empty form of it: {command}", command=step.form), "dim")


def _compact(
    screen: Screen, others: Sequence[Option], closures: Sequence[Option], case: Case, flow: Workflow
) -> None:
    def names(moves: Sequence[Option]) -> list[str]:
        return [
            f"{'✓' if move.allowed else '✗'} {move_title(move, flow).say(screen.lang)} ({move.because or move.move})"
            for move in moves
        ]

    if others or closures:
        screen.line()
    if others:
        screen.words(Message("Moves"), names(others))
    if closures:
        screen.words(Message("Close"), names(closures))
    if others or closures:
        screen.line(Message("What they need: casework status {number} --all", number=case.number), "dim")


# records


def records(screen: Screen, found: Sequence[Revision], kinds: Mapping[str, RecordType]) -> None:
    """What is recorded, each field by its name."""
    from .recordwords import lines  # the records' models: for this page only

    if not found:
        screen.line(Message("Nothing of it is recorded yet."))
    shown = ""
    for one in found:
        if shown:
            screen.line()
        if one.record != shown:
            screen.parts([(one.title, "bold underline"), (f"  {one.record}", "dim")])
            shown = one.record
        about = Message(
            "item {item}, revision {revision}, {date}, {by}",
            item=one.item,
            revision=one.revision,
            date=day(one.at),
            by=one.by,
        )
        screen.parts(
            [(about, "dim"), *([] if one.current else [("  ", ""), (Message("no longer counts"), "yellow")])]
        )
        for depth, label, value in lines(kinds[one.record], one.content, screen.lang):
            screen.field(label, value, indent=2 + 2 * depth)


# history


def history(screen: Screen, events: Sequence[Event], hints: Hints) -> None:
    """Who did what, when."""
    headings = ["#", Message("Date"), Message("By"), Message("What")]
    rows = [
        (
            event["seq"],
            day(event["on"]),
            event["by"],
            "\n".join(line.say(screen.lang) for line in _told(event, hints)),
        )
        for event in events
    ]
    screen.table(headings, rows, fixed=(0, 1))


def _told(event: Event, hints: Hints) -> Iterator[Sayable]:
    body, flow = event["body"], hints.workflow
    match event["kind"]:
        case "opened":
            yield Message("opened in {workflow}: {stage}", workflow=flow.title, stage=_stage(flow, body["to"]))
        case "imported":
            yield Message(
                "imported from a table, where it stood in {workflow}: {stage}",
                workflow=flow.title,
                stage=_stage(flow, body["to"]),
            )
        case "recorded":
            yield _recorded(body, hints)
        case "moved":
            yield from _moved(event, flow)
        case "approval_requested":
            yield Message("approval asked for: {what}", what=_asked(body, hints))
        case "approved":
            yield Message("approved: {what}", what=_asked(body, hints))
        case "rejected":
            yield Message("rejected: {what}", what=_asked(body, hints))
        case "upgraded":
            yield Message("lives by version {version} of its workflow", version=body["workflow_version"])
        case "handed_over":
            yield Message(
                "handed over from {before} to {worker}",
                before=hints.full_name(body["before"]),
                worker=hints.full_name(body["worker"]),
            )
        case "registered":
            yield Message("letter number entered: {number}", number=body["number"])
        case "reissued":
            yield Message("issued again: {document}", document=body["name"])
        case other:
            yield Message("{what}", what=other)
    for text in (event["private"].get("note"), event["private"].get("reason")):
        if text:
            yield Message("“{text}”", text=text)


def _recorded(body: Mapping[str, Any], hints: Hints) -> Message:
    record, items = hints.title(body["record"]), body["items"]
    revised = [item for item, revision in items if revision > 1]
    if revised:
        return Message("{record} revised (item {items})", record=record, items=revised)
    if len(items) > 1:
        return Message("{record} recorded ({count} items)", record=record, count=len(items))
    return Message("{record} recorded", record=record)


def _moved(event: Event, flow: Workflow) -> Iterator[Sayable]:
    body = event["body"]
    to = STATUS_WORDS["closed"] if body["status"] == "closed" else _stage(flow, body["to"])
    yield Message("{move}: {source} → {to}", move=_move_word(body, flow), source=_stage(flow, body["from"]), to=to)
    if until := body.get("until"):
        yield Message("until {date}", date=day(until))
    met = sum(not guard["overridden"] for guard in body["guards"])
    if met:
        yield Message("requirements met: {count}", count=met)
    guards = {guard.name: guard.say for _, guard in flow.guards()}
    for guard in body["guards"]:
        if guard["overridden"]:
            yield Message("overridden: {what}", what=guards.get(guard["guard"], guard["guard"]))


def _move_word(body: Mapping[str, Any], flow: Workflow) -> Sayable:
    if body["move"] == ADVANCE:
        return Message("forward")
    if body["because"] in flow.closures:
        return flow.closures[body["because"]].title
    return next(
        (move.title for move in flow.moves if move.name == body["move"]), Message("{move}", move=body["move"])
    )


def _asked(body: Mapping[str, Any], hints: Hints) -> Sayable:
    because = hints.workflow.closures.get(body.get("because") or "")
    what = hints.title(body["what"])
    return Message("{what} ({because})", what=what, because=because.title) if because else what


def _stage(flow: Workflow, name: str) -> Sayable | str:
    """A stage's title; its name where the present version of the workflow has none."""
    return flow.stages[name].title if name in flow.stages else name
