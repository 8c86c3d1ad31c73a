"""What docs/templates.md tells an officer to do, done; and that the page names everything a template may use."""

from __future__ import annotations

import re
from pathlib import Path

import pages
import pytest
from jinja2 import Environment
from test_docs import blocks, run

from casework_flow import checking
from casework_flow.documents.elements import ELEMENTS
from casework_flow.documents.identity import IDENTITIES
from casework_flow.documents.language import filters
from casework_flow.loader import Library
from casework_flow.records.kinds import Object
from casework_flow.resources import shipped

LANGUAGES = ("en", "id")
PAGE = {lang: pages.read("templates", lang) for lang in LANGUAGES}
HEADINGS = {
    "en": {
        "elements": "Elements ·",
        "filters": "Filters ·",
        "names": "The names that a template may use ·",
        "who": "Who is named ·",
    },
    "id": {
        "elements": "Unsur",
        "filters": "Penyaring",
        "names": "Nama yang boleh dipakai templat",
        "who": "Identitas",
    },
}
"""Under which heading each of the page's tables stands."""
VALUES = {
    "today": "2025-05-21",
    "client": {"nik": "1216060101809999"},
    "case": {"worker": {"nip": "198001012005012001"}},
}


def rows(lang: str, table: str) -> dict[str, list[str]]:
    """One of a page's tables, by the name in its first column; the cells that follow."""
    _, _, after = PAGE[lang].partition(f"\n## {HEADINGS[lang][table]}")
    lines = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {first.strip("`"): rest for first, *rest in cells}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_officer_can_change_a_document(lang: str, tmp_path: Path) -> None:
    look, copy, check, see, _, translate = blocks(PAGE[lang], "sh")
    (old, new) = [block.rstrip("\n") for block in blocks(PAGE[lang], "xml")]
    bash = ["bash", "-euo", "pipefail", "-c"]
    done = run([*bash, f'casework init kantor --office "Dinas Contoh"\ncd kantor\n{look}{copy}'], tmp_path)
    assert done.returncode == 0, done.stderr
    template = tmp_path / "kantor" / "templates" / "contract.xml.j2"
    text = template.read_text(encoding="utf-8")
    assert text.count(old) == 1
    template.write_text(text.replace(old, new), encoding="utf-8")
    done = run([*bash, check + see.replace("kontrak.pdf", "kontrak.txt") + see], tmp_path / "kantor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "KERAHASIAAN DAN PELINDUNGAN DATA" in (tmp_path / "kantor" / "kontrak.txt").read_text(encoding="utf-8")
    assert (tmp_path / "kantor" / "kontrak.pdf").read_bytes().startswith(b"%PDF")
    done = run([*bash, translate], tmp_path / "kantor")
    assert done.returncode == 0, done.stderr
    assert 'msgid "Kerahasiaan dan Pelindungan Data"' in template.with_name("en.po").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_describes_every_element(lang: str) -> None:
    described = rows(lang, "elements")
    assert list(described) == list(ELEMENTS)
    for name, element in ELEMENTS.items():
        about, attributes = described[name]
        assert about == element.about if lang == "en" else about
        assert re.findall(r"`(.*?)`", attributes) == list(element.attrs)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_every_filter_and_what_it_prints(lang: str) -> None:
    environment = Environment(autoescape=True)
    environment.filters.update(filters("id"))
    shown = rows(lang, "filters")
    assert shown.keys() == filters("id").keys()
    for name, (example, printed) in shown.items():
        assert f"|{name}" in example
        made = environment.from_string("{{ " + example.strip("`") + " }}").render(VALUES)
        assert made.replace("\xa0", " ") == printed, name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_names_what_a_template_may_use(lang: str) -> None:
    flow = Library([shipped("workflows")]).load("casework")
    [visits] = checking.issues_of(flow, "visit_report")
    names = checking.names_for(flow, visits)
    told = rows(lang, "names")
    assert told.keys() == names.keys()
    for name, kind in names.items():
        fields = list(kind.fields) if isinstance(kind, Object) and name != "approvals" else []
        assert re.findall(r"`(.*?)`", told[name][1]) == fields, name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_names_every_identity(lang: str) -> None:
    assert list(rows(lang, "who")) == list(IDENTITIES)
