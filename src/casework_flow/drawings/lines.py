"""How a line runs and is stroked: rounded, jagged, cut in two, and the path data that says so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

Point = tuple[float, float]
Points = Sequence[Point]


def num(value: float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def straight(points: Points) -> str:
    """Path data through ``points``."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def rounded(points: Points, radius: float = 5) -> str:
    """Path data through ``points`` with rounded corners."""
    points = without_repeats(points)
    out = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _far(before, corner) / 2, _far(corner, after) / 2)
        start, end = _towards(corner, before, reach), _towards(corner, after, reach)
        out.append(f"L{num(start[0])} {num(start[1])}Q{num(corner[0])} {num(corner[1])} {num(end[0])} {num(end[1])}")
    out.append(f"L{num(points[-1][0])} {num(points[-1][1])}")
    return "".join(out)


def jagged(points: Points, *, high: float = 3.2, step: float = 4.0, plain: float = 3.0) -> list[Point]:
    """``points`` as a zigzag that swings ``high`` to either side, straight for ``plain`` at corners and ends."""
    points = without_repeats(points)
    out = [points[0]]
    for first, second in pairwise(points):
        piece, long = [first, second], _far(first, second) - 2 * plain
        teeth = 2 * round(long / step / 2)
        for tooth in range(teeth):
            (x, y), (dx, dy) = at(piece, plain + (tooth + 0.5) * long / teeth)
            side = high if tooth % 2 else -high
            if not tooth:
                out.append(at(piece, plain)[0])
            out.append((x - dy * side, y + dx * side))
        if teeth:
            out.append(at(piece, plain + long)[0])
        out.append(second)
    return out


def part(points: Points, start: float, end: float) -> list[Point]:
    """The piece of the line from ``start`` to ``end``, as lengths from its beginning."""
    out, passed = [at(points, start)[0]], 0.0
    for first, second in pairwise(points):
        passed += _far(first, second)
        if start < passed < end:
            out.append(second)
    return [*out, at(points, end)[0]]


def bars(points: Points, places: Sequence[float], reach: float = 5) -> list[list[Point]]:
    """Short strokes across the line at ``places``, lengths from its beginning."""
    out = []
    for place in places:
        (x, y), (dx, dy) = at(points, place)
        out.append([(x - dy * reach, y + dx * reach), (x + dy * reach, y - dx * reach)])
    return out


def length(points: Points) -> float:
    """How long the line is."""
    return sum(_far(first, second) for first, second in pairwise(points))


def at(points: Points, place: float) -> tuple[Point, Point]:
    """The point that lies ``place`` from the beginning, and the direction there as a vector of length 1."""
    first, second = points[0], points[1]
    for first, second in pairwise(points):
        far = _far(first, second)
        if place <= far and far:
            break
        place -= far
    else:
        place += _far(first, second)
    far = _far(first, second) or 1.0
    dx, dy = (second[0] - first[0]) / far, (second[1] - first[1]) / far
    return (first[0] + dx * place, first[1] + dy * place), (dx, dy)


def middle(points: Points) -> Point:
    """The point half way along the line."""
    return at(points, length(points) / 2)[0]


def clearest(points: Points) -> float:
    """The middle of the longest straight piece, as a length from the beginning."""
    pieces = [_far(first, second) for first, second in pairwise(points)]
    longest = max(range(len(pieces)), key=pieces.__getitem__)
    return sum(pieces[:longest]) + pieces[longest] / 2


def without_repeats(points: Points) -> list[Point]:
    """``points`` without those that stand where the one before them stands, or on the way between neighbours."""
    out: list[Point] = []
    for point in points:
        if out and _far(out[-1], point) < 0.01:
            continue
        if len(out) > 1 and _between(out[-2], out[-1], point):
            out.pop()
        out.append(point)
    return out if len(out) > 1 else [*out, *out]


def _between(first: Point, middle: Point, last: Point) -> bool:
    return abs(_far(first, middle) + _far(middle, last) - _far(first, last)) < 0.001


def _far(first: Point, second: Point) -> float:
    return hypot(second[0] - first[0], second[1] - first[1])


def _towards(origin: Point, other: Point, reach: float) -> Point:
    far = _far(origin, other) or 1.0
    return (origin[0] + (other[0] - origin[0]) * reach / far, origin[1] + (other[1] - origin[1]) * reach / far)
