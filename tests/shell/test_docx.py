"""The Word file: a sound package with the document's words in Word's own structure, whatever is typed."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import template_case
from document_samples import PROFILE, SAMPLES, document, everywhere
from docx.oxml.ns import qn
from docx_files import DAY, a_base, body, every_word, made, numbers, opened, parts, sound, styled, with_base
from hypothesis import given, settings
from pypdf import PdfReader
from test_writers import WRITTEN, squeezed

from casework_flow.document import writer_profile
from casework_flow.documents import docx, docx_base, pdf
from casework_flow.documents.markup import clean, parse
from casework_flow.documents.profile import PAPERS

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20"/></svg>'
CASE_PROFILE = writer_profile(template_case.OFFICE, "id")


# ---- the package ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_file_is_sound(name: str) -> None:
    sound(made(SAMPLES[name]))
    sound(made(SAMPLES[name], with_base(a_base())))


@pytest.mark.parametrize("name", template_case.NAMES)
def test_each_document_of_case_s_has_its_headings_tables_and_words(name: str) -> None:
    root = parse(template_case.document(name))
    data = docx.write(root, CASE_PROFILE, at=DAY)
    sound(data)
    file = opened(data)
    sections = [node for node in root.nodes if node.tag == "section"]
    titles = [" ".join(filter(None, (node.get("label"), node.get("title")))) for node in sections]
    assert styled(file, "Heading 1") == titles
    assert [squeezed(text) for text in styled(file, "Title")] == [
        squeezed(node.text) for node in root.nodes if node.tag == "title"
    ]
    tables = [node for node in every_node(root) if node.tag == "table"]
    assert [[cell.text for cell in t.rows[0].cells] for t in file.tables if is_ruled(t)] == [
        [cell.text for cell in table.nodes[0].nodes] for table in tables
    ]
    said = every_word(file)
    assert [word for word in words_of(root) if word not in said] == []


def is_ruled(table: Any) -> bool:
    return any(p.style.name == "Table Heading" for p in table.rows[0].cells[0].paragraphs)


def words_of(root: Any) -> list[str]:
    """The words of a tree's text and of the attributes that are printed; a figure without its drawing is left out."""
    if root.tag == "figure":
        return []
    shown = ("title", "caption", "place-date", "lead", "role", "name", "id", "note")
    words = [word for child in root.children if isinstance(child, str) for word in child.split()]
    if root.tag != "document":
        words += [word for key in shown if key in root.attrs for word in root.attrs[key].split()]
    return words + [word for node in root.nodes for word in words_of(node)]


def every_node(root: Any) -> list[Any]:
    return [root, *(found for node in root.nodes for found in every_node(node))]


def test_the_same_document_is_the_same_bytes_in_every_process() -> None:
    script = (
        "import sys, json, hashlib, datetime\n"
        "from casework_flow.documents import docx\n"
        "from casework_flow.documents.markup import parse\n"
        "xml, profile, drawings = json.load(sys.stdin)\n"
        "data = docx.write(parse(xml), profile, at=datetime.date(2025, 3, 6), drawings=drawings)\n"
        "print(hashlib.sha256(data).hexdigest())\n"
    )
    xml = SAMPLES["contract"].replace("<letterhead/>", "<letterhead/><figure drawing='g' alt='x'/>")
    for profile in (PROFILE, with_base(a_base())):
        told = subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps([xml, profile, {"g": SVG}]),
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "Asia/Jayapura", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"},
        )
        assert told.stdout.strip() == hashlib.sha256(made(xml, profile, drawings={"g": SVG})).hexdigest()


def test_the_properties_name_the_title_the_agency_the_language_and_no_person() -> None:
    core = body(SAMPLES["contract"]).core_properties
    assert (core.title, core.author, core.language) == ("Kontrak Pelayanan", PROFILE["agency"], "id-ID")
    assert (core.created.date(), core.modified.date()) == (DAY, DAY)
    assert core.last_modified_by == PROFILE["agency"]
    own = opened(made(SAMPLES["contract"], with_base(a_base())))
    assert own.core_properties.author == PROFILE["agency"]
    assert b"Pegawai Lama" not in b"".join(parts(made(SAMPLES["contract"], with_base(a_base()))).values())


# ---- Word's own structure ---------------------------------------------------------------------------------------


def test_the_paper_the_margins_and_the_font_are_the_offices() -> None:
    for paper, (wide, high) in PAPERS.items():
        file = body("<document title='x'/>", profile={**PROFILE, "paper": paper, "font": "Arial", "font_size": 12})
        section = file.sections[0]
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (wide, high)
        assert (round(section.left_margin.mm), round(section.top_margin.mm)) == (30, 25)
        assert (file.styles["Normal"].font.name, file.styles["Normal"].font.size.pt) == ("Arial", 12)
    language = file.styles["Normal"].element.rPr.find(qn("w:lang"))
    assert language.get(qn("w:val")) == "id-ID"


