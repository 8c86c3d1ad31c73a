"""What a workflow can be lived by, proved on its own: its graph, its guards, and the people whom they need.

The graph is the engine's own machine over stage × status. A way counts as open when a generated case was found that
meets all that the way requires (``witness.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .engine import Arc, Engine
from .errors import did_you_mean
from .messages import Message, Sayable
from .rules import Rule
from .situations import Material, Situation
from .witness import Found, Goal, Search, arcs_by_trigger, goals_of, is_constant, names_in
from .workflow import ADVANCE, CLOSE, MOVE, Guard, Workflow

Path = tuple[str | int, ...]
State = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Proved:
    """One thing that was found; ``path`` is the place in the file. A warning may be meant so."""

    path: Path
    message: Sayable
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A stage, move or closure, and what the search for a witness of it came to."""

    arcs: Sequence[Arc]
    found: Found
    situation: Situation | None
    """The witness, with no more records than are needed."""

    @property
    def place(self) -> str:
        """The stage that is left, the move, or the closure."""
        return place_of(self.arcs[0])


def place_of(arc: Arc) -> str:
    """The stage that is left, the move, or the closure, as people read it."""
    return f"{CLOSE} {arc.because}" if arc.because else arc.source[0] if arc.move == ADVANCE else arc.move


@dataclass
class Proof:
    """Everything that was proved of a workflow."""

    ways: list[Way] = field(default_factory=list)
    found: list[Proved] = field(default_factory=list)
    unmet: list[tuple[str, str]] = field(default_factory=list)
    """Each guard that no generated case met, with its place."""


def prove(flow: Workflow) -> Proof:
    """Prove what can be proved of ``flow``. The time is bounded, whatever its guards ask."""
    return _Prover(flow).prove()


