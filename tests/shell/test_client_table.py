"""An office's table of clients: cases that begin where it has them, and nothing claimed of what was before."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from case_s import OFFICE, TEMPLATES, Clock
from test_eventlog import exported, mined

from casework_flow.casework import Casework
from casework_flow.columns import TableMapping
from casework_flow.duplicates import sound
from casework_flow.errors import Invalid, Refused
from casework_flow.exchange import Doubtful, Imported
from casework_flow.petrinet import pnml

HEADINGS = [
    "No", "Nama Lengkap", "NIK", "Jenis Kelamin (L/P)", "Tanggal Lahir", "Alamat", "Desa/Kelurahan", "Kecamatan",
    "Kabupaten", "No. HP", "Status Perkawinan", "Pendamping", "Program", "Pekerja Sosial", "Tanggal Mulai", "Tahap",
    "Tanggal Tutup", "Alasan Tutup", "No. Register",
]  # fmt: skip
TIUR = [
    1, "Tiur Misal", "1216064507880001", "P", "05/07/1988", "Jalan Contoh 1", "Bonan Dolok", "Doloksanggul",
    "Humbang Hasundutan", 81234567890, "Menikah", "Rudi Contoh", "PKH", "maya", "3 Maret 2025", "Intervensi",
    None, None, "07/2025",
]  # fmt: skip
JONNER = [
    2, "Jonner Umpama", "1216061203750002", "Laki-laki", "12/03/1975", None, None, "Pollung", None, "0812-3456-7891",
    "Kawin", None, "PKH", "Maya Contoh", "15/01/2024", None, "20/08/2024", "Tujuan tercapai", None,
]  # fmt: skip
DAME = [
    3,
    "Dame Fiksi",
    None,
    None,
    "1/2/1990",
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    "PKH",
    None,
    None,
    None,
    None,
    None,
    None,
]


@pytest.fixture
def cw(tmp_path: Path) -> Casework:
    made = Casework(f"sqlite:///{tmp_path / 'casework.db'}", office=OFFICE, templates=[TEMPLATES], clock=Clock())
    made.add_staff("sup", full_name="Supervisor Contoh", role="supervisor")
    made.add_staff("maya", full_name="Maya Contoh", role="social_worker", supervisor="sup")
    made.add_staff("budi", full_name="Budi Contoh", role="auditor")
    return made


def table(*rows: list[Any], head: list[str] = HEADINGS) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Klien"
    sheet.append(["DAFTAR KLIEN"])
    for row in (head, *rows):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def take_in(cw: Casework, content: bytes, **how: Any) -> Imported:
    return cw.import_table(content, name="klien.xlsx", **{"by": "sup", **how})


def rows_of(database: Path) -> list[Any]:
    with sqlite3.connect(database) as found:
        tables = [name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [found.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall() for name in sorted(tables)]  # noqa: S608
    found.close()
    return rows


def test_cases_begin_where_the_table_has_them(cw: Casework) -> None:
    assert take_in(cw, table(TIUR, JONNER, DAME)).cases == ("KSS-2025-0001", "KSS-2024-0001", "KSS-2025-0002")
    tiur, jonner, dame = (cw.case(n) for n in ("KSS-2025-0001", "KSS-2024-0001", "KSS-2025-0002"))
    assert (tiur.stage, tiur.status, tiur.worker, str(tiur.opened_on)) == (
        "intervention",
        "active",
        "maya",
        "2025-03-03",
    )
    assert (jonner.stage, jonner.status, jonner.because) == ("termination", "closed", "goals_met")
    assert (str(jonner.opened_on), str(jonner.closed_on), jonner.worker) == ("2024-01-15", "2024-08-20", "maya")
    assert (dame.stage, dame.status, dame.worker, str(dame.opened_on)) == (
        "engagement",
        "active",
        "sup",
        "2025-12-01",
    )
    assert cw.verify() == ()
    assert cw.rebuild() == ()


def test_the_client_is_recorded_as_the_table_has_them(cw: Casework) -> None:
    take_in(cw, table(TIUR, DAME))
    lines = [json.loads(line) for line in exported(cw).splitlines()]
    tiur, dame = (line["content"] for line in lines if line["line"] == "record")
    assert tiur == {
        "name": "Tiur Misal",
        "initials": "TM",
        "sex": "female",
        "birth_date": "1988-07-05",
        "nik": "1216064507880001",
        "marital_status": "married",
        "phone": "+6281234567890",
        "address": {
            "detail": "Jalan Contoh 1, Desa/Kelurahan Bonan Dolok, Kecamatan Doloksanggul, Humbang Hasundutan"
        },
        "companion": {"name": "Rudi Contoh"},
    }
    assert (dame["sex"], "nik" in dame, bool(dame["nik_absent_reason"])) == ("unknown", False, True)


def test_the_history_says_who_imported_it_and_from_where_and_claims_nothing_else(cw: Casework) -> None:
    content = table(TIUR)
    take_in(cw, content)
    (event,) = cw.history("KSS-2025-0001")
    assert (event["kind"], event["by"], event["role"]) == ("imported", "sup", "supervisor")
    body = event["body"]
    assert body["file"] == hashlib.sha256(content).hexdigest()
    assert (body["to"], body["status"], body["opened_on"]) == ("intervention", "active", "2025-03-03")
    assert "guards" not in body
    assert event["private"] == {"place": "klien.xlsx:Klien!3", "reference": "07/2025"}
    assert cw.documents("KSS-2025-0001") == ()


def test_an_imported_case_lives_on_as_any_other(cw: Casework) -> None:
    take_in(cw, table(TIUR, JONNER))
    with pytest.raises(Refused):
        cw.advance("KSS-2025-0001", by="maya")
    cw.move("KSS-2025-0001", "pause", by="maya", reason="klien sakit")
    cw.move("KSS-2025-0001", "resume", by="maya", reason="klien sembuh")
    cw.move("KSS-2025-0001", "revise", by="maya", reason="rencana disusun")
    assert cw.case("KSS-2025-0001").stage == "planning"
    assert cw.verify() == ()


def test_a_case_that_was_paused_is_imported_paused(cw: Casework) -> None:
    row = [*TIUR, "Ditunda"]
    take_in(cw, table(row, head=[*HEADINGS, "Status Kasus"]))
    assert cw.case("KSS-2025-0001").status == "paused"
    cw.move("KSS-2025-0001", "resume", by="maya", reason="klien kembali")
    assert cw.case("KSS-2025-0001").status == "active"
    assert cw.verify() == ()


def test_imported_cases_fit_the_net_of_their_workflow(cw: Casework, tmp_path: Path) -> None:
    take_in(cw, table(TIUR, JONNER, DAME))
    cw.move("KSS-2025-0001", "revise", by="maya", reason="rencana disusun")
    log, net = tmp_path / "log.xes", tmp_path / "net.pnml"
    log.write_bytes(exported(cw, form="xes"))
    net.write_text(pnml(cw.workflow("KSS-2025-0001"), "id"), encoding="utf-8")
    traces = mined("conformance", log, net)["traces"]
    assert [trace["alignment"] for trace in traces] == [1.0] * 3
    assert {trace["events"][0][0] for trace in traces} == {"import"}


def test_imported_cases_go_out_and_in_again(cw: Casework, tmp_path: Path) -> None:
    take_in(cw, table(TIUR, JONNER, DAME))
    other = Casework(f"sqlite:///{tmp_path / 'other.db'}", office=OFFICE, templates=[TEMPLATES], clock=Clock())
    other.add_staff("boss", full_name="Bos Contoh", role="supervisor")
    assert len(other.import_lines(io.BytesIO(exported(cw)), name="c.json", by="boss").cases) == 3
    assert other.verify() == ()
    assert [case.number for case in other.list()] == [case.number for case in cw.list()]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("NIK", 1216064507880000, "15 digits"),
        ("NIK", "123", "16 digits"),
        ("Tanggal Lahir", "05/07/25", "four digits"),
        ("Tanggal Lahir", "31/02/1988", "no date"),
        ("Tanggal Mulai", "2026-01-01", "after the working date"),
        ("Tanggal Tutup", "2025-01-01", "before"),
        ("Tahap", "Tahap Sembilan", "no stage"),
        ("Program", "Tidak Ada", "no programme"),
        ("Pekerja Sosial", "mayo", "Did you mean maya?"),
        ("Alasan Tutup", "bosan", "not closed"),
        ("Jenis Kelamin (L/P)", "X", "none of"),
        ("No. HP", "12", "mobile number"),
        ("Nama Lengkap", None, "required"),
    ],
)
def test_a_wrong_row_is_told_with_its_place_its_heading_and_its_reason(
    column: str, cell: object, said: str, cw: Casework, tmp_path: Path
) -> None:
    wrong = [cell if heading == column else value for heading, value in zip(HEADINGS, TIUR, strict=True)]
    before = rows_of(tmp_path / "casework.db")
    with pytest.raises(Invalid) as refusal:
        take_in(cw, table(JONNER, wrong))
    (problem,) = [p for p in refusal.value.problems if p.where == f"klien.xlsx:Klien!4: {column}"]
    assert said in str(problem.message)
    assert rows_of(tmp_path / "casework.db") == before


def test_all_wrong_rows_are_told_at_once(cw: Casework) -> None:
    rows = [[place, f"Nama {place}", "123", "P", "x", *TIUR[5:]] for place in range(150)]
    with pytest.raises(Invalid) as refusal:
        take_in(cw, table(*rows), duplicates="open")
    assert len(refusal.value.problems) == 201
    assert "100 further" in str(refusal.value.problems[-1].message)


def test_every_fault_of_a_row_is_told_whatever_else_is_wrong_with_it(cw: Casework) -> None:
    take_in(cw, table(TIUR))
    wrong = dict(zip(HEADINGS, TIUR, strict=True)) | {
        "Nama Lengkap": "Marihot Teladan",
        "NIK": "12160",
        "Jenis Kelamin (L/P)": "X",
        "Program": "Tidak Ada",
        "Pekerja Sosial": "mayo",
        "Tanggal Mulai": "31/02/2025",
        "Alasan Tutup": "bosan",
    }
    same = ["Orang Lain" if cell == TIUR[1] else cell for cell in TIUR]
    number = [*JONNER[:2], 1216061203750000, *JONNER[3:]]
    with pytest.raises(Invalid) as refusal:
        take_in(cw, table(list(wrong.values()), same, number, JONNER, JONNER), dry_run=True)
    told = [(problem.where, str(problem.message)) for problem in refusal.value.problems]
    assert {where.partition(": ")[2] for where, _ in told if where.startswith("klien.xlsx:Klien!3: ")} == {
        "NIK", "Jenis Kelamin (L/P)", "Program", "Pekerja Sosial", "Tanggal Mulai", "Alasan Tutup",
    }  # fmt: skip
    assert any(where == "klien.xlsx:Klien!4" and "KSS-2025-0001: the same NIK" in said for where, said in told)
    assert any(where == "klien.xlsx:Klien!5: NIK" and "15 digits" in said for where, said in told)
    assert any(where == "klien.xlsx:Klien!7" and "Klien!6: the same NIK" in said for where, said in told)


@pytest.mark.parametrize(
    "total",
    [
        [None, "Jumlah", 4],
        ["Jumlah", "4 orang", None],
        [None, None, "Total", 4],
    ],
)
def test_a_total_below_the_rows_is_left_out_and_said(total: list[Any], cw: Casework) -> None:
    found = take_in(cw, table(TIUR, total))
    assert len(found.cases) == 1
    assert [str(remark) for remark in found.warnings] == [
        "klien.xlsx:Klien!4: this row sums up the others; it is left out."
    ]


@pytest.mark.parametrize("name", ["client.yaml", "KLIEN.YML"])
def test_the_form_of_one_client_is_no_table_and_that_is_said_once(name: str, cw: Casework) -> None:
    with pytest.raises(Invalid) as refusal:
        cw.import_table(b"# the client\nname: Tiur Misal\nsex: female\n", name=name, by="sup", workflow="casework")
    (problem,) = refusal.value.problems
    assert "casework open --client" in str(problem.message)


def test_a_column_that_nobody_knows_is_asked_about_unless_a_mapping_says(cw: Casework) -> None:
    content = table([*TIUR, "baik", "I-3"], head=[*HEADINGS, "Kesan", "Fase"])
    with pytest.raises(Invalid) as refusal:
        take_in(cw, content)
    assert [problem.where for problem in refusal.value.problems] == ["klien.xlsx: Kesan", "klien.xlsx: Fase"]
    said = {
        "columns": {"Kesan": "ignore", "Fase": "case.stage", "Tahap": "ignore"},
        "values": {"case.stage": {"I-3": "planning"}},
    }
    take_in(cw, content, mapping=TableMapping.from_data(said, "map.yaml"))
    assert cw.case("KSS-2025-0001").stage == "planning"


@pytest.mark.parametrize(
    "said",
    [
        [],
        "x",
        {"columns": []},
        {"columns": {"Nama": "client.nama"}},
        {"values": {"case.x": {}}},
        {"values": {"case.stage": 1}},
        {"x": 1},
    ],
)
def test_a_mapping_that_is_none_is_refused(said: object) -> None:
    with pytest.raises(Invalid, match=r"map\.yaml"):
        TableMapping.from_data(said, "map.yaml")


def test_the_programme_may_be_named_for_all_rows(cw: Casework) -> None:
    content = table(["Tiur Misal", "Asesmen"], head=["Nama", "Tahap"])
    with pytest.raises(Invalid, match="--workflow"):
        take_in(cw, content)
    take_in(cw, content, workflow="casework")
    assert cw.case("KSS-2025-0001").workflow == "casework"


def test_clients_who_may_be_here_already_are_told_and_nothing_is_done(cw: Casework, tmp_path: Path) -> None:
    take_in(cw, table(TIUR, JONNER))
    before = rows_of(tmp_path / "casework.db")
    again = [
        [1, "Orang Lain", "1216064507880001", *TIUR[3:]],  # the same NIK
        [2, "Djoner Oempama", None, *JONNER[3:]],  # the same name, in the spelling of before 1972
        [3, "Tiur Missal", None, *TIUR[3:]],
        [4, "Jonner Umpama", None, "L", "01/01/1960", *JONNER[5:]],  # another birth date: somebody else
        DAME,
        [9, "Dame Fiksy", *DAME[2:]],
    ]
    with pytest.raises(Doubtful) as doubt:
        take_in(cw, table(*again))
    assert sorted({problem.where for problem in doubt.value.problems}) == [
        f"klien.xlsx:Klien!{n}" for n in (3, 4, 5, 8)
    ]
    assert rows_of(tmp_path / "casework.db") == before
    found = take_in(cw, table(*again), duplicates="skip", dry_run=True)
    assert (len(found.cases), len(found.skipped)) == (2, 4)
    assert rows_of(tmp_path / "casework.db") == before
    assert len(take_in(cw, table(*again), duplicates="skip").cases) == 2
    assert len(take_in(cw, table(TIUR), duplicates="open").cases) == 1
    assert cw.verify() == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Soekarno", "Sukarno"),
        ("Djamilah", "Jamila"),
        ("Tjut Nyak", "Cut Nyak"),
        ("Siti  Aminah", "sitti aminah"),
        ("Aminah Siti", "Siti Aminah"),
        ("Taufik", "Taufiq"),
        ("Fatimah, Hj.", "Fatimah Hj"),
    ],
)
def test_a_name_sounds_the_same_in_every_spelling(one: str, other: str) -> None:
    assert sound(one) == sound(other)
    assert sound(one) != sound("Marihot Teladan")


def test_who_may_not_open_cases_may_not_import_them(cw: Casework) -> None:
    with pytest.raises(Refused):
        take_in(cw, table(DAME), by="budi")


def test_a_working_date_is_that_of_the_import(cw: Casework) -> None:
    take_in(cw, table(TIUR), at="2025-06-01")
    assert cw.history("KSS-2025-0001")[0]["on"] == "2025-06-01"
    with pytest.raises(Invalid):
        take_in(cw, table(JONNER), at="2024-02-01")  # it was closed only after that day


def test_the_same_key_gives_the_same_cases(cw: Casework) -> None:
    content = table(TIUR, DAME, DAME)
    first = take_in(cw, content, key="k", duplicates="skip")
    again = take_in(cw, content, key="k", duplicates="skip")
    assert (again.cases, again.skipped) == (first.cases, ("klien.xlsx:Klien!5",)) == (first.cases, first.skipped)
    assert len(cw.list()) == 2


def test_listeners_are_told(cw: Casework) -> None:
    told: list[Imported] = []
    cw.on("imported", told.append)
    take_in(cw, table(DAME))
    assert [found.cases for found in told] == [("KSS-2025-0001",)]
