"""The check of a workflow file, from the outside: every mistake at once, and no sound file accused."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework_flow.checking import Report, check, check_workflow
from casework_flow.errors import NotFound
from casework_flow.loader import load_file
from casework_flow.yaml12 import parse

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / "workflows").glob("*.yaml"))
TEMPLATES = [ROOT / "templates"]
SMALL = """workflow: small
version: 1
title: {id: Kecil, en: Small}
settings: {least: 2}
stages:
  engagement:
    title: {id: Awal, en: Start}
    days: 5
    requires:
      - guard: consented
        kind: legal
        check: consents.active("service")
        say: {id: Belum ada persetujuan, en: There is no consent}
        fix: consent
    documents: [consent, {document: visit_report, each: sessions.held_items}]
  ending:
    title: {id: Akhir, en: End}
moves:
  - {move: restart, title: {id: Ulang, en: Again}, from: ending, to: engagement, cycle: next}
closing:
  early: {when: not contract, documents: [closure_notice]}
closures:
  done: {complete: true, title: {id: Selesai, en: Done}, documents: []}
  withdrawn:
    title: {id: Mundur, en: Withdrawn}
    requires:
      - {guard: stated, kind: legal, check: termination.statement, say: {id: Belum, en: Missing}, fix: termination}
forms:
  placement:
    title: {id: Penempatan, en: Placement}
    fields:
      place: {type: text, label: {id: Tempat, en: Place}, required: true}
