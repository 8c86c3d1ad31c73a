"""Drafts: what is recorded so far, marked as a draft on each page, with a mark wherever a value is missing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from case_s import NUMBER, ROOT, At, Clock, casework, data
from pypdf import PdfReader

from casework_flow.casework import Casework
from casework_flow.documents import markup
from casework_flow.errors import NotFound, Refused

TEMPLATES = ROOT / "templates"
BLANK = "[belum diisi]"
DAY = "2025-05-21"


@pytest.fixture
def office(at: At, tmp_path: Path, clock: Clock) -> At:
    """The office in which case S has entered a stage, with the shipped templates."""

    def opened(stage: str) -> Casework:
        at(stage)
        return casework(tmp_path / "casework.db", clock, TEMPLATES)

    return opened


def test_every_document_that_the_programme_still_issues_can_be_drafted_from_an_empty_case(office: At) -> None:
    cw = office("engagement")
    wanted = {document.document for stage in cw.workflow(NUMBER).stages.values() for document in stage.documents}
    closings = {"termination_record", "termination_letter", "referral", "family_letter", "closure_notice"}
    moves = {"change_record", "addendum"}
    for name in wanted | closings | moves:
        draft = cw.draft(NUMBER, name, at="2025-03-06")
        assert BLANK in draft.text(), name
        assert (draft.number, draft.id, draft.version) == (None, "", 1)
        assert "DRAF" in draft.text().splitlines()[0]
        assert markup.parse(draft.xml).get("draft") == "yes"
        assert len(PdfReader(io.BytesIO(draft.pdf())).pages) >= 1


def test_a_draft_says_what_is_recorded_and_writes_nothing(office: At) -> None:
    cw = office("engagement")
    before = cw.history(NUMBER)
    first = cw.draft(NUMBER, "intake", at="2025-03-06").text()
    assert BLANK in first
    cw.record(NUMBER, "intake", data("intake"), by="rina", at="2025-03-06")
    later = cw.draft(NUMBER, "intake", at="2025-03-06").text()
    assert later.count(BLANK) < first.count(BLANK)
    assert "Sarma Contoh" in later
    assert cw.documents(NUMBER) == ()
    assert len(cw.history(NUMBER)) == len(before) + 1


def test_a_draft_of_a_complete_record_is_what_is_then_issued(office: At) -> None:
    cw = office("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    draft = cw.draft(NUMBER, "plan", at="2025-03-17")
    cw.advance(NUMBER, by="rina", at="2025-03-17")
    assert draft.xml.replace(' draft="yes"', "") == cw.document(NUMBER, "plan").xml
    assert BLANK not in draft.xml


def test_a_section_without_anything_says_so(office: At) -> None:
    text = office("assessment").draft(NUMBER, "assessment", at="2025-03-10").text()
    lines = [line.strip() for line in text.splitlines()]
    assert lines[lines.index("G. KEBUTUHAN") + 1] == BLANK


def test_what_is_passed_or_no_document_is_not_found(office: At) -> None:
    cw = office("planning")
    with pytest.raises(NotFound, match="plan"):
        cw.draft(NUMBER, "contract", at=DAY)
    with pytest.raises(NotFound, match="evaluation\\?"):
        cw.draft(NUMBER, "evaluatio", at=DAY)


def test_a_draft_for_one_of_many_items_is_the_last_unless_another_is_named(office: At) -> None:
    cw = office("intervention")
    assert BLANK in cw.draft(NUMBER, "visit_report", at="2025-03-24").text()
    cw.record(NUMBER, "session", data("session")[:3], by="rina", at="2025-04-06")
    assert cw.draft(NUMBER, "visit_report", at="2025-04-06").item == 3
    assert cw.draft(NUMBER, "visit_report", at="2025-04-06", item=2).item == 2
    with pytest.raises(NotFound, match="1, 2, 3"):
        cw.draft(NUMBER, "visit_report", at="2025-04-06", item=4)


def test_a_closed_case_has_no_drafts(office: At) -> None:
    with pytest.raises(Refused):
        office("").draft(NUMBER, "termination_letter", at=DAY)


def test_the_client_is_named_in_a_draft_as_in_the_document(office: At) -> None:
    cw = office("assessment")
    assert "Sarma" not in cw.draft(NUMBER, "assessment", at="2025-03-10").xml
    assert "Sarma Contoh" in cw.draft(NUMBER, "assessment", at="2025-03-10", identity="full").xml
