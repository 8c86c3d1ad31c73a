"""The verb that draws a case."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ..messages import Message
from .app import App, Result, Usage
from .grammar import Argument, Option, case_argument, verb

DRAWINGS: Final = ("genogram", "ecomap", "finance", "timeline")
PNG: Final = ".png"


@verb(
    case_argument(),
    Argument(
        "drawing",
        metavar="DRAWING",
        type=click.Choice(DRAWINGS),
        says=Message("what is drawn: {names}", names=" · ".join(DRAWINGS)),
    ),
    Option(
        "-o", "--output", metavar="FILE", says=Message("an .svg or .png file; without it, SVG on standard output")
    ),
    Option(
        "--identity",
        type=click.Choice(("full", "initials", "pseudonym")),
        default="initials",
        says=Message("how the client is named; without it, by initials"),
    ),
    Option(
        "--compare",
        is_flag=True,
        says=Message("genogram and ecomap: beside the first one, with what has changed marked"),
    ),
    example="casework draw KSS-2025-0001 genogram -o genogram.svg",
)
def draw(app: App, number: str, drawing: str, output: str | None, identity: str, compare: bool) -> Result:
    """A drawing of a case."""
    from .files import STDIN, write  # loaded when the verb runs, not for its help

    suffix = Path(output).suffix.lower() if output else ""
    if output not in (None, STDIN) and suffix not in (".svg", PNG):
        raise Usage(Message("A drawing is an .svg or a .png file: {file} is neither.", file=output))
    made = app.casework.draw(number, drawing, identity=identity, compare=compare, at=app.at, lang=app.documents_lang)
    if output in (None, STDIN):
        return Result({"drawing": drawing, "alt": made.alt, "svg": made.svg}, lambda _: click.echo(made.svg))
    if suffix == PNG:
        from ..documents.png import to_png  # typst, for those who want pixels

        content = to_png(made.svg, made.width)
    else:
        content = made.svg.encode()
    write(Path(str(output)), content)
    words = Message("{file} is written.", file=output)
    data = {"drawing": drawing, "alt": made.alt, "file": output}
    return Result(data, lambda _: click.echo(app.say(words), err=True))
