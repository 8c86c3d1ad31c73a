"""What a record says against the others of its case."""

from __future__ import annotations

from typing import Any

from record_samples import check as sound
from record_samples import sample, views

from casework_flow.records.checks import check

CASE: dict[str, Any] = {
    "contract": sample("contract"),
    "assessment": sample("assessment"),
    "plan": sample("plan"),
    "finance": [sample("finance", date=f"2025-03-{day}") for day in range(17, 23)],
}


def found(name: str, content: dict[str, Any], case: dict[str, Any] | None = None) -> tuple[list[str], list[str]]:
    problems, warnings = check(name, sound(name, content).content, views(CASE if case is None else case))
    return [problem.where for problem in problems], [str(warning) for warning in warnings]


def test_an_activity_beyond_the_contract_is_refused_at_its_place() -> None:
    plan = sample("plan")
    plan["components"][0]["activities"][0]["week_to"] = 9
    assert found("plan", plan) == (["components.0.activities.0.week_to"], [])
    assert found("plan", plan, {"assessment": sample("assessment")}) == ([], [])


def test_a_need_that_was_not_assessed_warns() -> None:
    plan = sample("plan")
    plan["components"][0]["needs"] = ["n7"]
    problems, warnings = found("plan", plan)
    assert not problems
    assert '"n7"' in warnings[0]


def test_a_session_in_another_week_than_it_says_warns() -> None:
    assert found("session", sample("session")) == ([], [])
    assert found("session", sample("session", week_no=2))[1] == [
        "2025-03-19 lies in week 1 of the contract, not in week 2."
    ]


def test_an_entry_outside_the_contract_warns_that_it_is_not_counted() -> None:
    assert found("finance", sample("finance")) == ([], [])
    assert len(found("finance", sample("finance", date="2025-03-16"))[1]) == 1
    assert len(found("finance", sample("finance", date="2025-05-12"))[1]) == 1


def test_a_result_for_no_indicator_of_the_plan_is_refused() -> None:
    record = sample("evaluation", results=[{"code": "RUNN", "rating": "met"}])
    problems, _ = check("evaluation", sound("evaluation", record).content, views(CASE))
    assert [problem.say("en") for problem in problems] == [
        'results.0.code: The plan has no indicator "RUNN". Did you mean RUN?'
    ]


def test_a_value_that_differs_from_the_derived_one_warns() -> None:
    assert found("evaluation", sample("evaluation"))[1] == ["The value of RUN is 5; by the records it is 1."]
    agreed = sample("evaluation", results=[{"code": "RUN", "rating": "partly", "value": 1}])
    assert found("evaluation", agreed) == ([], [])


def test_a_record_that_says_nothing_of_others_has_nothing_to_answer_for() -> None:
    assert found("client", sample("client"), {}) == ([], [])