def test_lists_are_words_own_each_counts_anew_and_they_nest() -> None:
    xml = document(
        "<ol><li>satu</li><li>dua<ol count='a'><li>dua a</li></ol></li><li>tiga<p>masih tiga</p></li></ol>"
        "<ol count='I' start='4'><li>empat</li></ol><ul><li>butir</li></ul>"
    )
    file = body(xml)
    found = numbers(file)
    assert [(level, text) for _, level, text in found] == [
        (0, "satu"), (0, "dua"), (1, "dua a"), (0, "tiga"), (0, "empat"), (0, "butir"),
    ]  # fmt: skip
    lists = [num for num, _, _ in found]
    assert lists[0] == lists[1] == lists[3]
    assert len(set(lists)) == 4
    numbering = file.part.numbering_part.element
    names = {"w": docx_base.W}
    formats = []
    for num, level, _ in found:
        (its,) = numbering.findall(f"w:num[@w:numId='{num}']", names)
        kind = its.find("w:abstractNumId", names).get(qn("w:val"))
        form = f"w:abstractNum[@w:abstractNumId='{kind}']/w:lvl[@w:ilvl='{level}']/w:numFmt"
        start = its.find(f"w:lvlOverride[@w:ilvl='{level}']/w:startOverride", names)
        formats.append((numbering.find(form, names).get(qn("w:val")), start.get(qn("w:val"))))
    assert formats[0] == ("decimal", "1")
    assert formats[2] == ("lowerLetter", "1")
    assert formats[4:] == [("upperRoman", "4"), ("bullet", "1")]
    (still,) = [p for p in file.paragraphs if p.text == "masih tiga"]
    assert still.paragraph_format.left_indent > 0


def test_a_table_has_its_head_on_each_page_rows_that_hold_together_and_widths() -> None:
    long = "kata " * 200
    xml = document(
        "<table caption='Tabel 1' widths='1,3'><tr><th>No.</th><th>Uraian</th></tr><tr><td>1</td><td>Tepung</td></tr>"
        f"<tr><td>2</td><td>{long}</td></tr><tr><td colspan='2' align='right'>Jumlah</td></tr></table>"
    )
    file = body(xml)
    (table,) = file.tables
    rows = [row._tr for row in table.rows]
    assert [bool(row.xpath("w:trPr/w:tblHeader")) for row in rows] == [True, False, False, False]
    assert [bool(row.xpath("w:trPr/w:cantSplit")) for row in rows] == [True, True, False, True]
    narrow, wide = (column.width for column in table.columns)
    assert wide == pytest.approx(3 * narrow, rel=0.02)
    assert narrow.mm + wide.mm == pytest.approx(210 - 30 - 20, abs=0.5)
    assert table.rows[3]._tr.xpath("w:tc/w:tcPr/w:gridSpan/@w:val") == ["2"]
    assert styled(file, "Caption") == ["Tabel 1"]
    assert table.rows[1].cells[1].paragraphs[0].style.name == "Table Text"


def test_headings_and_what_precedes_signatures_stay_with_what_follows() -> None:
    file = body(SAMPLES["contract"])
    heads = [p for p in file.paragraphs if p.style.name.startswith("Heading")]
    assert len(heads) == 10
    assert all(p._p.pPr.keepNext is not None for p in heads)
    (closing,) = [p for p in file.paragraphs if p.text.startswith("Demikian kesepakatan")]
    assert closing._p.pPr.keepNext is not None
    *signed, last = (t for t in file.tables if any("Contoh" in c.text for r in t.rows for c in r.cells[-1:]))
    kept = [bool(row._tr.xpath(".//w:keepNext")) for table in (signed[-1], last) for row in table.rows]
    assert kept == [True] * (len(kept) - 1) + [False]


def test_what_is_kept_stays_together_and_lets_go_of_the_rest() -> None:
    file = body(document("<keep><p>satu</p><p>dua</p></keep><p>tiga</p>"))
    assert [bool(p._p.xpath("w:pPr/w:keepNext")) for p in file.paragraphs] == [True, False, False]
    file = body(document("<keep><p>satu</p><table><tr><td>a</td></tr><tr><td>b</td></tr></table></keep><p>tiga</p>"))
    assert [bool(row._tr.xpath(".//w:keepNext")) for row in file.tables[0].rows] == [True, False]
    assert not file.paragraphs[-1]._p.xpath("w:pPr/w:keepNext")


