"""The report of a period: the courses of the office's cases, read one by one, and what is counted over them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, Final

from . import facts
from .caseload import Caseload
from .cases import Engines
from .engine import CaseState
from .errors import Invalid, Problem
from .messages import Message, Sayable
from .store.store import Row, Transaction, state_of
from .tally import Book, Course, Names, Period, Stay, Table, Visits, tally
from .workflow import Workflow

COUNTED: Final = ("addendum", "client", "contract", "evaluation", "finance", "session")
"""The records that a report reads."""
_DISTRICT: Final[Mapping[str, int]] = {"kemendagri": 8, "bps": 7}
"""How long a region's code is down to the district (kecamatan), by its scheme."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an office did in a period. Without tables there were too few cases to tell of any."""

    first: date
    last: date
    agency: str
    smallest: int
    tables: tuple[Table, ...]

    def as_data(self, lang: str) -> dict[str, Any]:
        """The report for JSON: each table by its name, a row as a mapping of its columns."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "office": self.agency,
            "smallest_group": self.smallest,
            "tables": {
                table.name: [
                    {
                        column.name: cell.say(lang) if isinstance(cell, Message | Sayable) else cell
                        for column, cell in zip(table.columns, row, strict=True)
                    }
                    for row in table.rows
                ]
                for table in self.tables
            },
        }


class Reporting(Caseload):
    """The cases of one office in one database, counted."""

    def report(self, first: date | None = None, last: date | None = None) -> Report:
        """What the office did from ``first`` to ``last``, both days counted, in figures that show nobody.

        Args:
            first: the first day; the year's first one unless it is given.
            last: the last day; today unless it is given, and never later.

        Raises:
            Invalid: the last day lies before the first one.
        """
        today = self._now().date()
        end = min(last or today, today)
        begin = first or end.replace(month=1, day=1)
        if begin > end:
            why = Message("{last} lies before {first}.", first=begin, last=end)
            raise Invalid(Message("There is no such period."), [Problem("to", why)])
        period, smallest = Period(begin, end), self.office.smallest_group
        with self._store.reading() as tx:
            found = tuple(courses(tx, period, self._engines))
            names = _names(tx, self._engines, {course.workflow for course in found})
        return Report(begin, end, self.office.agency, smallest, tuple(tally(found, period, names, smallest)))


def courses(tx: Transaction, period: Period, engines: Engines) -> Iterator[Course]:
    """The course of each case that was open in the period; one case is held in memory at a time."""
    moves = _by_case(tx.each_move(), "stream")
    rows = _by_case(tx.each_record(COUNTED), "case_id")
    events, records = next(moves, None), next(rows, None)
    for row in tx.each_case():
        own: list[Row] = []
        while events and events[0] < row["id"]:
            events = next(moves, None)
        if events and events[0] == row["id"]:
            own = [event for event in events[1] if event["on"][:10] <= period.last.isoformat()]
        while records and records[0] < row["id"]:
            records = next(rows, None)
        recorded = records[1] if records and records[0] == row["id"] else []
        if own and not _over(own, period):
            flow = engines.workflow(tx, row["workflow_digest"])
            yield _course(state_of(row), own, recorded, flow, engines, period)


def _by_case(rows: Iterator[Row], column: str) -> Iterator[tuple[str, list[Row]]]:
    return ((case, list(found)) for case, found in groupby(rows, key=itemgetter(column)))


def _over(events: Sequence[Row], period: Period) -> bool:
    """Whether the case was closed before the period began."""
    last = events[-1]
    return last["body"].get("status") == "closed" and _day(last) < period.first


def _day(event: Row) -> date:
    return date.fromisoformat(event["on"][:10])


def _course(
    state: CaseState, events: Sequence[Row], rows: Sequence[Row], flow: Workflow, engines: Engines, period: Period
) -> Course:
    body = events[-1]["body"]
    status = body.get("status", "active")
    due = body.get("due_on")
    again = [_day(event) for before, event in pairwise(events) if _closes(before) and not _closes(event)]
    ended = [(_day(event), event["body"]["because"] or "-") for event in events if _closes(event)]
    rested = facts.pauses(events)
    seen = _seen(state, events, rows, flow, engines, period)
    return Course(
        number=state.number,
        workflow=state.workflow,
        worker=state.worker,
        district=_district(rows),
        begun=(_day(events[0]), *again),
        ended=tuple(ended),
        stays=tuple(_stays(events, rested)),
        status=status,
        overdue=status == "active" and due is not None and due < period.last.isoformat(),
        visits=sum((visits for visits, _, _ in seen), Visits()),
        ratings=next((tuple(ratings) for _, ratings, _ in reversed(seen) if ratings), ()),
        book=next((book for _, _, book in reversed(seen) if book), None),
    )


def _closes(event: Row) -> bool:
    return bool(event["body"].get("status") == "closed")


def _stays(events: Sequence[Row], rested: Sequence[facts.Pause]) -> Iterator[Stay]:
    """One stay for each time that the case was in a stage; closed it is in none."""
    since: date | None = None
    stage = ""
    for event in events:
        body, day = event["body"], _day(event)
        left = since is not None and (body["to"] != stage or _closes(event))
        if left and since is not None:
            yield Stay(stage, since, day, _rest(since, day, rested))
            since = None
        if since is None and not _closes(event):
            stage, since = body["to"], day
    if since is not None:
        yield Stay(stage, since, None, _rest(since, None, rested))


def _rest(since: date, until: date | None, rested: Sequence[facts.Pause]) -> int:
    """The days of pauses between two days. A pause that still lasts has none yet: the case waits nowhere in it."""
    days = 0
    for pause in rested:
        if pause.until is None:
            continue
        first = max(date.fromisoformat(pause.since), since)
        last = min(date.fromisoformat(pause.until), until or date.max)
        days += max((last - first).days, 0)
    return days


_Seen = tuple[Visits, Sequence[str], Book | None]


def _seen(
    state: CaseState,
    events: Sequence[Row],
    rows: Sequence[Row],
    flow: Workflow,
    engines: Engines,
    period: Period,
) -> list[_Seen]:
    """What the records tell of the period, also those that were entered later, for each episode and plan."""
    kinds = engines.kinds(flow)
    books = [row for row in rows if row["type"] == "finance"]  # many, and wanted for few cases
    others = [row for row in rows if row["type"] != "finance"]
    scopes = sorted({(row["episode"], row["cycle"]) for row in others})
    case = {
        "number": state.number,
        "stage": state.stage,
        "stage_since": state.stage_since,
        "pauses": [[pause.since, pause.until] for pause in facts.pauses(events)],
    }
    found: list[_Seen] = []
    for episode, cycle in scopes:
        then = replace(state, episode=episode, cycle=cycle)
        entries = facts.entries(others, then, kinds)
        evaluation = entries.get("evaluation")
        rated = evaluation is not None and date.fromisoformat(evaluation[-1].content["held_on"]) in period
        if rated:
            entries |= facts.entries(books, then, kinds)
        ends = min(_end_of(episode, events) or period.last, period.last)
        views: Any = facts.views(flow, kinds, entries, case, facts.Approvals(()), ends)
        last_cycle = max(c for e, c in scopes if e == episode) == cycle
        visits = _visits(views, period) if last_cycle else Visits()  # sessions count for the whole episode
        ratings = [result["rating"] for result in views["evaluation"]["results"]] if rated else []
        found.append((visits, ratings, _book(views["finance"])))
    return found


def _book(finance: Any) -> Book | None:
    if not finance.entries or not finance.weeks:
        return None
    return Book(finance.longest_run, finance.wants_share_first, finance.wants_share, finance.income_change)


def _end_of(episode: int, events: Sequence[Row]) -> date | None:
    """The day on which an episode was closed."""
    closed = [_day(event) for event in events if _closes(event) and event["body"]["episode"] == episode]
    return closed[-1] if closed else None


def _visits(views: Any, period: Period) -> Visits:
    contract, sessions = views["contract"], views["sessions"]
    if not contract:
        return Visits()
    weeks = [number for number in sessions.elapsed_weeks if contract.week(number)[1] in period]
    visits_per_week = contract["visits_per_week"]
    missed = set(sessions.missed_weeks)
    by_status = {"held": 0, "cancelled": 0, "client_absent": 0}
    for item in sessions.items:
        if contract.week_of(date.fromisoformat(item["held_on"])) in weeks:
            by_status[item["status"]] += 1
    return Visits(
        planned=round(visits_per_week * len(weeks)),
        held=by_status["held"],
        missed=sum(number in missed for number in weeks),
        cancelled=by_status["cancelled"],
        absent=by_status["client_absent"],
    )


def _district(rows: Sequence[Row]) -> str:
    """The district's code in the client's latest record; empty where none is recorded."""
    client = [row for row in rows if row["type"] == "client"]
    region = ((json.loads(client[-1]["content"]) if client else {}).get("address") or {}).get("region") or {}
    return str(region.get("code") or "")[: _DISTRICT.get(str(region.get("scheme")), 0)]


def _names(tx: Transaction, engines: Engines, workflows: set[str]) -> Names:
    """What things are called in the workflows that the cases live by."""
    stages: dict[str, Sayable] = {}
    reasons: dict[str, Sayable] = {}
    titles: dict[str, Sayable] = {}
    known = [engines.workflow(tx, digest) for digest in tx.workflow_digests()]
    for flow in sorted(known, key=lambda flow: (flow.name, -flow.version)):
        if flow.name in workflows:
            titles[flow.name] = flow.title
            stages |= {name: stage.title for name, stage in flow.stages.items() if name not in stages}
            reasons |= {name: closure.title for name, closure in flow.closures.items() if name not in reasons}
    people = {person["name"]: person["full_name"] for person in tx.all_staff()}
    return Names(stages, reasons, titles, people)
