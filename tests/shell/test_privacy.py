"""No recorded name, number or address leaks from a redacted document, in any format. All persons are fictional."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import case_s
import pytest
from case_s import NUMBER, ROOT, casework, walk
from pypdf import PdfReader

from casework_flow.casework import Casework
from casework_flow.document import Document
from casework_flow.documents.identity import Identity

SECRETS = (
    "sarma", "togar", "lasmaria", "manurung", "silaban", "1216065208929999", "1216061507149999", "81277665544",
    "jalan anggrek", "7 c",
)  # fmt: skip
"""Names of the client, the children and others, whole and in part; NIK, KK, phone, address. In small letters."""

TYPED = (
    " Sarma Manurung (NIK 1216 0652 0892 9999, KK 1216061507149999, telepon 0812-7766-5544) dan TOGAR hadir di Jalan "
    "Anggrek 7 C; ibu Lasmaria Silaban dan sarma bicara, Togarlah yang mencatat."
)
EARLY = TYPED.replace("TOGAR", "anaknya").replace("Togarlah", "dia")
"""As long as no record names the child."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Casework:
    """Case S to its end, where people have typed everything about themselves into every free text."""
    plain = case_s.data

    def hostile(name: str) -> object:
        data = plain(name)
        if name == "client":
            data |= {"name": "Sarma Manurung", "phone": "081277665544"}
            data["address"]["detail"] = "Jalan Anggrek 7 C, Kecamatan Doloksanggul"
        elif name == "intake":
            data["presenting_problem"] += EARLY
        elif name == "consent":
            for consent in data:
                consent |= {"given_by": "Sarma Manurung", "witness": "Lasmaria Silaban"}
        elif name == "contract":
            data["goals"].append(EARLY)
        elif name == "genogram":
            data["members"][1]["label"] = "Togar Manurung"
        elif name == "ecomap":
            data["systems"][0]["name"] = "Warung Lasmaria Silaban"
        elif name == "assessment":
            data["conclusion"] += TYPED
            data["items"][0]["statement"] += TYPED
        elif name == "plan":
            data["components"][0]["title"] += TYPED
        elif name == "session":
            for session in data:
                session["observations"] = TYPED
        elif name == "evaluation":
            data["client_view"] = TYPED
            data["results"][0]["evidence"] += TYPED
        elif name == "termination":
            data["achievements"] = [TYPED]
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_s, "data", hostile)
        cw = casework(tmp_path_factory.mktemp("office") / "casework.db", templates=ROOT / "templates")
        walk(cw)
    return cw


def written(document: Document) -> Iterator[tuple[str, str]]:
    """Everything that can be read in a document, by format; in PDF and Word what describes the file too."""
    yield "xml", document.xml
    yield "html", document.html()
    yield "text", document.text()
    for name, drawing in document.drawings.items():
        yield f"drawing {name}", drawing.svg + drawing.alt
    pdf = PdfReader(io.BytesIO(document.pdf()))
    yield "pdf", "\n".join(page.extract_text() for page in pdf.pages)
    yield "pdf's own", f"{pdf.metadata} {pdf.root_object['/Metadata'].get_object().get_data()!r}"
    with zipfile.ZipFile(io.BytesIO(document.docx())) as docx:
        for part in docx.namelist():
            if part.endswith((".xml", ".rels")):
                yield f"docx {part}", docx.read(part).decode()


def leaks(text: str) -> list[str]:
    """The secrets that stand in a text, however it is broken into lines and elements."""
    flat = " ".join(text.casefold().split())
    digits = "".join(sign for sign in flat if sign.isdigit())
    return [
        secret for secret in SECRETS if secret in flat or (len(secret) > 9 and secret.isdigit() and secret in digits)
    ]


@pytest.mark.parametrize("identity", ["initials", "pseudonym"])
def test_no_document_of_the_case_leaks_a_name_a_number_or_an_address(identity: Identity, office: Casework) -> None:
    seen = set()
    for issued in office.documents(NUMBER):
        if issued.name in seen:
            continue
        seen.add(issued.name)
        document = office.document(NUMBER, issued.name, item=issued.item, identity=identity)
        for form, text in written(document):
            if form in ("xml", "html", "pdf's own") or "docx" in form:
                text = text.replace(document.sha256, "")
            assert leaks(text) == [], f"{issued.name}, {form}"
    assert len(seen) == 10


def test_in_full_they_are_all_there_so_that_this_test_can_fail(office: Casework) -> None:
    found = "".join(
        document.xml + "".join(drawing.svg for drawing in document.drawings.values())
        for document in (
            office.document(NUMBER, name, identity="full") for name in ("contract", "consent", "assessment")
        )
    )
    assert {"sarma", "togar", "lasmaria", "manurung", "silaban", "jalan anggrek"} <= set(leaks(found))


@pytest.mark.parametrize("identity", ["initials", "pseudonym"])
@pytest.mark.parametrize("drawing", ["genogram", "ecomap", "finance", "timeline"])
def test_no_drawing_leaks(drawing: str, identity: Identity, office: Casework) -> None:
    made = office.draw(NUMBER, drawing, identity=identity)
    assert leaks(made.svg) == leaks(made.alt) == []


def test_a_pseudonym_is_one_person_s_in_all_documents_of_the_case(office: Casework) -> None:
    alias = {}
    for name in ("consent", "visit_report", "assessment"):
        text = office.document(NUMBER, name, identity="pseudonym").text()
        words = {word.strip(".,;:()") for word in text.split() if word.startswith("K-")}
        alias[name] = {word.removesuffix("lah") for word in words}
    clients = {word for words in alias.values() for word in words if word.count("-") == 1}
    assert len(clients) == 1
    assert len(alias["visit_report"] & alias["assessment"]) == 3  # the client, the child, the witness
    assert alias["consent"] <= alias["assessment"]


def test_a_name_learnt_later_changes_no_issued_print_and_is_hidden_in_the_next_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = case_s.data

    def mentioned(name: str) -> object:
        data = plain(name)
        if name == "intake":
            data["presenting_problem"] += " Togar ikut datang."
        return data

    monkeypatch.setattr(case_s, "data", mentioned)
    cw = casework(tmp_path / "casework.db", templates=ROOT / "templates")
    walk(cw, "assessment")
    before = cw.document(NUMBER, "intake", identity="pseudonym")
    assert "Togar" in before.xml
    genogram = plain("genogram")
    genogram["members"][1]["label"] = "Togar"
    cw.record(NUMBER, "genogram", genogram, by="rina", at="2025-03-17")
    again = cw.document(NUMBER, "intake", identity="pseudonym")
    assert (again.xml, again.pdf()) == (before.xml, before.pdf())
    assert cw.check(before.pdf()).verdict == "issued"
    intake = mentioned("intake")
    intake["presenting_problem"] += " Ia duduk tenang."
    cw.record(NUMBER, "intake", intake, by="rina", at="2025-03-17", revise=True)
    cw.reissue(NUMBER, "intake", by="rina", at="2025-03-17", reason="Nama anak baru diketahui")
    for identity in ("initials", "pseudonym"):
        corrected = cw.document(NUMBER, "intake", identity=identity)
        assert corrected.version == 2
        assert "Togar" not in corrected.xml
