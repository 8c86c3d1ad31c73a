"""The documents of the shipped examples read and look as they did when somebody last looked at them."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import pytest

from casework_flow.resources import shipped

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "golden.py"))
FOLDER, PAGES = TOOL["FOLDER"], TOOL["PAGES"]
KEPT = [path.relative_to(FOLDER).as_posix() for path in sorted(FOLDER.rglob("*.txt"))]
PICTURES = [path.relative_to(PAGES).as_posix() for path in sorted(PAGES.rglob("*-p*.png"))]
DIGESTS = json.loads(TOOL["DIGESTS"].read_text(encoding="utf-8"))
UNSEEN = 24
"""Steps of brightness, of 255, that nobody sees: the edges of letters differ so much between machines."""
TOLERATED = 0.0005
"""The part of a page's pixels that may differ more than that."""
RENEW = "If this is what was meant: make golden"


@dataclass(frozen=True)
class Made:
    """What the examples issue now: the texts, and the pictures of the pages, by the names of their files."""

    texts: dict[str, str]
    pages: dict[str, bytes]


@pytest.fixture(scope="module")
def made() -> Made:
    found = Made({}, {})
    for one in TOOL["issued"]():
        found.texts.update(one.texts())
        for page, picture in enumerate(one.pages(), 1):
            found.pages[TOOL["page_file"](one.name, page).relative_to(PAGES).as_posix()] = picture
    return found


def differing(before: bytes, now: bytes) -> float:
    """The part of the pixels that people would see differ, 1 for pictures of another size."""
    (width, old), (wide, new) = TOOL["grey"](before), TOOL["grey"](now)
    if (width, len(old)) != (wide, len(new)):
        return 1.0
    seen = sum(
        abs(a - b) > UNSEEN
        for row, other in zip(old, new, strict=True)
        if row != other
        for a, b in zip(row, other, strict=True)
    )
    return seen / (wide * len(new))


def test_the_kept_documents_are_those_that_the_examples_issue(made: Made) -> None:
    assert len(KEPT) > 80
    assert sorted(made.texts) == KEPT, RENEW


def test_the_kept_pages_are_those_that_the_documents_have(made: Made) -> None:
    assert len(PICTURES) > 100
    assert sorted(made.pages) == PICTURES == sorted(DIGESTS), RENEW


@pytest.mark.parametrize("name", KEPT)
def test_a_document_reads_as_it_did(name: str, made: Made) -> None:
    before, now = (FOLDER / name).read_text(encoding="utf-8").splitlines(), made.texts[name].splitlines()
    changes = "\n".join(unified_diff(before, now, "kept", "now", lineterm=""))
    assert not changes, f"{changes}\n\n{RENEW}"


def test_every_page_looks_as_it_did(made: Made, tmp_path: Path) -> None:
    assert not list(changed(made, tmp_path)), RENEW


def changed(made: Made, folder: Path) -> Iterator[str]:
    for name in PICTURES:
        if TOOL["digest"](made.pages[name]) == DIGESTS[name]:
            continue
        part = differing((PAGES / name).read_bytes(), made.pages[name])
        if part > TOLERATED:
            new = folder / name.replace("/", "-")
            new.write_bytes(made.pages[name])
            document, _, page = name.removesuffix(".png").rpartition("-p")
            yield f"{document}, page {page}: {part:.2%} of its pixels differ; it looks like {new} now"


def test_the_documentation_shows_the_first_page_of_every_shipped_document() -> None:
    shown = {path.stem: path.read_bytes() for path in TOOL["TEMPLATES"].glob("*.png")}
    templates = shipped("templates").glob("[!_]*.xml.j2")
    assert sorted(shown) == sorted(path.name.removesuffix(".xml.j2") for path in templates), RENEW
    assert sum(map(len, shown.values())) < 1_200_000
    firsts = {(PAGES / name).read_bytes() for name in PICTURES}
    assert {name for name, picture in shown.items() if picture not in firsts} == TOOL["DRAFTS"].keys(), RENEW
    for name, page in TOOL["drafts"]():
        assert differing(shown[name], page) <= TOLERATED, f"{name}: {RENEW}"


def test_a_line_that_is_gone_is_seen(made: Made) -> None:
    first, *_, other = PICTURES
    assert differing((PAGES / first).read_bytes(), made.pages[first]) <= TOLERATED
    assert differing((PAGES / first).read_bytes(), made.pages[other]) > TOLERATED
