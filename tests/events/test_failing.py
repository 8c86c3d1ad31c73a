"""Receivers that fail, hang, lie and are away for hours; workers that die: nothing is lost, and order is kept."""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from receiver import Message, Receiver
from sending import Office

from casework_flow import delivering, webhooks
from casework_flow.delivering import JITTER, PAUSES, TRIES, pause
from casework_flow.errors import CaseworkError, Invalid, NotFound
from casework_flow.webhooks import Answer

LONGEST = {"days": 2}
"""More than any pause."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver may take half a second."""
    monkeypatch.setattr(webhooks, "SECONDS", 0.5)


def test_a_receiver_that_is_down_for_hours_loses_nothing(office: Office, receiver: Receiver) -> None:
    numbers = [office.case(moves=1) for _ in range(2)]
    receiver.stop()
    assert office.sweep() == ["failed"]  # one attempt shows that nobody is there
    for hour in range(5):
        office.later(hours=1)
        office.cw.advance(numbers[hour % 2], by="rina")
        assert set(office.sweep()) <= {"failed"}
    receiver.start()
    office.later(hours=7)
    assert set(office.sweep()) == {"done"}
    office.later(hours=7)
    office.sweep()
    for number in numbers:
        seqs = [message.data["seq"] for message in receiver.taken if message.data["case"] == number]
        assert seqs == [event["seq"] for event in office.cw.history(number)]
    assert office.cw.deliveries() == ()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (500, "HTTP 500"),
        (404, "HTTP 404"),
        (410, "HTTP 410"),
        (429, "HTTP 429"),
        (301, "HTTP 301"),
        (307, "HTTP 307"),
        ("hang", "Timeout"),
        ("drip", "Timeout"),
        ("close", "RemoteProtocolError"),
    ],
)
def test_whatever_goes_wrong_is_tried_again(office: Office, receiver: Receiver, answer: int | str, note: str) -> None:
    office.case()
    receiver.answer = lambda _: answer
    assert office.sweep() == ["failed"]
    (waiting,) = office.cw.deliveries()
    assert waiting.state == "ready"
    assert waiting.attempts == 1
    assert waiting.note == note
    assert len(receiver.got) == 1  # no redirect was followed
    receiver.answer = lambda _: 200
    assert office.sweep() == []  # it rests
    office.later(seconds=13)
    assert office.sweep() == ["done"]
    ids = {message.headers["webhook-id"] for message in receiver.got}
    assert len(receiver.got) == 2
    assert len(ids) == 1
    assert receiver.got[0].raw == receiver.got[1].raw


@pytest.mark.usefixtures("impatient")
def test_an_answer_without_end_is_read_to_a_bound_and_not_kept(office: Office, receiver: Receiver) -> None:
    office.case()
    receiver.answer = lambda _: "flood"
    assert office.sweep() == ["done"]
    (made,) = office.cw.deliveries(["done"])
    assert made.note == "HTTP 200"


@pytest.mark.usefixtures("impatient")
def test_one_that_hangs_does_not_hold_up_the_others(office: Office, receiver: Receiver) -> None:
    stuck = Receiver(lambda _: "hang").start()
    office.cw.subscribe("stuck", stuck.url, by="sup", insecure=True)
    for _ in range(5):
        office.case()
    assert Counter(office.sweep()) == {"done": 5, "failed": 1}
    stuck.stop()


def test_between_attempts_it_rests_longer_each_time_and_never_at_the_same_moment(office: Office) -> None:
    assert len(PAUSES) == TRIES - 1
    assert list(PAUSES) == sorted(PAUSES)
    for attempts, seconds in enumerate(PAUSES, 1):
        chances = [random.random() for _ in range(50)]  # noqa: S311  # no secret
        rests = [pause(attempts, chance).total_seconds() for chance in chances]
        assert all(seconds * (1 - JITTER) <= rest <= seconds * (1 + JITTER) for rest in rests)
        assert len(set(rests)) > 40
    assert sum(PAUSES) * (1 - JITTER) > timedelta(hours=12).total_seconds()


