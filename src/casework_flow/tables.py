"""Tables as people's programs write them, XLSX or CSV, read into rows of plain cells.

A file may come from anybody: nothing in it is run or looked up, what it would unpack to is bounded before it is
unpacked, and what cannot be read for certain is refused with its place.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from .errors import Invalid, Problem
from .messages import Message, Sayable

MOST_UNPACKED: Final = 100_000_000
"""Bytes that a workbook may unpack to, all its parts together."""
MOST_PARTS: Final = 2_000
"""Files inside a workbook."""
MOST_ROWS: Final = 50_000
"""Rows with something in them."""
MOST_COLUMNS: Final = 256
"""Cells of a row."""
MOST_CHARACTERS: Final = 32_767
"""Characters of a cell: the limit of the spreadsheet programs themselves."""
_QUOTED: Final = re.compile(r"^'(?=[=+\-@\t\r])")
"""The quote that an export puts before what could be taken for a formula: see ``exporting.harmless``."""
DELIMITERS: Final = (";", ",", "\t")

Cell = str | int | float | bool | date | time | timedelta | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row with something in it, and where it stands: ``buku.csv:3``, ``buku.xlsx:Maret!3``."""

    place: str
    cells: tuple[Cell, ...]

    def __getitem__(self, column: int) -> Cell:
        """The cell of that column, from 0; None where the row is shorter."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or a CSV file: the rows that are not empty."""

    place: str
    rows: tuple[Row, ...]
    merged: tuple[tuple[int, str], ...] = ()
    """The areas of merged cells: the last row of each, and what it is called."""
    numbers: tuple[int, ...] = ()
    """The number of each row, from 1."""

    def refuse_merged(self, first: int, name: str) -> None:
        """Refuse cells that are merged in or below the row at place ``first``: whose value it is nobody can tell.

        Raises:
            Invalid: there are some; each is named.
        """
        if first >= len(self.rows):
            return
        found = [area for last, area in self.merged if last >= self.numbers[first]]
        if found:
            message = Message("Cells are merged here; split them, and give each row its own value.")
            raise unreadable(name, *(Problem(f"{self.place}!{area}", message) for area in found[:MOST_PROBLEMS]))


MOST_PROBLEMS: Final = 200
"""Faults of one file that are told."""


def read(content: bytes, name: str) -> list[Sheet]:
    """The sheets of a table that have rows; hidden ones are left out.

    Args:
        content: the file.
        name: what the file is called; its content tells what it is.

    Raises:
        Invalid: it cannot be read for certain; each problem names its place.
    """
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, name)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable(
            name,
            Problem(
                name,
                Message(
                    "This is an old or a password-protected workbook; save it as XLSX without a password, or as CSV."
                ),
            ),
        )
    if name.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods")):
        raise unreadable(name, Problem(name, _NO_WORKBOOK))
    return [_csv(content, name)]


_NO_WORKBOOK: Final = Message("This is no sound XLSX workbook; open it, and save it anew as XLSX or CSV.")


def unreadable(name: str, *problems: Problem) -> Invalid:
    """The refusal of a whole file."""
    return Invalid(Message("{name} cannot be read.", name=name), problems)


# text


def decode(content: bytes, name: str) -> str:
    """The text of a file in UTF-8, UTF-16 or, where it is neither, the encoding of Windows (cp1252).

    Raises:
        Invalid: it is no text in any of these; the problem names the line.
    """
    encoding = "utf-8-sig"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif content[:200].count(0) > len(content[:200]) // 3:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as fault:
        text = _from_windows(content, name, fault)
    strange = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        raise unreadable(name, Problem(f"{name}:{line}", _no_text()))
    return text


def _from_windows(content: bytes, name: str, fault: UnicodeDecodeError) -> str:
    if fault.encoding.startswith("utf-8"):
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError as other:
            fault = other
    line = content.count(b"\n", 0, fault.start) + 1
    raise unreadable(name, Problem(f"{name}:{line}", _no_text()))


def _no_text() -> Message:
    return Message("This is no text in UTF-8, UTF-16 or Windows-1252; save the file as UTF-8.")


