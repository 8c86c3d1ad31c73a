"""Many cases on a screen of 80 columns: lists, the board, what is due, a day's work, approvals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice, takewhile
from typing import Final

from ..messages import Message, Sayable
from ..overview import Board, Column, Load, Today
from ..records.types import RecordType
from ..tasks import Task
from ..values import Case, HandedOver
from ..waiting import Waiting
from ..workflow import STATUS_WORDS, Workflow
from .hints import Step, dated
from .screen import Screen
from .words import day, days_left, days_short, held, together, what

Titles = Mapping[str, Sayable]

_WHO: Final = (Message("Case"), Message("Client"))

SHOWN: Final = 10
"""How many of what is late a day's page explains, each with its next step."""

_SHORT: Final = 3
"""The least letters of a stage's title in the heading of a narrow column."""


def cases(screen: Screen, found: Sequence[Case], flows: Mapping[tuple[str, int], Workflow]) -> None:
    """The caseload; ``flows`` are the workflows that the cases live by, by name and version."""
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

    def stage(case: Case) -> Sayable:
        return flows[case.workflow, case.workflow_version].stages[case.stage].title

    rows = [(one.number, one.client, stage(one), _status(one), one.worker, _due(one)) for one in found]
    screen.table(headings, rows, fixed=(0,))


def _status(case: Case) -> Message:
    return next(words for status, words in STATUS_WORDS.items() if status == case.status)


def _due(case: Case) -> Sayable | str:
    if not case.due_on or case.status == "closed":
        return ""
    return Message("{date}, late", date=case.due_on) if case.overdue else str(case.due_on)


# the board


def boards(screen: Screen, found: Sequence[Board]) -> None:
    """Each board, its stages as columns: how many cases, and the most urgent of them."""
    if not found:
        screen.line(Message("There is no open case."))
    for place, board in enumerate(found):
        if place:
            screen.line()
        _board(screen, board)


def _board(screen: Screen, board: Board) -> None:
    names = [title.say(screen.lang) for title in board.workflows.values()]
    screen.parts([(", ".join(names), "bold")])
    prefix = _prefix([case.number for column in board.columns for case in column.cases])
    about = Message("! late, ‖ paused")
    if prefix:
        about = Message("numbers begin with {prefix}; ! late, ‖ paused", prefix=prefix)
    screen.line(about, "dim")
    headings = [column.title for column in board.columns]
    screen.columns(headings, [_cards(screen, column, len(prefix)) for column in board.columns])


