"""What docs/templates.md tells an officer to do, done; and that the page names everything a template may use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment
from test_docs import ROOT, blocks, run

from casework_flow import checking
from casework_flow.cli import VERBS
from casework_flow.documents.elements import ELEMENTS
from casework_flow.documents.identity import IDENTITIES
from casework_flow.documents.language import filters
from casework_flow.loader import Library
from casework_flow.records.kinds import Object
from casework_flow.resources import shipped

PAGE = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
VALUES = {
    "today": "2025-05-21",
    "client": {"nik": "1216060101809999"},
    "case": {"worker": {"nip": "198001012005012001"}},
}


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading, by the name in its first column; the cells that follow."""
    _, _, after = PAGE.partition(f"\n## {heading} ·")
    table = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]
    return {first.strip("`"): rest for first, *rest in cells}


def test_an_officer_can_change_a_document(tmp_path: Path) -> None:
    look, copy, check, see, _, translate = blocks(PAGE, "sh")
    (old, new) = [block.rstrip("\n") for block in blocks(PAGE, "xml")]
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


def test_the_page_describes_every_element() -> None:
    described = rows("Elements")
    assert list(described) == list(ELEMENTS)
    for name, element in ELEMENTS.items():
        about, attributes = described[name]
        assert about == element.about
        assert re.findall(r"`(.*?)`", attributes) == list(element.attrs)


def test_the_page_shows_every_filter_and_what_it_prints() -> None:
    environment = Environment(autoescape=True)
    environment.filters.update(filters("id"))
    shown = rows("Filters")
    assert shown.keys() == filters("id").keys()
    for name, (example, printed) in shown.items():
        assert f"|{name}" in example
        made = environment.from_string("{{ " + example.strip("`") + " }}").render(VALUES)
        assert made.replace("\xa0", " ") == printed, name


def test_the_page_names_what_a_template_may_use() -> None:
    flow = Library([shipped("workflows")]).load("casework")
    [visits] = checking.issues_of(flow, "visit_report")
    names = checking.names_for(flow, visits)
    told = rows("The names that a template may use")
    assert told.keys() == names.keys()
    for name, kind in names.items():
        fields = list(kind.fields) if isinstance(kind, Object) and name != "approvals" else []
        assert re.findall(r"`(.*?)`", told[name][1]) == fields, name


def test_the_page_names_every_identity() -> None:
    assert list(rows("Who is named")) == list(IDENTITIES)


@pytest.mark.parametrize("page", ["docs/templates.md", "README.md"])
def test_every_file_that_the_page_leads_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    led = {target for target in re.findall(r'\]\(([^)#]+)\)|src="(.*?)"', text) for target in target if target}
    local = {target for target in led if "://" not in target}
    assert local
    assert [target for target in local if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_every_verb_stands_in_the_table_of_the_readme() -> None:
    _, _, table = README.partition("| verb | does |")
    told = set(re.findall(r"`([^`]*)`", " ".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE))))
    verbs = {
        " ".join([name, inner]).strip() for name, entry in VERBS.items() for inner in (entry.below or {"": entry})
    }
    assert verbs - told == set()
