"""What a case may do next, and what it becomes: a pure decision over one state machine.

``decide`` asks every guard of a move at once and lets the machine of ``transitions`` make the move or refuse
it; ``evolve`` folds the events of a case into its state. Neither knows a database, a clock or a file, and no
other module imports ``transitions``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from transitions import EventData, Machine

from .errors import Refused, did_you_mean
from .messages import Message, Sayable
from .rules import Facts
from .workflow import (
    ADVANCE,
    ANY_STAGE,
    CLOSE,
    OPEN,
    STATUS_WORDS,
    STATUSES,
    Closure,
    Guard,
    GuardKind,
    Issue,
    Move,
    Status,
    Workflow,
    approves,
)

Standing = Collection[tuple[str, str, str]]
"""Overrides that are in force: the stage, the move and the guard of each."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a case stands: everything that its events say of it, and nothing that they do not."""

    number: str
    workflow: str
    workflow_version: int
    workflow_digest: str
    stage: str
    status: Status
    cycle: int
    episode: int
    worker: str
    client: str
    opened_on: str
    stage_since: str
    due_on: str | None
    closed_on: str | None
    because: str | None
    last_on: str
    """The latest working date and time of any event."""
    version: int
    """How many events the case has."""
    head: str
    """The digest of the last event."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A guard and whether it is met now."""

    guard: str
    kind: str
    ok: bool
    message: Sayable
    by: tuple[str, ...]
    """The roles that can supply what is missing."""
    fix: str | None
    """The record to make, or the approval to ask for (``approve plan``)."""
    due_on: str | None
    overridden: bool = False
    detail: Mapping[str, Any] | None = None
    """What the guard read, by name."""

    @property
    def met(self) -> bool:
        """Met, or overridden by somebody who may."""
        return self.ok or self.overridden

    @property
    def approves(self) -> str | None:
        """What somebody must approve to meet it, if that is what it asks for."""
        return approves(self.fix)


@dataclass(frozen=True, slots=True)
class Option:
    """A move that the workflow has from where the case stands."""

    move: str
    because: str | None
    to: str
    stage: str
    status: Status
    requirements: tuple[Requirement, ...]
    next_cycle: bool = False
    next_episode: bool = False
    documents: tuple[Issue, ...] = ()
    title: Sayable | None = None

    @property
    def allowed(self) -> bool:
        """Whether nothing stands in the way."""
        return all(requirement.met for requirement in self.requirements)

    @property
    def unmet(self) -> tuple[Requirement, ...]:
        """What stands in the way."""
        return tuple(requirement for requirement in self.requirements if not requirement.met)


@dataclass(frozen=True, slots=True)
class _Edge:
    """What the file says of one trigger of the machine.

    ``early`` tells when a closing applies: only before the case has really begun (True), only after (False), or
    always (None).
    """

    move: str
    because: str | None
    requires: tuple[Guard, ...]
    documents: tuple[Issue, ...]
    next_cycle: bool = False
    next_episode: bool = False
    title: Sayable | None = None
    early: bool | None = None


@dataclass(frozen=True, slots=True)
class Arc:
    """One way in the graph of stage × status, and what it requires."""

    trigger: str
    """The same for the ways of one move from several stages."""
    move: str
    because: str | None
    source: tuple[str, Status]
    target: tuple[str, Status]
    requires: tuple[Guard, ...]
    early: bool | None
    """Whether it applies only before the case has really begun (True), only after (False), or always (None)."""
    title: Sayable | None


