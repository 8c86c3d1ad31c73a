"""The documents of case S read as they did when somebody last looked at them."""

from __future__ import annotations

import runpy
from difflib import unified_diff
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "golden.py"))
KEPT = {
    path.relative_to(TOOL["FOLDER"]).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(TOOL["FOLDER"].rglob("*.txt"))
}


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    texts: dict[str, str] = TOOL["documents"]()
    return texts


def test_the_kept_documents_are_those_that_the_case_issues(written: dict[str, str]) -> None:
    assert len(KEPT) > 20
    assert sorted(written) == sorted(KEPT), "look at what has changed, then: make golden"


@pytest.mark.parametrize("name", KEPT)
def test_a_document_reads_as_it_did(name: str, written: dict[str, str]) -> None:
    before, now = KEPT[name].splitlines(), written[name].splitlines()
    changes = "\n".join(unified_diff(before, now, "kept", "now", lineterm=""))
    assert not changes, f"{changes}\n\nIf this is what was meant: make golden"
