"""HTML and plain text: the structure of the samples, and that any text at all comes out as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from document_samples import PROFILE, SAMPLES, document, everywhere
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from casework_flow.documents import html, text
from casework_flow.documents.markup import clean, parse
from casework_flow.errors import Invalid

VOID = {"br", "meta", "img", "col"}


class Page(HTMLParser):
    """The elements and the text of a page; a tag left open or closed in vain is a failure."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.nodes: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.nodes.append(data)
        for tag in set(self.open):
            self.texts.setdefault(tag, []).append(data)

    def text(self, tag: str = "body") -> str:
        return "".join(self.texts.get(tag, ()))


def page(xml: str, **more: str) -> Page:
    return Page(html.write(parse(xml), PROFILE, **more))


def lines(xml: str, **more: str) -> list[str]:
    return text.write(parse(xml), PROFILE, **more).splitlines()


def squeezed(source: str) -> str:
    """``source`` without white space, which the writers set anew."""
    return "".join(source.split())


# ---- samples ----------------------------------------------------------------------------------------------------


def test_a_contract_in_html() -> None:
    made = page(SAMPLES["contract"])
    assert made.text("title") == "Kontrak Pelayanan"
    assert made.text("h1") == "Kontrak Pelayanan"
    assert made.texts["h2"] == [
        "A. Para Pihak",
        "B. Fokus Layanan",
        "C. Tujuan",
        "D. Jangka Waktu dan Jadwal Kunjungan",
        "E. Bantuan Bahan Usaha",
        "F. Peran dan Tanggung Jawab",
        "G. Kerahasiaan",
        "H. Penutup",
    ]
    assert made.texts["th"] == ["Minggu", "Tanggal", "Kegiatan", "Cara", "No.", "Uraian", "Jumlah", "Nilai"]
    assert made.tags.count("thead") == 2
    assert ("lang", "id") in made.attributes
    assert ("colspan", "3") in made.attributes
    assert "Nomor: ......" in made.text()
    assert made.text("dd").endswith("–")  # an empty value prints a dash
    assert "☑Isi kesepakatan" in made.text("li")
    assert "cap jempol" in made.text()


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    for name in SAMPLES:
        made = page(SAMPLES[name])
        assert not {"script", "link", "iframe", "object", "base"} & set(made.tags)
        assert not [name for name, _ in made.attributes if name in ("src", "href") or name.startswith("on")]
        assert ("http-equiv", "Content-Security-Policy") in made.attributes
        assert any("default-src 'none'" in value for _, value in made.attributes)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_form_has_at_most_80_columns_and_all_words_of_the_html(name: str) -> None:
    written, made = lines(SAMPLES[name]), page(SAMPLES[name])
    assert max(cell_len(line) for line in written) <= 80
    assert written == [line.rstrip() for line in written]
    said = squeezed("".join(written)).upper()
    body = made.nodes[made.nodes.index("Pemerintah Kabupaten Contoh") :]
    assert [word for part in body for word in part.split() if word.strip(".–☐☑").upper() not in said] == []


def test_a_letter_in_text() -> None:
    written = lines(SAMPLES["letter"], number="460/012/Dinsos/2025")
    assert written[:5] == [
        "                          PEMERINTAH KABUPATEN CONTOH",
        "                         DINAS SOSIAL KABUPATEN CONTOH",
        "                             Jalan Merdeka Nomor 1",
        "                             Telepon (0633) 000000",
        "=" * 80,
    ]
    assert written[6] == "Nomor    : 460/012/Dinsos/2025                         Doloksanggul, 21 Mei 2025"
    assert "                                               NIP 19750505 200003 1 002" in written
    assert written[-1] == "2. Koordinator PKH Kabupaten."


def test_a_table_in_text_is_ruled_and_level() -> None:
    written = [line for line in lines(SAMPLES["contract"]) if line.startswith(("|", "+"))]
    assert {cell_len(line) for line in written} == {80}
    assert any(re.fullmatch(r"\|\s+Jumlah \|\s+Rp225\.000 \|", line) for line in written)


def test_a_draft_says_so_in_every_form() -> None:
    assert lines(SAMPLES["form"])[0].strip() == "[DRAF]"
    assert ("class", "form draft") in page(SAMPLES["form"]).attributes
    assert "[DRAF]" not in "".join(lines(SAMPLES["letter"]))
    assert ("class", "letter") in page(SAMPLES["letter"]).attributes


def test_a_number_that_is_not_registered_leaves_room_and_none_is_invented() -> None:
    xml = document("<number/>")
    assert lines(xml) == ["                        Nomor: ........................"]
    assert lines(xml, number="460/1") == [f"{'Nomor: 460/1':^80}".rstrip()]


