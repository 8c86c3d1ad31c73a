"""The PDF: the same bytes each time, an archive's form, page numbers, and never a failure over a text."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import pytest
from document_samples import PROFILE, SAMPLES, document, everywhere
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from casework_flow import glyphs
from casework_flow.documents import pdf
from casework_flow.documents.markup import clean, parse

DAY = date(2025, 3, 6)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20"/></svg>'


def made(xml: str, profile: dict[str, Any] = PROFILE, **more: Any) -> bytes:
    return pdf.write(parse(xml), profile, at=DAY, **more)


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def words(data: bytes) -> str:
    """The text of all pages without white space: lines are broken where there is room."""
    return "".join("".join(page.extract_text() for page in read(data).pages).split())


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_document_is_the_same_bytes(name: str) -> None:
    assert made(SAMPLES[name]) == made(SAMPLES[name])


def test_another_process_writes_the_same_bytes() -> None:
    script = (
        "import sys, json, hashlib, datetime\n"
        "from casework_flow.documents import pdf\n"
        "from casework_flow.documents.markup import parse\n"
        "xml, profile = json.load(sys.stdin)\n"
        "print(hashlib.sha256(pdf.write(parse(xml), profile, at=datetime.date(2025, 3, 6))).hexdigest())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps([SAMPLES["contract"], PROFILE]),
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "Asia/Jayapura", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"},
    )
    assert told.stdout.strip() == hashlib.sha256(made(SAMPLES["contract"])).hexdigest()


def test_the_number_and_the_date_are_all_that_differs_from_print_to_print() -> None:
    numbered = made(SAMPLES["letter"], number="460/012/Dinsos/2025")
    assert "460/012/Dinsos/2025" in words(numbered)
    assert "......" in words(made(SAMPLES["letter"]))
    assert read(numbered).metadata.creation_date.date() == DAY


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_an_accessible_archive_file_with_title_language_and_own_fonts(name: str) -> None:
    file = read(made(SAMPLES[name]))
    root = file.trailer["/Root"]
    meta = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>\s*<pdfaid:conformance>A<", meta)
    assert "<pdfuaid:part>1</pdfuaid:part>" in meta
    assert file.metadata.title == parse(SAMPLES[name]).get("title")
    assert file.metadata.author == PROFILE["agency"]
    assert root["/Lang"] == "id"
    assert root["/MarkInfo"]["/Marked"]
    fonts = {font["/BaseFont"] for page in file.pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    assert all("LiberationSans" in font or "DejaVuSansMono" in font for font in fonts)


def test_pages_are_numbered_when_there_are_several() -> None:
    pages = [page.extract_text() for page in read(made(SAMPLES["contract"])).pages]
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert f"Halaman {number} dari 3" in page
        assert "Kontrak Pelayanan" in page
    assert "Halaman" not in words(made(SAMPLES["letter"]))


def test_the_paper_and_the_margins_are_the_offices() -> None:
    for paper, size in (("a4", (210, 297)), ("f4", (215, 330))):
        box = read(made(SAMPLES["letter"], {**PROFILE, "paper": paper})).pages[0].mediabox
        assert [round(float(side) / 72 * 25.4) for side in (box.width, box.height)] == list(size)


def test_all_words_of_a_contract_are_on_paper() -> None:
    text = words(made(SAMPLES["contract"]))
    for said in ("KONTRAKPELAYANAN", "A.ParaPihak", "Rp225.000", "☑Isi", "capjempol", "NIP198001012005012001", "–"):
        assert said in text


def test_signatures_are_not_left_alone_on_a_page() -> None:
    for filler in range(24, 40):
        xml = document(
            f"{'<p>x</p>' * filler}<section title='Penutup'><p>Demikian dibuat.</p>"
            "<signatures><party role='Klien,' name='Sarma'/></signatures></section>"
        )
        (signed,) = [text for page in read(made(xml)).pages if "Sarma" in (text := page.extract_text())]
        assert "Demikian dibuat." in signed


@pytest.mark.parametrize(
    "body",
    [
        "<p>Klien berhak:</p><ol><li>Pertama</li><li>Kedua</li><li>Ketiga</li></ol>",
        "<section title='Klien berhak:'><table><tr><th>No.</th></tr><tr><td>Pertama</td></tr><tr><td>Ketiga</td></tr>"
        "</table></section>",
        "<p>Klien berhak:</p><dl><dt>Nama</dt><dd>Pertama</dd><dt>Usia</dt><dd>Ketiga</dd></dl>",
    ],
)
def test_a_short_list_or_table_is_on_one_page_with_the_words_that_announce_it(body: str) -> None:
    broken = 0
    for filler in range(30, 48):
        pages = [page.extract_text() for page in read(made(document(f"{'<p>x</p>' * filler}{body}"))).pages]
        (at,) = [page for page in pages if "Ketiga" in page]
        assert "Pertama" in at
        assert "Klien berhak:" in at
        broken += len(pages) > 1 and at is pages[1]
    assert broken  # some of them would not have ended on the first page


def test_a_drawing_is_set_and_one_that_is_none_is_named_as_the_fault() -> None:
    xml = document("<p>a</p><figure drawing='g' alt='Keluarga'><caption>Gambar 1</caption></figure>")
    assert "Gambar1" in words(made(xml, drawings={"g": SVG}))
    assert "Gambar1" not in words(made(xml))
    with pytest.raises(pdf.PdfError, match="cannot be written"):
        made(xml, drawings={"g": "<svg"})


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("<p>{}</p>", 57),
        ("<ul><li>{}</li></ul>", 57),
        ("<dl><dt>a</dt><dd>{}</dd></dl>", 38),
        ("<dl><dt>{}</dt><dd>b</dd></dl>", 20),
        ("<table><tr><td>{}</td><td>b</td><td>c</td></tr></table>", 20),
        ("<signatures><party name='{}'/><party name='b'/></signatures>", 28),
    ],
)
def test_a_long_word_is_broken_at_the_edge_of_its_column(body: str, most: int) -> None:
    # a w is 0.722 of the font's 11 pt wide, and 160 mm lie between the margins
    lines = read(made(document(body.format("w" * 400)))).pages[0].extract_text().splitlines()
    assert 400 / most - 2 < len(lines)
    assert max(line.count("w") for line in lines) <= most


def test_what_no_font_has_is_a_box_and_is_told() -> None:
    root = parse(document("<p>漢 👍 a é ☑ \u200d</p>"))
    assert pdf.uncovered(root, PROFILE) == ["漢", "👍"]
    assert pdf.uncovered(root, {**PROFILE, "agency": "Dinas 字"}) == ["漢", "👍", "字"]
    assert pdf.uncovered(parse(SAMPLES["contract"]), PROFILE) == []
    assert "□□aé☑" in words(pdf.write(root, PROFILE, at=DAY))


def test_what_has_no_shape_is_left_out_and_other_spaces_become_plain_ones() -> None:
    assert glyphs.printable("e\u0301\u00ad\ufe0f\u200b\U000e0101\x07") == ("é", [])
    assert glyphs.printable("a\tb\nc\u2003d\u00a0e") == ("a b c d\u00a0e", [])


def test_a_capital_that_no_font_has_is_a_box_even_if_its_small_letter_is_there() -> None:
    small = [char for char in map(chr, glyphs.covered()) if not char.isupper()]
    assert made(document(f"<letterhead/><title>{escape(''.join(map(clean, small)))}</title>"))


def test_the_offices_own_words_may_be_anything_too() -> None:
    odd = '漢\x07\n#"\\ \u202e'
    assert made(SAMPLES["form"], {**PROFILE, "agency": odd, "contact": odd, "government": odd}, number=odd)


HOSTILE = st.sampled_from(
    [
        '#set text(red) #read("/etc/passwd") $x$ \\ ` _a_ *b* = c @d',
        '\\u{41} \\" " \' \\',
        "\u202eterbalik \u2066x\u2069",
        "👩‍👩‍👧 👍🏽 🇮🇩",
        "漢字 ﷽ नमस्ते ก็",
        "a\u0301\u0308\u200b\ufe0f\u00ad",
        "w" * 400,
        "🏳️‍🌈" * 40,
        "1. a\n- b\n= c\n/ d: e",
    ]
)


WRITTEN = st.lists(HOSTILE | st.text(st.characters(exclude_categories=()), max_size=60), min_size=1, max_size=3)


@settings(max_examples=30, deadline=None)
@given(WRITTEN.map(" ".join))
@example("".join(map(chr, range(0x250))))
@example('\\\\\\"')
@example("")
def test_no_text_stops_the_pdf(written: str) -> None:
    data = made(everywhere(clean(written)))
    assert data.startswith(b"%PDF-")
    assert read(data).metadata.title == "Judul"


def test_typst_source_stays_text() -> None:
    said = '#set text(red) $x^2$ *b* _i_ `c` @d <e> \\ #read("letter.typ")'
    assert "".join(said.split()) in words(made(everywhere(clean(said))))
