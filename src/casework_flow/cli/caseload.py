"""The verbs about many cases: lists, the board, what is due, a day's work, approvals, handing over."""

from __future__ import annotations

import re
import sys
from typing import Any, Final

import click

from ..messages import Message
from ..workflow import STATUS_WORDS
from .app import App, Result, Usage
from .grammar import Argument, Labelled, Option, verb

PAGE: Final = 50
"""Cases on a terminal at once; whoever wants another number says --limit."""

_SPAN: Final = re.compile(r"(\d{1,3})([dwhm]?)")
"""5, 5d and 2w; in Indonesian 5h (hari) and 2m (minggu)."""
_WEEK: Final = 5


def _worker() -> Option:
    return Option("--worker", metavar="NAME", says=Message("only this worker's cases"))


def _workflow() -> Option:
    return Option("--workflow", metavar="WORKFLOW", says=Message("only cases of this programme"))


def _limit() -> Option:
    says = Message("at most so many; on a terminal 50 unless you say so")
    return Option("--limit", type=click.IntRange(min=1), metavar="N", says=says)


def _paging() -> tuple[Option, Option]:
    return _limit(), Option("--after", metavar="CASE", says=Message("go on after this case"))


def _most(app: App, limit: int | None) -> int | None:
    """How many are shown: what was asked for, a page on a terminal, else all."""
    return limit or (PAGE if sys.stdout.isatty() and not app.json else None)


def _page(app: App, find: Any, limit: int | None, words: str) -> Result:
    """A page of cases, and how to go on where there are more.

    ``find`` takes the most that are wanted; ``words`` are the command that was typed, without the page's start.
    """
    from . import lists  # loaded when the verb runs, not for its help

    most = _most(app, limit)
    found = find(None if most is None else most + 1)
    shown = found[:most]
    more = [_more(words, shown[-1].number, limit)] if len(found) > len(shown) else []

    def show(screen: Any) -> None:
        living = {(case.workflow, case.workflow_version): case.number for case in shown}
        flows = {kind: app.caseload.workflow(number) for kind, number in living.items()}
        lists.cases(screen, shown, flows)

    return Result([case.as_data() for case in shown], show, notes=more)


def _more(words: str, last: str, limit: int | None) -> Message:
    command = f"casework {words} --after {last}{f' --limit {limit}' if limit else ''}"
    return Message("There are more: {command}", command=command)


def _typed(verb_name: str, given: dict[str, Any]) -> str:
    """The options as they were typed, for the command that goes on."""
    words = [verb_name]
    for name, value in given.items():
        if value is True:
            words.append(f"--{name}")
        elif value not in (None, False):
            words += [f"--{name}", str(value)]
    return " ".join(words)


@verb(
    Option("--stage", metavar="STAGE", says=Message("only cases in this stage")),
    Option(
        "--status",
        type=Labelled({str(name): said for name, said in STATUS_WORDS.items()}),
        says=Message("only cases with this status"),
    ),
    _worker(),
    _workflow(),
    Option("--overdue", is_flag=True, says=Message("only cases whose stage is late")),
    Option("--district", metavar="CODE", says=Message("only clients of this region: 12.16, 12.16.06 …")),
    Option(
        "--sort",
        type=click.Choice(("number", "due", "client", "worker", "opened")),
        says=Message("by what the list is sorted; without it, by number"),
    ),
    Option("--descending", is_flag=True, says=Message("the last one first")),
    *_paging(),
    example="casework list --stage planning --worker rina",
)
def list_cases(app: App, limit: int | None, after: str | None, sort: str | None, **wanted: Any) -> Result:
    """The caseload."""

    def find(most: int | None) -> Any:
        return app.caseload.list(**wanted, sort=sort or "number", limit=most, after=after, at=app.at)

    return _page(app, find, limit, _typed("list", {**wanted, "sort": sort, "at": app.at}))


@verb(
    Argument("text", metavar="TEXT", says=Message("a part of a name or number, a telephone number, or a whole NIK")),
    *_paging(),
    more=Message(
        "Small and capital letters are alike. With --as, as far as the role of that person goes: workers find their "
        "own cases, supervisors those of their unit."
    ),
    example="casework search sarma",
)
def search(app: App, text: str, limit: int | None, after: str | None) -> Result:
    """Find a case."""

    def find(most: int | None) -> Any:
        return app.caseload.search(text, by=app.actor, limit=most, after=after)

    return _page(app, find, limit, f'search "{text}"')


@verb(
    _worker(),
    _workflow(),
    Option("--most", type=click.IntRange(min=1), default=8, metavar="N", says=Message("cases named in each stage")),
    more=Message("Every open case is counted; the most urgent of each stage are named."),
    example="casework board --worker rina",
)
def board(app: App, worker: str | None, workflow: str | None, most: int) -> Result:
    """The stages as columns."""
    from . import lists  # see _page

    found = app.caseload.board(worker=worker, workflow=workflow, most=most, at=app.at)
    return Result([one.as_data(app.lang) for one in found], lambda screen: lists.boards(screen, found))


