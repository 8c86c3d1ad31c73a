"""The course of a case over its dates: stages, contract weeks, sessions, rests, moves and the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from babel.dates import format_date, format_skeleton

from ..messages import Message, Sayable
from . import lines, svg
from .svg import FAINT, INK, PAPER, SHADE, SOFT, TEXT_WIDTH, Canvas, Drawing, Sign

_LEFT = 116.0  # the column of names
_RIGHT = 14.0
_TOP = 30.0
_BAND = 13.0
_ROW = 21.0
_NAME = 8.2
_SMALL = 7.2
_LABELS_APART = 54.0  # between two dates of the scale
_MONTHLY = 100.0  # months narrower than this are named as such, wider ones are divided into days

WORDS: Mapping[str, Message] = {
    "stage": Message("Stage"),
    "running": Message("Stage that still runs"),
    "held": Message("Session held"),
    "cancelled": Message("Session cancelled"),
    "client_absent": Message("Client absent"),
    "pause": Message("The case rests"),
    "move": Message("Move"),
    "closed": Message("Case closed"),
}
"""The legend's words, by sign."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A time that the case spent in a stage; ``until`` is None while it is there. One stage may come again."""

    title: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened on a day: a move other than the forward one, by its title."""

    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Course:
    """What a timeline shows. ``until`` is the last day of the scale: the working date, or the day of closing."""

    stages: Sequence[Stage]
    until: date
    sessions: Sequence[Mapping[str, Any]] = ()
    weeks: Sequence[tuple[date, date]] = ()
    pauses: Sequence[tuple[date, date | None]] = ()
    moves: Sequence[Moment] = ()
    closed: date | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the days stand: ``x`` of a day is ``left + (day - first) * per_day``."""

    width: float
    height: float
    first: date
    last: date
    per_day: float
    bands: tuple[tuple[str, float, float, float], ...]
    """Of each stage: title, left, right, top."""
    rows: Mapping[str, float]
    """The top of each named row: the stages' titles, then ``weeks`` and ``sessions`` where there are any."""

    def x(self, day: date) -> float:
        """Where the day begins."""
        return _LEFT + (day - self.first).days * self.per_day


def timeline(course: Course, *, lang: str) -> Drawing:
    """The course of a case; titles as they may be shown, the other words in ``lang``."""
    made = layout(course)
    canvas = Canvas()
    end = made.height - 8
    _pauses(canvas, course, made, end)
    _scale(canvas, course, made, end, lang)
    notes = _moments(canvas, course, made, end, lang)
    _bands(canvas, course, made, lang)
    if course.weeks:
        _weeks(canvas, course, made, lang)
    if course.sessions:
        _sessions(canvas, course, made, lang)
    height = _notes(canvas, notes, made.height + (12 if notes else 0), made.width)
    height = svg.legend(canvas, _signs(course, lang), height + 4, made.width)
    return canvas.drawing(made.width, height, _described(course, lang))


def layout(course: Course) -> Layout:
    """Where the bands stand: a row for each stage in the order in which the case came to it first."""
    days = [stage.since for stage in course.stages] + [stage.until for stage in course.stages if stage.until]
    days += [course.until, *(week[0] for week in course.weeks), *(week[1] for week in course.weeks)]
    days += [date.fromisoformat(session["held_on"]) for session in course.sessions]
    days += [day for pause in course.pauses for day in pause if day] + [move.on for move in course.moves]
    days += [course.closed] if course.closed else []
    first, last = min(days), max(days)
    per_day = (TEXT_WIDTH - _LEFT - _RIGHT) / ((last - first).days + 1)
    rows: dict[str, float] = {}
    names = [*dict.fromkeys(stage.title for stage in course.stages)]
    extra = [name for name, wanted in (("weeks", course.weeks), ("sessions", course.sessions)) if wanted]
    for place, name in enumerate(names):
        rows[f"stage {name}"] = _TOP + place * _ROW
    for place, name in enumerate(extra):
        rows[name] = _TOP + (len(names) + place) * _ROW + 4
    bands = []
    for stage in course.stages:
        begin = _LEFT + (stage.since - first).days * per_day
        until = _LEFT + ((stage.until or max(course.until, stage.since)) - first).days * per_day
        until = max(until + (0 if stage.until else per_day), begin + min(2.5, TEXT_WIDTH - _RIGHT - begin))
        bands.append((stage.title, begin, until, rows[f"stage {stage.title}"]))
    height = _TOP + (len(names) + len(extra)) * _ROW + (4 if extra else 0) + 10
    return Layout(TEXT_WIDTH, height, first, last, per_day, tuple(bands), rows)


