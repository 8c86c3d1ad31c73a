"""Genogram and ecomap of the beginning beside those of the evaluation: in its report, and when somebody asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from programme_cases import CHILD, EXAMPLES, NUMBER, Examples, Standing, project

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound
from casework_flow.resources import shipped
from casework_flow.yaml12 import parse

SECTION = "Perubahan Keluarga dan Lingkungan Sosial"
CHANGE = "Lembaga pelatihan: Tidak ada ikatan aktif, tanpa aliran → Ikatan kuat, aliran timbal balik"


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """Case S before its evaluation is over, in which a tie grew strong and a child with a name came."""
    folder = tmp_path_factory.mktemp("compared")
    case = Examples(folder).at("pkh-economic", "evaluation", folder / "case")
    family, around = (content(case.cw, record) for record in ("genogram", "ecomap"))
    absent = next(tie for tie in around["ties"] if tie["strength"] == "absent")
    absent.update(strength="strong", flow="mutual")
    family["members"].append({"id": "baru", "label": "Melati Contoh", "sex": "female"})
    family["relations"].append({"a": family["index"], "b": "baru", "kind": "parent_child"})
    for record, data in (("genogram", family), ("ecomap", around)):
        case.cw.record(NUMBER, record, data, by=case.worker, at=case.on, revise=True)
    return case


def content(cw: Casework, record: str) -> dict[str, Any]:
    found: dict[str, Any] = cw.records(NUMBER, record)[-1].content
    return found


def test_the_evaluation_shows_both_and_tells_what_changed(revised: Standing) -> None:
    draft = revised.cw.draft(NUMBER, "evaluation", at=revised.on)
    text = " ".join(draft.text().split())
    assert SECTION.lower() in text.lower()
    assert CHANGE in text
    assert {"genogram_changes", "ecomap_changes"} <= set(draft.drawings)
    assert CHANGE in draft.html()
    assert draft.pdf().startswith(b"%PDF")
    assert draft.docx().startswith(b"PK")


@pytest.mark.parametrize("identity", ["initials", "pseudonym"])
def test_nobody_is_named_in_a_comparison_who_is_not_to_be(revised: Standing, identity: Any) -> None:
    drawing = revised.cw.draw(NUMBER, "genogram", identity=identity, compare=True)
    assert "Melati" not in drawing.svg + drawing.alt
    assert "Melati" in revised.cw.draw(NUMBER, "genogram", identity="full", compare=True).alt


def test_what_has_not_changed_is_neither_shown_nor_compared(tmp_path: Path) -> None:
    case = Examples(tmp_path).at("pkh-economic", "evaluation", tmp_path / "case")
    assert SECTION.lower() not in case.cw.draft(NUMBER, "evaluation", at=case.on).text().lower()
    with pytest.raises(NotFound, match="not changed"):
        case.cw.draw(NUMBER, "genogram", compare=True)
    with pytest.raises(Invalid, match="not compared"):
        project(tmp_path / "case").draw(NUMBER, "finance", compare=True)


def test_an_issued_comparison_is_printed_again_as_it_was(revised: Standing) -> None:
    example = shipped("examples") / EXAMPLES["pkh-economic"]
    evaluation = parse((example / "evaluation.yaml").read_text(encoding="utf-8"))[0]
    day = str(evaluation["held_on"])
    revised.cw.record(NUMBER, "evaluation", evaluation, by=revised.worker, at=day)
    revised.cw.approve(NUMBER, "evaluation", by="sup", at=day)
    revised.cw.advance(NUMBER, by=revised.worker, at=day)
    issued = revised.cw.document(NUMBER, "evaluation")
    before = issued.pdf(), issued.docx(), issued.html(), issued.text()
    assert CHANGE in issued.html()
    family = content(revised.cw, "genogram")
    family["members"].append({"id": "lagi", "label": "Kenanga Contoh", "sex": "female", "in_household": True})
    revised.cw.record(NUMBER, "genogram", family, by=revised.worker, at=day, revise=True)
    assert "Kenanga" in revised.cw.draw(NUMBER, "genogram", identity="full", compare=True).alt
    again = revised.cw.document(NUMBER, "evaluation")
    assert (again.pdf(), again.docx(), again.html(), again.text()) == before
    assert list(revised.cw.verify()) == []


def test_a_child_has_a_pseudonym_in_the_comparison_too(tmp_path: Path) -> None:
    case = Examples(tmp_path).at(CHILD, "evaluation", tmp_path / "case")
    family = content(case.cw, "genogram")
    family["members"].append({"id": "adik", "label": "Melur Contoh", "relation": "sibling", "sex": "female"})
    case.cw.record(NUMBER, "genogram", family, by=case.worker, at=case.on, revise=True)
    draft = case.cw.draft(NUMBER, "confidential_evaluation", at=case.on)
    assert "genogram_changes" in draft.drawings
    assert SECTION.lower() in " ".join(draft.text().split()).lower()
    for name in ("Melur", "Bonar", "Ruti"):
        assert name not in draft.html()
