"""Records from files: YAML, JSON, CSV and standard input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import CASE_S, NUMBER, Outcome, casework

from casework_flow.cli.files import MAX_BYTES, read

Stand = Callable[[str], Path]
HEAD = "date,direction,amount,category,purpose,note"
BOOK = f"{HEAD}\n2025-03-17,income,95000,usaha,,kue\n2025-03-17,expense,70000,pangan,need,\n"


@pytest.fixture
def project(at_stage: Stand) -> Path:
    return at_stage("intervention")


def record(name: str, file: str | Path, *more: str, stdin: bytes = b"") -> Outcome:
    return casework("record", NUMBER, name, file, "--at", "2025-05-11", "--json", *more, stdin=stdin)


def given(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_record_is_told_by_its_items_and_revisions(project: Path, tmp_path: Path) -> None:
    book = given(tmp_path / "book.csv", BOOK)
    assert record("finance", book).data == {
        "case": NUMBER,
        "record": "finance",
        "items": [{"item": 1, "revision": 1}, {"item": 2, "revision": 1}],
        "at": "2025-05-11",
        "by": "rina",
        "warnings": [],
    }
    words = casework("record", NUMBER, "finance", book, "--at", "2025-05-11", "--again")
    assert words.out == "✓ Recorded in KSS-2025-0001: finance, 2 items: 3 to 4.\n"


ROWS = read(str(CASE_S / "sessions.yaml")).data[:2]


@pytest.mark.parametrize(
    "text",
    [
        (CASE_S / "sessions.yaml").read_text(encoding="utf-8"),
        json.dumps(ROWS),
        json.dumps(ROWS, indent="\t"),
        "week_no;held_on;kind;status\n1;2025-03-19;home_visit;held\n",
        "week_no,held_on,kind,status\r\n1,2025-03-19,home_visit,held\r\n",
        "\ufeffweek_no,held_on,kind,status\n1,2025-03-19,home_visit,held\n",
        "---\nweek_no: 1\nheld_on: 2025-03-19\nkind: home_visit\nstatus: held\n",
    ],
    ids=["yaml", "json", "json-tabs", "csv-semicolons", "csv-crlf", "csv-bom", "yaml-marked"],
)
def test_standard_input_is_told_by_its_beginning(text: str, project: Path) -> None:
    outcome = record("session", "-", stdin=text.encode())
    assert outcome.code == 0, outcome.err
    assert outcome.data["items"][0] == {"item": 1, "revision": 1}


def test_yaml_json_and_csv_say_the_same(project: Path, tmp_path: Path) -> None:
    rows = [{"date": "2025-03-17", "direction": "income", "amount": 95000, "category": "usaha", "note": "kue"}]
    rows.append(
        {"date": "2025-03-17", "direction": "expense", "amount": 70000, "category": "pangan", "purpose": "need"}
    )
    assert record("finance", given(tmp_path / "book.csv", BOOK)).code == 0
    semicolons = given(tmp_path / "semicolons.csv", "\ufeff" + BOOK.replace(",", ";"))
    as_json = given(tmp_path / "book.json", json.dumps(rows))
    as_yaml = given(tmp_path / "book.yaml", json.dumps(rows))
    for file in (semicolons, as_json, as_yaml):
        assert "recorded already" in record("finance", file).error["message"]


def test_the_records_keep_the_order_of_the_file(project: Path) -> None:
    outcome = record("finance", CASE_S / "finance.csv")
    count = len((CASE_S / "finance.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert [item["item"] for item in outcome.data["items"]] == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (BOOK + "2025-03-18,income,-5,usaha,,\n", ["book.csv:4: amount"], ""),
        (f"{HEAD}\n2025-03-18,income,x,usaha,,\n", ["book.csv:2: amount"], ""),
        (
            f'{HEAD}\n2025-03-17,income,5,usaha,,"satu\ndua"\n2025-03-18,income,0,usaha,,\n',
            ["book.csv:4: amount"],
            "",
        ),
        (
            f"{HEAD}\n\n2025-03-17,gift,5,usaha,,\n2025-03-17,income,0,usaha,,\n",
            ["book.csv:3: direction", "book.csv:4: amount"],
            "",
        ),
        (f"{HEAD}\n2025-03-17,income,5,usaha,,,terlalu banyak\n", ["book.csv:2"], "7 cells"),
        (BOOK.replace("note", "nota").replace("kue", ""), [], ""),
        (BOOK.replace("note", "nota"), ["book.csv:2: nota"], "note"),
        (f"{HEAD},date\n", ["book.csv:1"], "twice"),
        (f"{HEAD}\n", ["book.csv"], "no row"),
        ("", ["book.csv:1"], "headings"),
        (f'{HEAD}\n2025-03-17,income,5,usaha,,"{"x" * 200_000}"\n', ["book.csv:2"], "CSV"),
        (b"date;direction\n2025-03-17;\x81\n", ["book.csv:2"], "UTF-8"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(
    text: str | bytes, where: list[str], said: str, project: Path, tmp_path: Path
) -> None:
    outcome = record("finance", given(tmp_path / "book.csv", text))
    if not where:
        assert outcome.code == 0, outcome.err
        return
    assert (outcome.code, outcome.out) == (6, ""), outcome.err
    assert [problem["where"] for problem in outcome.error["problems"]] == where
    assert said in outcome.error["problems"][0]["message"]


@pytest.mark.parametrize(
    ("name", "content", "where", "said"),
    [
        ("r.yaml", b"components:\n  - \xe9", "r.yaml:2", "UTF-8"),
        ("r.yaml", "a: 1\na: 2\n", "r.yaml:2", "twice"),
        ("r.yaml", "a: !!python/object:os.system x\n", "r.yaml:1", "tag"),
        ("r.json", '{"a": 1,\n "b": }', "r.json:2", "JSON"),
        ("r.json", '{"a": 1, "a": 2}', "r.json", "twice"),
        ("r.json", '{"a": NaN}', "r.json", "NaN"),
        ("r.json", "[" * 100_000, "r.json", "deep"),
        ("r.json", "9" * 5000, "r.json", ""),
        ("r.xlsx", b"PK\x03\x04", "r.xlsx", "CSV"),
        ("r.yaml", b" " * (MAX_BYTES + 1), "r.yaml", "larger than 10 MB"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_cannot_be_read(
    name: str, content: bytes | str, where: str, said: str, project: Path, tmp_path: Path
) -> None:
    outcome = record("plan", given(tmp_path / name, content))
    assert (outcome.code, outcome.out) == (6, ""), outcome.err
    assert [problem["where"] for problem in outcome.error["problems"]] == [where]
    assert said in outcome.error["problems"][0]["message"]


def test_a_folder_is_no_file(project: Path, tmp_path: Path) -> None:
    assert record("plan", tmp_path).code == 6


def test_a_table_is_no_single_record(project: Path, tmp_path: Path) -> None:
    outcome = record("plan", given(tmp_path / "plan.csv", "client_agreed_on\n2025-03-14\n"), "--revise")
    assert (outcome.code, outcome.error["code"]) == (6, "invalid")


@pytest.mark.parametrize(
    "words", [["--revise", "FILE"], ["FILE", "--revise"], ["--revise", "1", "FILE"], ["FILE", "--revise=1"]]
)
def test_a_single_record_is_revised_with_the_flag_alone(words: list[str], project: Path, tmp_path: Path) -> None:
    genogram = (CASE_S / "genogram.yaml").read_text(encoding="utf-8").replace("age: 13", "age: 14")
    file = str(given(tmp_path / "genogram.yaml", genogram))
    argv = [file if word == "FILE" else word for word in words]
    outcome = casework("record", NUMBER, "genogram", *argv, "--at", "2025-05-11", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.data["items"] == [{"item": 1, "revision": 2}]


def test_an_item_is_revised_by_its_number(project: Path) -> None:
    record("session", CASE_S / "sessions.yaml")
    second = json.dumps({**ROWS[1], "feedback": "Bagus"}, default=str).encode()
    assert record("session", "-", "--revise", "2", stdin=second).data["items"] == [{"item": 2, "revision": 2}]
    assert record("session", "-", "--revise", stdin=second).code == 6
    assert record("session", "-", "--revise", "99", stdin=second).code == 4
