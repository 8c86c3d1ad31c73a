"""Whatever is done to a case in whatever order, the store, the engine and the workflow's file stay of one mind."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from case_s import NUMBER, STAGES, Clock, Databases, casework, data
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from life import APPROVALS, EARLY, EDGES, HEAD, MANY, MOVES, REASONS, RECORDS, SUPERVISOR, WORKER, Edge, Life

from casework_flow.errors import Conflict, Refused
from casework_flow.values import Done

REACHED: Counter[tuple[str, ...]] = Counter()
"""How often each transition of the file was made in the random run."""

WAYS = ("move", "move", "move", "close")


class Lives(RuleBasedStateMachine):
    """Anybody doing anything; the model in ``life.py`` predicts what comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.life = Life(Path(self.folder.name), REACHED)

    def teardown(self) -> None:
        self.life.check_file()
        self.folder.cleanup()

    @invariant()
    def of_one_mind(self) -> None:
        self.life.check()

    @initialize(stages=st.integers(0, 5))
    def come_some_way(self, stages: int) -> None:
        for _ in range(stages):
            self.go_forward()

    @precondition(lambda self: any(edge.move == "advance" for edge in self.life.place.exits()))
    @rule()
    def go_forward(self) -> None:
        self.life.go(next(edge for edge in self.life.place.exits() if edge.move == "advance"))

    @rule(draw=st.data(), way=st.sampled_from(WAYS))
    def make_a_legal_move(self, draw: st.DataObject, way: str) -> None:
        exits = self.life.place.exits()
        wanted = [edge for edge in exits if (edge.move == "close") == (way == "close")]
        self.life.go(draw.draw(st.sampled_from(wanted or exits)))

    @rule(move=st.sampled_from(MOVES), by=st.sampled_from((WORKER, SUPERVISOR, HEAD)))
    def try_a_move(self, move: str, by: str) -> None:
        self.life.attempt(move, by=by)

    @rule(reason=st.sampled_from(REASONS))
    def try_to_close(self, reason: str) -> None:
        self.life.attempt("close", reason)

    @rule(draw=st.data(), by=st.sampled_from((WORKER, SUPERVISOR)), days=st.none() | st.integers(0, 20))
    def override(self, draw: st.DataObject, by: str, days: int | None) -> None:
        life = self.life
        edge = draw.draw(st.sampled_from(life.place.exits()))
        unmet = life.option(edge).unmet
        if not unmet:
            return
        until = None if days is None else life.day + timedelta(days=days)
        named = [requirement.guard for requirement in unmet]
        done = life.attempt(edge.move, edge.because, by=by, override=named, reason="mendesak", until=until)
        may = by == SUPERVISOR and all(requirement.kind == "professional" for requirement in unmet)
        assert (done is not None) == may
        assert done is None or sorted(done.overrides) == sorted(named)

    @rule(record=st.sampled_from(RECORDS), reason=st.sampled_from(REASONS), correct=st.booleans())
    def record_something(self, record: str, reason: str, correct: bool) -> None:
        self.life.record(record, reason, revise=correct and record not in MANY)

    @rule(what=st.sampled_from(APPROVALS), by=st.sampled_from((WORKER, SUPERVISOR, HEAD)), approve=st.booleans())
    def judge_something(self, what: str, by: str, approve: bool) -> None:
        if self.life.judge(what, by, approve=approve):
            assert by != WORKER, "somebody approved their own work"

    @rule(days=st.integers(1, 12))
    def let_days_pass(self, days: int) -> None:
        self.life.day += timedelta(days=days)

    @rule()
    def ask_for_the_status(self) -> None:
        self.life.check_status()

    @precondition(lambda self: self.life.place.status != "closed")
    @rule()
    def write_late(self) -> None:
        self.life.stale_write()


def test_random_lives() -> None:
    REACHED.clear()
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    forward = {edge.key for edge in EDGES if edge.move == "advance"}
    assert forward <= REACHED.keys(), f"random lives reach too little: {REACHED}"
    assert len(REACHED) >= 20, f"random lives reach too little: {REACHED}"
    assert sum(REACHED.values()) >= 200, f"random lives reach too little: {REACHED}"


def one_of_each() -> list[Edge]:
    """An edge for each transition of the file: advances and moves from each stage, closings early and late."""
    found: dict[tuple[str, ...], Edge] = {}
    for edge in EDGES:
        found.setdefault(edge.key, edge)
    if "termination.died_on" in EARLY:
        del found["close", "died", "early"]  # what proves the death makes it a late one
    return list(found.values())


