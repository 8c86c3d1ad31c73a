"""The verb that opens the full-screen view."""

from __future__ import annotations

import sys

from ..messages import Message
from .app import App, Result, Usage
from .failures import Unusable
from .grammar import Option, verb


@verb(
    Option("--worker", metavar="NAME", says=Message("begin with this worker's cases; without it, with everybody's")),
    more=Message("The board, each case on its pages, its documents to read; the forward move, and approvals."),
    example="casework tui --as rina",
)
def tui(app: App, worker: str | None) -> Result:
    """The full-screen view."""
    if app.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Unusable(Message("The full-screen view needs a terminal; casework board shows the same as text."))
    try:
        from .fullscreen import run  # textual, for this verb only
    except ModuleNotFoundError as missing:
        raise Usage(
            Message(
                "The full-screen view needs the Python package {name}: install casework-flow[tui].",
                name=missing.name or "textual",
            )
        ) from None
    if worker is not None:
        app.casework.staff(worker)
    run(app, worker)
    return Result(None, lambda _: None)
