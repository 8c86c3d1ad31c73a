"""Many documents at once: written on all cores, each whole or not at all; what is there already is not made again."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ..messages import Message
from .app import App
from .files import write
from .progress import counting

EACH: Final = 8
"""Documents for which it is worth to start a process."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_ENDINGS: Final = {"text": "txt"}


@dataclass(frozen=True, slots=True)
class Job:
    """One document and the file that it becomes; the file is named after no person."""

    case: str
    name: str
    item: int | None
    version: int
    identity: str | None
    form: str
    path: Path
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many files were written, and how many were there already."""

    written: int
    skipped: int
    files: tuple[Path, ...]


def jobs(app: App, numbers: Sequence[str], form: str, identity: str | None, folder: Path) -> list[Job]:
    """The documents of the cases ``numbers``, in the order of their issue.

    A file's name tells version, letter number, identity and the language that was asked for: what changes these is
    another file, so that whatever is there already is right.
    """
    found = []
    for case in numbers:
        for issued in app.casework.documents(case):
            parts = [issued.name, f"{issued.item:03d}" if issued.item else "", f"v{issued.version}"]
            parts += [_UNSAFE.sub("-", issued.number or "").strip("-"), identity or "", app.documents_lang or ""]
            file = "_".join(filter(None, parts)) + f".{_ENDINGS.get(form, form)}"
            path = folder / _UNSAFE.sub("-", case) / file
            found.append(
                Job(case, issued.name, issued.item, issued.version, identity, form, path, app.documents_lang)
            )
    return found


def run(app: App, wanted: Sequence[Job]) -> Outcome:
    """Write what is not there yet, with a bar where somebody watches.

    Raises:
        Unusable: a file cannot be written.
    """
    left = [job for job in wanted if not job.path.is_file()]
    for folder in dict.fromkeys(job.path.parent for job in left):
        folder.mkdir(parents=True, exist_ok=True)
    workers = min(os.cpu_count() or 1, len(left) // EACH)
    with ExitStack() as stack:
        if workers > 1:
            pool = stack.enter_context(
                ProcessPoolExecutor(
                    workers,
                    mp_context=multiprocessing.get_context("spawn"),  # a fork would share the database's connection
                    initializer=_start,
                    initargs=(app.lang, app.db),
                )
            )
            done: Iterator[str] = pool.map(_make, left, chunksize=EACH)
        else:
            done = (_written(app.casework, job) for job in left)
        step = stack.enter_context(counting(app, Message("Writing the documents"), len(left)))
        for _ in done:
            step()
    return Outcome(len(left), len(wanted) - len(left), tuple(job.path for job in wanted))


_here: list[Any] = []  # of a worker process: the casework that all its documents come from


def _start(lang: str, db: str | None) -> None:
    _here.append(App(lang=lang, db=db).casework)


def _make(job: Job) -> str:
    return _written(_here[0], job)


def _written(casework: Any, job: Job) -> str:
    from ..authenticity import as_file  # with the database: only where something is written

    document = casework.document(
        job.case, job.name, item=job.item, version=job.version, identity=job.identity, lang=job.lang
    )
    write(job.path, as_file(document, job.form))
    return job.path.name


def merged(app: App, wanted: Sequence[Job], target: Path) -> Outcome:
    """Write the documents as PDF and put them into one file for printing, each beginning on a page of its own."""
    from pypdf import PdfWriter  # only where files are put together

    outcome = run(app, wanted)
    with PdfWriter() as whole:
        for path in outcome.files:
            whole.append(path, import_outline=False)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            whole.write(draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return outcome


def scratch(target: Path) -> TemporaryDirectory[str]:
    """A folder beside ``target`` for the single files, when only the merged one is wanted."""
    return TemporaryDirectory(prefix=f".{target.name}.", dir=target.absolute().parent)
