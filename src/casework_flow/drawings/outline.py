"""The household: dashed outlines around its members that leave everybody else outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .lines import Point
from .placing import HALF, Layout

Rect = tuple[float, float, float, float]
_PAD = 5.0
_CORRIDOR = 24.0  # the least width of what joins two generations in one outline


def outlines(layout: Layout, members: Collection[str]) -> list[list[Point]]:
    """The borders around ``members``: one loop, more where strangers stand between them or are surrounded."""
    runs = _runs(layout, members)
    if not runs:
        return []
    rects = [rect for row in runs for rect in row]
    joined = {rect: {rect} for rect in rects}

    def join(one: Rect, other: Rect, *corridors: Rect) -> None:
        merged = joined[one] | joined[other] | set(corridors)
        joined.update(dict.fromkeys((rect for rect in merged), merged))

    for overlap in (True, False):
        for row in range(len(runs) - 1):
            top, bottom = layout.channels[row + 1]
            for one in runs[row]:
                for other in runs[row + 1]:
                    left, right = max(one[0], other[0]), min(one[2], other[2])
                    if joined[one] is joined[other] or (right - left >= _CORRIDOR) != overlap:
                        continue
                    if not overlap:
                        left, right = min(one[0], other[0]), max(one[2], other[2])
                    join(one, other, *_corridor(one, other, left, right, top, bottom, straight=overlap))
    return _borders(set(joined), _PAD)


def _runs(layout: Layout, members: Collection[str]) -> list[list[Rect]]:
    """For each row the boxes of members who stand side by side."""
    out: list[list[Rect]] = []
    for row in layout.rows:
        boxes: list[Rect] = []
        before = False
        for name in row:
            symbol = layout.symbols[name]
            words = symbol.words
            reach = HALF * 1.15
            box = (
                min(words[0], symbol.x - reach),
                symbol.y - reach,
                max(words[2], symbol.x + reach),
                max(words[3], symbol.y + reach),
            )
            if name in members:
                if before:
                    last = boxes[-1]
                    boxes[-1] = (last[0], last[1], box[2], max(last[3], box[3]))
                else:
                    boxes.append(box)
            before = name in members
        out.append(boxes)
    return out


def _corridor(
    one: Rect, other: Rect, left: float, right: float, top: float, bottom: float, *, straight: bool
) -> list[Rect]:
    """What joins a box with one of the next row: a strip between them, or three where they do not overlap."""
    if straight:
        return [(left, one[3], right, other[1])]
    middle = (top + bottom) / 2
    return [
        (one[0], one[3], one[2], middle + 2),
        (left, middle - 2, right, middle + 2),
        (other[0], middle - 2, other[2], other[1]),
    ]


def _borders(rects: Collection[Rect], pad: float) -> list[list[Point]]:
    """The loops around the union of rectangles, each made larger by ``pad``."""
    grown = [(x0 - pad, y0 - pad, x1 + pad, y1 + pad) for x0, y0, x1, y1 in rects]
    xs = sorted({x for rect in grown for x in (rect[0], rect[2])})
    ys = sorted({y for rect in grown for y in (rect[1], rect[3])})
    inside = {
        (column, row)
        for column in range(len(xs) - 1)
        for row in range(len(ys) - 1)
        if any(
            r[0] <= xs[column] and xs[column + 1] <= r[2] and r[1] <= ys[row] and ys[row + 1] <= r[3] for r in grown
        )
    }
    after: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for column, row in sorted(inside):
        for first, second, beside in (
            ((column, row), (column + 1, row), (column, row - 1)),
            ((column + 1, row), (column + 1, row + 1), (column + 1, row)),
            ((column + 1, row + 1), (column, row + 1), (column, row + 1)),
            ((column, row + 1), (column, row), (column - 1, row)),
        ):
            if beside not in inside:
                after.setdefault(first, []).append(second)
    loops = []
    while after:
        start = min(after)
        loop, here = [start], _step(after, start, None)
        while here != start:
            loop.append(here)
            here = _step(after, here, loop[-2])
        loops.append(_corners([(xs[column], ys[row]) for column, row in loop]))
    return loops


def _step(
    after: dict[tuple[int, int], list[tuple[int, int]]], here: tuple[int, int], before: tuple[int, int] | None
) -> tuple[int, int]:
    """The next corner; where two loops touch, the turn that keeps them apart."""
    ways = after[here]
    chosen = ways[0]
    if len(ways) > 1 and before is not None:
        dx, dy = here[0] - before[0], here[1] - before[1]
        chosen = max(ways, key=lambda way: dx * (way[1] - here[1]) - dy * (way[0] - here[0]))
    ways.remove(chosen)
    if not ways:
        del after[here]
    return chosen


def _corners(loop: Sequence[Point]) -> list[Point]:
    """The loop without points in the middle of a side."""
    out = []
    for before, here, following in zip([loop[-1], *loop], loop, [*loop[1:], loop[0]], strict=False):
        if not (before[0] == here[0] == following[0] or before[1] == here[1] == following[1]):
            out.append(here)
    return out


def inside(point: Point, loops: Sequence[Sequence[Point]]) -> bool:
    """Whether a point lies within the borders (even-odd rule)."""
    within = False
    for loop in loops:
        for (x0, y0), (x1, y1) in zip(loop, [*loop[1:], loop[0]], strict=True):
            if (y0 > point[1]) != (y1 > point[1]) and point[0] < x0 + (point[1] - y0) * (x1 - x0) / (y1 - y0):
                within = not within
    return within
