"""A table of records, such as a finance book: its rows as the data of items, with the place of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from . import headings, notation
from .errors import Invalid, Problem
from .messages import Message
from .records.input import from_csv_row, validate
from .records.kinds import Scalar
from .records.schema import shape_at
from .records.types import RecordType
from .tables import Cell, Row, Sheet, unreadable
from .tables import read as sheets_of


@dataclass(frozen=True, slots=True)
class Table:
    """The items that a file gave, and where each stands."""

    items: tuple[dict[str, Any], ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it gives, and what else a filled cell of it says."""

    place: int
    heading: str
    field: str
    also: Mapping[str, Any]


def read(content: bytes, name: str, kind: RecordType | None, today: date) -> Table:
    """The items in a file: XLSX or CSV, with the fields' names or an office's own headings.

    Args:
        content: the file.
        name: what it is called.
        kind: the type of record; without one, the cells are given as they are under their headings.
        today: the working date.

    Raises:
        Invalid: it cannot be read; each problem names the file, the row and the heading.
    """
    items: list[dict[str, Any]] = []
    places: list[str] = []
    problems: list[Problem] = []
    sheets = sheets_of(content, name)
    if not sheets or not sheets[0].rows:
        place = f"{name}:1" if len(content) < 4 or content[:2] != b"PK" else name
        raise unreadable(name, Problem(place, Message("The headings are missing.")))
    for sheet in sheets:
        for row, item in _rows(sheet, name, kind, today, problems):
            items.append(item)
            places.append(row.place)
    if problems and kind:
        problems += _other_faults(kind, items, places, {problem.where.partition(": ")[0] for problem in problems})
    if problems:
        raise unreadable(name, *problems)
    if not items:
        raise unreadable(name, Problem(name, Message("The table has no row.")))
    return Table(tuple(items), tuple(places))


_YEARS_BACK: Final = 50
"""Nobody enters work that is older."""
_ALWAYS: Final = date(9999, 12, 31)


def _other_faults(
    kind: RecordType, items: Sequence[dict[str, Any]], places: Sequence[str], named: set[str]
) -> list[Problem]:
    """What is wrong with the rows that could be read, so that everything is told at once."""
    found = []
    for item, place in zip(items, places, strict=True):
        if place not in named:
            try:
                validate(kind, item, today=_ALWAYS)
            except Invalid as fault:
                found += [Problem(f"{place}: {problem.where}", problem.message) for problem in fault.problems]
    return found


def _rows(
    sheet: Sheet, name: str, kind: RecordType | None, today: date, problems: list[Problem]
) -> list[tuple[Row, dict[str, Any]]]:
    known = headings.fields(kind) if kind else {}
    each = headings.data()["each"].get(kind.name, ()) if kind else ()
    alone = {headings.plain(word): column for column in each for word in column["called"]}
    at = headings.heading_row(sheet.rows, lambda text: text in known or text in alone)
    sheet.refuse_merged(at, name)
    head = sheet.rows[at]
    titles = ["" if cell is None else str(cell) for cell in head.cells]
    given = [title for title in titles if title]
    if len(set(given)) < len(given):
        raise unreadable(name, Problem(head.place, Message("A heading is given twice.")))
    columns = [_column(place, title, known, alone) for place, title in enumerate(titles) if title]
    if kind is not None:
        _refuse_several(name, head, columns, sheet.rows[at + 1 :])
    found = []
    months = _month_first(columns, sheet.rows[at + 1 :])
    for row in sheet.rows[at + 1 :]:
        if any(cell not in (None, "") for cell in row.cells[len(titles) :]):
            count = Message(
                "The row has {cells} cells; the headings are {most}.", cells=len(row.cells), most=len(titles)
            )
            problems.append(Problem(row.place, count))
            continue
        if kind is None:
            found.append((row, {column.heading: _text(row[column.place]) or "" for column in columns}))
        elif not _sums_up(kind, columns, row):
            found += [(row, item) for item in _items(kind, columns, row, today, months, problems)]
    return found


def _needless() -> set[str]:
    return headings.ignored() | headings.beside("case") | headings.beside("item")


