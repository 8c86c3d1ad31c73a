"""The strict markup: what it means, and that every fault is told with its line."""

from __future__ import annotations

import re

import pytest
from document_samples import SAMPLES, document, everywhere
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.documents.elements import ELEMENTS
from casework_flow.documents.markup import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MarkupError,
    Node,
    clean,
    empty_sections,
    header_rows,
    label,
    parse,
    read,
)


def body(xml: str) -> tuple[Node, ...]:
    return parse(document(xml)).nodes


def fault(xml: str) -> MarkupError:
    with pytest.raises(MarkupError) as refused:
        parse(xml)
    return refused.value


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_sound(name: str) -> None:
    assert parse(SAMPLES[name]).tag == "document"


def test_every_element_says_what_it_is_for_and_stands_somewhere() -> None:
    placed = {"document"}.union(*(element.children for element in ELEMENTS.values()))
    assert placed == ELEMENTS.keys()
    assert all(element.about.endswith(".") for element in ELEMENTS.values())


# ---- meaning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  satu \n\t dua  ", ["satu dua"]),
        ("satu <b> dua </b> tiga", ["satu ", Node("b", {}, ("dua ",)), "tiga"]),
        ("<b>satu </b>dua", [Node("b", {}, ("satu ",)), "dua"]),
        ("satu<b/>", ["satu"]),
        ("satu <br/> dua", ["satu", Node("br"), "dua"]),
        ("<lines>satu\n  dua\n\ntiga</lines>", ["satu", Node("br"), "dua", Node("br"), Node("br"), "tiga"]),
        ("a&amp;b &lt;c&gt;", ["a&b <c>"]),
        ("a\u00a0b", ["a\u00a0b"]),
        ("<!-- nothing -->a<!-- -->b", ["ab"]),
        ("<![CDATA[<b>]]>", ["<b>"]),
    ],
)
def test_white_space_is_folded_as_a_browser_folds_it(written: str, read: list[object]) -> None:
    assert list(body(f"<p>{written}</p>")[0].children) == read


def test_loose_text_in_an_item_becomes_a_paragraph() -> None:
    (item,) = body("<ul><li>satu <b>dua</b><ol><li>tiga</li></ol>empat</li></ul>")[0].nodes
    assert [(node.tag, node.text) for node in item.nodes] == [("p", "satu dua"), ("ol", "tiga"), ("p", "empat")]


def test_sections_of_a_kind_and_items_are_numbered() -> None:
    sections = body(
        "<section title='S' numbered='A'><p>x</p></section><section title='T'><p>x</p></section>"
        "<section title='U' numbered='A'><ol count='i' start='4'><li>x</li><li>y</li></ol></section>"
        "<section title='V' numbered='I'><p>x</p></section>"
    )
    assert [section.get("label") for section in sections] == ["A.", "", "B.", "I."]
    assert [item.get("label") for item in sections[2].nodes[0].nodes] == ["iv.", "v."]


@pytest.mark.parametrize(
    ("style", "number", "said"),
    [
        ("1", 12, "12"),
        ("a", 1, "a"),
        ("a", 26, "z"),
        ("a", 27, "aa"),
        ("A", 703, "AAA"),
        ("i", 9, "ix"),
        ("I", 1994, "MCMXCIV"),
    ],
)
def test_labels(style: str, number: int, said: str) -> None:
    assert label(style, number) == said


@given(st.sampled_from("1aAiI"), st.integers(1, 3000), st.integers(1, 3000))
def test_no_two_numbers_have_the_same_label(style: str, one: int, other: int) -> None:
    assert (label(style, one) == label(style, other)) == (one == other)


def test_a_table_knows_its_columns_and_its_header() -> None:
    (table,) = body("<table><tr><th colspan='2'>x</th></tr><tr><th>a</th><td>b</td></tr></table>")
    assert table.get("columns") == "2"
    assert header_rows(table) == 1


def test_what_is_empty_is_left_out() -> None:
    assert [node.tag for node in body("<p>a</p><ul/><table/><signatures/><dl/>")] == ["p"]


@pytest.mark.parametrize(
    ("sections", "silent"),
    [
        ("<section title='A'/><section title='B'><p>x</p></section>", ["A"]),
        ("<section title='A'><ul/><table><tr/></table></section>", ["A"]),
        ("<section title='A'><ul/><blank/></section>", []),
        ("<section title='A'><subsection title='B'><dl/></subsection><p>x</p></section>", ["B"]),
        ("<section title='A'>\n</section>", ["A"]),
    ],
)
def test_a_section_without_anything_in_it_is_told(sections: str, silent: list[str]) -> None:
    assert list(empty_sections(read(document(sections)))) == silent
    assert [node.get("title") for node in body(sections) if not node.children] == [t for t in silent if t == "A"]


