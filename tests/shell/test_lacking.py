"""What the documents of a move lack is told at once, by the records and the fields where it belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_s import NUMBER, At, data

from casework_flow.documents.render import IncompleteDocument
from casework_flow.errors import Lack
from casework_flow.records.types import RECORD_TYPES
from casework_flow.resources import shipped

FREE_TEXTS = ("purpose", "activities", "observations", "feedback", "next_steps")
OVER = "2025-05-12"


def with_bare_visits(at: At, *bare: int) -> Any:
    """Case S at the end of its visits, of which those numbered ``bare`` say nothing but that they were held."""
    cw = at("intervention")
    cw.templates.folders = (shipped("templates"),)
    for number, session in enumerate(data("session"), 1):
        content = {k: v for k, v in session.items() if number not in bare or k not in FREE_TEXTS}
        cw.record(NUMBER, "session", content, by="rina", at=OVER)
    cw.record(NUMBER, "finance", data("finance"), by="rina", at=OVER)
    return cw


def lacks(cw: Any, at: str = OVER, **how: Any) -> tuple[Lack, ...]:
    with pytest.raises(IncompleteDocument) as refused:
        cw.advance(NUMBER, by="rina", at=at, **how)
    assert refused.value.problems
    return refused.value.problems


@pytest.mark.parametrize("dry_run", [False, True])
def test_every_value_that_every_document_lacks_is_told_at_once(at: At, dry_run: bool) -> None:
    cw = with_bare_visits(at, 3, 5)
    found = lacks(cw, dry_run=dry_run)
    visits = {(lack.document, lack.item, lack.record, lack.number, lack.where) for lack in found}
    assert {(d, i, r, n, w) for d, i, r, n, w in visits if d == "visit_report"} == {
        ("visit_report", number, "session", number, field) for number in (3, 5) for field in FREE_TEXTS
    }
    assert cw.case(NUMBER).stage == "intervention"


def test_a_lack_is_told_by_the_label_of_its_field_in_the_readers_language(at: At) -> None:
    cw = with_bare_visits(at, 3)
    purpose = next(lack for lack in lacks(cw) if lack.where == "purpose")
    assert purpose.message.say("id") == "visit_report 3: “Tujuan kunjungan” belum dicatat (session 3: purpose)."
    with pytest.raises(IncompleteDocument) as refused:
        cw.advance(NUMBER, by="rina", at=OVER)
    assert str(purpose.message) in str(refused.value)


def test_what_is_told_is_what_mends_it(at: At) -> None:
    cw = with_bare_visits(at, 3, 5)
    sessions = data("session")
    for record, number in {(lack.record, lack.number) for lack in lacks(cw)}:
        assert RECORD_TYPES[record].many
        cw.record(NUMBER, record, sessions[number - 1], by="rina", at=OVER, revise=number)
    assert cw.advance(NUMBER, by="rina", at=OVER).to == "evaluation"


def test_the_status_of_a_case_that_may_move_warns_of_what_its_documents_lack(at: At) -> None:
    cw = with_bare_visits(at, 3)
    said = [str(warning) for warning in cw.status(NUMBER, at=OVER).warnings]
    assert f"The document visit_report still needs 5 values: casework advance {NUMBER} --dry-run lists them." in said
    cw.record(NUMBER, "session", data("session")[2], by="rina", at=OVER, revise=3)
    assert not [warning for warning in cw.status(NUMBER, at=OVER).warnings if "still needs" in str(warning)]


def test_a_status_with_open_requirements_does_not_look_at_documents(at: At, tmp_path: Path) -> None:
    cw = with_bare_visits(at, 3)
    cw.templates.folders = (tmp_path,)
    assert not [w for w in cw.status(NUMBER, at="2025-04-01").warnings if "document" in str(w)]


def test_an_empty_section_names_the_record_and_the_fields_that_it_is_made_of(at: At) -> None:
    cw = at("evaluation")
    cw.templates.folders = (shipped("templates"),)
    on = "2025-05-15"
    evaluation = {name: value for name, value in data("evaluation").items() if name != "behaviour_changes"}
    cw.record(NUMBER, "evaluation", evaluation, by="rina", at=on)
    cw.approve(NUMBER, "evaluation", by="sup", at=on)
    (lack,) = lacks(cw, on)
    assert (lack.document, lack.record, lack.where) == ("evaluation", "evaluation", "behaviour_changes")
    assert lack.section
    assert lack.section in str(lack.message)


def test_the_status_of_a_case_that_may_close_looks_at_the_documents_of_that_closing(at: At, tmp_path: Path) -> None:
    cw, on = at("termination"), "2025-05-21"
    source = '<document title="Surat" lang="id" kind="letter"><p>{{ termination.manner }}</p></document>'
    (tmp_path / "termination_letter.xml.j2").write_text(source, encoding="utf-8")
    cw.templates.folders = (tmp_path, shipped("templates"))
    termination = data("termination")
    without = {name: value for name, value in termination.items() if name != "manner"}
    cw.record(NUMBER, "termination", without, by="rina", at=on)
    command = f"casework close {NUMBER} --because {termination['reason']} --dry-run"
    warning = f"The document termination_letter still needs 1 values: {command} lists them."
    assert warning in [str(said) for said in cw.status(NUMBER, at=on).warnings]
    cw.record(NUMBER, "termination", termination, by="rina", at=on, revise=True)
    assert warning not in [str(said) for said in cw.status(NUMBER, at=on).warnings]
    assert cw.close(NUMBER, because=termination["reason"], by="rina", at=on).to == "closed"