def _csv(content: bytes, name: str) -> Sheet:
    text = decode(content, name)
    told = re.match(r"sep=(.)\r?\n", text)  # what Excel writes before the headings
    delimiter = told[1] if told and told[1] in DELIMITERS else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    numbers: list[int] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not (told and line == 1):
                if len(rows) == MOST_ROWS:
                    raise _too_many_rows(name)
                if len(cells) > MOST_COLUMNS:
                    raise unreadable(name, Problem(f"{name}:{line}", _too_wide(len(cells))))
                rows.append(Row(f"{name}:{line}", tuple(_QUOTED.sub("", cell.strip()) for cell in cells)))
                numbers.append(line)
            line = reader.line_num + 1
    except csv.Error as fault:
        why = Message("This is not CSV: {why}.", why=fault)
        raise unreadable(name, Problem(f"{name}:{line}", why)) from None
    return Sheet(name, tuple(rows), (), tuple(numbers))


def _delimiter(text: str) -> str:
    """The mark between cells: of the first lines the one that some line has most of; spreadsheets of Indonesian
    offices use the semicolon."""
    lines = [re.sub('"[^"]*"', "", line[:10_000]) for line in islice(text.splitlines(), 30)]
    return max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))


def _too_many_rows(name: str) -> Invalid:
    return unreadable(name, Problem(name, Message("The table has more than {most} rows; split it.", most=MOST_ROWS)))


def _too_wide(count: int) -> Message:
    return Message("The row has {count} cells; at most {most} are read.", count=count, most=MOST_COLUMNS)


# workbooks

