"""A file is what was issued, or an earlier version, or changed, or none of this office's."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from case_s import NUMBER, ROOT, At, Clock, casework, data
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from casework_flow.authenticity import as_file
from casework_flow.casework import Casework
from casework_flow.documents import qr

FORMATS = ("pdf", "docx", "html", "text", "xml")
LETTER = "460/012/Dinsos/2025"
DAY = "2025-06-02"


@pytest.fixture
def office(at: At, tmp_path: Path, clock: Clock) -> Casework:
    """The office in which case S has left engagement, with the shipped templates."""
    at("assessment")
    cw = casework(tmp_path / "casework.db", clock, ROOT / "templates")
    cw.record(NUMBER, "intake", data("intake"), by="rina", at="2025-03-06", revise=True, again=True)
    cw.record(NUMBER, "contract", {**data("contract"), "visits_per_week": 2}, by="rina", at="2025-03-06", revise=True)
    cw.approve(NUMBER, "contract", by="sup", at="2025-03-06")
    cw.reissue(NUMBER, "contract", by="rina", reason="jumlah kunjungan keliru", at="2025-03-06")
    return cw


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_issued_is_known_again_in_each_format_and_identity(form: str, office: Casework) -> None:
    for identity in (None, "full", "initials", "pseudonym"):
        if form == "xml" and identity in ("initials", "pseudonym"):
            continue  # the digest is that of the document as it was issued
        document = office.document(NUMBER, "contract", identity=identity)
        found = office.check(as_file(document, form))
        assert (found.verdict, found.case, found.name, found.version) == ("issued", NUMBER, "contract", 2)
        assert found.format == form


@pytest.mark.parametrize("form", FORMATS)
def test_an_earlier_version_is_told(form: str, office: Casework) -> None:
    found = office.check(as_file(office.document(NUMBER, "contract", version=1), form))
    assert (found.verdict, found.version, found.latest) == ("earlier", 1, 2)


@pytest.mark.parametrize("form", FORMATS)
def test_one_changed_letter_is_found(form: str, office: Casework) -> None:
    content = as_file(office.document(NUMBER, "contract"), form)
    changed = content.replace(b"Dinas Sosial", b"Dinas Sosia1") if form != "pdf" else content + b"\n"
    if changed == content:
        changed = content.replace(b"Sarma", b"Sarna")
    assert changed != content
    assert office.check(changed).verdict == ("unknown" if form == "xml" else "changed")


def test_a_print_from_before_the_registration_stays_genuine_and_one_with_a_number_never_given_does_not(
    office: Casework,
) -> None:
    before = office.document(NUMBER, "contract").pdf()
    office.register(NUMBER, "contract", LETTER, by="rina", at=DAY)
    after = office.document(NUMBER, "contract")
    assert LETTER in after.reference
    assert [office.check(content).verdict for content in (before, after.pdf())] == ["issued", "issued"]
    forged = office.document(NUMBER, "contract").html().replace(LETTER, "460/013/Dinsos/2025").encode()
    assert office.check(forged).verdict == "changed"
    office.register(NUMBER, "contract", "460/014", by="rina", at=DAY, correct=True, reason="salah ketik")
    assert office.check(after.pdf()).verdict == "issued"


def test_what_the_document_says_of_itself_names_no_case_and_no_person(office: Casework) -> None:
    document = office.document(NUMBER, "contract")
    assert re.fullmatch(rf"CASEWORK:{document.id}:2:{document.sha256[:32]}", document.reference)
    assert NUMBER not in document.reference
    text = document.text()
    assert document.reference in text
    assert f'alt="Kode keaslian: {document.reference}"' in document.html()
    pdf = PdfReader(io.BytesIO(document.pdf()))
    assert all("CASEWORK:" in page.extract_text() for page in pdf.pages)
    assert pdf.metadata is not None
    assert pdf.metadata["/Keywords"] == document.reference


def test_a_draft_carries_nothing_that_could_be_checked(office: Casework) -> None:
    draft = office.draft(NUMBER, "assessment", at="2025-03-10")
    assert "CASEWORK" not in draft.html() + draft.text()
    assert office.check(draft.pdf()).verdict == "unknown"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04", b"halo", b"\xff\xfe", b"<document title='x'/>"])
def test_what_is_no_document_of_the_office_is_unknown(content: bytes, office: Casework) -> None:
    assert office.check(content).verdict == "unknown"


def test_a_claim_to_a_document_that_is_not_there_is_unknown(office: Casework) -> None:
    assert office.check(b"CASEWORK:460/1:1:" + b"0" * 32).verdict == "unknown"
    assert office.check(b"CASEWORK:460/1:1:" + b"%" * 32).verdict == "unknown"


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=100))
def test_a_qr_code_has_its_three_corners_and_is_the_same_each_time(text: str) -> None:
    code = qr.svg(text)
    assert code == qr.svg(text)
    size = re.search(r'viewBox="0 0 (\d+) \1"', code)
    assert size
    side = int(size[1])
    assert (side - 4 - 17) % 4 == 0  # the sizes that ISO/IEC 18004 knows, with two modules of white at each side
    for x, y in ((2, 2), (side - 3, 2), (2, side - 3)):
        assert f"M{x} {y}h1v1h-1z" in code