def test_a_date_wider_than_its_column_stays_on_one_line() -> None:
    for parties in (2, 3):
        xml = document(
            "<signatures place-date='Kabupaten Humbang Hasundutan, 30 September 2025'>"
            + "<party role='Saksi,' name='A'/>" * parties
            + "</signatures>"
        )
        assert any("Kabupaten Humbang Hasundutan, 30 September 2025" in line for line in lines(xml))


def test_a_figure_without_its_drawing_is_left_out() -> None:
    xml = document("<p>a</p><figure drawing='genogram' alt='Keluarga'><caption>Gambar 1</caption></figure>")
    assert lines(xml) == ["a"]
    assert "figure" not in page(xml).tags
    drawings = {"genogram": "<svg/>"}
    assert text.write(parse(xml), PROFILE, drawings=drawings).splitlines()[2] == "[Keluarga]"
    made = Page(html.write(parse(xml), PROFILE, drawings=drawings))
    assert dict(made.attributes)["alt"] == "Keluarga"
    assert made.text("figcaption") == "Gambar 1"


# ---- the profile ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        ({"agency": " "}, "agency", "The name of the office is missing."),
        ({"words": {}}, "words", "These words are missing: draft, number, page, thumbprint"),
        ({"paper": "f5"}, "paper", "There is no paper f5"),
        ({"font_size": 7}, "font_size", "A number from 8 to 16"),
        ({"font_size": True}, "font_size", "A number from 8 to 16"),
        ({"margins": {"left": 61}}, "margins.left", "A number from 5 to 60"),
        ({"margins": {"left": float("nan")}}, "margins.left", "A number from 5 to 60"),
        ({"lang": "Indonesia"}, "lang", "The two or three small letters"),
        ({"logo": "/no/such/file.png"}, "logo", "cannot be read"),
        ({"logo": __file__}, "logo", "must be PNG, JPEG or SVG"),
    ],
)
def test_an_unusable_profile_is_refused_by_name(change: dict[str, object], where: str, said: str) -> None:
    for write in (html.write, text.write):
        with pytest.raises(Invalid) as refused:
            write(parse(SAMPLES["letter"]), {**PROFILE, **change})
        (problem,) = refused.value.problems
        assert problem.where == where
        assert said in problem.say("en")


def test_f4_is_the_folio_of_indonesian_offices() -> None:
    assert "size: 215mm 330mm" in html.write(parse(document("<p>a</p>")), {**PROFILE, "paper": "F4"})


# ---- any text ---------------------------------------------------------------------------------------------------

HOSTILE = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</p></main><h1>x",
        "&lt;b&gt; &amp; &#60;",
        "\"' onload='x",
        "#set text(red) $x$ \\ ` _a_ *b* = c",
        "]]> --> <!--",
        "{{ 7 * 7 }} {% raw %}",
        "\u202eterbalik\u202c \u2066x",
        "\x00\x07\x1b[31m",
        "👩‍👩‍👧 👍🏽 🇮🇩",
        "漢字かな ﷽ नमस्ते",
        "a\u0301e\u0308\u200b\ufe0f\u00ad",
        "w" * 400,
        "漢" * 400,
        "a\nb\r\nc\td",
    ]
)
WRITTEN = st.lists(HOSTILE | st.text(st.characters(exclude_categories=()), max_size=40), min_size=1, max_size=3).map(
    " ".join
)


@given(WRITTEN)
def test_any_text_is_only_text_in_html(written: str) -> None:
    cleaned, plain = clean(written), page(everywhere("x"))
    made = page(everywhere(cleaned))
    if cleaned.strip():
        assert [tag for tag in made.tags if tag != "br"] == [tag for tag in plain.tags if tag != "br"]
    assert {name for name, _ in made.attributes} == {name for name, _ in plain.attributes}
    for tag in ("p", "ul", "ol", "dt", "dd", "td", "th", "aside", "h1"):
        assert squeezed(cleaned) in squeezed(made.text(tag))
    assert squeezed(made.text("small")).count(squeezed(cleaned)) >= 1


@given(WRITTEN)
def test_any_text_is_in_the_text_form_and_fits(written: str) -> None:
    cleaned = clean(written)
    made = lines(everywhere(cleaned))
    assert max(cell_len(line) for line in made) <= 80
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "".join(made))
    paragraph = lines(document("<p>" + everywhere(cleaned).split("<p>")[1].split("</p>")[0] + "</p>"))
    assert squeezed("".join(paragraph)) == squeezed(cleaned)
