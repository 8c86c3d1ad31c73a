"""export and import on the command line."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pexpect
import pytest
import yaml
from driver import NUMBER, casework

Stand = Callable[[str], Path]
TABLE = (
    "No;Nama;NIK;L/P;Tanggal Lahir;Program;Tahap;Kesan\n"
    "1;Tiur Misal;1216064507880001;P;05/07/1988;PKH;Asesmen;baik\n"
    "2;Dame Fiksi;;P;1/2/1990;PKH;;\n"
)


@pytest.fixture
def project(at_stage: Stand) -> Path:
    return at_stage("assessment")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A project of another office, in which boss works."""
    assert casework("init", tmp_path / "lain", "--office", "Dinas Lain").code == 0
    db = f"sqlite:///{tmp_path / 'lain' / 'casework.db'}"
    assert casework("staff", "add", "boss", "--name", "Bos Contoh", "--role", "supervisor", "--db", db).code == 0
    return tmp_path / "lain"


def test_what_is_exported_is_imported_elsewhere(
    project: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = casework("export", NUMBER, "-o", tmp_path / "c.json", "--json")
    assert out.data == {"file": str(tmp_path / "c.json"), "format": "json", "cases": 1}
    lines = (tmp_path / "c.json").read_bytes()
    assert {json.loads(line)["line"] for line in lines.splitlines()} >= {"export", "case", "event", "record", "end"}
    assert [json.loads(one)["line"] for one in casework("export").stdout.splitlines()][-1] == "end"
    monkeypatch.chdir(other)
    dry = casework("import", tmp_path / "c.json", "--as", "boss", "--dry-run", "--json")
    assert dry.data == {"cases": [NUMBER], "skipped": [], "warnings": [], "dry_run": True}
    done = casework("import", "-", "--as", "boss", stdin=lines)
    assert (done.code, done.out) == (0, f"✓ Imported; cases: 1.\nCases: {NUMBER}.\n")
    again = casework("import", tmp_path / "c.json", "--as", "boss", "--json")
    assert (again.code, again.error["code"]) == (3, "refused")
    assert NUMBER in again.error["message"]
    assert casework("verify").code == 0


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["-o", "x.csv"], b"\xef\xbb\xbfCase,"),
        (["--csv", "-o", "x"], b"\xef\xbb\xbfCase,"),
        (["--csv", "--table", "records", "--lang", "id", "-o", "x"], "\ufeffKasus,Catatan,".encode()),
        (["-o", "x.xlsx"], b"PK\x03\x04"),
        (["-o", "x.xes"], b"<?xml"),
        (["--xes", "-o", "x"], b"<?xml"),
        (["--ocel", "-o", "x.json"], b'{"objects":'),
        (["-o", "x.jsonl"], b'{"line": "export"'),
        (["--format", "json", "-o", "x.txt"], b'{"line": "export"'),
    ],
)
def test_the_form_is_that_of_the_option_or_of_the_file(words: list[str], start: bytes, project: Path) -> None:
    outcome = casework("export", *words)
    assert outcome.code == 0, outcome.err
    assert outcome.err == f"{words[-1]} is written; cases: 1.\n" or "--lang" in words
    assert (project / words[-1]).read_bytes().startswith(start)


def test_an_export_that_fails_leaves_the_file_as_it_was(project: Path) -> None:
    file = project / "c.json"
    file.write_text("kept", encoding="utf-8")
    before = sorted(project.iterdir())
    assert casework("export", NUMBER, "KSS-2025-9999", "-o", file).code == 4
    assert casework("export", "-o", project / "none" / "c.json").code == 1
    assert file.read_text(encoding="utf-8") == "kept"
    assert sorted(project.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ["export", "--identity", "full"],
        ["export", "--csv", "--everything"],
        ["export", "--xlsx", "--table", "finance"],
        ["export", "--format", "pdf"],
        ["import"],
        ["import", "c.json", "--workflow", "casework", "--as", "rina"],
        ["import", "c.json", "--duplicates", "merge", "--as", "rina"],
    ],
)
def test_a_command_line_that_means_nothing_is_refused(words: list[str], project: Path) -> None:
    (project / "c.json").write_text("{}", encoding="utf-8")
    assert casework(*words).code == 2


def test_choices_are_taken_by_their_labels_too_and_a_refusal_lists_both(project: Path) -> None:
    for status in ("aktif", "Aktif", "active"):
        assert len(casework("list", "--status", status, "--lang", "id", "--json").data) == 1
    assert casework("export", "--csv", "--table", "keuangan", "-o", "k.csv", "--lang", "id").code == 0
    assert (project / "k.csv").read_text(encoding="utf-8-sig").startswith("Kasus,Butir,")
    added = casework("staff", "add", "ani", "--name", "Ani Contoh", "--role", "pekerja sosial", "--lang", "id")
    assert added.code == 0, added.err
    refused = casework("list", "--status", "gembira", "--lang", "id")
    assert refused.code == 2
    assert "active (aktif)" in refused.err
    assert "active (" not in casework("list", "--status", "happy", "--lang", "en").err
    (project / "k.csv").write_text(TABLE.replace(";Kesan", ";No"), encoding="utf-8")
    for word in ("lewati", "skip"):
        found = casework("import", "k.csv", "--duplicates", word, "--dry-run", "--at", "2025-06-01", "--lang", "id")
        assert found.code == 0, found.err


def test_importing_needs_somebody_who_does_it_and_a_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert casework("import", "none.csv").code == 4
    monkeypatch.delenv("CASEWORK_AS")
    assert casework("import", "none.csv").code == 2


