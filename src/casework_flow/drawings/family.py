"""A family as the genogram's record tells it: who stands in which generation, and in which order.

Nothing here knows a coordinate. Generations come from the relations: a child stands below its parents, partners
and siblings stand side by side wherever that does not contradict it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise, permutations
from typing import Any

COUPLES = ("married", "cohabiting", "separated", "divorced")
_YEARS_BETWEEN_GENERATIONS = 25
_MOST_TRIED = 1200  # arrangements that the hill climbing may look at: enough for 40 people, a tenth of a second


@dataclass(frozen=True, slots=True)
class Union:
    """Parents, one or two, and the children who hang from them."""

    parents: tuple[str, ...]
    children: tuple[str, ...]


class Family:
    """The people of a genogram by generation.

    ``content`` is a sound genogram: ids differ, relations resolve, nobody is their own ancestor.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.index: str = content["index"]
        self.members: dict[str, Mapping[str, Any]] = {m["id"]: m for m in content.get("members", ())}
        self.relations: Sequence[Mapping[str, Any]] = content.get("relations", ())
        self.place = {name: place for place, name in enumerate(self.members)}

    @cached_property
    def parents(self) -> dict[str, list[str]]:
        """The parents of each child, in the order of the record."""
        found: dict[str, list[str]] = defaultdict(list)
        for relation in self.relations:
            if relation["kind"] == "parent_child" and relation["a"] not in found[relation["b"]]:
                found[relation["b"]].append(relation["a"])
        return {child: parents for child, parents in found.items() if parents}

    @cached_property
    def couples(self) -> set[frozenset[str]]:
        """The pairs that are or were a couple."""
        return {frozenset((r["a"], r["b"])) for r in self.relations if r["kind"] in COUPLES}

    @cached_property
    def level(self) -> dict[str, int]:
        """The generation of each person, 0 at the top."""
        return _levels(self)

    @cached_property
    def unions(self) -> list[Union]:
        """Who has children with whom. A child of more than two parents hangs from several unions."""
        children: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for child in sorted(self.parents, key=self.birth):
            for group in self._grouped(self.parents[child]):
                children[group].append(child)
        return [Union(parents, tuple(found)) for parents, found in children.items()]

    def _grouped(self, parents: Sequence[str]) -> list[tuple[str, ...]]:
        left = list(parents)
        groups: list[tuple[str, ...]] = []
        for pair in combinations(parents, 2):
            beside = self.level[pair[0]] == self.level[pair[1]]
            if frozenset(pair) in self.couples and beside and set(pair) <= set(left):
                groups.append(self._pair(pair))
                left = [one for one in left if one not in pair]
        if len(left) == 2 and self.level[left[0]] == self.level[left[1]]:
            return [*groups, self._pair(left)]
        return [*groups, *((one,) for one in left)]

    def _pair(self, pair: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(pair, key=self.place.__getitem__))

    def birth(self, name: str) -> tuple[float, int]:
        """Sorts people by age, the oldest first; those of unknown age as the record has them."""
        member = self.members[name]
        if member.get("birth_year") is not None:
            return (member["birth_year"], self.place[name])
        return (3000 - member["age"] if member.get("age") is not None else 3000, self.place[name])

    @cached_property
    def rows(self) -> list[list[str]]:
        """Each generation from left to right."""
        return _Order(self).rows


