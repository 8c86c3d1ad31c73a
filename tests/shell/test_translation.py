"""Documents in another language: every phrase is translated, the data stay as they are, a translation says so."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from case_s import NUMBER, ROOT, At, Clock, casework, data
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError
from programme_cases import EXAMPLES, Examples
from template_case import document
from test_templates import HOSTILE, NAMES, SHOWN, put, signers

from casework_flow.authenticity import as_file
from casework_flow.casework import Casework
from casework_flow.documents import markup, translation
from casework_flow.documents.phrases import Phrase, phrases
from casework_flow.documents.render import SUFFIX, TemplateFault, Templates
from casework_flow.errors import Invalid
from casework_flow.messages import LOCALES
from casework_flow.office import Letter, Office
from casework_flow.resources import shipped

SHIPPED = shipped("templates")
LANGUAGES = translation.languages([SHIPPED])
FILES = sorted(SHIPPED.glob(f"*{SUFFIX}"))
FORMATS = ("pdf", "docx", "html", "text", "xml")
WORD = re.compile(r"[^\W\d_]{3,}")
FIGURE = re.compile(r"\d(?:[\d.,]*\d)?")


def said(source: str) -> list[str]:
    return [phrase.text for phrase in phrases("letter.xml.j2", source)]


# the shipped catalogues


def test_there_are_english_documents() -> None:
    assert "en" in LANGUAGES
    assert translation.written_in([SHIPPED]) == "id"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_phrase_is_translated_and_says_the_same(path: Path, lang: str) -> None:
    parts = {path.name: path.read_text(encoding="utf-8")}
    assert [str(found) for found in translation.check(parts, [SHIPPED], lang)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_catalogue_is_up_to_date(lang: str) -> None:
    path = SHIPPED / f"{lang}.po"
    assert translation.updated(path, FILES).decode() == path.read_text(encoding="utf-8"), "run: make messages"


# what is a phrase


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Nama: {{ client.name }}</p>", ["Nama: {{ client.name }}"]),
        ("<p>{{ client.name }}</p>", []),
        ("<p>  Sudah <b>lama</b>\n dikenal </p>", ["Sudah <b>lama</b>\n dikenal"]),
        ('<section title="Alasan" numbered="A"/>', ["Alasan"]),
        ('<party lead="Saksi," name="{{ x }}" mark="thumbprint"/>', ["Saksi,"]),
        ('<figure drawing="genogram" alt="Genogram keluarga"/>', ["Genogram keluarga"]),
        ("<p>Hari{% if late %} lebih{% endif %}.</p>", ["Hari{% if late %} lebih{% endif %}."]),
        ("<p>{% if a %}Ada{% else %}Tidak ada{% endif %}</p>", ["Ada", "Tidak ada"]),
        ("{% if a %}<p>Ada</p>{% else %}<p>Tiada</p>{% endif %}", ["Ada", "Tiada"]),
        ("<td>{% for x in y %}<p>{{ x }}</p>{% else %}Kosong{% endfor %}</td>", ["Kosong"]),
        ('{% set ways = {"met": "Tercapai", "partly": "Sebagian"} %}<p>{{ ways[x] }}</p>', ["Tercapai", "Sebagian"]),
        ('<p>{{ "Wali" if client.needs_guardian else "Klien" }}</p>', ["Wali", "Klien"]),
        ('<p>{{ office.title or "Kepala " ~ office.agency }}</p>', ["Kepala"]),
        ('{% macro m(lead="Tahu,") %}<p>{{ lead }}</p>{% endmacro %}{{ m("Setuju,") }}', ["Tahu,", "Setuju,"]),
        ('<p>{{ x.get(k, "lain") }}</p>', ["lain"]),
        ('<p>{{ x|default("kosong") }}</p>', ["kosong"]),
        ('<party lead=">{{ x }}" note="a>b"/><p>Dua</p>', ["a>b", "Dua"]),
        ('<p>{{ "}}" }} {# <p>tak terbaca</p> #}<!-- pun --></p>', []),
        ("<p>{% raw %}{{ mentah }}{% endraw %}</p>", []),
        ("<p>3&#160;×&#160;24</p>", []),
    ],
)  # fmt: skip
def test_a_phrase_is_what_a_translator_must_see_at_once(source: str, expected: list[str]) -> None:
    assert said(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '{% set identity = "full" %}{% set language = "en" %}',
        '<p>{% if item.kind == "home_visit" %}{{ x }}{% endif %}</p>',
        '{% set basis = client.data_basis or "consent" %}',
        '<check on="{{ "yes" if a else "no" }}"/>',
        '<p>{{ consents.latest("service").on }}</p>',
        '<p>{{ rows|rejectattr("rating", "equalto", "met")|list|length }}</p>',
        '{% import "_parts.xml.j2" as parts with context %}{{ parts.exceptions(numbered="A") }}',
        '<p>{{ x.rstrip(" .;") }}{{ x.endswith("_change") }}</p>',
        '{% include "assessment.xml.j2" %}',
    ],
)
def test_what_a_template_compares_or_looks_up_is_no_phrase(source: str) -> None:
    assert said(source) == []


def test_a_phrase_tells_its_line() -> None:
    found = phrases("letter.xml.j2", '<document>\n<p>Satu</p>\n{% set x = [\n"dua tiga"] %}\n<p a="b">Empat</p>')
    assert [(phrase.text, phrase.line) for phrase in found] == [("Satu", 2), ("dua tiga", 4), ("Empat", 5)]


PIECES = st.lists(
    st.sampled_from(
        [
            "<p>", "</p>", "<td>", "</td>", "<b>", "</b>", "{% if a %}Bila{% else %}", "{% endif %}", "{{ a.b }}",
            "{% for x in y %}{{ x }} lagi{% endfor %}", '{{ "kata" if a else \'lain "kutip"\' }}', "Kata ",
            " lagi,\n", "{% if a %}{{ a }}{% endif %}", '<party lead="Saksi {{ a }}"/>',
            '{% set z = {"a": "Nilai"} %}', "{# remark #}", "<!-- x -->", '<li title=\'">\'>', "&amp;", "<br/>",
        ]
    ),
    max_size=12,
)  # fmt: skip


class Echo(translation.Catalogue):
    """Says each phrase as it is, between marks."""

    def __init__(self, mark: str = "") -> None:
        super().__init__({}, {})
        self.mark = mark

    def get(self, _: str, phrase: Phrase) -> str:
        return f"{self.mark}{phrase.text}{self.mark}"


@given(PIECES)
def test_only_phrases_are_replaced(pieces: list[str]) -> None:
    source = "".join(pieces)
    try:
        found = phrases("letter.xml.j2", source)
    except TemplateSyntaxError:
        reject()
    assert all(before.end <= after.start for before, after in pairwise(found))
    plain = "'" not in source.replace("'\">'", "")
    assert not plain or translation.translated("letter.xml.j2", source, Echo())[0] == source
    marked, missing = translation.translated("letter.xml.j2", source, Echo("¤"))
    assert missing == ()
    assert marked.count("¤") == 2 * len(found)
    phrases("letter.xml.j2", marked)  # it is a template still


# what a translation may say


def flaws(text: str, said: str, form: str = "text") -> list[str]:
    return [str(flaw) for flaw in translation.flaws(Phrase(text, 0, len(text), 1, form), said)]


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("{{ n|counted }} minggu", '{{ n|counted }} {{ "week" if n == 1 else "weeks" }}'),
        ("Yth. {{ you() }} {{ client.name }}", "To {{ client.name }}"),
        ("<b>Nama</b>: {{ x }}", "Name: <b>{{ x }}</b>"),
        ('{{ "ya" if a else "tidak" }} boleh', 'allowed: {{ "yes" if a else "no" }}'),
        ("Agar {{ parts.served() }} sehat, {{ parts.served() }} makan.", "So that {{ parts.served() }} may be well."),
    ],
)
def test_a_translation_may_put_things_otherwise(text: str, translated: str) -> None:
    assert flaws(text, translated) == []


@pytest.mark.parametrize(
    ("text", "translated", "message"),
    [
        ("NIK {{ client.nik|mask_nik }}", "NIK {{ client.nik }}", "leaves out {{ client.nik|mask_nik }}"),
        ("Pada {{ today|date }}", "On that day", "leaves out {{ today|date }}"),
        ("Untuk klien", "For {{ client.name }}", "prints {{ client.name }}, which the text does not"),
        ("Satu{% if a %} lagi{% endif %}", "One more", "leaves out {% if a %}"),
        ("Pada {{ a }}", "On {{ a }} {{ a.__class__ }}", "prints {{ a.__class__ }}"),
        ("Pada {{ a }}", "On {{ a", "cannot be used"),
        ("Dan", "<b>And", "not well formed"),
        ("Dan", "A & B", "not well formed"),
        ("Dan", "<table/>", "not well formed"),
    ],
)
def test_a_translation_prints_the_same_data_and_nothing_more(text: str, translated: str, message: str) -> None:
    assert any(message in flaw for flaw in flaws(text, translated)), flaws(text, translated)


def test_a_quotation_mark_would_end_an_attribute() -> None:
    assert flaws("Sebut", 'the "name"', "attribute")
    assert flaws("Sebut", "the &quot;name&quot;", "attribute") == []


# the documents


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_the_same_in_every_language(name: str) -> None:
    def figures(xml: str) -> Counter[str]:
        return Counter(re.sub("[.,]", "", figure) for figure in FIGURE.findall(markup.parse(xml).text))

    indonesian = figures(document(name))
    assert indonesian
    assert figures(document(name, lang="en")) == indonesian


@pytest.mark.parametrize("name", NAMES)
def test_a_translation_has_the_same_parts(name: str) -> None:
    def tags(node: markup.Node) -> Iterator[str]:
        for child in node.nodes:
            if child.tag not in ("b", "i", "br"):
                yield child.tag
                yield from tags(child)

    english = markup.parse(document(name, lang="en"))
    assert english.get("lang") == "en"
    assert list(tags(english)) == list(tags(markup.parse(document(name))))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("intake", "intake.presenting_problem"),
        ("consent", "consent.0.given_by"),
        ("contract", "contract.focus.0"),
        ("assessment", "genogram.members.1.label"),
        ("plan", "plan.components.0.indicators.0.unit"),
        ("termination_letter", "termination.followup.name"),
        ("family_letter", "client.name"),
    ],
)
def test_what_people_typed_stays_text_in_english_too(name: str, path: str) -> None:
    xml = document(name, put(path, HOSTILE), identity="full" if path.endswith("label") else None, lang="en")
    assert SHOWN in " ".join(markup.parse(xml).text.split()) or SHOWN in signers(xml)


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=10, max_size=60))
def test_what_people_typed_is_the_same_in_every_language(typed: str) -> None:
    def problem(lang: str) -> str:
        root = markup.parse(document("intake", put("intake.presenting_problem", typed), lang=lang))
        parts = [node for node in root.nodes if node.tag == "section"]
        return next(node.text for node in parts[2].nodes)

    assert problem("en") == problem("id")


def test_words_of_the_program_are_in_the_language() -> None:
    xml = document("progress_note", lang="en")
    assert "Rp600,000" in xml
    assert "26.0%" in xml
    assert "5 (five) weeks" in xml
    record = document("termination_record", lang="en")
    assert "Wednesday, the twenty-first of May in the year two thousand and twenty-five" in record


def words(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


def telltale() -> set[str]:
    """Words that only Indonesian texts of ours have."""
    indonesian: set[str] = set()
    english: set[str] = set()
    with (SHIPPED / "en.po").open("rb") as file:
        for entry in read_po(file):
            if entry.id:
                indonesian |= words(re.sub(r"\{[{%].*?[%}]\}", " ", str(entry.id)))
                english |= words(str(entry.string))
    with (LOCALES / "id" / "LC_MESSAGES" / "casework_flow.po").open("rb") as file:
        for entry in read_po(file):
            english |= words(str(entry.id))
            indonesian |= words(str(entry.string))
    return indonesian - english


TELLTALE = telltale()


@pytest.mark.parametrize("programme", EXAMPLES)
def test_no_indonesian_word_is_left_but_what_people_recorded(
    programme: str, examples: Examples, tmp_path: Path
) -> None:
    cw = examples.at(programme, "closed", tmp_path / "project").cw
    folder = shipped("examples") / EXAMPLES[programme]
    recorded = words(" ".join(path.read_text(encoding="utf-8") for path in folder.glob("*.*")))
    assert {"kepada", "dengan", "minggu"} <= TELLTALE
    issued = cw.documents(NUMBER)
    assert issued
    for one in issued:
        made = cw.document(NUMBER, one.name, item=one.item, version=one.version, lang="en")
        first = cw.document(NUMBER, one.name, item=one.item, version=one.version)
        ours = recorded | words(markup.parse(first.xml).get("title"))
        drawn = " ".join(re.sub("<[^>]*>", " ", drawing.svg) + drawing.alt for drawing in made.drawings.values())
        for written in (made.text(), *re.findall(r'(?:alt|title|aria-label)="([^"]*)"', made.html()), drawn):
            assert words(written) & TELLTALE - ours == set(), one.name


# whose language it is


@pytest.fixture
def issued(at: At, tmp_path: Path, clock: Clock) -> Casework:
    """The office in which case S has left engagement, with the shipped templates."""
    at("assessment")
    cw = casework(tmp_path / "casework.db", clock, ROOT / "templates")
    cw.record(NUMBER, "contract", {**data("contract"), "visits_per_week": 2}, by="rina", at="2025-03-06", revise=True)
    cw.approve(NUMBER, "contract", by="sup", at="2025-03-06")
    cw.reissue(NUMBER, "contract", by="rina", reason="jumlah kunjungan keliru", at="2025-03-06")
    return cw


def test_an_office_that_writes_english_issues_english(at: At, tmp_path: Path, clock: Clock) -> None:
    at("assessment")
    own = Office(agency="Social Office", letter=Letter(language="en"))
    database = f"sqlite:///{tmp_path / 'casework.db'}"
    cw = Casework(database, office=own, templates=[ROOT / "templates"], clock=clock)
    cw.record(NUMBER, "contract", {**data("contract"), "visits_per_week": 2}, by="rina", at="2025-03-06", revise=True)
    cw.approve(NUMBER, "contract", by="sup", at="2025-03-06")
    cw.reissue(NUMBER, "contract", by="rina", reason="wrong number of visits", at="2025-03-06")
    made = cw.document(NUMBER, "contract")
    assert (made.lang, made.translates) == ("en", "")
    assert "SERVICE CONTRACT" in made.text()
    assert "Correction no. 1" in made.text()
    assert cw.check(as_file(made, "pdf")).verdict == "issued"
    with pytest.raises(TemplateFault, match="is not in the language id"):
        cw.document(NUMBER, "contract", lang="id")


def test_a_translation_is_marked_and_what_was_issued_stays_what_it_was(issued: Casework) -> None:
    before = issued.document(NUMBER, "contract")
    made = issued.document(NUMBER, "contract", lang="en")
    assert (made.lang, made.translates, made.sha256) == ("en", "id", before.sha256)
    assert "[TRANSLATION]" in made.text()
    first = markup.parse(made.xml).nodes[0]
    assert first.tag == "note"
    assert first.text == (
        "Translation into English. The document itself was issued in Indonesian on 6 March 2025: Kontrak Pelayanan, "
        "version 2. Only the issued document counts."
    )
    assert "Economic casework with PKH families" in made.text()
    assert issued.document(NUMBER, "contract").pdf() == before.pdf()
    same = issued.document(NUMBER, "contract", lang="id")
    assert (same.xml, same.translates) == (before.xml, "")


@pytest.mark.parametrize("form", FORMATS)
def test_a_translation_is_known_for_what_it_is(form: str, issued: Casework) -> None:
    for version in (1, 2):
        content = as_file(issued.document(NUMBER, "contract", version=version, lang="en"), form)
        found = issued.check(content)
        if form == "xml":  # it carries no reference to what was issued
            assert found.verdict == "unknown"
            continue
        assert (found.verdict, found.language, found.name) == ("translation", "en", "contract")
        assert (found.version, found.latest) == (version, 2)
        assert issued.check(content.replace(b"Contoh", b"Contok") + b" ").verdict == "changed"


def test_a_translation_hides_who_must_be_hidden(issued: Casework) -> None:
    made = issued.document(NUMBER, "contract", lang="en", identity="pseudonym")
    assert "Sarma" not in made.xml
    assert issued.check(as_file(made, "html")).verdict == "translation"


def test_a_draft_in_another_language_is_a_draft(issued: Casework) -> None:
    made = issued.draft(NUMBER, "assessment", at="2025-03-13", lang="en")
    assert "[DRAFT]" in made.text()
    assert "[not filled in yet]" in made.text()
    assert "A. PARTICULARS" in made.text()
    assert made.translates == ""


def test_a_language_that_nobody_speaks_is_refused(issued: Casework) -> None:
    for ask in (issued.document, issued.draft):
        with pytest.raises(Invalid, match="There is no language xx"):
            ask(NUMBER, "contract" if ask == issued.document else "assessment", lang="xx")


# an office's own templates

OWN = '<document title="Surat" lang="{{ lang }}"><p>Kepada {{ client.name }}</p></document>'
PO = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    'msgid "Kepada {{ client.name }}"\nmsgstr "%s"\n'
)


def test_an_own_template_without_a_translation_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / f"letter{SUFFIX}").write_text(OWN, encoding="utf-8")
    templates = Templates([tmp_path, SHIPPED])
    assert "Kepada" in templates.bundle("letter")
    assert templates.bundle("letter", "id") == templates.bundle("letter")
    with pytest.raises(TemplateFault) as no:
        templates.bundle("letter", "en")
    for said in ("letter", "en", "2 of its texts", "letter.xml.j2:1", "casework template translate"):
        assert said in str(no.value)


def test_an_own_catalogue_goes_before_the_shipped_one(tmp_path: Path) -> None:
    source = OWN.replace("Surat", "Alasan")
    (tmp_path / f"letter{SUFFIX}").write_text(source, encoding="utf-8")
    entries = PO % "To {{ client.name }}" + '\nmsgctxt "letter.attribute"\nmsgid "Alasan"\nmsgstr "Why"\n'
    (tmp_path / "en.po").write_text(entries, encoding="utf-8")
    bundle = Templates([tmp_path, SHIPPED]).bundle("letter", "en")
    assert "To {{ client.name }}" in bundle
    assert "Why" in bundle
    (tmp_path / "en.po").unlink()
    assert "Reason" in translation.translated("x", source, translation.catalogue([tmp_path, SHIPPED], "en"))[0]


def test_an_office_s_word_form_stays_behind(tmp_path: Path) -> None:
    templates = Templates([SHIPPED])
    stored = json.loads(templates.bundle("plan"))
    made = json.loads(templates.translated(json.dumps({**stored, "word": "UEsDBA=="}), "id", "en"))
    assert "word" not in made
    assert made["main"] == "plan.xml.j2"


def test_a_template_may_say_in_which_language_it_is(tmp_path: Path) -> None:
    (tmp_path / f"letter{SUFFIX}").write_text('{% set language = "en" %}' + OWN, encoding="utf-8")
    templates = Templates([tmp_path, SHIPPED])
    assert templates.bundle("letter", "en") == templates.bundle("letter")
    with pytest.raises(TemplateFault, match="is not in the language id"):
        templates.bundle("letter", "id")


def test_a_doubtful_translation_is_none(tmp_path: Path) -> None:
    (tmp_path / f"letter{SUFFIX}").write_text(OWN.replace("Surat", "Alasan"), encoding="utf-8")
    fuzzy = (PO % "To {{ client.name }}").replace('msgid "Kepada', '#, fuzzy\nmsgid "Kepada')
    (tmp_path / "en.po").write_text(fuzzy, encoding="utf-8")
    with pytest.raises(TemplateFault, match="Kepada"):
        Templates([tmp_path, SHIPPED]).bundle("letter", "en")


@pytest.mark.parametrize("content", [b'msgid "a\nmsgstr', b"\xff\xfe", b'msgid "a"\nmsgstr "b"\nmsgstr[5] x\n'])
def test_a_broken_catalogue_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / f"letter{SUFFIX}").write_text(OWN, encoding="utf-8")
    (tmp_path / "en.po").write_bytes(content)
    with pytest.raises((Invalid, TemplateFault)) as no:
        Templates([tmp_path, SHIPPED]).bundle("letter", "en")
    assert "en.po" in str(no.value) or "not translated" in str(no.value)


def test_what_no_template_says_any_more_is_kept_for_the_documents_that_said_it(tmp_path: Path) -> None:
    letter = tmp_path / f"letter{SUFFIX}"
    letter.write_text(OWN.replace("Surat", "Alasan"), encoding="utf-8")
    path = tmp_path / "en.po"
    path.write_text(PO % "To {{ client.name }}", encoding="utf-8")
    bundle = Templates([tmp_path, SHIPPED]).bundle("letter")
    letter.write_text(OWN.replace("Kepada", "Untuk"), encoding="utf-8")
    path.write_bytes(translation.updated(path, [letter], [SHIPPED]))
    text = path.read_text(encoding="utf-8")
    assert 'msgid "Untuk {{ client.name }}"\nmsgstr ""' in text
    assert '#~ msgid "Kepada {{ client.name }}"' in text
    assert translation.updated(path, [letter], [SHIPPED]).decode() == text
    assert "To {{ client.name }}" in Templates([tmp_path, SHIPPED]).translated(bundle, "id", "en")