def test_a_table_is_imported_with_a_mapping_that_was_saved(project: Path) -> None:
    table, mapping, saved = project / "klien.csv", project / "map.yaml", project / "saved.yaml"
    table.write_text(TABLE, encoding="utf-8")
    refused = casework("import", table, "--json")
    assert (refused.code, [p["where"] for p in refused.error["problems"]]) == (6, ["klien.csv: Kesan"])
    mapping.write_text("columns: {Kesan: ignore}\n", encoding="utf-8")
    how = ["--mapping", mapping, "--save-mapping", saved, "--at", "2025-06-01"]
    done = casework("import", table, *how, "--json")
    assert done.data["cases"] == ["KSS-2025-0002", "KSS-2025-0003"]
    assert yaml.safe_load(saved.read_text(encoding="utf-8"))["columns"] == {
        "No": "ignore",
        "Nama": "client.name",
        "NIK": "client.nik",
        "L/P": "client.sex",
        "Tanggal Lahir": "client.birth_date",
        "Program": "case.workflow",
        "Tahap": "case.stage",
        "Kesan": "ignore",
    }
    doubt = casework("import", table, "--mapping", saved, "--json")
    assert (doubt.code, doubt.error["code"]) == (3, "refused")
    assert [problem["where"] for problem in doubt.error["problems"]] == ["klien.csv:2", "klien.csv:3"]
    skipped = casework("import", table, "--mapping", saved, "--duplicates", "skip", "--json")
    assert skipped.data == {"cases": [], "skipped": ["klien.csv:2", "klien.csv:3"], "warnings": []}
    history = casework("history", "KSS-2025-0002").out
    assert "imported from a table" in history
    assert casework("verify").code == 0


def test_a_finance_book_is_recorded_from_a_workbook(at_stage: Stand) -> None:
    folder = at_stage("intervention")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Maret"
    for row in (["Tanggal", "Uraian", "Pemasukan"], ["17/03/2025", "kue", "Rp 95.000,-"], ["18/03/2025", "kue", 0.5]):
        sheet.append(row)
    target = BytesIO()
    book.save(target)
    (folder / "buku.xlsx").write_bytes(target.getvalue())
    wrong = casework("record", NUMBER, "finance", "buku.xlsx", "--at", "2025-05-11", "--json")
    assert (wrong.code, [p["where"] for p in wrong.error["problems"]]) == (6, ["buku.xlsx:Maret!3: Pemasukan"])
    sheet["C3"] = "5.000"
    book.save(folder / "buku.xlsx")
    assert len(casework("record", NUMBER, "finance", "buku.xlsx", "--at", "2025-05-11", "--json").data["items"]) == 2
    piped = casework(
        "record", NUMBER, "finance", "-", "--at", "2025-05-11", stdin=(folder / "buku.xlsx").read_bytes()
    )
    assert piped.code == 3  # this very content is recorded already


def terminal(words: str, folder: Path) -> pexpect.spawn[str]:
    env = {**os.environ, "LC_ALL": "C.UTF-8", "CASEWORK_AS": "rina", "COLUMNS": "80", "TERM": "xterm"}
    command = f"-c 'from casework_flow.cli import main; main()' {words}"
    return pexpect.spawn(f"{sys.executable} {command}", cwd=str(folder), env=env, encoding="utf-8", timeout=20)  # type: ignore[arg-type]


def test_on_a_terminal_it_asks_what_columns_give_and_what_becomes_of_duplicates(project: Path) -> None:
    table = project / "klien.csv"
    table.write_text(TABLE, encoding="utf-8")
    asked = terminal("import klien.csv", project)
    asked.expect("What does the column Kesan give")
    asked.sendline("client.nama")
    asked.expect(r"Did you mean client\.name\?")
    asked.sendline("ignore")
    asked.expect("Imported; cases: 2")
    asked.wait()
    again = terminal("import klien.csv", project)
    again.expect("Kesan")
    again.sendline("")
    again.expect("Leave these rows out")
    again.sendline("skip")
    again.expect("Left out: klien.csv:2, klien.csv:3")
    again.wait()
    assert again.exitstatus == 0


@pytest.mark.parametrize(
    ("lang", "answer", "target"),
    [
        ("id", "abaikan", "ignore"),
        ("en", "ignore", "ignore"),
        ("id", "Nomor register", "case.reference"),
        ("id", "case.reference", "case.reference"),
        ("en", "number", "case.reference"),
    ],
)
def test_on_a_terminal_a_column_is_answered_with_a_number_a_label_or_ignore(
    lang: str, answer: str, target: str, project: Path
) -> None:
    (project / "klien.csv").write_text(TABLE, encoding="utf-8")
    asked = terminal(f"import klien.csv --lang {lang} --save-mapping saved.yaml", project)
    asked.expect(r"\(such as baik\)|\(misalnya baik\)|Kesan")
    lines = asked.before.splitlines()
    assert max(map(len, lines)) <= 80
    if answer == "number":
        found = re.search(r"(\d+) Register number", asked.before)
        assert found
        answer = found[1]
    asked.sendline(answer)
    asked.expect(pexpect.EOF)
    asked.wait()
    assert asked.exitstatus == 0
    saved = yaml.safe_load((project / "saved.yaml").read_text(encoding="utf-8"))
    assert saved["columns"]["Kesan"] == target


def test_what_takes_longer_than_a_second_shows_how_far_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from casework_flow.cli import progress
    from casework_flow.cli.app import App
    from casework_flow.messages import Message

    moments = iter([0.0, 0.5, 1.5, 1.6])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments, 9.0))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress.counting(App(lang="id"), Message("Exporting the cases"), total=3) as step:
        step()
        assert capsys.readouterr().err == ""
        step()
        step()
    assert "Mengekspor kasus" in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    with progress.counting(App(lang="id"), Message("Exporting the cases")) as step:
        step()
    assert capsys.readouterr().err == ""
