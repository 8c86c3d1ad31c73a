"""Files that are not ours, and files that the profile names."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Somebody else's database."""
    file = tmp_path / "toko.db"
    raw = sqlite3.connect(file)
    raw.execute("CREATE TABLE barang (id INTEGER)")
    raw.commit()
    raw.close()
    return file


@pytest.mark.parametrize("words", [("list",), ("verify",), ("status", NUMBER), ("staff", "list")])
def test_somebody_elses_database_is_told_and_stays_as_it_is(shop: Path, words: tuple[str, ...]) -> None:
    before = shop.read_bytes()
    found = casework(*words, "--db", f"sqlite:///{shop}")
    assert found.code == 4
    assert "no database of casework" in found.err
    assert shop.read_bytes() == before


def test_somebody_elses_database_is_not_restored(shop: Path, tmp_path: Path) -> None:
    found = casework("restore", shop, "--db", f"sqlite:///{tmp_path / 'baru.db'}")
    assert found.code != 0
    assert "no database of casework" in found.err
    assert not (tmp_path / "baru.db").exists()


def test_the_doctor_looks_at_the_files_that_the_profile_names(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("planning")
    profile = folder / "casework.toml"
    text = profile.read_text(encoding="utf-8")
    assert casework("doctor").code == 0
    profile.write_text(text.replace('logo = ""', 'logo = "hilang.png"'), encoding="utf-8")
    found = casework("doctor")
    assert found.code == 3
    assert "hilang.png" in found.out


def test_a_new_projects_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert casework("init", tmp_path / "kantor", "--office", "Dinas Sosial Contoh").code == 0
    assert stat.S_IMODE((tmp_path / "kantor" / "casework.db").stat().st_mode) == 0o600


def test_what_is_no_seal_is_refused_in_words(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("planning")
    (folder / "seal.json").write_text('"teks"', encoding="utf-8")
    found = casework("verify", "--seal", "seal.json")
    assert found.code == 6
    assert "seal" in found.err


def test_the_documents_of_one_case_are_merged(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("planning")
    assert casework("documents", NUMBER, "--merged", "satu.pdf").code == 0
    assert (folder / "satu.pdf").read_bytes().startswith(b"%PDF")
