"""How the command line is asked: help, global options, and what is said when it is asked wrongly."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import NUMBER, casework

from casework_flow.cli import VERBS
from casework_flow.cli.grammar import Entry, Verb
from casework_flow.messages import languages


def verbs() -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Every verb by its words, ``("staff", "add")``."""
    for name, entry in VERBS.items():
        if entry.below is None:
            yield (name,), entry
        else:
            yield from (((name, inner), found) for inner, found in entry.below.items())


ALL = dict(verbs())


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("words", [(), *ALL, ("staff",), ("workflow",)], ids=" ".join)
def test_help_fits_80_columns_and_names_every_option(words: tuple[str, ...], lang: str) -> None:
    asked = casework(*words, "--help", "--lang", lang)
    assert asked.code == 0
    assert casework("--lang", lang, *words, "-h").out == asked.out
    assert max(len(line) for line in asked.out.splitlines()) <= 80
    assert asked.out.startswith(("Usage: casework", "Pemakaian: casework"))
    for option in ("--db", "--as", "--at", "--lang", "--json", "--key", "--debug", "--help"):
        assert option in asked.out
    command = ALL[words].load(words[-1]) if words in ALL else None
    for param in command.params if isinstance(command, Verb) else ():
        assert any(name in asked.out for name in (*param.opts, str(getattr(param, "metavar", ""))))


@pytest.mark.parametrize("words", [(), *ALL, ("staff",), ("workflow",)], ids=" ".join)
def test_no_line_of_indonesian_help_is_english(words: tuple[str, ...]) -> None:
    english, indonesian = (casework(*words, "-h", "--lang", lang).out for lang in ("en", "id"))
    same = {line.strip() for line in english.splitlines()} & {line.strip() for line in indonesian.splitlines()}
    allowed = re.compile(r"casework .*|.*YAML.*CSV.*|close|(--[a-z]+ \[[a-z|]+\])|")
    assert not {line for line in same if not allowed.fullmatch(line)}


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_the_example_in_the_help_can_be_parsed(words: tuple[str, ...]) -> None:
    command = ALL[words].load(words[-1])
    assert isinstance(command, Verb)
    import shlex

    typed = command.example.partition(" > ")[0]  # what follows is the shell's
    outcome = casework(*shlex.split(typed)[1:], "--db", "sqlite://", "--json")
    assert command.example.split()[1 : 1 + len(words)] == list(words)
    assert outcome.code == 0 or outcome.error["code"] != "usage", outcome.err


def test_the_version() -> None:
    assert re.fullmatch(r"casework \d+\.\d+\.\d+\n", casework("--version").out)


def test_help_loads_nothing_that_it_does_not_need() -> None:
    check = (
        "import sys; from casework_flow.cli import run; run(['--help']);"
        "heavy = {'sqlalchemy', 'pydantic', 'rich', 'jinja2', 'typst', 'yaml', 'transitions', 'babel'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["verfy"], "There is no verb verfy. Did you mean verify?"),
        (["staff", "ad"], "There is no verb ad. Did you mean add?"),
        ([], "A verb is missing."),
        (["staff"], "A verb is missing."),
        (["status"], "CASE is missing."),
        (["record", "N", "plan"], "FILE is missing."),
        (["open", "pkh-economic", "--as", "rina"], "--client is missing."),
        (["close", "N"], "--because is missing"),
        (["staff", "add", "x", "--name", "X"], "--role is missing: one of "),
        (["move", "N", "pause"], "--reason is missing."),
        (["init", "x"], "--office is missing."),
        (["status", "N", "M"], "This is too much: M."),
        (["status", "N", "--alle"], "There is no option --alle. Did you mean --all?"),
        (["status", "N", "--at"], "--at needs a value."),
        (["status", "N", "--lang", "xx"], "--lang is one of these:"),
        (["list", "--status", "open"], "--status is one of these: active, paused, closed."),
        (["document", "N", "plan", "--item", "x"], "--item is a whole number"),
        (["document", "N", "plan", "--format", "odt"], "--format is one of these:"),
        (["staff", "add", "x", "--name", "X", "--role", "boss"], "--role is one of these:"),
        (["list", "--db", "casework.db"], "is not the address of a database"),
        (["list"], "Make a project with casework init"),
        (["advance", "N"], "Say who acts: --as NAME"),
    ],
)
def test_a_wrong_command_line_is_exit_2_in_words_and_as_json(argv: list[str], said: str) -> None:
    if argv[:1] == ["advance"]:
        argv = [*argv, "--db", "sqlite://"]
    words = casework(*argv)
    assert (words.code, words.out) == (2, "")
    assert said in words.err
    for placed in (["--json", *argv], [*argv, "--json"]):
        if placed[-2:] == ["--at", "--json"]:  # --json would be taken as the value
            continue
        told = casework(*placed)
        assert (told.code, told.out) == (2, "")
        assert told.err.count("\n") == 1
        assert told.error["code"] == "usage"
        assert said in told.error["message"]


