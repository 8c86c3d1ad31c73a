"""Documents in a language that is not the office's: only where ``--lang`` asks for it, and marked as such."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework

from casework_flow.resources import shipped

Stand = Callable[[str], Path]

INTAKE = (shipped("templates") / "intake.xml.j2").read_text(encoding="utf-8")
ENGLISH = 'language = "en"'


@pytest.fixture
def project(at_stage: Stand) -> Path:
    return at_stage("planning")


def own(project: Path, source: str, name: str = "intake") -> Path:
    path = project / "templates" / f"{name}.xml.j2"
    path.write_text(source, encoding="utf-8")
    return path


def in_english(project: Path) -> None:
    """The office writes English from now on."""
    profile = project / "casework.toml"
    text = profile.read_text(encoding="utf-8")
    assert "[letter]" in text
    lines = [line for line in text.splitlines() if not line.startswith("language")]
    lines.insert(lines.index("[letter]") + 1, ENGLISH)
    profile.write_text("\n".join(lines), encoding="utf-8")


def test_documents_follow_the_office_whatever_the_terminal_speaks(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = casework("document", NUMBER, "intake").out
    assert "FORMULIR PENERIMAAN AWAL" in issued
    monkeypatch.setenv("CASEWORK_LANG", "en")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert casework("document", NUMBER, "intake").out == issued


@pytest.mark.parametrize(
    "words", [("--lang", "en", "document"), ("document", "--lang", "en"), ("document", "--lang=en")]
)
def test_a_translation_is_asked_for_by_name(words: tuple[str, ...], project: Path) -> None:
    made = casework(*words, NUMBER, "intake").out
    assert "INTAKE FORM" in made
    assert "[TRANSLATION]" in made
    assert "Only the issued document counts." in " ".join(made.replace("|", " ").split())


def test_what_was_issued_is_no_translation_of_itself(project: Path) -> None:
    assert casework("document", NUMBER, "intake", "--lang", "id").out == casework("document", NUMBER, "intake").out
    told = casework("document", NUMBER, "intake", "--lang", "id", "-o", "i.pdf", "--json").data
    assert (told["language"], told["translation"]) == ("id", False)
    told = casework("document", NUMBER, "intake", "--lang", "en", "-o", "i.pdf", "--json").data
    assert (told["language"], told["translation"]) == ("en", True)


@pytest.mark.parametrize("ending", ["pdf", "docx", "html", "txt"])
def test_verify_says_that_a_translation_was_not_issued(ending: str, project: Path) -> None:
    file = f"intake.{ending}"
    assert casework("document", NUMBER, "intake", "--lang", "en", "-o", file).code == 0
    checked = casework("verify", file)
    assert checked.code == 3
    assert "This is no issued document. It is the translation into English" in " ".join(checked.err.split())
    assert casework("verify", file, "--json").data["verdict"] == "translation"
    with Path(file).open("ab") as changed:
        changed.write(b" ")
    assert casework("verify", file, "--json").data["verdict"] == "changed"


def test_the_file_tells_its_language(project: Path) -> None:
    for lang in ("id", "en"):
        made = casework("document", NUMBER, "intake", "--lang", lang, "--format", "html").out
        assert f'<html lang="{lang}">' in made
        pdf = casework("document", NUMBER, "intake", "--lang", lang, "--format", "pdf").stdout
        assert f"/Lang({lang})".encode() in pdf


def test_a_draft_in_english(project: Path) -> None:
    made = casework("document", NUMBER, "evaluation", "--draft", "--lang", "en").out
    assert "[DRAFT]" in made
    assert "EVALUATION REPORT" in made


def test_all_documents_in_english(project: Path) -> None:
    for lang in ([], ["--lang", "en"]):
        assert casework("documents", "--all", "--format", "text", "-o", "out", *lang).code == 0
    names = sorted(path.name for path in Path("out", NUMBER).iterdir())
    assert {"intake_v1.txt", "intake_v1_en.txt"} <= set(names)
    assert "INTAKE FORM" in Path("out", NUMBER, "intake_v1_en.txt").read_text(encoding="utf-8")
    assert "FORMULIR" in Path("out", NUMBER, "intake_v1.txt").read_text(encoding="utf-8")


def test_a_drawing_in_english(project: Path) -> None:
    words = {}
    for lang in ("id", "en"):
        words[lang] = casework("draw", NUMBER, "ecomap", "--lang", lang).out
    assert "Strong tie" in words["en"]
    assert "Strong tie" not in words["id"]
    assert casework("draw", NUMBER, "ecomap").out == words["id"]


def test_an_office_that_writes_english(project: Path) -> None:
    in_english(project)
    assert casework("template", "preview", "contract", "-o", "c.txt").code == 0
    assert "SERVICE CONTRACT" in Path("c.txt").read_text(encoding="utf-8")
    # what was issued in Indonesian stays what it is
    assert "FORMULIR PENERIMAAN AWAL" in casework("document", NUMBER, "intake").out


# templates of the office's own


def test_an_own_text_without_a_translation_is_refused_only_where_it_is_asked_for(project: Path) -> None:
    line = INTAKE[: INTAKE.index("<dt>Hasil</dt>")].count("\n") + 1
    own(project, INTAKE.replace("<dt>Hasil</dt>", "<dt>Hasil pemeriksaan</dt>"))
    assert casework("template", "check", "intake").code == 0
    assert casework("template", "preview", "intake", "-o", "i.txt").code == 0
    no = casework("template", "preview", "intake", "--lang", "en", "-o", "e.txt")
    assert no.code == 6
    said = " ".join(no.err.split())
    for word in (
        "intake",
        "language en",
        f"intake.xml.j2:{line}",
        "“Hasil pemeriksaan”",
        "casework template translate",
    ):
        assert word in said
    assert not Path("e.txt").exists()


def test_the_translator_gets_what_is_not_translated_yet(project: Path) -> None:
    own(project, INTAKE.replace("<dt>Hasil</dt>", "<dt>Hasil pemeriksaan</dt>"))
    told = casework("template", "translate", "--to", "en", "--json").data
    catalogue = project / "templates" / "en.po"
    assert told == {"file": str(catalogue), "templates": ["intake.xml.j2"], "untranslated": 1}
    text = catalogue.read_text(encoding="utf-8")
    assert text.count("\nmsgid ") == 2  # the header, and this one
    assert 'msgid "Hasil pemeriksaan"\nmsgstr ""' in text
    [found] = casework("template", "check", "intake", "--json").data[0]["findings"]
    assert found["message"] == "“Hasil pemeriksaan” is not translated into en."
    catalogue.write_text(text.replace('pemeriksaan"\nmsgstr ""', 'pemeriksaan"\nmsgstr "Outcome"'), encoding="utf-8")
    assert casework("template", "check", "intake").code == 0
    assert casework("template", "preview", "intake", "--lang", "en", "-o", "e.txt").code == 0
    assert "Outcome   " in Path("e.txt").read_text(encoding="utf-8")
    assert casework("template", "translate", "intake", "--to", "en", "--json").data["untranslated"] == 0


def test_a_translation_that_leaves_something_out_is_a_finding(project: Path) -> None:
    own(project, INTAKE.replace("<dt>Hasil</dt>", "<dt>Hasil bagi {{ client.name }}</dt>"))
    casework("template", "translate", "--to", "en")
    catalogue = project / "templates" / "en.po"
    text = catalogue.read_text(encoding="utf-8")
    head, _, rest = text.rpartition('msgstr ""')
    catalogue.write_text(f'{head}msgstr "Outcome"{rest}', encoding="utf-8")
    checked = casework("template", "check", "intake")
    assert checked.code == 6
    assert "the translation leaves out {{ client.name }}" in " ".join(checked.out.split())


def test_there_must_be_something_to_translate(project: Path) -> None:
    no = casework("template", "translate", "--to", "en", "--json")
    assert (no.code, no.error["code"]) == (3, "refused")
    assert not (project / "templates" / "en.po").exists()


def test_a_copy_in_english_is_for_an_office_that_writes_english(project: Path) -> None:
    no = casework("template", "eject", "intake", "--lang", "en", "--json")
    assert no.code == 3
    assert "casework template translate --to en" in no.error["message"]
    in_english(project)
    assert casework("template", "eject", "intake", "--lang", "en", "--parts").code == 0
    copy = (project / "templates" / "intake.xml.j2").read_text(encoding="utf-8")
    assert copy.startswith('{% set language = "en" %}\n')
    assert "Intake Form" in copy
    assert casework("template", "check", "intake").code == 0
    assert casework("template", "preview", "intake", "-o", "e.txt").code == 0
    assert "INTAKE FORM" in Path("e.txt").read_text(encoding="utf-8")
