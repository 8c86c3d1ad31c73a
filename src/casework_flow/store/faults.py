"""What a database refuses, as errors of our own: who must wait, who came second, what cannot be done at all."""

from __future__ import annotations

import sqlite3
from typing import Final

from ..errors import CaseworkError, Conflict
from ..messages import Message


class StoreUnusable(CaseworkError):
    """The database cannot be read or written; look at the cause, nothing has been changed."""

    code = "store"


class Guarded(StoreUnusable):
    """The database refused a row that its own rules forbid: a case that is not where its history says."""


class Busy(Conflict):
    """Another writer was in the way and nothing was written: the same again, a moment later, may do."""


class Lost(StoreUnusable):
    """The connection broke before anything was saved: the same again, a moment later, may do."""


_SERIALIZATION: Final = ("40001", "40P01", "55P03")
"""PostgreSQL: could not serialize, deadlock, and a lock that was not had in time."""
_UNIQUE: Final = ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
_REFERENCE: Final = ("23503", "SQLITE_CONSTRAINT_FOREIGNKEY")
_GUARDED: Final = ("P0001", "SQLITE_CONSTRAINT_TRIGGER")
_FULL: Final = ("53100", "SQLITE_FULL")
_READ_ONLY: Final = ("25006", "42501", "SQLITE_READONLY", "SQLITE_PERM")


def fault(error: BaseException, *, committing: bool = False) -> CaseworkError:
    """What the driver's ``error`` means.

    Args:
        error: what the driver raised.
        committing: it was raised by the commit, so that a lost connection leaves open what became of it.
    """
    code = _code(error)
    if code in _SERIALIZATION or code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy(Message("The database is busy with another writer; try again."))
    if code in _UNIQUE:
        return Busy(Message("Somebody else wrote to this case first; read it again."))
    if code in _REFERENCE:
        return Conflict(Message("Somebody else wrote to this case first; read it again."))
    if code in _FULL:
        return StoreUnusable(Message("The disk is full; nothing was saved. Make room, then do the same again."))
    if code.startswith(_READ_ONLY):
        return StoreUnusable(
            Message("The database can be read but not written ({why}); nothing was saved.", why=_why(error))
        )
    if code in _GUARDED:
        return Guarded(Message("The database refused this: {why}.", why=_why(error)))
    if not _is_lost(error, code):
        return StoreUnusable(Message("The database cannot be used: {why}.", why=_why(error)))
    if committing:
        return StoreUnusable(
            Message(
                "The connection to the database broke while it was saving, so that nobody knows whether it did: "
                "look before you do it again. With the same --key it is never done twice."
            )
        )
    return Lost(Message("The database does not answer ({why}); nothing was saved.", why=_why(error)))


def _code(error: BaseException) -> str:
    """PostgreSQL's SQLSTATE or the name of SQLite's result code; empty where there is neither."""
    if isinstance(error, sqlite3.Error):
        return str(getattr(error, "sqlite_errorname", None) or "")
    return str(getattr(error, "sqlstate", None) or "")


def _is_lost(error: BaseException, code: str) -> bool:
    if isinstance(error, sqlite3.Error):
        return False
    return code.startswith(("08", "57P")) or (
        not code and type(error).__name__ in ("OperationalError", "InterfaceError")
    )


def _why(error: BaseException) -> str:
    """The first line of what the driver says, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
