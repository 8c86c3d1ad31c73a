"""What an office did in a period, counted over the courses of its cases.

Nobody is to be recognised in what is counted: a group of few cases is counted together with others, and a middle
value that would rest on few cases is left out.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeVar

from .messages import Message, Sayable

T = TypeVar("T")

SMALLEST: Final = 5
"""Cases under which a group is counted together with others, unless the office wants more."""

Unit = Literal["text", "count", "days", "weeks", "percent"]
Cell = Sayable | str | int | float | None
"""A value of a table; None where there is nothing to tell, or too few cases to tell it."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a stage; ``until`` is None while it lasts. ``rested`` are the days of it in which the case paused."""

    stage: str
    since: date
    until: date | None
    rested: int = 0

    def days(self, last: date) -> int:
        """Days spent, up to ``last`` where it still lasts, without those of rest."""
        return max(((self.until or last) - self.since).days - self.rested, 0)


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits of the weeks that ended in the period: what was planned, and what became of it.

    ``missed`` are weeks in whose seven days no visit was held.
    """

    planned: int = 0
    held: int = 0
    missed: int = 0
    cancelled: int = 0
    absent: int = 0

    def __add__(self, other: Visits) -> Visits:
        return Visits(*(getattr(self, name) + getattr(other, name) for name in Visits.__slots__))


@dataclass(frozen=True, slots=True)
class Book:
    """What a finance book gave in the end: weeks in a row, percent of wants and of change; None where unknown."""

    longest_run: int
    wants_first: float | None
    wants_last: float | None
    income_change: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """What one case did up to the end of the period.

    ``begun`` are the days on which it was opened or opened again, ``ended`` those on which it was closed, each with
    the reason. ``ratings`` and ``book`` are those of the last evaluation
    in the period.
    """

    number: str
    workflow: str
    worker: str
    district: str
    begun: tuple[date, ...]
    ended: tuple[tuple[date, str], ...]
    stays: tuple[Stay, ...]
    status: str
    overdue: bool
    visits: Visits = Visits()
    ratings: tuple[str, ...] = ()
    book: Book | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both counted."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def months(self) -> list[tuple[int, int]]:
        """The months that it touches, as year and month."""
        start, end = self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month - 1
        return [(place // 12, place % 12 + 1) for place in range(start, end + 1)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name for programs, its heading for people, what it counts in."""

    name: str
    title: Message
    unit: Unit = "count"


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows; the first column says what a row is about."""

    name: str
    title: Message
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What stages, reasons, programmes and workers are called, by their identifiers."""

    stages: Mapping[str, Sayable] = field(default_factory=dict)
    reasons: Mapping[str, Sayable] = field(default_factory=dict)
    workflows: Mapping[str, Sayable] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)


RATINGS: Final[Mapping[str, Message]] = {
    "met": Message("met"),
    "partly": Message("partly"),
    "not_met": Message("not met"),
    "not_measurable": Message("not measurable"),
}
OTHERS: Final = Message("others, few each")
NO_DISTRICT: Final = Message("district not recorded")


def tally(courses: Sequence[Course], period: Period, names: Names, smallest: int = SMALLEST) -> list[Table]:
    """Every table of the report; those that would tell of fewer than ``smallest`` cases are left out."""
    if len(courses) < smallest:
        return []
    made = [
        _overview(courses, period),
        _months(courses, period),
        _stages(courses, period, names, smallest),
        _reasons(courses, period, names, smallest),
        _visits(courses),
        _targets(courses, smallest),
        _finance(courses, smallest),
        *(_groups(*way, courses, period, smallest) for way in _ways(names)),
    ]
    return [table for table in made if table.rows]


def grouped(items: Iterable[T], key: Callable[[T], str], smallest: int) -> list[tuple[str | None, list[T]]]:
    """``items`` by ``key``, the largest group first; those of fewer than ``smallest`` together under None, last.

    Where the small ones together are still too few, the smallest of the others joins them: else they could be had by
    taking the others from the whole.
    """
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    large = [pair for pair in ordered if len(pair[1]) >= smallest]
    few = [item for _, found in ordered if len(found) < smallest for item in found]
    while few and len(few) < smallest and large:
        few = [*large.pop()[1], *few]
    shown: list[tuple[str | None, list[T]]] = [*large]
    return [*shown, (None, few)] if len(few) >= smallest else shown


