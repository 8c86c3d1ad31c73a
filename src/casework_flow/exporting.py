"""Cases on their way out, one at a time: whole as JSON lines, or as tables for a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO, Final

from . import cases
from .cases import Engines
from .messages import Message, Sayable, Text
from .records.kinds import Scalar
from .records.schema import FieldShape, fields_of, model_of, shape_at
from .records.types import RECORD_TYPES
from .store.imports import origins as origins_of
from .store.store import Row, Transaction, state_of
from .workflow import STATUS_WORDS, canonical

FORM: Final = 1
"""The form of the JSON lines; a later one is told by its number."""
JSON_COLUMNS: Final = ("body", "private", "content", "snapshot")
"""What the database keeps as canonical JSON text; in an export it is JSON itself."""
CSV_TABLES: Final = ("cases", "records", "finance", "sessions")

Told = Callable[[], object]
"""Is called for each case that is done."""


def chosen(tx: Transaction, numbers: Sequence[str], workflow: str | None) -> Generator[Row, None, None]:
    """The rows of the cases called ``numbers``, or of all; one after the other.

    Raises:
        NotFound: there is no such case.
    """
    if not numbers:
        yield from (row for row in tx.each_case() if workflow in (None, row["workflow"]))
        return
    for number in dict.fromkeys(numbers):
        case_id, state = cases.find(tx, number)
        if workflow in (None, state.workflow):
            yield {"id": case_id, **{name: getattr(state, name) for name in state.__slots__}}


# JSON lines


def lines(tx: Transaction, rows: Iterator[Row], *, agency: str, at: str, told: Told) -> Iterator[str]:
    """Each line of an export: what the cases stand on before the first that needs it, then all that they hold.

    Args:
        tx: a transaction that reads.
        rows: the cases' rows.
        agency: what the office is called.
        at: the clock.
        told: is called after each case.
    """
    sealed = hashlib.sha256()
    count = 0

    def line(what: str, **data: Any) -> str:
        text = json.dumps({"line": what, **data}, ensure_ascii=False) + "\n"
        sealed.update(text.encode("utf-8", "surrogatepass"))
        return text

    yield line("export", form=FORM, office=tx.office_id, agency=agency, at=at)
    origins = origins_of(tx)
    seen: set[tuple[str, str]] = set()
    for row in rows:
        yield from (line(what, **data) for what, data in _foundations(tx, row, seen))
        case_id, state = row["id"], state_of(row)
        yield line(
            "case",
            id=case_id,
            **{name: getattr(state, name) for name in state.__slots__},
            offices=[[office, last] for last, office in origins.get(case_id, ())],
        )
        for event in tx.raw_events(case_id):
            del event["office_id"], event["stream"]
            yield line("event", **_decoded(event))
        for record in tx.records(case_id):
            del record["office_id"], record["case_id"]
            yield line("record", **_decoded(record))
        for document in tx.documents(case_id):
            del document["office_id"], document["case_id"]
            yield line("document", **_decoded(document))
        count += 1
        told()
    yield line("end", cases=count, sha256=sealed.hexdigest())


def _foundations(tx: Transaction, row: Row, seen: set[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The worker and those above them, the rules and the templates that a case needs and no line has given yet."""
    people: list[dict[str, Any]] = []
    name = row["worker"]
    while name and ("staff", name) not in seen:
        seen.add(("staff", name))
        person = cases.staff(tx, name)
        people.append(person.as_data())
        name = person.supervisor
    yield from (("staff", person) for person in reversed(people))
    digests = [row["workflow_digest"], *(d for e in tx.told(row["id"]) if (d := e["body"].get("workflow_digest")))]
    for digest in digests:
        if ("workflow", digest) not in seen:
            seen.add(("workflow", digest))
            yield "workflow", {"digest": digest, "data": tx.workflow(digest)}
    for document in tx.documents(row["id"]):
        digest = document["template"]
        if ("template", digest) not in seen:
            seen.add(("template", digest))
            yield "template", {"digest": digest, "source": tx.template(digest)}


def _decoded(row: Row) -> Row:
    """A row with its canonical JSON as JSON; text that is none, because somebody has changed it, stays text."""
    return {name: _json(value) if name in JSON_COLUMNS and value else value for name, value in row.items()}


