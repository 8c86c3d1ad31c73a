"""Where everything in a genogram stands: people in rows, lines in the channels and gaps between them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt

from .family import Family
from .lines import Point
from .nets import Leg, Net, Nets, Track

HALF = 17.0
"""Half the width of a symbol."""

_GAP = 11.0  # between two people's words
_COUPLE = 66.0  # between the middles of partners: room for slashes and signs
_TRACK = 7.0  # between lines that pass the same gap
_CLEAR = 3.0  # between verticals of different lines
_BESIDE_WORDS = 6.0  # between a line that passes and the words beside it
_LANE = 8.0
_ABOVE_LANES, _BELOW_LANES, _UNDER_SYMBOL = 13.0, 15.0, 5.0
_SWEEPS = 26


@dataclass(frozen=True, slots=True)
class Symbol:
    """A person: the middle of the symbol, and the box of the words beneath it (left, top, right, bottom)."""

    name: str
    x: float
    y: float
    words: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is drawn: strokes through points, which relations it stands for, and whom it joins.

    ``kind``: couple, parents, descent, siblings or quality; ``word``: the couple's kind or the quality.
    ``marks``: for each relation a point on the line that belongs to it alone.
    """

    kind: str
    word: str
    relations: tuple[int, ...]
    people: tuple[str, ...]
    strokes: tuple[tuple[Point, ...], ...]
    marks: Mapping[int, Point]


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole family; the origin is the corner at the top left."""

    width: float
    height: float
    symbols: Mapping[str, Symbol]
    lines: tuple[Line, ...]
    channels: tuple[tuple[float, float], ...]
    """Top and bottom of the free strip above each row, and of the one below the last."""

    rows: tuple[tuple[str, ...], ...]


def edge(shape: str, offset: float) -> float:
    """How far the border of a symbol is from its middle, ``offset`` to the side: square, circle or diamond."""
    if shape == "circle":
        return sqrt(max(HALF * HALF - offset * offset, 0.0))
    return HALF if shape == "square" else max(HALF * 1.15 - abs(offset), 0.0)


def place(family: Family, sizes: Mapping[str, tuple[float, float]], shapes: Mapping[str, str]) -> Layout:
    """Where everything stands; ``sizes``: width and height of each person's words, ``shapes``: their symbols."""
    return _Placing(family, sizes, shapes).layout()