def middle(values: Sequence[float], smallest: int) -> float | None:
    """The median, where there are enough values to tell it."""
    return round(statistics.median(values), 1) if len(values) >= max(smallest, 1) else None


def ninth_tenth(values: Sequence[float], smallest: int) -> float | None:
    """The smallest value that nine tenths of all do not exceed, where there are enough to tell it."""
    if len(values) < max(smallest, 1):
        return None
    return sorted(values)[-(-9 * len(values) // 10) - 1]


def share(part: int, whole: int) -> float | None:
    """``part`` in percent of ``whole``, to one decimal."""
    return round(100 * part / whole, 1) if whole else None


def _begun(courses: Iterable[Course], period: Period) -> int:
    return sum(day in period for course in courses for day in course.begun)


def _ended(courses: Iterable[Course], period: Period) -> list[tuple[str, int]]:
    """The closings in the period: the reason, and the days since the case was begun (again)."""
    return [
        (reason, (day - max(begun for begun in course.begun if begun <= day)).days)
        for course in courses
        for day, reason in course.ended
        if day in period
    ]


def _overview(courses: Sequence[Course], period: Period) -> Table:
    opened = sum(course.begun[0] in period for course in courses)
    status = Counter(course.status for course in courses)
    rows: list[tuple[Cell, ...]] = [
        (Message("Cases opened"), opened),
        (Message("Cases opened again"), _begun(courses, period) - opened),
        (Message("Cases closed"), len(_ended(courses, period))),
        (Message("Open at the end of the period"), status["active"] + status["paused"]),
        (Message("… of these paused"), status["paused"]),
        (Message("… of these late"), sum(course.overdue for course in courses)),
    ]
    columns = (Column("what", Message("What"), "text"), Column("cases", Message("Cases")))
    return Table("overview", Message("Overview"), columns, tuple(rows))


def _months(courses: Sequence[Course], period: Period) -> Table:
    opened = Counter(_month(day) for course in courses for day in course.begun if day in period)
    closed = Counter(_month(day) for course in courses for day, _ in course.ended if day in period)
    columns = (
        Column("month", Message("Month"), "text"),
        Column("opened", Message("Opened")),
        Column("closed", Message("Closed")),
    )
    rows = tuple((f"{year}-{month:02d}", opened[year, month], closed[year, month]) for year, month in period.months())
    return Table("months", Message("Month by month"), columns, rows)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _stages(courses: Sequence[Course], period: Period, names: Names, smallest: int) -> Table:
    """How long cases stay in each stage, and where they wait now, in the order of the stages."""
    stays = [(course, stay) for course in courses for stay in course.stays]
    rows: list[tuple[Cell, ...]] = []
    for stage in _in_order(names.stages, (stay.stage for _, stay in stays)):
        here = [(course, stay) for course, stay in stays if stay.stage == stage]
        left = [stay.days(period.last) for _, stay in here if stay.until and stay.until in period]
        there = [(course, stay) for course, stay in here if stay.until is None]
        waiting = [stay.days(period.last) for _, stay in there]
        entered = sum(stay.since in period for _, stay in here)
        if not (entered or left or there):
            continue
        rows.append(
            (
                names.stages.get(stage, stage),
                entered,
                len(left),
                middle(left, smallest),
                ninth_tenth(left, smallest),
                len(there),
                sum(course.overdue for course, _ in there),
                middle(waiting, smallest),
            )
        )
    columns = (
        Column("stage", Message("Stage"), "text"),
        Column("entered", Message("Entered")),
        Column("left", Message("Left")),
        Column("median_days", Message("Median days"), "days"),
        Column("p90_days", Message("9 in 10 within"), "days"),
        Column("there", Message("At the end")),
        Column("overdue", Message("Overdue")),
        Column("waiting_days", Message("Median wait"), "days"),
    )
    return Table("stages", Message("Stages: how long, and where cases wait"), columns, tuple(rows))


def _in_order(known: Iterable[str], met: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*known, *met]))


def _reasons(courses: Sequence[Course], period: Period, names: Names, smallest: int) -> Table:
    closings = _ended(courses, period)
    rows = tuple(
        (
            OTHERS if reason is None else names.reasons.get(reason, reason),
            len(found),
            share(len(found), len(closings)),
            middle([days for _, days in found], smallest),
        )
        for reason, found in grouped(closings, lambda closing: closing[0], smallest)
    )
    columns = (
        Column("reason", Message("Reason"), "text"),
        Column("closed", Message("Closed")),
        Column("share", Message("Share"), "percent"),
        Column("median_days", Message("Median days"), "days"),
    )
    return Table("reasons", Message("Closed, by reason"), columns, rows)


