"""An office's own Word files in a case: those of the day of issue are kept with the document."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import case_s
import pytest
from docx_files import a_base, opened
from test_word import lines, template

from casework_flow.casework import Casework
from casework_flow.documents import word
from casework_flow.errors import Invalid
from casework_flow.office import Letter

Place = tuple[Casework, Path]


@pytest.fixture
def office(tmp_path: Path) -> Place:
    """A case about to leave engagement, in an office with a letterhead file and a Word template for the contract."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "kop.docx").write_bytes(a_base())
    (tmp_path / "templates" / "contract.docx").write_bytes(
        template("Kontrak {{ document.number }} dengan {{ client.name }} sejak {{ contract.start_on|date }}")
    )
    own = replace(case_s.OFFICE, folder=tmp_path, letter=Letter(base="kop.docx"))
    cw = Casework(f"sqlite:///{tmp_path}/casework.db", office=own, clock=case_s.Clock())
    return cw, tmp_path


def test_a_document_is_printed_with_the_files_of_the_day_of_its_issue(office: Place) -> None:
    cw, folder = office
    case_s.walk(cw, "assessment")
    contract, consent = (cw.document(case_s.NUMBER, name).docx() for name in ("contract", "consent"))
    assert lines(contract)[0].startswith("Kontrak ........................ dengan Sarma Contoh sejak 17 Maret 2025")
    assert opened(consent).sections[0].header.paragraphs[0].text == "Kop Kantor Sendiri"
    (folder / "kop.docx").unlink()
    (folder / "templates" / "contract.docx").write_bytes(template("lain"))
    assert cw.document(case_s.NUMBER, "contract").docx() == contract
    assert cw.document(case_s.NUMBER, "consent").docx() == consent
    assert "Kontrak Pelayanan" in cw.document(case_s.NUMBER, "contract").html()  # from the other template
    assert not cw.verify()


def test_a_word_template_carries_the_code_by_which_it_is_checked(office: Place) -> None:
    cw, folder = office
    placed = template("Kontrak dengan {{ client.name }}", "{{ qr }}")
    (folder / "templates" / "contract.docx").write_bytes(placed)
    case_s.walk(cw, "assessment")
    made = cw.document(case_s.NUMBER, "contract").docx()
    (picture,) = opened(made).inline_shapes
    assert picture.width.mm == pytest.approx(22, abs=0.1)
    checked = cw.check(made)
    assert (checked.verdict, checked.name, checked.format) == ("issued", "contract", "docx")
    other = made.replace(b"Sarma", b"Sarna")
    assert cw.check(other).verdict == ("changed" if other != made else "issued")


def test_a_draft_is_written_from_the_word_template_and_says_that_it_is_one(office: Place) -> None:
    cw, folder = office
    (folder / "templates" / "contract.docx").write_bytes(
        template("Kontrak {{ client.name }}: {{ contract.focus }}", "{{ document.seal }}{{ qr }}")
    )
    case_s.walk(cw, "engagement")
    draft = cw.draft(case_s.NUMBER, "contract").docx()
    assert opened(draft).sections[0].header.paragraphs[0].text == "DRAF"
    assert not opened(draft).inline_shapes
    assert lines(draft)[0].startswith("Kontrak Sarma Contoh")


def test_a_letterhead_that_cannot_be_used_issues_nothing(office: Place) -> None:
    cw, folder = office
    (folder / "kop.docx").write_bytes(b"x")
    with pytest.raises(Invalid) as refused:
        case_s.walk(cw, "assessment")
    assert refused.value.problems[0].where == "letter.base"
    assert cw.case(case_s.NUMBER).stage == "engagement"


def test_the_pdf_of_a_word_template_needs_libreoffice(office: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    cw, _ = office
    case_s.walk(cw, "assessment")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(word.WordError, match="LibreOffice"):
        cw.document(case_s.NUMBER, "contract").pdf()
    assert cw.document(case_s.NUMBER, "consent").pdf().startswith(b"%PDF-")
