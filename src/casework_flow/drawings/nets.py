"""The lines of a genogram before they have a place: what joins whom, through which gaps between people.

Between two generations lies a channel without symbols, between two neighbours a gap. A line runs through channels
and gaps only, so it meets the symbols of those whom it joins and of nobody else, whatever the family.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .family import COUPLES, Family

SHOWN_QUALITIES = ("close", "distant", "conflict", "cut_off")
"""The qualities that have a sign. An ordinary relation has none, nor one that nobody knows."""

_BESIDE = (0.0, -9.0, 9.0, -5.0, 5.0, -13.0, 13.0)  # heights at which neighbours can be joined, the best first
_LEAVING = (9.0, 13.0, 5.0, -5.0, -9.0, -13.0, *(float(height) for height in (0, 11, 7, 3, -3, -7, -11, 15, -15)))


@dataclass(eq=False, slots=True)
class Port:
    """Where a line crosses the border of a channel."""

    x: float = 0.0


@dataclass(eq=False, slots=True)
class Leg:
    """A vertical piece of a line.

    ``kind``: ``side`` leaves a person sideways, ``join`` hangs from the line of a couple, ``under`` from a single
    person, ``hang`` from a line above the row, ``through`` passes a row, ``entry`` ends on top of a person.
    """

    kind: str
    port: Port
    name: str = ""
    height: float = 0.0
    above: Net | None = None


@dataclass(eq=False, slots=True)
class Track:
    """A way down through a row: in the gap left of column ``gap``, or under the person there (``under``)."""

    row: int
    gap: int
    port: Port
    wish: float
    net: Net
    under: bool = False


@dataclass(eq=False, slots=True)
class Net:
    """One line with everything that hangs from it; ``level``: the height at which neighbours are joined directly."""

    kind: str
    word: str
    relations: list[int]
    people: tuple[str, ...]
    level: float | None = None
    tops: dict[int, list[Leg]] = field(default_factory=lambda: defaultdict(list))
    bottoms: dict[int, list[Leg]] = field(default_factory=lambda: defaultdict(list))


class Nets:
    """All lines of a family, given roughly where everybody stands."""

    def __init__(self, family: Family, x: Mapping[str, float]) -> None:
        self.family = family
        self.x = x
        self.rows = family.rows
        self.column = {name: place for row in self.rows for place, name in enumerate(row)}
        self.all: list[Net] = []
        self.tracks: list[Track] = []
        self.entries: dict[str, list[tuple[Port, float, bool]]] = defaultdict(list)
        self._heights: dict[tuple[str, int], set[float]] = defaultdict(set)
        self._joins: dict[tuple[str, ...], Net] = {}
        self._couples()
        self._descents()
        self._siblings()
        self._qualities()

    def _net(self, kind: str, word: str, relations: Iterable[int], people: Sequence[str]) -> Net:
        net = Net(kind, word, list(relations), tuple(people))
        self.all.append(net)
        return net

    def _couples(self) -> None:
        wanted = [(n, r["a"], r["b"], r["kind"]) for n, r in enumerate(self.family.relations) if r["kind"] in COUPLES]
        for number, one, other, kind in wanted:
            net = self._net("couple", kind, [number], (one, other))
            self._join(net, one, other)
            self._joins.setdefault(self._pair(one, other), net)
        for union in self.family.unions:
            if len(union.parents) == 2 and union.parents not in self._joins:
                net = self._net("parents", "", [], union.parents)
                self._join(net, *union.parents)
                self._joins[union.parents] = net

    def _pair(self, one: str, other: str) -> tuple[str, ...]:
        return tuple(sorted((one, other), key=self.family.place.__getitem__))

    def _descents(self) -> None:
        family = self.family
        for union in family.unions:
            relations = [
                number
                for number, r in enumerate(family.relations)
                if (r["kind"] == "parent_child" and r["a"] in union.parents and r["b"] in union.children)
                or (r["kind"] == "sibling" and self._first_union(r["a"], r["b"]) == union)
            ]
            net = self._net("descent", "", relations, (*union.parents, *union.children))
            row = family.level[union.parents[0]]
            middle = sum(self.x[parent] for parent in union.parents) / len(union.parents)
            if len(union.parents) == 1:
                name = union.parents[0]
                leg = Leg("under", Port(), name)
                self.tracks.append(Track(row, self.column[name], leg.port, self.x[name], net, under=True))
            else:
                leg, middle = self._hanging(net, union.parents, row, middle)
            net.tops[row + 1].append(leg)
            self._reach(net, row + 1, union.children, middle)

    def _hanging(self, net: Net, parents: Sequence[str], row: int, middle: float) -> tuple[Leg, float]:
        join = self._joins[tuple(parents)]
        low, high = sorted(self.column[parent] for parent in parents)
        if join.level is not None:
            leg = Leg("join", Port(), parents[0], join.level)
            self.tracks.append(Track(row, high, leg.port, middle, net))
            return leg, middle
        gap = min(range(low + 1, high + 1), key=lambda g: (self._is_couple(row, g), abs(high - g)))
        middle = (self.x[self.rows[row][gap - 1]] + self.x[self.rows[row][gap]]) / 2
        leg = Leg("hang", Port(), above=join)
        join.bottoms[row].append(Leg("through", leg.port))
        self.tracks.append(Track(row, gap, leg.port, middle, net))
        return leg, middle

    def _first_union(self, one: str, other: str) -> object:
        return next((u for u in self.family.unions if one in u.children and other in u.children), None)

    def _reach(self, net: Net, channel: int, children: Sequence[str], start: float) -> None:
        """Leads ``net`` from ``channel`` down to everybody in ``children``."""
        here = [child for child in children if self.family.level[child] == channel]
        for child in here:
            self._enter(net, child, start, main=True)
        deeper = [child for child in children if self.family.level[child] > channel]
        if deeper:
            goal = sum(self.x[child] for child in deeper) / len(deeper)
            self._pass(net, channel, goal)
            self._reach(net, channel + 1, deeper, goal)

    def _enter(self, net: Net, name: str, source: float, *, main: bool = False) -> None:
        leg = Leg("entry", Port(), name)
        net.bottoms[self.family.level[name]].append(leg)
        self.entries[name].append((leg.port, source, main))

    def _pass(self, net: Net, row: int, goal: float) -> None:
        """A way for ``net`` from the channel above ``row`` to the one below it, near ``goal``."""
        people = self.rows[row]

        def middle(gap: int) -> float:
            if gap in (0, len(people)):
                return self.x[people[0]] - 60 if not gap else self.x[people[-1]] + 60
            return (self.x[people[gap - 1]] + self.x[people[gap]]) / 2

        gap = min(range(len(people) + 1), key=lambda g: (abs(middle(g) - goal) + 40 * self._is_couple(row, g), g))
        port = Port()
        net.bottoms[row].append(Leg("through", port))
        net.tops[row + 1].append(Leg("hang", port, above=net))
        self.tracks.append(Track(row, gap, port, goal, net))

    def _is_couple(self, row: int, gap: int) -> bool:
        people = self.rows[row]
        return 0 < gap < len(people) and self._pair(people[gap - 1], people[gap]) in self._joins

    def _siblings(self) -> None:
        """Siblings whose parents the record does not know hang from a bar of their own."""
        level = self.family.level
        loose = [
            (number, r["a"], r["b"])
            for number, r in enumerate(self.family.relations)
            if r["kind"] == "sibling" and self._first_union(r["a"], r["b"]) is None
        ]
        group: dict[str, set[str]] = {}
        for _, one, other in loose:
            if level[one] == level[other]:
                merged = group.get(one, {one}) | group.get(other, {other})
                group.update(dict.fromkeys(merged, merged))
        done: set[str] = set()
        for number, one, other in loose:
            if level[one] != level[other]:
                self._join(self._net("siblings", "", [number], (one, other)), one, other)
            elif one not in done:
                people = sorted(group[one], key=lambda name: self.column[name])
                done.update(people)
                told = [n for n, a, b in loose if a in people and level[a] == level[b]]
                net = self._net("siblings", "", told, people)
                middle = sum(self.x[name] for name in people) / len(people)
                for name in people:
                    self._enter(net, name, middle, main=name not in self.family.parents)

    def _qualities(self) -> None:
        for number, relation in enumerate(self.family.relations):
            if relation.get("quality") in SHOWN_QUALITIES:
                net = self._net("quality", relation["quality"], [number], (relation["a"], relation["b"]))
                self._join(net, relation["a"], relation["b"])

    def _join(self, net: Net, one: str, other: str) -> None:
        """Leads ``net`` from one person to another: directly, over the row, or down through the generations."""
        level = self.family.level
        if level[one] > level[other] or (level[one] == level[other] and self.column[one] > self.column[other]):
            one, other = other, one
        if level[one] == level[other]:
            if self.column[other] == self.column[one] + 1 and self._beside(net, one, other):
                return
            self._enter(net, one, self.x[other])
            self._enter(net, other, self.x[one])
            return
        row, column = level[one], self.column[one]
        right = self.x[other] > self.x[one] or (self.x[other] == self.x[one] and not self._is_couple(row, column + 1))
        used = self._heights[one, right]
        beside = column + (1 if right else -1)
        facing = self.rows[row][beside] if 0 <= beside < len(self.rows[row]) else one
        taken = used | self._heights[facing, not right] if facing != one else used
        height = next((h for h in _LEAVING if h not in taken), _LEAVING[0])
        used.add(height)
        leg = Leg("side", Port(), one, height)
        net.tops[row + 1].append(leg)
        self.tracks.append(Track(row, column + right, leg.port, self.x[one] + (18 if right else -18), net))
        for between in range(row + 1, level[other]):
            self._pass(net, between, self.x[other])
        self._enter(net, other, self.x[one])

    def _beside(self, net: Net, one: str, other: str) -> bool:
        used = self._heights[one, True] | self._heights[other, False]
        free = [height for height in _BESIDE if height not in used]
        if net.kind == "quality":  # the line of the couple, or the children's drop, keeps the middle
            free = [height for height in free if height]
        if not free:
            return False
        net.level = free[0]
        self._heights[one, True].add(free[0])
        self._heights[other, False].add(free[0])
        return True
