"""Whatever people type, in whichever field, is printed as text: the short form of ``make soak``'s hostile cases."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from casework_flow import facts, trying
from casework_flow.records.generated import TEXT

sys.path.append(str(Path(__file__).parents[1] / "soak"))

import hostile

CASES = 60
BATCH = 10


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_whatever_people_type_is_printed_as_text(first: int) -> None:
    assert list(hostile.run(range(first, first + BATCH), pdf_each=20)) == []


@pytest.mark.parametrize("name", ["q\u0301", "Z\u0337a\u0336l\u0338go", "e\u0323\u0301" + "\u0301" * 40])
def test_an_accent_without_a_letter_of_its_own_does_not_stop_the_pdf_of_a_drawing(name: str) -> None:
    flow = next(flow for flow in hostile.FLOWS if flow.name == "pkh-economic")
    issue = next(issue for issue in hostile.issues_named(flow.name) if issue.document == "assessment")
    kinds = facts.record_types(flow)
    rows = [
        trying.row(kind, 1, json.loads(json.dumps(content).replace(TEXT, f"{TEXT} {name}")))
        for kind in kinds
        for content in hostile.records(kinds[kind])[:1]
    ]
    made = trying.document(flow, issue, hostile.TEMPLATES, hostile.OFFICE, rows, "id", identity="full")
    assert name[:1] in made.drawings["ecomap"].alt
    assert made.pdf().startswith(b"%PDF-")


def test_every_field_that_takes_free_text_is_filled() -> None:
    for flow in hostile.FLOWS:
        free = hostile.free_fields(flow.name)
        assert {("name",), ("address", "detail"), ("companion", "name")} <= free["client"]
        assert ("presenting_problem",) in free["intake"]
        assert not {("nik",), ("sex",), ("birth_date",)} & free["client"]


def test_the_cases_print_most_of_what_is_typed() -> None:
    """Else the checks would look at empty pages."""
    printed: set[str] = set()
    made = [hostile.case(seed) for seed in range(3, 3 + len(hostile.FLOWS) * hostile.PARTS, len(hostile.FLOWS))]
    for case in made:
        printed |= {mark for document in hostile.documents(case) for mark in case.said if mark in document.xml}
    assert len(printed) > len({mark for case in made for mark in case.said}) / 2


def test_a_fault_would_be_seen() -> None:
    case = hostile.case(3)
    document = next(hostile.documents(case))
    mark = [mark for mark in case.said if mark in document.xml][-1]
    case.said[mark] += "und mehr"
    assert any("is not shown" in fault for fault in hostile.faults(case, with_pdf=False))
    page = hostile.Page("<p onclick='x'><a href='javascript:x'>x</a><script>x</script></p>")
    assert len(page.wrong) == 4
