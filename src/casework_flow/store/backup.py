"""Copies of a SQLite database while others work in it, and the way back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, make_url

from ..errors import NotFound, Refused
from ..messages import Message
from .faults import StoreUnusable, fault
from .schema import VERSION_TABLE


def file_of(url: str | URL) -> Path:
    """The file of a SQLite database.

    Raises:
        Refused: it is another kind of database, which has tools of its own, or none that is kept in a file.
    """
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        raise Refused(
            Message(
                "{kind} is backed up and restored by its own tools, pg_dump and pg_restore: they copy it whole while "
                "others work in it.",
                kind=made.get_backend_name(),
            )
        )
    if made.database in (None, "", ":memory:"):
        raise Refused(Message("A database in memory has no file."))
    return Path(str(made.database))


def backup(source: Path, target: Path) -> int:
    """Copy the database ``source`` to the new file ``target``, as it is at one moment; its size in bytes.

    Raises:
        NotFound: there is no such database.
        Refused: there is a file ``target`` already.
        StoreUnusable: the copy cannot be made; nothing is left of it.
    """
    if not source.is_file():
        raise NotFound(Message("There is no database {file}.", file=source))
    _refuse_existing(target)
    return _copied(source, target, lambda _: None)


def restore(source: Path, target: Path, check: Callable[[Path], None]) -> int:
    """Make the new database ``target`` from the copy ``source``; its size in bytes.

    Args:
        source: what ``backup`` wrote.
        target: where the office's database belongs; there must be none.
        check: looks at the copy before it is put there, and raises where it will not do.

    Raises:
        NotFound: there is no such copy.
        Refused: there is a database already.
        StoreUnusable: the copy is damaged or cannot be written; nothing is left of it.
    """
    if not source.is_file():
        raise NotFound(Message("There is no file {file}.", file=source))
    _refuse_existing(target)
    return _copied(source, target, check)


def _refuse_existing(target: Path) -> None:
    for file in (target, *(target.with_name(target.name + suffix) for suffix in ("-wal", "-journal"))):
        if file.exists():
            raise Refused(Message("{file} is there already and is not overwritten; move it away first.", file=file))


def _copied(source: Path, target: Path, check: Callable[[Path], None]) -> int:
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _copy(source, draft)
        check(draft)
        os.link(draft, target)  # unlike a renaming, it fails where somebody made the file meanwhile
        _sync(target.parent)
    except sqlite3.Error as error:
        if not draft.exists():
            raise StoreUnusable(
                Message("{file} cannot be written: its folder is missing, or nothing can be made in it.", file=target)
            ) from error
        raise fault(error) from error
    except FileExistsError:
        _refuse_existing(target)
        raise
    finally:
        for file in (draft, *(draft.with_name(draft.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
            file.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(source: Path, draft: Path) -> None:
    reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(draft)
    try:
        reading.backup(writing)
        tables = {name for (name,) in reading.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables & {VERSION_TABLE, "offices"}:  # the first release kept no version
            raise StoreUnusable(Message("{file} is no database of casework; nothing was copied.", file=source))
        if writing.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise StoreUnusable(Message("{file} is damaged; nothing was copied.", file=source))
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, whole in itself
    finally:
        reading.close()
        writing.close()
    with draft.open("rb") as written:
        os.fsync(written.fileno())


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
