"""Whatever happens to deliveries, in whatever order, they are where a naive model says, and order is never broken."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from case_s import Clock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from postgres import Postgres
from sending import Office

from casework_flow import webhooks
from casework_flow.delivering import JITTER, PAUSES, TRIES
from casework_flow.webhooks import Answer

LEASE = timedelta(minutes=2)
ANSWERS = {
    "taken": Answer(ok=True, note="HTTP 204", reached=True),
    "refused": Answer(ok=False, note="HTTP 500", reached=True),
    "away": Answer(ok=False, note="ConnectError", reached=False),
}
PLACES = st.integers(0, 30)


class Killed(BaseException):
    """The worker is gone, just before it has sent anything."""


@dataclass
class Known:
    """A delivery as the model knows it."""

    case: str
    seq: int
    due: datetime
    state: str = "ready"
    attempts: int = 0

    @property
    def id(self) -> str:
        return f"sik:{self.case}:{self.seq}"


class Machine(RuleBasedStateMachine):
    """An office with one subscription, on the database that ``url`` makes."""

    url: ClassVar[Callable[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.office = Office(type(self).url(), Clock())
        self.office.cw.subscribe("sik", "https://sik.example/", by="sup")
        self.other = self.office.door()
        self.known: list[Known] = []
        self.taken: list[str] = []
        """What the receiver has taken, in its order."""
        self.gaps: set[str] = set()
        """The cases of which something was given up."""

    @property
    def now(self) -> datetime:
        return self.office.clock.now

    def pick(self, place: int) -> Known:
        return self.known[place % len(self.known)]

    def may(self, one: Known) -> bool:
        """Whether it may be delivered now."""
        earlier = [o for o in self.known if o.case == one.case and o.seq < one.seq and o.state in ("ready", "dead")]
        return one.state == "ready" and one.due <= self.now and not earlier

    def answered(self, one: Known, answer: str) -> None:
        """What an answer makes of it."""
        if answer == "taken":
            one.state = "done"
        elif one.attempts >= TRIES:
            one.state = "dead"
        else:
            (real,) = [r for r in self.office.cw.deliveries(["ready"]) if r.id == one.id]
            due = datetime.fromisoformat(real.due_at)
            rest = PAUSES[one.attempts - 1]
            assert rest * (1 - JITTER) - 1 <= (due - self.now).total_seconds() <= rest * (1 + JITTER) + 1
            one.due = due

    def answering(self, answer: str, sent: list[str]) -> Callable[..., Answer]:
        """A receiver that answers like this; what it was sent is added to ``sent``."""

        def post(_: str, message: bytes, __: object) -> Answer:
            event = json.loads(message)
            sent.append(f"sik:{event['subject']}:{event['data']['seq']}")
            self.taken += sent[-1:] if answer == "taken" else []
            return ANSWERS[answer]

        return post

    @contextmanager
    def sending(self, post: Callable[..., Answer]) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(webhooks, "post", post)
            yield

    def teardown(self) -> None:
        self.office.close()

    @rule()
    def opens(self) -> None:
        if len(self.known) < 12:
            self.known.append(Known(self.office.case(), 1, self.now))

    @precondition(lambda self: self.known)
    @rule(place=PLACES)
    def advances(self, place: int) -> None:
        case = self.pick(place).case
        seqs = [one.seq for one in self.known if one.case == case]
        if len(seqs) < 4:
            self.office.cw.advance(case, by="rina")
            self.known.append(Known(case, len(seqs) + 1, self.now))

    @precondition(lambda self: self.known)
    @rule(place=PLACES, answer=st.sampled_from(sorted(ANSWERS)))
    def one_is_delivered(self, place: int, answer: str) -> None:
        one = self.pick(place)
        self._deliver(one, answer)

    @precondition(lambda self: any(self.may(one) for one in self.known))
    @rule(place=PLACES, answer=st.sampled_from(["refused", "refused", "taken"]))
    def one_that_is_due_is_delivered(self, place: int, answer: str) -> None:
        due = [one for one in self.known if self.may(one)]
        self._deliver(due[place % len(due)], answer)

    @precondition(lambda self: self.out_of_turn())
    @rule(place=PLACES)
    def one_out_of_turn_is_not_delivered(self, place: int) -> None:
        waiting = self.out_of_turn()
        self._deliver(waiting[place % len(waiting)], "taken")

    def out_of_turn(self) -> list[Known]:
        """Those that would be due, if no earlier event of their case were still to be told."""
        return [one for one in self.known if one.state == "ready" and one.due <= self.now and not self.may(one)]

    def _deliver(self, one: Known, answer: str) -> None:
        sent: list[str] = []

        may = self.may(one)
        with self.sending(self.answering(answer, sent)):
            attempt = self.office.cw.deliver(one.id)
        if not may:
            assert (attempt, sent) == (None, [])
            return
        assert attempt is not None
        if one.attempts >= TRIES:  # claimed so often by workers that died
            assert (attempt.outcome, sent) == ("dead", [])
            one.attempts += 1
            one.state = "dead"
            return
        one.attempts += 1
        self.answered(one, answer)
        assert sent == [one.id]
        assert attempt.outcome == {"done": "done", "dead": "dead", "ready": "failed"}[one.state]

    @precondition(lambda self: any(self.may(one) for one in self.known))
    @rule(place=PLACES)
    def a_worker_is_killed(self, place: int) -> None:
        due = [one for one in self.known if self.may(one)]
        one = due[place % len(due)]

        def post(*_: Any) -> Answer:
            raise Killed

        if one.attempts >= TRIES:
            return
        with self.sending(post), pytest.raises(Killed):
            self.office.cw.deliver(one.id)
        one.attempts += 1
        one.due = self.now + LEASE

    @precondition(lambda self: any(self.may(one) and one.attempts < TRIES - 1 for one in self.known))
    @rule(place=PLACES, mine=st.sampled_from(["taken", "refused"]))
    def one_comes_too_late(self, place: int, mine: str) -> None:
        due = [one for one in self.known if self.may(one) and one.attempts < TRIES - 1]
        one = due[place % len(due)]

        def slow(*_: Any) -> Answer:
            self.office.later(minutes=3)
            with self.sending(self.answering("taken", [])):
                second = self.other.deliver(one.id)
            assert second is not None
            assert second.outcome == "done"
            return ANSWERS[mine]

        with self.sending(slow):
            first = self.office.cw.deliver(one.id)
        assert first is not None
        assert first.outcome == "lost"
        one.attempts += 2
        one.state = "done"

    @rule(answer=st.sampled_from(["taken", "refused"]))
    def a_worker_sweeps(self, answer: str) -> None:
        sent: list[str] = []
        expected: list[str] = []
        with self.sending(self.answering(answer, sent)):
            self.other.sweep()
        while due := [one for one in self.known if self.may(one)]:
            for one in due:
                one.attempts += 1
                if one.attempts > TRIES:
                    one.state = "dead"
                    continue
                expected.append(one.id)
                self.answered(one, answer)
        assert sorted(sent) == sorted(expected)

    @rule(time=st.sampled_from([{"seconds": 1}, {"minutes": 1}, {"minutes": 3}, {"hours": 1}, {"days": 2}]))
    def time_goes_by(self, time: dict[str, float]) -> None:
        self.office.later(**time)

    @precondition(lambda self: self.known)
    @rule(place=PLACES)
    def one_is_replayed(self, place: int) -> None:
        one = self.pick(place)
        assert self.office.cw.replay(one.id) == 1
        one.state, one.attempts, one.due = "ready", 0, self.now

    @precondition(lambda self: any(one.state == "dead" for one in self.known))
    @rule()
    def the_dead_are_replayed(self) -> None:
        dead = [one for one in self.known if one.state == "dead"]
        assert self.office.cw.replay() == len(dead)
        for one in dead:
            one.state, one.attempts, one.due = "ready", 0, self.now

    @precondition(lambda self: self.known)
    @rule(place=PLACES)
    def one_is_given_up(self, place: int) -> None:
        one = self.pick(place)
        assert self.office.cw.skip(one.id, by="sup") == (one.state in ("ready", "dead"))
        one.state = "skipped" if one.state in ("ready", "dead") else one.state
        self.gaps.add(one.case)

    @invariant()
    def everything_is_where_the_model_says(self) -> None:
        real = self.office.cw.deliveries(["ready", "dead", "done", "skipped"])
        assert sorted((one.id, one.state, one.attempts) for one in real) == sorted(
            (one.id, one.state, one.attempts) for one in self.known
        )

    @invariant()
    def what_is_first_told_of_a_case_is_told_in_order(self) -> None:
        first = list(dict.fromkeys(self.taken))
        for case in {one.case for one in self.known}:
            seqs = [int(one.rpartition(":")[2]) for one in first if one.split(":")[1] == case]
            assert seqs == sorted(seqs) or case in self.gaps


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_deliveries_are_where_a_naive_model_says(engine: str, request: pytest.FixtureRequest) -> None:
    made: list[str] = []
    server: Postgres | None = request.getfixturevalue("postgres") if engine == "postgresql" else None

    def url() -> str:
        made.append(server.new() if server else f"sqlite:///{Path(tempfile.mkdtemp(prefix='casework-'))}/casework.db")
        return made[-1]

    machine = type("OnOneEngine", (Machine,), {"url": staticmethod(url)})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=4 if server else 15, stateful_step_count=40, deadline=None)
    )
    for one in made if server else ():
        server.drop(one)
