"""Finance books and visit logs as families and offices keep them, in XLSX and CSV."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from casework_flow.errors import Invalid
from casework_flow.records.types import RECORD_TYPES
from casework_flow.recordtable import Table, read

TODAY = date(2025, 6, 30)
HEADINGS = ["No", "Tanggal", "Uraian", "Pemasukan (Rp)", "Pengeluaran (Rp)", "Keperluan", "Saldo"]
ITEMS = (
    {"date": "2025-03-17", "direction": "income", "amount": 95_000, "category": "jual kue"},
    {"date": "2025-03-17", "direction": "expense", "amount": 70_000, "category": "beras", "purpose": "need"},
    {
        "date": "2025-03-18",
        "direction": "expense",
        "amount": 1_250_000,
        "category": "tepung",
        "purpose": "business_capital",
    },
)


def book(*sheets: tuple[str, list[list[Any]]], hidden: str = "") -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title == hidden:
            sheet.sheet_state = "hidden"
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def finance(content: bytes, name: str = "buku.xlsx") -> Table:
    return read(content, name, RECORD_TYPES["finance"], TODAY)


def test_a_book_with_its_title_numbers_and_totals_is_read() -> None:
    rows = [
        ["BUKU KEUANGAN KELUARGA"],
        ["Maret 2025"],
        [],
        HEADINGS,
        [1, date(2025, 3, 17), "jual kue", 95_000, None, None, 95_000],
        [2, "17/03/2025", "beras", "-", "70.000", "Kebutuhan", 25_000],
        [],
        [3, "18 Maret 2025", "tepung", None, "Rp 1.250.000,00", "modal usaha", 0],
        [None, None, "Jumlah", 95_000, 1_320_000],
    ]
    found = finance(book(("Maret", rows)))
    assert found.items == ITEMS
    assert found.places == ("buku.xlsx:Maret!5", "buku.xlsx:Maret!6", "buku.xlsx:Maret!8")


def test_a_sheet_for_each_month_is_one_book_and_hidden_sheets_are_left_out() -> None:
    march, april = [HEADINGS, [1, "17/03/2025", "kue", 5]], [HEADINGS, [1, "01/04/2025", "kue", 6]]
    found = finance(book(("Maret", march), ("April", april), ("Daftar", [["kebutuhan"], ["x"]]), hidden="Daftar"))
    assert [item["date"] for item in found.items] == ["2025-03-17", "2025-04-01"]
    assert found.places == ("buku.xlsx:Maret!2", "buku.xlsx:April!2")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_every_encoding_and_every_mark_between_cells_is_found_out(encoding: str, mark: str) -> None:
    rows = [["Tanggal", "Uraian", "Pemasukan"], ["17/03/2025", "kué", '"95,000"']]
    text = "".join(mark.join(row) + "\r\n" for row in rows)
    (item,) = finance(text.encode(encoding), "buku.csv").items
    assert item == {"date": "2025-03-17", "direction": "income", "amount": 95_000, "category": "kué"}


def test_what_excel_writes_before_the_headings_is_understood() -> None:
    found = finance(b"sep=;\r\nTanggal;Uraian;Pemasukan\r\n17/03/2025;kue;5.000\r\n", "buku.csv")
    assert (found.items[0]["amount"], found.places) == (5_000, ("buku.csv:3",))


def test_one_row_with_both_is_two_entries_at_one_place() -> None:
    text = "Tanggal;Uraian;Pemasukan;Pengeluaran;Keperluan\n17/03/2025;pasar;95.000;20.000;modal\n"
    found = finance(text.encode(), "buku.csv")
    assert [(item["direction"], item["amount"]) for item in found.items] == [("income", 95_000), ("expense", 20_000)]
    assert found.places == ("buku.csv:2", "buku.csv:2")


def test_a_column_for_the_direction_will_do_and_categories_stay_beside_notes() -> None:
    text = "Tgl,Jenis,Jumlah,Kategori,Sifat,Keterangan\n17/3/2025,Keluar,25.000,pangan,butuh,telur\n"
    assert finance(text.encode(), "buku.csv").items == (
        {
            "date": "2025-03-17",
            "direction": "expense",
            "amount": 25_000,
            "category": "pangan",
            "purpose": "need",
            "note": "telur",
        },
    )


def test_a_log_of_visits_is_read_by_its_indonesian_headings() -> None:
    rows = [
        [
            "Minggu ke-",
            "Tanggal Kunjungan",
            "Jenis Kunjungan",
            "Terlaksana",
            "Kegiatan",
            "Buku Diperiksa",
            "Tindak Lanjut",
        ],
        [1, date(2025, 3, 19), "Kunjungan rumah", "Ya", "memandu pencatatan", "tidak", "kunjungan berikut"],
        [2, "26 Mar 2025", "Telepon", "Klien tidak hadir", None, None, None],
    ]
    assert read(book(("Log", rows)), "log.xlsx", RECORD_TYPES["session"], TODAY).items == (
        {
            "week_no": 1,
            "held_on": "2025-03-19",
            "kind": "home_visit",
            "status": "held",
            "activities": "memandu pencatatan",
            "book_checked": False,
            "next_steps": "kunjungan berikut",
        },
        {"week_no": 2, "held_on": "2025-03-26", "kind": "phone", "status": "client_absent"},
    )


def test_every_unclear_cell_and_every_other_fault_is_told_at_once() -> None:
    rows = [
        HEADINGS,
        [1, "31/02/2025", "a", 5],
        [2, "17/03/2025", "b", "1.25"],
        [3, "17/03/2025", "c", None, 5],
        [4, None, "d", 5],
    ]
    with pytest.raises(Invalid) as refusal:
        finance(book(("Maret", rows)))
    assert [problem.where for problem in refusal.value.problems] == [
        "buku.xlsx:Maret!2: Tanggal",
        "buku.xlsx:Maret!3: Pemasukan (Rp)",
        "buku.xlsx:Maret!4: purpose",
        "buku.xlsx:Maret!5: date",
    ]


def test_merged_titles_above_the_headings_are_no_harm() -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(("Maret", [["BUKU"], HEADINGS, [1, "17/03/2025", "kue", 5]]))))
    made.worksheets[0].merge_cells("A1:G1")
    target = io.BytesIO()
    made.save(target)
    assert len(finance(target.getvalue()).items) == 1