class _Prover:
    def __init__(self, flow: Workflow) -> None:
        self.flow = flow
        self.material = Material(flow)
        self.search = Search(self.material)
        self.paths = {id(guard): path for path, guard in placed_guards(flow)}
        self.proof = Proof()

    def prove(self) -> Proof:
        broken = [*self._forms()]
        self.proof.found += [*people(self.flow), *approvals(self.flow), *broken]
        if broken:  # what cannot be recorded would be missed everywhere
            return self.proof
        triggers = arcs_by_trigger(Engine(self.flow).arcs())
        open_: list[Arc] = []
        for arcs in triggers.values():
            way = self._way(arcs)
            self.proof.ways.append(way)
            open_ += [arc for arc in arcs if self._is_open(arc, way)]
        self._judge_guards()
        self._judge_graph(open_, [arc for arcs in triggers.values() for arc in arcs])
        return self.proof

    def _say(self, path: Path, message: Sayable, *, warning: bool = False) -> None:
        one = Proved(path, message, warning)
        if one not in self.proof.found:
            self.proof.found.append(one)

    def _forms(self) -> Iterator[Proved]:
        """Forms of which no record can be made: every guard and document about them would wait in vain."""
        for name in self.flow.forms:
            for problem in self.material.generated_faults(name):
                path = ("forms", name, "fields", *problem.where.split("."))
                yield Proved(path, Message("No record of {form} can be made: {why}", form=name, why=problem.message))

    def _way(self, arcs: Sequence[Arc]) -> Way:
        arc = arcs[0]
        goals = goals_of(arc.requires)
        if arc.early is not None and self.flow.early:
            goals.append(Goal("", self.flow.early.when, arc.early))
        # a closing that can be passed late needs no proof that it can be passed early as well
        known = arc.early and any(way.place == place_of(arc) and way.situation for way in self.proof.ways)
        found = self._meet(goals, arc, [one.source[0] for one in arcs], thorough=not known)
        return Way(arcs, found, self.search.smallest(found) if found.situation else None)

    def _meet(
        self, goals: Sequence[Goal], arc: Arc, stages: Sequence[str] | None = None, *, thorough: bool = True
    ) -> Found:
        stages = list(dict.fromkeys(stages or [arc.source[0]]))
        return self.search.meet(goals, {"status": arc.source[1]}, arc.because, stages, thorough=thorough)

    def _is_open(self, arc: Arc, way: Way) -> bool:
        if way.found.exhausted:
            return True  # not proved shut
        if way.situation is None:
            return False
        if not any("case" in names_in(goal.rule) for goal in way.found.goals):
            return True  # it is the same in each stage
        here = replace(way.situation, case={**way.situation.case, "stage": arc.source[0], "status": arc.source[1]})
        facts = self.material.facts(here)
        return all(goal.met(facts) for goal in way.found.goals) or (
            self._meet(way.found.goals, arc).situation is not None
        )

    # guards

    def _judge_guards(self) -> None:
        shut: dict[str, list[Way]] = {}
        for way in self.proof.ways:
            shut.setdefault(way.place, []).append(way)
        for place, ways in shut.items():
            if not any(way.situation or way.found.exhausted for way in ways):
                self._explain(place, ways[0])
        self._judge_early()
        judged: set[int] = set()
        # what only the rules of a record make true of it is no fault of the guard
        nothing = self.material.facts(replace(self.material.opened(), records={}))
        for way in self.proof.ways:
            for number, guard in enumerate(way.arcs[0].requires):
                if id(guard) in judged:
                    continue
                judged.add(id(guard))
                if way.found.exhausted and not way.found.together(number):
                    self._say(
                        self.paths[id(guard)],
                        Message(
                            "The search ended before the guard {guard} ({place}) was met: it is not proved that it "
                            "can be.",
                            guard=guard.name,
                            place=way.place,
                        ),
                        warning=True,
                    )
                elif not way.found.ever_unmet(number) and guard.check(nothing):
                    self._judge_always(way, guard)

    def _explain(self, place: str, way: Way) -> None:
        """Name what stands in the way of a stage, move or closure that no generated case can pass."""
        guards, found = way.arcs[0].requires, way.found
        never = [(guards[number], tried) for number, tried in found.never.items() if number < len(guards)]
        for guard, tried in never:
            self.proof.unmet.append((place, guard.name))
            self._say(self.paths[id(guard)], _never(guard, place, tried))
        if never:
            return
        apart = [
            (one, other)
            for other in range(len(guards))
            for one in range(other)
            if not found.together(one, other) and self._apart(way, one, other)
        ]
        for one, other in apart:
            self.proof.unmet += [(place, guards[number].name) for number in (one, other)]
            self._say(
                self.paths[id(guards[other])],
                Message(
                    "The guards {one} and {other} ({place}) contradict each other: none of {count} generated cases "
                    "meets both.",
                    one=guards[one].name,
                    other=guards[other].name,
                    place=place,
                    count=found.tried,
                ),
            )
        if not apart and guards:
            best = max(found.met, key=int.bit_count, default=0)
            left = [guard for number, guard in enumerate(guards) if not best >> number & 1] or list(guards)
            self.proof.unmet += [(place, guard.name) for guard in left]
            self._say(
                self.paths[id(left[0])],
                Message(
                    "The guards of {place} contradict each other: none of {count} generated cases meets them all. "
                    "Never met with the others: {guards}.",
                    place=place,
                    count=found.tried,
                    guards=[guard.name for guard in left],
                ),
            )

    def _apart(self, way: Way, one: int, other: int) -> bool:
        arc, goals = way.arcs[0], way.found.goals
        stages = list(dict.fromkeys(each.source[0] for each in way.arcs))
        return self.search.apart(goals[one], goals[other], {"status": arc.source[1]}, arc.because, stages)

    def _judge_always(self, way: Way, guard: Guard) -> None:
        goal = Goal(guard.name, guard.check, wanted=False)
        found = self._meet([goal], way.arcs[0], [arc.source[0] for arc in way.arcs])
        if found.situation or found.exhausted:
            return
        if is_constant(guard.check):
            message = Message(
                "The guard {guard} ({place}) asks about no record: it is always met.",
                guard=guard.name,
                place=way.place,
            )
            self._say(self.paths[id(guard)], message)
            return
        message = Message(
            "The guard {guard} ({place}) is met by each of {count} generated cases: it seems to ask nothing.",
            guard=guard.name,
            place=way.place,
            count=found.tried,
        )
        self._say(self.paths[id(guard)], message, warning=True)

    def _judge_early(self) -> None:
        if self.flow.early is None:
            return
        closings = [way for way in self.proof.ways if way.arcs[0].early is not None]
        for wanted in (True, False) if closings else ():
            found = self._meet([Goal("", self.flow.early.when, wanted)], closings[0].arcs[0], self.flow.order)
            if not found.situation and not found.exhausted:
                always = Message("always met: no case would close with the documents of its closure")
                never = Message("never met: no case would close early")
                self._say(
                    ("closing", "early", "when"),
                    Message(
                        "In each of {count} generated cases this is {what}.",
                        count=found.tried,
                        what=never if wanted else always,
                    ),
                )

    # the graph

    def _judge_graph(self, open_: Sequence[Arc], arcs: Sequence[Arc]) -> None:
        flow = self.flow
        reached = _closure({(flow.first, "active")}, [(arc.source, arc.target) for arc in open_])
        missed = [name for name in flow.order if not any(stage == name for stage, _ in reached)]
        if missed:
            self._say(("stages", missed[0]), Message("No case can ever reach: {stages}.", stages=missed))
        backwards = [(arc.target, arc.source) for arc in open_ if arc.source in reached]
        ending = _closure({state for state in reached if state == (flow.last, "closed")}, backwards)
        awake = {state for state in reached if state[1] == "active"}
        open_only = [(one, other) for one, other in backwards if other[1] != "closed"]  # to reopen is to begin anew
        waking = _closure(awake, open_only)
        stuck = [state for state in sorted(reached, key=self._order) if state not in ending and state[1] != "closed"]
        for stage, status in stuck:
            self._say(
                ("stages", stage),
                Message(
                    "From {stage} ({status}) no case can ever be closed through the last stage.",
                    stage=stage,
                    status=_STATUS[status],
                ),
            )
        asleep = [stage for stage, status in reached if status == "paused" and (stage, status) not in waking]
        if asleep:
            moves = [arc for arc in open_ if arc.target[1] == "paused"]
            self._say(
                self._move_path(moves[0]),
                Message(
                    "A case that is paused can never be taken up again in: {stages}. A move with `when: paused` is "
                    "missing.",
                    stages=sorted(asleep, key=flow.order.index),
                ),
            )
        self._judge_moves(reached, arcs)
        last = flow.stages[flow.last]
        if last.requires and not any(closure.complete for closure in flow.closures.values()):
            self._say(
                ("stages", flow.last, "requires"),
                Message(
                    "Nobody ever asks what the last stage requires: no closure is `complete: true`.",
                ),
            )

    def _order(self, state: State) -> tuple[int, str]:
        return self.flow.order.index(state[0]), state[1]

    def _judge_moves(self, reached: set[State], arcs: Sequence[Arc]) -> None:
        """Moves whose every source is a stage and status in which no case ever is."""
        for same in arcs_by_trigger(arcs).values():
            if same[0].move not in (ADVANCE, CLOSE) and not any(arc.source in reached for arc in same):
                self._say(
                    self._move_path(same[0]),
                    Message(
                        "The move {move} can never be made: no case is ever {status} in {stages}.",
                        move=same[0].move,
                        status=_STATUS[same[0].source[1]],
                        stages=[arc.source[0] for arc in same],
                    ),
                )

    def _move_path(self, arc: Arc) -> Path:
        number = next(
            (
                number
                for number, move in enumerate(self.flow.moves)
                if move.name == arc.move and arc.trigger.endswith(f" {number}")
            ),
            None,
        )
        return ("moves", number) if number is not None else ()


