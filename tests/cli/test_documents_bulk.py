"""Many documents at once: each written whole, none twice, under names that tell of no person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework
from pypdf import PdfReader

Stand = Callable[[str], Path]


@pytest.fixture
def project(at_stage: Stand) -> Path:
    return at_stage("closed")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_all_documents_of_all_cases_are_written_on_several_cores_and_are_what_was_issued(project: Path) -> None:
    issued = casework("documents", NUMBER, "--json").data
    told = casework("documents", "--all", "--format", "pdf", "-o", "out", "--json").data
    assert (told["written"], told["skipped"]) == (len(issued), 0)
    found = files(Path("out"))
    assert len(found) == len(issued)
    assert {path.parent.name for path in found} == {NUMBER}
    assert Path("out", NUMBER, "visit_report_003_v1.pdf") in found
    assert {casework("verify", path).code for path in found[:3]} == {0}
    assert not [path for path in found if "sarma" in path.name.casefold()]


def test_what_is_there_is_not_made_again_and_what_is_missing_is(project: Path) -> None:
    casework("documents", NUMBER, "--all", "--format", "text", "-o", "out")
    first = {path: path.stat().st_mtime_ns for path in files(Path("out"))}
    lost = sorted(first)[0]
    lost.unlink()
    told = casework("documents", NUMBER, "--all", "--format", "text", "-o", "out", "--json").data
    assert (told["written"], told["skipped"]) == (1, len(first) - 1)
    again = {path: path.stat().st_mtime_ns for path in files(Path("out"))}
    assert again.keys() == first.keys()
    assert {path for path in first if again[path] != first[path]} == {lost}


def test_a_number_that_was_registered_since_and_an_identity_are_other_files(project: Path) -> None:
    casework("documents", NUMBER, "--all", "--format", "xml", "-o", "out")
    casework("register", NUMBER, "contract", "460/012/Dinsos/2025")
    told = casework("documents", NUMBER, "--all", "--format", "xml", "-o", "out", "--json").data
    assert told["written"] == 1
    assert Path("out", NUMBER, "contract_v1_460-012-Dinsos-2025.xml").is_file()
    told = casework("documents", NUMBER, "--all", "--format", "xml", "--identity", "pseudonym", "-o", "out", "--json")
    assert told.data["skipped"] == 0
    assert "Sarma" not in Path("out", NUMBER, "intake_v1_pseudonym.xml").read_text(encoding="utf-8")


def test_one_file_for_printing_has_all_pages_and_leaves_nothing_else(project: Path) -> None:
    assert casework("documents", NUMBER, "--all", "-o", "out", "--merged", "all.pdf").code == 0
    pages = sum(len(PdfReader(path).pages) for path in files(Path("out")))
    assert len(PdfReader("all.pdf").pages) == pages > 10
    before = sorted(path.name for path in project.iterdir())
    assert casework("documents", "--all", "--merged", "all.pdf").code == 0
    assert sorted(path.name for path in project.iterdir()) == before


def test_what_cannot_be_meant_is_a_usage_error(project: Path) -> None:
    for more in ([], ["--all"], ["-o", "out"], ["--all", "--merged", "all.html", "--format", "html"]):
        assert casework("documents", *more).code == 2
    assert casework("documents", "KSS-2025-0099", "--all", "-o", "out").code == 4
