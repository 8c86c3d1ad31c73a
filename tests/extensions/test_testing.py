"""``casework_flow.testing`` keeps what it promises to hosts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework_flow import Invalid
from casework_flow.facts import record_types
from casework_flow.records.input import validate
from casework_flow.records.types import RECORD_TYPES
from casework_flow.testing import STAFF, TODAY, Clock, clients, memory_casework, records, refused, sample_case

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("record", RECORD_TYPES)
@SLOW
@given(data=st.data())
def test_each_record_that_is_drawn_is_accepted_as_it_is(record: str, data: st.DataObject) -> None:
    content = data.draw(records(record))
    checked = validate(RECORD_TYPES[record], content, today=TODAY)
    given_ = {name: value for name, value in content.items() if value not in (None, [])}
    assert {name: value for name, value in checked.content.items() if value != []} == given_


@SLOW
@given(client=clients())
def test_a_case_can_be_opened_for_each_client(client: dict[str, object]) -> None:
    cw = memory_casework()
    assert cw.open("pkh-economic", client=client, by="maya", at=TODAY).client == client["name"]
    cw.disconnect()


def test_records_differ() -> None:
    found: set[str] = set()

    @settings(max_examples=50, deadline=None)
    @given(content=records("client"))
    def collect(content: dict[str, object]) -> None:
        found.add(repr(content))

    collect()
    assert len(found) > 20


def test_a_form_of_a_programme_is_drawn_too() -> None:
    flow = memory_casework().library.load("child-in-conflict-with-law")
    assert flow.forms

    @SLOW
    @given(data=st.data(), form=st.sampled_from(list(flow.forms)))
    def accepted(data: st.DataObject, form: str) -> None:
        validate(record_types(flow)[form], data.draw(records(form, flow)), today=TODAY)

    accepted()


def test_a_slip_in_the_name_of_a_record_is_named() -> None:
    with pytest.raises(Invalid, match="client"):
        records("cliant")


@pytest.mark.parametrize("stage", ["engagement", "assessment", "planning"])
def test_the_sample_case_stands_where_it_was_asked_for(stage: str) -> None:
    cw = memory_casework()
    assert cw.case(sample_case(cw, stage)).stage == stage


def test_a_stage_that_the_sample_does_not_know_is_named() -> None:
    with pytest.raises(Invalid, match="planing"):
        sample_case(memory_casework(), "planing")


def test_each_role_is_there() -> None:
    assert {person.name for person in memory_casework().all_staff()} == {person["name"] for person in STAFF}


def test_the_clock_stands_still_until_it_is_set() -> None:
    clock = Clock()
    before = clock()
    assert clock() == before
    clock.forward(days=2)
    assert (clock() - before).days == 2


def test_refused_wants_just_these_guards() -> None:
    cw = memory_casework()
    number = sample_case(cw, "planning")
    names = [unmet.guard for unmet in cw.status(number).moves[0].unmet]
    with refused(*names):
        cw.advance(number, by="rina", at="2025-03-28")
    with refused():
        cw.advance(number, by="rina", at="2025-03-28")
    with pytest.raises(AssertionError, match="not of"), refused("another"):
        cw.advance(number, by="rina", at="2025-03-28")
    with pytest.raises(AssertionError, match="not refused"), refused():
        cw.case(number)


def test_hypothesis_is_loaded_only_for_strategies() -> None:
    code = "import sys, casework_flow.testing as t; t.memory_casework(); sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
