"""The verbs of the programmes: which there are, what they demand, whether they are sound, as a picture, newer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from driver import CASE_S, NUMBER, Outcome, casework

from casework_flow.messages import languages
from casework_flow.resources import shipped

Stand = Callable[[str], Path]

NAMES = sorted(path.stem for path in shipped("workflows").glob("*.yaml"))
ECONOMIC = "pkh-economic"
BOTH = [
    pytest.param("en", id="en"),
    "id",
]
DAY = "2025-03-14"


def source(name: str = ECONOMIC) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((shipped("workflows") / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


def put(path: Path, data: dict[str, Any]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def narrow(outcome: Outcome) -> str:
    """Standard output, which is plain text for a terminal of 80 columns."""
    assert "\x1b" not in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80
    return outcome.out


# list and show


def test_the_list_names_every_programme_in_the_reader_s_language() -> None:
    for lang in languages():
        found = casework("workflow", "list", "--json", "--lang", lang).data
        assert [flow["workflow"] for flow in found] == NAMES
        for flow in found:
            data = source(flow["workflow"])
            assert (flow["version"], flow["title"]) == (data["version"], data["title"][lang])
            assert (flow["stages"], flow["problem"]) == (list(data["stages"]), None)
        shown = narrow(casework("workflow", "list", "--lang", lang))
        assert all(name in shown for name in NAMES)


def test_a_file_that_is_no_workflow_is_listed_with_what_is_wrong_with_it(at_stage: Stand) -> None:
    folder = at_stage("")
    (folder / "workflows" / "mine.yaml").write_text("workflow: mine\nversion: 1\n", encoding="utf-8")
    listed = casework("workflow", "list", "--json")
    mine = next(flow for flow in listed.data if flow["workflow"] == "mine")
    assert (listed.code, mine["version"], mine["stages"]) == (0, None, [])
    assert "stages is missing" in mine["problem"]
    assert "mine" in narrow(casework("workflow", "list"))


@pytest.mark.parametrize("lang", BOTH)
@pytest.mark.parametrize("name", NAMES)
def test_show_tells_each_demand_of_a_programme_in_both_languages(name: str, lang: str) -> None:
    shown = casework("workflow", "show", name, "--lang", lang)
    assert shown.code == 0
    text = " ".join(narrow(shown).split())
    data = source(name)
    parts = [*data["stages"].values(), *data["moves"], *data["closures"].values()]
    said = [part["title"] for part in parts if "title" in part]
    for guard in [guard for part in parts for guard in part.get("requires", ())]:
        assert f"• {guard['guard']}" in text
        said.append(guard["say"])
    assert len(said) > 20
    for words in said:
        assert all(" ".join(words[spoken].split()) in text for spoken in ("id", "en")), words
    assert all(move["move"] in text for move in data["moves"])
    assert all(f"close {reason}" in text for reason in data["closures"])


def test_show_as_json_is_the_file() -> None:
    assert casework("workflow", "show", ECONOMIC, "--json").data == source()


def test_show_reads_a_file_too_and_the_office_s_own_comes_first(at_stage: Stand) -> None:
    folder = at_stage("")
    own = put(folder / "workflows" / f"{ECONOMIC}.yaml", {**source(), "version": 7})
    assert casework("workflow", "show", ECONOMIC, "--json").data["version"] == 7
    other = put(folder / "other.yaml", {**source(), "workflow": "other", "version": 8})
    assert casework("workflow", "show", other, "--json").data["version"] == 8
    own.unlink()
    assert casework("workflow", "show", ECONOMIC, "--json").data["version"] == source()["version"]


@pytest.mark.parametrize("verb", ["show", "diagram"])
def test_a_programme_that_nobody_has_is_exit_4_with_the_nearest_name(verb: str) -> None:
    missing = casework("workflow", verb, "pkh-economi", "--json")
    assert (missing.code, missing.error["code"], missing.out) == (4, "not_found", "")
    assert "pkh-economic" in missing.error["message"]
    assert casework("workflow", verb, "not-there.yaml", "--json").code == 4


# a file that is none

NONE = {
    "yaml": (b"stages: [a\n", "bad.yaml:2"),
    "list": (b"- a\n- b\n", "bad.yaml:1"),
    "empty": (b"", "bad.yaml:1"),
    "binary": (b"\xff\xfe\x00\x01", "bad.yaml"),
    "half": (b"workflow: x\nversion: 1\n", "bad.yaml:1"),
    "tag": (b"workflow: !!python/object/apply:os.system [ls]\n", "bad.yaml:1"),
    "keys": (b"workflow: x\nworkflow: y\n", "bad.yaml:2"),
}


@pytest.mark.parametrize("verb", ["show", "check", "diagram"])
@pytest.mark.parametrize(("content", "where"), NONE.values(), ids=NONE)
def test_a_file_that_is_no_workflow_is_exit_6_with_its_line(
    content: bytes, where: str, verb: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_bytes(content)
    for lang in languages():
        told = casework("workflow", verb, "bad.yaml", "--json", "--lang", lang)
        assert (told.code, told.error["code"]) == (6, "invalid")
        problems = told.data[0]["findings"] if verb == "check" else told.error["problems"]
        assert problems[0]["where"] == where
        assert all(problem["message"] for problem in problems)
    shown = casework("workflow", verb, "bad.yaml")
    assert where in shown.out + shown.err
    assert "Traceback" not in shown.err


# check


@pytest.mark.parametrize("lang", BOTH)
def test_check_finds_nothing_in_a_shipped_programme_and_shows_its_witnesses(lang: str) -> None:
    checked = casework("workflow", "check", ECONOMIC, "--lang", lang)
    assert checked.code == 0
    assert narrow(checked).startswith(f"✓ {ECONOMIC}.yaml")
    stages = list(source()["stages"])
    assert all(stage in checked.out for stage in stages[:-1])
    [report] = casework("workflow", "check", ECONOMIC, "--json").data
    assert (report["workflow"], report["sound"], report["findings"]) == (ECONOMIC, True, [])
    assert {*stages[:-1]} <= {witness["place"] for witness in report["witnesses"]}


def test_check_names_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    broken = source()
    broken["stages"]["engagement"]["requires"][0]["check"] = "client.nikk"
    broken["moves"][0]["to"] = "plannning"
    put(tmp_path / "broken.yaml", broken)
    (tmp_path / "half.yaml").write_text("workflow: half\nversion: 1\n", encoding="utf-8")
    told = casework("workflow", "check", "broken.yaml", "half.yaml", "casework", "--json")
    assert told.code == 6
    assert [report["sound"] for report in told.data] == [False, False, True]
    assert "broken.yaml" in told.error["message"]
    assert "half.yaml" in told.error["message"]
    assert "casework.yaml" not in told.error["message"]
    found = {finding["where"]: finding["message"] for finding in told.data[0]["findings"]}
    lines = (tmp_path / "broken.yaml").read_text(encoding="utf-8").splitlines()
    for word, meant in (("client.nikk", "nik"), ("plannning", "planning")):
        line = next(number for number, text in enumerate(lines, 1) if text.endswith(word))
        assert f"Did you mean {meant}?" in found[f"broken.yaml:{line}"]
    shown = casework("workflow", "check", "broken.yaml")
    assert shown.code == 6
    assert "✗ broken.yaml has faults." in narrow(shown)


def test_check_prints_the_witnesses_as_yaml() -> None:
    shown = casework("workflow", "check", "casework", "--witnesses")
    assert shown.code == 0
    cases = [part for part in re.split(r"\n# .* → .*\n", shown.out)[1:] if part.strip()]
    assert len(cases) >= len(source("casework")["stages"])
    assert all(isinstance(yaml.safe_load(case), dict) for case in cases)


def test_check_needs_a_file() -> None:
    assert casework("workflow", "check", "--json").code == 2
    missing = casework("workflow", "check", "not-there.yaml", "--json")
    assert (missing.code, missing.error["code"]) == (4, "not_found")


# diagram


@pytest.mark.parametrize("lang", BOTH)
@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_has_each_stage_and_guard_in_each_form(name: str, lang: str, tmp_path: Path) -> None:
    data = source(name)
    begins = {"mermaid": "---\ntitle:", "dot": "digraph", "svg": "<svg"}
    for form, start in begins.items():
        drawn = casework("workflow", "diagram", name, "--format", form, "--lang", lang)
        assert (drawn.code, drawn.err) == (0, "")
        assert drawn.out.startswith(start)
        whole = " ".join(re.sub(r"<br/>|\\n|<[^>]*>", " ", drawn.out).split())
        for stage in data["stages"].values():
            for guard in stage.get("requires", ()):
                assert guard["guard"] in whole, form
        again = casework("workflow", "diagram", name, "--format", form, "--lang", lang, "--json").data
        assert (again["format"], again["diagram"].strip()) == (form, drawn.out.strip())
    titles = [stage["title"][lang] for stage in data["stages"].values()]
    mermaid = casework("workflow", "diagram", name, "--lang", lang).out
    assert all(f'"{title}"' in mermaid for title in titles)


@pytest.mark.parametrize(
    ("file", "form"),
    [
        ("a.svg", "svg"),
        ("a.SVG", "svg"),
        ("a.dot", "dot"),
        ("a.gv", "dot"),
        ("a.mmd", "mermaid"),
        ("a.md", "mermaid"),
    ],
)
def test_the_ending_of_the_file_says_the_form(file: str, form: str, tmp_path: Path) -> None:
    written = casework("workflow", "diagram", "casework", "-o", file)
    assert (written.code, written.out) == (0, "")
    assert file in written.err
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert text.strip() == casework("workflow", "diagram", "casework", "--format", form).out.strip()
    if form == "svg":
        assert ElementTree.fromstring(text).tag.endswith("svg")  # noqa: S314  # our own
    told = casework("workflow", "diagram", "casework", "-o", file, "--json")
    assert told.data == {"format": form, "file": file}


def test_a_file_that_names_no_form_is_a_usage_error_and_is_not_written(tmp_path: Path) -> None:
    for lang in languages():
        told = casework("workflow", "diagram", "casework", "-o", "a.png", "--json", "--lang", lang)
        assert (told.code, told.error["code"]) == (2, "usage")
        assert "a.png" in told.error["message"]
        assert ".svg" in told.error["message"]
    assert not (tmp_path / "a.png").exists()
    assert casework("workflow", "diagram", "casework", "-o", "a.txt", "--format", "dot").code == 0
    assert casework("workflow", "diagram", "casework", "--format", "png").code == 2


# upgrade


def newer(folder: Path, **changes: Any) -> None:
    put(folder / "workflows" / f"{ECONOMIC}.yaml", {**source(), "version": 2, **changes})


def without(stage: str) -> dict[str, Any]:
    """The changes that take a stage, and every move from or to it, out of the file."""
    data = source()
    moves = []
    for move in data["moves"]:
        named = [move["from"]] if isinstance(move["from"], str) else move["from"]
        left = [name for name in named if name != stage]
        if left and move.get("to") != stage:
            moves.append({**move, "from": left})
    return {"stages": {name: part for name, part in data["stages"].items() if name != stage}, "moves": moves}


def events() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = casework("history", NUMBER, "--json").data
    return found


@pytest.mark.parametrize("lang", BOTH)
def test_upgrade_moves_the_running_cases_and_says_so(lang: str, at_stage: Stand) -> None:
    newer(at_stage("planning"))
    argv = ["workflow", "upgrade", ECONOMIC, "--at", DAY, "--as", "sup"]
    before = events()
    would = {"workflow": ECONOMIC, "version": 2, "cases": [NUMBER], "stuck": {}, "dry_run": True}
    assert casework(*argv, "--dry-run", "--json").data == would
    dry = narrow(casework(*argv, "--dry-run", "--lang", lang))
    assert events() == before
    done = casework(*argv, "--lang", lang)
    assert done.code == 0
    assert narrow(done).startswith(f"✓ {NUMBER}")
    assert done.out != dry
    assert [event["kind"] for event in events()[len(before) :]] == ["upgraded"]
    assert casework("status", NUMBER, "--json").data["version"] == 2
    again = casework(*argv, "--json").data
    assert again == {"workflow": ECONOMIC, "version": 2, "cases": [], "stuck": {}}
    assert NUMBER not in narrow(casework(*argv, "--lang", lang))
    assert casework("verify").code == 0


@pytest.mark.parametrize("lang", BOTH)
def test_a_stuck_case_is_exit_3_with_its_reasons_and_nothing_is_written(lang: str, at_stage: Stand) -> None:
    newer(at_stage("planning"), **without("planning"))
    argv = ["workflow", "upgrade", ECONOMIC, "--at", DAY, "--as", "sup", "--lang", lang]
    before = events()
    told = casework(*argv, "--json")
    assert (told.code, told.out, told.error["code"]) == (3, "", "refused")
    assert NUMBER in told.error["message"]
    [problem] = told.error["problems"]
    assert problem["where"] == NUMBER
    assert "planning" in problem["message"]
    shown = casework(*argv)
    assert (shown.code, shown.out) == (3, "")
    assert problem["message"] in " ".join(shown.err.split())
    assert max(map(len, shown.err.splitlines())) <= 80
    assert events() == before
    dry = casework(*argv, "--dry-run", "--json")
    assert (dry.code, dry.data["cases"], dry.data["stuck"]) == (0, [], {NUMBER: [problem["message"]]})


def test_partly_moves_those_that_can(at_stage: Stand) -> None:
    folder = at_stage("planning")
    opened = casework("open", ECONOMIC, "--client", CASE_S / "client.yaml", "--at", DAY).out.strip()
    newer(folder, **without("planning"))
    argv = ["workflow", "upgrade", ECONOMIC, "--at", DAY, "--as", "sup", "--partly"]
    done = casework(*argv, "--json")
    assert (done.code, done.data["cases"], list(done.data["stuck"])) == (0, [opened], [NUMBER])
    shown = narrow(casework(*argv))
    assert NUMBER in shown
    assert "planning" in shown
    versions = {case: casework("status", case, "--json").data["version"] for case in (NUMBER, opened)}
    assert versions == {NUMBER: 1, opened: 2}


def test_who_may_not_upgrade_is_exit_3(at_stage: Stand) -> None:
    newer(at_stage("planning"))
    before = events()
    for argv in ([], ["--dry-run"], ["--partly"]):
        told = casework("workflow", "upgrade", ECONOMIC, "--at", DAY, "--as", "rina", *argv, "--json")
        assert (told.code, told.error["code"]) == (3, "refused")
    assert events() == before


def test_upgrade_needs_somebody_who_acts_and_a_sound_file(at_stage: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = at_stage("planning")
    assert casework("workflow", "upgrade", "pkh-economi", "--as", "sup", "--json").code == 4
    (folder / "workflows" / f"{ECONOMIC}.yaml").write_text("workflow: x\n", encoding="utf-8")
    before = events()
    assert casework("workflow", "upgrade", ECONOMIC, "--as", "sup", "--json").code == 6
    assert events() == before
    monkeypatch.delenv("CASEWORK_AS")
    assert casework("workflow", "upgrade", ECONOMIC, "--json").code == 2


def test_a_misspelt_programme_is_answered_with_the_one_that_is_near() -> None:
    outcome = casework("workflow", "check", "pkh-economi", "--lang", "en", "--json")
    assert (outcome.code, outcome.error["code"]) == (4, "not_found")
    assert "Did you mean pkh-economic?" in outcome.error["message"]
