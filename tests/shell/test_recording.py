"""Recording through the front door: revisions, the same file twice, keys, listeners, a NIK known already."""

from __future__ import annotations

from typing import Any

import pytest
from case_s import NUMBER, OFFICE, At, data, guards, refused

from casework_flow.casework import Casework
from casework_flow.errors import Conflict, Invalid, NotFound, Refused

DAY = "2025-05-11"


def seq(cw: Casework) -> int:
    """The number of the case's last event."""
    last: int = cw.history(NUMBER)[-1]["seq"]
    return last


def test_a_list_gives_each_item_a_number_and_a_later_one_counts_on(at: At) -> None:
    cw = at("intervention")
    sessions = data("session")
    assert cw.record(NUMBER, "session", sessions[:3], by="rina", at=DAY).items == ((1, 1), (2, 1), (3, 1))
    assert cw.record(NUMBER, "session", sessions[3], by="rina", at=DAY).items == ((4, 1),)
    assert cw.record(NUMBER, "session", sessions[4:6], by="rina", at=DAY).items == ((5, 1), (6, 1))


def test_a_correction_is_a_new_revision_and_the_old_one_stays(at: At) -> None:
    cw = at("intervention")
    sessions = data("session")
    cw.record(NUMBER, "session", sessions[:3], by="rina", at=DAY)
    flagged = {**sessions[1], "safety_flag": True}
    assert cw.record(NUMBER, "session", flagged, by="rina", at=DAY, revise=2).items == ((2, 2),)
    assert "no_open_safety_flag" in guards(refused(cw, "advance", at="2025-05-12"))
    resolved = {**flagged, "safety_resolved": {"date": "2025-04-01", "note": "aman"}}
    assert cw.record(NUMBER, "session", resolved, by="rina", at=DAY, revise=2).items == ((2, 3),)
    assert "no_open_safety_flag" not in guards(refused(cw, "advance", at="2025-05-12"))
    recorded = [event["body"]["items"] for event in cw.history(NUMBER) if event["body"].get("record") == "session"]
    assert recorded == [[[1, 1], [2, 1], [3, 1]], [[2, 2]], [[2, 3]]]
    assert cw.verify() == ()


def test_a_single_record_is_corrected_only_when_that_is_said(at: At) -> None:
    cw = at("assessment")
    with pytest.raises(Refused, match="nothing is recorded"):
        cw.record(NUMBER, "genogram", data("genogram"), by="rina", at=DAY, revise=True)
    cw.record(NUMBER, "genogram", data("genogram"), by="rina", at=DAY)
    other = {**data("genogram"), "relations": []}
    with pytest.raises(Refused, match="revise"):
        cw.record(NUMBER, "genogram", other, by="rina", at=DAY)
    assert cw.record(NUMBER, "genogram", other, by="rina", at=DAY, revise=True).items == ((1, 2),)


def test_which_of_many_is_corrected_must_be_said(at: At) -> None:
    cw = at("intervention")
    session = data("session")[0]
    cw.record(NUMBER, "session", session, by="rina", at=DAY)
    other = {**session, "purpose": "lain"}
    for revise, content in ((True, other), (1, [other, session])):
        with pytest.raises(Invalid) as invalid:
            cw.record(NUMBER, "session", content, by="rina", at=DAY, revise=revise)
        assert invalid.value.problems[0].where == "revise"
    for item in (2, 0, -1):
        with pytest.raises(NotFound):
            cw.record(NUMBER, "session", other, by="rina", at=DAY, revise=item)
    assert cw.record(NUMBER, "session", [other], by="rina", at=DAY, revise=1).items == ((1, 2),)


@pytest.mark.parametrize("record", ["session", "finance"])
def test_the_same_file_twice_is_refused_unless_it_is_meant(at: At, record: str) -> None:
    cw = at("intervention")
    first = cw.record(NUMBER, record, data(record), by="rina", at=DAY)
    before = cw.history(NUMBER)
    with pytest.raises(Refused, match="--again"):
        cw.record(NUMBER, record, data(record), by="rina", at=DAY)
    assert cw.history(NUMBER) == before
    second = cw.record(NUMBER, record, data(record), by="rina", at=DAY, again=True)
    assert second.items[0] == (len(first.items) + 1, 1)


def test_a_correction_that_changes_nothing_is_refused(at: At) -> None:
    cw = at("intervention")
    cw.record(NUMBER, "session", data("session")[:2], by="rina", at=DAY)
    with pytest.raises(Refused, match="--again"):
        cw.record(NUMBER, "session", data("session")[1], by="rina", at=DAY, revise=2)
    assert cw.record(NUMBER, "session", data("session")[0], by="rina", at=DAY, revise=2).items == ((2, 2),)
    with pytest.raises(Refused, match="--again"):
        cw.record(NUMBER, "contract", data("contract"), by="rina", at=DAY, revise=True)


