"""What two drawings of the same case say of each other: all that changed, and nothing else."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

import pytest
from families import families
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_drawings_ecomap import ecomaps

from casework_flow.drawings.comparison import ecomaps as compared_ecomaps
from casework_flow.drawings.comparison import genograms
from casework_flow.drawings.svg import Drawing

TITLES = ("Assessment", "Evaluation")
FAMILY: dict[str, Any] = {
    "index": "s",
    "members": [{"id": "s", "label": "S"}, {"id": "h", "label": "H"}, {"id": "a", "label": "A", "schooling": "SD"}],
    "relations": [
        {"a": "s", "b": "h", "kind": "married"},
        {"a": "s", "b": "a", "kind": "parent_child", "quality": "distant"},
    ],
}
MAP: dict[str, Any] = {
    "systems": [{"id": "t", "name": "Training"}, {"id": "n", "name": "Neighbours"}],
    "ties": [{"system": "t", "strength": "absent", "flow": "none"}, {"system": "n", "strength": "strong"}],
}


def changes(drawing: Drawing) -> list[str]:
    """The changes as the description tells them."""
    return drawing.alt.partition("Changes: ")[2].split("; ")


def marks(drawing: Drawing) -> list[str]:
    """The numbers on the dark discs: in the drawings, and once more beside the words."""
    root = ElementTree.fromstring(drawing.svg)  # noqa: S314  # our own output
    texts = [element for element in root.iter() if element.tag.endswith("}text")]
    return sorted(text.text or "" for text in texts if text.get("fill") == "#ffffff")


def family(**more: Any) -> dict[str, Any]:
    return {**deepcopy(FAMILY), **more}


def test_a_family_that_did_not_change_says_so() -> None:
    drawing = genograms(FAMILY, family(), TITLES, lang="en")
    assert changes(drawing) == ["Nothing has changed."]
    assert marks(drawing) == []


def test_who_comes_is_marked_in_the_later_drawing_alone() -> None:
    after = family(
        members=[*FAMILY["members"], {"id": "b", "label": "Baby"}],
        relations=[*FAMILY["relations"], {"a": "s", "b": "b", "kind": "parent_child"}],
    )
    drawing = genograms(FAMILY, after, TITLES, lang="en")
    assert changes(drawing) == ["Added: Baby"]
    assert marks(drawing) == ["1", "1"]
    assert changes(genograms(after, FAMILY, TITLES, lang="en")) == ["No longer there: Baby"]


def test_couples_qualities_and_people_that_change_are_marked_in_both() -> None:
    after = family()
    after["relations"][0]["kind"] = "divorced"
    after["relations"][1]["quality"] = "close"
    after["members"][2]["schooling"] = "SMP"
    after["members"][1]["alive"] = False
    drawing = genograms(FAMILY, after, TITLES, lang="en")
    assert changes(drawing) == [
        "H, alive: not recorded → no",
        "A, schooling: SD → SMP",
        "S – H: Married → Divorced",
        "S – A: Distant relationship → Close relationship",
    ]
    assert marks(drawing) == sorted("1234" * 3)


def test_the_passing_of_years_is_no_change() -> None:
    before, after = family(), family()
    before["members"][0]["age"], after["members"][0]["age"] = 32, 33
    assert changes(genograms(before, after, TITLES, lang="en")) == ["Nothing has changed."]


def test_a_tie_that_was_absent_and_is_there_is_a_change() -> None:
    after = deepcopy(MAP)
    after["ties"][0].update(strength="weak", flow="to_client", stressful=True)
    drawing = compared_ecomaps(MAP, after, "S", TITLES, lang="en")
    told = "Training: No active tie, not stressful, no flow → Weak tie, stressful, flow to the client"
    assert changes(drawing) == [told]
    assert marks(drawing) == ["1", "1", "1"]


def test_a_system_that_comes_or_goes_is_a_change_told_once() -> None:
    after = {
        "systems": [MAP["systems"][0], {"id": "k", "name": "Cooperative", "kind": "formal"}],
        "ties": [MAP["ties"][0], {"system": "k", "strength": "moderate"}],
    }
    assert sorted(changes(compared_ecomaps(MAP, after, "S", TITLES, lang="en"))) == [
        "Added: Cooperative",
        "No longer there: Neighbours",
    ]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(families(14), families(14))
def test_any_two_families_can_be_compared(before: dict[str, Any], after: dict[str, Any]) -> None:
    drawing = genograms(before, after, TITLES, lang="en")
    assert drawing == genograms(before, after, TITLES, lang="en")
    numbers = {int(mark) for mark in marks(drawing)}
    assert numbers == set(range(1, len(numbers) + 1))
    assert changes(genograms(after, after, TITLES, lang="en")) == ["Nothing has changed."]


@settings(deadline=None, max_examples=25)
@given(ecomaps(), ecomaps())
def test_any_two_ecomaps_can_be_compared(before: dict[str, Any], after: dict[str, Any]) -> None:
    drawing = compared_ecomaps(before, after, "S", TITLES, lang="en")
    numbers = {int(mark) for mark in marks(drawing)}
    assert numbers == set(range(1, len(numbers) + 1))
    assert changes(compared_ecomaps(after, after, "S", TITLES, lang="en")) == ["Nothing has changed."]


@pytest.mark.parametrize("label", ["<b>&", "w" * 400, "\u202e\x00👩"])
def test_hostile_words_come_out_as_text(label: str) -> None:
    after = family()
    after["members"][0]["label"] = label
    drawing = genograms(FAMILY, after, (label, label), lang="en")
    ElementTree.fromstring(drawing.svg)  # noqa: S314  # our own output
    assert not any(char in drawing.svg + drawing.alt for char in "\u202e\x00")


@given(st.sampled_from([2, 7, 13]))
def test_two_drawings_are_no_wider_than_can_be_read(count: int) -> None:
    systems = [{"id": f"s{n}", "name": "Puskesmas Doloksanggul"} for n in range(count)]
    content = {"systems": systems, "ties": []}
    drawing = compared_ecomaps(content, content, "S", TITLES, lang="en")
    assert drawing.width <= 710
