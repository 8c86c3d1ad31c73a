"""The verbs of the templates: where each comes from, its source, a copy to change, its faults, a draft of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from driver import NUMBER, Outcome, casework
from pypdf import PdfReader

from casework_flow.messages import languages
from casework_flow.resources import shipped

Stand = Callable[[str], Path]

TEMPLATES = shipped("templates")
NAMES = sorted(path.name.removesuffix(".xml.j2") for path in TEMPLATES.glob("[!_]*.xml.j2"))
CONTRACT = (TEMPLATES / "contract.xml.j2").read_text(encoding="utf-8")


@pytest.fixture
def project(at_stage: Stand) -> Path:
    """A project in which case S has just been opened; the templates of the office."""
    return at_stage("") / "templates"


def put(folder: Path, source: str, name: str = "contract") -> Path:
    path = folder / f"{name}.xml.j2"
    path.write_text(source, encoding="utf-8")
    return path


def changed(folder: Path, old: str, new: str) -> int:
    """Put an own contract into ``folder`` in which one text is another; the line of the first change."""
    assert old in CONTRACT
    put(folder, CONTRACT.replace(old, new))
    return CONTRACT[: CONTRACT.index(old)].count("\n") + 1


def findings(outcome: Outcome) -> dict[str, str]:
    """What a check of one template found, by place."""
    [report] = outcome.data
    return {found["where"]: found["message"] for found in report["findings"]}


# list and show


def test_the_list_tells_where_each_template_comes_from_and_who_issues_it(project: Path) -> None:
    put(project, CONTRACT)
    put(project, CONTRACT, "perjanjian")
    found = {one["template"]: one for one in casework("template", "list", "--json").data}
    assert sorted(found) == sorted([*NAMES, "perjanjian"])
    assert {name for name, one in found.items() if one["from"] == "office"} == {"contract", "perjanjian"}
    assert found["contract"]["file"] == str(project / "contract.xml.j2")
    assert found["plan"]["file"] == str(TEMPLATES / "plan.xml.j2")
    assert "pkh-economic" in found["contract"]["workflows"]
    assert found["perjanjian"]["workflows"] == []
    for lang in languages():
        shown = casework("template", "list", "--lang", lang)
        assert max(map(len, shown.out.splitlines())) <= 80
        assert all(name in shown.out for name in found)


def test_the_list_needs_no_project() -> None:
    found = casework("template", "list", "--json").data
    assert {one["from"] for one in found} == {"shipped"}


def test_show_prints_the_source_that_is_in_use(project: Path) -> None:
    assert casework("template", "show", "contract").out == CONTRACT
    own = put(project, CONTRACT + "{# ours #}\n")
    for name in ("contract", "contract.xml.j2", str(own)):
        assert casework("template", "show", name).out == CONTRACT + "{# ours #}\n"
    told = casework("template", "show", "contract", "--json").data
    assert (told["from"], told["source"]) == ("office", CONTRACT + "{# ours #}\n")
    assert "{% macro" in casework("template", "show", "_parts").out


@pytest.mark.parametrize("verb", ["show", "eject", "check", "preview"])
def test_a_template_that_nobody_has_is_exit_4_with_the_nearest_name(verb: str, project: Path) -> None:
    more = ["-o", "a.pdf"] if verb == "preview" else []
    missing = casework("template", verb, "contrakt", *more, "--json")
    assert (missing.code, missing.error["code"], missing.out) == (4, "not_found", "")
    assert "Did you mean contract?" in missing.error["message"]


# eject


def test_eject_copies_the_shipped_template_and_never_overwrites(project: Path) -> None:
    done = casework("template", "eject", "contract", "--json")
    assert (done.code, done.data["files"]) == (0, [str(project / "contract.xml.j2")])
    assert [path.name for path in project.iterdir()] == ["contract.xml.j2"]
    assert (project / "contract.xml.j2").read_text(encoding="utf-8") == CONTRACT
    put(project, "ours")
    for flags in ([], ["--parts"]):
        again = casework("template", "eject", "contract", *flags, "--json")
        assert (again.code, again.error["code"]) == (3, "refused")
    assert (project / "contract.xml.j2").read_text(encoding="utf-8") == "ours"
    assert len(list(project.iterdir())) == 1


def test_eject_copies_the_parts_when_asked_and_leaves_those_that_are_there(project: Path) -> None:
    assert casework("template", "eject", "contract", "--parts").code == 0
    assert sorted(path.name for path in project.iterdir()) == ["_parts.xml.j2", "contract.xml.j2"]
    put(project, "{# ours #}", "_parts")
    assert casework("template", "eject", "plan", "--parts").code == 0
    assert (project / "_parts.xml.j2").read_text(encoding="utf-8") == "{# ours #}"
    assert (project / "plan.xml.j2").is_file()


def test_eject_needs_a_project_and_a_shipped_template(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project, CONTRACT, "perjanjian")
    own = casework("template", "eject", "perjanjian", "--json")
    assert (own.code, own.error["code"]) == (4, "not_found")
    monkeypatch.chdir(project.parents[1])
    nowhere = casework("template", "eject", "contract", "--json")
    assert nowhere.code == 4
    assert "casework init" in nowhere.error["message"]


def test_a_document_is_issued_from_the_ejected_template(project: Path) -> None:
    casework("template", "eject", "contract")
    changed(project, "<title>Kontrak Pelayanan</title>", "<title>Perjanjian Kita</title>")
    assert "PERJANJIAN KITA" in casework("document", NUMBER, "contract", "--draft").out


# check


@pytest.mark.parametrize("lang", languages())
def test_every_shipped_template_is_found_sound(lang: str) -> None:
    checked = casework("template", "check", "--lang", lang)
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.count("✓") == len(NAMES)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("contract.agreed_on|date", "contract.agred_on|date", "Did you mean agreed_on?"),
        ("client.needs_guardian", "klien.needs_guardian", "There is no klien here."),
        ("parts.said(", "parts.sayd(", "Did you mean said?"),
        ("|counted", "|countd", "Did you mean counted?"),
        ("contract.focus", "contract.focus|safe", "safe"),
    ],
)
def test_check_names_file_and_line_with_the_nearest_name(old: str, new: str, said: str, project: Path) -> None:
    line = changed(project, old, new)
    told = casework("template", "check", "contract", "--json")
    assert (told.code, told.error["code"]) == (6, "template")
    assert "contract" in told.error["message"]
    assert said in findings(told)[f"contract.xml.j2:{line}"]
    shown = casework("template", "check", "contract")
    assert shown.code == 6
    assert f"contract.xml.j2:{line}" in shown.out
    assert "✗ contract has faults." in shown.out


def test_check_names_a_syntax_error_and_goes_on_with_the_others(project: Path) -> None:
    put(project, CONTRACT.replace("{% endif %}", "{% endiff %}", 1))
    told = casework("template", "check", "contract", "plan", "--json")
    assert told.code == 6
    assert [bool(report["findings"]) for report in told.data] == [True, False]
    assert "endiff" in told.data[0]["findings"][0]["message"]


def test_check_renders_the_template_and_tells_what_the_reader_of_names_cannot_see(project: Path) -> None:
    put(project, CONTRACT.replace("<letterhead/>", "<leterhead/>"))
    told = casework("template", "check", "contract", "--json")
    assert told.code == 6
    [message] = {found["message"].partition(": ")[2] for found in told.data[0]["findings"]}
    assert "<leterhead>" in message
    assert "Did you mean letterhead?" in message


def test_check_meets_a_case_in_which_nothing_is_recorded(project: Path) -> None:
    changed(project, "<number/>", "<number/><p>{{ 100 // sessions.held_items|length }} %</p>")
    told = casework("template", "check", "contract", "--json")
    assert told.code == 6
    assert [("no record" in message, "zero" in message) for message in findings(told).values()] == [(True, True)]


def test_a_template_that_no_programme_issues_is_said_to_be_unchecked(project: Path) -> None:
    put(project, "{{ nothing.of.this }}", "perjanjian")
    checked = casework("template", "check", "perjanjian")
    assert checked.code == 0
    assert "no programme issues it" in " ".join(checked.out.split())
    put(project, "{% if %}", "perjanjian")
    assert casework("template", "check", "perjanjian").code == 6


def test_a_word_template_is_checked_too(project: Path) -> None:
    letter = docx.Document()
    letter.add_paragraph("Nama: {{ client.name }}")
    letter.add_paragraph("{{ client.nmae }}")
    letter.add_paragraph("Nomor {{ document.number }}, {{ contract.agreed_on|date }}")
    letter.save(str(project / "contract.docx"))
    told = casework("template", "check", "contract", "--json")
    assert told.code == 6
    found = findings(told)
    assert "Did you mean name?" in found["contract.docx:2"]
    assert "{{ qr }}" in found["contract.docx"]
    assert told.data[0]["word"] == str(project / "contract.docx")


def test_a_word_template_is_tried_out_on_generated_cases_and_previewed(project: Path) -> None:
    letter = docx.Document()
    letter.add_paragraph("{{ client.name }} {{ 1 / (client.children_count|default(0) * 0) }} {{ qr }}")
    letter.save(str(project / "contract.docx"))
    told = casework("template", "check", "contract", "--json")
    assert told.code == 6
    letter = docx.Document()
    letter.add_paragraph("Kontrak {{ client.name }} {{ document.seal }} {{ qr }}")
    letter.save(str(project / "contract.docx"))
    assert casework("template", "check", "contract").code == 0
    assert casework("template", "preview", "contract", "-o", "a.docx").code == 0
    made = docx.Document("a.docx")
    assert made.sections[0].header.paragraphs[0].text == "DRAF"
    assert made.paragraphs[0].text.startswith("Kontrak Sarma")


def test_a_programme_with_faults_is_left_out_with_a_warning(project: Path) -> None:
    (project.parent / "workflows" / "mine.yaml").write_text("workflow: mine\n", encoding="utf-8")
    checked = casework("template", "check", "contract")
    assert checked.code == 0
    assert "casework workflow check mine" in " ".join(checked.err.split())


# preview


@pytest.mark.parametrize("name", ["contract", "visit_report", "referral", "termination_letter"])
def test_preview_is_a_draft_with_the_records_of_an_example(name: str) -> None:
    done = casework("template", "preview", name, "-o", "a.txt", "--json")
    assert (done.code, done.data["from"]) == (0, "case-s")
    text = Path("a.txt").read_text(encoding="utf-8")
    assert "[DRA" in text
    assert "Sarma" in text or "S." in text


def test_preview_shows_the_office_s_template_on_its_paper(project: Path) -> None:
    changed(project, "<title>Kontrak Pelayanan</title>", "<title>Perjanjian Kita</title>")
    for source, more in (("case-s", ["--example", "case-s"]), (NUMBER, ["--case", NUMBER])):
        done = casework("template", "preview", "contract", "-o", "a.pdf", *more, "--json")
        assert (done.code, done.data["from"]) == (0, source)
        first = PdfReader(io.BytesIO(Path("a.pdf").read_bytes())).pages[0].extract_text()
        assert "PERJANJIAN KITA" in first
        assert "DINAS SOSIAL" in first
    assert casework("documents", NUMBER, "--json").data == []


def test_preview_finds_the_example_whose_programme_issues_the_document() -> None:
    done = casework("template", "preview", "child_social_report", "-o", "a.txt", "--json")
    assert done.data["from"] == "child-in-conflict-with-law"


def test_another_template_s_fault_does_not_stand_in_the_way(project: Path) -> None:
    changed(project, "contract.agreed_on|date", "contract.agred_on|date")
    assert casework("template", "preview", "evaluation", "-o", "a.txt").code == 0
    assert "belum diisi" not in Path("a.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["contract", "-o", "a.odt"], 2),
        (["contract"], 2),
        (["contract", "-o", "a.pdf", "--case", NUMBER, "--example", "case-s"], 2),
        (["contract", "-o", "a.pdf", "--example", "case-x"], 4),
        (["contract", "-o", "a.pdf", "--case", "KSS-1999-0001"], 4),
        (["perjanjian", "-o", "a.pdf"], 4),
    ],
)
def test_preview_refuses_what_it_cannot_draw_and_writes_nothing(argv: list[str], code: int, project: Path) -> None:
    put(project, CONTRACT, "perjanjian")
    assert casework("template", "preview", *argv, "--json").code == code
    assert not list(Path().glob("a.*"))