def test_the_faults_of_a_list_are_named_with_their_place_and_nothing_of_it_is_kept(at: At) -> None:
    cw = at("intervention")
    before = seq(cw)
    book = data("finance")[:3]
    book[1] = {**book[1], "amount": 0}
    book[2] = {**book[2], "date": "2025-02-30"}
    with pytest.raises(Invalid) as invalid:
        cw.record(NUMBER, "finance", book, by="rina", at=DAY)
    assert [problem.where for problem in invalid.value.problems] == ["2.amount", "3.date"]
    with pytest.raises(Invalid):
        cw.record(NUMBER, "finance", [], by="rina", at=DAY)
    assert seq(cw) == before


@pytest.mark.parametrize("record", ["genogram", "plan", "client"])
def test_a_list_where_one_record_belongs_is_refused(at: At, record: str) -> None:
    with pytest.raises(Invalid):
        at("assessment").record(NUMBER, record, [data(record)], by="rina", at=DAY)


def test_an_activity_in_week_nine_of_eight_is_refused(at: At) -> None:
    plan = data("plan")
    plan["components"][0]["activities"][1]["week_to"] = 9
    with pytest.raises(Invalid) as invalid:
        at("planning").record(NUMBER, "plan", plan, by="rina", at=DAY)
    assert [problem.where for problem in invalid.value.problems] == ["components.0.activities.1.week_to"]