def _visits(courses: Sequence[Course]) -> Table:
    total = sum((course.visits for course in courses), Visits())
    rows: list[tuple[Cell, ...]] = [
        (Message("Planned"), total.planned, None),
        (Message("Held"), total.held, share(total.held, total.planned)),
        (Message("Cancelled"), total.cancelled, share(total.cancelled, total.planned)),
        (Message("Client absent"), total.absent, share(total.absent, total.planned)),
        (Message("Weeks without a visit"), total.missed, None),
    ]
    columns = (
        Column("what", Message("What"), "text"),
        Column("visits", Message("Visits")),
        Column("share", Message("Share of those planned"), "percent"),
    )
    return Table("visits", Message("Visits"), columns, tuple(rows) if total != Visits() else ())


def _targets(courses: Sequence[Course], smallest: int) -> Table:
    rated = [course for course in courses if course.ratings]
    counts = Counter(rating for course in rated for rating in course.ratings)
    columns = (
        Column("rating", Message("Rating"), "text"),
        Column("targets", Message("Targets")),
        Column("share", Message("Share"), "percent"),
    )
    rows = tuple((words, counts[rating], share(counts[rating], counts.total())) for rating, words in RATINGS.items())
    return Table("targets", Message("Targets"), columns, rows if len(rated) >= smallest else ())


def _finance(courses: Sequence[Course], smallest: int) -> Table:
    books = [course.book for course in courses if course.book]

    def of(values: Iterable[float | None]) -> float | None:
        return middle([value for value in values if value is not None], smallest)

    changes = [book.income_change for book in books if book.income_change is not None]
    rows: list[tuple[Cell, ...]] = [
        (Message("Households with a finance book"), len(books)),
        (Message("Weeks in a row kept consistently, median"), of(book.longest_run for book in books)),
        (Message("Wants in the first week, median percent of spending"), of(book.wants_first for book in books)),
        (Message("Wants in the last week, median percent of spending"), of(book.wants_last for book in books)),
        (Message("Change of earned income, median percent"), of(changes)),
        (Message("Households that earn more than at first"), sum(change > 0 for change in changes)),
    ]
    columns = (Column("what", Message("What"), "text"), Column("value", Message("Value")))
    title = Message("Finance books of the cases evaluated")
    return Table("finance", title, columns, tuple(rows) if len(books) >= smallest else ())


_Way = tuple[str, Message, Callable[[Course], str], Mapping[str, Sayable | str]]


def _ways(names: Names) -> list[_Way]:
    return [
        ("workflows", Message("By programme"), lambda course: course.workflow, {**names.workflows}),
        ("workers", Message("By worker"), lambda course: course.worker, {**names.workers}),
        ("districts", Message("By district"), lambda course: course.district, {}),
    ]


def _groups(
    name: str,
    title: Message,
    key: Callable[[Course], str],
    called: Mapping[str, Sayable | str],
    courses: Sequence[Course],
    period: Period,
    smallest: int,
) -> Table:
    rows = []
    for group, found in grouped(courses, key, smallest):
        closed = _ended(found, period)
        visits = sum((course.visits for course in found), Visits())
        ratings = Counter(rating for course in found for rating in course.ratings)
        words: Cell = OTHERS if group is None else called.get(group, group) if group else NO_DISTRICT
        rows.append(
            (
                words,
                len(found),
                _begun(found, period),
                len(closed),
                sum(course.status != "closed" for course in found),
                sum(course.overdue for course in found),
                middle([days for _, days in closed], smallest),
                share(visits.held, visits.planned),
                share(ratings["met"], ratings.total()),
            )
        )
    columns = (
        Column("name", Message("Name"), "text"),
        Column("cases", Message("Cases")),
        Column("opened", Message("Opened")),
        Column("closed", Message("Closed")),
        Column("open", Message("Open")),
        Column("overdue", Message("Overdue")),
        Column("median_days", Message("Median days"), "days"),
        Column("visits_held", Message("Visits held, percent"), "percent"),
        Column("targets_met", Message("Targets met, percent"), "percent"),
    )
    return Table(name, title, columns, tuple(rows))