def _prefix(numbers: Sequence[str]) -> str:
    """What all numbers begin with, up to a dash or a stroke: it is said once."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*numbers, strict=False)) if len(numbers) > 1 else ()
    shared = "".join(letters[0] for letters in alike)
    return shared[: max(shared.rfind("-"), shared.rfind("/")) + 1]


def _cards(screen: Screen, column: Column, cut: int) -> list[tuple[str, str]]:
    late = Message("{count} late", count=column.late).say(screen.lang)
    lines = [(str(column.count), "bold"), (late, "yellow") if column.late else ("", "")]
    for case in column.cases:
        mark, style = ("!", "yellow") if case.overdue else ("‖", "cyan") if case.status == "paused" else (" ", "")
        lines += [("", ""), (f"{mark}{case.number[cut:]}", style), (f" {case.client}", "dim")]
    if more := column.count - len(column.cases):
        lines += [("", ""), (Message("{count} more", count=more).say(screen.lang), "dim")]
    return lines


# what is due


def tasks(screen: Screen, found: Sequence[Task], titles: Titles) -> None:
    """What is due, the most urgent first."""
    if not found:
        screen.line(Message("Nothing is late, and nothing is due in these days."))
        return
    headings = [*_WHO, Message("What"), Message("Due"), Message("Days left")]
    rows = [(t.case.number, t.case.client, _what(t, titles), t.due_on, days_short(t.days)) for t in found]
    screen.table(headings, rows, fixed=(0, 3, 4))


def _what(task: Task, titles: Titles) -> Sayable:
    return what(task) or titles.get(task.case.stage) or Message("{stage}", stage=task.case.stage)


# a day's work


def today(
    screen: Screen, found: Today, titles: Titles, step: Callable[[str], Step | None], at: str | None = None
) -> None:
    """The day of a member of staff; ``at`` is the working date that the command was given."""
    how = f"--as {found.worker.name}{dated(at)}"
    screen.parts([(found.worker.full_name, "bold"), (f" · {found.on}", "")])
    sections: tuple[tuple[Message, Sequence[object], Callable[[], None]], ...] = (
        (Message("Approvals that wait for you"), found.decide, lambda: _decide(screen, found, how)),
        (Message("Visits of this week"), found.visits, lambda: _visits(screen, found, how)),
        (Message("Late"), found.late, lambda: _late(screen, found, titles, step, how)),
        (Message("Returned to you"), found.returned, lambda: _returned(screen, found, how)),
        (Message("Due soon"), found.soon, lambda: tasks(screen, found.soon, titles)),
        (Message("You wait for an approval"), found.asked, lambda: _asked(screen, found)),
        (Message("Without a visit for weeks"), found.missed, lambda: _missed(screen, found)),
    )
    for heading, there, show in sections:
        if there:
            screen.heading(heading, len(there))
            show()
    if not any(there for _, there, _ in sections):
        screen.line(Message("Nothing is late, due soon or waiting."))


def _visits(screen: Screen, found: Today, how: str) -> None:
    rows = [(t.case.number, t.case.client, t.week, held(t), t.due_on, days_short(t.days)) for t in found.visits]
    headings = [
        Message("Case"),
        Message("Client"),
        Message("Week"),
        Message("Held"),
        Message("Due"),
        Message("Days left"),
    ]
    screen.table(headings, rows, fixed=(0, 4))
    screen.command(f"casework session {found.visits[0].case.number} {how}", indent=2)


def _late(screen: Screen, found: Today, titles: Titles, step: Callable[[str], Step | None], how: str) -> None:
    """Each thing that is late, with what comes next; the visits of a case that nobody logged are one."""
    things = together(found.late)
    for task, said in things[:SHOWN]:
        screen.parts([(task.case.number, "bold"), (f"  {task.case.client} · ", ""), (days_left(task.days), "yellow")])
        ahead = step(task.case.number) if task.what == "stage" else None
        words = said or _what(task, titles)
        line = Message("{what}: {step}", what=words, step=ahead.words) if ahead else words
        screen.parts([(line, "")], indent=2)
        if task.what == "visit":
            week = f"--week {task.week} --date …"
            screen.command(f"casework session {task.case.number} {week} {how}", indent=2)
        elif ahead and ahead.command:
            screen.command(ahead.command, indent=2)
    if (more := len(things) - SHOWN) > 0:
        command = f"casework due --worker {how.removeprefix('--as ')}"
        screen.line(Message("{count} more: {command}", count=more, command=command), "dim")


def _decide(screen: Screen, found: Today, how: str) -> None:
    rows = [(one.case.number, one.case.client, one.title, one.by, one.since) for one in found.decide]
    headings = [*_WHO, Message("What"), Message("By"), Message("Since")]
    screen.table(headings, rows, fixed=(0, 4))
    screen.command(f"casework approvals {how}", indent=2)


def _missed(screen: Screen, found: Today) -> None:
    rows = [(t.case.number, t.case.client, t.case.worker, t.detail) for t in found.missed]
    screen.table([*_WHO, Message("Worker"), Message("Weeks")], rows, fixed=(0,))


def _asked(screen: Screen, found: Today) -> None:
    rows = [(one.case.number, one.case.client, one.title, list(one.may), one.since) for one in found.asked]
    headings = [*_WHO, Message("What"), Message("Who decides"), Message("Since")]
    screen.table(headings, rows, fixed=(0, 4))


def _returned(screen: Screen, found: Today, how: str) -> None:
    for one in found.returned:
        screen.parts([(one.case.number, "bold"), (f"  {one.case.client} · ", ""), (one.title, "")])
        if no := one.rejection:
            said = Message("rejected on {date} by {by}: {note}", date=no.on, by=no.by, note=no.note or "-")
            screen.item("✗", "red", said)
        command = f"casework record {one.case.number} {one.what} {one.what}.yaml --revise {how}"
        screen.command(command, indent=2)


# approvals and handing over


def approvals(
    screen: Screen,
    found: Sequence[Waiting],
    kinds: Mapping[str, Mapping[str, RecordType]],
    staff: Mapping[str, str],
    by: str | None,
    at: str | None = None,
) -> None:
    """What waits: who asked, since when, and what has changed; ``at`` as for ``today``."""
    if not found:
        screen.line(Message("Nothing waits for an approval."))
    for place, one in enumerate(found):
        if place:
            screen.line()
        screen.parts([(one.case.number, "bold"), (f"  {one.case.client} · ", ""), (one.title, "bold")])
        asked = Message("{who}, since {date}", who=staff.get(one.by, one.by), date=day(one.since))
        if one.revision:
            asked = Message(
                "{who}, since {date}, revision {revision}",
                who=staff.get(one.by, one.by),
                date=day(one.since),
                revision=one.revision,
            )
        screen.parts([(asked, "dim")], indent=2)
        if one.changes:
            _changes(screen, one, kinds[one.case.number][one.what])
        if one.revision:
            screen.command(f"casework show {one.case.number} {one.what}", indent=2)
        who = by or next(iter(one.may), "NAME")
        screen.command(f"casework approve {one.case.number} {one.what} --as {who}{dated(at)}", indent=2)
    if found:
        screen.line()
        screen.line(Message("To refuse it, reject in the place of approve, with --note."), "dim")


def _changes(screen: Screen, one: Waiting, kind: RecordType) -> None:
    from .recordwords import changed  # the records' models: only where something has changed

    for change in one.changes:
        screen.item("~", "cyan", changed(kind, change, screen.lang))


def workload(screen: Screen, found: Sequence[Load], titles: Titles) -> None:
    """The work of each worker: open cases by stage, those late, visits of this week, what waits for approval."""
    if not found:
        screen.line(Message("There is no open case."))
        return
    stages = [name for name in titles if any(load.stages.get(name) for load in found)]
    full = [titles[name].say(screen.lang) for name in stages]
    short = _short(full)
    late, visits, waiting = Message("Ovd"), Message("Vis"), Message("Appr")
    headings = [Message("Worker"), Message("Cases"), *short, late, visits, waiting]
    rows = [
        (
            load.worker.name,
            load.open,
            *(load.stages.get(name, "") for name in stages),
            load.late or "",
            load.visits or "",
            load.waiting or "",
        )
        for load in found
    ]
    total = [sum(column) for column in zip(*([value or 0 for value in row[1:]] for row in rows), strict=True)]
    screen.table(headings, [*rows, (Message("all"), *total)], figures=range(1, len(headings)))
    legend = "; ".join(f"{cut} = {title}" for cut, title in zip(short, full, strict=True))
    screen.line(legend, "dim")
    about = Message(
        "{late} = overdue; {visits} = visits of this week; {waiting} = approvals that wait",
        late=late,
        visits=visits,
        waiting=waiting,
    )
    screen.line(about, "dim")


def _short(titles: Sequence[str]) -> list[str]:
    """The first letters of each title, as few as tell it from the others."""

    def begin(title: str, length: int) -> bool:
        return sum(other.startswith(title[:length]) for other in titles) == 1

    return [title[: next((n for n in range(_SHORT, len(title)) if begin(title, n)), len(title))] for title in titles]


def handed_over(screen: Screen, found: HandedOver) -> None:
    """The cases that have another worker now."""
    for number, before in islice(found.cases.items(), SHOWN):
        words = Message("{number}: from {before} to {worker}", number=number, before=before, worker=found.to)
        screen.item("✓", "green", words, indent=0)
    if (more := len(found.cases) - SHOWN) > 0:
        screen.line(Message("{count} more", count=more), "dim")