_STATUS: Final[Mapping[str, Message]] = {
    "active": Message("active"),
    "paused": Message("paused"),
    "closed": Message("closed"),
}


def _closure(states: set[State], steps: Iterable[tuple[State, State]]) -> set[State]:
    """``states`` and every one that the steps lead to from them."""
    after: dict[State, list[State]] = {}
    for source, target in steps:
        after.setdefault(source, []).append(target)
    found, queue = set(states), list(states)
    while queue:
        for state in after.get(queue.pop(), ()):
            if state not in found:
                found.add(state)
                queue.append(state)
    return found


def _never(guard: Guard, place: str, tried: int) -> Message:
    if is_constant(guard.check):
        return Message(
            "The guard {guard} ({place}) asks about no record: it is never met.", guard=guard.name, place=place
        )
    return Message(
        "The guard {guard} ({place}) is met by none of {count} generated cases: it can never be true.",
        guard=guard.name,
        place=place,
        count=tried,
    )


def placed_guards(flow: Workflow) -> Iterator[tuple[Path, Guard]]:
    """Every guard with its place in the file."""
    for stage in flow.stages.values():
        for number, guard in enumerate(stage.requires):
            yield ("stages", stage.name, "requires", number), guard
    for place, move in enumerate(flow.moves):
        for number, guard in enumerate(move.requires):
            yield ("moves", place, "requires", number), guard
    for closure in flow.closures.values():
        for number, guard in enumerate(closure.requires):
            yield ("closures", closure.reason, "requires", number), guard


