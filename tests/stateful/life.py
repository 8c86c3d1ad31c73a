"""A case's life, twice: in the real store through the front door, and in a model that predicts it.

The model reads the workflow's raw YAML and knows only where a case may go from where it stands. What must be
recorded before a move is not its business: for that the requirements' own advice is followed, which so is
tested too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from case_s import ENDINGS, SHARING, STAFF, STAGES, WORKFLOW, Clock, casework, data

from casework_flow.casework import Casework
from casework_flow.engine import CaseState, evolve
from casework_flow.errors import CaseworkError, Conflict, Invalid, Refused
from casework_flow.store.database import Store, connect
from casework_flow.store.store import Addition
from casework_flow.values import Done

T = TypeVar("T")

FIRST_DAY = date(2025, 3, 10)
MOST_WEEKS = 6
"""More weeks than a contract gets here; a session beyond them does no harm."""
TODAY = datetime(2060, 1, 1, tzinfo=UTC)
WORKER, SUPERVISOR, HEAD = "rina", "sup", "head"
MANY = ("consent", "session", "supervision", "addendum", "finance")
APPROVALS = ("contract", "plan", "evaluation", "replan", "reassess", "extend", "reopen", "close")
RECORDS = (
    "intake", "consent", "contract", "genogram", "ecomap", "assessment", "plan", "session", "evaluation",
    "termination", "referral", "supervision", "addendum", "finance", "client",
)  # fmt: skip
FIRST = {None: ("contract",), "plan": ("contract", "assessment"), "session": ("contract",), "evaluation": ("plan",)}
"""What a record builds upon."""
EARLY = WORKFLOW["closing"]["early"]["when"]


@dataclass(frozen=True)
class Edge:
    """A way from one stage and status to another, as the file has it."""

    move: str
    because: str | None
    source: str
    when: str
    to: str
    status: str
    cycle: int = 0
    episode: int = 0
    early: bool | None = None
    """Of a closing: only before there is a contract, only after, or whenever."""

    @property
    def key(self) -> tuple[str, ...]:
        """What is counted as one transition of the file: a closing is one whatever the stage."""
        if self.move != "close":
            return (self.move, self.source)
        return (self.move, str(self.because), "early" if self.early else "late")


def edges() -> Iterator[Edge]:
    """Every edge of the workflow's file."""
    for source, to in pairwise(STAGES):
        yield Edge("advance", None, source, "active", to, "active")
    for move in WORKFLOW["moves"]:
        sources = [move["from"]] if isinstance(move["from"], str) else move["from"]
        for source in STAGES if sources == ["any"] else sources:
            yield Edge(
                move["move"],
                None,
                source,
                move.get("when", "active"),
                move.get("to", source),
                move.get("status", "active"),
                int(move.get("cycle") == "next"),
                int(move.get("episode") == "next"),
            )
    for reason, closure in WORKFLOW["closures"].items():
        if closure.get("complete"):
            yield Edge("close", reason, STAGES[-1], "active", STAGES[-1], "closed")
            continue
        for source in STAGES:
            for status in ("active", "paused"):
                yield Edge("close", reason, source, status, STAGES[-1], "closed", early=False)
                yield Edge("close", reason, source, status, source, "closed", early=True)


EDGES = tuple(edges())
REASONS = tuple(WORKFLOW["closures"])
MOVES = tuple(dict.fromkeys(edge.move for edge in EDGES if edge.move != "close"))


@dataclass(frozen=True)
class Place:
    """Where the model says that the case stands."""

    stage: str
    status: str = "active"
    cycle: int = 1
    episode: int = 1
    contract: bool = False
    died: bool = False

    @property
    def early(self) -> bool:
        """Whether a closing now is one before the case has really begun."""
        return not self.contract and not (self.died and "termination.died_on" in EARLY)

    def exits(self) -> list[Edge]:
        """The edges that leave from here."""
        return [
            edge
            for edge in EDGES
            if (edge.source, edge.when) == (self.stage, self.status) and edge.early in (None, self.early)
        ]

    def after(self, edge: Edge) -> Place:
        """Where ``edge`` leads."""
        return replace(
            self,
            stage=edge.to,
            status=edge.status,
            cycle=self.cycle + edge.cycle,
            episode=self.episode + edge.episode,
            contract=self.contract and not edge.episode,
            died=self.died and not (edge.cycle or edge.episode),
        )


def tried(act: Callable[[], T]) -> T | CaseworkError:
    """What ``act`` gives, or the refusal, which says why."""
    try:
        return act()
    except CaseworkError as refusal:
        told = refusal
    assert all(told.message.say(lang) for lang in ("id", "en"))
    return told


