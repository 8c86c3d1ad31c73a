"""Cases in and out: exports, event logs, and imports."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from ..errors import did_you_mean
from ..messages import Message, Sayable, languages
from .app import App, Result, Usage
from .grammar import Argument, Labelled, Option, verb

if TYPE_CHECKING:  # loaded when a verb runs, not for its help
    from ..columns import Layout, TableMapping
    from ..exchange import Doubtful, Imported

FORMS: Final = ("json", "csv", "xlsx", "xes", "ocel")
SUFFIXES: Final = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".xes": "xes",
    ".jsonocel": "ocel",
    ".ocel": "ocel",
}
TABLES: Final = {
    "cases": Message("Cases"),
    "records": Message("Records"),
    "finance": Message("Finance"),
    "sessions": Message("Sessions"),
}
IDENTITIES: Final = ("pseudonym", "full")
DUPLICATES: Final = {"skip": Message("skip"), "open": Message("open the cases")}
SHOWN: Final = 10
"""Cases that are named after an import; casework list shows them all."""


def _form(name: str, says: Message) -> Option:
    return Option(f"--{name}", "form", flag_value=name, says=says)


@verb(
    Argument("numbers", metavar="[CASE]…", nargs=-1, says=Message("the cases' numbers; without any, all cases")),
    Option("-o", "--output", metavar="FILE", says=Message("where to write it; without it, standard output")),
    Option(
        "--format",
        "form",
        type=click.Choice(FORMS),
        says=Message("the form; without it, by the ending of FILE, else JSON lines"),
    ),
    _form("csv", Message("one table as CSV: see --table")),
    _form("xlsx", Message("all tables as a workbook")),
    _form("xes", Message("an event log, XES (IEEE 1849)")),
    _form("ocel", Message("an event log of cases, clients, workers and documents, OCEL 2.0")),
    Option(
        "--table",
        type=Labelled(TABLES),
        default="cases",
        says=Message("which table, of CSV; without it, the cases"),
    ),
    Option("--workflow", metavar="NAME", says=Message("only the cases of this programme")),
    Option(
        "--identity",
        type=click.Choice(IDENTITIES),
        says=Message("whether event logs have names; without it, they have pseudonyms"),
    ),
    Option("--everything", is_flag=True, says=Message("event logs tell of records and approvals too")),
    more=Message(
        "JSON lines hold everything, and casework import takes them in elsewhere. Event logs are for research: they "
        "tell moves, days and roles, and no name unless it is asked for. In CSV a text that a spreadsheet program "
        "could take for a formula has a quote before it."
    ),
    example="casework export KSS-2025-0001 -o kasus.json",
)
def export(
    app: App,
    numbers: tuple[str, ...],
    output: str | None,
    form: str | None,
    table: str,
    workflow: str | None,
    identity: str | None,
    everything: bool,
) -> Result:
    """Write cases out."""
    from .files import STDIN, form_of, streamed  # what follows is loaded when the verb runs, not for its help
    from .progress import counting

    form = form or form_of(output, SUFFIXES, "json")
    if form not in ("xes", "ocel") and (identity or everything):
        raise Usage(Message("--identity and --everything are for event logs: --xes or --ocel."))
    if form != "csv" and table != next(iter(TABLES)):
        raise Usage(Message("--table chooses a table of CSV; a workbook has all of them."))
    to_stdout = output in (None, STDIN)
    if to_stdout and form == "xlsx" and sys.stdout.isatty():
        raise Usage(Message("A {form} is nothing to print on a terminal: name a file with -o.", form=form.upper()))
    how = {
        "form": form,
        "numbers": numbers,
        "workflow": workflow,
        "table": table,
        "identity": identity or IDENTITIES[0],
        "everything": everything,
        "lang": app.lang,
    }
    count = 0
    with counting(app, Message("Exporting the cases")) as step:

        def told() -> None:
            nonlocal count
            count += 1
            step()

        if to_stdout:
            app.casework.export(sys.stdout.buffer, told=told, **how)
            sys.stdout.flush()
            return Result(b"", lambda _: None)
        casework = app.casework
        with streamed(Path(str(output))) as file:
            casework.export(file, told=told, **how)
    words = Message("{file} is written; cases: {count}.", file=output, count=count)
    data = {"file": output, "format": form, "cases": count}
    return Result(data, lambda _: click.echo(app.say(words), err=True))


@verb(
    Argument("file", metavar="FILE", says=Message("an export, or a table: XLSX or CSV; - is standard input")),
    Option("--workflow", metavar="NAME", says=Message("the programme of rows that name none")),
    Option("--mapping", metavar="FILE", says=Message("what the columns give and what their words mean, as YAML")),
    Option("--save-mapping", metavar="FILE", says=Message("write down what was recognised and answered, as YAML")),
    Option(
        "--duplicates",
        type=Labelled(DUPLICATES),
        says=Message("what becomes of rows whose client may be here already"),
    ),
    Option("--dry-run", is_flag=True, says=Message("check everything, write nothing")),
    more=Message(
        "All or nothing. Of an export, every history is checked first, and a case that is here already is refused. "
        "Of a table, the usual headings are recognised (Nama, NIK, Tahap …); every wrong row is told with its place. "
        "A case that comes from a table begins where the table has it, and its history says so."
    ),
    example="casework import klien.xlsx --workflow pkh-economic --dry-run --as sup",
)
def import_cases(
    app: App,
    file: str,
    workflow: str | None,
    mapping: str | None,
    save_mapping: str | None,
    duplicates: str | None,
    dry_run: bool,
) -> Result:
    """Take cases in."""
    from .files import STDIN

    by = app.by
    name = app.say(Message("standard input")) if file == STDIN else Path(file).name
    with _opened(file) as stream:
        start = stream.read(512)
        stream.seek(0)
        is_export = SUFFIXES.get(Path(file).suffix.lower()) == FORMS[0]
        if is_export or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            if workflow or mapping or save_mapping or duplicates:
                raise Usage(
                    Message(
                        "An export is imported as it is: --workflow, --mapping, --save-mapping and --duplicates are "
                        "for tables."
                    )
                )
            return _lines(app, stream, name, by, dry_run)
        return _table(app, stream, name, by, workflow, mapping, save_mapping, duplicates, dry_run)


def _opened(file: str) -> BinaryIO:
    """The file, or standard input kept aside, because it is read twice.

    Raises:
        NotFound: there is no such file.
    """
    from ..errors import NotFound
    from .failures import Unusable, reason
    from .files import STDIN

    if file == STDIN:
        kept: Any = tempfile.SpooledTemporaryFile(max_size=10_000_000)  # noqa: SIM115  # the caller closes it
        while part := sys.stdin.buffer.read(65_536):
            kept.write(part)
        kept.seek(0)
        found: BinaryIO = kept
        return found
    try:
        return Path(file).open("rb")
    except FileNotFoundError:
        raise NotFound(Message("There is no file {path}.", path=file)) from None
    except OSError as fault:
        raise Unusable(Message("The system says: {why}.", why=reason(fault))) from None


def _lines(app: App, stream: BinaryIO, name: str, by: str, dry_run: bool) -> Result:
    from .progress import counting

    with counting(app, Message("Importing the cases")) as step:
        found = app.casework.import_lines(
            stream, name=name, by=by, dry_run=dry_run, at=app.at, key=app.key, told=step
        )
    return _result(app, found)


def _table(
    app: App,
    stream: BinaryIO,
    name: str,
    by: str,
    workflow: str | None,
    mapping: str | None,
    save_mapping: str | None,
    duplicates: str | None,
    dry_run: bool,
) -> Result:
    from ..columns import TableMapping
    from ..exchange import MOST_BYTES, Doubtful
    from .files import read, write
    from .progress import counting

    content = stream.read(MOST_BYTES + 1)
    given = TableMapping.from_data(read(mapping).data, Path(mapping).name) if mapping else TableMapping()
    layout = app.casework.table_layout(content, name=name, mapping=given)
    watched = sys.stdin.isatty() and sys.stderr.isatty() and not app.json
    if layout.unknown and watched:
        given = _asked(app, layout, given)
        layout = app.casework.table_layout(content, name=name, mapping=given)
    if save_mapping:
        write(Path(save_mapping), _as_yaml(layout, given))

    def run(decision: str | None) -> Imported:
        with counting(app, Message("Importing the cases")) as step:
            found: Imported = app.casework.import_table(
                content,
                name=name,
                by=by,
                workflow=workflow,
                mapping=given,
                duplicates=decision,
                dry_run=dry_run,
                at=app.at,
                key=app.key,
                told=step,
            )
        return found

    try:
        return _result(app, run(duplicates))
    except Doubtful as doubt:
        if not watched:
            raise
        return _result(app, run(_decided(app, doubt)))


def _asked(app: App, layout: Layout, mapping: TableMapping) -> TableMapping:
    """The mapping, with what somebody at the terminal says of the columns that nobody knows."""
    from ..columns import TableMapping, labels
    from ..headings import plain

    known = labels()
    columns = dict(mapping.columns)
    click.echo(app.say(Message("Columns can give:")), err=True)
    _in_columns([f"{place:>2} {label.say(app.lang)}" for place, label in enumerate(known.values(), 1)])
    meant = {plain(label.say(lang)): target for target, label in known.items() for lang in languages()}
    meant |= {plain(target): target for target in known}
    meant |= {str(place): target for place, target in enumerate(known, 1)}
    shown = [label.say(app.lang) for label in known.values()]
    for column in layout.unknown:
        question = Message(
            "What does the column {heading} give (such as {sample})?",
            heading=column.heading,
            sample=column.sample[:40],
        )
        while True:
            answer = click.prompt(app.say(question), default=app.say(Message("ignore")), err=True).strip()
            if plain(answer) in meant:
                break
            hint: Sayable | str = did_you_mean(answer, [*known, *shown]) or ""
            click.echo(app.say(Message("No column gives {target}. {hint}", target=answer, hint=hint)), err=True)
        columns[plain(column.heading)] = meant[plain(answer)]
    return TableMapping(columns, mapping.values)


def _in_columns(texts: Sequence[str]) -> None:
    """Print short texts side by side, as many as the terminal has room for, read downwards."""
    width = max(map(len, texts)) + 2
    across = max(1, shutil.get_terminal_size().columns // width)
    down = -(-len(texts) // across)
    for place in range(down):
        click.echo("".join(text.ljust(width) for text in texts[place::down]).rstrip(), err=True)


def _decided(app: App, doubt: Doubtful) -> str:
    """What somebody at the terminal wants to become of the rows whose clients may be here already."""
    from .failures import fail

    fail(app, doubt)
    question = app.say(Message("Leave these rows out, or open their cases all the same?"))
    answer: str = click.prompt(question, type=Labelled(DUPLICATES), err=True)
    return answer


def _as_yaml(layout: Layout, mapping: TableMapping) -> bytes:
    import yaml  # only where a mapping is written

    data = {"columns": layout.columns, "values": {target: dict(meant) for target, meant in mapping.values.items()}}
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    return text.encode()


def _result(app: App, found: Imported) -> Result:
    count = len(found.cases)
    words = Message("Imported; cases: {count}.", count=count)
    if found.dry_run:
        words = Message(
            "Nothing is wrong; cases that would be imported: {count}. Nothing is written.", count=len(found.cases)
        )

    def show(screen: Any) -> None:
        screen.item("✓", "green", words, indent=0)
        if found.cases and not found.dry_run:
            more = ["…"] if len(found.cases) > SHOWN else []
            screen.line(Message("Cases: {numbers}.", numbers=[*found.cases[:SHOWN], *more]))
        if found.skipped:
            screen.line(Message("Left out: {places}.", places=list(found.skipped)))

    return Result(found.as_data(app.lang), show, found.warnings)