class _Placing:
    def __init__(self, family: Family, sizes: Mapping[str, tuple[float, float]], shapes: Mapping[str, str]) -> None:
        self.family = family
        self.rows = family.rows
        self.sizes = sizes
        self.shapes = shapes
        self.column = {name: place for row in self.rows for place, name in enumerate(row)}
        self.half = {name: max(sizes[name][0] / 2, HALF * 1.15) for name in family.members}
        self.crowd: dict[tuple[int, int], int] = {}
        self.parents = {frozenset(union.parents) for union in family.unions}
        self.x: dict[str, float] = {}
        self._spread()
        self.nets = Nets(family, self.x)
        while self._widened():
            self._spread()
            self.nets = Nets(family, self.x)
        self._enter()
        self._pass()
        self.lane: dict[tuple[Net, int], int] = {}
        self.lanes = [self._lanes(channel) for channel in range(len(self.rows) + 1)]

    def _widened(self) -> bool:
        """Makes room in the gaps for the lines that pass them; tells whether there was too little."""
        passing = Counter((track.row, track.gap) for track in self.nets.tracks if not track.under)
        narrow = {gap: count for gap, count in passing.items() if count > self.crowd.get(gap, 0)}
        self.crowd.update(narrow)
        return bool(narrow)

    # people

    def _apart(self, row: int) -> list[float]:
        """How far neighbours in a row stand apart at least."""
        people = self.rows[row]
        out = []
        for place, (one, other) in enumerate(itertools.pairwise(people), 1):
            crowd = self.crowd.get((row, place), 0)
            gap = max(_GAP, 2 * _BESIDE_WORDS + 3 + (_TRACK * crowd if crowd > 1 else 0))
            apart = self.half[one] + self.half[other] + gap
            if self._partners(one, other):
                apart = max(2 * max(self.half[one], self.half[other]) + gap, _COUPLE)
            out.append(apart)
        return out

    def _partners(self, one: str, other: str) -> bool:
        pair = frozenset((one, other))
        return pair in self.family.couples or pair in self.parents

    def _spread(self) -> None:
        """Parents above the middle of their children, children below their parents, partners close."""
        apart = [self._apart(row) for row in range(len(self.rows))]
        for row, people in enumerate(self.rows):
            total = sum(apart[row])
            reached = -total / 2
            for name, step in zip(people, [*apart[row], 0.0], strict=True):
                self.x[name] = reached
                reached += step
        for sweep in range(_SWEEPS):
            order = range(len(self.rows)) if sweep % 2 == 0 else range(len(self.rows) - 1, -1, -1)
            for row in order:
                self._settle(row, apart[row])
        for row in range(1, len(self.rows)):  # an only child stands straight below
            self._settle(row, apart[row], down=True)
        left = min((self.x[name] - self.half[name] for name in self.x), default=0.0)
        self.x = {name: round(value - left, 1) for name, value in self.x.items()}

    def _settle(self, row: int, apart: Sequence[float], *, down: bool = False) -> None:
        """Moves a generation towards its wishes; ``down``: only towards its parents, who keep their places."""
        people = self.rows[row]
        wishes: dict[str, list[tuple[float, float]]] = {name: [] for name in people}
        for union in self.family.unions:
            level = self.family.level[union.parents[0]]
            here = [child for child in union.children if self.family.level[child] == row]
            if not here and (row != level or down):
                continue
            carriers = self._carriers(union.parents)
            spots = [self.x[child] for child in union.children]
            shift = (min(spots) + max(spots)) / 2 - sum(self.x[name] for name in carriers) / len(carriers)
            if row == level:
                for parent in carriers:
                    wishes[parent].append((self.x[parent] + shift, 1.0))
            for child in here:
                wishes[child].append((self.x[child] - shift, 1.0))
        for place, (one, other) in enumerate(itertools.pairwise(people)):
            if self._partners(one, other) and not (down and one in self.family.parents):
                wishes[other].append((self.x[one] + apart[place], 0.6))
            if self._partners(one, other) and not (down and other in self.family.parents):
                wishes[one].append((self.x[other] - apart[place], 0.6))
        goals = []
        for name in people:
            if not (down and wishes[name]):  # whoever has no wish stays, and the others do not leap
                wishes[name].append((self.x[name], 0.15))
            weight = sum(w for _, w in wishes[name])
            goals.append((sum(goal * w for goal, w in wishes[name]) / weight, weight))
        self.x.update(zip(people, _in_order(goals, apart), strict=True))

    def _carriers(self, parents: Sequence[str]) -> Sequence[str]:
        """Between whom the children's line comes down: the parents, or who stands beside the farther one."""
        places = sorted(self.column[parent] for parent in parents)
        if len(places) < 2 or places[1] - places[0] == 1:
            return parents
        row = self.rows[self.family.level[parents[0]]]
        return row[places[1] - 1], row[places[1]]

    # lines

    def _enter(self) -> None:
        """Gives everything that comes to a person from above a place on top of the symbol."""
        for name, entries in self.nets.entries.items():
            main = next((entry for entry in entries if entry[2]), None) or (entries[0] if len(entries) == 1 else None)
            rest = sorted((entry for entry in entries if entry is not main), key=lambda entry: entry[1])
            if len(rest) > 6:
                step = 2 * (HALF - 3) / (len(entries) - 1)
                for place, (port, _, _) in enumerate(sorted(entries, key=lambda entry: entry[1])):
                    port.x = self.x[name] - HALF + 3 + step * place
                continue
            left = [entry for entry in rest if entry[1] < self.x[name]]
            right = [entry for entry in rest if entry[1] >= self.x[name]]
            for side, group in ((-1, left[::-1]), (1, right)):
                step = min(7.0, (HALF - 3) / max(len(group), 1))
                for place, (port, _, _) in enumerate(group, 1):
                    port.x = self.x[name] + side * step * place
            if main:
                main[0].x = self.x[name]

    def _pass(self) -> None:
        """Gives each line that passes a row its place, clear of the verticals above and below it."""
        for row, people in enumerate(self.rows):
            above = [(leg.port, net) for net in self.nets.all for leg in net.tops.get(row, ())]
            below = [
                (leg.port, net)
                for net in self.nets.all
                for leg in net.bottoms.get(row + 1, ())
                if leg.kind == "entry"
            ]
            placed: list[tuple[float, Net]] = []
            tracks = [track for track in self.nets.tracks if track.row == row]
            for track in sorted(tracks, key=lambda t: (not t.under, *self._rank(t), t.wish)):
                taken = [(port.x, net) for port, net in below if net is not track.net]
                if any(leg.port is track.port for leg in track.net.bottoms.get(row, ())) or self._hangs(track):
                    taken += [(port.x, net) for port, net in above if net is not track.net]
                low, high = self._window(track, people)
                track.port.x = _clear(track.wish, low, high, [x for x, _ in taken], [x for x, _ in placed])
                placed.append((track.port.x, track.net))

    @staticmethod
    def _rank(track: Track) -> tuple[int, float]:
        """Children first; of lines that leave a person sideways the lowest first, so that they do not cross."""
        leg = next(leg for legs in track.net.tops.values() for leg in legs if leg.port is track.port)
        return (0, 0.0) if leg.kind == "join" else (1, -leg.height)

    @staticmethod
    def _hangs(track: Track) -> bool:
        return any(leg.port is track.port and leg.kind == "hang" for legs in track.net.tops.values() for leg in legs)

    def _window(self, track: Track, people: Sequence[str]) -> tuple[float, float]:
        if track.under:
            name = people[track.gap]
            return self.x[name] - 8, self.x[name] + 8
        room = 14 + _TRACK * self.crowd.get((track.row, track.gap), 1) * 1.5
        low = high = None
        if track.gap > 0:
            low = self.x[people[track.gap - 1]] + self.half[people[track.gap - 1]] + _BESIDE_WORDS
        if track.gap < len(people):
            high = self.x[people[track.gap]] - self.half[people[track.gap]] - _BESIDE_WORDS
        if low is None:
            low = (high or 0.0) - room
        if high is None:
            high = low + room
        return low, high

    def _lanes(self, channel: int) -> int:
        """Puts the horizontals of a channel into lanes so that none touches another; gives how many it takes."""
        nets = [net for net in self.nets.all if channel in net.tops or channel in net.bottoms]
        tops = {net: [leg.port.x for leg in net.tops.get(channel, ())] for net in nets}
        bottoms = {net: [leg.port.x for leg in net.bottoms.get(channel, ())] for net in nets}
        reach = {net: (min(tops[net] + bottoms[net]), max(tops[net] + bottoms[net])) for net in nets}
        flat = [net for net in nets if reach[net][1] - reach[net][0] > 0.01]
        flat.sort(key=lambda net: (not tops[net], reach[net]))

        def crossed(high: Net, low: Net) -> float:
            (left, right), (start, end) = reach[high], reach[low]
            cost = float(sum(1 for x in tops[low] if left - 1 < x < right + 1))
            cost += sum(1 for x in bottoms[high] if start - 1 < x < end + 1)
            hit = any(abs(x - y) < _CLEAR - 0.5 for x in tops[low] for y in bottoms[high])
            return cost + 100 * hit

        for _ in range(len(flat)):
            calm = True
            for place in range(len(flat) - 1):
                high, low = flat[place], flat[place + 1]
                if crossed(low, high) < crossed(high, low):
                    flat[place], flat[place + 1] = low, high
                    calm = False
            if calm:
                break
        lanes = 0
        for place, net in enumerate(flat):
            over = [
                self.lane[other, channel] + 1
                for other in flat[:place]
                if reach[other][0] < reach[net][1] + 6 and reach[net][0] < reach[other][1] + 6
            ]
            self.lane[net, channel] = max(over, default=0)
            lanes = max(lanes, self.lane[net, channel] + 1)
        for net in nets:
            self.lane.setdefault((net, channel), 0)
        return lanes

    # geometry

    def layout(self) -> Layout:
        margin = 8.0
        outer = [track.port.x for track in self.nets.tracks]
        left = min([*outer, 0.0]) - margin
        right = max([*outer, *(self.x[name] + self.half[name] for name in self.x)], default=0.0) + margin
        self.top: list[float] = []
        self.y: list[float] = []
        channels = []
        reached = margin
        for row, people in enumerate(self.rows):
            lanes = self.lanes[row]
            high = _ABOVE_LANES + _LANE * max(lanes - 1, 0) + _BELOW_LANES if row or lanes else 4.0
            channels.append((reached, reached + high))
            self.top.append(reached + _ABOVE_LANES)
            self.y.append(reached + high + HALF)
            words = max(self.sizes[name][1] for name in people)
            reached += high + 2 * HALF + _UNDER_SYMBOL + words
        channels.append((reached, reached + margin))
        symbols = {
            name: Symbol(name, round(self.x[name] - left, 1), self.y[row], self._words(name, row, left))
            for row, people in enumerate(self.rows)
            for name in people
        }
        made = tuple(self._line(net, left) for net in self.nets.all)
        return Layout(right - left, reached + margin, symbols, made, tuple(channels), tuple(map(tuple, self.rows)))

    def _words(self, name: str, row: int, left: float) -> tuple[float, float, float, float]:
        width, height = self.sizes[name]
        x, top = self.x[name] - left, self.y[row] + HALF + _UNDER_SYMBOL
        return (x - width / 2, top, x + width / 2, top + height)

    def _lane_y(self, net: Net, channel: int) -> float:
        return self.top[channel] + _LANE * self.lane[net, channel]

    def _line(self, net: Net, left: float) -> Line:
        marks: dict[int, Point] = {}
        if net.level is not None:
            strokes = self._direct(net)
        else:
            strokes = self._tree(net, marks) if self._branches(net) else self._path(net)
        moved = tuple(tuple((round(x - left, 2), round(y, 2)) for x, y in stroke) for stroke in strokes)
        shifted = {number: (x - left, y) for number, (x, y) in marks.items()}
        return Line(net.kind, net.word, tuple(net.relations), net.people, moved, shifted)

    @staticmethod
    def _branches(net: Net) -> bool:
        return net.kind == "descent" or any(len(legs) > 2 for legs in net.bottoms.values())

    def _direct(self, net: Net) -> list[list[Point]]:
        one, other = sorted(net.people, key=lambda name: self.x[name])
        assert net.level is not None  # noqa: S101  # asked only of neighbours
        y = self.y[self.family.level[one]] + net.level
        start = self.x[one] + edge(self.shapes[one], net.level)
        return [[(start, y), (self.x[other] - edge(self.shapes[other], net.level), y)]]

    def _begin(self, leg: Leg) -> list[Point]:
        """Where a leg comes from, down to the channel: one point, or two when it first runs sideways."""
        x = leg.port.x
        if leg.kind == "hang":
            assert leg.above is not None  # noqa: S101  # such a leg always hangs from something
            row = next(c for c, legs in leg.above.bottoms.items() if any(o.port is leg.port for o in legs))
            return [(x, self._lane_y(leg.above, row))]
        y = self.y[self.family.level[leg.name]]
        if leg.kind == "under":
            return [(x, y + edge(self.shapes[leg.name], x - self.x[leg.name]))]
        if leg.kind == "join":
            return [(x, y + leg.height)]
        side = 1 if x > self.x[leg.name] else -1
        return [
            (self.x[leg.name] + side * edge(self.shapes[leg.name], leg.height), y + leg.height),
            (x, y + leg.height),
        ]

    def _end(self, leg: Leg) -> Point:
        y = self.y[self.family.level[leg.name]]
        return (leg.port.x, y - edge(self.shapes[leg.name], leg.port.x - self.x[leg.name]))

    def _tree(self, net: Net, marks: dict[int, Point]) -> list[list[Point]]:
        strokes: list[list[Point]] = []
        for channel in sorted({*net.tops, *net.bottoms}):
            y = self._lane_y(net, channel)
            tops, bottoms = net.tops.get(channel, []), net.bottoms.get(channel, [])
            xs = [leg.port.x for leg in (*tops, *bottoms)]
            if max(xs) - min(xs) > 0.01:
                strokes.append([(min(xs), y), (max(xs), y)])
            strokes.extend([*self._begin(leg), (leg.port.x, y)] for leg in tops)
            for leg in bottoms:
                if leg.kind == "entry":
                    end = self._end(leg)
                    strokes.append([(leg.port.x, y), end])
                    for number in net.relations:
                        if self.family.relations[number]["b"] == leg.name:
                            marks[number] = (leg.port.x, (y + end[1]) / 2)
        return strokes

    def _path(self, net: Net) -> list[list[Point]]:
        points: list[Point] = []
        for channel in sorted({*net.tops, *net.bottoms}):
            y = self._lane_y(net, channel)
            tops, bottoms = net.tops.get(channel, []), net.bottoms.get(channel, [])
            if tops:
                if tops[0].kind != "hang":
                    points.extend(self._begin(tops[0]))
                points.append((tops[0].port.x, y))
            else:
                points.extend([self._end(bottoms[0]), (bottoms[0].port.x, y)])
            points.append((bottoms[-1].port.x, y))
            if bottoms[-1].kind == "entry":
                points.append(self._end(bottoms[-1]))
        return [points]


