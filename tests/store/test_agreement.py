"""The same random life on SQLite, on PostgreSQL and in a model in memory: all three answer alike, step by step."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any, ClassVar

import pytest
from case_s import Clock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from postgres import Postgres

sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))

import breaking  # its small workflow

from casework_flow import Casework
from casework_flow.errors import CaseworkError
from casework_flow.office import Office

EXTRA = """moves:
  - {move: pause, from: any, status: paused, requires: []}
  - {move: resume, from: any, when: paused, requires: []}
  - {move: back, from: plan, to: intake, cycle: next, requires: []}
"""
WORKFLOW = breaking.WORKFLOW.replace("closures:", EXTRA + "closures:\n  stopped: {requires: [], documents: [note]}")
WAYS = ("advance", "advance", "advance", "pause", "resume", "back", "done", "stopped")
KEYS = st.none() | st.sampled_from(["a", "b", "c", "d"])
OFFICE = Office(agency="Dinas Sosial", holidays="", register_pattern="460/{number:03d}/{year}")


@dataclass
class Known:
    """A case as the model knows it."""

    stage: str = breaking.STAGES[0]
    status: str = "active"
    cycle: int = 1
    events: int = 1
    notes: int = 0
    registered: set[int] = field(default_factory=set)


@dataclass
class Model:
    """What the store must do, in twenty lines: who moves where, what is numbered how, what is done once."""

    cases: list[Known] = field(default_factory=list)
    letters: int = 0
    keys: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def once(self, key: str | None, request: Any, do: Callable[[], Any]) -> Any:
        """Do it, unless it was done under this key."""
        if key in self.keys:
            return self.keys[key][1] if self.keys[key][0] == request else "invalid"
        answer = do()
        if key and answer not in ("refused", "not_found"):
            self.keys[key] = (request, answer)
        return answer

    def open(self) -> Any:
        """A new case."""
        self.cases.append(Known())
        return f"KSS-2025-{len(self.cases):04d}"

    def move(self, place: int, move: str) -> Any:
        """Where the case goes, or that it may not."""
        if place >= len(self.cases):
            return "not_found"
        case = self.cases[place]
        before = (case.stage, case.status)
        number = breaking.STAGES.index(case.stage)
        match move, case.status:
            case ("advance", "active") if number + 1 < len(breaking.STAGES):
                case.stage = breaking.STAGES[number + 1]
            case ("pause", "active"):
                case.status = "paused"
            case ("resume", "paused"):
                case.status = "active"
            case ("back", "active") if case.stage == "plan":
                case.stage, case.cycle = "intake", case.cycle + 1
            case ("stopped", "active" | "paused"):
                case.stage, case.status = breaking.STAGES[-1], "closed"
            case ("done", "active") if number + 1 == len(breaking.STAGES):
                case.status = "closed"
            case _:
                return "refused"
        case.events += 1
        issues = move in ("advance", "stopped", "done")
        case.notes += issues
        to = "closed" if case.status == "closed" else case.stage
        return (before[0], to, case.notes if issues else 0)

    def register(self, place: int) -> Any:
        """The next letter number, for the latest note."""
        if place >= len(self.cases) or not self.cases[place].notes:
            return "not_found"
        case = self.cases[place]
        if case.notes in case.registered:
            return "refused"
        case.registered.add(case.notes)
        case.events += 1
        self.letters += 1
        return f"460/{self.letters:03d}/2025"


class Agreement(RuleBasedStateMachine):
    """Two stores and a model."""

    postgres: ClassVar[Postgres]
    files: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.url = self.postgres.new()
        urls = (f"sqlite:///{self.folder.name}/casework.db", self.url)
        here = {"office": OFFICE, "workflows": [self.files], "templates": [self.files], "clock": Clock()}
        self.doors = [Casework(url, **here) for url in urls]  # type: ignore[arg-type]
        for door in self.doors:
            door.add_staff("rina", full_name="Rina Contoh", role="social_worker")
        self.model = Model()

    def teardown(self) -> None:
        for door in self.doors:
            assert door.verify() == ()
            assert door.rebuild() == ()
            door.disconnect()
        self.postgres.drop(self.url)
        self.folder.cleanup()

    def all_say(self, expected: Any, do: Callable[[Casework], Any]) -> None:
        """Each store answers what the model foretold."""
        for door in self.doors:
            try:
                answer = do(door)
            except CaseworkError as error:
                answer = error.code
            assert answer == expected

    @rule(key=KEYS)
    def open(self, key: str | None) -> None:
        expected = self.model.once(key, "open", self.model.open)
        self.all_say(expected, lambda cw: cw.open("soak", client=breaking.CLIENT, by="rina", key=key).number)

    @precondition(lambda self: self.model.cases)
    @rule(
        place=st.integers(0, 4),
        move=st.sampled_from(["advance", "pause", "resume", "back", "done", "stopped"]),
        key=KEYS,
    )
    def move(self, place: int, move: str, key: str | None) -> None:
        expected = self.model.once(key, (place, move), lambda: self.model.move(place, move))
        number = f"KSS-2025-{place + 1:04d}"

        def do(cw: Casework) -> Any:
            if move == "advance":
                done = cw.advance(number, by="rina", key=key)
            elif move in ("done", "stopped"):
                done = cw.close(number, because=move, by="rina", key=key)
            else:
                done = cw.move(number, move, reason="x", by="rina", key=key)
            return (done.source, done.to, sum(document.version for document in done.documents))

        self.all_say(expected, do)

    @precondition(lambda self: self.model.cases)
    @rule(place=st.integers(0, 4))
    def register(self, place: int) -> None:
        number = f"KSS-2025-{place + 1:04d}"
        self.all_say(self.model.register(place), lambda cw: cw.register(number, "note", by="rina").number)

    @precondition(lambda self: self.model.cases)
    @rule()
    def advance_many(self) -> None:
        before = [changed(case) for case in self.model.cases]
        answers = [self.model.move(place, "advance") for place in range(len(before))]
        expected = [answer for answer in answers if answer != "refused"]
        numbers = [f"KSS-2025-{place + 1:04d}" for place in range(len(before))]

        def do(cw: Casework) -> Any:
            done = cw.advance_many(numbers, by="rina").done
            return [(one.source, one.to, sum(document.version for document in one.documents)) for one in done]

        self.all_say(expected, do)

    @invariant()
    def of_one_mind(self) -> None:
        foretold = [(case.stage, case.status, case.cycle) for case in self.model.cases]
        for door in self.doors:
            assert [(case.stage, case.status, case.cycle) for case in door.list()] == foretold
            for place, case in enumerate(self.model.cases):
                events = door.history(f"KSS-2025-{place + 1:04d}")
                assert [event["seq"] for event in events] == list(range(1, case.events + 1))


def test_sqlite_postgresql_and_a_model_agree(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> None:
    Agreement.postgres = postgres
    Agreement.files = tmp_path_factory.mktemp("agreement")
    (Agreement.files / "soak.yaml").write_text(WORKFLOW, encoding="utf-8")
    (Agreement.files / "note.xml.j2").write_text(breaking.NOTE, encoding="utf-8")
    run_state_machine_as_test(Agreement, settings=settings(max_examples=12, stateful_step_count=25, deadline=None))