class Life:
    """One case in a database of its own, and the model beside it."""

    def __init__(self, folder: Path, reached: Counter[tuple[str, ...]]) -> None:
        file = folder / "casework.db"
        self.cw: Casework = casework(file, Clock(TODAY))
        self.store = Store(connect(f"sqlite:///{file}"))
        self.reached = reached
        for person in STAFF:
            self.cw.add_staff(**person)
        self.day = FIRST_DAY
        self.number = self.cw.open("pkh-economic", client=data("client"), by=WORKER, at=self.day).number
        self.place = Place(STAGES[0])

    # what a case holds

    def content(self, record: str, because: str | None = None) -> Any:
        """A sound record of that type for the present day."""
        day = self.day.isoformat()
        match record:
            case "intake":
                return {**data("intake"), "received_on": day}
            case "consent":
                return [{**SHARING, "type": kind, "given_on": day} for kind in ("service", "data", "sharing")]
            case "contract":
                return {**data("contract"), "duration_weeks": 1, "agreed_on": day, "start_on": day}
            case "assessment":
                return {**data("assessment"), "started_on": day, "finished_on": day}
            case "plan":
                return {**data("plan"), "client_agreed_on": day, "components": self._components()}
            case "session":
                held = {**data("session")[0], "held_on": day}
                return [{**held, "week_no": week} for week in range(1, MOST_WEEKS + 1)]
            case "evaluation":
                return {**data("evaluation"), "held_on": day}
            case "termination":
                reason = because or "goals_met"
                told = {**data("termination"), "reviewed_on": day, "reason": reason}
                return told | ENDINGS.get(reason, {}).get("termination", {})
            case "addendum":
                return {"weeks": 1, "agreed_on": day, "agreed_method": "written"}
            case "supervision":
                return {"date": day, "note": "dicatat"}
            case "finance":
                return [{**row, "date": day} for row in data("finance")[:2]]
            case "referral":
                return ENDINGS["referred"]["referral"]
            case _:
                return data(record)

    def _components(self) -> list[dict[str, Any]]:
        components: list[dict[str, Any]] = data("plan")["components"]
        for component in components:
            for activity in component["activities"]:
                activity.update(week_from=1, week_to=1)
        return components

    # the verbs, each held against the model

    def record(self, record: str, because: str | None = None, *, revise: bool = False) -> bool:
        """Record something; whether it was accepted. What is refused leaves no trace."""
        before = self.history()
        by = SUPERVISOR if record == "supervision" else WORKER
        content = self.content(record, because)
        how: dict[str, Any] = {"by": by, "at": self.day, "again": True, "revise": revise}
        result = tried(lambda: self.cw.record(self.number, record, content, **how))
        if isinstance(result, CaseworkError):
            assert isinstance(result, Refused) or (isinstance(result, Invalid) and result.problems)
            assert self.history() == before
            return False
        assert self.place.status != "closed", "something was recorded in a closed case"
        assert len(self.history()) == len(before) + 1
        if record == "contract":
            self.place = replace(self.place, contract=True)
        if record == "termination":
            self.place = replace(self.place, died="died_on" in content)
        return True

    def judge(self, what: str, by: str, *, approve: bool = True) -> bool:
        """Approve or reject something; whether it could be."""
        before = self.history()
        verb = self.cw.approve if approve else self.cw.reject
        if isinstance(tried(lambda: verb(self.number, what, by=by, note="kurang", at=self.day)), CaseworkError):
            assert self.history() == before
            return False
        assert len(self.history()) == len(before) + 1
        assert self.place.status != "closed" or what == "reopen"
        return True

    def attempt(self, move: str, because: str | None = None, *, by: str = WORKER, **how: Any) -> Done | None:
        """Try a move, whatever stands in its way: the model knows whether it exists and where it leads."""
        before = self.history()
        promised = self.allowed()
        edge = next((e for e in self.place.exits() if (e.move, e.because) == (move, because)), None)
        done = tried(lambda: self._move(move, because, by=by, **how))
        if isinstance(done, CaseworkError):
            assert isinstance(done, Refused)
            assert done.unmet or edge is None or how.get("override"), "a refusal without a reason"
            assert self.history()[: len(before)] == before
            assert {event["kind"] for event in self.history()[len(before) :]} <= {"approval_requested"}
            assert (move, because) not in promised
            return None
        assert edge is not None, f"{move} is no edge of the file from {self.place}"
        assert (move, because) in promised or done.overrides
        self.place = self.place.after(edge)
        self.reached[edge.key] += 1
        return done

    def _move(self, move: str, because: str | None, *, by: str, **how: Any) -> Done:
        how = {"at": self.day, **how}
        if move == "advance":
            return self.cw.advance(self.number, by=by, **how)
        if move == "close":
            return self.cw.close(self.number, because=because or "", by=by, **how)
        return self.cw.move(self.number, move, by=by, **{"reason": "keadaan berubah", **how})

    def go(self, edge: Edge) -> Done:
        """Make a move that the file has from here, first meeting what it requires as the requirements advise."""
        for _ in range(12):
            option = self.option(edge)
            if option.allowed:
                done = self.attempt(edge.move, edge.because)
                assert done is not None
                return done
            wanted = {requirement.fix: requirement for requirement in option.unmet}
            records = [fix for fix in wanted if fix and not fix.startswith("approve ")]
            for fix in records or list(wanted)[:1]:
                self._meet(wanted[fix], edge)
        raise AssertionError(f"{edge.key}: {[r.guard for r in self.option(edge).unmet]} cannot be met")

    def option(self, edge: Edge) -> Any:
        """What status tells of a move."""
        status = self.cw.status(self.number, at=self.day)
        return next(o for o in status.moves if (o.move, o.because) == (edge.move, edge.because))

    def _meet(self, requirement: Any, edge: Edge) -> None:
        fix = requirement.fix
        for record in FIRST.get(fix, ()):
            if not self.has(record):  # an override has let the case go on without it
                self.record(record)
        if fix is None:
            self.day += timedelta(days=7)  # nothing but time meets it
        elif not fix.startswith("approve "):
            assert self.record(fix, edge.because, revise=self.has(fix)), f"{fix} was refused for {requirement.guard}"
        elif not self._approved(fix.removeprefix("approve ")):
            if (what := fix.removeprefix("approve ")) in RECORDS:  # rejected: it is decided again when it is revised
                assert self.record(what, edge.because, revise=True)
                assert self._approved(what), f"{what} for {edge.key}"
                return
            assert self.attempt(edge.move, edge.because) is None
            assert self._approved(fix.removeprefix("approve ")), f"{fix} for {edge.key}"

    def _approved(self, what: str) -> bool:
        """Whether one of those who may approves; who recorded or asked for it may not."""
        return any(self.judge(what, by) for by in (HEAD, SUPERVISOR))

    def has(self, record: str) -> bool:
        """Whether a single record that counts now is there, so that the next one is a revision of it."""
        if record in MANY:
            return False
        case_id, state = self.stored()
        with self.store.reading() as tx:
            rows = tx.records(case_id)
        return any(
            row["type"] == record
            and row["episode"] == state.episode
            and (row["cycle"] == state.cycle or record not in ("plan", "evaluation", "termination"))
            for row in rows
        )

    # what must hold at every moment

    def stored(self) -> tuple[str, CaseState]:
        """The case's id and its row, as the store has them."""
        with self.store.reading() as tx:
            found = tx.case(self.number)
        assert found is not None
        return found

    def history(self) -> tuple[Any, ...]:
        """The case's events."""
        return self.cw.history(self.number)

    def allowed(self) -> set[tuple[str, str | None]]:
        """The moves of which status says that they can be made."""
        status = self.cw.status(self.number, at=self.day)
        return {(option.move, option.because) for option in status.moves if option.allowed}

    def check(self) -> None:
        """The case is where the model says, and its row is what its history makes of it."""
        case = self.cw.case(self.number)
        assert case.stage in WORKFLOW["stages"]
        told = (case.stage, case.status, case.cycle, case.episode)
        assert told == (self.place.stage, self.place.status, self.place.cycle, self.place.episode)
        events = self.history()
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["prev"] for event in events] == ["", *(event["hash"] for event in events[:-1])]
        known = {(edge.move, edge.because, edge.source, edge.to, edge.status) for edge in EDGES}
        for body in (event["body"] for event in events if event["kind"] == "moved"):
            assert (body["move"], body["because"], body["from"], body["to"], body["status"]) in known
        state: CaseState | None = None
        for event in events:
            state = evolve(state, {**event, "client": case.client})
        assert self.stored() == (events[0]["stream"], state)

    def check_status(self) -> None:
        """Status lists the moves that the file has from here, and of them exactly those that would succeed."""
        before = self.history()
        status = self.cw.status(self.number, at=self.day)
        allowed = self.allowed()
        listed = [(option.move, option.because) for option in status.moves]
        assert sorted(listed, key=str) == sorted({(e.move, e.because) for e in self.place.exits()}, key=str)
        for move, because in {(edge.move, edge.because) for edge in EDGES}:
            would = tried(lambda: self._move(move, because, by=WORKER, dry_run=True))  # noqa: B023  # called at once
            assert isinstance(would, Done) == ((move, because) in allowed)
            assert isinstance(would, Done) or (
                isinstance(would, Refused) and (would.unmet or (move, because) not in listed)
            )
        assert self.history() == before

    def check_file(self) -> None:
        """The whole database agrees with itself."""
        assert self.cw.verify() == ()

    def stale_write(self) -> None:
        """Of two writers who saw the same version one wins, and the other is told."""
        case_id, seen = self.stored()
        if not self.record("finance"):
            return
        before = self.history()
        late = Addition("recorded", self.day.isoformat(), TODAY.isoformat(), WORKER, "practicum_student", {})
        conflict = tried(lambda: self._append(case_id, seen, late))
        assert isinstance(conflict, Conflict), "both writers won"
        assert self.number in str(conflict)
        assert self.history() == before

    def _append(self, case_id: str, seen: CaseState, addition: Addition) -> None:
        with self.store.writing() as tx:
            tx.append(case_id, seen, addition)
