"""Files that nobody should have to read: what people, old programs and strangers hand in instead of tables.

Everything is made here, the same each time. A sample is a file's name, its content, and the place that its refusal
must name.
"""

# ruff: noqa: E501  # a corpus is read as it stands
from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

HEAD = ["Tanggal", "Uraian", "Pemasukan", "Pengeluaran", "Keperluan"]
ROW = ["17/03/2025", "jual kue", "95.000", "", ""]
CLIENTS = ["Nama", "NIK", "Jenis Kelamin", "Tanggal Lahir", "Program", "Tanggal Mulai", "Tahap"]
CLIENT = ["Tiur Misal", "1216064507880001", "P", "05/07/1988", "pkh-economic", "03/03/2025", "Asesmen"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


class Sample(NamedTuple):
    """A file, and what its refusal must name beside it."""

    family: str
    name: str
    content: bytes
    verb: str
    place: str = ""


def csv_of(*rows: list[Any], mark: str = ";") -> str:
    return "".join(mark.join(map(str, row)) + "\n" for row in rows)


def book(*rows: list[Any], change: Any = None) -> bytes:
    """A workbook of one sheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Maret"
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def repacked(content: bytes, parts: dict[str, bytes | None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook with some of its parts replaced, added, or (None) left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            if part is not None:
                new.writestr(name, part)
    return target.getvalue()


def sheet_xml(body: str, before: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
    ).encode()


SHEET = "xl/worksheets/sheet1.xml"
GOOD_BOOK = book(HEAD, ["17/03/2025", "jual kue", 95000, None, None])


def samples() -> Iterator[Sample]:
    """The whole corpus."""
    yield from _encodings()
    yield from _amounts()
    yield from _dates()
    yield from _shapes()
    yield from _niks()
    yield from _clients()
    yield from _cells()
    yield from _merged()
    yield from _packages()
    yield from _bombs()
    yield from _truncated()
    yield from _jsons()
    yield from _yamls()
    yield from _exports()
    yield from _noise()


def _encodings() -> Iterator[Sample]:
    text = csv_of(HEAD, ROW)
    for encoding in ("utf-32", "utf-32-le", "cp037", "cp500", "utf-16-le", "utf-16-be"):
        broken = text.replace("jual kue", "jual kué \x00")
        yield Sample("encoding", f"{encoding}.csv", broken.encode(encoding), "finance")
    for place, byte in enumerate((0x81, 0x8D, 0x8F, 0x90, 0x9D)):  # what Windows-1252 has not
        yield Sample("encoding", f"cp1252-{place}.csv", text.encode() + bytes([byte]) + b";;;;\n", "finance", ":3")
    for control in (*range(9), 11, 12, *range(14, 32), 127):
        line = csv_of(["18/03/2025", f"kue{chr(control)}", "5.000", "", ""]).encode()
        yield Sample("control", f"control-{control}.csv", text.encode() + line, "finance", ":3")
    yield Sample("encoding", "odd.csv", text.encode("utf-16") + b"\x00", "finance")
    yield Sample("encoding", "half.csv", "\ufeff".encode("utf-16-le") + b"\x00\xd8", "finance")


def _amounts() -> Iterator[Sample]:
    amounts = (
        "1.25", "1,5", "12.34.567", "1.250,000", "1.250.000,50", "1,250.000.000", "-25.000", "(25.000)", "25rb",
        "25 ribu", "2,5 juta", "1e6", "1E+06", "0x10", "1/2", "12½", "١٢٣", "１２３", "Rp", "USD 5", "$5", "5 %",
        "=1+1", "+5", "#REF!", "#N/A", "lima", "1.000.00", "1..000", ",000", ".5", "1'0", "1.0000", "00.000.00",
        "9" * 16, "9" * 70, "∞", "NaN", "inf", "0", "1.000.000.000.000.000.000.000", "Rp 1.000 + Rp 2.000", "5.000/hari",
    )  # fmt: skip
    for place, amount in enumerate(amounts):
        rows = [HEAD, ROW, ["18/03/2025", "kue", amount, "", ""]]
        yield Sample("amount", f"amount-{place}.csv", csv_of(*rows).encode(), "finance", ":3")
        yield Sample(
            "amount", f"amount-{place}.xlsx", book(HEAD, [*ROW[:2], 5, None, None], rows[2]), "finance", "!3"
        )
    for place, number in enumerate((0.5, 95000.25, 1e300, -5, True)):
        content = book(HEAD, ["18/03/2025", "kue", number, None, None])
        yield Sample("amount", f"number-{place}.xlsx", content, "finance", "!2")


def _dates() -> Iterator[Sample]:
    dates = (
        "03/25/2025", "31/02/2025", "30/02/2025", "29/02/2025", "32/01/2025", "00/01/2025", "17/13/2025", "1/2/3",
        "17 Foo 2025", "Maret 2025", "2025", "kemarin", "17032025", "20250317", "17//03//2025", "17/03", "17-Mar",
        "2025-03", "2025-W12-1", "2025-13-01", "17/03/20255", "17/03/202", "٢٠٢٥-٠٣-١٧", "17 Maret", "Senin",
        "17/03/2099", "2099-01-01", "1/1/1800", "99999", "12345678", "1.5", "-1", "#VALUE!", "17/03/2025 10:00",
        "17 s.d. 20 Maret 2025", "17/18 Maret 2025", "sda", "idem", '"', "17 Muharram 1446", "0000-00-00",
    )  # fmt: skip
    for place, day in enumerate(dates):
        rows = [HEAD, ROW, [day, "kue", "5.000", "", ""]]
        if '"' not in day:
            yield Sample("date", f"date-{place}.csv", csv_of(*rows).encode(), "finance", ":3")
        content = book(HEAD, [date(2025, 3, 17), "kue", 5, None, None], [day, "kue", 5000, None, None])
        yield Sample("date", f"date-{place}.xlsx", content, "finance", "!3")
    mixed = csv_of(HEAD, ["03/25/2025", "kue", "5", "", ""], ["03/04/2025", "kue", "5", "", ""])
    yield Sample("date", "month-first.csv", mixed.encode(), "finance", ":3")


def _shapes() -> Iterator[Sample]:
    wide = csv_of(HEAD, [*ROW, "lebih", "lagi"])
    yield Sample("shape", "wide.csv", wide.encode(), "finance", ":2")
    yield Sample("shape", "empty.csv", b"", "finance")
    yield Sample("shape", "blank.csv", b"\n\n;;;;\n", "finance")
    yield Sample("shape", "head.csv", csv_of(HEAD).encode(), "finance")
    yield Sample("shape", "twice.csv", csv_of([*HEAD, "Tanggal"], [*ROW, "x"]).encode(), "finance", ":1")
    yield Sample("shape", "quote.csv", (csv_of(HEAD) + '17/03/2025;"tanpa akhir;5;;\n').encode(), "finance", ":2")
    yield Sample("shape", "inside.csv", (csv_of(HEAD) + '17/03/2025;"a"b;5;;\n').encode(), "finance", ":2")
    yield Sample("shape", "long.csv", (csv_of(HEAD) + f"17/03/2025;{'x' * 200_000};5;;\n").encode(), "finance", ":2")
    yield Sample("shape", "columns.csv", csv_of([f"k{n}" for n in range(400)], ["1"] * 400).encode(), "finance")
    yield Sample("shape", "rows.csv", (csv_of(HEAD) + csv_of(ROW) * 60_000).encode(), "finance")
    yield Sample(
        "shape", "no-purpose.csv", csv_of(HEAD, ["17/03/2025", "beras", "", "5", ""]).encode(), "finance", ":2"
    )
    yield Sample(
        "shape", "no-amount.csv", csv_of(HEAD, ["17/03/2025", "beras", "", "", ""]).encode(), "finance", ":2"
    )
    yield Sample("shape", "no-date.csv", csv_of(HEAD, ["", "beras", "5", "", ""]).encode(), "finance", ":2")
    for place, heading in enumerate(("Nama Anak", "Nilai Rapor", "Stok", "Hutang", "Foo", "=1+1", "@x")):
        content = csv_of([*HEAD, heading], [*ROW, "x"]).encode()
        yield Sample("shape", f"heading-{place}.csv", content, "finance", ":2")
    for sign in ("|", ":", "~"):
        yield Sample("shape", f"mark-{ord(sign)}.csv", csv_of(HEAD, ROW, mark=sign).encode(), "finance")
    html = b"<html><body><table><tr><td>Tanggal</td></tr></table></body></html>"
    yield Sample("shape", "page.csv", html, "finance")
    yield Sample("shape", "page.xls", html, "finance")


def _niks() -> Iterator[Sample]:
    niks: tuple[Any, ...] = (
        "121606450788000", "12160645078800011", "0016064507880001", "1200064507880001", "1216004507880001",
        "1216069907880001", "1216064513880001", "1216064507880000", "ABC", "1216-0645", "1,21606E+15", "#####",
        "1216064507880001 / 1216064507880002", "tidak ada", 1216064507880000, 1.21606450788e15, True, 12.5,
    )  # fmt: skip
    for place, nik in enumerate(niks):
        row = [CLIENT[0], nik, *CLIENT[2:]]
        yield Sample("nik", f"nik-{place}.xlsx", book(CLIENTS, row), "clients", "!2")
        if isinstance(nik, str):
            yield Sample("nik", f"nik-{place}.csv", csv_of(CLIENTS, row).encode(), "clients", ":2")


def _clients() -> Iterator[Sample]:
    wrong = {
        "Nama": ("", "x" * 30_000),
        "Jenis Kelamin": ("X", "LP", "1", "Laki/Perempuan"),
        "Tanggal Lahir": ("05/04/25", "07/25/1988", "05/07/2030", "1988", "umur 37"),
        "Program": ("Tidak Ada", "", "pkh-economik"),
        "Tanggal Mulai": ("03/03/2099", "30/02/2025", "besok"),
        "Tahap": ("Tahap 9", "3", "Selesai sekali"),
    }
    for heading, values in wrong.items():
        for place, value in enumerate(values):
            row = [value if name == heading else cell for name, cell in zip(CLIENTS, CLIENT, strict=True)]
            slug = heading.replace(" ", "-").lower()
            yield Sample("client", f"{slug}-{place}.csv", csv_of(CLIENTS, CLIENT, row).encode(), "clients", ":3")
    more = {
        "No. KK": ("123", "12160645078800011"),
        "No. HP": ("12", "telepon", "0812"),
        "Status Perkawinan": ("rumit",),
        "Desil": ("11", "0", "satu"),
        "Pekerja Sosial": ("nobody", "Rina Tak Ada"),
        "Status": ("entah",),
        "Tanggal Tutup": ("01/01/2020", "entah"),
        "Alasan Tutup": ("bosan",),
        "Umur": ("200", "tua"),
        "Kode Wilayah": ("9", "12.16.00"),
        "Catatan Rahasia": ("x",),
        "Kepala Keluarga": ("mungkin",),
    }
    for heading, values in more.items():
        for place, value in enumerate(values):
            rows = [[*CLIENTS[:3], heading, *CLIENTS[4:]], [*CLIENT[:3], value, *CLIENT[4:]]]
            slug = heading.replace(" ", "-").replace(".", "").lower()
            known = heading != "Catatan Rahasia"
            place_named = ":2" if known else "Catatan Rahasia"
            yield Sample("client", f"more-{slug}-{place}.csv", csv_of(*rows).encode(), "clients", place_named)
    closed = csv_of([*CLIENTS, "Status"], [*CLIENT, "Selesai"])
    yield Sample("client", "closed.csv", closed.encode(), "clients", ":2")
    child = [*CLIENT[:1], "", "P", "05/07/2020", *CLIENT[4:]]
    yield Sample("client", "child.csv", csv_of(CLIENTS, child).encode(), "clients", ":2")
    twice = [["Nama", "Nama Klien", "Program"], ["Tiur", "Misal", "pkh-economic"]]
    yield Sample("client", "two-names.csv", csv_of(*twice).encode(), "clients", ":1")


def _cells() -> Iterator[Sample]:
    """Cells that no spreadsheet program writes, or writes before it has computed anything."""
    head = "".join(f'<c r="{chr(65 + n)}1" t="inlineStr"><is><t>{text}</t></is></c>' for n, text in enumerate(HEAD))
    head = f'<row r="1">{head}</row>'
    bodies = {
        "formula": '<row r="2"><c r="A2"><f>TODAY()</f></c></row>',
        "far-row": '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
        "far-column": '<row r="2"><c r="ZZZZZ2"><v>1</v></c></row>',
        "row-zero": '<row r="0"><c r="A0"><v>1</v></c></row>',
        "no-place": '<row r="2"><c r="??"><v>1</v></c></row>',
        "negative": '<row r="-2"><c r="A2"><v>1</v></c></row>',
        "no-shared": '<row r="2"><c r="A2" t="s"><v>12345</v></c></row>',
        "shared-word": '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
        "number-word": '<row r="2"><c r="A2"><v>x</v></c></row>',
        "style": '<row r="2"><c r="A2" s="99999"><v>1</v></c></row>',
        "style-word": '<row r="2"><c r="A2" s="x"><v>1</v></c></row>',
        "type": '<row r="2"><c r="A2" t="q"><v>1</v></c></row>',
        "huge": f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>',
        "huge-number": f'<row r="2"><c r="A2"><v>{"9" * 5_000}</v></c></row>',
        "deep": "<a>" * 200 + "</a>" * 200,
        "error": '<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>',
    }
    for name, body in bodies.items():
        place = "A2" if name in ("formula", "huge") else ""
        yield Sample(
            "cell", f"cell-{name}.xlsx", repacked(GOOD_BOOK, {SHEET: sheet_xml(head + body)}), "finance", place
        )
    for place, text in enumerate(
        ("", "x", "<", "<worksheet", "\x00", "<!-- -->", "<a/><b/>", '<a b="1" b="2"/>', "&#0;")
    ):
        yield Sample("xml", f"xml-{place}.xlsx", repacked(GOOD_BOOK, {SHEET: text.encode()}), "finance")


def _merged() -> Iterator[Sample]:
    rows = [[day, "kue", 5000, None, None] for day in ("17/03/2025", "18/03/2025", "19/03/2025")]
    for area in ("A2:A3", "A2:B2", "C3:C4", "A4:E4", "B2:D4", "A1:B1", "E1:E2", "A1:A4"):
        content = book(HEAD, *rows, change=lambda sheet, area=area: sheet.merge_cells(area))
        yield Sample("merged", f"merged-{area.replace(':', '-')}.xlsx", content, "finance", area)
        people = book(CLIENTS, CLIENT, CLIENT, CLIENT, change=lambda sheet, area=area: sheet.merge_cells(area))
        yield Sample("merged", f"people-{area.replace(':', '-')}.xlsx", people, "clients", area)


def _packages() -> Iterator[Sample]:
    with zipfile.ZipFile(io.BytesIO(GOOD_BOOK)) as archive:
        names = archive.namelist()
    needed = ("[Content_Types].xml", "xl/workbook.xml", SHEET, "xl/_rels/workbook.xml.rels")
    for name in needed:
        slug = name.replace("/", "-").strip("[]").replace("]", "")
        yield Sample("package", f"without-{slug}.xlsx", repacked(GOOD_BOOK, {name: None}), "finance")
        for place, part in enumerate((b"", b"x", b"<a/>", b"\xff\xfe", b"<a" * 100)):
            yield Sample("package", f"{slug}-{place}.xlsx", repacked(GOOD_BOOK, {name: part}), "finance")
    for name in ("xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"):
        yield Sample("macro", f"{name.rpartition('/')[2]}.xlsm", repacked(GOOD_BOOK, {name: b"x"}), "finance")
        yield Sample("macro", f"{name.rpartition('/')[2]}.xlsx", repacked(GOOD_BOOK, {name: b"x"}), "clients")
    opendocument = repacked(
        b"PK\x05\x06" + b"\0" * 18, {"mimetype": b"application/vnd.oasis", "content.xml": b"<a/>"}
    )
    yield Sample("package", "sheet.ods", opendocument, "finance")
    yield Sample(
        "package", "word.xlsx", repacked(b"PK\x05\x06" + b"\0" * 18, {"word/document.xml": b"<a/>"}), "finance"
    )
    yield Sample("package", "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "finance")
    yield Sample("package", "locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "clients")
    yield Sample("package", "bzip.xlsx", repacked(GOOD_BOOK, {}, zipfile.ZIP_BZIP2), "finance")
    yield Sample("package", "lzma.xlsx", repacked(GOOD_BOOK, {}, zipfile.ZIP_LZMA), "finance")
    encrypted = bytearray(GOOD_BOOK)
    for at in _found(GOOD_BOOK, b"PK\x01\x02"):
        encrypted[at + 8] |= 1
    yield Sample("package", "encrypted.xlsx", bytes(encrypted), "finance")
    yield Sample("package", "parts.xlsx", repacked(GOOD_BOOK, {f"x/{n}.bin": b"" for n in range(2_100)}), "finance")
    assert SHEET in names


def _found(content: bytes, mark: bytes) -> Iterator[int]:
    at = content.find(mark)
    while at >= 0:
        yield at
        at = content.find(mark, at + 1)


def _bombs() -> Iterator[Sample]:
    """What unpacks to far more than it is, by size, by names that stand for names, or by what it says of itself."""
    laugh = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bombs = {
        "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{laugh}]>',
        "quadratic": f'<!DOCTYPE x [<!ENTITY l11 "{"x" * 50_000}">]>',
        "outside": '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/hostname">]>',
        "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        "empty": "<!DOCTYPE x>",
    }
    for name, before in bombs.items():
        for part in (SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"):
            slug = part.rpartition("/")[2].strip("[]").replace("]", "")
            xml = sheet_xml("<row><c><v>&l11;</v></c></row>" if name != "empty" else "", before)
            yield Sample("bomb", f"{name}-{slug}.xlsx", repacked(GOOD_BOOK, {part: xml}), "finance")
    # compressed by hand: a gigabyte of blanks is a megabyte of file, and nobody has to hold it
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
    packed = packer.compress(start) + b"".join(packer.compress(b"x" * 1_000_000) for _ in range(1_000))
    packed += packer.flush()
    for name, told in (("gigabyte", len(start) + 1_000_000_000), ("liar", 5_000), ("two-gigabytes", 2_000_000_000)):
        yield Sample("bomb", f"{name}.xlsx", _zip_of(SHEET, packed, told), "finance")
        yield Sample("bomb", f"{name}-people.xlsx", _zip_of(SHEET, packed, told), "clients")


def _zip_of(name: str, packed: bytes, told: int) -> bytes:
    """An archive of one member that says of itself that it unpacks to ``told`` bytes."""
    raw = name.encode()
    sizes = struct.pack("<III", 0, len(packed), told & 0xFFFFFFFF)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", len(raw), 0) + raw
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0) + sizes
    central += struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, 0) + raw
    at = len(local) + len(packed)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), at, 0)
    return local + packed + central + end


def _truncated() -> Iterator[Sample]:
    for tenth in range(1, 10):
        yield Sample("cut", f"cut-{tenth}.xlsx", GOOD_BOOK[: len(GOOD_BOOK) * tenth // 10], "finance")
    yield Sample("cut", "start.xlsx", b"PK\x03\x04", "clients")
    yield Sample("cut", "nothing.xlsx", b"", "clients")
    draw = random.Random(6)  # noqa: S311  # no secret
    for place in range(25):
        broken = bytearray(GOOD_BOOK)
        at = draw.randrange(30, len(broken) - 200)
        broken[at : at + 60] = draw.randbytes(60)
        yield Sample("cut", f"broken-{place}.xlsx", bytes(broken), "finance")


def _jsons() -> Iterator[Sample]:
    texts: tuple[str | bytes, ...] = (
        "", "{", "[", "nul", "{]", '{"date": }', "{'date': 1}", '{"date": NaN}', '{"date": Infinity}', '{"a": 1, "a": 2}',
        "[" * 100_000, '{"a":' * 100_000, "9" * 5_000, f"[{'9' * 5000}]", '"\\ud800"', '[{"date": "\\ud800"}]', "[1, 2]",
        "true", '"text"', "1", "null", "[]", "[[]]", "[{}]", '[{"date": {}}]', '[{"date": []}]', '{"tanggal": "x"}',
        '[{"date": "2025-03-17", "direction": "gift", "amount": 1, "category": "x"}]',
        '[{"date": "2025-03-17", "direction": "income", "amount": "1.250.000", "category": "x"}]',
        '[{"date": "2025-03-17", "direction": "income", "amount": 1e400, "category": "x"}]',
        '[{"date": "2025-03-17", "direction": "income", "amount": 1.5, "category": "x"}]',
        '[{"date": "17/03/2025", "direction": "income", "amount": 1, "category": "x"}]',
        '[{"date": "2025-03-17", "direction": "income", "amount": 1, "category": "\\u0000"}]',
        '[{"date": "2025-03-17", "direction": "income", "amount": 1, "category": ["x"]}]',
        '[{"date": "2025-03-17", "direction": "income", "amount": true, "category": "x"}]',
        json.dumps([{"date": "2025-03-17", "direction": "income", "amount": 1, "category": "x", "note": "x" * 30_000}]),
        "// x\n[]", "[1,]", "\x00[]", b"\xff\xfe[\x00", b"\xe9", '{"__proto__": 1}', '[{"": 1}]',
    )  # fmt: skip
    for place, text in enumerate(texts):
        content = text if isinstance(text, bytes) else text.encode()
        yield Sample("json", f"json-{place}.json", content, "finance")


def _yamls() -> Iterator[Sample]:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)
    )
    texts: tuple[str | bytes, ...] = (
        "", "---", "- ", "a: 1\na: 2", "a: !!python/object:os.system x", "!!binary x", "a: !x y", "&a [*a]", "a: *b",
        "\t- a", "a:\n\tb: 1", "a: [", "a: {", "a: 'x", 'a: "x', "%YAML 9.9\n---\na: 1", "--- a\n--- b", "a: b: c",
        "- date: 2025-03-17\n  - x", "? [a]\n: 1", "{a: 1}: 2", "a: |\n x\n y\nz", "@x", "`x`", "a: %x", ": :", bomb,
        "[" * 5_000, "a: " * 5_000, "- " * 5_000 + "x", "9" * 200, "- {date: 2025-02-30, direction: income, amount: 1}",
        "- {date: 2025-03-17, direction: income, amount: 1_000, category: x}",
        "- {date: 2025-03-17, direction: income, amount: 0o17x, category: x}",
        "- {date: 2025-03-17, direction: income, amount: .inf, category: x}",
        "- {date: 2025-03-17, direction: income, amount: .nan, category: x}",
        "- {date: 2025-03-17, direction: income, amount: 1.250.000, category: x}",
        "- {date: 17-03-2025, direction: income, amount: 1, category: x}",
        "- {date: 2025-03-17, direction: masuk, amount: 1, category: x}",
        "- {tanggal: 2025-03-17, direction: income, amount: 1, category: x}",
        "- {date: 2025-03-17, direction: income, amount: 1, category: yes, purpose: need}",
        "null", "text", "1", "true", "- 1", "- [x]", "- null", "\x00", "a: \x07", b"\xe9: 1", b"a: \xff\xfe", b"\xff\xfea\x00",
        "<<: {a: 1}", "- <<: [x]", "a: &x\n  <<: *x",
    )  # fmt: skip
    for place, text in enumerate(texts):
        content = text if isinstance(text, bytes) else text.encode()
        yield Sample("yaml", f"yaml-{place}.yaml", content, "finance")


def _exports() -> Iterator[Sample]:
    first = '{"line": "export", "form": 1, "office": "x", "agency": "x", "at": "x"}\n'
    lines = (
        "{", "{}", '{"line": "case"}', "[" * 50_000, f'{{"a": {"9" * 5000}}}', '{"line": NaN}',
        first, first + "{}\n", first + first, first + '{"line": "event"}\n', first + '{"line": "record", "id": 1}\n',
        first + '{"line": "case", "id": 1}\n', first + '{"line": "workflow", "digest": "x", "data": "x"}\n',
        first + '{"line": "workflow", "digest": "x"}\n', first + '{"line": "template", "digest": [], "source": {}}\n',
        first + '{"line": "staff"}\n', first + '{"line": "staff", "name": {}}\n', first + '{"line": "end"}\n',
        first + '{"line": "end", "cases": 0, "sha256": "x"}\n', first + "\n", first + "x" * 100_000,
        first.replace('"form": 1', '"form": 99'), first.replace('"office": "x"', '"office": 5'), first + "[]\n",
        first + '{"line": ["case"]}\n', first + '{"line": null}\n', first + '{"line": "\\ud800"}\n',
    )  # fmt: skip
    for place, text in enumerate(lines):
        yield Sample("export", f"export-{place}.json", text.encode(), "clients", ":")
    yield Sample("export", "export-bytes.json", b"{\xff\xfe", "clients", ":1")


def _noise() -> Iterator[Sample]:
    draw = random.Random(500)  # noqa: S311  # no secret
    for place, ending in enumerate(["csv", "xlsx", "json", "yaml"] * 12):
        content = draw.randbytes(draw.randrange(1, 5_000))
        yield Sample("noise", f"noise-{place}.{ending}", content, "finance" if place % 3 else "clients")
