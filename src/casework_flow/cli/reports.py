"""The verb that counts a period."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

from ..errors import Invalid, Problem
from ..messages import Message
from .app import App, Result, Usage
from .grammar import Option, verb

SUFFIXES: Final = (".pdf", ".html", ".htm", ".docx", ".txt", ".xlsx", ".csv")


@verb(
    Option(
        "--from",
        "first",
        metavar="DATE",
        says=Message("the first day; without it, the first of the year"),
    ),
    Option("--to", "last", metavar="DATE", says=Message("the last day; without it, today")),
    Option(
        "-o",
        "--output",
        metavar="FILE",
        says=Message("write it: {endings}; without it, the figures are shown", endings=" ".join(SUFFIXES)),
    ),
    more=Message(
        "Cases opened, closed by reason, in each stage and how long; visits; targets; finance books; by programme, "
        "worker and district. Groups of few cases are counted together, so that nobody is recognised: the profile's "
        "smallest_group says how few."
    ),
    example="casework report --from 2025-01-01 --to 2025-06-30 -o laporan.html",
)
def report(app: App, first: str | None, last: str | None, output: str | None) -> Result:
    """What the office did in a period."""
    from ..reportpage import remark, title, words  # loaded when the verb runs, not for its help

    ending = Path(output).suffix.lower() if output else ""
    if output and ending not in SUFFIXES:
        raise Usage(Message("{file} names no form: end it with {known}.", file=output, known=" ".join(SUFFIXES)))
    found = app.casework.report(_day(first, "from"), _day(last, "to"))
    data = found.as_data(app.lang)
    if output:
        from .files import write

        write(Path(output), _written(app, found, ending))
        said = Message("{file} is written.", file=output)
        return Result({**data, "file": output}, lambda screen: screen.item("✓", "green", said, indent=0))

    def show(screen: Any) -> None:
        name, period = title(found, app.lang)
        screen.parts([(name, "bold"), (f"  {found.agency}  {period}", "")])
        for table in found.tables:
            screen.line()
            screen.line(table.title, "bold")
            figures = range(1, len(table.columns))
            screen.table([column.title for column in table.columns], words(table, app.lang), figures=figures)
        screen.line()
        screen.line(remark(found, app.lang), "dim")

    return Result(data, show)


def _day(text: str | None, where: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        why = Message("A date such as 2025-12-31 is expected.")
        raise Invalid(Message("{value} is no date.", value=text), [Problem(f"--{where}", why)]) from None


def _written(app: App, found: Any, ending: str) -> bytes:
    from ..reportpage import as_csv, as_xlsx, page  # see report

    if ending == ".csv":
        return as_csv(found, app.lang)
    if ending == ".xlsx":
        return as_xlsx(found, app.lang)
    document = page(found, app.casework.office, app.casework.templates, app.lang)
    if ending in (".pdf", ".docx"):
        return bytes(document.pdf() if ending == ".pdf" else document.docx())
    return (document.text() if ending == ".txt" else document.html()).encode()
