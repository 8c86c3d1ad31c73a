"""The finance book by week: what was earned beside what it was spent on, and how regularly it was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal

from ..messages import Message
from . import lines, svg
from .svg import FAINT, INK, PAPER, SHADE, SOFT, TEXT_WIDTH, Canvas, Drawing, Sign

_PLOT = 150.0  # the height of the bars' field
_PER_ROW = 26  # more weeks than half a year are continued in another row
_SMALL = 7.4
_HEADROOM = 26.0  # above the bars: the bracket of the run
_FEET = 44.0  # below them: weeks and days
_STEPS = (1, 2, 2.5, 5, 10)

INCOME = ("income", "assistance")
SPENDING = ("needs", "wants", "capital")

WORDS: Mapping[str, Message] = {
    "income": Message("Earned income"),
    "assistance": Message("Social assistance"),
    "needs": Message("Needs"),
    "wants": Message("Wants"),
    "capital": Message("Trading stock or capital"),
    "run": Message("Weeks in a row kept consistently"),
    "missing": Message("Week without an entry"),
}
"""The legend's words, by sign."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar: the week, what it stands for, and its box (left, top, right, bottom)."""

    week: int
    part: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """The chart; ``slots``: left and right of each week, ``base``: the zero line of each row of weeks."""

    width: float
    height: float
    left: float
    bars: tuple[Bar, ...]
    slots: Mapping[int, tuple[float, float]]
    rows: tuple[tuple[int, ...], ...]
    base: tuple[float, ...]
    step: int
    most: int


def finance(weeks: Sequence[Mapping[str, Any]], run: Sequence[int] = (), *, lang: str) -> Drawing:
    """The weeks of the finance book.

    Args:
        weeks: as ``finance.weeks`` publishes them: number, days with an entry, sums in rupiah.
        run: the numbers of the longest run of consistent weeks, as ``finance.longest_run_weeks`` has them.
        lang: the language of the words.
    """
    made = layout(weeks)
    canvas = Canvas()
    by_number = {week["week"]: week for week in weeks}
    for place, row in enumerate(made.rows):
        _field(canvas, made, place, lang)
        _run(canvas, made, row, made.base[place], run, lang)
        for number in row:
            _week(canvas, made, by_number[number], made.base[place], lang)
        canvas.text(made.left - 6, made.base[place] + 14, Message("Week").say(lang), _SMALL, anchor="end", fill=SOFT)
        days = svg.wrapped(Message("Days recorded").say(lang), made.left - 8, _SMALL, 2)
        canvas.rows(made.left - 6, made.base[place] + 25.5, days, _SMALL, anchor="end", fill=SOFT)
    for bar in made.bars:
        _bar(canvas, bar.part, bar.box, f"{WORDS[bar.part].say(lang)}: {rupiah(by_number[bar.week][bar.part], lang)}")
    for base in made.base:
        canvas.path(lines.straight([(made.left, base), (made.width - 8, base)]), width=1)
    height = svg.legend(canvas, _signs(weeks, run, lang), made.height, made.width)
    return canvas.drawing(made.width, height, _described(weeks, run, lang))


def rupiah(amount: int, lang: str) -> str:
    """Whole rupiah as ``lang`` writes them: Rp225.000 in Indonesian."""
    return f"Rp{format_decimal(amount, format='#,##0', locale=lang)}"