def arrive(life: Life, edge: Edge) -> None:
    """Take a young case to where ``edge`` leaves from; by overrides, if there is to be no contract there."""
    bare = edge.when == "closed" and edge.source != STAGES[-1]
    if bare:
        assert life.record("consent")
    while life.place.stage != edge.source:
        forward = next(e for e in life.place.exits() if e.move == "advance")
        if bare:
            unmet = [requirement.guard for requirement in life.option(forward).unmet]
            assert life.attempt("advance", by=SUPERVISOR, override=unmet, reason="mendesak")
        else:
            life.go(forward)
    if edge.move == "close" and edge.early is False and life.place.early:
        assert life.record("contract")
    if edge.when != "active":
        first, because = ("pause", None) if edge.when == "paused" else ("close", "void")
        life.go(next(e for e in life.place.exits() if (e.move, e.because) == (first, because)))


@pytest.mark.parametrize("edge", one_of_each(), ids=lambda edge: "-".join(edge.key))
def test_every_transition_of_the_file_can_be_made_as_its_requirements_advise(edge: Edge, tmp_path: Path) -> None:
    reached: Counter[tuple[str, ...]] = Counter()
    life = Life(tmp_path, reached)
    arrive(life, edge)
    life.check_status()
    life.go(next(e for e in life.place.exits() if e.key == edge.key))
    assert reached[edge.key] >= 1
    life.check()
    life.check_status()
    life.check_file()


def legal(life: Life, move: str, because: str | None = None) -> None:
    """Make a move, meeting what it requires."""
    life.go(next(e for e in life.place.exits() if (e.move, e.because) == (move, because)))
    life.check()


# lives that random ones once failed in, and what they showed


def test_what_the_head_of_office_asked_for_the_supervisor_approves(tmp_path: Path) -> None:
    life = Life(tmp_path, Counter())
    legal(life, "close", "void")
    assert life.attempt("reopen", by=HEAD) is None
    assert life.attempt("reopen", by=SUPERVISOR) is None
    assert not life.judge("reopen", HEAD)
    assert life.judge("reopen", SUPERVISOR)
    assert life.attempt("reopen")
    life.check()


def test_what_an_override_left_out_is_asked_for_later(tmp_path: Path) -> None:
    life = Life(tmp_path, Counter())
    legal(life, "advance")
    forward = next(e for e in life.place.exits() if e.move == "advance")
    unmet = [requirement.guard for requirement in life.option(forward).unmet]
    assert life.attempt("advance", by=SUPERVISOR, override=unmet, reason="mendesak")
    assert life.record("plan")
    forward = next(e for e in life.place.exits() if e.move == "advance")
    assert "component_needs" in [requirement.guard for requirement in life.option(forward).unmet]
    legal(life, "advance")


def test_a_life_of_several_cycles_and_episodes(tmp_path: Path) -> None:
    """Through every stage, twice round, extended, rested, closed, opened again and through once more."""
    life = Life(tmp_path, Counter())
    way = [
        *["advance"] * 4, "replan", *["advance"] * 2, "extend", "advance", "reassess", *["advance"] * 3, "pause",
        "resume", "advance", "close", "reopen", *["advance"] * 5, "close",
    ]  # fmt: skip
    for move in way:
        legal(life, move, "goals_met" if move == "close" else None)
    assert (life.place.cycle, life.place.episode, life.place.status) == (3, 2, "closed")
    life.check_file()


def test_of_two_writers_at_the_same_moment_one_wins(databases: Databases, tmp_path: Path) -> None:
    """Two threads, each with its own front door, make the same forward move."""
    for attempt in range(8):
        file = databases.at("planning", tmp_path / f"{attempt}.db")
        first = casework(file)
        first.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
        first.approve(NUMBER, "plan", by="sup", at="2025-03-14")
        before = len(first.history(NUMBER))
        won: list[Done] = []
        lost: list[Exception] = []
        start = Barrier(2)

        def advance(
            won: list[Done] = won, lost: list[Exception] = lost, file: Path = file, start: Barrier = start
        ) -> None:
            cw = casework(file, Clock())
            start.wait()
            try:
                won.append(cw.advance(NUMBER, by="rina", at="2025-03-17"))
            except (Refused, Conflict) as no:
                lost.append(no)

        threads = [Thread(target=advance) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(won), len(lost)) == (1, 1)
        assert won[0].to == first.case(NUMBER).stage == "intervention"
        assert len(first.history(NUMBER)) == before + 1
        assert [document.version for document in first.documents(NUMBER) if document.name == "plan"] == [1]
        assert first.verify() == ()
