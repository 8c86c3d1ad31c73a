"""What the store promises is the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from case_s import NUMBER, STAFF, casework, data, guards, refused, steps, walk
from offices import Office
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from casework_flow.errors import CaseworkError, Conflict, NotFound, Refused

CLIENT = {**data("client"), "nik": None, "nik_absent_reason": "belum punya"}
"""A client without a number, so that nobody else has the same."""


def engine_of(cw: Any) -> Engine:
    found: Engine = cw._store.engine  # the tests look behind the front door
    return found


def test_case_s_is_walked_to_its_end_and_verified(office: Office) -> None:
    cw = office.casework(office.at(""))
    assert (cw.case(NUMBER).stage, cw.case(NUMBER).status) == ("termination", "closed")
    assert cw.verify() == ()
    assert len(cw.documents(NUMBER)) == len([d for d in cw.documents(NUMBER) if cw.document(NUMBER, d.name)])


def test_the_same_walk_issues_the_same_documents(office: Office, tmp_path: Any) -> None:
    other = casework(tmp_path / "other.db")
    walk(other)
    here = office.casework(office.at(""))
    assert [d.sha256 for d in here.documents(NUMBER)] == [d.sha256 for d in other.documents(NUMBER)]
    answers = [[event["body"].get("guards") for event in cw.history(NUMBER)] for cw in (here, other)]
    assert answers[0] == answers[1]


def test_a_refusal_writes_nothing(office: Office) -> None:
    cw = office.casework(office.at("assessment"))
    before = cw.history(NUMBER)
    assert guards(refused(cw, "advance", at="2025-03-13"))
    assert cw.history(NUMBER) == before
    assert cw.verify() == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE casework_events SET kind = 'moved'",
        "UPDATE casework_events SET hash = 'x' WHERE seq = 1",
        "UPDATE casework_events SET seq = seq + 100",
        "DELETE FROM casework_events",
        "UPDATE casework_cases SET stage = 'termination'",
        "UPDATE casework_cases SET status = 'closed'",
        "UPDATE casework_cases SET stage = 'termination', status = 'closed', version = version + 1",
    ],
)
def test_the_database_itself_refuses_to_change_history_or_to_move_a_case(office: Office, statement: str) -> None:
    cw = office.casework(office.at("assessment"))
    with pytest.raises(DBAPIError, match=r"never|history"), engine_of(cw).begin() as connection:
        connection.execute(text(statement))
    assert cw.verify() == ()


def test_private_text_may_be_erased_and_the_chain_holds(office: Office) -> None:
    cw = office.casework(office.at("intervention"))
    cw.move(NUMBER, "pause", reason="rahasia keluarga", by="rina", at="2025-05-16")
    with engine_of(cw).begin() as connection:
        connection.execute(text("UPDATE casework_events SET private = NULL, salt = NULL WHERE private IS NOT NULL"))
    assert {str(finding.message) for finding in cw.verify()} == {
        "The private part of the event was changed after it was written."
    }


# several at once


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What ``work`` gives, or the error it ends with, done by ``count`` threads that start at the same moment."""
    gate = threading.Barrier(count)

    def one(number: int) -> Any:
        gate.wait()
        try:
            return work(number)
        except CaseworkError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_of_those_who_advance_a_case_at_once_one_wins(office: Office) -> None:
    cw = office.casework(office.at("planning"))
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    before = len(cw.history(NUMBER))
    results = together(6, lambda _: cw.advance(NUMBER, by="rina", at="2025-03-17"))
    won = [result for result in results if not isinstance(result, CaseworkError)]
    assert [done.to for done in won] == ["intervention"]
    assert all(isinstance(result, Conflict | Refused) for result in results if result not in won)
    assert len(cw.history(NUMBER)) == before + 1
    assert cw.verify() == ()


def test_cases_opened_at_once_are_numbered_without_gap_or_duplicate(office: Office) -> None:
    url = office.at("new")
    cw = office.casework(url)
    for person in STAFF:
        cw.add_staff(**person)
    doors = [office.casework(url) for _ in range(4)]
    found = together(
        16, lambda n: doors[n % 4].open("pkh-economic", client=data("client"), by="maya", at="2025-06-01")
    )
    assert sorted(case.number for case in found) == [f"KSS-2025-{number:04d}" for number in range(1, 17)]
    assert cw.verify() == ()


def test_what_is_recorded_at_once_is_all_kept(office: Office) -> None:
    cw = office.casework(office.at("intervention"))
    note = {"date": "2025-05-16"}
    together(
        8, lambda n: cw.record(NUMBER, "supervision", {**note, "note": f"catatan {n}"}, by="sup", at="2025-05-16")
    )
    kept = [event for event in cw.history(NUMBER) if event["body"].get("record") == "supervision"]
    assert len(kept) >= 8
    assert cw.verify() == ()


# the same request again


