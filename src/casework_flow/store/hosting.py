"""A host's transaction, to work in: a savepoint for each verb, and word of it when the host has committed.

Nothing is begun here, committed or done again: all of that is the host's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, Final, Protocol

from ..messages import Message
from .faults import StoreUnusable
from .text import Database

Call = Callable[[], object]
_KEY: Final = "casework_flow"
"""Where SQLAlchemy's notes on a driver's connection keep what is to be told."""


class Host(Protocol):
    """Whoever has a transaction of their own to lend."""

    def driver(self) -> Any:
        """The driver's connection, on which the host has begun a transaction.

        Raises:
            StoreUnusable: it has not.
        """

    def after_commit(self, call: Call) -> None:
        """Have ``call`` called when the host has committed; never, if it rolls back this part of its work."""


def host_of(given: object) -> Host:
    """The host whose Session, Connection or Django connection this is.

    Raises:
        TypeError: it is none of these.
    """
    if hasattr(given, "in_atomic_block"):  # Django's: told by what it has, so that Django need not be there
        return _Django(given)
    if hasattr(given, "connection") and hasattr(given, "in_transaction") and not hasattr(given, "run_sync"):
        return _SqlAlchemy(given)
    raise TypeError(
        f"within() takes a SQLAlchemy Session or Connection, or django.db.connection, not {type(given).__name__}"
    )


class Own(Database, Protocol):
    """The database as this software reaches it alone."""

    @property
    def engine(self) -> Any:
        """A SQLAlchemy engine for it."""


class Hosted:
    """The one connection that a host has lent; shaped like the makers of connections of ``database.py``.

    Args:
        host: whose transaction it is.
        own: the database as this software reaches it alone; the host's must be of the same kind.
    """

    def __init__(self, host: Host, own: Own) -> None:
        self._host = host
        self._own = own
        self.name = own.name
        self.driver = own.driver
        self.error = own.error
        self.after_commit = host.after_commit

    @property
    def engine(self) -> Any:
        """An engine of our own for the same database."""
        return self._own.engine

    @property
    def dialect(self) -> Any:
        """SQLAlchemy's dialect for it."""
        return self._own.dialect

    def take(self) -> Any:
        """The host's connection, in its transaction."""
        connection = self._host.driver()
        here = isinstance(connection, sqlite3.Connection)
        if here is not (self.name == "sqlite") or not (here or isinstance(connection, self._class())):
            raise StoreUnusable(
                Message(
                    "The transaction is on a connection of another kind ({driver}) than the casework database.",
                    driver=f"{type(connection).__module__}.{type(connection).__qualname__}",
                )
            )
        see_begun(connection)
        return connection

    def _class(self) -> type:
        found: type = self.dialect.loaded_dbapi.Connection
        return found

    def give_back(self, connection: Any, *, broken: bool) -> None:
        """It stays the host's."""

    def drop(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing was opened."""

    def begin(self, connection: Any, _: bool) -> None:
        """Set the mark to which an error of ours goes back."""
        connection.cursor().execute("SAVEPOINT casework_verb")

    def commit(self, connection: Any) -> None:
        """Leave what was done to the host's commit."""
        connection.cursor().execute("RELEASE SAVEPOINT casework_verb")

    def rollback(self, connection: Any) -> None:
        """Undo what was done since the mark, and nothing of the host's."""
        connection.cursor().execute("ROLLBACK TO SAVEPOINT casework_verb")
        connection.cursor().execute("RELEASE SAVEPOINT casework_verb")


def see_begun(connection: Any) -> None:
    """See that there is a transaction to roll back, on a driver's connection.

    Left to itself, Python's driver for SQLite begins the transaction of whoever has asked for one at the first INSERT
    or UPDATE; a savepoint before that would be a transaction of its own, and its release a commit.

    Raises:
        StoreUnusable: there is none.
    """
    if not isinstance(connection, sqlite3.Connection):
        if connection.autocommit and connection.info.transaction_status.name == "IDLE":
            raise _not_begun()
    elif not connection.in_transaction:
        if getattr(connection, "autocommit", -1) != -1 or connection.isolation_level is None:
            raise _not_begun()
        connection.execute(f"BEGIN {connection.isolation_level}")


def _not_begun() -> StoreUnusable:
    return StoreUnusable(
        Message(
            "There is no transaction to work in: begin one first, with session.begin(), connection.begin() or "
            "transaction.atomic()."
        )
    )


class _Django:
    """Django's connection, which knows by itself what was rolled back."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def driver(self) -> Any:
        """The driver's connection inside an ``atomic`` block."""
        if not self._connection.in_atomic_block:
            raise _not_begun()
        self._connection.validate_thread_sharing()
        self._connection.validate_no_broken_transaction()
        return self._connection.connection

    def after_commit(self, call: Call) -> None:
        """What ``transaction.on_commit`` does."""
        self._connection.on_commit(call)


class _SqlAlchemy:
    """A Session or a Connection of SQLAlchemy."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def _connection(self) -> Any:
        given = self._given
        found = given.connection() if callable(given.connection) else given  # a Session begins by itself, if at all
        if not found.in_transaction():
            raise _not_begun()
        return found

    def driver(self) -> Any:
        """The driver's connection under that of the pool."""
        return self._connection().connection.driver_connection

    def after_commit(self, call: Call) -> None:
        """Keep ``call`` with the transaction on the connection, whoever commits that."""
        connection = self._connection()
        told = connection.info.get(_KEY)
        if told is None or told.root is not connection.get_transaction():
            told = connection.info[_KEY] = _Told(connection)
        told.calls.append(call)


class _Told:
    """What is to be told after the commit of one transaction of SQLAlchemy's, savepoint by savepoint.

    A savepoint that was set before this was made encloses all that is told here.
    """

    def __init__(self, connection: Any) -> None:
        from sqlalchemy import event  # loaded by the host

        self.root = connection.get_transaction()
        self.calls: list[Call] = []
        self._before: list[int] = []
        for name, heard in (("savepoint", _set), ("release_savepoint", _left), ("rollback_savepoint", _undone)):
            if not event.contains(connection, name, heard):
                event.listen(connection, name, heard)
        plain: Any = type(self.root)
        self.root.__class__ = _telling(plain)

    def set(self) -> None:
        """A savepoint was set."""
        self._before.append(len(self.calls))

    def leave(self) -> int:
        """The innermost savepoint is no more; how much had been told before it."""
        return self._before.pop() if self._before else 0

    def undo(self) -> None:
        """What was done since the innermost savepoint is undone."""
        del self.calls[self.leave() :]


def _told(connection: Any) -> _Told | None:
    told: _Told | None = connection.info.get(_KEY)
    return told if told is not None and told.root is connection.get_transaction() else None


def _set(connection: Any, _: object) -> None:
    if told := _told(connection):
        told.set()


def _left(connection: Any, _: str, __: object) -> None:
    if told := _told(connection):
        told.leave()


def _undone(connection: Any, _: str, __: object) -> None:
    if told := _told(connection):
        told.undo()


@cache
def _telling(kind: Hashable) -> Any:
    """A transaction like ``kind`` that tells what is to be told when it is committed.

    SQLAlchemy has an event before a commit and none after it; what was told before could still be rolled back.
    """
    if hasattr(kind, "told"):
        return kind

    plain: Any = kind

    def commit(self: Any) -> None:
        connection = self.connection
        told = _told(connection)
        plain.commit(self)
        if told is not None:
            connection.info.pop(_KEY, None)
            for call in told.calls:
                call()

    return type(plain.__name__, (plain,), {"__slots__": (), "commit": commit, "told": True})