def test_after_eight_attempts_it_is_dead_and_told_of(office: Office, receiver: Receiver) -> None:
    number = office.case()
    receiver.answer = lambda _: 503
    outcomes = []
    for _ in range(TRIES + 3):
        outcomes += office.sweep()
        office.later(**LONGEST)
    assert outcomes == ["failed"] * (TRIES - 1) + ["dead"]
    (dead,) = office.cw.deliveries()
    assert (dead.state, dead.attempts, dead.note, dead.id) == ("dead", TRIES, "HTTP 503", f"sik:{number}:1")


def make_dead(office: Office, receiver: Receiver, number: str) -> None:
    """Let the first event of a case be refused until it is dead; everything else is taken."""
    receiver.answer = lambda message: 500 if message.place == (number, 1) else 204
    for _ in range(TRIES):
        office.sweep()
        office.later(**LONGEST)
    receiver.got.clear()
    receiver.answer = lambda _: 204


def test_behind_a_dead_one_its_case_waits_and_others_go_on(office: Office, receiver: Receiver) -> None:
    stuck, other = office.case(moves=2), office.case(moves=1)
    make_dead(office, receiver, stuck)
    assert [(one.case, one.seq, one.state) for one in office.cw.deliveries(["dead", "ready"])] == [
        (stuck, 1, "dead"),
        (stuck, 2, "ready"),
        (stuck, 3, "ready"),
    ]
    assert [one.case for one in office.cw.deliveries(["done"])] == [other, other]
    assert office.sweep() == []
    assert office.cw.replay() == 1
    assert office.sweep() == ["done"] * 3
    assert [message.place for message in receiver.got] == [(stuck, 1), (stuck, 2), (stuck, 3)]


def test_one_that_is_given_up_lets_the_later_ones_go_on(office: Office, receiver: Receiver) -> None:
    number = office.case(moves=1)
    make_dead(office, receiver, number)
    (dead,) = office.cw.deliveries(["dead"])
    assert office.cw.skip(dead.id, by="sup")
    assert not office.cw.skip(dead.id, by="sup")
    assert office.sweep() == ["done"]
    assert [message.place for message in receiver.got] == [(number, 2)]
    (skipped,) = office.cw.deliveries(["skipped"])
    assert skipped.note == "skipped by sup"


def test_one_that_was_taken_can_be_told_again(office: Office, receiver: Receiver) -> None:
    office.case(moves=1)
    office.sweep()
    first, second = office.cw.deliveries(["done"])
    assert office.cw.replay(second.id) == 1
    assert office.sweep() == ["done"]
    assert [message.data["seq"] for message in receiver.got] == [1, 2, 2]
    assert first.seq == 1


def test_everything_since_a_day_can_be_told_again_in_order(office: Office, receiver: Receiver) -> None:
    old = office.case()
    office.later(days=1)
    number = office.case(moves=2)
    office.sweep()
    receiver.got.clear()
    assert office.cw.replay(since="2025-12-02") == 3
    office.sweep()
    assert [message.place for message in receiver.got] == [(number, 1), (number, 2), (number, 3)]
    assert old not in {message.data["case"] for message in receiver.got}
    with pytest.raises(Invalid):
        office.cw.replay(since="2026-12-02")


def test_nothing_is_told_again_to_whom_was_removed(office: Office, receiver: Receiver) -> None:
    office.case()
    office.sweep()
    office.cw.unsubscribe("sik", by="sup")
    assert office.cw.replay(since="2025-12-01") == 0
    assert office.cw.replay(office.cw.deliveries(["done"])[0].id) == 0
    assert office.sweep() == []


@pytest.mark.parametrize(
    "delivery", ["", "sik", "sik:KSS-2025-0001:9", "sik:KSS-2025-0001:x", "a:KSS-2025-0001:1", ":"]
)
def test_a_delivery_that_is_not_there_is_told_of(office: Office, delivery: str) -> None:
    office.case()
    for verb in (office.cw.deliver, office.cw.replay, lambda one: office.cw.skip(one, by="sup")):
        with pytest.raises(NotFound, match="outbox list"):
            verb(delivery)


# several workers, and those that die


