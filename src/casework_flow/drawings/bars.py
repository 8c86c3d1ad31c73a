"""Bars with their values beside them, row by row: told apart in grey, readable without a scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from . import svg
from .svg import INK, PAPER, SOFT, TEXT_WIDTH, Canvas, Drawing, Sign

_SMALL: Final = 7.6
_BAR: Final = 10.0
_GAP: Final = 9.0
_LABELS: Final = 150.0  # where the bars begin
_VALUES: Final = 52.0  # kept free for the value beside the longest bar
_TOP: Final = 8.0
_FILLS: Final = ("#4b5563", PAPER, "#c9ced4")
"""Each series has a look of its own without colour: dark, hatched, light."""

Row = tuple[str, Sequence[float | None]]


def bars(rows: Sequence[Row], series: Sequence[str], *, say: Callable[[float], str], alt: str) -> Drawing:
    """A chart of horizontal bars.

    Args:
        rows: what each group of bars is called, and a value for each series; None where it is not told.
        series: what the series are called; at most three. A single one needs no legend.
        say: writes a value.
        alt: what the chart shows, in a sentence.
    """
    canvas = Canvas()
    most = max((value for _, values in rows for value in values if value), default=0) or 1
    room = TEXT_WIDTH - _LABELS - _VALUES
    y = _TOP
    for label, values in rows:
        high = _BAR * len(series)
        words = svg.wrapped(label, _LABELS - 14, _SMALL, 2)
        first = y + high / 2 + 2.7 - (len(words) - 1) * _SMALL * svg.LEADING / 2
        canvas.rows(_LABELS - 6, first, words, _SMALL, anchor="end", full=label)
        for place, value in enumerate(values):
            top = y + place * _BAR
            if value is None:
                canvas.text(_LABELS + 4, top + 7.6, "–", _SMALL, anchor="start", fill=SOFT)
                continue
            wide = value / most * room
            _bar(canvas, place, _LABELS, top + 1, wide, _BAR - 2)
            canvas.text(_LABELS + wide + 4, top + 7.6, say(value), _SMALL, anchor="start")
        y += high + _GAP
    canvas.path(f"M{_LABELS} {_TOP - 4}V{y - _GAP + 4:g}", width=0.8)
    signs = [(_sign(place), words) for place, words in enumerate(series)] if len(series) > 1 else []
    return canvas.drawing(TEXT_WIDTH, svg.legend(canvas, signs, y, TEXT_WIDTH), alt)


def _bar(canvas: Canvas, place: int, left: float, top: float, wide: float, high: float) -> None:
    if wide <= 0:
        return
    canvas.rect(left, top, wide, high, fill=_FILLS[place], stroke=INK, stroke_width=0.7)
    if _FILLS[place] == PAPER:
        canvas.hatch(left, top, wide, high, step=4)


def _sign(place: int) -> Sign:
    return lambda canvas, x, y: _bar(canvas, place, x - 11, y - 4, 22, 8)
