"""Documents: listed, written in each format, and never half."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework

Stand = Callable[[str], Path]


@pytest.fixture
def project(at_stage: Stand) -> Path:
    return at_stage("closed")


def test_the_list(project: Path) -> None:
    found = casework("documents", NUMBER, "--json").data
    assert {tuple(document) for document in found} == {("name", "item", "number", "version", "sha256", "at")}
    assert [d["item"] for d in found if d["name"] == "visit_report"] == list(range(1, 9))
    assert len({d["name"] for d in found}) == 10
    table = casework("documents", NUMBER).out
    assert all(d["name"] in table and d["sha256"][:12] in table for d in found)


@pytest.mark.parametrize(
    ("form", "start"),
    [("pdf", b"%PDF-"), ("docx", b"PK"), ("html", b"<!DOCTYPE html>"), ("text", b""), ("xml", b"<")],
)
def test_each_format_to_a_file_and_to_standard_output(form: str, start: bytes, project: Path, tmp_path: Path) -> None:
    argv = ["document", NUMBER, "contract", "--format", form]
    file = tmp_path / "out"
    written = casework(*argv, "-o", file)
    assert (written.code, written.out) == (0, "")
    assert str(file) in written.err
    piped = casework(*argv)
    assert piped.stdout == file.read_bytes() == casework(*argv, "-o", "-").stdout
    assert piped.stdout[:20].lower().startswith(start.lower())
    assert len(piped.stdout) > 1000
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_format_is_the_file_s_ending(project: Path, tmp_path: Path) -> None:
    for name, start in (("k.pdf", b"%PDF-"), ("k.docx", b"PK"), ("k.html", b"<!"), ("k.xml", b"<"), ("k.txt", b"")):
        told = casework("document", NUMBER, "contract", "-o", tmp_path / name, "--json").data
        assert (tmp_path / name).read_bytes().startswith(start)
        about = {"file", "name", "item", "version", "number", "sha256", "format", "language", "translation"}
        assert told.keys() == about
        assert (told["name"], told["version"]) == ("contract", 1)


def test_item_and_version(project: Path) -> None:
    first, last = (casework("document", NUMBER, "visit_report", *more).out for more in (("--item", "1"), ()))
    assert first != last
    assert casework("document", NUMBER, "visit_report", "--item", "8", "--version", "1").out == last
    for more in (("--item", "9"), ("--version", "2")):
        assert casework("document", NUMBER, "visit_report", *more, "--json").error["code"] == "not_found"
    assert "has no version 2; there are: 1." in casework("document", NUMBER, "contract", "--version", "2").err
    assert "has no item 1; there are: -." in casework("document", NUMBER, "contract", "--item", "1").err
    assert "Did you mean contract?" in casework("document", NUMBER, "contrat").err


def test_the_client_is_named_as_asked(project: Path) -> None:
    full, initials, pseudonym = (
        casework("document", NUMBER, "contract", "--identity", how).out for how in ("full", "initials", "pseudonym")
    )
    assert "Sarma Contoh" in full
    assert "Sarma" not in initials + pseudonym


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for place in (tmp_path / "no" / "k.pdf", tmp_path / "file" / "k.pdf", tmp_path):
        outcome = casework("document", NUMBER, "contract", "--format", "pdf", "-o", place, "--json")
        assert (outcome.code, outcome.error["code"]) == (1, "system")
        assert str(place) in outcome.error["message"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "project"]


def test_what_stood_there_stays_when_there_is_nothing_to_write(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "k.pdf"
    old.write_text("old", encoding="utf-8")
    assert casework("document", NUMBER, "no_such", "-o", old).code == 4
    assert old.read_text(encoding="utf-8") == "old"


def test_a_link_or_a_pipe_is_written_through(project: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.touch()
    link.symlink_to(target)
    assert casework("document", NUMBER, "contract", "-o", link).code == 0
    assert link.is_symlink()
    assert target.stat().st_size > 1000
    assert casework("document", NUMBER, "contract", "-o", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


def test_verify_finds_nothing_in_a_sound_database_and_says_so(project: Path) -> None:
    assert casework("verify", "--json").data == []
    assert casework("verify").out.startswith("✓")


def test_what_verify_finds_is_exit_3(project: Path) -> None:
    import sqlite3

    with sqlite3.connect(project / "casework.db") as database:
        database.execute("UPDATE casework_documents SET sha256 = 'x' WHERE name = 'contract'")
    database.close()
    outcome = casework("verify", "--json")
    assert outcome.code == 3
    assert json.loads(outcome.out)[0].keys() == {"where", "message"}
    assert outcome.error["code"] == "findings"
    words = casework("verify")
    assert words.code == 3
    assert "contract" in words.out