def _clear(wish: float, low: float, high: float, taken: Sequence[float], placed: Sequence[float]) -> float:
    """The place nearest to ``wish`` between ``low`` and ``high`` that is clear of everything, or the clearest."""
    wish = min(max(wish, low), high)
    best, best_room = wish, -inf
    for step in range(int((high - low) * 2) + 2):
        for x in (wish + step / 2, wish - step / 2):
            if not low <= x <= high:
                continue
            room = min(
                min((abs(x - other) for other in taken), default=inf) / _CLEAR,
                min((abs(x - other) for other in placed), default=inf) / (_TRACK - 1),
            )
            if room >= 1:
                return x
            if room > best_room:
                best, best_room = x, room
    return best


def _in_order(goals: Sequence[tuple[float, float]], apart: Sequence[float]) -> list[float]:
    """Places nearest to the goals (each with its weight) that keep the distances: pool adjacent violators."""
    offsets = [0.0]
    for step in apart:
        offsets.append(offsets[-1] + step)
    pools: list[list[float]] = []  # sum of weighted goals, weight, how many
    for (goal, weight), offset in zip(goals, offsets, strict=True):
        pools.append([(goal - offset) * weight, weight, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, weight, count = pools.pop()
            pools[-1] = [pools[-1][0] + total, pools[-1][1] + weight, pools[-1][2] + count]
    out: list[float] = []
    for total, weight, count in pools:
        out.extend(total / weight + offset for offset in offsets[len(out) : len(out) + int(count)])
    return out