def worker_that_dies(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    """Let a worker claim the first delivery and be killed before it has sent anything."""

    def killed(*_: object) -> Answer:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(webhooks, "post", killed)
        with pytest.raises(KeyboardInterrupt):
            office.cw.deliver(office.cw.deliveries()[0].id)


def test_a_lease_that_ran_out_is_taken_again(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.case(moves=1)
    worker_that_dies(monkeypatch, office)
    other = office.door()
    assert office.sweep(other) == []  # it may still be at work
    office.later(minutes=3)
    assert office.sweep(other) == ["done", "done"]
    assert [message.data["seq"] for message in receiver.got] == [1, 2]


def test_what_kills_its_workers_is_dead_after_eight(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.case()
    for _ in range(TRIES):
        worker_that_dies(monkeypatch, office)
        office.later(minutes=3)
    assert office.sweep() == ["dead"]
    assert office.cw.deliveries()[0].note == "worker stopped"


def test_a_worker_that_comes_too_late_changes_nothing(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.case(moves=1)
    post = webhooks.post

    def slow(*given: Any) -> Answer:
        with monkeypatch.context() as patched:
            patched.setattr(webhooks, "post", post)
            office.later(minutes=3)
            assert office.sweep(office.door()) == ["done", "done"]
        return Answer(ok=False, note="HTTP 500", reached=True)

    (first, _) = sorted(office.cw.deliveries(), key=lambda one: one.seq)
    monkeypatch.setattr(webhooks, "post", slow)
    attempt = office.cw.deliver(first.id)
    assert attempt is not None
    assert attempt.outcome == "lost"
    assert [one.state for one in office.cw.deliveries(["ready", "dead", "done"])] == ["done", "done"]


def test_a_worker_that_comes_too_late_does_not_settle_what_another_has_in_hand(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.case()
    (one,) = office.cw.deliveries()
    other = office.door()

    def killed(*_: Any) -> Answer:
        raise KeyboardInterrupt

    def slow(*_: Any) -> Answer:
        office.later(minutes=3)
        with monkeypatch.context() as patched:
            patched.setattr(webhooks, "post", killed)
            with pytest.raises(KeyboardInterrupt):
                other.deliver(one.id)
        return Answer(ok=True, note="HTTP 204", reached=True)

    monkeypatch.setattr(webhooks, "post", slow)
    attempt = office.cw.deliver(one.id)
    assert attempt is not None
    assert attempt.outcome == "lost"
    (still,) = office.cw.deliveries()
    assert (still.state, still.attempts) == ("ready", 2)


def test_a_delivery_is_made_by_its_id_and_only_when_its_turn_has_come(office: Office, receiver: Receiver) -> None:
    office.case(moves=1)
    first, second = sorted(office.cw.deliveries(), key=lambda one: one.seq)
    assert office.cw.deliver(second.id) is None
    for one in (first, second):
        attempt = office.cw.deliver(one.id)
        assert attempt is not None
        assert attempt.outcome == "done"
    assert office.cw.deliver(second.id) is None
    assert len(receiver.got) == 2


def test_what_was_delivered_is_kept_for_a_while_and_what_was_not_for_good(office: Office, receiver: Receiver) -> None:
    office.case()
    office.sweep()
    office.later(days=29)
    assert office.cw.forget_delivered() == 0
    receiver.answer = lambda _: 500
    office.case()
    office.sweep()
    office.later(days=2)
    assert office.cw.forget_delivered() == 1
    assert [one.state for one in office.cw.deliveries(["ready", "dead", "done", "skipped"])] == ["ready"]
    office.later(days=400)
    assert office.cw.forget_delivered(0) == 0
    with pytest.raises(Invalid):
        office.cw.forget_delivered(-1)


def test_a_worker_that_is_told_to_stop_begins_nothing_more(office: Office, receiver: Receiver) -> None:
    for _ in range(4):
        office.case()
    assert office.cw.sweep(stopping=lambda: len(receiver.got) == 2) == 2
    assert len(receiver.got) == 2
    assert office.sweep() == ["done", "done"]


def test_without_its_extra_no_attempt_is_counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.case()
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(CaseworkError, match=r"casework-flow\[events\]"):
        office.cw.sweep()
    assert office.cw.deliveries()[0].attempts == 0


def test_a_page_of_the_sweep_is_no_bound(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "_PAGE", 2)
    for _ in range(5):
        office.case()
    assert len(office.sweep()) == 5
    assert isinstance(receiver.got[0], Message)