# ---- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "line", "said"),
    [
        ("<document title='a'>\n<p>x</b></document>", 2, "not well formed (mismatched tag)"),
        ("<document title='a'>\n\n<para>x</para></document>", 3, "there is no element <para>"),
        ("<document title='a'>\n<tabel/></document>", 2, "Did you mean table?"),
        (
            "<document title='a'><p algin='left'>x</p></document>",
            1,
            "no attribute algin. Did you mean align?",
        ),
        ("<document title='a'><p zzz='left'>x</p></document>", 1, "<p> has no attribute zzz"),
        ("<document title='a'><p align='up'>x</p></document>", 1, "align of <p> must be one of left, center"),
        ("<document title='a'><ol start='0'><li>x</li></ol></document>", 1, "start of <ol> cannot be '0'"),
        ("<document/>", 1, "<document> needs title"),
        ("<document title=' '/>", 1, "<document> needs title"),
        ("<p>x</p>", 1, "the outermost element must be <document>, not <p>"),
        ("<document title='a'><li>x</li></document>", 1, "<li> may not stand in <document>"),
        ("<document title='a'><p><p>x</p></p></document>", 1, "<p> may not stand in <p>"),
        ("<document title='a'>\nloose</document>", 2, "text may not stand in <document>"),
        ("<document title='a'><dl><dd>x</dd></dl></document>", 1, "in <dl> a <dd> must follow each <dt>"),
        ("<document title='a'><dl><dt>x</dt></dl></document>", 1, "in <dl> a <dd> must follow each <dt>"),
        (
            "<document title='a'>\n<table>\n<tr><td/></tr><tr><td/><td/></tr></table></document>",
            2,
            "row 2 of the table has 2 cells, the first has 1",
        ),
        (
            "<document title='a'><table widths='1,2'><tr><td/></tr></table></document>",
            1,
            "must give 1 numbers",
        ),
        ("<document title='a'><table widths='0'><tr><td/></tr></table></document>", 1, "numbers above zero"),
        ("<document title='a'><check on='yes'>x</check></document>", 1, "<check> may not stand in <document>"),
        ("<!DOCTYPE document><document title='a'/>", 1, "document types, entities"),
        ("<!DOCTYPE d [<!ENTITY a 'b'>]><document title='a'><p>&a;</p></document>", 1, "document types, entities"),
        ("<document title='a'><?php x ?></document>", 1, "processing instructions"),
        ("<document title='a'>\n<p xmlns:x='y'>z</p></document>", 2, "<p> has no attribute xmlns:x"),
        ("<document xmlns='y' title='a'/>", 1, "<document> has no attribute xmlns"),
        ("<document title='a'><table>\n<tr><td/></tr>loose</table></document>", 2, "may not stand in <table>"),
        ("<document title='a'><p>&nbsp;</p></document>", 1, "not well formed (undefined entity)"),
        ("<document title='a'><p>\x01</p></document>", 1, "not well formed"),
        ("<document title='a'>\n<p>\ud800</p></document>", 2, "a character that XML forbids"),
        ("<document title='a'><p>x", 1, "not well formed (no element found)"),
        ("", 1, "not well formed (no element found)"),
        ("<document title='a'/><document title='b'/>", 1, "not well formed"),
    ],
)
def test_a_fault_is_told_with_its_line(xml: str, line: int, said: str) -> None:
    refused = fault(xml)
    assert said in refused.message.say("en")
    assert refused.line == line
    assert refused.message.say("en").startswith(f"Line {line}: ")


def test_a_document_beyond_the_bounds_is_refused() -> None:
    deep = "<ul><li>" * (MAX_DEPTH // 2) + "x" + "</li></ul>" * (MAX_DEPTH // 2)
    for xml in (
        document("<p>" + "a" * MAX_CHARACTERS + "</p>"),
        document("<p>" + "<br/>" * (MAX_ELEMENTS + 1) + "</p>"),
        document(deep),
    ):
        assert fault(xml).line == 1


# ---- any text ---------------------------------------------------------------------------------------------------


def test_what_hides_or_turns_a_text_is_taken_out() -> None:
    assert clean("a\u202eb\u2066c\u200fd\x00e\x1bf\ufeffg\ud800h\U000e0041i") == "abcdefghi"
    assert clean("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"
    assert clean("é 漢 👍🏽 \u200d") == "é 漢 👍🏽 \u200d"


@given(st.text(st.characters(exclude_categories=())))
def test_any_cleaned_text_can_stand_anywhere(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    paragraph, lines, *_ = parse(everywhere(cleaned)).nodes[-1].nodes
    assert re.split("[ \t\n\f]+", paragraph.text) == re.split("[ \t\n\f]+", cleaned.strip(" \t\n\f"))
    assert lines.text.count("\n") == cleaned.strip().count("\n")


PIECES = ["satu", " ", "\n", "<b>dua</b>", "<i> tiga</i>", "<u>empat </u>", "<b><i> </i></b>"]


@given(st.lists(st.sampled_from(PIECES)))
def test_folding_joins_no_words_and_parts_none(pieces: list[str]) -> None:
    plain = re.sub("<.*?>", "", "".join(pieces))
    (paragraph,) = body(f"<p>{''.join(pieces)}</p>")
    assert paragraph.text == " ".join(plain.split())


@given(st.text("<>/&;'\" =pbulidtrha", max_size=80))
def test_any_markup_is_a_tree_or_a_fault(xml: str) -> None:
    for whole in (xml, document(xml)):
        try:
            assert parse(whole).tag == "document"
        except MarkupError as refused:
            assert refused.line == 1  # noqa: PT017  # most are faults, a few are sound