_MALFORMED: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,  # what zipfile raises for an unknown compression
    OSError,
    RecursionError,
    RuntimeError,
    SyntaxError,  # of XML
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the reader of workbooks may raise over one that no program wrote."""


def _workbook(content: bytes, name: str) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bombs(archive, name)
            merged = {part: found for part in archive.namelist() if (found := _looked_at(archive, part, name))}
        return _sheets(content, name, merged)
    except _MALFORMED as fault:
        raise unreadable(name, Problem(name, _NO_WORKBOOK)) from fault


def _refuse_bombs(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse what would unpack to too much, and what is no plain workbook, before anything is unpacked."""
    parts = archive.infolist()
    called = [part.filename for part in parts]
    why: Sayable | None = None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        why = Message("The workbook unpacks to more than {most} MB.", most=MOST_UNPACKED // 1_000_000)
    elif any(part.flag_bits & 1 for part in parts):
        why = Message("The workbook is protected by a password; save it without one.")
    elif any("vbaproject" in part.lower() or "macrosheet" in part.lower() for part in called):
        why = Message("The workbook carries macros; save it as XLSX, without macros.")
    elif len(set(called)) < len(called) or any(part.compress_type not in (0, 8) for part in parts):
        why = _NO_WORKBOOK
    elif "mimetype" in called and "xl/workbook.xml" not in called:
        why = Message("This is no XLSX workbook; save the sheet as XLSX or CSV.")
    if why is not None:
        raise unreadable(name, Problem(name, why))


class _Look:
    """One part of a workbook, gone through before the reader of workbooks sees it."""

    MOST_DEPTH: Final = 100

    def __init__(self, place: str) -> None:
        self.place = place
        self.merged: list[tuple[int, str]] = []
        self.why: Message | None = None
        self.depth = 0
        self.characters = 0
        self.cell = ""
        self.formula = self.valued = False

    def refuse(self, why: Message, *, cell: bool = True) -> None:
        """Keep the first reason against it."""
        if self.why is None:
            self.why = why
            self.place = f"{self.place}!{self.cell}" if cell and self.cell else self.place

    def doctype(self, *_: object) -> None:
        """No spreadsheet program writes one; it is how a small text becomes an endless one."""
        self.refuse(Message("The workbook defines names of its own in its XML, which is not read."))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        self.characters = 0
        if self.depth > self.MOST_DEPTH:
            self.refuse(_NO_WORKBOOK)
        match tag.rpartition(":")[2]:
            case "c":
                self.cell = attributes.get("r", "")[:20]
                self.formula = self.valued = False
                self.bounded(self.cell)
            case "row":
                self.bounded(f"A{attributes.get('r', '1')}")
            case "f":
                self.formula = True
            case "v" | "is":
                self.valued = True
            case "mergeCell":
                area = attributes.get("ref", "")[:40]
                last = re.search("([0-9]{1,9})$", area)
                self.merged.append((int(last[1]) if last else 0, area))
                if len(self.merged) > MOST_ROWS:
                    self.refuse(_NO_WORKBOOK)

    def bounded(self, place: str) -> None:
        """Refuse a cell beyond the end of every sheet: whoever counts to it does not come back."""
        found = re.fullmatch("([A-Z]{1,3})([0-9]{1,7})", place)
        if place and (found is None or int(found[2]) > 1_048_576 or not int(found[2])):
            self.refuse(_NO_WORKBOOK)

    def end(self, tag: str) -> None:
        """An element ends."""
        self.depth -= 1
        self.characters = 0
        if tag.rpartition(":")[2] == "c":
            if self.formula and not self.valued:
                self.refuse(
                    Message("The formula has no value yet; open the workbook in a spreadsheet program and save it.")
                )
            self.cell = ""

    def text(self, data: str) -> None:
        """Text between two tags."""
        self.characters += len(data)
        if self.characters > MOST_CHARACTERS:
            self.refuse(Message("A cell holds more than {most} characters.", most=MOST_CHARACTERS))


def _looked_at(archive: zipfile.ZipFile, part: str, name: str) -> list[tuple[int, str]]:
    """The merged areas of a part, which is refused where it is none that a spreadsheet program would write."""
    from xml.parsers import expat  # loaded with the first workbook only

    if not part.lower().endswith((".xml", ".rels")):
        return []
    look = _Look(f"{name}:{part.rpartition('/')[2].removesuffix('.xml')}")
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = look.doctype
    parser.StartElementHandler = look.start
    parser.EndElementHandler = look.end
    parser.CharacterDataHandler = look.text
    try:
        with archive.open(part) as file:
            while look.why is None and (chunk := file.read(65_536)):
                parser.Parse(chunk, False)
            if look.why is None:
                parser.Parse(b"", True)
    except expat.ExpatError:
        look.refuse(_NO_WORKBOOK)
    if look.why is not None:
        raise unreadable(name, Problem(look.place, look.why))
    return look.merged


def _sheets(content: bytes, name: str, merged: dict[str, list[tuple[int, str]]]) -> list[Sheet]:
    from openpyxl import load_workbook  # slow to load, and needed for workbooks only

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep: pictures, validations, print settings
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            plain = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            found = [_sheet(sheet, name, merged) for sheet in plain]
        finally:
            book.close()
    if sum(len(sheet.rows) for sheet in found) > MOST_ROWS:
        raise _too_many_rows(name)
    return [sheet for sheet in found if sheet.rows]


def _sheet(sheet: Any, name: str, merged: dict[str, list[tuple[int, str]]]) -> Sheet:
    place = f"{name}:{sheet.title}"
    sheet.reset_dimensions()  # what the file says of its size need not be so
    rows: list[Row] = []
    numbers: list[int] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        kept = _trimmed(cells)
        if not kept:
            continue
        if len(rows) == MOST_ROWS:
            raise _too_many_rows(name)
        if len(kept) > MOST_COLUMNS:
            raise unreadable(name, Problem(f"{place}!{number}", _too_wide(len(kept))))
        rows.append(Row(f"{place}!{number}", kept))
        numbers.append(number)
    part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    return Sheet(place, tuple(rows), tuple(merged.get(part, ())), tuple(numbers))


def _trimmed(cells: Sequence[Any]) -> tuple[Cell, ...]:
    """The cells up to the last one with something in it."""
    kept = [_plain(cell) for cell in cells]
    while kept and kept[-1] is None:
        kept.pop()
    return tuple(kept)


def _plain(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, datetime):
        return cell.date()
    if cell is None or isinstance(cell, bool | int | float | date | time | timedelta):
        return cell
    return str(cell)