def test_a_contract_made_shorter_holds_the_plan_back(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.record(NUMBER, "contract", {**data("contract"), "duration_weeks": 6}, by="rina", at="2025-03-14", revise=True)
    assert "activities_in_contract" in guards(refused(cw, "advance", at="2025-03-14"))


def test_a_value_that_differs_from_the_derived_one_is_accepted_with_a_warning(at: At) -> None:
    evaluation = data("evaluation")
    evaluation["results"][0]["value"] = 8
    warnings = at("evaluation").record(NUMBER, "evaluation", evaluation, by="rina", at="2025-05-16").warnings
    assert len(warnings) == 1
    assert "RECORDING" in str(warnings[0])


def test_what_there_is_not_is_not_found(at: At) -> None:
    cw = at("assessment")
    with pytest.raises(NotFound, match="genogram"):
        cw.record(NUMBER, "genogramme", data("genogram"), by="rina", at=DAY)
    for attempt in (cw.status, cw.case, cw.history, cw.documents):
        with pytest.raises(NotFound, match="KSS-2025-0002"):
            attempt("KSS-2025-0002")
    with pytest.raises(NotFound, match="pkh-economic"):
        cw.open("pkh-economics", client=data("client"), by="rina", at=DAY)
    with pytest.raises(NotFound):
        cw.document(NUMBER, "plan")


# idempotency keys


def test_the_same_request_under_one_key_gives_the_same_result_and_nothing_new(at: At) -> None:
    cw = at("planning")
    requests: list[Any] = [
        lambda: cw.open("pkh-economic", client=data("client"), by="maya", at="2025-03-13", key="open"),
        lambda: cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14", key="plan"),
        lambda: cw.approve(NUMBER, "plan", by="sup", at="2025-03-14", note="baik", key="approve"),
        lambda: cw.advance(NUMBER, by="rina", at="2025-03-17", key="advance"),
        lambda: cw.move(NUMBER, "pause", reason="mudik", by="rina", at="2025-03-18", key="pause"),
    ]
    told: list[Any] = []
    for kind in ("opened", "recorded", "approved", "advanced", "moved"):
        cw.on(kind, told.append)
    for request in requests:
        first = request()
        counts = (len(cw.list()), seq(cw), len(told))
        again = request()
        assert (again.number if hasattr(again, "workflow") else again) == (
            first.number if hasattr(first, "workflow") else first
        )
        assert (len(cw.list()), seq(cw), len(told)) == counts
    assert requests[3]().to == "intervention"  # though the case rests by now
    assert cw.verify() == ()


def test_a_closing_is_repeated_under_its_key(at: At) -> None:
    cw = at("termination")
    cw.record(NUMBER, "termination", data("termination"), by="rina", at="2025-05-21")
    first = cw.close(NUMBER, because="goals_met", by="rina", at="2025-05-21", key="end")
    assert cw.close(NUMBER, because="goals_met", by="rina", at="2025-05-21", key="end") == first
    assert first.to == "closed"
    assert len(first.documents) == 2


def test_another_request_under_a_used_key_is_refused(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14", key="k")
    before = cw.history(NUMBER)
    others: list[Any] = [
        lambda: cw.record(NUMBER, "plan", data("plan"), by="sup", at="2025-03-14", key="k"),
        lambda: cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-15", key="k"),
        lambda: cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14", revise=True, key="k"),
        lambda: cw.record(NUMBER, "genogram", data("genogram"), by="rina", at="2025-03-14", key="k"),
        lambda: cw.move(NUMBER, "pause", reason="mudik", by="rina", at="2025-03-14", key="k"),
        lambda: cw.approve(NUMBER, "plan", by="sup", at="2025-03-14", key="k"),
        lambda: cw.open("pkh-economic", client=data("client"), by="rina", at="2025-03-14", key="k"),
    ]
    for other in others:
        with pytest.raises(Invalid) as invalid:
            other()
        assert invalid.value.problems[0].where == "key"
    assert cw.history(NUMBER) == before
    assert len(cw.list()) == 1


def test_a_key_is_not_used_up_by_what_was_refused(at: At) -> None:
    cw = at("planning")
    refused(cw, "advance", at="2025-03-14", key="k")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    refused(cw, "advance", at="2025-03-14", key="k")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    assert cw.advance(NUMBER, by="rina", at="2025-03-14", key="k").to == "intervention"


# listeners


def test_listeners_are_told_after_the_commit_and_of_nothing_that_was_not_done(at: At) -> None:
    cw = at("planning")
    other = Casework(cw._store.engine, office=OFFICE)  # sees only what is committed
    seen: list[tuple[Any, int, str]] = []
    for kind in ("opened", "recorded", "approved", "rejected", "advanced", "moved", "closed"):
        cw.on(kind, lambda _, kind=kind: seen.append((kind, seq(other), other.case(NUMBER).stage)))
    start = seq(cw)
    refused(cw, "advance", at="2025-03-14")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    refused(cw, "advance", at="2025-03-14", dry_run=True)
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    cw.advance(NUMBER, by="rina", at="2025-03-17", dry_run=True)
    cw.advance(NUMBER, by="rina", at="2025-03-17")
    cw.move(NUMBER, "revise", reason="jadwal berubah", by="rina", at="2025-03-18")
    assert seen == [
        ("recorded", start + 1, "planning"),
        ("approved", start + 2, "planning"),
        ("advanced", start + 3, "intervention"),
        ("moved", start + 4, "planning"),
    ]


def test_a_listener_that_fails_undoes_nothing(at: At) -> None:
    cw = at("planning")

    def fails(_: object) -> None:
        raise RuntimeError("the mail is down")

    cw.on("recorded", fails)
    with pytest.raises(RuntimeError):
        cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    assert cw.history(NUMBER)[-1]["body"]["record"] == "plan"


# clients and numbers


def test_a_client_whose_nik_has_an_open_case_is_accepted_with_a_warning_that_names_it(at: At) -> None:
    cw = at("assessment")
    warnings = cw.open("pkh-economic", client=data("client"), by="maya", at="2025-03-13").warnings
    assert len(warnings) == 1
    assert NUMBER in str(warnings[0])
    assert data("client")["nik"] not in str(warnings[0])


def test_a_closed_case_of_the_same_nik_is_no_reason_to_warn(at: At) -> None:
    assert at("").open("pkh-economic", client=data("client"), by="maya", at="2025-06-01").warnings == ()


def test_numbers_count_within_the_year_of_the_working_date_without_gaps(at: At) -> None:
    cw = at("assessment")
    with pytest.raises(Invalid):
        cw.open("pkh-economic", client={**data("client"), "nik": "123"}, by="maya", at="2025-03-13")
    days = ("2025-03-13", "2024-12-31", "2025-01-02")
    opened = [cw.open("pkh-economic", client=data("client"), by="maya", at=day).number for day in days]
    assert opened == ["KSS-2025-0002", "KSS-2024-0001", "KSS-2025-0003"]


def test_one_of_two_writers_who_read_the_same_case_is_told_so(at: At) -> None:
    cw = at("planning")
    store = cw._store
    with store.reading() as tx:
        found = tx.case(NUMBER)
    assert found is not None
    case_id, stale = found
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    before = cw.history(NUMBER)
    with pytest.raises(Conflict, match=NUMBER), store.writing() as tx:  # the write itself must fail
        tx.append(case_id, stale, cw._event("recorded", "2025-03-14", cw.staff("rina"), {}))
    assert cw.history(NUMBER) == before
    assert cw.verify() == ()


def test_staff_are_added_once_with_a_known_role_and_supervisor(at: At) -> None:
    cw = at("planning")
    before = cw.all_staff()
    with pytest.raises(Refused, match="rina"):
        cw.add_staff("rina", full_name="Rina Lain", role="social_worker")
    with pytest.raises(NotFound, match="sup"):
        cw.add_staff("tini", full_name="Tini Contoh", role="social_worker", supervisor="supp")
    with pytest.raises(Invalid) as invalid:
        cw.add_staff("ti ni", full_name=" ", role="boss", nip="123")
    assert {problem.where for problem in invalid.value.problems} == {"name", "full_name", "role", "nip"}
    assert cw.all_staff() == before
    assert cw.verify() == ()
