"""The verbs of documents: listed, written, registered, corrected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click

from ..messages import Message
from .app import App, Result, Usage
from .grammar import Argument, Option, case_argument, verb

FORMATS: Final = ("pdf", "docx", "html", "text", "xml")
SUFFIXES: Final = {".pdf": "pdf", ".htm": "html", ".html": "html", ".txt": "text", ".xml": "xml", ".docx": "docx"}


class _Formats(click.Choice[str]):
    """The formats of documents, with those that extensions add; those are looked for where one is named."""

    def __init__(self) -> None:
        super().__init__(FORMATS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The format's name; a usage error where there is none."""
        from ..extending import added  # see documents

        return value if value not in self.choices and value in added().formats else super().convert(value, param, ctx)


IDENTITIES: Final = ("full", "initials", "pseudonym")


def _identity(says: Message) -> Option:
    return Option("--identity", type=click.Choice(IDENTITIES), says=says)


def _item() -> Option:
    says = Message("which one, of a document issued for each item")
    return Option("--item", type=click.IntRange(min=1), metavar="N", says=says)


def _version() -> Option:
    says = Message("an earlier version than the last")
    return Option("--version", type=click.IntRange(min=1), metavar="N", says=says)


def _document() -> Argument:
    return Argument(
        "name", metavar="DOCUMENT", says=Message("the document; casework documents shows which there are")
    )


@verb(
    Argument("case", metavar="CASE", required=False, says=Message("the case's number; without it, all cases")),
    Option("--all", "everything", is_flag=True, says=Message("write them all, into the folder of -o")),
    Option("--format", "form", type=_Formats(), default="pdf", says=Message("the format; without it, PDF")),
    Option("-o", "--output", metavar="DIR", says=Message("the folder; what is in it already is not made again")),
    Option("--merged", metavar="FILE", says=Message("one PDF of all of them, for printing")),
    _identity(Message("how the client is named; without it, as the document's template says")),
    more=Message("Without --all, the documents of the case are shown. The files' names tell of no person."),
    example="casework documents --all --format pdf -o DIR",
)
def documents(
    app: App,
    case: str | None,
    everything: bool,
    form: str,
    output: str | None,
    merged: str | None,
    identity: str | None,
) -> Result:
    """The documents that were issued."""
    if everything or (case is not None and (output or merged)):
        return _bulk(app, case, form, output, merged, identity)
    if case is None or output or merged:
        raise Usage(Message("Name the case whose documents are to be shown, or write them all with --all."))
    from . import views  # loaded when the verb runs, not for its help

    found = app.casework.documents(case)
    return Result([issued.as_data() for issued in found], lambda screen: views.documents(screen, found))


def _bulk(
    app: App, case: str | None, form: str, output: str | None, merged: str | None, identity: str | None
) -> Result:
    from contextlib import ExitStack  # with the pool of processes: only for many documents

    from . import bulk

    if output is None and merged is None:
        raise Usage(Message("Say where to write the documents: -o DIR, or --merged FILE.pdf."))
    if merged and form != "pdf":
        raise Usage(Message("Only PDF files are put together into one."))
    numbers = [case] if case else [found.number for found in app.casework.list()]
    with ExitStack() as stack:
        folder = output or stack.enter_context(bulk.scratch(Path(str(merged))))
        wanted = bulk.jobs(app, numbers, form, identity, Path(folder))
        outcome = bulk.merged(app, wanted, Path(merged)) if merged else bulk.run(app, wanted)
    data = {"folder": output, "merged": merged, "written": outcome.written, "skipped": outcome.skipped}
    words = Message(
        "Documents written: {written}; there already: {skipped}.", written=outcome.written, skipped=outcome.skipped
    )
    return Result(data, lambda _: click.echo(app.say(words), err=True))


