"""The engine on a small workflow made of data: what it allows, what it refuses and why, and what a history means."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.engine import CaseState, Engine, Option, evolve
from casework_flow.errors import Refused
from casework_flow.workflow import from_data


def guard(name: str, check: str, kind: str = "professional", fix: str | None = None) -> dict[str, Any]:
    made = {"guard": name, "kind": kind, "check": check, "say": {"id": f"{name} belum", "en": f"{name} is missing"}}
    return made | ({"fix": fix} if fix else {})


DATA: dict[str, Any] = {
    "workflow": "small",
    "version": 3,
    "title": {"id": "Kecil", "en": "Small"},
    "permissions": {"override": ["supervisor"], "approve plan": ["office_head"], "record": ["social_worker"]},
    "stages": {
        "start": {
            "title": {"en": "Start"},
            "requires": [
                guard("consented", "a.consent", "legal", "consent"),
                guard("counted", "a.count >= 3"),
                guard("approved", "a.approved", fix="approve plan"),
            ],
            "documents": ["contract"],
        },
        "middle": {"title": {"en": "Middle"}},
        "end": {
            "title": {"en": "End"},
            "requires": [guard("reviewed", "a.reviewed", "legal")],
            "documents": ["letter"],
        },
    },
    "moves": [
        {"move": "back", "from": "end", "to": "start", "cycle": "next", "requires": [guard("wished", "a.wished")]},
        {"move": "pause", "from": "any", "status": "paused"},
        {"move": "resume", "from": "any", "when": "paused"},
        {"move": "reopen", "from": "any", "when": "closed", "to": "start", "episode": "next"},
    ],
    "closing": {"early": {"when": "not a.contract", "documents": ["notice"]}},
    "closures": {
        "done": {"complete": True, "requires": [guard("satisfied", "a.satisfied")]},
        "left": {"requires": [guard("stated", "a.statement", "legal", "termination")], "documents": ["record"]},
    },
}
FIELDS = ("consent", "count", "approved", "reviewed", "wished", "contract", "satisfied", "statement")
ALL = {"consent": True, "count": 3, "approved": True, "reviewed": True, "wished": True, "contract": True}
STATE = CaseState(
    number="C-1",
    workflow="small",
    workflow_version=3,
    workflow_digest="d",
    stage="start",
    status="active",
    cycle=1,
    episode=1,
    worker="rina",
    client="S",
    opened_on="2025-03-03",
    stage_since="2025-03-03",
    due_on="2025-03-10",
    closed_on=None,
    because=None,
    last_on="2025-03-03",
    version=1,
    head="h",
)
ENGINE = Engine(from_data(DATA))


def facts(**values: Any) -> dict[str, Any]:
    return {"a": values}


def options(stage: str = "start", status: Any = "active", **values: Any) -> dict[tuple[str, str | None], Option]:
    found = ENGINE.options(replace(STATE, stage=stage, status=status), facts(**values))
    return {(option.move, option.because): option for option in found}


def decide(
    move: str, stage: str = "start", status: Any = "active", because: str | None = None, **values: Any
) -> Option:
    return ENGINE.decide(replace(STATE, stage=stage, status=status), facts(**values), move, because=because)


def refusal(move: str, **more: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(move, **more)
    return refused.value


# ---- guards -----------------------------------------------------------------------------------------------------


def test_every_unmet_guard_is_told_at_once_with_who_can_meet_it() -> None:
    unmet = refusal("advance").unmet
    assert [(r.guard, r.kind, r.fix, r.by) for r in unmet] == [
        ("consented", "legal", "consent", ("social_worker",)),
        ("counted", "professional", None, ("supervisor",)),
        ("approved", "professional", "approve plan", ("office_head",)),
    ]
    assert [r.message.say("id") for r in unmet] == ["consented belum", "counted belum", "approved belum"]
    assert {r.due_on for r in unmet} == {"2025-03-10"}


def test_an_unmet_guard_tells_what_it_read_and_a_met_one_is_still_listed() -> None:
    option = options(consent=True, count=2)[("advance", None)]
    assert [(r.guard, r.ok, r.detail) for r in option.requirements] == [
        ("consented", True, None),
        ("counted", False, {"a.count": 2}),
        ("approved", False, {"a.approved": None}),
    ]
    assert not option.allowed


def test_a_move_whose_guards_are_met_is_decided_with_its_documents() -> None:
    done = decide("advance", **ALL)
    assert (done.stage, done.status, done.to) == ("middle", "active", "middle")
    assert [issue.document for issue in done.documents] == ["contract"]
    assert done.allowed


def test_deciding_changes_no_state_and_can_be_done_again() -> None:
    before = deepcopy(STATE)
    assert decide("advance", **ALL) == decide("advance", **ALL)
    assert before == STATE


# ---- overriding -------------------------------------------------------------------------------------------------


def override(*guards: str, role: str = "supervisor", **values: Any) -> Option:
    return ENGINE.decide(STATE, facts(**values), "advance", overrides=guards, override_role=role)


def test_a_role_with_override_may_pass_professional_guards() -> None:
    done = override("counted", "approved", consent=True)
    assert [(r.guard, r.ok, r.overridden) for r in done.requirements] == [
        ("consented", True, False),
        ("counted", False, True),
        ("approved", False, True),
    ]


def test_a_guard_that_is_met_needs_no_override_and_gets_none() -> None:
    assert not any(r.overridden for r in override("counted", **ALL).requirements)


@pytest.mark.parametrize("role", ["supervisor", "office_head", "social_worker", ""])
def test_nobody_overrides_a_legal_guard(role: str) -> None:
    with pytest.raises(Refused) as refused:
        override("consented", role=role, count=3, approved=True)
    assert "consented" in refused.value.message.say("en")
    assert [r.guard for r in refused.value.unmet] == ["consented"]


@pytest.mark.parametrize("role", ["office_head", "social_worker", "auditor", "supervisorr", ""])
def test_a_role_without_override_passes_nothing(role: str) -> None:
    with pytest.raises(Refused) as refused:
        override("counted", "approved", role=role, consent=True)
    assert "supervisor" in refused.value.message.say("en")
    assert [r.guard for r in refused.value.unmet] == ["counted", "approved"]


def test_what_is_not_overridden_still_stands_in_the_way() -> None:
    with pytest.raises(Refused) as refused:
        override("counted", consent=True)
    assert [r.guard for r in refused.value.unmet] == ["approved"]


def test_overriding_a_guard_that_the_move_has_not_is_refused_with_a_hint() -> None:
    with pytest.raises(Refused, match=r"no guard countd.*Did you mean counted\?"):
        override("countd", **ALL)


# ---- moves and closings -----------------------------------------------------------------------------------------


def test_a_case_may_do_what_the_file_says_and_nothing_else() -> None:
    assert options().keys() == {("advance", None), ("pause", None), ("close", "left")}
    assert options("end", contract=True).keys() == {
        ("back", None),
        ("pause", None),
        ("close", "done"),
        ("close", "left"),
    }
    assert options("middle", "paused").keys() == {("resume", None), ("close", "left")}
    assert options("end", "closed").keys() == {("reopen", None)}


def test_a_move_keeps_the_stage_unless_it_names_another_and_counts_cycles_and_episodes() -> None:
    paused, resumed = options("middle")[("pause", None)], options("middle", "paused")[("resume", None)]
    assert (paused.stage, paused.status, resumed.stage, resumed.status) == ("middle", "paused", "middle", "active")
    back, reopened = options("end")[("back", None)], options("end", "closed")[("reopen", None)]
    assert (back.stage, back.next_cycle, back.next_episode) == ("start", True, False)
    assert (reopened.stage, reopened.status, reopened.next_cycle, reopened.next_episode) == (
        "start",
        "active",
        False,
        True,
    )


def test_closing_before_the_case_has_begun_keeps_its_stage_and_has_its_own_documents() -> None:
    early = decide("close", because="left", statement="x")
    assert (early.stage, early.status, early.to) == ("start", "closed", "closed")
    assert [issue.document for issue in early.documents] == ["notice"]


def test_closing_later_leads_to_the_last_stage() -> None:
    late = decide("close", "middle", because="left", statement="x", contract=True)
    assert (late.stage, late.status, late.to) == ("end", "closed", "closed")
    assert [issue.document for issue in late.documents] == ["record"]


def test_the_regular_end_asks_the_last_stages_guards_as_well_and_issues_its_documents() -> None:
    assert [r.guard for r in refusal("close", stage="end", because="done", contract=True).unmet] == [
        "reviewed",
        "satisfied",
    ]
    done = decide("close", "end", because="done", contract=True, reviewed=True, satisfied=True)
    assert [issue.document for issue in done.documents] == ["letter"]
    assert (done.stage, done.status) == ("end", "closed")


@pytest.mark.parametrize(
    ("move", "more", "said"),
    [
        ("advance", {"stage": "end"}, "End is the last stage: a case leaves it by being closed"),
        ("advance", {"status": "closed"}, "Case C-1 is closed"),
        ("close", {"status": "closed", "because": "left"}, "Case C-1 is closed"),
        (
            "close",
            {"because": "bored"},
            "bored is no reason to close a case in this workflow; the reasons are: done, left.",
        ),
        ("close", {}, "the reasons are: done, left."),
        ("close", {"because": "done"}, "done closes a case only from the stage End."),
        ("back", {}, "The workflow has no move back from the stage Start while the case is active."),
        ("resume", {}, "The workflow has no move resume from the stage Start while the case is active."),
        ("pause", {"status": "paused"}, "has no move pause from the stage Start while the case is paused."),
        ("fly", {}, "has no move fly"),
        ("advance", {"status": "paused"}, "has no move advance from the stage Start while the case is paused."),
        ("advance start", {}, "has no move advance start"),
        ("pause 1", {}, "has no move pause 1"),
        ("pause", {"because": "left"}, "pause"),
    ],
)
def test_a_move_that_is_not_there_is_refused_with_a_reason(move: str, more: dict[str, Any], said: str) -> None:
    refused = refusal(move, **more, **ALL)
    assert said in refused.message.say("en")
    assert refused.unmet == ()


@pytest.mark.parametrize("gone", range(4))
def test_the_machine_makes_no_move_whose_edge_was_cut_from_the_data(gone: int) -> None:
    data = deepcopy(DATA)
    cut = data["moves"].pop(gone)
    engine = Engine(from_data(data))
    for stage in data["stages"]:
        for status in ("active", "paused", "closed"):
            with pytest.raises(Refused, match="has no move"):
                engine.decide(replace(STATE, stage=stage, status=status), facts(**ALL), cut["move"])


def test_two_engines_of_different_versions_do_not_know_each_other() -> None:
    data = deepcopy(DATA)
    data["stages"]["start"]["requires"] = []
    easy = Engine(from_data(data))
    assert easy.decide(STATE, facts(), "advance").stage == "middle"
    assert refusal("advance").unmet


# ---- history ----------------------------------------------------------------------------------------------------


def event(seq: int, on: str, kind: str = "advanced", client: str | None = None, **body: Any) -> Mapping[str, Any]:
    return {"seq": seq, "hash": f"h{seq}", "on": on, "kind": kind, "client": client, "body": body}


OPENED = event(
    1,
    "2025-03-03",
    "opened",
    "S",
    number="C-1",
    workflow="small",
    workflow_version=3,
    workflow_digest="d",
    to="start",
    worker="rina",
    due_on="2025-03-10",
)


def moved(seq: int, on: str, to: str, status: str = "active", cycle: int = 1, episode: int = 1, **more: Any) -> Any:
    return event(seq, on, to=to, status=status, cycle=cycle, episode=episode, **{"due_on": None, **more})


def fold(*events: Mapping[str, Any]) -> CaseState:
    state: CaseState | None = None
    for one in events:
        state = evolve(state, one)
    assert state
    return state


def test_the_first_event_opens_the_case() -> None:
    assert fold(OPENED) == replace(STATE, head="h1")


def test_an_event_that_moves_nothing_counts_and_leaves_the_stage() -> None:
    state = fold(OPENED, event(2, "2025-03-06", "recorded", "Sarma", record="client"))
    assert (state.stage, state.version, state.head, state.last_on, state.client) == (
        "start",
        2,
        "h2",
        "2025-03-06",
        "Sarma",
    )


def test_the_latest_working_date_never_goes_back() -> None:
    state = fold(OPENED, event(2, "2025-03-06", "recorded"), event(3, "2025-03-04", "registered"))
    assert state.last_on == "2025-03-06"


def test_a_move_begins_its_stage_and_a_pause_does_not() -> None:
    state = fold(
        OPENED,
        moved(2, "2025-03-07", "middle", due_on="2025-03-20"),
        moved(3, "2025-03-08", "middle", "paused"),
        moved(4, "2025-03-09", "middle"),
    )
    assert (state.stage, state.status, state.stage_since, state.due_on) == ("middle", "active", "2025-03-07", None)


def test_closing_keeps_date_and_reason_and_reopening_forgets_them() -> None:
    closed = fold(OPENED, moved(2, "2025-05-21", "end", "closed", because="left"))
    assert (closed.status, closed.closed_on, closed.because) == ("closed", "2025-05-21", "left")
    again = evolve(closed, moved(3, "2025-06-02", "start", episode=2))
    assert (again.status, again.closed_on, again.because, again.episode, again.stage_since) == (
        "active",
        None,
        None,
        2,
        "2025-06-02",
    )


# ---- whatever is recorded ---------------------------------------------------------------------------------------

RECORDED = st.fixed_dictionaries(
    {},
    optional={
        field: st.integers(0, 5) if field == "count" else st.none() | st.booleans() | st.just("x") for field in FIELDS
    },
)
STANDING = st.tuples(st.sampled_from(["start", "middle", "end"]), st.sampled_from(["active", "paused", "closed"]))
MOVES = [
    *((name, None) for name in ("advance", "back", "pause", "resume", "reopen", "close")),
    ("close", "done"),
    ("close", "left"),
]


@given(STANDING, RECORDED)
def test_what_status_allows_is_exactly_what_is_decided(standing: tuple[str, str], recorded: dict[str, Any]) -> None:
    stage, status = standing
    listed = options(stage, status, **recorded)
    assert len(listed) == len(ENGINE.options(replace(STATE, stage=stage, status=status), facts(**recorded)))
    for move, because in MOVES:
        option = listed.get((move, because))
        try:
            done = decide(move, stage, status, because, **recorded)
        except Refused as refused:
            assert option is None or not option.allowed  # both ways are right, each at its time
            assert refused.unmet == (option.unmet if option else ())  # noqa: PT017
        else:
            assert option == done
            assert option.allowed


@given(
    RECORDED,
    st.sets(st.sampled_from(["consented", "counted", "approved"])),
    st.sampled_from(["supervisor", "auditor"]),
)
def test_a_legal_guard_is_met_whenever_the_case_moves(
    recorded: dict[str, Any], overrides: set[str], role: str
) -> None:
    try:
        done = override(*overrides, role=role, **recorded)
    except Refused:
        return
    assert recorded["consent"]
    assert all(r.ok for r in done.requirements if r.kind == "legal")
    assert role == "supervisor" or all(r.ok for r in done.requirements)
