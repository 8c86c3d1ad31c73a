"""Every other way of a case through the front door: back, out, in again, and each reason to close it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from case_s import (
    ENDINGS,
    NUMBER,
    SHARING,
    STAGES,
    At,
    Databases,
    ask,
    casework,
    data,
    guards,
    make,
    prepare_closing,
    refused,
)

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, Refused

DAY = "2025-05-16"
ADDENDUM = {"weeks": 2, "reason": "waktu belum cukup", "agreed_on": DAY, "agreed_method": "written"}


def told(cw: Casework) -> tuple[str, str, int, int]:
    """Where the case stands: its stage and status, cycle and episode."""
    case = cw.case(NUMBER)
    return case.stage, case.status, case.cycle, case.episode


@pytest.mark.parametrize("move", ["pause", "reassess"])
@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_move_needs_a_reason(at: At, move: str, reason: str | None) -> None:
    with pytest.raises(Invalid) as invalid:
        at("planning").move(NUMBER, move, reason=reason, by="rina", at=DAY)
    assert invalid.value.problems[0].where == "reason"


@pytest.mark.parametrize(
    ("stage", "move", "to", "cycle"),
    [
        ("intervention", "revise", "planning", 1),
        ("intervention", "reassess", "assessment", 1),
        ("planning", "reassess", "assessment", 1),
        ("assessment", "reengage", "engagement", 1),
        ("evaluation", "replan", "planning", 2),
        ("evaluation", "reassess", "assessment", 2),
    ],
)
def test_a_case_goes_back_with_a_record_of_why(at: At, stage: str, move: str, to: str, cycle: int) -> None:
    cw = at(stage)
    if cycle == 2:
        ask(cw, move, DAY)
    done = make(cw, move, at=DAY)
    assert (done.source, done.to, [document.name for document in done.documents]) == (stage, to, ["change_record"])
    assert told(cw) == (to, "active", cycle, 1)
    assert cw.history(NUMBER)[-1]["private"] == {"reason": "keadaan keluarga berubah"}
    assert cw.verify() == ()


def test_a_new_cycle_begins_without_plan_and_evaluation_and_keeps_the_rest(at: At) -> None:
    cw = at("evaluation")
    cw.record(NUMBER, "evaluation", data("evaluation"), by="rina", at=DAY)
    ask(cw, "replan", DAY)
    make(cw, "replan", at=DAY)
    assert "component_planned" in guards(refused(cw, "advance", at=DAY))
    cw.record(NUMBER, "plan", data("plan"), by="rina", at=DAY)
    assert guards(refused(cw, "advance", at=DAY)) == ["supervisor_approved"]
    cw.approve(NUMBER, "plan", by="sup", at=DAY)
    assert cw.advance(NUMBER, by="rina", at=DAY).documents[0].version == 2
    assert cw.advance(NUMBER, by="rina", at=DAY).to == "evaluation"
    assert "indicators_rated" in guards(refused(cw, "advance", at=DAY))
    assert cw.verify() == ()


def test_an_approval_of_a_move_is_for_one_time(at: At) -> None:
    cw = at("evaluation")
    ask(cw, "replan", DAY)
    make(cw, "pause", at=DAY)
    make(cw, "resume", at=DAY)
    assert guards(refused(cw, "replan", at=DAY)) == ["replan_approved"]
    with pytest.raises(Refused):
        cw.approve(NUMBER, "reassess", by="sup", at=DAY)


def test_a_revised_plan_needs_its_approval_anew_and_its_document_is_a_new_version(at: At) -> None:
    cw = at("intervention")
    make(cw, "revise", at="2025-04-01")
    changed = {**data("plan"), "client_agreed_on": "2025-04-01"}
    cw.record(NUMBER, "plan", changed, by="rina", at="2025-04-01", revise=True)
    assert guards(refused(cw, "advance", at="2025-04-01")) == ["supervisor_approved"]
    cw.approve(NUMBER, "plan", by="sup", at="2025-04-01")
    cw.advance(NUMBER, by="rina", at="2025-04-01")
    assert [d.version for d in cw.documents(NUMBER) if d.name == "plan"] == [1, 2]
    assert cw.document(NUMBER, "plan", version=1).sha256 != cw.document(NUMBER, "plan").sha256
    assert cw.verify() == ()


def test_extending_needs_an_addendum_and_the_approval_and_adds_its_weeks(at: At) -> None:
    cw = at("evaluation")
    assert guards(refused(cw, "extend", at=DAY)) == ["addendum_agreed", "extend_approved"]
    cw.record(NUMBER, "addendum", ADDENDUM, by="rina", at=DAY)
    ask(cw, "extend", DAY)
    done = make(cw, "extend", at=DAY)
    assert (done.to, [document.name for document in done.documents]) == ("intervention", ["addendum"])
    assert told(cw) == ("intervention", "active", 1, 1)
    assert cw.case(NUMBER).due_on == date(2025, 5, 25)  # ten weeks from 17 March
    assert "weeks_elapsed" in guards(refused(cw, "advance", at=DAY))
    more = [{**data("session")[-1], "week_no": 9 + n, "held_on": f"2025-05-{14 + 7 * n}"} for n in range(2)]
    cw.record(NUMBER, "session", more, by="rina", at="2025-05-26")
    assert "weeks_elapsed" not in [r.guard for r in cw.status(NUMBER, at="2025-05-26").moves[0].unmet]
    done = cw.advance(NUMBER, by="rina", at="2025-05-26")
    assert [(d.name, d.item) for d in done.documents if d.name == "visit_report"] == [
        ("visit_report", 9), ("visit_report", 10),
    ]  # fmt: skip
    assert guards(refused(cw, "extend", at="2025-05-26")) == ["addendum_agreed", "extend_approved"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_case_rests_and_goes_on_where_it_was(at: At, stage: str) -> None:
    cw = at(stage)
    due = cw.case(NUMBER).due_on
    paused = make(cw, "pause", at=DAY, until="2025-06-30")
    assert (paused.source, paused.to) == (stage, stage)
    assert told(cw) == (stage, "paused", 1, 1)
    case = cw.case(NUMBER)
    assert (case.due_on, case.overdue) == (None, False)
    for move in ("advance", "pause", "reopen"):
        refused(cw, move, at=DAY)
    resumed = make(cw, "resume", at=DAY)
    assert (resumed.source, resumed.to) == (stage, stage)
    assert told(cw) == (stage, "active", 1, 1)
    after = cw.case(NUMBER).due_on
    assert after is not None
    assert due is not None
    assert after == due or due < date.fromisoformat(DAY)
    refused(cw, "resume", at=DAY)
    assert cw.verify() == ()


@pytest.mark.parametrize("reason", ENDINGS)
@pytest.mark.parametrize("stage", ["assessment", "intervention", "termination"])
def test_a_case_is_closed_early_for_each_reason(at: At, stage: str, reason: str) -> None:
    cw = at(stage)
    refusal = refused(cw, "close", because=reason, at=DAY)
    assert refusal.unmet
    prepare_closing(cw, reason, DAY)
    done = cw.close(NUMBER, because=reason, by="rina", at=DAY)
    assert (done.source, done.to, done.because) == (stage, "closed", reason)
    assert told(cw) == ("termination", "closed", 1, 1)
    case = cw.case(NUMBER)
    assert (case.because, case.closed_on) == (reason, date.fromisoformat(DAY))
    names = {document.name for document in done.documents}
    assert "termination_record" in names
    assert ("termination_letter" in names) is (reason not in ("died", "void"))
    assert ("family_letter" in names) is (reason == "died")
    assert ("referral" in names) is (reason in ("referred", "agency_limit"))
    assert cw.verify() == ()


@pytest.mark.parametrize("reason", ENDINGS)
def test_before_a_contract_the_case_closes_where_it_stands_with_a_notice(at: At, reason: str) -> None:
    cw = at("engagement")
    cw.record(NUMBER, "intake", data("intake"), by="rina", at=DAY)
    prepare_closing(cw, reason, DAY)
    done = cw.close(NUMBER, because=reason, by="rina", at=DAY)
    assert (done.source, done.to, [document.name for document in done.documents]) == (
        "engagement", "closed", ["termination_record", "family_letter"] if reason == "died" else ["closure_notice"],
    )  # fmt: skip
    assert told(cw) == ("engagement", "closed", 1, 1)


@pytest.mark.parametrize("reason", ["client_withdrew", "died", "ineligible"])
def test_a_case_that_rests_can_be_closed(at: At, reason: str) -> None:
    cw = at("intervention")
    make(cw, "pause", at=DAY)
    prepare_closing(cw, reason, DAY)
    assert cw.close(NUMBER, because=reason, by="rina", at=DAY).to == "closed"
    assert told(cw) == ("termination", "closed", 1, 1)


@pytest.mark.parametrize("reason", ["goals_met", "period_ended"])
def test_the_regular_end_is_in_the_last_stage_with_all_its_requirements(at: At, reason: str) -> None:
    for stage in STAGES[:-1]:
        assert "only from the stage" in str(refused(at(stage), "close", because=reason, at=DAY))
    cw = at("termination")
    assert len(guards(refused(cw, "close", because=reason, at=DAY))) == 5
    cw.record(NUMBER, "termination", {**data("termination"), "reason": reason}, by="rina", at="2025-05-21")
    done = cw.close(NUMBER, because=reason, by="rina", at="2025-05-21")
    assert [document.name for document in done.documents] == ["termination_record", "termination_letter"]


def test_the_reason_is_the_one_that_is_recorded_whoever_overrides(at: At) -> None:
    cw = at("termination")
    cw.record(NUMBER, "termination", data("termination"), by="rina", at="2025-05-21")
    assert guards(refused(cw, "close", because="period_ended", at="2025-05-21")) == ["reason_agrees"]
    refusal = refused(
        cw, "close", because="period_ended", by="sup", at="2025-05-21", override=["reason_agrees"], reason="x"
    )
    assert guards(refusal) == ["reason_agrees"]
    assert cw.close(NUMBER, because="goals_met", by="rina", at="2025-05-21").to == "closed"


def test_an_approval_to_close_is_for_the_reason_that_was_asked_for(at: At) -> None:
    cw = at("intervention")
    prepare_closing(cw, "lost_contact", DAY)
    other = {"reason": "client_withdrew", "statement": "tidak ingin melanjutkan"}
    cw.record(NUMBER, "termination", other, by="rina", at=DAY, revise=True)
    assert guards(refused(cw, "close", because="client_withdrew", at=DAY)) == ["close_approved"]
    cw.approve(NUMBER, "close", by="sup", at=DAY)
    assert cw.close(NUMBER, because="client_withdrew", by="rina", at=DAY).to == "closed"


def test_a_referral_needs_the_consent_to_share_which_nobody_can_override(at: At) -> None:
    cw = at("intervention")
    cw.record(NUMBER, "termination", {"reason": "referred"}, by="rina", at=DAY)
    cw.record(NUMBER, "referral", ENDINGS["referred"]["referral"], by="rina", at=DAY)
    ask_twice = {"because": "referred", "at": DAY}
    assert guards(refused(cw, "close", **ask_twice)) == ["sharing_consent", "close_approved"]
    cw.approve(NUMBER, "close", by="sup", at=DAY)
    refusal = refused(cw, "close", by="sup", override=["sharing_consent"], reason="mendesak", **ask_twice)
    assert guards(refusal) == ["sharing_consent"]
    cw.record(NUMBER, "consent", SHARING, by="rina", at=DAY)
    assert cw.close(NUMBER, by="rina", **ask_twice).to == "closed"


def reopened(cw: Casework) -> None:
    """Open the closed case again, as it must be approved."""
    ask(cw, "reopen", "2025-09-01")
    make(cw, "reopen", at="2025-09-01")


def test_a_reopened_case_is_a_new_episode_with_its_history_and_fresh_consent_and_contract(at: At) -> None:
    cw = at("")
    before = cw.history(NUMBER)
    reopened(cw)
    assert told(cw) == ("engagement", "active", 1, 2)
    case = cw.case(NUMBER)
    assert (case.closed_on, case.because) == (None, None)
    assert cw.history(NUMBER)[: len(before)] == before
    assert guards(refused(cw, "advance", at="2025-09-01")) == [
        "eligible", "service_consent", "contract_complete", "contract_agreed", "contract_countersigned",
    ]  # fmt: skip
    assert cw.verify() == ()


def test_a_reopened_case_runs_to_its_end_again(at: At) -> None:
    cw = at("")
    reopened(cw)
    contract = {**data("contract"), "agreed_on": "2025-09-01", "start_on": "2025-09-01", "duration_weeks": 8}
    records: dict[str, Any] = {"intake": data("intake"), "consent": data("consent"), "contract": contract}
    for record, content in records.items():
        cw.record(NUMBER, record, content, by="rina", at="2025-09-01")
    cw.approve(NUMBER, "contract", by="sup", at="2025-09-01")
    done = cw.advance(NUMBER, by="rina", at="2025-09-01")
    assert {document.version for document in done.documents} == {2}
    make(cw, "pause", at="2025-09-02")
    prepare_closing(cw, "void", "2025-09-02")
    cw.close(NUMBER, because="void", by="rina", at="2025-09-02")
    assert told(cw) == ("termination", "closed", 1, 2)
    assert cw.document(NUMBER, "contract", version=1).text() != cw.document(NUMBER, "contract").text()
    assert cw.verify() == ()


FIGURES = """<document title="x"><p>{{ finance.consistent_weeks|join(" ") }};
{{ finance.longest_run_weeks|join(" ") }};
{{ finance.longest_run }}; {{ finance.wants_share_first }}; {{ finance.wants_share }}; {{ finance.income_first }};
{{ finance.income_last }}; {{ finance.income_change }}; {{ finance.balance }}</p></document>
"""


def test_what_case_s_derives_is_what_its_documents_can_print(databases: Databases, tmp_path: Path) -> None:
    (tmp_path / "evaluation.xml.j2").write_text(FIGURES, encoding="utf-8")
    cw = casework(databases.at("evaluation", tmp_path / "casework.db"), templates=tmp_path)
    cw.record(NUMBER, "evaluation", data("evaluation"), by="rina", at=DAY)
    cw.approve(NUMBER, "evaluation", by="sup", at=DAY)
    cw.advance(NUMBER, by="rina", at=DAY)
    text = " ".join(cw.document(NUMBER, "evaluation").text().split())
    assert "2 4 5 6 7 8; 4 5 6 7 8; 5; 26.0; 9.7; 377500; 390000; 3.3; 170000" in text
