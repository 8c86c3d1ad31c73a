"""What takes longer than a second shows how far it is, where somebody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ..messages import Message
from .app import App

PATIENCE: Final = 1.0
"""Seconds after which a silent command looks as if it were stuck."""


@contextmanager
def counting(app: App, label: Message, total: int | None = None) -> Iterator[Callable[[], None]]:
    """Give what is to be called after each piece of work; a bar on standard error shows the count after a second.

    Args:
        app: the options of this run.
        label: what is going on.
        total: how many pieces there will be; None where nobody knows.
    """
    if not sys.stderr.isatty() or app.json:
        yield lambda: None
        return
    started, done = time.monotonic(), 0
    bar: Any = None

    def step() -> None:
        nonlocal bar, done
        done += 1
        if bar is None and time.monotonic() - started > PATIENCE:
            bar = _bar(app.say(label), total)
            bar.start()
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield step
    finally:
        if bar is not None:
            bar.stop()


def _bar(label: str, total: int | None) -> Any:
    from rich.console import Console  # only where something takes long
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(file=sys.stderr, markup=False), transient=True)
    bar.add_task(label, total=total)
    return bar
