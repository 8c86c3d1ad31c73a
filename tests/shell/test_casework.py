"""The front door on case S: what is refused and why, and that a refusal writes nothing but requests for approval."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from case_s import NUMBER, SUPERVISOR_NIP, WORKFLOW, At, Clock, casework, data, guards, make, refused, walk

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound, Refused

CLOSED_ON = "2025-05-21"


def kinds(cw: Casework) -> list[str]:
    """The kinds of the case's events so far."""
    return [event["kind"] for event in cw.history(NUMBER)]


def test_leaving_engagement_without_anything_names_every_requirement(at: At) -> None:
    refusal = refused(at("engagement"), "advance", at="2025-03-06")
    assert guards(refusal) == [
        "eligible", "service_consent", "contract_complete", "contract_agreed", "contract_countersigned",
    ]  # fmt: skip
    kind = {requirement.guard: requirement.kind for requirement in refusal.unmet}
    assert kind["service_consent"] == "legal"
    assert kind["contract_countersigned"] == "professional"


def test_leaving_engagement_without_consent_is_refused_and_nobody_can_override_it(at: At) -> None:
    cw = at("engagement")
    for record in ("intake", "contract"):
        cw.record(NUMBER, record, data(record), by="rina", at="2025-03-06")
    cw.approve(NUMBER, "contract", by="sup", at="2025-03-06")
    assert guards(refused(cw, "advance", at="2025-03-06")) == ["service_consent"]
    for who in ("rina", "sup", "head"):
        refusal = refused(cw, "advance", at="2025-03-06", by=who, override=["service_consent"], reason="mendesak")
        assert guards(refusal) == ["service_consent"]
        assert "cannot be overridden by anybody" in str(refusal)
    assert cw.case(NUMBER).stage == "engagement"
    cw.record(NUMBER, "consent", data("consent"), by="rina", at="2025-03-06")
    assert cw.advance(NUMBER, by="rina", at="2025-03-06").to == "assessment"


def test_a_withdrawn_consent_is_none(at: At) -> None:
    cw = at("engagement")
    for record in ("intake", "contract", "consent"):
        cw.record(NUMBER, record, data(record), by="rina", at="2025-03-06")
    cw.approve(NUMBER, "contract", by="sup", at="2025-03-06")
    service = next(consent for consent in data("consent") if consent["type"] == "service")
    cw.record(NUMBER, "consent", {**service, "withdrawn_on": "2025-03-06"}, by="rina", at="2025-03-06", revise=1)
    assert guards(refused(cw, "advance", at="2025-03-06")) == ["service_consent"]


def test_a_genogram_of_one_person_does_not_leave_assessment(at: At) -> None:
    cw = at("assessment")
    alone = {"index": "s", "members": data("genogram")["members"][:1], "relations": []}
    cw.record(NUMBER, "genogram", alone, by="rina", at="2025-03-13")
    for record in ("ecomap", "assessment"):
        cw.record(NUMBER, record, data(record), by="rina", at="2025-03-13")
    assert guards(refused(cw, "advance", at="2025-03-13")) == ["genogram_ok"]
    cw.record(NUMBER, "genogram", data("genogram"), by="rina", at="2025-03-13", revise=True)
    assert cw.advance(NUMBER, by="rina", at="2025-03-13").to == "planning"