def _scale(canvas: Canvas, course: Course, made: Layout, end: float, lang: str) -> None:
    """Dates along the top: weeks, months, quarters or years, whichever leaves room for the words."""
    ends = made.x(course.closed) if course.closed else made.width
    for number, day in enumerate(_ticks(made)):
        x = made.x(day)
        canvas.path(lines.straight([(x, _TOP - 6), (x, end)]), width=0.5, stroke=FAINT)
        form = "yMMM" if made.per_day * 30 < _MONTHLY else "d MMM" if number else "d MMM y"
        words = format_skeleton(form, day, locale=lang) if form == "yMMM" else format_date(day, form, locale=lang)
        wide = svg.wide(words, _SMALL)
        begin = x if x - _LEFT < 12 else x - wide / 2
        if begin + wide < min(made.width - 2, ends - 62 if course.closed else made.width):
            canvas.text(begin, _TOP - 10, words, _SMALL, fill=SOFT, anchor="start")
    canvas.path(lines.straight([(_LEFT, _TOP - 6), (made.width - _RIGHT, _TOP - 6)]), width=0.8, stroke=SOFT)


def _ticks(made: Layout) -> list[date]:
    span = (made.last - made.first).days + 1
    per_month = made.per_day * 30
    if per_month >= _MONTHLY:
        step = next(days for days in (1, 2, 7, 14) if made.per_day * days >= _LABELS_APART or days == 14)
        monday = made.first + timedelta(days=-made.first.weekday() % 7) if step >= 7 else made.first
        return [monday + timedelta(days=n) for n in range(0, span, step) if monday + timedelta(days=n) <= made.last]
    months = next((m for m in (1, 2, 3, 6, 12, 24, 60) if per_month * m >= _LABELS_APART), 120)
    found = []
    year, month = made.first.year, made.first.month
    while date(year, month, 1) <= made.last:
        if date(year, month, 1) >= made.first and (year * 12 + month - 1) % months == 0:
            found.append(date(year, month, 1))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _pauses(canvas: Canvas, course: Course, made: Layout, end: float) -> None:
    for since, until in course.pauses:
        left, right = made.x(since), made.x(until or course.until) + (0 if until else made.per_day)
        _rest(canvas, left, _TOP - 6, max(right - left, 2), end - _TOP + 6)


def _rest(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y, width, height, fill=SHADE)
    canvas.hatch(x, y, width, height, step=6, stroke=FAINT)


def _bands(canvas: Canvas, course: Course, made: Layout, lang: str) -> None:
    for name, top in made.rows.items():
        if name.startswith("stage "):
            title = name.removeprefix("stage ")
            rows = svg.wrapped(title, _LEFT - 18, _NAME, 2)
            first = top + _BAND / 2 + 2.9 - (len(rows) - 1) * _NAME * svg.LEADING / 2
            canvas.rows(_LEFT - 8, first, rows, _NAME, anchor="end", full=title)
    for stage, (_, left, right, top) in zip(course.stages, made.bands, strict=True):
        told = f"{stage.title}: {_day(stage.since, lang)} – {_day(stage.until, lang) if stage.until else '…'}"
        _band(canvas, left, top, right - left, told, open_ended=stage.until is None)
        _since(canvas, _short(stage.since, lang), left, right, [o for o in made.bands if o[3] == top])