def _json(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if canonical(found) == text else text


# tables

_HARMFUL: Final = re.compile("[=+\\-@\t\r]")
"""What a spreadsheet program may take for the beginning of a formula."""
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST: Final = 32_767
"""Characters that a spreadsheet's cell can hold."""

Value = str | int | float | bool | date | None
Cell = Value | Sayable
RowsOf = Callable[[Transaction, Row, Engines], Iterator[Sequence[Cell]]]
"""The rows of a table that a case gives."""


def tables() -> dict[str, tuple[Sequence[Sayable], RowsOf]]:
    """Each table that can be had: its headings, and its rows for a case; what is a choice is given by its label."""
    case_headings = (
        Message("Case"),
        Message("Client"),
        Message("Workflow"),
        Message("Version"),
        Message("Stage"),
        Message("Status"),
        Message("Worker"),
        Message("Opened on"),
        Message("In the stage since"),
        Message("Due on"),
        Message("Closed on"),
        Message("Reason"),
        Message("Cycle"),
        Message("Episode"),
    )
    record_headings = (
        Message("Case"),
        Message("Record"),
        Message("Item"),
        Message("Revision"),
        Message("Cycle"),
        Message("Episode"),
        Message("Date"),
        Message("By"),
        Message("Field"),
        Message("Value"),
    )
    return {
        "cases": (case_headings, _case_rows),
        "records": (record_headings, _record_rows),
        "finance": _items_of("finance"),
        "sessions": _items_of("session"),
    }


def _case_rows(tx: Transaction, row: Row, engines: Engines) -> Iterator[Sequence[Cell]]:
    flow = engines.workflow(tx, row["workflow_digest"])
    stage, closure = flow.stages.get(row["stage"]), flow.closures.get(row["because"])
    days = ("opened_on", "stage_since", "due_on", "closed_on")
    yield [
        *(row[name] for name in ("number", "client", "workflow", "workflow_version")),
        stage.title if stage else row["stage"],
        STATUS_WORDS.get(row["status"], row["status"]),
        row["worker"],
        *(_day(row[name]) for name in days),
        closure.title if closure else row["because"],
        row["cycle"],
        row["episode"],
    ]


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _labelled(shape: FieldShape | None, value: Value) -> Cell:
    labels = shape.choice.labels if shape and shape.choice else {}
    return labels.get(value, value) if isinstance(value, str) else value


def _record_rows(tx: Transaction, row: Row, engines: Engines) -> Iterator[Sequence[Cell]]:
    """Every revision of every record, a row for each value in it."""
    kinds = engines.kinds(engines.workflow(tx, row["workflow_digest"]))
    columns = ("type", "item", "revision", "cycle", "episode")
    for record in tx.records(row["id"]):
        about = [row["number"], *(record[name] for name in columns), _day(record["on"]), record["by"]]
        for path, value in leaves(json.loads(record["content"])):
            kind = kinds.get(record["type"])
            yield [*about, path, _labelled(shape_at(kind, path) if kind else None, value)]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Value]]:
    """Each value of a record with its path: ``components.0.goal``."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from leaves(part, f"{path}.{number}")
    else:
        yield path, value


def _items_of(record: str) -> tuple[Sequence[Sayable], RowsOf]:
    """A table of the items of ``record`` as they are now, a column for each field."""
    columns: list[tuple[str, FieldShape]] = []
    for name, shape in fields_of(model_of(RECORD_TYPES[record])).items():
        inner = fields_of(shape.part) if shape.part and not shape.many else {}
        columns += [(f"{name}.{part}", one) for part, one in inner.items()] or [(name, shape)]

    def rows(tx: Transaction, row: Row, _: Engines) -> Iterator[Sequence[Cell]]:
        latest: dict[int, Row] = {}
        for found in tx.records(row["id"]):
            if found["type"] == record:
                latest[found["item"]] = found
        for item, found in sorted(latest.items()):
            values = dict(leaves(json.loads(found["content"])))
            cells = [
                _day(values.get(path)) if shape.kind == Scalar("date") else _labelled(shape, values.get(path))
                for path, shape in columns
            ]
            yield [row["number"], item, *cells]

    return (Message("Case"), Message("Item"), *(shape.label for _, shape in columns)), rows


def harmless(text: str) -> str:
    """``text`` for a CSV cell: where a spreadsheet program could take it for a formula, a quote stands before it.

    The rule is that of OWASP, "CSV injection": what begins with =, +, -, @, a tab or a carriage return.
    """
    return f"'{text}" if _HARMFUL.match(text) else text


def _said(cell: Cell, lang: str) -> Value:
    return cell.say(lang) if isinstance(cell, Message | Text) else cell


def write_csv(
    tx: Transaction, rows: Iterator[Row], target: BinaryIO, table: str, engines: Engines, lang: str, told: Told
) -> None:
    """One table as CSV (RFC 4180, UTF-8 with a byte order mark, so that spreadsheet programs know the encoding)."""
    headings, rows_of = tables()[table]
    text = io.TextIOWrapper(target, "utf-8-sig", errors="replace", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([heading.say(lang) for heading in headings])
    for row in rows:
        for cells in rows_of(tx, row, engines):
            values = [_said(cell, lang) for cell in cells]
            writer.writerow([harmless(value) if isinstance(value, str) else _csv_cell(value) for value in values])
        told()
    text.detach()


def _csv_cell(cell: Value) -> Value:
    return str(cell).lower() if isinstance(cell, bool) else cell


def write_xlsx(
    tx: Transaction, rows: Iterator[Row], target: BinaryIO, engines: Engines, lang: str, told: Told
) -> None:
    """Every table as a sheet of one workbook; a text is typed as text, so that none is ever run as a formula."""
    from openpyxl import Workbook  # slow to load, and needed for workbooks only
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheets = []
    for name, (headings, rows_of) in tables().items():
        sheet = book.create_sheet(_SHEETS[name].say(lang))
        sheet.freeze_panes = "A2"
        row = []
        for heading in headings:
            cell = WriteOnlyCell(sheet, heading.say(lang))
            cell.font = Font(bold=True)
            row.append(cell)
        sheet.append(row)
        sheets.append((sheet, rows_of))

    def typed(sheet: Any, value: Value) -> Any:
        if not isinstance(value, str):
            return value
        cell = WriteOnlyCell(sheet, _UNPRINTABLE.sub(" ", value)[:_MOST])
        cell.data_type = "s"
        return cell

    for found in rows:
        for sheet, rows_of in sheets:
            for cells in rows_of(tx, found, engines):
                sheet.append([typed(sheet, _said(cell, lang)) for cell in cells])
        told()
    book.save(target)


_SHEETS: Final[Mapping[str, Message]] = {
    "cases": Message("Cases"),
    "records": Message("Records"),
    "finance": Message("Finance"),
    "sessions": Message("Sessions"),
}
