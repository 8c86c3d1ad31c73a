"""What an office says of its letters in casework.toml, seen in the letters that it issues."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from case_s import NUMBER, Clock, Databases, data
from pypdf import PdfReader

from casework_flow.casework import Casework
from casework_flow.cli.project import profile
from casework_flow.errors import Invalid
from casework_flow.office import FILE, load

DAY = "2025-05-21"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" viewBox="0 0 20 20">'
    '<path d="M10 1 19 19H1Z" fill="#333"/></svg>'
)
PROFILE = {
    "agency": "Dinas Sosial Kabupaten Contoh",
    "place": "Contoh",
    "head": {"title": "Kepala Dinas Sosial", "name": "Kepala Contoh", "nip": "197505052000031002"},
    "officials": [
        {
            "title": 'Kepala Bidang "Rehabilitasi"',
            "name": "Bidang Contoh",
            "nip": "198003032005012003",
            "acting": "a.n. Kepala Dinas Sosial",
            "signs": ["termination_letter"],
        }
    ],
    "copies": {"termination_letter": ["Koordinator PKH Kabupaten Contoh", "Camat Contoh"]},
    "letter": {"logo": "logo.svg", "signature_space": 30, "signature_side": "left"},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "logo.svg").write_text(LOGO, encoding="utf-8")
    (tmp_path / FILE).write_text(profile(PROFILE), encoding="utf-8")
    return tmp_path


def close(project: Path, databases: Databases) -> Casework:
    """Case S closed in the office of the project's profile."""
    made = databases.at("termination", project / "casework.db")
    cw = Casework(f"sqlite:///{made}", office=load(project / FILE), clock=Clock())
    cw.record(NUMBER, "termination", data("termination"), by="rina", at=DAY)
    cw.close(NUMBER, because="goals_met", by="rina", at=DAY)
    return cw


@pytest.fixture
def closed(project: Path, databases: Databases) -> Casework:
    """Case S, ready to be closed, in the office of the profile; then closed."""
    return close(project, databases)


def test_the_settings_are_read_back_as_they_were_written(project: Path) -> None:
    office = load(project / FILE)
    assert [(one.title, one.acting, one.signs) for one in office.officials] == [
        ('Kepala Bidang "Rehabilitasi"', "a.n. Kepala Dinas Sosial", ("termination_letter",))
    ]
    assert office.copies == {"termination_letter": ("Koordinator PKH Kabupaten Contoh", "Camat Contoh")}
    assert (office.letter.signature_space, office.letter.signature_side) == (30, "left")


def test_the_official_named_for_a_letter_signs_it_and_those_named_get_a_copy(closed: Casework) -> None:
    letter = closed.document(NUMBER, "termination_letter")
    for text in (letter.text(), "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(letter.pdf())).pages)):
        words = " ".join(text.split())
        signed = words.index("a.n. Kepala Dinas Sosial Kepala Bidang")
        assert signed < words.index("Bidang Contoh", signed) < words.index("Tembusan:")
        assert words.index("Koordinator PKH Kabupaten Contoh;") < words.index("Camat Contoh.")
        assert "Kepala Contoh" not in words
        assert "NIP 19800303 200501 2 003" in words


def test_a_letter_that_no_official_is_named_for_is_the_heads(project: Path, databases: Databases) -> None:
    other = {**PROFILE, "officials": [{**PROFILE["officials"][0], "signs": ["referral"]}], "copies": {}}  # type: ignore[index]
    (project / FILE).write_text(profile(other), encoding="utf-8")
    cw = close(project, databases)
    text = cw.document(NUMBER, "termination_letter").text()
    assert "Kepala Contoh" in text
    assert not {"Bidang Contoh", "Tembusan"} & set(text.split("\n"))


def test_the_logo_is_in_every_form_and_stays_when_its_file_is_gone(closed: Casework, project: Path) -> None:
    (project / "logo.svg").unlink()
    letter = closed.document(NUMBER, "termination_letter")
    assert "data:image/svg+xml;base64," in letter.html()
    assert any(name.startswith("word/media/") for name in zipfile.ZipFile(io.BytesIO(letter.docx())).namelist())
    assert letter.pdf() == closed.document(NUMBER, "termination_letter").pdf()
    assert closed.verify() == ()


@pytest.mark.parametrize(
    ("side", "margin"), [("left", "0 auto 1.2em 0"), ("centre", "0 auto 1.2em"), ("right", "0 0 1.2em auto")]
)
def test_a_single_signature_stands_where_the_office_wants_it(
    project: Path, databases: Databases, side: str, margin: str
) -> None:
    wanted = {**PROFILE, "letter": {"signature_side": side}}
    (project / FILE).write_text(profile(wanted), encoding="utf-8")
    cw = close(project, databases)
    letter = cw.document(NUMBER, "termination_letter")
    line = next(line for line in letter.text().splitlines() if "Bidang Contoh" in line)
    indent = len(line) - len(line.lstrip())
    assert {"left": indent < 15, "centre": 20 < indent < 38, "right": indent > 40}[side]
    assert margin in letter.html()
    assert letter.pdf().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[[officials]]\ntitle = "x"', "officials.0.name"),
        ('[[officials]]\nname = "x"\nsigned = []', "officials.0.signed"),
        ('[[officials]]\nname = "x"\nsigns = "referral"', "officials.0.signs"),
        ("officials = [1]", "officials.0"),
        ('[copies]\nreferral = "x"', "copies.referral"),
        ('copies = ["x"]', "copies"),
        ('[letter]\nsignature_side = "middle"', "letter.signature_side"),
        ("[letter]\nsignature_space = 99", "letter.signature_space"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / FILE
    path.write_text(f'agency = "x"\n{text}\n', encoding="utf-8")
    with pytest.raises(Invalid) as no:
        load(path)
    assert [problem.where for problem in no.value.problems] == [where]


def test_a_logo_that_is_not_there_stops_the_letter_in_words(project: Path) -> None:
    (project / "logo.svg").unlink()
    with pytest.raises(Invalid) as no:
        load(project / FILE).as_data()
    assert [problem.where for problem in no.value.problems] == ["logo"]
