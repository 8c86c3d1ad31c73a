"""Witnesses: generated cases that meet what a stage, a move or a closure requires.

The search begins with complete cases and changes them in one place after another. What guides it is a distance: how
far each guard is from being met, taken from its expression (a figure of 3 where 5 is asked is nearer than one of 1).
Records drawn by chance seldom meet ``x == y`` or a count, and each run would judge the file differently; here only
the last attempts are drawn, from a fixed seed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from math import inf
from random import Random
from typing import Any, Final

from .engine import Arc
from .rules import Rule, compile_rule
from .situations import Constants, Facts, Material, Situation
from .workflow import Guard

MOST_TRIES: Final = 2500
"""Most situations that are tried from one start."""
MOST_WORK: Final = 5_000_000
"""Most parts of expressions that are asked for one workflow: what bounds the time of a check."""

Distance = Callable[[Facts], float]
_FAR: Final = 1.0
_MISSING: Final = 1.5  # a value that is not there is farther than a wrong one


@dataclass(frozen=True)
class Goal:
    """One thing to be met: a guard, or a condition without a name."""

    name: str
    rule: Rule
    wanted: bool = True
    distance: Distance = field(init=False)
    parts: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "distance", _distance(self.rule.tree, self.wanted))
        object.__setattr__(self, "parts", sum(1 for _ in ast.walk(self.rule.tree)))

    def met(self, facts: Facts) -> bool:
        """Whether the facts meet it. Where it is wanted not to hold, not knowing is enough."""
        return self.rule(facts) is self.wanted


def goals_of(guards: Iterable[Guard]) -> list[Goal]:
    """What ``guards`` ask for."""
    return [Goal(guard.name, guard.check) for guard in guards]


@dataclass
class Found:
    """What a search came to: the situation that meets every goal, if one does, and what was met on the way."""

    goals: Sequence[Goal]
    situation: Situation | None = None
    tried: int = 0
    exhausted: bool = False
    """Whether the work that a check may do was used up before the search had come to its end."""
    never: dict[int, int] = field(default_factory=dict)
    """The goals that no situation meets even alone, each with how many were tried; then no more was looked for."""
    met: set[int] = field(default_factory=set)
    """Each set of goals that some situation met together, as bits."""

    def together(self, *numbers: int) -> bool:
        """Whether some situation met these goals together."""
        wanted = sum(1 << number for number in numbers)
        return any(seen & wanted == wanted for seen in self.met)

    def ever_unmet(self, number: int) -> bool:
        """Whether some situation did not meet this goal."""
        return any(not seen >> number & 1 for seen in self.met)


class Search:
    """Looks for witnesses of one workflow; all its searches share the work that a check may do."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.work = MOST_WORK
        self.settings = list(_leaves(material.flow.settings))
        self.whole = material.worked_through()
        self._judged: dict[tuple[object, ...], Found] = {}
        self._starts: dict[int, list[Situation]] = {}

    def meet(
        self,
        goals: Sequence[Goal],
        case: Mapping[str, Any],
        because: str | None,
        stages: Sequence[str],
        *,
        thorough: bool = True,
    ) -> Found:
        """Look for a situation that meets all ``goals``.

        Args:
            goals: what is to be met.
            case: facts of the case that are given, such as its status.
            because: the reason of the closing, if it is one.
            stages: the stages in which the case may stand.
            thorough: False to give up soon, where nothing depends on it.
        """
        climb = _Climb(self, goals, list(stages))
        starts = [
            replace(start, case={**start.case, **case, "stage": stages[0]}, because=because)
            for start in self._from(climb.constants)
        ]
        ranked = sorted(((climb.try_(start), number) for number, start in enumerate(starts)), key=lambda one: one)
        if climb.found.situation:
            return climb.found
        found = climb.found
        for number, goal in enumerate(goals if thorough and len(goals) > 1 else ()):
            if not found.together(number):
                alone = self._judge([goal], case, because, stages)
                if alone.never:
                    found.never[number] = alone.tried
        if found.never:
            return found
        if len(goals) == 1 and is_constant(goals[0].rule):  # nothing recorded can change it
            found.never[0] = found.tried
            return found
        nearest = ranked[0]
        worked_through = next(one for one in ranked if one[1] == 0)
        # a step that is nearer at once may lead astray, and then another place to begin helps
        another = min((one for one in ranked if one is not nearest), key=lambda one: (one[0], -one[1]))
        tries = [(nearest, False), (worked_through, True), (another, False), (worked_through, False)]
        for (distance, number), behind_first in tries if thorough else tries[:1]:
            climb.behind_first = behind_first
            climb.from_(starts[number], distance, shakes=2 if thorough else 0)
        if climb.refused and thorough:  # a record may have been sound beside another that was revised since
            climb.together = False
            climb.from_(starts[ranked[0][1]], ranked[0][0], shakes=0)
        if len(goals) == 1 and thorough and found.situation is None and not found.exhausted:
            found.never[0] = found.tried
        return found

    def apart(
        self, one: Goal, other: Goal, case: Mapping[str, Any], because: str | None, stages: Sequence[str]
    ) -> bool:
        """Whether no situation meets both goals, as far as the search came."""
        found = self._judge([one, other], case, because, stages)
        return found.situation is None and not found.exhausted

    def _judge(
        self, goals: Sequence[Goal], case: Mapping[str, Any], because: str | None, stages: Sequence[str]
    ) -> Found:
        """``meet``, once for the same question: a guard may stand in many closures."""
        named = {name for goal in goals for name in names_in(goal.rule)}
        place = (case["status"], because, *stages) if named & {"case", "approvals"} else ()
        key = (*((goal.rule.source, goal.wanted) for goal in goals), *place)
        if key not in self._judged:
            self._judged[key] = self.meet(goals, case, because, stages)
        return self._judged[key]

    def _from(self, constants: Constants) -> Iterator[Situation]:
        """Complete cases: worked through, in the midst of it, and just opened; as long as the guards' numbers say."""
        lengths = {int(number) + step for number in constants.numbers for step in (0, 1) if 1 <= number <= 103}
        for weeks in (8, *sorted(lengths - {8})[:4]):
            if weeks not in self._starts:
                whole = self.material.worked_through(weeks)
                half = self.material.on(whole, self.material.worked_through(weeks, 7 * weeks // 2).today)
                self._starts[weeks] = [whole, half]
            yield from self._starts[weeks]
        yield self.material.opened()

    def smallest(self, found: Found) -> Situation:
        """The situation without the records that no goal needs."""
        assert found.situation  # noqa: S101  # callers ask only for what was found
        here = found.situation
        opened = [name for name, kind in self.material.kinds.items() if kind.scope == "case"]
        for _ in range(2):  # one record may be needed only by another that goes later
            for name in list(here.records):
                for kept in (0, 1) if name not in opened else ():
                    items = here.records[name][:kept]
                    fewer = {key: one for key, one in {**here.records, name: items}.items() if one}
                    smaller = replace(here, records=fewer)
                    facts = self.material.facts(smaller)
                    if all(goal.met(facts) for goal in found.goals) and self.material.sound(smaller):
                        here = smaller
                        break
        needed = here.approved
        for what in sorted(here.approved):
            fewer_approved = replace(here, approved=needed - {what})
            if all(goal.met(self.material.facts(fewer_approved)) for goal in found.goals):
                needed = needed - {what}
                here = fewer_approved
        return here


class _Climb:
    """One search: from a start, change by change, to where every goal is met."""

    def __init__(self, search: Search, goals: Sequence[Goal], stages: list[str]) -> None:
        self.search, self.material = search, search.material
        self.found = Found(goals)
        self.stages = stages
        named = {name for goal in goals for name in names_in(goal.rule)}
        known = search.settings if "settings" in named else ()
        self.constants = Constants.of([*_constants(goal.rule for goal in goals), *known])
        self.together = True
        self.behind_first = False
        """Whether records that only stand behind what the goals name are changed before these."""
        self.refused = False
        """Whether a nearer situation was left because its records do not go together."""
        self._chance = Random(0)  # noqa: S311  # no secret: the same file must be judged alike each time
        kinds = self.material.kinds
        self._fields = {
            node.attr for goal in goals for node in ast.walk(goal.rule.tree) if isinstance(node, ast.Attribute)
        }
        self._parts = 10 + sum(goal.parts for goal in goals)
        self._named = [name for name in kinds if kinds[name].view in named]
        self._behind = [name for name in kinds if name not in self._named and self._reads(name)]
        self._others = [name for name in kinds if name not in (*self._named, *self._behind)]

    def _reads(self, name: str) -> bool:
        """Whether a figure that the goals name looks at the records called ``name``: it changes when they go."""
        whole = self.search.whole
        without = replace(whole, records={key: items for key, items in whole.records.items() if key != name})
        before, after = self.material.facts(whole), self.material.facts(without)
        return any(_figures(goal.rule, before) != _figures(goal.rule, after) for goal in self.found.goals)

    def try_(self, situation: Situation) -> float:
        """How far ``situation`` is from the goals; 0 where it meets them all."""
        found = self.found
        found.tried += 1
        self.search.work -= self._parts
        try:
            met, distance = self._asked(self.material.facts(situation))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            if self.material.sound(situation, together=False):
                raise
            return inf  # a record that would be refused need not give a figure
        if met not in found.met and self.material.sound(situation, together=False):
            found.met.add(met)
        if not distance and found.situation is None and self._sound(situation):
            found.situation = situation
        return distance

    def _asked(self, facts: Facts) -> tuple[int, float]:
        """The goals that the facts meet, as bits, and how far they are from the others."""
        met, distance = 0, 0.0
        for number, goal in enumerate(self.found.goals):
            if goal.met(facts):
                met |= 1 << number
            else:
                distance += max(goal.distance(facts), 0.01)
        return met, distance

    def _sound(self, situation: Situation) -> bool:
        if self.material.sound(situation, together=self.together):
            return True
        self.refused = self.refused or (self.together and self.material.sound(situation, together=False))
        return False

    def from_(self, start: Situation, distance: float, *, shakes: int) -> None:
        """Change ``start`` in the place that brings it nearest, until it meets the goals or no change helps.

        Where none does, a few changes at random make another start; ``shakes`` says how often.
        """
        here, last = start, self.found.tried + MOST_TRIES
        while not self._over(last):
            better = self._nearer(here, distance, last)
            if better:
                here, distance = better
            elif shakes and not self._over(last):
                shakes -= 1
                here = self._shaken(here)
                distance = self.try_(here) or _FAR
            else:
                return

    def _over(self, last: int) -> bool:
        self.found.exhausted = self.found.situation is None and self.search.work < 0
        return self.found.situation is not None or self.found.exhausted or self.found.tried > last

    def _nearer(self, here: Situation, distance: float, last: int) -> tuple[Situation, float] | None:
        """The best change among those that the goals name, else the first good one of the rest."""
        constants = self.constants.and_of(self._compared(here))
        for number, ways in enumerate(self._ways(here, constants)):
            best: tuple[Situation, float] | None = None
            unsound: list[tuple[float, int, Situation]] = []
            for situation in ways:
                found = self.try_(situation)
                if self._over(last):
                    return None
                if found >= (best[1] if best else distance):
                    continue
                if self._sound(situation):
                    best = (situation, found)
                    if number and found <= distance - 0.5:  # a whole step nearer: good enough
                        break
                else:
                    unsound.append((found, len(unsound), situation))
            best = best or self._mended(sorted(unsound)[:8], distance, constants, last)
            if best or self._over(last):
                return best
        return None

    def _mended(
        self, unsound: Sequence[tuple[float, int, Situation]], distance: float, constants: Constants, last: int
    ) -> tuple[Situation, float] | None:
        """A change that would be nearer but for its record, with one more change that makes the record sound."""
        for _, _, situation in unsound:
            for mended in self.material.repaired(situation, constants):
                found = self.try_(mended)
                if self._over(last):
                    return None
                if found < distance and self._sound(mended):
                    return mended, found
        return None

    def _ways(self, here: Situation, constants: Constants) -> Iterator[Iterator[Situation]]:
        """The changes of ``here``: of what the goals name, of what stands behind it, of the case, of all the rest."""
        named = self.material.changed(here, self._named, constants, self._fields)
        behind = self.material.changed(here, self._behind, constants)
        yield behind if self.behind_first else named
        yield (
            replace(here, case={**here.case, "stage": stage}) for stage in self.stages if stage != here.case["stage"]
        )
        yield named if self.behind_first else behind
        yield self.material.around(here, constants)
        yield self.material.changed(here, self._named, constants)
        yield self.material.changed(here, self._others, constants)

    def _shaken(self, here: Situation) -> Situation:
        """Another sound situation near ``here``, to begin anew where no single change helps."""
        ways = list(islice(chain.from_iterable(self._ways(here, self.constants)), 3000))
        for _ in range(20 if ways else 0):
            one = self._chance.choice(ways)
            if self.material.sound(one):
                return one
        return here

    def _compared(self, here: Situation) -> Iterator[object]:
        """The values that the goals compare now: one side may be what the other should be."""
        facts = self.material.facts(here)
        for goal in self.found.goals:
            if not goal.met(facts):
                yield from goal.rule.values(facts).values()


def names_in(rule: Rule) -> set[str]:
    """The records and other facts that an expression names."""
    return {node.id for node in ast.walk(rule.tree) if isinstance(node, ast.Name)}


def is_constant(rule: Rule) -> bool:
    """Whether an expression asks about nothing that a case may have."""
    return not names_in(rule) - {"settings"}


def _figures(rule: Rule, facts: Facts) -> list[object]:
    """What each dotted name and call of an expression gives; a list by its items."""
    nodes = [node for node in ast.walk(rule.tree) if isinstance(node, ast.Attribute | ast.Call)]
    found = [compile_rule(ast.unparse(node)).value(facts) for node in nodes]
    return [value if isinstance(value, bool | int | float | str | list | date | None) else None for value in found]


def arcs_by_trigger(arcs: Sequence[Arc]) -> dict[str, list[Arc]]:
    """The ways of each move."""
    found: dict[str, list[Arc]] = {}
    for arc in arcs:
        found.setdefault(arc.trigger, []).append(arc)
    return found


def _constants(rules: Iterable[Rule]) -> list[object]:
    """Every constant in ``rules``."""
    found: dict[tuple[type, object], object] = {}
    for rule in rules:
        for node in ast.walk(rule.tree):
            if isinstance(node, ast.Constant) and node.value is not None:
                found[type(node.value), node.value] = node.value
            elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
                value = node.operand.value
                if isinstance(value, int | float) and isinstance(node.op, ast.USub):
                    found[type(value), -value] = -value
    return list(found.values())


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def _distance(node: ast.expr, wanted: bool) -> Distance:
    """How far the facts are from making ``node`` known to be ``wanted``; 0 where it is."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_distance(value, wanted) for value in values]
            every = isinstance(op, ast.And) is wanted
            return lambda facts: (sum if every else min)([part(facts) for part in parts])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _distance(operand, not wanted)
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            return _gap(node, wanted)
    rule = _asked(node, wanted)
    return lambda facts: 0.0 if rule(facts) else _FAR


def _asked(node: ast.expr, wanted: bool) -> Rule:
    source = ast.unparse(node)
    return compile_rule(source if wanted else f"not ({source})")


def _gap(node: ast.Compare, wanted: bool) -> Distance:
    rule = _asked(node, wanted)
    left, right = compile_rule(ast.unparse(node.left)), compile_rule(ast.unparse(node.comparators[0]))

    def distance(facts: Facts) -> float:
        if rule(facts):
            return 0.0
        first, second = left.value(facts), right.value(facts)
        if first is None or second is None:
            return _MISSING
        one, other = _number(first), _number(second)
        if one is None or other is None:
            return _FAR
        gap = abs(one - other)
        return 0.05 + 0.9 * gap / (gap + 10)

    return distance


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    return value.toordinal() if isinstance(value, date) else None