def people(flow: Workflow) -> Iterator[Proved]:
    """Acts for which the file leaves nobody: each requirement and each move needs a role that can do it."""
    workers = set(flow.roles_for("open"))
    overseers = {*flow.roles_for("override"), *flow.roles_for("any_case")}
    for act, what in _acts(flow):
        if not flow.roles_for(act, what):
            yield Proved(
                _permission(flow, act, what), Message("Nobody may do this: {act}.", act=f"{act} {what}".strip())
            )
    for path, guard in placed_guards(flow):
        fix = (*path, "fix")
        if guard.approves:
            able = set(flow.roles_for("approve", guard.approves))
            if not able - (workers - overseers):
                yield Proved(
                    fix,
                    Message(
                        "Nobody can approve {what}: who may ({roles}) carries cases; nobody approves their own work.",
                        what=guard.approves,
                        roles=[Message(role.replace("_", " ")) for role in sorted(able)] or "-",
                    ),
                )
        elif guard.fix:
            able = set(flow.roles_for("record", guard.fix))
            if not able & {*workers, *overseers, *flow.roles_for("any_case", guard.fix), *flow.roles_for("approve")}:
                yield Proved(
                    fix,
                    Message(
                        "Nobody can record {what}: who may ({roles}) neither carries cases nor works in others'.",
                        what=guard.fix,
                        roles=[Message(role.replace("_", " ")) for role in sorted(able)] or "-",
                    ),
                )


def _nobody(act: str) -> Message:
    return Message("Nobody may do this: {act}.", act=act)


def _acts(flow: Workflow) -> Iterator[tuple[str, str]]:
    yield "open", ""
    yield CLOSE, ""
    if len(flow.order) > 1:
        yield ADVANCE, ""
    for name in dict.fromkeys(move.name for move in flow.moves):
        yield MOVE, name


def _permission(flow: Workflow, act: str, what: str) -> Path:
    given = flow.data.get("permissions", {})
    return ("permissions", next((key for key in (f"{act} {what}".strip(), act) if key in given), act))


def approvals(flow: Workflow) -> Iterator[Proved]:
    """Guards that ask for an approval which cannot be given, or whose ``fix`` names another one."""
    known = sorted({guard.approves for _, guard in placed_guards(flow) if guard.approves})
    for path, guard in placed_guards(flow):
        asked = [*_given(guard.check)]
        for what in dict.fromkeys(asked):
            if what not in known:
                hint: Sayable = did_you_mean(what, known) or Message("Approved are: {names}.", names=known or "-")
                said = Message(
                    "Nobody approves {what} in this workflow: no guard has `fix: approve {what}`. {hint}",
                    what=what,
                    hint=hint,
                )
                yield Proved((*path, "check"), said)
        if guard.approves and guard.approves not in asked:
            yield Proved(
                (*path, "fix"),
                Message(
                    "The approval of {what} does not meet this guard: its check does not ask for it.",
                    what=guard.approves,
                ),
            )


def _given(rule: Rule) -> Iterator[str]:
    for node in ast.walk(rule.tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="approvals"), attr="given"),
                args=[ast.Constant(value=str() as what), *_],
            ):
                yield what


def described(situation: Situation) -> dict[str, Any]:
    """A generated case as plain data."""
    return {
        "today": situation.today.isoformat(),
        "worker": situation.case["worker"]["role"],
        "stage": situation.case["stage"],
        "status": situation.case["status"],
        "records": {name: list(items) for name, items in situation.records.items()},
        "approved": sorted(situation.approved),
        **({"because": situation.because} if situation.because else {}),
    }
