"""A report for people: its figures as words of a language, and the whole of it as a document of the office."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from babel.dates import format_date

from .document import Document, writer_profile
from .documents import render
from .documents.language import filters
from .drawings.bars import bars
from .drawings.svg import Drawing
from .exporting import harmless
from .issuing import letterhead_apart
from .messages import Message, Text
from .office import Office
from .reporting import Report
from .tally import Cell, Column, Table

TEMPLATE: Final = "_report"
"""The template of the report; one of the office's own takes its place."""
CHARTS: Final = {
    "months": ("opened", "closed"),
    "stages": ("median_days", "p90_days"),
    "reasons": ("closed",),
    "targets": ("targets",),
    "workers": ("open", "overdue"),
}
"""The tables that are drawn as well, with the columns that make the bars."""


def title(report: Report, lang: str) -> tuple[str, str]:
    """What the report is called, and its period in words."""
    period = filters(lang)["period"](report.first, report.last)
    return Message("Casework report").say(lang), period


def remark(report: Report, lang: str) -> str:
    """What those who read the figures must know of them."""
    if not report.tables:
        said = Message(
            "There were fewer than {count} cases in this period: nothing is told of them.", count=report.smallest
        )
    else:
        said = Message(
            "Groups of fewer than {count} cases are counted together with others, and a middle value of fewer is "
            "left out (–), so that nobody is recognised. A visit belongs to the week of the contract in which it was "
            "due; days are calendar days without those of pauses: in a stage, from entering to leaving it; of a "
            "case, from its opening to its closing; “9 in 10 within” is what nine in ten did not exceed.",
            count=report.smallest,
        )
    return said.say(lang)


def words(table: Table, lang: str) -> list[list[str]]:
    """The rows of a table as people read them."""
    ways = [_way(column, lang) for column in table.columns]
    return [[way(cell) for way, cell in zip(ways, row, strict=True)] for row in table.rows]


def _way(column: Column, lang: str) -> Callable[[Cell], str]:
    write = filters(lang)

    def said(cell: Cell) -> str:
        if cell is None:
            return "–"
        if isinstance(cell, Message | Text):
            return cell.say(lang)
        if isinstance(cell, str):
            return month(cell) if column.name == "month" else cell
        return write["percent"](cell, 1) if column.unit == "percent" else write["number"](cell)

    def month(cell: str) -> str:
        return format_date(date.fromisoformat(f"{cell}-01"), "MMM y", locale=lang)

    return said


def chart(table: Table, lang: str) -> Drawing | None:
    """The table's bars, if it has any."""
    wanted = CHARTS.get(table.name)
    if not wanted:
        return None
    places = [next(n for n, column in enumerate(table.columns) if column.name == name) for name in wanted]
    written = words(table, lang)
    rows = [
        (texts[0], [_number(row[place]) for place in places]) for texts, row in zip(written, table.rows, strict=True)
    ]
    series = [table.columns[place].title.say(lang) for place in places]
    alt = f"{table.title.say(lang)}: {', '.join(series)}."
    return bars(rows, series, say=filters(lang)["number"], alt=alt)


def _number(cell: Cell) -> float | None:
    return cell if isinstance(cell, int | float) else None


def page(report: Report, office: Office, templates: render.Templates, lang: str) -> Document:
    """The report as a document: PDF, DOCX, HTML or text.

    Args:
        report: the figures.
        office: whose letterhead stands above them.
        templates: where the report's template is.
        lang: the language of the words.

    Raises:
        TemplateFault: the office's own template is wrong.
    """
    profile, files = letterhead_apart(office.as_data())
    drawings = {table.name: drawing for table in report.tables if (drawing := chart(table, lang))}
    name, period = title(report, lang)
    told = {
        "title": name,
        "period": period,
        "remark": remark(report, lang),
        "parts": [_part(table, lang, table.name in drawings) for table in report.tables],
    }
    xml = render.render(templates.bundle(TEMPLATE), {"report": told, "office": profile}, lang, TEMPLATE)
    letter = profile["letter"]
    return Document(
        name="report",
        item=None,
        version=1,
        number=None,
        sha256=hashlib.sha256(xml.encode()).hexdigest(),
        on=report.last,
        lang=lang,
        xml=xml,
        profile={
            **writer_profile(profile, lang),
            **{key: files.get(letter.get(key) or "") for key in ("base", "logo")},
        },
        drawings=drawings,
    )


def _part(table: Table, lang: str, drawn: bool) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title.say(lang),
        "chart": drawn,
        "head": [column.title.say(lang) for column in table.columns],
        "widths": _widths(table.columns),
        "rows": words(table, lang),
    }


def _widths(columns: Sequence[Column]) -> str:
    """The first column, which names the row, is wider than the figures."""
    return ",".join(["3" if len(columns) < 5 else "2.4", *["1"] * (len(columns) - 1)])


def as_csv(report: Report, lang: str) -> bytes:
    """Every table below the other, each under its name, for a spreadsheet."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    for table in report.tables:
        writer.writerow([table.title.say(lang)])
        writer.writerow([column.title.say(lang) for column in table.columns])
        for texts, row in zip(words(table, lang), table.rows, strict=True):
            writer.writerow([harmless(texts[0]), *("" if cell is None else cell for cell in row[1:])])
        writer.writerow([])
    writer.writerow([remark(report, lang)])
    return target.getvalue().encode("utf-8-sig")


def as_xlsx(report: Report, lang: str) -> bytes:
    """A workbook with a sheet for each table; texts are texts, whatever they look like."""
    from openpyxl import Workbook  # slow to load, and needed for workbooks only
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    name, period = title(report, lang)
    for table in report.tables:
        sheet = book.create_sheet(table.title.say(lang)[:_SHEET_NAME].replace(":", ","))
        lines: list[list[Any]] = [
            [f"{name}, {report.agency}, {period}"],
            [],
            [column.title.say(lang) for column in table.columns],
            *([texts[0], *row[1:]] for texts, row in zip(words(table, lang), table.rows, strict=True)),
            [],
            [remark(report, lang)],
        ]
        for number, cells in enumerate(lines, 1):
            for place, value in enumerate(cells, 1):
                cell = sheet.cell(number, place, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # never a formula
                if number in (1, _HEAD):
                    cell.font = Font(bold=True)
                if number == _HEAD:
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
        for place in range(1, len(table.columns) + 1):
            sheet.column_dimensions[get_column_letter(place)].width = 38 if place == 1 else 15
        sheet.freeze_panes = f"B{_HEAD + 1}"
    if not report.tables:
        book.create_sheet(name[:_SHEET_NAME]).cell(1, 1, remark(report, lang))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


_SHEET_NAME: Final = 31
"""Characters that a spreadsheet program allows in the name of a sheet."""
_HEAD: Final = 3
"""The row with the headings."""