def layout(weeks: Sequence[Mapping[str, Any]]) -> Layout:
    """Where the bars stand."""
    most = max((max(_total(week, INCOME), _total(week, SPENDING)) for week in weeks), default=0)
    step = _step(most)
    top = max(step, -(-most // step) * step)
    left = max(svg.wide(f"Rp{value:,}", _SMALL) for value in range(0, top + 1, step)) + 16
    left = max(left, 62.0)
    numbers = [week["week"] for week in weeks]
    count = -(-len(numbers) // _PER_ROW)
    each = -(-len(numbers) // count) if count else 1
    rows = [tuple(numbers[start : start + each]) for start in range(0, len(numbers), each)] or [()]
    slot = min((TEXT_WIDTH - 8 - left) / max(each, 1), 74.0)
    bars: list[Bar] = []
    slots: dict[int, tuple[float, float]] = {}
    base = [_HEADROOM + _PLOT + place * (_HEADROOM + _PLOT + _FEET) for place in range(len(rows))]
    by_number = {week["week"]: week for week in weeks}
    for row, zero in zip(rows, base, strict=True):
        for place, number in enumerate(row):
            begin = left + place * slot
            slots[number] = (begin, begin + slot)
            wide = min(slot * 0.36, 18.0)
            middle = begin + slot / 2
            for parts, start in ((INCOME, middle - wide - 0.8), (SPENDING, middle + 0.8)):
                reached = zero
                for part in parts:
                    amount = by_number[number][part]
                    if amount:
                        high = amount / top * _PLOT
                        bars.append(Bar(number, part, (start, reached - high, start + wide, reached)))
                        reached -= high
    return Layout(TEXT_WIDTH, base[-1] + _FEET, left, tuple(bars), slots, tuple(rows), tuple(base), step, top)


def _total(week: Mapping[str, Any], parts: Sequence[str]) -> int:
    return sum(week[part] for part in parts)


def _step(most: int) -> int:
    """A round distance between the lines of the scale, so that there are three to five of them."""
    size = 1
    while True:
        for factor in _STEPS:
            step = int(size * factor)
            if step == size * factor and most <= step * 5:
                return step
        size *= 10


def _field(canvas: Canvas, made: Layout, place: int, lang: str) -> None:
    base = made.base[place]
    for value in range(0, made.most + 1, made.step):
        y = base - value / made.most * _PLOT
        canvas.path(lines.straight([(made.left, y), (made.width - 8, y)]), width=0.5, stroke=FAINT)
        canvas.text(made.left - 6, y + 2.6, rupiah(value, lang), _SMALL, anchor="end", fill=SOFT)


def _run(canvas: Canvas, made: Layout, row: Sequence[int], base: float, run: Sequence[int], lang: str) -> None:
    """The run's weeks on a shade, under a bracket that counts them."""
    within = [number for number in row if number in run]
    if not within:
        return
    left, right = made.slots[within[0]][0], made.slots[within[-1]][1]
    top = base - _PLOT - 4
    canvas.rect(left, top, right - left, _PLOT + 4, fill=SHADE)
    for value in range(0, made.most + 1, made.step):  # the scale goes on over the shade
        y = base - value / made.most * _PLOT
        canvas.path(lines.straight([(left, y), (right, y)]), width=0.5, stroke=FAINT)
    bracket = [(left + 2, top + 4), (left + 2, top - 2), (right - 2, top - 2), (right - 2, top + 4)]
    canvas.path(lines.straight(bracket), width=1.1)
    words = Message("{count} weeks in a row", count=len(run)).say(lang)
    x = min(max((left + right) / 2, svg.wide(words, 8) / 2 + 4), made.width - svg.wide(words, 8) / 2 - 4)
    canvas.text(x, top - 6, words, 8, bold=True)


def _week(canvas: Canvas, made: Layout, week: Mapping[str, Any], base: float, lang: str) -> None:
    left, right = made.slots[week["week"]]
    middle = (left + right) / 2
    every = max(1, round(14 / (right - left) + 0.49))
    if (week["week"] - 1) % every == 0:
        canvas.text(middle, base + 14, str(week["week"]), 8, bold=bool(week["consistent"]))
        days = str(week["days"])
        canvas.text(middle, base + 25.5, days, _SMALL, bold=bool(week["consistent"]), fill=INK)
    if not week["days"]:
        _missing(canvas, left, base, right, WORDS["missing"].say(lang))


def _missing(canvas: Canvas, left: float, base: float, right: float, words: str, high: float = 24) -> None:
    """An empty box, crossed out: nothing is known of this week, which is not the same as no money."""
    middle, half = (left + right) / 2, min((right - left) * 0.38, 19)
    top = base - high
    look: dict[str, str | float] = {"stroke": SOFT, "stroke_width": 0.8, "stroke_dasharray": "2 2"}
    canvas.rect(middle - half, top, 2 * half, high, words, fill=PAPER, **look)
    for start, end in (((middle - half, top), (middle + half, base)), ((middle - half, base), (middle + half, top))):
        canvas.path(lines.straight([start, end]), width=0.6, stroke=SOFT)


_FILLS = {"income": "#4b5563", "assistance": PAPER, "needs": "#d5d9de", "wants": PAPER, "capital": "#9aa2ac"}


def _bar(canvas: Canvas, part: str, box: tuple[float, float, float, float], title: str = "") -> None:
    """Each kind of money has a pattern of its own, told apart without colour."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    canvas.rect(left, top, wide, high, title, fill=_FILLS[part], stroke=INK, stroke_width=0.8)
    if part == "wants":
        canvas.hatch(left, top, wide, high)
    elif part == "assistance":
        canvas.hatch(left, top, wide, high, step=5, cross=True)


def _signs(weeks: Sequence[Mapping[str, Any]], run: Sequence[int], lang: str) -> list[tuple[Sign, str]]:
    found: list[tuple[str, Sign]] = [
        (part, _sign_bar(part)) for part in (*INCOME, *SPENDING) if any(week[part] for week in weeks)
    ]
    if run:
        found.append(("run", _sign_run))
    if any(not week["days"] for week in weeks):
        found.append(("missing", lambda canvas, x, y: _missing(canvas, x - 12, y + 5.5, x + 12, "", 11)))
    return [(sign, WORDS[name].say(lang)) for name, sign in found]


def _sign_bar(part: str) -> Sign:
    return lambda canvas, x, y: _bar(canvas, part, (x - 9, y - 5.5, x + 9, y + 5.5))


def _sign_run(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x - 12, y - 4, 24, 10, fill=SHADE)
    canvas.path(lines.straight([(x - 12, y), (x - 12, y - 5), (x + 12, y - 5), (x + 12, y)]), width=1.1)


def _described(weeks: Sequence[Mapping[str, Any]], run: Sequence[int], lang: str) -> str:
    said = [
        Message(
            "Finance book of {count} weeks: {income} earned, {spending} spent.",
            count=len(weeks),
            income=rupiah(sum(week["income"] for week in weeks), lang),
            spending=rupiah(sum(_total(week, SPENDING) for week in weeks), lang),
        )
    ]
    if run:
        said.append(Message("Kept consistently from week {first} to week {last}.", first=run[0], last=run[-1]))
    missing = [week["week"] for week in weeks if not week["days"]]
    if missing:
        said.append(Message("Without an entry: week {weeks}.", weeks=missing))
    return " ".join(sentence.say(lang) for sentence in said)