def repeated() -> list[tuple[str, str, Callable[[Any], Any]]]:
    """Each verb that changes something, with the stage in which it is tried."""
    plan, letter = data("plan"), "460/012"
    day = {"at": "2025-03-14", "key": "k"}
    return [
        ("open", "engagement", lambda cw: cw.open("pkh-economic", client=CLIENT, by="maya", **day)),
        ("record", "planning", lambda cw: cw.record(NUMBER, "plan", plan, by="rina", **day)),
        ("advance", "ready", lambda cw: cw.advance(NUMBER, by="rina", **{**day, "at": "2025-03-17"})),
        ("approve", "recorded", lambda cw: cw.approve(NUMBER, "plan", by="sup", **day)),
        ("reject", "recorded", lambda cw: cw.reject(NUMBER, "plan", by="sup", note="kurang", **day)),
        ("move", "planning", lambda cw: cw.move(NUMBER, "pause", reason="x", by="rina", **day)),
        ("close", "final", lambda cw: cw.close(NUMBER, because="goals_met", by="rina", at="2025-05-21", key="k")),
        (
            "add_staff",
            "engagement",
            lambda cw: cw.add_staff("tono", full_name="Tono Contoh", role="auditor", key="k"),
        ),
        ("register", "planning", lambda cw: cw.register(NUMBER, "contract", letter, by="rina", **day)),
    ]


def prepared(office: Office, stage: str) -> Any:
    """The front door to a case in which the verb under test can be done."""
    if stage == "final":
        cw = office.casework(office.at("new"))
        for person in STAFF:
            cw.add_staff(**person)
        for verb, arguments in steps():
            if verb == "close":
                return cw
            getattr(cw, verb)(*(() if verb == "open" else (NUMBER,)), **arguments)
    cw = office.casework(office.at({"ready": "planning", "recorded": "planning"}.get(stage, stage)))
    if stage in ("ready", "recorded"):
        cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    if stage == "ready":
        cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    return cw


def everything(cw: Any) -> int:
    """How many events there are in the whole database."""
    with engine_of(cw).connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM casework_events")).scalar_one())


@pytest.mark.parametrize("verb", [verb for verb, _, _ in repeated()])
def test_a_request_that_is_sent_again_is_done_once(office: Office, verb: str) -> None:
    _, stage, do = next(one for one in repeated() if one[0] == verb)
    cw = prepared(office, stage)
    before = everything(cw)
    first = do(cw)
    assert everything(cw) == before + 1
    assert do(cw) == first
    assert everything(cw) == before + 1


@pytest.mark.parametrize("verb", [verb for verb, _, _ in repeated()])
def test_a_request_that_is_sent_four_times_at_once_is_done_once(office: Office, verb: str) -> None:
    _, stage, do = next(one for one in repeated() if one[0] == verb)
    cw = prepared(office, stage)
    before = everything(cw)
    results = together(4, lambda _: do(cw))
    assert not [result for result in results if isinstance(result, CaseworkError)]
    assert all(result == results[0] for result in results)
    assert everything(cw) == before + 1
    assert cw.verify() == ()


# many at once, and pages


def test_many_cases_advance_in_one_transaction_and_those_that_may_not_stop_nobody(office: Office) -> None:
    cw = office.casework(office.at("planning"))
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    young = cw.open("pkh-economic", client=CLIENT, by="rina", at="2025-03-17").number
    result = cw.advance_many([young, NUMBER, NUMBER], by="rina", at="2025-03-17")
    assert [(done.case, done.to) for done in result.done] == [(NUMBER, "intervention")]
    assert list(result.refused) == [young]
    assert guards(result.refused[young])
    assert [event["kind"] for event in cw.history(young)] == ["opened"]
    assert cw.verify() == ()


def test_one_case_that_is_not_there_keeps_all_of_them_where_they_are(office: Office) -> None:
    cw = office.casework(office.at("planning"))
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    with pytest.raises(NotFound):
        cw.advance_many([NUMBER, "KSS-2025-0404"], by="rina", at="2025-03-17")
    assert cw.case(NUMBER).stage == "planning"


def test_a_list_comes_in_pages(office: Office) -> None:
    cw = office.casework(office.at("planning"))
    for number in range(5):
        who = "maya" if number % 2 else "rina"
        cw.open("pkh-economic", client=CLIENT, by=who, at=f"2025-06-0{5 - number}")
    every = [case.number for case in cw.list()]
    assert every == sorted(every)
    assert len(every) == 6
    pages, after = [], None
    while page := cw.list(limit=2, after=after):
        pages += [case.number for case in page]
        after = page[-1].number
    assert pages == every
    assert [case.worker for case in cw.list(worker="maya")] == ["maya", "maya"]
    assert [case.number for case in cw.list(stage="planning", status="active")] == [NUMBER]
    assert cw.list(workflow="casework") == ()


def test_the_next_due_cases_come_by_their_day_in_pages(office: Office) -> None:
    cw = office.casework(office.at("planning"))
    for number in range(5):
        cw.open("pkh-economic", client=CLIENT, by="maya", at=f"2025-06-0{5 - number}")
    cw.move(NUMBER, "pause", reason="x", by="rina", at="2025-06-05")
    every = cw.next_due()
    assert [case.due_on for case in every] == sorted(case.due_on for case in every if case.due_on)
    assert NUMBER not in [case.number for case in every]
    pages, after = [], None
    while page := cw.next_due(worker="maya", limit=2, after=after):
        pages += page
        after = page[-1]
    assert tuple(pages) == every
    assert cw.next_due(worker="rina") == ()
