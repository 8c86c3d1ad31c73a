"""What PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1) ask of a file, read from every document of case S.

No validator can be had from the registries that this project is built from (docs/reliability.md), so this looks at
what can be read without one; Typst refuses by itself to write what breaks either standard.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject
from template_case import NAMES, OFFICE, document

from casework_flow.document import writer_profile
from casework_flow.documents import markup, pdf

DAY = date(2025, 5, 21)
STANDARD_TAGS = {
    "/Document", "/Sect", "/Div", "/P", "/H1", "/H2", "/H3", "/L", "/LI", "/Lbl", "/LBody", "/Table", "/TR",
    "/TH", "/TD", "/THead", "/TBody", "/TFoot", "/Figure", "/Caption", "/Span", "/NonStruct", "/Part", "/Title",
    "/Note", "/Strong", "/Em",
}  # fmt: skip
UNDER = {
    "/TR": {"/Table", "/THead", "/TBody", "/TFoot"},
    "/TH": {"/TR"},
    "/TD": {"/TR"},
    "/LI": {"/L"},
    "/LBody": {"/LI"},
}
"""Tags, and what alone they may stand in (ISO 32000-1, 14.8.4)."""


@cache
def file(name: str) -> PdfReader:
    root = markup.parse(document(name))
    figures = {node.get("drawing"): SQUARE for node in nodes(root) if node.tag == "figure"}
    made = pdf.write(root, writer_profile(OFFICE, "id"), number=None, at=DAY, drawings=figures)
    return PdfReader(io.BytesIO(made))


SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def nodes(node: markup.Node) -> Iterator[markup.Node]:
    yield node
    for child in node.nodes:
        yield from nodes(child)


def elements(item: Any, parent: str = "") -> Iterator[tuple[str, DictionaryObject]]:
    """The elements of the structure tree, each with the tag of the one that it stands in."""
    if isinstance(item, ArrayObject):
        for one in item:
            yield from elements(one.get_object(), parent)
    elif isinstance(item, DictionaryObject) and "/S" in item:
        yield parent, item
        yield from elements(item.get("/K", ArrayObject()), item["/S"])
    elif isinstance(item, DictionaryObject):
        yield from elements(item.get("/K", ArrayObject()), parent)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_what_it_is_and_hides_nothing(name: str) -> None:
    reader = file(name)
    root = reader.trailer["/Root"]
    meta = root["/Metadata"].get_data().decode()
    assert not reader.is_encrypted
    assert "/ID" in reader.trailer
    assert "/Filter" not in root["/Metadata"].get_object()
    assert ">2</pdfaid:part>" in meta
    assert ">A</pdfaid:conformance>" in meta
    assert ">1</pdfuaid:part>" in meta
    assert root["/Lang"] == "id"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/MarkInfo"].get("/Suspects", False) == False  # noqa: E712  # a boolean of the file, as PDF/UA-1 asks
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    (intent,) = root["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp"  # an ICC profile
    assert not {"/OpenAction", "/AA", "/AcroForm", "/OCProperties"} & root.keys()
    assert not {"/JavaScript", "/EmbeddedFiles"} & root.get("/Names", {}).keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_font_is_in_the_file_and_gives_back_its_text(name: str) -> None:
    for page in file(name).pages:
        for font in page["/Resources"]["/Font"].values():
            (within,) = font["/DescendantFonts"]
            descriptor = within.get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
            assert b"beginbf" in font["/ToUnicode"].get_data()
        assert page["/Tabs"] == "/S"
        assert not page.get("/Annots")


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_tagged_in_its_order(name: str) -> None:
    reader = file(name)
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    found = list(elements(tree))
    roles = {str(key): str(value) for key, value in tree.get("/RoleMap", {}).items()}
    tags = {roles.get(item["/S"], item["/S"]) for _, item in found}
    assert tags <= STANDARD_TAGS
    assert {"/Document", "/P"} <= tags
    for parent, item in found:
        assert parent in UNDER.get(item["/S"], {parent})
        assert item["/S"] != "/Figure" or item.get("/Alt")
    wanted = {
        tag: sum(node.tag == tag for node in nodes(markup.parse(document(name)))) for tag in ("figure", "table")
    }
    assert sum(item["/S"] == "/Figure" for _, item in found) >= wanted["figure"]
    assert sum(item["/S"] == "/Table" for _, item in found) >= wanted["table"]
    for page in reader.pages:
        drawn = page.get_contents().get_data()
        assert drawn.count(b"BDC") + drawn.count(b"BMC") == drawn.count(b"EMC") > 0
        assert "/StructParents" in page
