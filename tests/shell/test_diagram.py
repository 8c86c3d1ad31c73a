"""Diagrams: whole, in both languages, safe for any text, and true of what the engine does."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework_flow.diagram import ANYWHERE, CLOSED, FORMATS, PAUSED, dot, edges, mermaid, svg
from casework_flow.engine import Engine
from casework_flow.loader import load_file
from casework_flow.workflow import Workflow, from_data

ROOT = Path(__file__).parents[2]
FLOWS = [load_file(path) for path in sorted((ROOT / "workflows").glob("*.yaml"))]
SMALL = load_file(Path(__file__).parent / "small_workflow.yaml")


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_arrows_are_the_engines_ways(flow: Workflow) -> None:
    arcs = Engine(flow).arcs()
    drawn = edges(flow, "en")
    assert {edge.kind for edge in drawn} == {"advance", "move", "close"}
    ends = {*flow.order, PAUSED, CLOSED, ANYWHERE}
    assert all({edge.source, edge.target} <= ends for edge in drawn)
    forward = [(edge.source, edge.target) for edge in drawn if edge.kind == "advance"]
    assert forward == list(pairwise(flow.order))
    assert sum(edge.kind == "close" for edge in drawn) == len(flow.closures)
    guards = {guard.name for arc in arcs for guard in arc.requires}
    assert {guard.name for edge in drawn for guard in edge.guards} == guards


def test_a_move_from_everywhere_is_one_arrow_and_one_from_two_stages_are_two() -> None:
    flow = next(flow for flow in FLOWS if flow.name == "pkh-economic")
    drawn = {(edge.label, edge.source, edge.target) for edge in edges(flow, "en") if edge.kind == "move"}
    assert ("Pause", ANYWHERE, PAUSED) in drawn
    assert ("Resumption", PAUSED, ANYWHERE) in drawn
    assert ("Re-opening of the case", CLOSED, "engagement") in drawn
    assert {source for label, source, _ in drawn if label == "Reassessment"} == {
        "evaluation",
        "intervention",
        "planning",
    }


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_diagram_names_every_stage_and_guard_in_its_language(flow: Workflow, write: object, lang: str) -> None:
    text = write(flow, lang)  # type: ignore[operator]
    plain = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text).replace("&amp;", "&").replace("\\n", "\n")
    for stage in flow.stages.values():
        assert stage.title.say(lang) in plain
    for _, guard in flow.guards():
        assert guard.name in plain


def test_the_svg_is_a_picture_whose_boxes_do_not_overlap() -> None:
    for flow in FLOWS:
        root = ElementTree.fromstring(svg(flow, "id"))  # noqa: S314  # our own text
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        boxes = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("class") == "box"]
        assert len(boxes) == len(flow.order)
        spans = [(float(one.get("y", 0)), float(one.get("height", 0))) for one in boxes]
        assert all(top + height < below for (top, height), (below, _) in pairwise(spans))
        high = float(root.get("height", 0))
        texts = [float(one.get("y", 0)) for one in root.iter("{http://www.w3.org/2000/svg}text")]
        assert all(0 < y < high for y in texts)


def test_the_mermaid_text_is_a_flowchart_in_which_a_legal_guard_is_marked() -> None:
    assert mermaid(SMALL, "id").splitlines() == [
        "---",
        "title: Kecil",
        "---",
        "flowchart TD",
        '  stage_engagement["Awal"]',
        '  stage_ending["Akhir"]',
        '  status_closed(["ditutup"])',
        '  any_stage(["tahap mana pun"])',
        '  stage_engagement ==>|"maju<br/>§ consented"| stage_ending',
        '  stage_ending -->|"restart"| stage_engagement',
        '  stage_ending -.->|"done"| status_closed',
        '  any_stage -.->|"withdrawn<br/>§ stated"| status_closed',
    ]


NASTY = st.text(st.sampled_from("ab\"'<>&#|[](){}\\`;%\n\té—€"), min_size=1, max_size=20).filter(str.strip)


@given(NASTY)
@settings(max_examples=150)
def test_any_title_stays_text(title: str) -> None:
    data = {**SMALL.data, "title": {"en": title}, "stages": {**SMALL.data["stages"]}}
    data["stages"]["ending"] = {"title": {"en": title}}
    flow = from_data(data)
    root = ElementTree.fromstring(svg(flow, "en"))  # noqa: S314  # our own text
    assert root.findtext("{http://www.w3.org/2000/svg}title") == title.replace("\r", "\n")
    for line in mermaid(flow, "en").splitlines():
        if line.startswith("  stage_ending["):
            assert re.fullmatch(r'  stage_ending\["[^"<>|`\\]*"\]', line)
    assert len(mermaid(flow, "en").splitlines()) == len(mermaid(SMALL, "en").splitlines())
    ending = next(line for line in dot(flow, "en").splitlines() if line.startswith("  stage_ending [label="))
    assert re.fullmatch(r'  stage_ending \[label="(?:[^"\\]|\\.)*"\];', ending)
