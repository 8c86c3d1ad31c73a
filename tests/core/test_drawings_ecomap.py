"""What an ecomap promises, on generated records: checked on where things stand."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casework_flow.drawings.ecomap import CENTRE, Layout, ecomap, layout

NAMES = ["Tetangga", "Organisasi pemberdayaan perempuan", "Bank", "", "w" * 60, "Puskesmas Doloksanggul", "<b>&"]
STRENGTHS = ["strong", "moderate", "weak", "absent"]
FLOWS = ["to_client", "from_client", "mutual", "none"]


@st.composite
def ecomaps(draw: st.DrawFn) -> dict[str, Any]:
    """Up to 30 systems, most with one tie, some with none, some with several."""
    count = draw(st.integers(0, 30))
    kinds = st.sampled_from(["informal", "formal", None])
    systems = [{"id": f"s{n}", "name": draw(st.sampled_from(NAMES)), "kind": draw(kinds)} for n in range(count)]
    ties = [
        {
            "system": system["id"],
            "strength": draw(st.sampled_from(STRENGTHS)),
            "flow": draw(st.sampled_from(FLOWS)),
            "stressful": draw(st.booleans()),
        }
        for system in systems
        for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3])))
    ]
    return {"systems": systems, "ties": ties}


def in_the_way(layout: Layout, number: int) -> list[str]:
    """The systems through whose box a tie passes, its own apart."""
    tie = layout.ties[number]
    (x0, y0), (x1, y1) = tie.points
    found = []
    for node in layout.nodes.values():
        left, top, right, bottom = node.box
        steps = [(x0 + (x1 - x0) * n / 200, y0 + (y1 - y0) * n / 200) for n in range(201)]
        if node.id != tie.system and any(left < x < right and top < y < bottom for x, y in steps):
            found.append(node.id)
    return found


TWO_TIES_ON_ONE_OF_MANY: dict[str, Any] = {
    "systems": [{"id": f"s{number}", "name": "Tetangga", "kind": "informal"} for number in range(20)],
    "ties": [{"system": "s19", "strength": "strong", "flow": "to_client", "stressful": False}] * 2,
}


@settings(deadline=None)
@given(ecomaps())
@example(TWO_TIES_ON_ONE_OF_MANY)
def test_systems_stand_apart_and_each_tie_goes_to_its_own(content: dict[str, Any]) -> None:
    made = layout(content)
    assert sorted(made.nodes) == sorted(system["id"] for system in content["systems"])
    for one, other in combinations([node.box for node in made.nodes.values()], 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    for node in made.nodes.values():
        assert 0 <= node.box[0] < node.box[2] <= made.width
        assert 0 <= node.box[1] < node.box[3] <= made.height
    assert [tie.number for tie in made.ties] == list(range(len(content["ties"])))
    assert [tie.system for tie in made.ties] == [tie["system"] for tie in content["ties"]]
    for number, tie in enumerate(made.ties):
        assert in_the_way(made, number) == []
        node = made.nodes[tie.system]
        assert node.box[0] - 2 <= tie.points[1][0] <= node.box[2] + 2
        assert node.box[1] - 2 <= tie.points[1][1] <= node.box[3] + 2
        far = ((tie.points[0][0] - made.centre[0]) ** 2 + (tie.points[0][1] - made.centre[1]) ** 2) ** 0.5
        assert abs(far - CENTRE) < 2.5


@settings(deadline=None, max_examples=25)
@given(ecomaps())
def test_the_same_record_gives_the_same_sound_bytes(content: dict[str, Any]) -> None:
    drawing = ecomap(content, "S", lang="en")
    assert drawing == ecomap(content, "S", lang="en")
    ElementTree.fromstring(drawing.svg)  # noqa: S314  # our own output


def test_an_absent_tie_is_drawn_with_its_word_and_told() -> None:
    content = {
        "systems": [{"id": "a", "name": "Training body", "kind": "formal"}],
        "ties": [{"system": "a", "strength": "absent", "flow": "none"}],
    }
    drawing = ecomap(content, "S", lang="en")
    said = "".join(ElementTree.fromstring(drawing.svg).itertext())  # noqa: S314  # our own output
    assert said.count("No active") >= 2  # on the tie and in the legend
    assert "No active tie: Training body" in drawing.alt


@pytest.mark.parametrize("name", ["<script>x</script>", "👩‍👧\u202e\x00\x1b", "w" * 400, "kata " * 80])
def test_a_hostile_name_comes_out_as_text(name: str) -> None:
    content = {"systems": [{"id": "a", "name": name}], "ties": [{"system": "a", "strength": "weak"}]}
    drawing = ecomap(content, name, lang="en")
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawing.svg).iter()}  # noqa: S314
    assert tags <= {"svg", "g", "title", "rect", "circle", "ellipse", "path", "text"}
    assert not any(char in drawing.svg + drawing.alt for char in "\u202e\x00\x1b")