def _levels(family: Family) -> dict[str, int]:
    """Longest ways from the top, and each person as low as their children allow."""
    group = {name: name for name in family.members}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    def below(merged: Mapping[str, str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {merged[name]: set() for name in merged}
        for child, parents in family.parents.items():
            for parent in parents:
                found[merged[parent]].add(merged[child])
        return found

    beside = [tuple(pair) for pair in sorted(family.couples, key=lambda p: sorted(map(family.place.__getitem__, p)))]
    beside += [(p[0], other) for _, p in sorted(family.parents.items()) for other in p[1:]]
    beside += [(r["a"], r["b"]) for r in family.relations if r["kind"] == "sibling"]
    for first, second in beside:
        one, other = root(first), root(second)
        if one == other:
            continue
        group[other] = one
        if _sorted_down(below({name: root(name) for name in group})) is None:
            group[other] = other
    merged = {name: root(name) for name in family.members}
    graph = below(merged)
    order = _sorted_down(graph) or []
    depth = dict.fromkeys(order, 0)
    for one in order:
        for child in graph[one]:
            depth[child] = max(depth[child], depth[one] + 1)
    for one in reversed(order):
        if graph[one]:
            depth[one] = min(depth[child] for child in graph[one]) - 1
    found = {name: depth[merged[name]] for name in family.members}
    _line_up(family, found)
    rank = {value: place for place, value in enumerate(sorted(set(found.values())))}
    return {name: rank[value] for name, value in found.items()}


def _sorted_down(graph: Mapping[str, set[str]]) -> list[str] | None:
    """The nodes so that each stands after those above it; None when there is a circle."""
    waiting = dict.fromkeys(graph, 0)
    for children in graph.values():
        for child in children:
            waiting[child] += 1
    ready = [node for node, count in waiting.items() if not count]
    out = []
    while ready:
        node = ready.pop()
        out.append(node)
        for child in sorted(graph[node]):
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return out if len(out) == len(graph) else None


def _line_up(family: Family, level: dict[str, int]) -> None:
    """Moves those who are not connected with the client to the generation that their ages tell."""
    near: dict[str, set[str]] = {name: set() for name in family.members}
    for relation in family.relations:
        near[relation["a"]].add(relation["b"])
        near[relation["b"]].add(relation["a"])
    seen: set[str] = set()
    for start in sorted(family.members, key=lambda name: name != family.index):
        if start in seen:
            continue
        part, queue = set[str](), [start]
        while queue:
            one = queue.pop()
            if one not in part:
                part.add(one)
                queue.extend(near[one])
        seen |= part
        if family.index in part:
            continue
        index = family.members.get(family.index, {})
        shifts = [level.get(family.index, 0) - min(level[one] for one in part)]
        for one in sorted(part):
            member = family.members[one]
            for field, sign in (("birth_year", 1), ("age", -1)):
                if member.get(field) is not None and index.get(field) is not None:
                    later = sign * (member[field] - index[field]) / _YEARS_BETWEEN_GENERATIONS
                    shifts = [level[family.index] + round(later) - level[one]]
        for one in part:
            level[one] += shifts[0]


class _Order:
    """Orders the generations: partners beside each other, siblings together, few lines crossed.

    Chains of partners move as wholes. The start is the order of a walk down the tree; hill climbing then swaps,
    turns and moves chains as long as that makes the drawing calmer.
    """

    def __init__(self, family: Family) -> None:
        self.family = family
        self.tried = 0
        self.home = {name: m.get("in_household") is True for name, m in family.members.items()}
        count = max(family.level.values(), default=-1) + 1
        self.unions_below: list[list[Union]] = [[] for _ in range(count)]
        for union in family.unions:
            self.unions_below[family.level[union.parents[0]]].append(union)
        self.siblings = list(
            dict.fromkeys((r["a"], r["b"]) for r in family.relations if r["kind"] == "sibling" and r["a"] != r["b"])
        )
        self.blocks: list[list[list[str]]] = self._start(count)
        for _ in range(3):
            before = self.tried
            changed = False
            for level in [*range(count), *range(count - 2, -1, -1)]:
                changed |= self._climb(level)
            if not changed or before > _MOST_TRIED:
                break
        self.rows = [self._row(level) for level in range(count)]

    def _row(self, level: int) -> list[str]:
        return [name for block in self.blocks[level] for name in block]

    def _start(self, count: int) -> list[list[list[str]]]:
        family = self.family
        chain_of = _chains(family)
        children: dict[str, list[str]] = defaultdict(list)
        for union in family.unions:
            for parent in union.parents:
                children[parent].extend(union.children)
        rows: list[list[list[str]]] = [[] for _ in range(count)]
        placed: set[str] = set()

        def walk(name: str) -> None:
            if name in placed:
                return
            chain = chain_of[name]
            placed.update(chain)
            rows[family.level[name]].append(list(chain))
            for one in chain:
                for child in sorted(children[one], key=family.birth):
                    walk(child)

        tops = sorted(family.members, key=lambda name: (family.level[name], family.place[name]))
        for name in tops:
            if name not in family.parents and not any(one in family.parents for one in chain_of[name]):
                walk(name)
        for name in tops:
            walk(name)
        return rows

    def _climb(self, level: int) -> bool:
        """Changes one generation while that makes it calmer; tells whether it did."""
        changed = False
        best = self._cost(level)
        improved = True
        while improved and self.tried < _MOST_TRIED:
            improved = False
            for blocks in self._neighbours(self.blocks[level]):
                kept, self.blocks[level] = self.blocks[level], blocks
                cost = self._cost(level)
                self.tried += 1
                if cost < best - 1e-9:
                    best, improved, changed = cost, True, True
                    break
                self.blocks[level] = kept
                if self.tried >= _MOST_TRIED:
                    break
        return changed

    @staticmethod
    def _neighbours(blocks: Sequence[list[str]]) -> Iterable[list[list[str]]]:
        count = len(blocks)
        for place, block in enumerate(blocks):
            if len(block) > 1:
                yield [*blocks[:place], block[::-1], *blocks[place + 1 :]]
        for step in range(1, count):
            for place in range(count):
                for to in (place + step, place - step):
                    if 0 <= to < count and (step > 1 or to > place):
                        moved = [*blocks[:place], *blocks[place + 1 :]]
                        yield [*moved[:to], blocks[place], *moved[to:]]

    def _cost(self, level: int) -> float:
        family = self.family
        row = self._row(level)
        at = {name: float(place) for place, name in enumerate(row)}
        cost = 0.0
        for union in self.unions_below[level - 1] if level else ():
            spots = [at[child] for child in union.children if child in at]
            if len(spots) > 1:
                cost += 0.6 * (max(spots) - min(spots) + 1 - len(spots))
                cost += 0.5 * sum(1 for one, other in pairwise(spots) if one > other)
        for one, other in self.siblings:
            if one in at and other in at:
                cost += 0.4 * (abs(at[one] - at[other]) - 1)
        cost += 1.5 * sum(
            1 for one, other in pairwise(row) if self.home[one] != self.home[other]
        )  # the fewer borders, the fewer outlines
        for one, other in pairwise(row):
            if frozenset((one, other)) in family.couples and family.members[one].get("sex") == "female":
                cost += 0.2 * (family.members[other].get("sex") == "male")
        if level:
            cost += self._tangle(level - 1, self._row(level - 1), row)
        if level + 1 < len(self.blocks):
            cost += self._tangle(level, row, self._row(level + 1))
        return cost

    def _tangle(self, level: int, above: Sequence[str], below: Sequence[str]) -> float:
        """Lines crossed between two generations, and a little for their length."""
        high = {name: place for place, name in enumerate(above)}
        low = {name: place for place, name in enumerate(below)}
        shift = (len(above) - len(below)) / 2
        edges = []
        cost = 0.0
        for union in self.unions_below[level]:
            drop = sum(high[parent] for parent in union.parents) / len(union.parents)
            for child in union.children:
                if child in low:
                    edges.append((drop, low[child]))
                    cost += 0.02 * abs(drop - low[child] - shift)
        edges.sort()
        crossed = 0
        for place, (drop, spot) in enumerate(edges):
            for other_drop, other_spot in edges[place + 1 :]:
                if other_drop > drop and other_spot < spot:
                    crossed += 1
        return cost + 2.0 * crossed


def _chains(family: Family) -> dict[str, list[str]]:
    """The chain of partners in which each person stands, ordered so that partners are neighbours."""
    near: dict[str, set[str]] = {name: set() for name in family.members}
    weight: dict[frozenset[str], float] = {}
    for union in family.unions:
        if len(union.parents) == 2:
            weight[frozenset(union.parents)] = 1.0
    for relation in family.relations:
        if relation["kind"] in COUPLES:
            pair = frozenset((relation["a"], relation["b"]))
            weight[pair] = weight.get(pair, 0.0) + (1.5 if relation["kind"] in COUPLES[:2] else 1.0)
    for pair in weight:
        one, other = sorted(pair, key=family.place.__getitem__)
        if family.level[one] == family.level[other]:
            near[one].add(other)
            near[other].add(one)
    found: dict[str, list[str]] = {}
    for name in family.members:
        if name in found:
            continue
        part: list[str] = []
        queue = [name]
        while queue:
            one = queue.pop(0)
            if one not in part:
                part.append(one)
                queue.extend(sorted(near[one], key=family.place.__getitem__))
        chain = _best_chain(family, part, {pair: w for pair, w in weight.items() if pair <= set(part)})
        found.update(dict.fromkeys(part, chain))
    return found


def _best_chain(family: Family, part: list[str], weight: Mapping[frozenset[str], float]) -> list[str]:
    pairs = [(min(pair), max(pair), w) for pair, w in sorted(weight.items(), key=lambda item: sorted(item[0]))]

    def cost(chain: Iterable[str]) -> float:
        chain = list(chain)
        at = {name: place for place, name in enumerate(chain)}
        far = sum(w * (abs(at[one] - at[other]) - 1) for one, other, w in pairs)
        turned = sum(
            1.0
            for one, other in pairwise(chain)
            if family.members[one].get("sex") == "female" and family.members[other].get("sex") == "male"
        )
        return far + 0.1 * turned + 0.001 * sum(abs(at[name] - place) for place, name in enumerate(part))

    if len(part) <= 5:
        return list(min(permutations(part), key=cost))
    chain, best = list(part), cost(part)
    improved = True
    while improved:
        improved = False
        for place in range(len(chain)):
            for to in range(len(chain)):
                moved = [*chain[:place], *chain[place + 1 :]]
                moved.insert(to, chain[place])
                if (found := cost(moved)) < best - 1e-9:
                    chain, best, improved = moved, found, True
    return chain