def _since(
    canvas: Canvas, words: str, left: float, right: float, row: Sequence[tuple[str, float, float, float]]
) -> None:
    """The first day of a band: in it, beside it, or nowhere when there is no room."""
    wide, y = svg.wide(words, _SMALL), row[0][3] + _BAND - 4
    if right - left > wide + 8:
        canvas.text(left + 5, y, words, _SMALL, anchor="start", fill=PAPER)
    elif right + wide + 8 < TEXT_WIDTH - _RIGHT and not any(right <= o[1] < right + wide + 12 for o in row):
        canvas.rect(right + 3, y - 7, wide + 2, 9, fill=PAPER)  # the scale's lines do not cross the words
        canvas.text(right + 4, y, words, _SMALL, anchor="start", fill=SOFT)
    elif left - wide - 8 > _LEFT and not any(left - wide - 12 < o[2] <= left for o in row):
        canvas.rect(left - 5 - wide, y - 7, wide + 2, 9, fill=PAPER)
        canvas.text(left - 4, y, words, _SMALL, anchor="end", fill=SOFT)


def _band(canvas: Canvas, x: float, y: float, width: float, title: str = "", *, open_ended: bool = False) -> None:
    if not open_ended:
        canvas.rect(x, y, width, _BAND, title, fill="#4b5563")
        return
    tip = min(6.0, width / 2)
    corners = [(x, y), (x + width - tip, y), (x + width, y + _BAND / 2), (x + width - tip, y + _BAND), (x, y + _BAND)]
    canvas.path(lines.straight(corners) + "Z", fill="#4b5563", stroke="none", title=title)


def _label(canvas: Canvas, top: float, text: str) -> None:
    row = svg.wrapped(text, _LEFT - 18, _NAME, 1)[0]
    canvas.text(_LEFT - 8, top + _BAND / 2 + 2.9, row, _NAME, anchor="end", fill=SOFT)


def _weeks(canvas: Canvas, course: Course, made: Layout, lang: str) -> None:
    top = made.rows["weeks"]
    _label(canvas, top, Message("Weeks of the contract").say(lang))
    every = next((n for n in (1, 2, 4, 5, 10, 20, 52) if made.per_day * 7 * n >= 17), 104)
    for number, (begin, end) in enumerate(course.weeks, 1):
        left, right = made.x(begin), made.x(end) + made.per_day
        canvas.rect(
            left, top, right - left, _BAND, fill=PAPER if number % 2 else SHADE, stroke=SOFT, stroke_width=0.5
        )
        if number % every == 0 or every == 1:
            canvas.text((left + right) / 2, top + _BAND - 4, str(number), _SMALL)


def _sessions(canvas: Canvas, course: Course, made: Layout, lang: str) -> None:
    top = made.rows["sessions"]
    _label(canvas, top, Message("Sessions").say(lang))
    days = sorted({date.fromisoformat(session["held_on"]) for session in course.sessions})
    nearest = min(((later - day).days for day, later in pairwise(days)), default=99) * made.per_day
    half = min(max(nearest / 2 - 0.6, 2.0), 4.2)
    for session in course.sessions:
        on = date.fromisoformat(session["held_on"])
        status = session["status"]
        title = f"{_day(on, lang)}: {WORDS[status].say(lang)}"
        _session(canvas, status, made.x(on) + made.per_day / 2, top + _BAND / 2, title, half)


def _session(canvas: Canvas, status: str, x: float, y: float, title: str = "", half: float = 4.2) -> None:
    """Full: held. Empty, with a stroke: cancelled. Empty, crossed: the client was not there."""
    canvas.circle(x, y, half, title, fill=INK if status == "held" else PAPER, stroke=INK, stroke_width=1)
    cut = half * 0.707
    if status != "held":
        canvas.path(lines.straight([(x - cut, y + cut), (x + cut, y - cut)]), width=1)
    if status == "client_absent":
        canvas.path(lines.straight([(x - cut, y - cut), (x + cut, y + cut)]), width=1)


