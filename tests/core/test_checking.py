"""What is proved of a workflow: its ways can be gone, its guards can be met, and a sound one is never accused."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework_flow.engine import CaseState, Engine
from casework_flow.loader import vocabulary
from casework_flow.proofs import Proof, prove
from casework_flow.records.forms import form_type
from casework_flow.records.generated import complete, several
from casework_flow.records.input import validate
from casework_flow.records.kinds import Kind, ListOf, Object, Scalar
from casework_flow.records.types import RECORD_TYPES
from casework_flow.rules import compile_rule, read
from casework_flow.situations import START, Constants, Material, Situation
from casework_flow.witness import Goal, Search
from casework_flow.workflow import Workflow, from_data

WORDS = {"id": "Uji", "en": "Test"}
FORM = {
    "title": WORDS,
    "fields": {
        "score": {"type": "integer", "label": WORDS, "min": 3, "max": 40},
        "place": {"type": "choice", "label": WORDS, "choices": ["kin", "home", "shelter"], "required": True},
        "since": {"type": "date", "label": WORDS},
        "names": {"type": "list", "label": WORDS},
        "safe": {"type": "boolean", "label": WORDS},
        "note": {"type": "text", "label": WORDS},
    },
}


def guard(check: str, name: str = "asked", **more: Any) -> dict[str, Any]:
    return {"guard": name, "kind": "professional", "check": check, "say": WORDS, **more}


def flow(*checks: str, **changes: Any) -> Workflow:
    """A sound workflow of three stages whose second one asks for ``checks``."""
    data: dict[str, Any] = {
        "workflow": "small",
        "version": 1,
        "title": WORDS,
        "settings": {"least": 3, "never": 10**6},
        "stages": {
            "first": {"title": WORDS},
            "middle": {"title": WORDS, "requires": [guard(c, f"g{n}") for n, c in enumerate(checks)]},
            "last": {"title": WORDS, "requires": [guard("termination", "ended", fix="termination")]},
        },
        "moves": [
            {"move": "pause", "from": "any", "status": "paused"},
            {"move": "resume", "from": "any", "when": "paused"},
        ],
        "closures": {"done": {"complete": True}, "left": {"requires": [guard("termination.statement", "stated")]}},
        "forms": {"placement": FORM, "visit": {**FORM, "many": True}},
    }
    return from_data({**data, **changes})


def findings(proof: Proof) -> list[str]:
    return [one.message.say("en") for one in proof.found if not one.warning]


def warnings(proof: Proof) -> list[str]:
    return [one.message.say("en") for one in proof.found if one.warning]


# the material


@pytest.mark.parametrize("name", [*RECORD_TYPES, "placement", "visit"])
def test_a_generated_record_is_sound_in_itself_and_says_nothing_odd(name: str) -> None:
    kind = RECORD_TYPES.get(name) or form_type(name, flow().forms[name])
    for place in range(5 if kind.many else 1):
        content = complete(kind, START, place)
        checked = validate(kind, content, today=START + timedelta(weeks=8))
        assert (checked.content, checked.warnings) == (content, ())


def test_generated_cases_are_sound_together_and_meet_what_complete_cases_should() -> None:
    material = Material(flow())
    whole = material.worked_through()
    assert material.sound(whole)
    assert material.sound(material.opened())
    facts = material.facts(whole)
    for check in (
        "contract.weeks_are_over",
        "sessions.held_ratio == 1",
        "finance.longest_run == 8",
        "plan.every_component_meets_a_need and plan.activities_fit and plan.every_indicator_measurable",
        "evaluation.every_indicator_rated and evaluation.every_rating_has_evidence",
        "genogram.index_member and ecomap.present",
    ):
        assert compile_rule(check)(facts), check


def test_every_change_of_a_case_changes_it_in_one_place() -> None:
    material = Material(flow())
    whole = material.worked_through()
    for changed in material.changed(whole, list(material.kinds), Constants.of([3])):
        differing = [
            name
            for name in {*whole.records, *changed.records}
            if whole.records.get(name) != changed.records.get(name)
        ]
        assert len(differing) <= 1
        assert replace(changed, records=whole.records) == whole


# guards

MEETABLE = [
    "client.age >= 60",
    "client.age < 7 and client.guardian.name",
    "client.is_minor and client.sex == 'male'",
    "not client.nik and client.nik_absent_reason == 'lost'",
    "client.identity_unknown",
    "client.dtsen_decile in [7, 8]",
    "consents.count == 0",
    "not consents.active('data') and consents.active('photo')",
    "consents.latest('service').method == 'thumbprint'",
    "contract.duration_weeks == 20 and contract.weeks_are_over",
    "contract.weeks_elapsed == 3",
    "contract.ends_on == '2025-04-27'",
    "not contract",
    "assessment.problems.count >= 5",
    "assessment.risk.result == 'high'",
    "plan.components.count >= 3 and plan.every_component_has_goal",
    "plan and not plan.activities_fit",
    "sessions.cancelled >= 3",
    "sessions.held_ratio < 0.5 and sessions.unlogged_weeks.count == 0",
    "sessions.open_safety_flags > 1",
    "sessions.held_ratio >= 2",
    "sessions.held_ratio == 0.8",
    "finance.longest_run >= 12",
    "finance.wants_share > 50",
    "finance.income_change > 10",
    "evaluation.recommendation == 'refer'",
    "termination.attempts.count >= 6",
    "referral.to == client.name",
    "placement.score >= settings.least and placement.score < 5",
    "placement.place == 'shelter' and placement.safe == false",
    "placement.names.count > 4 and 'Ani' in placement.names",
    "visit.count == 9",
    "case.cycle == 3 and case.episode == 2",
    "case.worker.role == 'practicum_student'",
    "case.stage_since > contract.start_on",
    "client.birth_date < '1950-01-01' and client.birth_date > '1949-12-30'",
    "intake.presenting_problem == 'Tidak punya rumah'",
]


@pytest.mark.parametrize("check", [check.replace("false", "False") for check in MEETABLE])
def test_a_guard_that_can_be_met_has_a_witness_that_the_engine_accepts(check: str) -> None:
    workflow = flow(check)
    proof = prove(workflow)
    assert findings(proof) == []
    way = next(way for way in proof.ways if way.place == "middle")
    assert way.situation is not None
    assert accepts(workflow, way.situation, "advance")


def accepts(workflow: Workflow, situation: Situation, move: str) -> bool:
    material = Material(workflow)
    assert material.sound(situation, together=False)
    state = CaseState(
        number="1", workflow="small", workflow_version=1, workflow_digest="", stage=situation.case["stage"],
        status=situation.case["status"], cycle=1, episode=1, worker="w", client="K", opened_on="2025-01-06",
        stage_since="2025-01-06", due_on=None, closed_on=None, because=None, last_on="2025-01-06", version=1, head="",
    )  # fmt: skip
    decided = Engine(workflow).decide(state, material.facts(situation), move, because=situation.because)
    return decided.allowed


NEVER = [
    "client.age > 200",
    "client.is_minor and client.age >= 18",
    "consents.count == 0 and consents.active('service')",
    "plan.components.count == 0 and plan.every_component_has_goal",
    "placement.score > 40",
    "placement.place == 'kin' and placement.place == 'home'",
    "contract.duration_weeks > settings.never",
    "client.sex != client.sex",
    "sessions.held > sessions.count",
    "1 > 2",
    "False",
]


@pytest.mark.parametrize("check", NEVER)
def test_a_guard_that_nothing_can_meet_is_named_with_all_that_follows(check: str) -> None:
    proof = prove(flow(check))
    assert proof.unmet == [("middle", "g0")]
    said = findings(proof)
    assert said[0].startswith("The guard g0 (middle) ")
    assert "can never be true" in said[0] or "it is never met" in said[0]
    assert "No case can ever reach: last." not in said  # an early closure leads there


APART = [
    ("client.age >= 18", "client.is_minor"),
    ("placement.place == 'kin'", "placement.place in ['home', 'shelter']"),
    ("assessment.problems.count == 0", "assessment.problems.count > 3"),
    ("case.cycle == 1", "case.cycle == 2"),
    ("sessions.cancelled > 0", "sessions.held == sessions.count"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_guards_that_contradict_each_other_are_both_named_and_no_other(one: str, other: str) -> None:
    proof = prove(flow("client.name", one, "intake.source", other))
    assert proof.unmet == [("middle", "g1"), ("middle", "g3")]
    assert "The guards g1 and g3 (middle) contradict each other" in findings(proof)[0]


def test_three_guards_of_which_any_two_agree_are_named_as_well() -> None:
    proof = prove(
        flow(
            "placement.place != 'kin' and placement.place",
            "placement.place != 'home' and placement.place",
            "placement.place != 'shelter' and placement.place",
        )
    )
    assert len(findings(proof)) == 1
    assert "The guards of middle contradict each other" in findings(proof)[0]


@pytest.mark.parametrize("check", ["client.age >= 0 or not client.age", "consents.count >= 0"])
def test_a_guard_that_every_case_meets_is_a_warning(check: str) -> None:
    proof = prove(flow(check))
    assert findings(proof) == []
    assert len(warnings(proof)) == 1
    assert "g0 (middle)" in warnings(proof)[0]


def test_a_guard_that_only_says_again_what_its_record_must_have_is_none() -> None:
    assert warnings(prove(flow("client.nik or client.nik_absent_reason or client.identity_unknown"))) == []


@pytest.mark.parametrize("check", ["True", "settings.least == 3", "1 < 2"])
def test_a_guard_that_asks_about_no_record_and_is_always_met_is_a_finding(check: str) -> None:
    assert findings(prove(flow(check))) == ["The guard g0 (middle) asks about no record: it is always met."]


NAMES = vocabulary({name: form_type(name, spec) for name, spec in flow().forms.items()}, flow().settings)


def scalars(kinds: Mapping[str, Kind], prefix: str = "") -> Iterator[str]:
    for name, kind in kinds.items():
        if isinstance(kind, Object):
            yield from scalars(kind.fields, f"{prefix}{name}.")
        elif isinstance(kind, Scalar):
            yield prefix + name
        elif isinstance(kind, ListOf):
            yield f"{prefix}{name}.count"


UNSEEN = ("approvals", "settings", "case.status", "case.stage", "case.number", "case.workflow", "case.title",
          "case.closing", "case.opened_on")  # fmt: skip
PATHS = [path for path in scalars(NAMES) if not path.startswith(UNSEEN)]
MATERIAL = Material(flow())


def value_at(facts: Mapping[str, Any], path: str) -> Any:
    found: Any = facts
    for name in path.split("."):
        found = read(found, name)
    return found.isoformat() if isinstance(found, date) else found


@given(st.integers(0, 10**9), st.lists(st.sampled_from(PATHS), min_size=1, max_size=3, unique=True))
@settings(max_examples=40, deadline=None)
def test_what_some_case_has_can_be_met_so_a_sound_file_is_never_accused(seed: int, paths: list[str]) -> None:
    chance = Random(seed)  # noqa: S311  # drawn anew from what hypothesis gives
    here = MATERIAL.worked_through()
    for _ in range(4):
        name = chance.choice(list(MATERIAL.kinds))
        ways = list(MATERIAL.changed(here, [name], Constants.of([2, 11, "Ani", "2025-02-02"])))
        here = chance.choice(
            [way for way in chance.sample(ways, min(20, len(ways))) if MATERIAL.sound(way)] or [here]
        )
    facts = MATERIAL.facts(here)
    asked = []
    for path in paths:
        value = value_at(facts, path)
        asked.append(f"{path} is None" if value is None else f"{path} == {value!r}")
    goals = [Goal("g", compile_rule(" and ".join(asked)))]
    assert goals[0].met(facts)
    found = Search(MATERIAL).meet(goals, {"status": "active"}, None, ["middle"])
    assert found.situation is not None, asked


def test_the_same_file_is_judged_alike_each_time() -> None:
    first, second = (prove(flow("client.age >= 60", "finance.wants_share > 50")) for _ in range(2))
    assert [way.situation for way in first.ways] == [way.situation for way in second.ways]


@pytest.mark.parametrize(
    "checks",
    [
        ["client.age > 200", *[f"visit.count == {n}" for n in range(30)]],
        [" and ".join(f"consents.count != {n}" for n in range(29)) + " and consents.count < 29"] * 30,
        [f"finance.longest_run == {n} or finance.wants_share == {n}.5" for n in range(20)],
    ],
    ids=["many contradictions", "long and false", "many figures"],
)
def test_a_check_ends_in_bounded_time_whatever_the_guards_ask(checks: list[str]) -> None:
    started = time.perf_counter()
    proof = prove(flow(*checks))
    assert time.perf_counter() - started < 40  # about 10 s by itself
    assert findings(proof) or warnings(proof)


# the graph


def test_a_sound_workflow_has_a_witness_for_each_stage_move_and_closure() -> None:
    proof = prove(flow("client.age >= 60"))
    assert (findings(proof), warnings(proof), proof.unmet) == ([], [], [])
    places = [way.place for way in proof.ways]
    assert places == ["first", "middle", "pause", "resume", "close done", "close left"]
    assert all(way.situation for way in proof.ways)


def test_a_witness_holds_no_record_that_is_not_needed() -> None:
    proof = prove(flow("consents.active('photo')"))
    way = next(way for way in proof.ways if way.place == "middle")
    assert way.situation is not None
    assert way.situation.records.keys() == {"client", "consent"}
    assert [one["type"] for one in way.situation.records["consent"]][-1] == "photo"


def test_a_stage_behind_one_that_cannot_be_left_is_never_reached() -> None:
    data = flow("client.age < 0").data
    stages = {**data["stages"]}
    last = stages.pop("last")
    said = findings(prove(from_data({**data, "stages": {**stages, "behind": {"title": WORDS}, "last": last}})))
    assert "No case can ever reach: behind." in said


def test_a_case_that_cannot_be_closed_through_the_last_stage_is_told_where() -> None:
    only = {"done": {"complete": True, "requires": [guard("client.age < 0", "young")]}}
    said = findings(prove(flow("client.age >= 0", closures=only)))
    assert [line for line in said if line.startswith("From ")] == [
        f"From {stage} ({status}) no case can ever be closed through the last stage."
        for stage in ("first", "middle", "last")
        for status in ("active", "paused")
    ]


def test_a_pause_from_which_nothing_leads_back_is_told() -> None:
    said = findings(prove(flow(moves=[{"move": "pause", "from": "any", "status": "paused"}])))
    assert len(said) == 1
    assert said[0].startswith("A case that is paused can never be taken up again in: first, middle, last.")


def test_a_move_whose_source_no_case_is_ever_in_is_told() -> None:
    said = findings(prove(flow(moves=[{"move": "resume", "from": "any", "when": "paused"}])))
    assert said == ["The move resume can never be made: no case is ever paused in first, middle, last."]


def test_requirements_of_a_last_stage_that_no_closure_asks_are_told() -> None:
    said = findings(prove(flow(closures={"left": {}})))
    assert said == ["Nobody ever asks what the last stage requires: no closure is `complete: true`."]


def test_a_move_is_judged_in_each_of_its_stages() -> None:
    back = {"move": "back", "from": ["middle", "last"], "to": "first", "requires": [guard("case.stage == 'last'")]}
    assert findings(prove(flow(moves=[back]))) == []
    nowhere = {**back, "requires": [guard("case.stage == 'first'")]}
    assert "can never be true" in findings(prove(flow(moves=[nowhere])))[0]


@pytest.mark.parametrize(("when", "what"), [("client.name", "always met"), ("client.age < 0", "never met")])
def test_early_closing_that_applies_always_or_never_is_told(when: str, what: str) -> None:
    proof = prove(flow(closing={"early": {"when": when, "documents": []}}))
    assert any(what in line for line in findings(proof))


# the people


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        ({"advance": []}, "Nobody may do this: advance."),
        ({"move": []}, "Nobody may do this: move pause."),
        ({"close": []}, "Nobody may do this: close."),
        ({"open": []}, "Nobody may do this: open."),
        ({"approve": []}, "Nobody can approve plan: who may (-) carries cases; nobody approves their own work."),
        (
            {"approve plan": ["social_worker"]},
            "Nobody can approve plan: who may (social worker) carries cases; nobody approves their own work.",
        ),
        ({"record plan": []}, "Nobody can record plan: who may (-) neither carries cases nor works in others'."),
        (
            {"record": ["auditor"]},
            "Nobody can record plan: who may (auditor) neither carries cases nor works in others'.",
        ),
    ],
)
def test_an_act_for_which_the_file_leaves_nobody_is_told(permissions: dict[str, Any], said: str) -> None:
    data = flow().data
    middle = {
        "title": WORDS,
        "requires": [
            guard("approvals.given('plan')", "approved", fix="approve plan"),
            guard("plan", "made", fix="plan"),
        ],
    }
    whole = from_data({**data, "stages": {**data["stages"], "middle": middle}})
    assert findings(prove(whole)) == []
    assert said in findings(prove(from_data({**whole.data, "permissions": permissions})))


def test_an_approval_that_nobody_is_asked_for_is_told_with_the_one_that_was_meant() -> None:
    data = flow().data
    asked = [guard("approvals.given('plann')", "approved", fix="approve plan")]
    said = findings(
        prove(from_data({**data, "stages": {**data["stages"], "middle": {"title": WORDS, "requires": asked}}}))
    )
    assert any(
        line.startswith("Nobody approves plann in this workflow") and "Did you mean plan?" in line for line in said
    )
    assert "The approval of plan does not meet this guard: its check does not ask for it." in said


def test_a_form_of_which_no_record_can_be_made_is_told() -> None:
    field = {"type": "integer", "label": WORDS, "min": 5, "max": 4, "required": True}
    proof = prove(flow(forms={"placement": {"title": WORDS, "fields": {"score": field}}}))
    assert findings(proof) == ["No record of placement can be made: 5 is more than 4."]
    assert proof.found[0].path == ("forms", "placement", "fields", "score")


def test_several_records_make_a_case_that_lasted() -> None:
    assert [len(several(RECORD_TYPES[name], START, 3)) for name in ("session", "finance", "client")] == [3, 21, 1]
