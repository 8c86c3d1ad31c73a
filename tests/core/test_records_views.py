"""What the records publish to guards and templates."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from record_samples import SAMPLES, TODAY, check, entry, sample, views

from casework_flow.records.types import RECORD_TYPES
from casework_flow.records.views import build_views, measures


def test_reading_records_does_not_load_the_validator() -> None:
    code = "import sys, casework_flow.records.views, casework_flow.records.forms; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_each_name_is_there_when_nothing_is_recorded() -> None:
    empty = views({})
    names = {kind.view for kind in RECORD_TYPES.values()} | {"case", "settings", "approvals"}
    assert empty.keys() == names
    for kind in RECORD_TYPES.values():
        view = empty[kind.view]
        assert not view
        assert view.get("no_such_name") is None
        for name in view.published():
            found = view.get(name)
            assert callable(found) or not found


def test_a_view_gives_fields_and_figures_alike() -> None:
    client = views({"client": sample("client")})["client"]
    assert client
    assert (client.get("initials"), client["initials"], client.get("age")) == ("S", "S", 32)
    assert "age" in client.published()
    assert client.get("content") is client.get("world") is client.get("__class__") is None


def test_the_items_of_a_many_record_carry_their_number() -> None:
    sessions = views({"session": [sample("session"), sample("session", week_no=2)]})["sessions"]
    assert [(item["item"], item["week_no"]) for item in sessions.items] == [(1, 1), (2, 2)]
    assert sessions.count == 2


def test_a_single_record_is_the_latest_one_given() -> None:
    entries = {"client": [entry(sample("client")), entry(sample("client", initials="T"))]}
    found: Any = build_views(entries, today=TODAY, settings={}, case={}, approvals=None, forms={})
    assert found["client"].get("initials") == "T"


@pytest.mark.parametrize(
    ("changes", "today", "age"),
    [
        ({"birth_date": "2007-05-22"}, date(2025, 5, 21), 17),
        ({"birth_date": "2007-05-22"}, date(2025, 5, 22), 18),
        ({"birth_date": "2008-02-29"}, date(2026, 2, 28), 17),
        ({"birth_date": None, "age_years": 17, "as_of": "2024-06-01"}, date(2025, 5, 31), 17),
        ({"birth_date": None, "age_years": 17, "as_of": "2024-06-01"}, date(2025, 6, 1), 18),
        ({"birth_date": None}, date(2025, 6, 1), None),
    ],
)
def test_age_is_counted_in_completed_years(changes: dict[str, Any], today: date, age: int | None) -> None:
    client = views({"client": sample("client", **changes)}, today=today)["client"]
    assert client.age == age
    assert client.is_minor == client.needs_guardian == (age == 17)


def test_limited_capacity_needs_a_guardian() -> None:
    client = views({"client": sample("client", capacity="limited")})["client"]
    assert (client.is_minor, client.needs_guardian) == (False, True)


def test_a_consent_is_active_until_it_is_withdrawn() -> None:
    given = sample("consent", given_on="2025-03-06", withdrawn_on="2025-04-01")
    for today, active in [("2025-03-05", False), ("2025-03-31", True), ("2025-04-01", False)]:
        consents = views({"consent": [given]}, today=date.fromisoformat(today))["consents"]
        assert consents.active("service") is active
        assert consents.active("data") is False
    again = views({"consent": [given, sample("consent", given_on="2025-04-02")]})["consents"]
    assert again.active("service")
    assert again.latest("service")["item"] == 2
    assert again.latest("photo") is None


@pytest.mark.parametrize(
    ("today", "elapsed", "over"),
    [
        ("2025-03-10", 0, False),
        ("2025-03-23", 0, False),
        ("2025-03-24", 1, False),
        ("2025-05-11", 7, False),
        ("2025-05-12", 8, True),
    ],
)
def test_a_contract_counts_its_weeks_from_the_first_day(today: str, elapsed: int, over: bool) -> None:
    contract = views({"contract": sample("contract")}, today=date.fromisoformat(today))["contract"]
    assert (contract.weeks_elapsed, contract.weeks_are_over) == (elapsed, over)
    assert contract.ends_on == date(2025, 5, 11)


@pytest.mark.parametrize(
    ("weeks", "visits", "extra", "planned"), [(8, 1, 0, 8), (8, 1, 4, 12), (5, 0.5, 0, 3), (10, 0.1, 0, 1)]
)
def test_planned_visits_are_rounded_up(weeks: int, visits: float, extra: int, planned: int) -> None:
    record = sample("contract", duration_weeks=weeks, visits_per_week=visits)
    added = [sample("addendum", weeks=extra)] if extra else []
    contract = views({"contract": record, "addendum": added})["contract"]
    assert contract.planned_visits == planned
    assert contract.total_weeks == weeks + extra


def test_an_addendum_moves_the_end() -> None:
    contract = views({"contract": sample("contract"), "addendum": sample("addendum", weeks=2)})["contract"]
    assert (contract.ends_on, contract.weeks_are_over) == (date(2025, 5, 25), False)


def test_an_addendum_with_a_first_day_starts_the_count_anew_and_later_ones_add_to_it() -> None:
    addenda = [
        sample("addendum"),
        sample("addendum", weeks=6, start_on="2025-05-19"),
        sample("addendum", weeks=2),
    ]
    contract = views({"contract": sample("contract"), "addendum": addenda})["contract"]
    assert (contract.total_weeks, contract.ends_on) == (8, date(2025, 7, 13))
    assert contract.weeks_elapsed == 0


def test_a_genogram_tells_the_client_from_the_others() -> None:
    genogram = views({"genogram": sample("genogram")})["genogram"]
    assert genogram.index_member["id"] == "s"
    assert [member["id"] for member in genogram.others] == ["a"]


def test_an_absent_tie_is_a_finding() -> None:
    ecomap = views({"ecomap": sample("ecomap")})["ecomap"]
    assert ecomap.absent_systems == ["Lembaga pelatihan"]
    absent_only = sample("ecomap", ties=[{"system": "lpk", "strength": "absent"}])
    assert views({"ecomap": absent_only})["ecomap"].present
    assert not views({"ecomap": sample("ecomap", ties=[])})["ecomap"].present


def test_an_assessment_sorts_its_findings() -> None:
    assessment = views({"assessment": sample("assessment")})["assessment"]
    assert [item["id"] for item in assessment.problems] == ["p2", "p1"]
    assert [item["id"] for item in assessment.needs] == ["n1"]
    assert [item["id"] for item in assessment.strengths] == ["s1"]
    assert assessment.resources == []
    assert len(assessment.get("items")) == 4


PLAN_CASE: dict[str, Any] = {"contract": sample("contract"), "assessment": sample("assessment")}
PLAN_FIGURES = (
    "every_component_has_goal",
    "every_component_has_activity",
    "every_component_has_indicator",
    "every_component_meets_a_need",
    "activities_fit",
    "every_indicator_measurable",
)


def test_a_sound_plan_has_every_mark() -> None:
    plan = views({**PLAN_CASE, "plan": check("plan", sample("plan")).content})["plan"]
    assert all(plan.get(name) for name in PLAN_FIGURES)
    assert plan.indicators[0]["component"] == plan.activities[0]["component"] == "Keuangan"


@pytest.mark.parametrize(
    ("field", "value", "lost"),
    [
        ("goal", None, {"every_component_has_goal"}),
        ("activities", [], {"every_component_has_activity", "activities_fit"}),
        ("indicators", [], {"every_component_has_indicator", "every_indicator_measurable"}),
        ("needs", [], {"every_component_meets_a_need"}),
        ("needs", ["n1", "n9"], {"every_component_meets_a_need"}),
        ("activities", [{"title": "x", "week_from": 1, "week_to": 9}], {"activities_fit"}),
        ("indicators", [{"code": "X", "title": "x", "baseline": 1}], {"every_indicator_measurable"}),
    ],
)
def test_a_plan_loses_the_mark_that_it_does_not_earn(field: str, value: object, lost: set[str]) -> None:
    plan = sample("plan")
    plan["components"][0][field] = value
    found = views({**PLAN_CASE, "plan": check("plan", plan).content})["plan"]
    assert {name for name in PLAN_FIGURES if not found.get(name)} == lost


def _sessions(*logged: tuple[int, str, str], **more: Any) -> Any:
    records = [sample("session", week_no=week, held_on=day, status=status) for week, day, status in logged]
    return views({"contract": sample("contract"), "session": records}, **more)["sessions"]


def test_sessions_are_counted_by_what_became_of_them() -> None:
    sessions = _sessions(
        (1, "2025-03-19", "held"),
        (2, "2025-03-26", "cancelled"),
        (3, "2025-04-02", "client_absent"),
        (4, "2025-04-09", "held"),
    )
    assert (sessions.held, sessions.cancelled, sessions.absent, sessions.attempted) == (2, 1, 1, 4)
    assert (sessions.planned, sessions.held_ratio) == (8, 0.25)
    assert sessions.unlogged_weeks == [5, 6, 7, 8]
    assert sessions.missed_weeks == [2, 3, 5, 6, 7, 8]
    assert [item["item"] for item in sessions.held_items] == [1, 4]


def test_only_weeks_that_are_over_can_be_missed() -> None:
    assert _sessions(today=date(2025, 3, 30)).missed_weeks == [1]
    assert _sessions(today=date(2025, 3, 31)).missed_weeks == [1, 2]


def test_a_visit_made_up_later_is_logged_for_its_week_and_held_in_another() -> None:
    sessions = _sessions((1, "2025-03-24", "held"), today=date(2025, 3, 31))
    assert sessions.unlogged_weeks == [2]
    assert sessions.missed_weeks == [1]


def test_a_safety_concern_stays_open_until_it_is_resolved() -> None:
    flagged = sample("session", safety_flag=True)
    resolved = {**flagged, "safety_resolved": {"date": "2025-03-20"}}
    assert views({"session": [flagged, resolved, sample("session")]})["sessions"].open_safety_flags == 1


def test_the_rows_of_the_progress_note_join_visits_and_book() -> None:
    records = {"contract": sample("contract"), "session": [sample("session")], "finance": [sample("finance")]}
    rows = views(records)["sessions"].week_rows
    assert len(rows) == 8
    assert rows[0]["held"]
    assert (rows[0]["days"], rows[0]["spending"], len(rows[0]["sessions"])) == (1, 70000, 1)
    assert not rows[1]["held"]


def test_an_evaluation_is_joined_with_the_plan_and_the_derived_figures() -> None:
    records = {
        "contract": sample("contract"),
        "plan": sample("plan"),
        "evaluation": sample("evaluation"),
        "finance": [sample("finance", date=f"2025-03-{day}") for day in range(17, 23)],
    }
    evaluation = views(records)["evaluation"]
    assert evaluation.every_indicator_rated
    assert evaluation.every_rating_has_evidence
    row = evaluation.rows[0]
    assert (row["code"], row["rating"], row["value"], row["measured"]) == ("RUN", "met", 5, 1)
    assert row["component"] == "Keuangan"


def test_the_first_value_of_a_share_is_told_beside_the_last() -> None:
    plan = sample("plan")
    plan["components"][0]["indicators"][0]["measure"] = "finance.wants_share"
    spent = [
        sample("finance"),
        sample("finance", date="2025-03-24"),
        sample("finance", date="2025-03-24", purpose="want"),
    ]
    row = views({"contract": sample("contract"), "plan": plan, "finance": spent})["evaluation"].rows[0]
    assert (row["measured_first"], row["measured"], row["rating"]) == (0.0, 50.0, None)


def test_an_indicator_without_rating_or_a_rating_without_evidence_is_noticed() -> None:
    plan = sample("plan")
    plan["components"][0]["indicators"].append({"code": "OTHER", "title": "x", "baseline": 1})
    evaluation = sample("evaluation", results=[{"code": "RUN", "rating": "not_met"}])
    found = views({"plan": plan, "evaluation": evaluation})["evaluation"]
    assert not found.every_indicator_rated
    assert not found.every_rating_has_evidence


def test_only_numbers_can_be_derived() -> None:
    assert {"finance.longest_run", "finance.wants_share", "finance.income_change"} <= set(measures())
    assert "finance.weeks" not in measures()
    assert "client.is_minor" not in measures()


def test_samples_hold_no_real_person() -> None:
    assert str(SAMPLES["client"]["nik"]).endswith("9999")