def _moments(canvas: Canvas, course: Course, made: Layout, end: float, lang: str) -> list[str]:
    """Numbered marks below the field; gives what the numbers stand for."""
    notes = []
    reached = -99.0
    moves = sorted(course.moves, key=lambda one: one.on)
    for number, move in enumerate(moves, 1):
        x = made.x(move.on)
        at = min(max(x, reached + 13), made.width - 7 - 13 * (len(moves) - number))
        canvas.path(lines.straight([(x, _TOP - 6), (x, end), (at, end + 8)]), width=0.9, dash="3 2.5")
        canvas.badge(at, end + 8, str(number))
        reached = at
        notes.append(f"{number}  {move.title}, {_day(move.on, lang)}")
    if course.closed:
        x = made.x(course.closed)
        canvas.path(lines.straight([(x, _TOP - 6), (x, end)]), width=2.4)
        words = _day(course.closed, lang)
        canvas.text(
            min(x, made.width - svg.wide(words, _SMALL, bold=True) / 2 - 2), _TOP - 10, words, _SMALL, bold=True
        )
    return notes


def _notes(canvas: Canvas, notes: Sequence[str], y: float, width: float) -> float:
    for place, note in enumerate(notes):
        row = svg.wrapped(note, width / 2 - 24, _SMALL + 0.4, 1)[0]
        x = 14 + place % 2 * (width / 2 - 6)
        canvas.text(x, y + 8 + place // 2 * 12, row, _SMALL + 0.4, anchor="start", full=note)
    return y + -(-len(notes) // 2) * 12 + (4 if notes else 0)


def _day(day: date, lang: str) -> str:
    return format_date(day, "d MMMM y", locale=lang)


def _short(day: date, lang: str) -> str:
    return format_date(day, "d MMM", locale=lang)


def _signs(course: Course, lang: str) -> list[tuple[Sign, str]]:
    found: list[tuple[str, Sign]] = []
    if any(stage.until for stage in course.stages):
        found.append(("stage", lambda canvas, x, y: _band(canvas, x - 13, y - _BAND / 2, 26)))
    if any(stage.until is None for stage in course.stages):
        found.append(("running", lambda canvas, x, y: _band(canvas, x - 13, y - _BAND / 2, 26, open_ended=True)))
    statuses = {session["status"] for session in course.sessions}
    found += [(s, _sign_session(s)) for s in ("held", "cancelled", "client_absent") if s in statuses]
    if course.pauses:
        found.append(("pause", lambda canvas, x, y: _rest(canvas, x - 13, y - 6, 26, 12)))
    if course.moves:
        found.append(("move", lambda canvas, x, y: canvas.badge(x, y, "1")))
    if course.closed:
        found.append(
            ("closed", lambda canvas, x, y: canvas.path(lines.straight([(x, y - 7), (x, y + 7)]), width=2.4))
        )
    return [(sign, WORDS[name].say(lang)) for name, sign in found]


def _sign_closed(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(lines.straight([(x, y - 7), (x, y + 7)]), width=2.4)


def _sign_session(status: str) -> Sign:
    return lambda canvas, x, y: _session(canvas, status, x, y)


def _described(course: Course, lang: str) -> str:
    statuses = [session["status"] for session in course.sessions]
    titles = [svg.clean(title) for title in dict.fromkeys(stage.title for stage in course.stages)]
    said: list[Sayable] = [
        Message(
            "Course of the case from {first}: {stages}.",
            first=_day(min(stage.since for stage in course.stages), lang),
            stages=titles,
        )
    ]
    if statuses:
        held = statuses.count("held")
        said.append(Message("Sessions held: {held} of {count}.", held=held, count=len(statuses)))
    if course.closed:
        said.append(Message("Closed on {day}.", day=_day(course.closed, lang)))
    return " ".join(sentence.say(lang) for sentence in said)