class _Carrier:
    """The throw-away object that the machine moves; the case itself is never touched."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Engine:
    """The state machine of one workflow version. Build it once and share it; it holds no case."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self._edges: dict[str, _Edge] = {}
        self._leaving: dict[str, list[tuple[str, _Edge, str, Status]]] = {}
        """The ways that leave each state of the machine: trigger, edge, and the stage and status that it leads to."""
        self._roles: dict[tuple[GuardKind, str | None], tuple[str, ...]] = {}
        self._machine = Machine(
            model=None,
            states=[_state(stage, status) for stage in workflow.order for status in STATUSES],
            initial=None,
            auto_transitions=False,
            send_event=True,
        )
        self._build()

    def _build(self) -> None:
        flow = self.workflow
        for stage in flow.stages.values():
            following = flow.after(stage.name)
            if following:
                edge = _Edge(ADVANCE, None, stage.requires, stage.documents)
                self._add(f"{ADVANCE} {stage.name}", edge, stage.name, "active", following, "active")
        for number, move in enumerate(flow.moves):
            edge = _Edge(
                move.name, None, move.requires, move.documents, move.next_cycle, move.next_episode, move.title
            )
            for stage_name in _sources(move, flow):
                trigger = f"{move.name} {number}"
                self._add(trigger, edge, stage_name, move.when, move.to or stage_name, move.status)
        for closure in flow.closures.values():
            self._add_closure(closure)

    def _add_closure(self, closure: Closure) -> None:
        flow = self.workflow
        last = flow.stages[flow.last]
        documents = last.documents if closure.documents is None else closure.documents
        requires = (*(last.requires if closure.complete else ()), *closure.requires)
        edge = _Edge(CLOSE, closure.reason, requires, documents, title=closure.title)
        if closure.complete:
            self._add(f"{CLOSE} {closure.reason}", edge, flow.last, "active", flow.last, "closed")
            return
        for stage in flow.order:
            for status in OPEN:
                late = replace(edge, early=False) if flow.early else edge
                self._add(f"{CLOSE} {closure.reason}", late, stage, status, flow.last, "closed")
                if flow.early:
                    early = replace(edge, early=True, documents=closure.early or flow.early.documents)
                    self._add(f"{CLOSE} {closure.reason} early", early, stage, status, stage, "closed")

    def _add(self, trigger: str, edge: _Edge, source: str, when: str, dest: str, status: str) -> None:
        self._edges[trigger] = edge
        self._leaving.setdefault(_state(source, when), []).append((trigger, edge, *_parts(_state(dest, status))))
        self._machine.add_transition(
            trigger, _state(source, when), _state(dest, status), conditions=_all_requirements_met
        )

    def arcs(self) -> tuple[Arc, ...]:
        """Every way of the machine: the graph in which all cases of this workflow live."""
        return tuple(
            Arc(
                trigger,
                edge.move,
                edge.because,
                _parts(source),
                _parts(str(transitions[0].dest)),
                edge.requires,
                edge.early,
                edge.title,
            )
            for trigger, edge in self._edges.items()
            for source, transitions in self._machine.events[trigger].transitions.items()
        )

    def options(self, state: CaseState, facts: Facts, standing: Standing = frozenset()) -> tuple[Option, ...]:
        """Every move that leaves where the case stands, each with all its requirements and whether they are met.

        Args:
            state: where the case stands.
            facts: the case's records, as the guards see them.
            standing: the overrides of earlier moves that are still in force.
        """
        return tuple(option for _, option in self._exits(state, facts, standing))

    def _exits(
        self, state: CaseState, facts: Facts, standing: Standing, wanted: tuple[str, str | None] | None = None
    ) -> Iterator[tuple[str, Option]]:
        early = self.workflow.early is not None and self.workflow.early.when(facts)
        for trigger, edge, stage, status in self._leaving.get(_state(state.stage, state.status), ()):
            if edge.early not in (None, early) or wanted not in (None, (edge.move, edge.because)):
                continue
            asked = _closing(facts, edge.because) if edge.because else facts
            yield (
                trigger,
                Option(
                    move=edge.move,
                    because=edge.because,
                    to=status if status == "closed" else stage,
                    stage=stage,
                    status=status,
                    requirements=tuple(
                        self._ask(guard, state, asked, edge.move, standing) for guard in edge.requires
                    ),
                    next_cycle=edge.next_cycle,
                    next_episode=edge.next_episode,
                    documents=edge.documents,
                    title=edge.title,
                ),
            )

    def decide(
        self,
        state: CaseState,
        facts: Facts,
        move: str,
        *,
        because: str | None = None,
        overrides: Collection[str] = (),
        override_role: str | None = None,
        standing: Standing = frozenset(),
    ) -> Option:
        """The move, decided: what is returned may be carried out.

        Args:
            state: where the case stands.
            facts: the case's records, as the guards see them.
            move: the move's name; ``advance`` is the forward one, ``close`` needs ``because``.
            because: the reason of a closing.
            overrides: the guards to override.
            override_role: the role of the person who overrides.
            standing: the overrides of earlier moves that are still in force.

        Raises:
            Refused: the workflow has no such move from here, or not every requirement is met; ``unmet`` has
                all of them.
        """
        trigger, option = self._find(state, facts, (move, because), standing)
        if overrides:
            option = self._override(option, overrides, override_role or "")
        carrier = _Carrier(_state(state.stage, state.status))
        if not self._machine.events[trigger].trigger(carrier, option=option):
            raise Refused(
                Message("{count} of the requirements of this move are not met.", count=len(option.unmet)),
                option.unmet,
            )
        stage, status = _parts(carrier.state)
        same = (stage, status) == (option.stage, option.status)
        return option if same else replace(option, stage=stage, status=status)

    def _find(
        self, state: CaseState, facts: Facts, wanted: tuple[str, str | None], standing: Standing
    ) -> tuple[str, Option]:
        found = next(self._exits(state, facts, standing, wanted), None)
        if found is None:
            raise Refused(self._why_not(state, *wanted))
        return found

    def _ask(self, guard: Guard, state: CaseState, facts: Facts, move: str, standing: Standing) -> Requirement:
        ok = guard.check(facts)
        return Requirement(
            guard=guard.name,
            kind=guard.kind,
            ok=ok,
            message=guard.say,
            by=self._who(guard),
            fix=guard.fix,
            due_on=state.due_on,
            overridden=not ok and guard.kind != "legal" and (state.stage, move, guard.name) in standing,
            detail=None if ok else guard.check.values(facts),
        )

    def _who(self, guard: Guard) -> tuple[str, ...]:
        asked = (guard.kind, guard.fix)
        if asked not in self._roles:
            self._roles[asked] = self._roles_for(guard)
        return self._roles[asked]

    def _roles_for(self, guard: Guard) -> tuple[str, ...]:
        if guard.approves:
            return self.workflow.roles_for("approve", guard.approves)
        if guard.fix:
            return self.workflow.roles_for("record", guard.fix)
        return () if guard.kind == "legal" else self.workflow.roles_for("override")

    def _override(self, option: Option, overrides: Collection[str], role: str) -> Option:
        known = {requirement.guard: requirement for requirement in option.requirements}
        for name in overrides:
            if name not in known:
                raise Refused(
                    Message(
                        "This move has no guard {guard} to override. {hint}",
                        guard=name,
                        hint=did_you_mean(name, list(known)) or "",
                    )
                )
        legal = [r for r in option.requirements if r.guard in overrides and r.kind == "legal" and not r.ok]
        if legal:
            raise Refused(
                Message(
                    "A legal requirement cannot be overridden by anybody: {guards}.", guards=[r.guard for r in legal]
                ),
                option.unmet,
            )
        if not self.workflow.may(role, "override"):
            raise Refused(
                Message(
                    "Overriding a guard needs one of these roles: {roles}.", roles=self.workflow.roles_for("override")
                ),
                option.unmet,
            )
        return replace(
            option,
            requirements=tuple(
                replace(r, overridden=True) if r.guard in overrides and not r.ok else r for r in option.requirements
            ),
        )

    def _why_not(self, state: CaseState, move: str, because: str | None) -> Message:
        flow = self.workflow
        if state.status == "closed" and move in (ADVANCE, CLOSE):
            return Message("Case {number} is closed; nothing more can be done in it.", number=state.number)
        if move == ADVANCE and state.stage == flow.last:
            return Message(
                "{stage} is the last stage: a case leaves it by being closed (close, with a reason).",
                stage=flow.stages[flow.last].title,
            )
        if move == CLOSE and because not in flow.closures:
            return Message(
                "{because} is no reason to close a case in this workflow; the reasons are: {reasons}.",
                because=because or "?",
                reasons=list(flow.closures),
            )
        if move == CLOSE:
            return Message(
                "{because} closes a case only from the stage {stage}.",
                because=because,
                stage=flow.stages[flow.last].title,
            )
        no = Message(
            "The workflow has no move {move} from the stage {stage} while the case is {status}.",
            move=move,
            stage=flow.stages[state.stage].title,
            status=STATUS_WORDS[state.status],
        )
        back = next((m.name for m in flow.moves if m.when == state.status == "paused"), None)
        again = Message("Take it up again first: move {number} {back}.", number=state.number, back=back or "")
        return Message("{no} {again}", no=no, again=again) if back else no