def test_a_short_list_is_kept_whole_with_the_words_that_announce_it_and_a_long_one_is_not() -> None:
    def kept(items: int, words: str) -> list[bool]:
        file = body(document(f"<p>{words}</p><ol>{'<li>x</li>' * items}</ol><p>sesudahnya</p>"))
        return [bool(p._p.xpath("w:pPr/w:keepNext")) for p in file.paragraphs]

    assert kept(3, "Klien berhak:") == [True, True, True, False, False]
    assert kept(3, "Klien berhak.") == [False, True, True, False, False]
    assert kept(9, "Klien berhak:") == [True, *[False] * 10]


def test_a_page_break_and_a_first_line_set_in() -> None:
    file = body(document("<p indent='yes'>satu</p><page-break/><p align='center'>dua</p>"))
    one, broken, two = file.paragraphs
    assert one.style.name == "Body Text First Indent"
    assert one.style.paragraph_format.first_line_indent.cm == pytest.approx(1.25, abs=0.01)
    assert broken.paragraph_format.page_break_before
    assert (two.text, str(two.alignment)) == ("dua", "CENTER (1)")


def test_the_footer_gives_title_and_page_fields_and_a_draft_says_so_on_each_page() -> None:
    file = body(SAMPLES["contract"])
    footer = file.sections[0].footer
    assert footer.paragraphs[0].text.startswith("Kontrak Pelayanan\tHalaman ")
    fields = footer._element.xpath("//w:fldSimple/@w:instr")
    assert [field.strip() for field in fields] == ["PAGE", "NUMPAGES"]
    assert file.sections[0].header.is_linked_to_previous
    draft = parts(made(SAMPLES["form"]))  # this sample is a draft
    assert b'string="DRAF"' in draft["word/header1.xml"]


def test_a_drawing_is_a_picture_with_words_for_those_who_cannot_see_it() -> None:
    xml = document("<figure drawing='g' alt='Keluarga &quot;S&quot;' width='50'><caption>Gambar 1</caption></figure>")
    file = body(xml, drawings={"g": SVG})
    (shape,) = file.inline_shapes
    assert shape._inline.docPr.get("descr") == 'Keluarga "S"'
    assert shape.width / shape.height == pytest.approx(2, rel=0.01)
    assert shape.width.mm == pytest.approx(80, abs=1)
    assert styled(file, "Figure Caption") == ["Gambar 1"]
    (picture,) = [data for name, data in parts(made(xml, drawings={"g": SVG})).items() if "media" in name]
    assert picture.startswith(b"\x89PNG")
    assert len(body(xml).inline_shapes) == 0  # left out when there is no such drawing


def test_the_letterhead_has_the_logo_and_the_number_leaves_room() -> None:
    logo = "data:image/svg+xml;base64," + base64.b64encode(SVG.encode()).decode()
    file = body(SAMPLES["letter"], profile={**PROFILE, "logo": logo})
    assert PROFILE["agency"] in file.tables[0].rows[0].cells[1].text
    assert file.inline_shapes[0]._inline.docPr.get("descr") == PROFILE["agency"]
    assert "Nomor:......" in every_word(file)
    assert "460/012&<b>" in every_word(body(SAMPLES["letter"], number="460/012&<b>\x01"))


# ---- any text ---------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(WRITTEN)
def test_any_text_is_only_text(written: str) -> None:
    cleaned = clean(written)
    more = {"address": written, "contact": written}
    data = made(everywhere(cleaned), number=written, profile={**PROFILE, **more})
    sound(data)
    file, plain = opened(data), body(everywhere("x"), profile={**PROFILE, "address": "x", "contact": "x"})
    if said := squeezed(cleaned):
        assert every_word(file).count(said) >= 18
        assert shape(file) == shape(plain)


def shape(file: Any) -> list[str]:
    """The body's elements but for lines of text, how they look, and whether a long row or list may be split."""
    loose = {qn(f"w:{tag}") for tag in ("br", "r", "t", "rPr", "b", "bCs", "u", "trPr", "cantSplit", "keepNext")}
    return [node.tag for node in file.element.body.iter() if node.tag not in loose]


# ---- another program reads it ------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_sets_each_document_of_case_s_on_about_as_many_pages_as_the_pdf(tmp_path: Path) -> None:
    pages = {}
    for name in template_case.NAMES:
        root = parse(template_case.document(name))
        (tmp_path / f"{name}.docx").write_bytes(docx.write(root, CASE_PROFILE, at=DAY))
        pages[name] = len(PdfReader(io.BytesIO(pdf.write(root, CASE_PROFILE, at=DAY))).pages)
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/lo", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", tmp_path, *sorted(tmp_path.glob("*.docx"))],
        check=True,
        capture_output=True,
        timeout=170,
    )
    for name, count in pages.items():
        read = PdfReader(tmp_path / f"{name}.pdf")
        assert abs(len(read.pages) - count) <= 1, name
        text = squeezed("".join(page.extract_text() for page in read.pages))
        for node in parse(template_case.document(name)).nodes:
            if node.tag == "section":
                assert squeezed(node.get("title")) in text