def _refuse_several(name: str, head: Row, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Refuse an export of several cases, whose items would all become those of one."""
    numbers = {
        str(row[c.place])
        for c in columns
        if headings.plain(c.heading) in headings.beside("case")
        for row in rows
        if row[c.place] not in (None, "")
    }
    if len(numbers) > 1:
        words = Message("The rows are of several cases: {numbers}; keep those of one.", numbers=sorted(numbers)[:5])
        raise unreadable(name, Problem(head.place, words))


def _column(place: int, title: str, known: Mapping[str, str], alone: Mapping[str, Mapping[str, Any]]) -> Column:
    plain = headings.plain(title)
    if plain in alone and plain not in known:
        return Column(place, title, alone[plain]["field"], alone[plain]["with"])
    return Column(place, title, known.get(plain, title.strip().lstrip("\ufeff")), {})


def _month_first(columns: Sequence[Column], rows: Sequence[Row]) -> set[str]:
    """The headings of the columns in which some date has the month before the day."""
    return {c.heading for c in columns if any(notation.has_month_first(row[c.place]) for row in rows)}


def _sums_up(kind: RecordType, columns: Sequence[Column], row: Row) -> bool:
    """Whether the row is a total below a table: it has no date, and says so."""
    dated = [c for c in columns if (shape := shape_at(kind, c.field)) and shape.kind == Scalar("date")]
    return bool(dated) and all(row[c.place] in (None, "") for c in dated) and headings.is_total(row.cells)


def _items(
    kind: RecordType,
    columns: Sequence[Column],
    row: Row,
    today: date,
    month_first: set[str],
    problems: list[Problem],
) -> list[dict[str, Any]]:
    """The items of one row: one, or one for each column that is an item of its own."""
    cells: dict[str, Any] = {}
    apart: list[dict[str, Any]] = []
    unread = len(problems)
    for column in columns:
        if headings.plain(column.heading) in _needless() and shape_at(kind, column.field) is None:
            continue
        try:
            value = converted(kind, column.field, row[column.place], today, month_first=column.heading in month_first)
        except notation.Unclear as unclear:
            problems.append(Problem(f"{row.place}: {column.heading}", unclear.message))
            continue
        if value is None or value == "":
            continue
        if column.also:
            if value != 0:
                apart.append({**column.also, column.field: value})
        elif column.field in cells:
            cells[column.field] = f"{cells[column.field]}; {value}"
        else:
            cells[column.field] = value
    for missing, other in headings.data()["instead"].get(kind.name, {}).items():
        if missing not in cells and other in cells and missing not in {column.field for column in columns}:
            cells[missing] = cells.pop(other)
    found = [from_csv_row(kind, {**cells, **one}) for one in apart or [{}]]
    return found if len(problems) == unread else []


def converted(kind: RecordType, field: str, cell: Cell, today: date, *, month_first: bool = False, **how: Any) -> Any:
    """A cell as the field takes it; what is no value of it stays as it is, so that ``validate`` names it.

    Raises:
        Unclear: it cannot be read for certain.
    """
    shape = shape_at(kind, field)
    scalar = shape.kind if shape and isinstance(shape.kind, Scalar) else None
    if cell is None or shape is None or scalar is None:
        return _text(cell)
    if field in headings.data()["digits"]:
        return notation.digits(cell)
    if field in headings.data()["phones"]:
        return notation.phone(cell)
    if scalar.type == "date":
        how.setdefault("earliest", earliest(field, today))
        found = notation.day(cell, today=today, months=headings.months(), month_first=month_first, **how)
        return found.isoformat() if found else None
    if scalar.type == "integer":
        return notation.amount(cell)
    if scalar.type == "choice" and shape.choice:
        return headings.word(kind.name, field, str(cell), shape.choice.labels) or _text(cell)
    if scalar.type in ("boolean", "number") and isinstance(cell, bool | int | float):
        return cell if scalar.type == "number" else bool(cell) if cell in (0, 1) else _text(cell)
    return _text(cell)


def earliest(field: str, today: date) -> date:
    """The first day that a date of two digits may mean."""
    return notation.FIRST_DAY if field in headings.data()["long_ago"] else date(today.year - _YEARS_BACK, 1, 1)


def _text(cell: Cell) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
