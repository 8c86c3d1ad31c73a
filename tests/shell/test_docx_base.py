"""An office's own letterhead file: its styles, header and page stay, and nothing in it runs or fetches."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from document_samples import PROFILE, SAMPLES
from docx_files import a_base, every_word, linked, made, numbers, opened, parts, repacked, sound, styled, with_base

from casework_flow.documents import docx_base, wordfile
from casework_flow.errors import Invalid


def test_the_office_s_file_gives_styles_header_footer_and_page_and_its_body_is_replaced() -> None:
    def dress(file: Any) -> None:
        file.sections[0].left_margin = 914400 * 2
        file.styles["Heading 1"].font.size = 254000

    data = made(SAMPLES["contract"], with_base(a_base(dress)))
    sound(data)
    file = opened(data)
    section = file.sections[0]
    assert section.header.paragraphs[0].text == "Kop Kantor Sendiri"
    assert section.footer.paragraphs[0].text == "Kaki kantor"
    assert section.left_margin == 914400 * 2
    assert file.styles["Heading 1"].font.size == 254000
    assert "Isi surat lama" not in every_word(file)
    assert PROFILE["agency"] not in "".join(c.text for t in file.tables for r in t.rows for c in r.cells)
    width = sum(column.width for column in file.tables[-2].columns)
    assert width <= section.page_width - section.left_margin - section.right_margin + 635
    assert styled(file, "Heading 1")[0] == "A. Para Pihak"
    assert len({num for num, _, _ in numbers(file)}) == 4


def test_a_style_is_found_by_its_name_where_word_gave_it_another_id() -> None:
    data = repacked(
        a_base(),
        **{"word/styles.xml": lambda xml: re.sub(r'"Heading1"', '"Judul1"', xml).replace('"BodyText"', '"Check"')},
    )
    file = opened(made(SAMPLES["contract"], with_base(data)))
    (first, *_) = [p for p in file.paragraphs if p.text == "A. Para Pihak"]
    assert first._p.pPr.pStyle.val == "Judul1"
    (checked, *_) = [p for p in file.paragraphs if p.text.endswith("dibacakan kepada Pihak Kedua.")]
    assert checked.style.name == "Check"
    sound(made(SAMPLES["contract"], with_base(data)))


def test_a_file_without_styles_or_lists_gets_ours() -> None:
    def bare(xml: str) -> str:
        return re.sub(r'<Relationship [^>]*/(styles|numbering|stylesWithEffects)"[^>]*/>', "", xml)

    data = repacked(a_base(), **{"word/_rels/document.xml.rels": bare})
    file = opened(made(SAMPLES["contract"], with_base(data)))
    assert styled(file, "Heading 1")[0] == "A. Para Pihak"
    assert numbers(file)[0][2].startswith("peningkatan")


def test_a_draft_over_an_office_s_file_says_so_at_its_head() -> None:
    assert opened(made(SAMPLES["form"], with_base(a_base()))).paragraphs[0].text == "DRAF"


HEADER_RELS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" %s/></Relationships>'
)
OUTSIDE = b'TargetMode="External"'
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a/>'


def in_header(xml: str) -> Callable[[str], str]:
    return lambda text: text.replace("</w:hdr>", f"<w:p><w:r>{xml}</w:r></w:p></w:hdr>")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"word/vbaProject.bin": b"x"}, "macros"),
        ({"[Content_Types].xml": lambda x: x.replace("document.main", "d.macroEnabled.main")}, "macros"),
        ({"[Content_Types].xml": lambda x: x.replace("document.main", "template.main")}, "not a Word document"),
        ({"[Content_Types].xml": None}, "not a Word document"),
        ({"word/document.xml": None}, "word/document.xml of the file is missing"),
        ({"word/styles.xml": None}, "word/styles.xml of the file is missing"),
        ({"word/styles.xml": b"<w:styles"}, "word/styles.xml of the file is damaged"),
        ({"word/styles.xml": BOMB}, "document type"),
        ({"word/styles.xml": BOMB.decode().encode("utf-16")}, "document type"),
        ({"word/document.xml": BOMB}, "document type"),
        ({"word/_rels/document.xml.rels": linked("attachedTemplate", "http://x.example/a.dotm")}, "http://x.example"),
        ({"word/_rels/document.xml.rels": linked("image", "file:///etc/passwd")}, "file:///etc/passwd"),
        ({"word/_rels/header1.xml.rels": HEADER_RELS % (b"image", b"\\\\server\\a.png", OUTSIDE)}, "server"),
        ({"word/_rels/header1.xml.rels": HEADER_RELS % (b"hyperlink", b"file:///c:/a.exe", OUTSIDE)}, "a.exe"),
        ({"word/_rels/header1.xml.rels": HEADER_RELS % (b"oleObject", b"styles.xml", b"")}, "object (oleObject)"),
        ({"word/header1.xml": in_header("<w:instrText>INCLUDEPICTURE x</w:instrText>")}, "INCLUDEPICTURE"),
        ({"word/header1.xml": in_header("<w:instrText>DD</w:instrText><w:instrText>EAUTO c</w:instrText>")}, "DDE"),
    ],
)  # fmt: skip
def test_a_file_that_could_run_or_fetch_something_is_refused_in_words(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "kop.docx"
    file.write_bytes(repacked(with_header(), **change))
    with pytest.raises(Invalid) as refused:
        docx_base.load(file)
    (problem,) = refused.value.problems
    assert problem.where == "letter.base"
    assert said in problem.say("en")


def with_header() -> bytes:
    """The office's file with its header in ``word/header1.xml``, wherever the library put it."""
    files = parts(a_base())
    (name,) = [name for name in files if re.fullmatch(r"word/header\d*\.xml", name)]
    moved = {"word/header1.xml": files[name], name: None} if name != "word/header1.xml" else {}
    rename = {"word/_rels/document.xml.rels": lambda x: x.replace(name[5:], "header1.xml"),
              "[Content_Types].xml": lambda x: x.replace(name, "word/header1.xml")}  # fmt: skip
    return repacked(a_base(), **moved, **rename)


