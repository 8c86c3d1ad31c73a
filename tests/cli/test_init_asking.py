"""``init`` on a terminal: the office's profile, asked for and shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver import casework
from hypothesis import given, settings
from hypothesis import strategies as st
from test_asking_case_s import PROMPT, terminal

from casework_flow.cli import letterhead
from casework_flow.cli.project import profile
from casework_flow.notation import Unclear
from casework_flow.office import Office, load

HOSTILE = 'Dinas "Sosial" \\ # [head] é 😀'
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
NAMES = TEXTS.filter(str.strip)


def answered(folder: Path, lines: list[str], *argv: str) -> tuple[int, str]:
    child = terminal(folder, "init", "kantor", *argv)
    for line in lines:
        child.expect(PROMPT)
        child.sendline(line)
    said = child.read()
    child.close()
    return child.exitstatus, said


def test_every_question_may_be_skipped(tmp_path: Path) -> None:
    lines = [""] * (len(letterhead.SETTINGS) + 3)
    code, said = answered(tmp_path, lines, "--office", "Dinas Contoh")
    assert code == 0, said
    made = load(tmp_path / "kantor" / "casework.toml")
    assert made == Office(agency="Dinas Contoh", folder=tmp_path / "kantor")
    assert (tmp_path / "kantor" / letterhead.SAMPLE).read_bytes().startswith(b"%PDF-")
    assert "kantor/kop-surat.pdf" in said


def test_what_is_answered_is_what_the_profile_says(tmp_path: Path) -> None:
    svg = tmp_path / "lambang.SVG"
    svg.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8")
    given = {
        "agency": [HOSTILE],
        "government": ["Pemerintah Contoh", "<", "Pemerintah Kabupaten Contoh"],
        "place": ["Doloksanggul"],
        "letter.logo": ["/nowhere.png", str(svg)],
        "letter.paper": ["f4"],
        "margins": ["5 5", "30 20 20 25,5"],
        "letter.font_size": ["99", "12"],
        "letter.signature_side": ["3"],
        "head.title": ["Kepala Dinas"],
        "head.name": ["Kepala Contoh, S.Sos."],
        "head.nip": ["19700101 199503 3 001", "19700101 199503 1 001"],
        "register_pattern": ["460", "460/{number:03d}/X/{year}"],
    }
    lines = [line for setting in letterhead.SETTINGS for line in given.get(setting.key, [""])]
    lines += ['Pejabat "B"', "Kepala Bidang", "", "a.n.", "contrct", "contract", ""]
    lines += ["contract", "Arsip; Camat", "", ""]
    code, said = answered(tmp_path, lines)
    assert code == 0, said
    made = load(tmp_path / "kantor" / "casework.toml")
    assert (made.agency, made.government, made.place) == (HOSTILE, "Pemerintah Kabupaten Contoh", "Doloksanggul")
    assert (made.letter.logo, made.letter.paper, made.letter.signature_side) == ("logo.svg", "f4", "left")
    assert (made.letter.margin_top, made.letter.margin_left, made.letter.font_size) == (30, 25.5, 12)
    assert (made.head.name, made.head.nip) == ("Kepala Contoh, S.Sos.", "197001011995031001")
    assert made.register_pattern == "460/{number:03d}/X/{year}"
    official = made.officials[0]
    assert (official.name, official.acting, official.signs) == ('Pejabat "B"', "a.n.", ("contract",))
    assert made.copies == {"contract": ("Arsip", "Camat")}
    assert made.as_data()["letter"]["logo"].startswith("data:image/svg+xml")


def test_who_stops_has_made_nothing(tmp_path: Path) -> None:
    child = terminal(tmp_path, "init", "kantor")
    child.expect(PROMPT)
    child.sendeof()
    child.read()
    child.close()
    assert child.exitstatus != 0
    assert list(tmp_path.iterdir()) == []


def test_yes_asks_nothing(tmp_path: Path) -> None:
    code, said = answered(tmp_path, [], "--office", "Dinas", "--yes")
    assert code == 0, said
    assert not (tmp_path / "kantor" / letterhead.SAMPLE).exists()
    assert casework("init", "lain").code == 2


@given(agency=NAMES, address=TEXTS, name=NAMES, copy=NAMES, signs=st.lists(NAMES, max_size=2))
@settings(max_examples=60, deadline=None)
def test_any_profile_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, agency: str, address: str, name: str, copy: str, signs: list[str]
) -> None:
    file = tmp_path_factory.mktemp("profile") / "casework.toml"
    given = {
        "agency": agency,
        "address": address,
        "head": {"name": name},
        "officials": [{"name": name, "title": address, "signs": signs}],
        "copies": {copy: [name, address]},
    }
    file.write_text(profile(given), encoding="utf-8", newline="")
    read = load(file)
    assert (read.agency, read.address, read.head.name) == (agency, address, name)
    assert (read.officials[0].title, read.officials[0].signs) == (address, tuple(signs))
    assert read.copies == {copy: (name, address)}


@pytest.mark.parametrize("text", ["", "197001011995031001", "19700101 199503 1 001", "19850202 202121 2 003"])
def test_a_nip_in_its_groups(text: str) -> None:
    assert letterhead.nip(text) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["1970", "19701301 199503 1 001", "19700101 199513 1 001", "19700101 199503 3 001"])
def test_a_nip_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        letterhead.nip(text)