def test_leaving_planning_needs_the_supervisors_approval(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    refusal = refused(cw, "advance", at="2025-03-14")
    assert guards(refusal) == ["supervisor_approved"]
    assert refusal.unmet[0].by == ("supervisor", "office_head")  # type: ignore[attr-defined]
    assert refusal.unmet[0].fix == "approve plan"  # type: ignore[attr-defined]
    cw.reject(NUMBER, "plan", by="sup", at="2025-03-14", note="tujuan belum jelas")
    assert guards(refused(cw, "advance", at="2025-03-14")) == ["supervisor_approved"]
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14", revise=True, again=True)
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    assert cw.advance(NUMBER, by="rina", at="2025-03-17").to == "intervention"


def test_an_approval_lapses_when_the_record_is_revised(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    cw.record(
        NUMBER, "plan", {**data("plan"), "client_agreed_on": "2025-03-13"}, by="rina", at="2025-03-14", revise=True
    )
    assert guards(refused(cw, "advance", at="2025-03-17")) == ["supervisor_approved"]


@pytest.mark.parametrize("by", ["sup", "head"])
def test_what_was_rejected_is_decided_again_only_when_it_is_revised(at: At, by: str) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    cw.reject(NUMBER, "plan", by="sup", at="2025-03-14", note="tujuan belum jelas")
    before = kinds(cw)
    for judge in (cw.approve, cw.reject):
        with pytest.raises(Refused, match=f"rejected by sup .* casework edit {NUMBER} plan"):
            judge(NUMBER, "plan", by=by, at="2025-03-14", note="baik")
    assert kinds(cw) == before
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14", revise=True, again=True)
    assert cw.approve(NUMBER, "plan", by=by, at="2025-03-14").approved


def test_the_same_revision_is_approved_once(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    before = kinds(cw)
    with pytest.raises(Refused, match="approved already, by sup"):
        cw.approve(NUMBER, "plan", by="head", at="2025-03-14")
    assert kinds(cw) == before


@pytest.mark.parametrize("note", [None, "", "  "])
def test_a_rejection_says_what_must_be_done_better(at: At, note: str | None) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    before = kinds(cw)
    with pytest.raises(Invalid, match="needs a note") as invalid:
        cw.reject(NUMBER, "plan", by="sup", at="2025-03-14", note=note)
    assert [problem.where for problem in invalid.value.problems] == ["note"]
    assert kinds(cw) == before


def test_nobody_approves_their_own_work(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="sup", at="2025-03-14")
    with pytest.raises(Refused, match="own work"):
        cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    assert cw.approve(NUMBER, "plan", by="head", at="2025-03-14").approved


def test_a_second_entry_with_the_same_nip_is_the_same_person(at: At) -> None:
    cw = at("planning")
    cw.add_staff("sup-head", full_name="Supervisor Contoh", role="office_head", nip=f" {SUPERVISOR_NIP}")
    cw.record(NUMBER, "plan", data("plan"), by="sup", at="2025-03-14")
    with pytest.raises(Refused, match="own work"):
        cw.approve(NUMBER, "plan", by="sup-head", at="2025-03-14")


def test_nobody_approves_what_they_recorded_an_earlier_revision_of(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="sup", at="2025-03-14")
    revised = {**data("plan"), "client_agreed_on": "2025-03-13"}
    cw.record(NUMBER, "plan", revised, by="rina", at="2025-03-14", revise=True)
    with pytest.raises(Refused, match="own work"):
        cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")


def test_nobody_approves_the_move_that_they_asked_for(at: At) -> None:
    cw = at("evaluation")
    assert guards(refused(cw, "replan", by="sup", at="2025-05-12")) == ["replan_approved"]
    with pytest.raises(Refused, match="own work"):
        cw.approve(NUMBER, "replan", by="sup", at="2025-05-12")


def test_only_the_workers_supervisor_or_the_head_of_office_approves(at: At) -> None:
    cw = at("planning")
    cw.add_staff("other", full_name="Supervisor Lain", role="supervisor")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    for who in ("rina", "maya", "budi", "other"):
        with pytest.raises(Refused):
            cw.approve(NUMBER, "plan", by=who, at="2025-03-14")
    assert "approved" not in kinds(cw)[-1:]


def test_what_nobody_recorded_or_asked_for_cannot_be_approved(at: At) -> None:
    cw = at("planning")
    with pytest.raises(Refused, match="nothing is recorded"):
        cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    with pytest.raises(Refused, match="asked for"):
        cw.approve(NUMBER, "close", by="sup", at="2025-03-14")
    with pytest.raises(Invalid) as invalid:
        cw.approve(NUMBER, "plam", by="sup", at="2025-03-14")
    assert "plan?" in invalid.value.problems[0].say("en")


def in_week_five(cw: Casework) -> None:
    """Five of eight visits, and the fifth week is not over."""
    cw.record(NUMBER, "session", data("session")[:5], by="rina", at="2025-04-16")


def test_evaluating_in_week_five_is_refused_unless_a_supervisor_overrides_with_a_reason(at: At) -> None:
    cw = at("intervention")
    in_week_five(cw)
    early = ["weeks_elapsed", "sessions_held"]
    assert guards(refused(cw, "advance", at="2025-04-16")) == early
    assert guards(refused(cw, "advance", at="2025-04-16", override=early, reason="klien pindah")) == early
    with pytest.raises(Invalid) as invalid:
        make(cw, "advance", by="sup", at="2025-04-16", override=early, reason=" ")
    assert invalid.value.problems[0].where == "reason"
    assert guards(refused(cw, "advance", by="sup", at="2025-04-16", override=early[:1], reason="x")) == early[1:]
    done = cw.advance(NUMBER, by="sup", at="2025-04-16", override=early, reason="klien bekerja di luar kota")
    assert (done.to, done.overrides) == ("evaluation", tuple(early))
    event = cw.history(NUMBER)[-1]
    assert event["private"]["reason"] == "klien bekerja di luar kota"
    assert [guard["guard"] for guard in event["body"]["guards"] if guard["overridden"]] == early


def test_a_guard_that_the_move_has_not_cannot_be_overridden(at: At) -> None:
    cw = at("intervention")
    with pytest.raises(Refused, match="weeks_elapsed"):
        make(cw, "advance", by="sup", at="2025-04-16", override=["week_elapsed"], reason="x")


def test_weeks_have_elapsed_on_the_day_after_the_last_one(at: At) -> None:
    cw = at("intervention")
    cw.record(NUMBER, "session", data("session"), by="rina", at="2025-05-11")
    assert guards(refused(cw, "advance", at="2025-05-11")) == ["weeks_elapsed"]
    assert cw.advance(NUMBER, by="rina", at="2025-05-12").to == "evaluation"


def test_the_evaluation_passes_though_the_income_target_is_not_met(at: At) -> None:
    cw = at("evaluation")
    income = next(result for result in data("evaluation")["results"] if result["code"] == "INCOME")
    assert income["rating"] == "not_met"
    recorded = cw.record(NUMBER, "evaluation", data("evaluation"), by="rina", at="2025-05-16")
    assert recorded.warnings == ()
    cw.approve(NUMBER, "evaluation", by="sup", at="2025-05-16")
    assert cw.advance(NUMBER, by="rina", at="2025-05-16").to == "termination"


def test_an_indicator_without_a_rating_or_evidence_holds_the_evaluation_back(at: At) -> None:
    cw = at("evaluation")
    results = data("evaluation")["results"]
    bare = [{key: value for key, value in result.items() if key != "evidence"} for result in results[:3]]
    cw.record(NUMBER, "evaluation", {**data("evaluation"), "results": bare}, by="rina", at="2025-05-16")
    refusal = refused(cw, "advance", at="2025-05-16")
    assert guards(refusal) == ["indicators_rated", "ratings_evidenced", "supervisor_approved"]


def test_the_last_stage_is_left_by_closing_only(at: At) -> None:
    refusal = refused(at("termination"), "advance", at="2025-05-16")
    assert "close" in str(refusal)
    assert refusal.unmet == ()


def test_nothing_is_done_after_the_closing(at: At) -> None:
    cw = at("")
    before = cw.history(NUMBER)
    attempts: list[Any] = [
        lambda: cw.record(NUMBER, "session", data("session")[0], by="rina", at=CLOSED_ON, again=True),
        lambda: cw.record(NUMBER, "termination", data("termination"), by="rina", at=CLOSED_ON, revise=True),
        lambda: cw.advance(NUMBER, by="rina", at=CLOSED_ON),
        lambda: cw.close(NUMBER, because="goals_met", by="rina", at=CLOSED_ON),
        lambda: cw.close(NUMBER, because="void", by="sup", at=CLOSED_ON),
        lambda: cw.approve(NUMBER, "evaluation", by="head", at=CLOSED_ON),
        lambda: cw.approve(NUMBER, "close", by="head", at=CLOSED_ON),
        lambda: cw.reject(NUMBER, "plan", by="head", at=CLOSED_ON),
    ]
    for attempt in attempts:
        with pytest.raises(Refused):
            attempt()
    moves = {move["move"] for move in WORKFLOW["moves"]} - {"reopen"}
    for move in moves:
        refused(cw, move, at=CLOSED_ON)
    assert cw.history(NUMBER) == before


def test_a_refusal_asks_for_the_approvals_it_lacks_once_and_writes_nothing_else(at: At) -> None:
    cw = at("planning")
    before = cw.case(NUMBER)
    refused(cw, "advance", at="2025-03-14")
    assert kinds(cw)[-1] == "moved"  # nothing is there that could be approved
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    for _ in range(2):
        refused(cw, "advance", at="2025-03-14")
    assert kinds(cw)[-3:] == ["moved", "recorded", "approval_requested"]
    assert cw.case(NUMBER) == before
    assert not [document for document in cw.documents(NUMBER) if document.name == "plan"]
    assert cw.verify() == ()


def test_a_dry_run_writes_nothing_whatever_it_finds(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    before = cw.history(NUMBER)
    assert guards(refused(cw, "advance", at="2025-03-14", dry_run=True)) == ["supervisor_approved"]
    assert cw.history(NUMBER) == before
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    before = cw.history(NUMBER)
    would = cw.advance(NUMBER, by="rina", at="2025-03-17", dry_run=True)
    assert (would.to, would.dry_run, [document.name for document in would.documents]) == (
        "intervention",
        True,
        ["plan"],
    )
    assert cw.history(NUMBER) == before
    done = cw.advance(NUMBER, by="rina", at="2025-03-17")
    assert [document.sha256 for document in done.documents] == [document.sha256 for document in would.documents]


def test_a_move_that_the_stage_does_not_have_is_refused(at: At) -> None:
    cw = at("engagement")
    for move in ("replan", "extend", "resume", "reopen", "reengage", "no_such_move"):
        assert "has no move" in str(refused(cw, move, at="2025-03-06"))
    refusal = refused(cw, "close", because="client_withdraw", at="2025-03-06")
    assert "client_withdrew" in str(refusal)


def test_who_has_no_part_in_the_case_does_nothing_in_it(at: At) -> None:
    cw = at("engagement")
    before = cw.history(NUMBER)
    for who in ("maya", "budi"):
        with pytest.raises(Refused):
            cw.record(NUMBER, "intake", data("intake"), by=who, at="2025-03-06")
        refused(cw, "advance", by=who, at="2025-03-06")
        refused(cw, "pause", by=who, at="2025-03-06")
    with pytest.raises(Refused):
        cw.record(NUMBER, "supervision", {"date": "2025-03-06", "note": "baik"}, by="rina", at="2025-03-06")
    with pytest.raises(NotFound, match="rina"):
        cw.advance(NUMBER, by="rin", at="2025-03-06")
    with pytest.raises(Refused):
        cw.open("pkh-economic", client=data("client"), by="budi", at="2025-03-06")
    assert cw.history(NUMBER) == before


# working dates


def test_a_working_date_is_never_in_the_future(at: At, clock: Clock) -> None:
    cw = at("engagement")
    today = clock.now.astimezone(cw.office.zone).date()
    tomorrow = (today + timedelta(days=1)).isoformat()
    for when in (tomorrow, f"{today}T23:59"):
        with pytest.raises(Invalid) as invalid:
            cw.record(NUMBER, "intake", data("intake"), by="rina", at=when)
        assert invalid.value.problems[0].where == "at"
    assert cw.record(NUMBER, "intake", data("intake"), by="rina").at == today.isoformat()


def test_the_day_is_that_of_the_office_not_that_of_greenwich(at: At, clock: Clock) -> None:
    cw = at("engagement")
    clock.now = datetime(2025, 12, 1, 17, 30, tzinfo=UTC)
    assert cw.record(NUMBER, "intake", data("intake"), by="rina").at == "2025-12-02"
    assert cw.history(NUMBER)[-1]["at"] == "2025-12-01T17:30:00.000+00:00"


def test_a_working_date_never_lies_before_the_cases_latest(at: At) -> None:
    cw = at("assessment")
    before = cw.history(NUMBER)
    with pytest.raises(Refused, match="2025-03-06"):
        cw.record(NUMBER, "genogram", data("genogram"), by="rina", at="2025-03-05")
    refused(cw, "pause", at="2025-03-05")
    with pytest.raises(Refused):
        cw.approve(NUMBER, "contract", by="sup", at=date(2025, 3, 5))
    assert cw.history(NUMBER) == before
    cw.record(NUMBER, "genogram", data("genogram"), by="rina", at="2025-03-13T14:30")
    with pytest.raises(Refused):
        cw.record(NUMBER, "ecomap", data("ecomap"), by="rina", at="2025-03-13T14:29")
    cw.record(NUMBER, "ecomap", data("ecomap"), by="rina", at="2025-03-13")
    with pytest.raises(Refused):  # a day without a time does not make the afternoon undone
        cw.record(NUMBER, "assessment", data("assessment"), by="rina", at="2025-03-13T14:29")


@pytest.mark.parametrize("at_", ["2025-02-30", "yesterday", "", "2025-03-06T25:00", "06-03-2025"])
def test_what_is_no_date_is_no_working_date(at: At, at_: str) -> None:
    with pytest.raises(Invalid) as invalid:
        at("engagement").record(NUMBER, "intake", data("intake"), by="rina", at=at_)
    assert invalid.value.problems[0].where == "at"


def test_what_was_done_lies_not_after_the_working_date(at: At) -> None:
    cw = at("engagement")
    with pytest.raises(Invalid) as invalid:
        cw.record(NUMBER, "intake", {**data("intake"), "received_on": "2025-03-07"}, by="rina", at="2025-03-06")
    assert invalid.value.problems[0].where == "received_on"


def test_case_s_is_walked_to_its_end(at: At) -> None:
    cw = at("")
    case = cw.case(NUMBER)
    assert (case.stage, case.status, case.because) == ("termination", "closed", "goals_met")
    assert (case.closed_on, case.due_on, case.cycle, case.episode) == (date(2025, 5, 21), None, 1, 1)
    names = [document.name for document in cw.documents(NUMBER)]
    assert names == [
        "intake", "consent", "contract", "assessment", "plan", *["visit_report"] * 8, "progress_note", "evaluation",
        "termination_record", "termination_letter",
    ]  # fmt: skip
    moves = [(e["body"]["from"], e["body"]["to"]) for e in cw.history(NUMBER) if e["kind"] == "moved"]
    stages = list(WORKFLOW["stages"])
    assert moves == [*pairwise(stages), ("termination", "termination")]
    assert cw.verify() == ()


def test_walking_twice_in_two_databases_issues_the_same_documents(at: At, tmp_path: Path, clock: Clock) -> None:
    other = casework(tmp_path / "other.db", clock)
    walk(other)
    assert [d.sha256 for d in other.documents(NUMBER)] == [d.sha256 for d in at("").documents(NUMBER)]