@verb(
    Option("--within", metavar="SPAN", default="5d", says=Message("working days ahead: 5d, or weeks: 2w")),
    _worker(),
    _workflow(),
    _limit(),
    more=Message(
        "Late and soon, the most urgent first: stages, planned visits, clients expected back, follow-ups after the "
        "end. Days are working days of the office's calendar."
    ),
    example="casework due --within 5d",
)
def due(app: App, within: str, worker: str | None, workflow: str | None, limit: int | None) -> Result:
    """What is late or soon will be."""
    from . import lists  # see _page

    found = app.caseload.due(within=_days(within), worker=worker, workflow=workflow, at=app.at)
    titles = _stage_titles(app)
    shown = found[: _most(app, limit)]
    hidden = len(found) - len(shown)
    more = [Message("{count} more; --limit shows more, --worker one worker's only.", count=hidden)] if hidden else []
    return Result([task.as_data() for task in shown], lambda screen: lists.tasks(screen, shown, titles), notes=more)


def _days(span: str) -> int:
    """The working days that ``5d`` or ``2w`` are."""
    found = _SPAN.fullmatch(span.strip().lower())
    if found is None:
        raise Usage(Message("{span} is no span of time: 5d are five working days, 2w two weeks.", span=span))
    return int(found[1]) * (_WEEK if found[2] in ("w", "m") else 1)


@verb(
    Argument("name", metavar="NAME", required=False, says=Message("whose day; without it, who acts")),
    more=Message(
        "Visits of this week, what is late and what is due soon, each with the command that comes next; approvals "
        "that wait for you, and those that you wait for."
    ),
    example="casework today --as rina",
)
def today(app: App, name: str | None) -> Result:
    """A day's work."""
    from . import lists  # see _page
    from .hints import Hints

    found = app.caseload.today(name or app.by, at=app.at)
    titles = _stage_titles(app)

    def step(number: str) -> Any:
        status = app.caseload.status(number, at=app.at)
        return Hints(app.caseload, status.case, app.at).leads_on(status.moves)

    data = found.as_data(app.lang)
    for task in data["late"] if app.json else ():
        if task["what"] == "stage":
            ahead = step(task["case"])
            task["next"] = ahead.command if ahead else None
    return Result(data, lambda screen: lists.today(screen, found, titles, step, app.at))


@verb(
    Option("--all", "everything", is_flag=True, says=Message("what waits for anybody")),
    _worker(),
    more=Message("What waits for whoever acts: who asked, since when, and what has changed since the last revision."),
    example="casework approvals --as sup",
)
def approvals(app: App, everything: bool, worker: str | None) -> Result:
    """What waits for an approval."""
    from .. import facts  # see _page
    from . import lists

    by = None if everything else app.by
    found = app.caseload.approvals(by=by, worker=worker, at=app.at)
    kinds = {one.case.number: facts.record_types(app.caseload.workflow(one.case.number)) for one in found}
    staff = {person.name: person.full_name for person in app.caseload.all_staff()}
    return Result(
        [one.as_data(app.lang) for one in found],
        lambda screen: lists.approvals(screen, found, kinds, staff, by, app.at),
    )


@verb(
    Option("--supervisor", metavar="NAME", says=Message("only the workers whom this one supervises")),
    example="casework workload --supervisor sup",
)
def workload(app: App, supervisor: str | None) -> Result:
    """Who has how much to do."""
    from . import lists  # see _page

    found = app.caseload.workload(supervisor=supervisor, at=app.at)
    titles = _stage_titles(app)
    return Result([load.as_data() for load in found], lambda screen: lists.workload(screen, found, titles))


@verb(
    Argument("cases", metavar="CASE", nargs=-1, says=Message("the cases' numbers")),
    Option("--to", metavar="NAME", required=True, says=Message("who works in them from now on")),
    Option("--all-of", metavar="NAME", says=Message("every open case of this worker")),
    Option("--reason", metavar="TEXT", required=True, says=Message("why")),
    more=Message("All of them or none. What is open in a case stays open: tasks, and approvals that were asked for."),
    example='casework hand-over --all-of rina --to maya --reason "…" --as sup',
)
def hand_over(app: App, cases: tuple[str, ...], to: str, all_of: str | None, reason: str) -> Result:
    """Give cases to another worker."""
    from . import lists  # see _page

    if not cases and not all_of:
        raise Usage(Message("Name the cases, or the worker whose cases are handed over: --all-of NAME."))
    found = app.casework.hand_over(
        list(cases), to=to, by=app.by, reason=reason, all_of=all_of, at=app.at, key=app.key
    )
    return Result(found.as_data(app.lang), lambda screen: lists.handed_over(screen, found), found.warnings)


def _stage_titles(app: App) -> dict[str, Any]:
    """What the stages are called, in the order of the programmes."""
    boards = app.caseload.board(most=0)
    return {column.stage: column.title for board in reversed(boards) for column in board.columns}
