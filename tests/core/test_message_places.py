"""Messages in two languages: each is said with what it names, whatever that is."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.errors import Problem, did_you_mean
from casework_flow.messages import LOCALES, Message, Text, languages, say

CATALOGUES = sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_has_the_places_of_its_template_and_no_others(path: Path) -> None:
    with path.open("rb") as file:
        wrong = [m.id for m in read_po(file) if m.id and m.string and places(str(m.id)) != places(str(m.string))]
    assert wrong == []


@given(st.text(), st.text())
def test_what_is_named_is_said_as_it_is(one: str, other: str) -> None:
    for lang in languages():
        assert Message("{a}|{b}", a=one, b=Message("{c}", c=other)).say(lang) == f"{one}|{other}"


def test_a_list_is_joined_and_a_text_is_said_in_the_language_asked_for() -> None:
    plan = Text({"id": "Rencana", "en": "Plan"})
    assert say([plan, "x", 3], "id") == "Rencana, x, 3"
    assert Message("{a}", a=[plan]).say("en") == "Plan"
    assert Text({"id": "Rencana"}).say("en") == "Rencana"
    assert Text({}).say("id") == ""


def test_messages_that_say_the_same_are_the_same() -> None:
    assert Message("{a}", a=1) == Message("{a}", a=1)
    assert len({Message("{a}", a=[1]), Message("{a}", a=[1])}) == 1
    assert Message("{a}", a=1) != Message("{a}", a=2)


def test_a_problem_is_one_line_with_its_place() -> None:
    assert Problem("plan.goal", Message("is missing")).say("en") == "plan.goal: is missing"
    assert Problem("", Message("is missing")).say("en") == "is missing"


def test_the_nearest_name_is_asked_for_and_a_far_one_is_not() -> None:
    near = did_you_mean("clint", ["client", "plan"])
    assert near
    assert near.say("en") == "Did you mean client?"
    assert did_you_mean("xyz", ["client", "plan"]) is None
    assert did_you_mean("x", []) is None