def test_a_link_to_the_office_s_own_page_may_stay(tmp_path: Path) -> None:
    file = tmp_path / "kop.docx"
    link = HEADER_RELS % (b"hyperlink", b"mailto:dinsos@contoh.example", OUTSIDE)
    file.write_bytes(repacked(with_header(), **{"word/_rels/header1.xml.rels": link}))
    sound(made(SAMPLES["letter"], {**PROFILE, "base": docx_base.load(file)}))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"<html>", a_base()[:-40]])
def test_what_is_no_word_file_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "kop.docx").write_bytes(data)
    with pytest.raises(Invalid) as refused:
        docx_base.load(tmp_path / "kop.docx")
    assert "not a Word document" in refused.value.problems[0].say("en")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        docx_base.load(tmp_path / "kop.docx")
    assert "kop.docx cannot be read" in refused.value.problems[0].say("en")


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    bomb = repacked(a_base(), **{"word/media/x.png": b"\0" * (wordfile.MAX_EXPANDED + 1)})
    assert len(bomb) < wordfile.MAX_BYTES
    many = repacked(a_base(), **{f"word/x{n}.xml": b"" for n in range(wordfile.MAX_PARTS)})
    large = a_base() + b"\0" * wordfile.MAX_BYTES
    for data, said in (
        (bomb, "more than such a file"),
        (many, "more than such a file"),
        (large, "larger than 5 MB"),
    ):
        (tmp_path / "kop.docx").write_bytes(data)
        with pytest.raises(Invalid) as refused:
            docx_base.load(tmp_path / "kop.docx")
        assert said in refused.value.problems[0].say("en")