@pytest.mark.parametrize(
    "argv",
    [
        ["open", "pkh-economic", "--client", "-"],
        ["record", NUMBER, "intake", "-"],
        ["advance", NUMBER],
        ["move", NUMBER, "pause", "--reason", "x"],
        ["close", NUMBER, "--because", "goals_met"],
        ["approve", NUMBER, "plan"],
        ["reject", NUMBER, "plan"],
    ],
    ids=lambda argv: argv[0],
)
def test_writing_about_a_case_needs_somebody_who_acts(
    argv: list[str], at_stage: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_stage("")
    monkeypatch.delenv("CASEWORK_AS")
    assert casework(*argv, "--json").error["code"] == "usage"
    assert casework(*argv, "--as", "nobody").code in (4, 6)


def test_options_of_every_command_stand_before_the_verb_or_after_it(at_stage: Callable[[str], Path]) -> None:
    at_stage("")
    after = casework("status", NUMBER, "--json", "--at", "2025-03-04")
    assert casework("--json", "--at", "2025-03-04", "status", NUMBER).data == after.data
    assert casework("--at", "2025-12-31", "status", NUMBER, "--at", "2025-03-04", "--json").data == after.data
    assert casework("--json", "staff", "list").data == casework("staff", "--json", "list").data


def test_a_database_does_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    assert casework("staff", "add", "sup", "--name", "S", "--role", "supervisor", "--db", url).code == 0
    monkeypatch.setenv("CASEWORK_DB", url)
    assert [person["name"] for person in casework("staff", "list", "--json").data] == ["sup"]


def test_the_project_is_found_from_a_folder_inside_it(
    at_stage: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(at_stage("") / "templates")
    assert casework("status", NUMBER).code == 0


@pytest.mark.parametrize(
    ("setting", "lang"),
    [
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "id_ID"}, "id"),
        ({"LC_ALL": "id_ID", "CASEWORK_LANG": "en"}, "en"),
        ({"CASEWORK_LANG": "id"}, "id"),
    ],
)
def test_the_language_is_asked_for_or_the_locale_s(
    setting: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    assert casework("list", "-h").out == casework("list", "-h", "--lang", lang).out


def test_what_nobody_foresaw_is_a_sentence_and_with_debug_a_traceback(tmp_path: Path) -> None:
    program = "import sys, casework_flow.cli as c; c.run = lambda argv: 1 // 0; c.main()"
    for flags, traceback in (([], False), (["--debug"], True)):
        done = subprocess.run([sys.executable, "-c", program, "--json", *flags], capture_output=True, text=True)
        assert done.returncode == 1
        assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == "unexpected"
        assert ("Traceback" in done.stderr) is traceback


def test_a_database_that_is_none_is_exit_1(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"not a database" * 100)
    outcome = casework("list", "--db", f"sqlite:///{tmp_path}/broken.db", "--json")
    assert (outcome.code, outcome.error["code"]) == (1, "store")


def test_a_database_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    outcome = casework("list", "--db", f"sqlite:///{tmp_path}/typo.db", "--json")
    assert (outcome.code, outcome.error["code"]) == (4, "not_found")
    assert not (tmp_path / "typo.db").exists()


def test_the_first_of_the_staff_makes_a_new_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert casework("staff", "add", "sup", "--name", "Sup", "--role", "supervisor", "--db", url).code == 0
    assert casework("list", "--db", url).code == 0


def test_a_database_whose_driver_is_not_there_is_named() -> None:
    outcome = casework("list", "--db", "mysql+nothing://x/y", "--json")
    assert (outcome.code, outcome.error["code"]) == (2, "usage")