@verb(
    case_argument(),
    _document(),
    Option(
        "--format",
        "form",
        type=_Formats(),
        says=Message("the format; without it, by the ending of FILE, else text"),
    ),
    Option("-o", "--output", metavar="FILE", says=Message("where to write it; without it, standard output")),
    _identity(Message("how the client is named; without it, as the document's template says")),
    _item(),
    _version(),
    Option("--draft", is_flag=True, says=Message("what is recorded now, marked as a draft; nothing is issued")),
    more=Message(
        "It is in the language in which it was issued. With --lang en it is an English translation, marked as one: "
        "only the issued document counts."
    ),
    example="casework document KSS-2025-0001 contract --format pdf -o kontrak.pdf",
)
def document(
    app: App,
    number: str,
    name: str,
    form: str | None,
    output: str | None,
    identity: str | None,
    item: int | None,
    version: int | None,
    draft: bool,
) -> Result:
    """One document."""
    from .files import STDIN, form_of, write  # see documents

    form = form or form_of(output, SUFFIXES, "text")
    to_stdout = output in (None, STDIN)
    if to_stdout and form in ("pdf", "docx") and sys.stdout.isatty():
        raise Usage(Message("A {form} is nothing to print on a terminal: name a file with -o.", form=form.upper()))
    if draft:
        found = app.casework.draft(number, name, item=item, identity=identity, at=app.at, lang=app.documents_lang)
    else:
        found = app.casework.document(
            number, name, item=item, version=version, identity=identity, lang=app.documents_lang
        )
    content = written(found, form)
    if to_stdout:
        return Result(content, lambda _: click.echo(content, nl=False))
    write(Path(str(output)), content)
    data = {
        "file": output,
        "name": found.name,
        "item": found.item,
        "version": found.version,
        "number": found.number,
        "sha256": found.sha256,
        "format": form,
        "language": found.lang,
        "translation": bool(found.translates),
    }
    return Result(data, lambda _: click.echo(app.say(Message("{file} is written.", file=output)), err=True))


def written(document: Any, form: str) -> bytes:
    """A document in the ``form`` that one of its formats names."""
    made: bytes = document.written(form)
    return made


@verb(
    case_argument(),
    _document(),
    Argument("letter", metavar="NUMBER", required=False, says=Message("the number that the office's register gave")),
    Option(
        "--next",
        "draw",
        is_flag=True,
        says=Message("the next number of the office's own pattern (register_pattern in casework.toml)"),
    ),
    _item(),
    _version(),
    Option("--correct", is_flag=True, says=Message("put it in the place of a wrong number; needs --reason")),
    Option("--reason", metavar="TEXT", says=Message("why")),
    more=Message("Until a number is registered, its place in the letter stays blank. Letters of closed cases too."),
    example='casework register KSS-2025-0001 contract "460/012/Dinsos/2025" --as rina',
)
def register(app: App, number: str, name: str, letter: str | None, draw: bool, **more: Any) -> Result:
    """Enter a letter number."""
    if draw == (letter is not None):
        raise Usage(Message("Name the letter number, or draw the next one with --next."))
    found = app.casework.register(number, name, letter, by=app.by, at=app.at, key=app.key, **more)
    words = Message("{document} has the number {number}.", document=found.name, number=found.number)
    return Result(found.as_data(), lambda screen: screen.item("✓", "green", words, indent=0))


@verb(
    case_argument(),
    _document(),
    Option("--reason", metavar="TEXT", required=True, says=Message("why")),
    _item(),
    more=Message(
        "After a record was corrected, its document is issued again as a further version, marked as a correction. "
        "Earlier versions stay."
    ),
    example='casework reissue KSS-2025-0001 contract --reason "…" --as rina',
)
def reissue(app: App, number: str, name: str, reason: str, item: int | None) -> Result:
    """Issue a correction."""
    found = app.casework.reissue(number, name, by=app.by, reason=reason, item=item, at=app.at, key=app.key)
    words = Message(
        "{document} is issued again, as version {version}.",
        document=found.document.name,
        version=found.document.version,
    )
    return Result(found.as_data(), lambda screen: screen.item("✓", "green", words, indent=0))