"""


def checked(folder: Path, text: str | bytes, templates: bool = True) -> Report:
    path = folder / "small.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check(path, TEMPLATES if templates else ())


def found(folder: Path, old: str, new: str) -> list[str]:
    assert old in SMALL
    return [problem.say("en") for problem in checked(folder, SMALL.replace(old, new, 1)).findings]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_shipped_workflow_is_sound_and_each_of_its_ways_has_a_witness(path: Path) -> None:
    started = time.perf_counter()
    report = check(path, TEMPLATES)
    assert time.perf_counter() - started < 10
    assert [problem.say("en") for problem in (*report.findings, *report.warnings)] == []
    assert report.unmet == ()
    flow = load_file(path)
    ways = {*flow.order[:-1], *(move.name for move in flow.moves), *(f"close {reason}" for reason in flow.closures)}
    assert {witness.place for witness in report.witnesses} == ways
    assert json.loads(json.dumps(report.as_data("id")))["sound"] is True


def test_a_sound_file_has_a_report_of_plain_values(tmp_path: Path) -> None:
    report = checked(tmp_path, SMALL)
    assert (report.sound, report.findings, report.warnings) == (True, (), ())
    data = report.as_data("en")
    assert (data["file"], data["workflow"], data["version"]) == ("small.yaml", "small", 1)
    witness = data["witnesses"][0]
    assert (witness["place"], witness["to"]) == ("engagement", "ending")
    assert [one["type"] for one in witness["case"]["records"]["consent"]] == ["service"]
    assert {one["place"]: one["to"] for one in data["witnesses"]} == {
        "engagement": "ending",
        "restart": "engagement",
        "close done": "closed",
        "close withdrawn": "closed",
    }


def test_a_workflow_that_is_loaded_already_can_be_checked(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    report = check_workflow(load_file(tmp_path / "small.yaml"), TEMPLATES)
    assert report.sound
    assert len(report.witnesses) >= 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("en: Small}", "eng: Small}", "small.yaml:3: The text is missing in the language en. Did you mean eng?"),
        ("{id: Awal, en: Start}", "{id: Awal}", "small.yaml:7: The text is missing in the language en."),
        ("id: Belum ada persetujuan, ", "", "small.yaml:13: The text is missing in the language id."),
        ("{id: Ulang, en: Again}", "{en: Again}", "small.yaml:19: The text is missing in the language id."),
        ("{id: Mundur, en: Withdrawn}", "{id: Mundur}", "small.yaml:25: The text is missing in the language en."),
        ("label: {id: Tempat, en: Place}", "label: {en: Place}",
         "small.yaml:32: The text is missing in the language id."),
        ("[consent, {", "[consnt, {", "small.yaml:15: There is no template consnt.xml.j2. Did you mean consent?"),
        ("[closure_notice]", "[closure_notce]",
         "small.yaml:21: There is no template closure_notce.xml.j2. Did you mean closure_notice?"),
        ("sessions.held_items", "sessions.held",
         "small.yaml:15: sessions.held is no list of records: one document is issued for each item of a list such "
         "as sessions.held_items."),
        ("sessions.held_items", "sessions.week_rows",
         "small.yaml:15: sessions.week_rows is no list of records: one document is issued for each item of a list "
         "such as sessions.held_items."),
        ("days: 5", "until: contract.focus", "small.yaml:8: contract.focus is no date."),
        ("settings: {least: 2}", "permissions: {record consent: [auditor]}",
         "small.yaml:14: Nobody can record consent: who may (auditor) neither carries cases nor works in others'."),
        ("settings: {least: 2}", "permissions: {advance: []}", "small.yaml:4: Nobody may do this: advance."),
        ('consents.active("service")', 'consents.active("service") and not consents.count',
         "small.yaml:12: The guard consented (engagement) is met by none of"),
        ("termination.statement,", 'approvals.given("close"),',
         "small.yaml:27: Nobody approves close in this workflow: no guard has `fix: approve close`."),
        ("fix: consent", "fix: approve consent",
         "small.yaml:14: The approval of consent does not meet this guard: its check does not ask for it."),
        ("{complete: true,", "{", "small.yaml:24"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    lines = found(tmp_path, old, new)
    if said == "small.yaml:24":  # a last stage that asks nothing may be closed for other reasons only
        assert lines == []
    else:
        assert any(line.startswith(said) or said.split(": ", 1)[1] in line for line in lines), lines


def test_every_mistake_is_told_at_once_whatever_its_kind(tmp_path: Path) -> None:
    text = (
        SMALL.replace("en: Small}", "eng: Small}")
        .replace("days: 5", "days: five")
        .replace("kind: legal", "kind: leagl", 1)
        .replace('consents.active("service")', 'consent.active("servis")')
        .replace("to: engagement", "to: engagment")
        .replace("fix: termination", "fix: terminaton")
        .replace("type: text", "type: txt")
    )
    report = checked(tmp_path, text)
    assert report.workflow is None
    lines = [int(problem.where.rpartition(":")[2]) for problem in report.findings]
    assert lines == sorted(lines)
    assert {3, 8, 11, 12, 19, 27, 32} <= set(lines)
    assert all(problem.say("id") != problem.say("en") for problem in report.findings)


def test_a_document_that_prints_what_nothing_asked_for_is_a_warning(tmp_path: Path) -> None:
    report = checked(tmp_path, SMALL.replace("[consent, {", "[contract, {"))
    assert report.sound
    assert [problem.say("en").split(" (contract")[0] for problem in report.warnings] == [
        "small.yaml:15: The document contract prints contract"
    ]
    asked = SMALL.replace("[consent, {", "[contract, {").replace("check: consents", "check: contract and consents")
    assert checked(tmp_path, asked).warnings == ()


def test_a_template_of_the_office_is_checked_with_the_programmes_own_forms(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / "home.xml.j2").write_text(
        "<document>{{ placement.place }}{{ placement.plase }}</document>", encoding="utf-8"
    )
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("[consent, {", "[home, {"), encoding="utf-8")
    report = check(path, [own, *TEMPLATES])
    assert [problem.say("en") for problem in report.findings] == [
        "home.xml.j2:1: There is no placement.plase here. Did you mean place?"
    ]


def test_a_move_without_a_title_and_a_file_of_another_name_are_warnings(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL.replace("title: {id: Ulang, en: Again}, ", ""), encoding="utf-8")
    report = check(path)
    assert report.sound
    said = [problem.say("en") for problem in report.warnings]
    assert said[0].startswith("mine.yaml:1: The file is called mine and the programme in it small")
    assert said[1].startswith("mine.yaml:19: restart has no title")


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        check(tmp_path / "none.yaml")


MANY = "\n".join(f"  s{n}: {{title: {{id: a, en: b}}}}" for n in range(3000))
CLOSE = "\n".join(f"  c{n}: {{complete: true}}" for n in range(3000))
ACTIVE = "consents.active("
HOSTILE: dict[str, str | bytes] = {
    "empty": "",
    "text": "small",
    "list": "[1, 2]",
    "tag": "!!python/object/apply:os.system [echo]",
    "python name": SMALL.replace("small", "!!python/name:os.system", 1),
    "duplicate key": SMALL + "title: {id: A, en: B}\n",
    "two documents": SMALL + "---\n" + SMALL,
    "recursive": "a: &a [*a]",
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
    ),
    "deep": "[" * 5000,
    "nul": SMALL.encode() + b"\0",
    "not utf-8": SMALL.encode("utf-16"),
    "large": "#" * 1_100_000,
    "power": SMALL.replace('consents.active("service")', "9**9**9**9 > 1"),
    "dunder": SMALL.replace('consents.active("service")', "client.__class__"),
    "lambda": SMALL.replace('consents.active("service")', "(lambda: 1)()"),
    "import": SMALL.replace('consents.active("service")', '__import__("os")'),
    "call": SMALL.replace('consents.active("service")', 'client.get("name")'),
    "comprehension": SMALL.replace('consents.active("service")', "[x for x in client]"),
    "long guard": SMALL.replace('consents.active("service")', " and ".join(["client"] * 5000)),
    "nested guard": SMALL.replace('consents.active("service")', "(" * 400 + "client" + ")" * 400),
    "not not": SMALL.replace('consents.active("service")', "not " * 200 + "client"),
    "huge number": SMALL.replace("least: 2", "least: " + "9" * 99),
    "infinite": SMALL.replace("least: 2", "least: .inf").replace(ACTIVE, "settings.least > 2 and " + ACTIVE),
    "not a number": SMALL.replace("least: 2", "least: .nan").replace(ACTIVE, "settings.least > 2 and " + ACTIVE),
    "many stages": SMALL.replace("  ending:", MANY + "\n  ending:"),
    "many closures": SMALL.replace("  withdrawn:", CLOSE + "\n  withdrawn:"),
    "many faults": SMALL.replace("least: 2", ", ".join(f"Bad-{n}: 1" for n in range(20000))),
    "long names": SMALL.replace("fix: consent", "fix: " + "x" * 200_000),
    "null": "\n".join(f"{line.split(':')[0]}: null" for line in SMALL.splitlines() if line[0] != " "),
    "min above max": SMALL.replace("type: text,", "type: integer, min: 9, max: 1,"),
    "keyword form": SMALL.replace("placement:", "class:"),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_file_breaks_or_holds_up_the_check(tmp_path: Path, text: str | bytes) -> None:
    started = time.perf_counter()
    report = checked(tmp_path, text)
    assert time.perf_counter() - started < 10
    assert report.findings or text in (HOSTILE["infinite"], HOSTILE["huge number"])
    for problem in report.findings:
        assert problem.where.startswith("small.yaml") or not problem.where
        assert problem.say("id")
        assert len(problem.say("en")) < 3000


PIECES = st.sampled_from(
    [
        "&a ",
        "*a ",
        "!!x ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "\n",
        "  ",
        "\t",
        "null",
        "true",
        "1",
        "-1",
        "é",
        "not ",
    ]
) | st.text(max_size=4)


@given(st.lists(st.tuples(st.integers(0, len(SMALL)), st.integers(0, 12), PIECES), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_with_slips_of_the_pen_has_a_report(tmp_path: Path, edits: list[tuple[int, int, str]]) -> None:
    text = SMALL
    for at, cut, new in edits:
        text = text[:at] + new + text[at + cut :]
    report = checked(tmp_path, text.encode("utf-8", "surrogatepass"))
    assert report.workflow is not None or report.findings


def leaves(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, part in inside for place in ((*path, key), *leaves(part, (*path, key)))]


DATA = parse(SMALL)[0]


@pytest.mark.parametrize("value", [None, [], {}, "x", 3, True, ["client"], {"a": {"b": 1}}], ids=repr)
def test_a_file_with_any_value_anywhere_has_a_report(tmp_path: Path, value: Any) -> None:
    for *path, last in leaves(DATA):
        data = parse(SMALL)[0]
        target = data
        for step in path:
            target = target[step]
        target[last] = value
        report = checked(tmp_path, json.dumps(data), templates=False)
        assert report.workflow is not None or report.findings, (path, last)
