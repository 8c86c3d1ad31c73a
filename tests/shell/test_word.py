"""Word templates: faults are found with their paragraph, data stay text, and a hostile template can do nothing."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import docx as reader
import pytest
from docx_files import linked, opened, parts, repacked
from pypdf import PdfReader
from test_writers import squeezed

from casework_flow.documents import word
from casework_flow.documents.render import IncompleteDocument, TemplateFault
from casework_flow.errors import Invalid
from casework_flow.records.kinds import Kind, ListOf, Object, Scalar

FACTS: dict[str, Any] = {
    "client": {"name": "Sarma <Contoh> & anak", "nik": None},
    "plan": {"steps": [{"title": "Mencatat"}, {"title": "Menabung"}]},
    "today": "2025-03-06",
}


def template(*paragraphs: str, more: Callable[[Any], object] = lambda _: None) -> bytes:
    file = reader.Document()
    file.core_properties.author = "Pegawai Lama"
    for text in paragraphs:
        file.add_paragraph(text)
    more(file)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def rendered(data: bytes, facts: dict[str, Any] = FACTS) -> bytes:
    at = date(2025, 3, 6)
    return word.render(data, facts, "id", "kontrak", title="Kontrak", agency="Dinas Contoh", at=at)


def lines(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in opened(data).paragraphs]


NAMES: dict[str, Kind] = {
    "client": Object({"name": Scalar("text")}),
    "plan": Object({"steps": ListOf(Object({"title": Scalar("text")}))}),
    "qr": Scalar("text"),
    "document": Object({"seal": Scalar("text")}),
}


def linted(tmp_path: Path, data: bytes, names: Mapping[str, Kind] = MappingProxyType({})) -> list[str]:
    (tmp_path / "kontrak.docx").write_bytes(data)
    return [problem.say("en") for problem in word.lint(tmp_path / "kontrak.docx", names)]


def test_tags_loops_filters_and_rows() -> None:
    def table(file: Any) -> None:
        rows = file.add_table(rows=3, cols=1).rows
        for row, text in zip(rows, ("{%tr for s in plan.steps %}", "{{ s.title }}", "{%tr endfor %}"), strict=True):
            row.cells[0].text = text
        file.sections[0].header.paragraphs[0].text = "Kop {{ today|date }}"

    made = rendered(template("Nama: {{ client.name }}", "{%p if plan %}", "Ada rencana", "{%p endif %}", more=table))
    file = opened(made)
    assert lines(made) == ["Nama: Sarma <Contoh> & anak", "Ada rencana"]
    assert [row.cells[0].text for row in file.tables[0].rows] == ["Mencatat", "Menabung"]
    assert file.sections[0].header.paragraphs[0].text == "Kop 6 Maret 2025"
    assert (file.core_properties.title, file.core_properties.author) == ("Kontrak", "Dinas Contoh")
    assert b"Pegawai Lama" not in b"".join(parts(made).values())


def test_the_same_data_give_the_same_bytes() -> None:
    data = template("{{ client.name }}")
    assert rendered(data) == rendered(data)


@pytest.mark.parametrize(
    "written",
    [
        "<w:p/></w:t>",
        "&amp; &#60;",
        "{{ 7 * 7 }} {% raw %}",
        "\u202eterbalik\u202c",
        "\x00\x07a",
        "👩‍👩‍👧 漢字",
        "w" * 400,
        "a\nb",
    ],
)
def test_what_a_person_wrote_is_only_text(written: str) -> None:
    made = rendered(template("[{{ client.name }}]"), {"client": {"name": written}})
    (said,) = lines(made)
    shown = "".join(char for char in written if char not in "\x00\x07\u202e\u202c")
    assert squeezed(said) == squeezed(f"[{shown}]")


def test_a_value_that_is_not_recorded_refuses_by_its_name() -> None:
    with pytest.raises(IncompleteDocument, match=r"kontrak needs client\.nik"):
        rendered(template("{{ client.nik }}"))


def test_all_values_that_are_not_recorded_are_told_at_once() -> None:
    data = template(
        "{{ client.nik }}",
        "{%p for s in plan.steps %}",
        "{{ s.day }}",
        "{%p endfor %}",
        "{{ today|date }} {{ no.one }}",
    )
    with pytest.raises(IncompleteDocument, match="lacks 4 values") as refused:
        rendered(data, {**FACTS, "no": {}})
    assert [problem.where for problem in refused.value.problems] == [
        "client.nik",
        "plan.steps.0.day",
        "plan.steps.1.day",
        "no.one",
    ]


def test_a_draft_marks_each_page_and_what_is_missing() -> None:
    made = word.render(
        template("{{ client.nik }} {{ client.name }}{{ qr }}"),
        FACTS,
        "id",
        "kontrak",
        title="Kontrak",
        agency="Dinas Contoh",
        at=date(2025, 3, 6),
        blank="[belum diisi]",
        draft="DRAF",
    )
    assert lines(made) == ["[belum diisi] Sarma <Contoh> & anak"]
    assert opened(made).sections[0].header.paragraphs[0].text == "DRAF"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ client.name.__class__ }}", "not open to templates"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "not open to templates"),
        ("{{ client.__init__.__globals__ }}", "cannot be used"),
        ("{{ nobody }}", "nobody"),
        ("{{ client.name|safe }}", "safe"),
        ("{% autoescape false %}{{ client.name }}{% endautoescape %}", "autoescape"),
        ("{% include '/etc/passwd' %}", "imports nothing"),
        ("{{ 1 / 0 }}", "division"),
    ],
)
def test_a_hostile_template_reaches_nothing(text: str, said: str) -> None:
    with pytest.raises((TemplateFault, IncompleteDocument)) as refused:
        rendered(template(text))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 'a' * 100000000000 }}", "makes a text of more than 200000 characters"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "takes more than"),
    ],
)
def test_a_template_that_would_eat_the_machine_is_stopped(text: str, said: str) -> None:
    with pytest.raises(TemplateFault, match=said):
        rendered(template(text))


def test_a_template_that_the_child_process_cannot_finish_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word, "SECONDS", 0)
    with pytest.raises(TemplateFault, match="more time or memory"):
        rendered(template("{{ client.name }}"))


def test_faults_are_named_with_their_paragraph(tmp_path: Path) -> None:
    found = linted(tmp_path, template("Satu", "Nama {{ client.name", "Dua", "Nilai {{ 1 + }}"))
    assert len(found) == 1
    assert found[0].startswith("kontrak.docx:4: in the paragraph “Nilai {{ 1 + }}”: this is no tag that can be read")
    (unclosed,) = linted(tmp_path, template("Satu", "{%p for a in plan.steps %}", "{{ a.title }}", "{% endif %}"))
    assert unclosed.startswith("kontrak.docx:4: in the paragraph “{% endif %}”")
    (unknown,) = linted(tmp_path, template("Satu", "Kepada {{ clent.name }}", "{{ qr }}"), NAMES)
    assert unknown.startswith(
        "kontrak.docx:2: in the paragraph “Kepada {{ clent.name }}”: There is no clent here. Did you mean client?"
    )
    (unsafe,) = linted(tmp_path, template("{{ client.name|safe }}"))
    assert unsafe.startswith("kontrak.docx:1: ")
    assert "No filter named 'safe'" in unsafe
    assert linted(tmp_path, template("Nama: {{ client.name }}", "{{ document.seal }}"), NAMES) == []
    (unsealed,) = linted(tmp_path, template("Nama: {{ client.name }}"), NAMES)
    assert "put {{ qr }} where the QR code shall stand" in unsealed


def test_every_path_is_followed_through_rows_and_loops(tmp_path: Path) -> None:
    def table(file: Any) -> None:
        rows = file.add_table(rows=3, cols=1).rows
        for row, text in zip(rows, ("{%tr for s in plan.steps %}", "{{ s.titel }}", "{%tr endfor %}"), strict=True):
            row.cells[0].text = text

    name, step = linted(
        tmp_path, template("Nama: {{ client.nmae }}", "{{ client.name|sentence }}{{ qr }}", more=table), NAMES
    )
    assert "kontrak.docx:1: in the paragraph “Nama: {{ client.nmae }}”" in name
    assert "Did you mean name?" in name
    assert "in the paragraph “{{ s.titel }}”: There is no s.titel here. Did you mean title?" in step


def test_a_fault_in_the_header_is_found(tmp_path: Path) -> None:
    def head(file: Any) -> None:
        file.sections[0].header.paragraphs[0].text = "{{ 1 + }}"

    (found,) = linted(tmp_path, template(more=head))
    assert found.startswith("kontrak.docx (header")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"word/vbaProject.bin": b"x"}, "macros"),
        ({"word/_rels/document.xml.rels": linked("attachedTemplate", "http://x.example/a.dotm")}, "x.example"),
        ({"word/document.xml": None}, "missing"),
    ],
)
def test_a_file_that_could_run_or_fetch_something_is_refused(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    data = repacked(template("a"), **change)
    (found,) = linted(tmp_path, data)
    assert said in found
    with pytest.raises(Invalid):
        rendered(data)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(word, "find_spec", lambda _: None)
    with pytest.raises(word.WordError, match=r"pip install 'casework-flow\[word\]'"):
        rendered(template("a"))
    with pytest.raises(word.WordError, match="docxtpl"):
        word.lint(tmp_path / "kontrak.docx")


def test_without_libreoffice_the_pdf_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(word.WordError, match="needs LibreOffice, which is not installed here"):
        word.to_pdf(template("a"))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_pdf_of_a_word_template() -> None:
    made = word.to_pdf(rendered(template("Nama: {{ client.name }}")))
    assert "Sarma" in PdfReader(io.BytesIO(made)).pages[0].extract_text()
