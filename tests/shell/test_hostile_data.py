"""Whatever people type, in whichever field, is printed as text: the short form of ``make soak``'s hostile cases."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "soak"))

import hostile

CASES = 60
BATCH = 10


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_whatever_people_type_is_printed_as_text(first: int) -> None:
    assert list(hostile.run(range(first, first + BATCH), pdf_each=20)) == []


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