def evolve(state: CaseState | None, event: Mapping[str, Any]) -> CaseState:
    """The state after ``event``: the fold that rebuilds a case from its history.

    Args:
        state: the state before, or None before the first event.
        event: ``seq``, ``hash``, ``at`` (the working date and time), ``kind`` and the event's ``body``.
    """
    body = event["body"]
    changes: dict[str, Any] = {}
    if state is None:
        state = CaseState(
            number=body["number"],
            workflow=body["workflow"],
            workflow_version=body["workflow_version"],
            workflow_digest=body["workflow_digest"],
            stage=body["to"],
            status=body.get("status", "active"),
            cycle=1,
            episode=1,
            worker=body["worker"],
            client="",
            opened_on=body.get("opened_on", event["on"]),  # a case that was imported began before its first event
            stage_since=body.get("stage_since", event["on"]),
            due_on=body["due_on"],
            closed_on=body.get("closed_on"),
            because=body.get("because"),
            last_on=event["on"],
            version=0,
            head="",
        )
    elif "to" in body:
        changes = _moved(state, body, event["on"])
    elif "workflow_digest" in body:  # it lives by a newer version of its workflow from here on
        changes = {name: body[name] for name in ("workflow_version", "workflow_digest")}
    elif "worker" in body:  # it was handed over
        changes = {"worker": body["worker"]}
    return replace(
        state,
        **changes,
        client=event.get("client") or state.client,
        last_on=max(state.last_on, event["on"]),
        version=event["seq"],
        head=event["hash"],
    )


def _moved(state: CaseState, body: Mapping[str, Any], on: str) -> dict[str, Any]:
    closed = body["status"] == "closed"
    return {
        "stage": body["to"],
        "status": body["status"],
        "cycle": body["cycle"],
        "episode": body["episode"],
        "due_on": body["due_on"],
        "stage_since": on if (body["to"], body["episode"]) != (state.stage, state.episode) else state.stage_since,
        "closed_on": on if closed else None,
        "because": body.get("because") if closed else None,
    }


def _all_requirements_met(event: EventData) -> bool:
    option: Option = event.kwargs["option"]
    return option.allowed


def _closing(facts: Facts, because: str) -> Facts:
    """The facts as the guards of a closing see them, which may ask for which reason it is."""
    return {**facts, "case": {**facts.get("case", {}), "closing": because}}


def _sources(move: Move, flow: Workflow) -> Sequence[str]:
    return flow.order if ANY_STAGE in move.sources else move.sources


def _state(stage: str, status: str) -> str:
    return f"{stage}/{status}"


def _parts(state: str) -> tuple[str, Status]:
    stage, _, status = state.rpartition("/")
    return stage, next(known for known in STATUSES if known == status)
