"""The database: how it is reached, and one transaction for each verb.

A write begins IMMEDIATE on SQLite and locks the case's row on PostgreSQL, so that two writers queue instead of
failing half-way. What fails all the same because somebody was in the way is tried again, a few times.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from ..errors import Invalid, Problem
from ..messages import Message
from .faults import Busy, Lost, StoreUnusable, fault
from .schema import VERSION
from .store import Transaction

BUSY_TIMEOUT: Final = 10.0
"""Seconds that a writer waits for another one."""

PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each further attempt, at most: half of it is left to chance, so that two do not meet again."""

DURABILITY: Final = ("full", "normal")
"""What SQLite may do with a commit when the power fails: keep it, or lose the last ones."""


class NoOffice(StoreUnusable):
    """The database is ready, but no office lives in it yet."""


_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Stored(Protocol):
    _store: Store


_S = TypeVar("_S", bound=_Stored)


def retried(verb: Callable[Concatenate[_S, _P], _R]) -> Callable[Concatenate[_S, _P], _R]:
    """Let a verb be done again, from its first reading, when somebody was in its way and nothing was written."""

    @wraps(verb)
    def again(self: _S, *given: _P.args, **named: _P.kwargs) -> _R:
        for pause in PAUSES:
            try:
                return verb(self, *given, **named)
            except (Busy, Lost):
                time.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311  # no secret
        return verb(self, *given, **named)

    return again  # type: ignore[return-value]  # a method: `self` is given by place


def connect(url: str | URL) -> Engine:
    """An engine for ``url``, set up for evidence.

    On SQLite that is WAL, foreign keys and ``synchronous=FULL``: in WAL mode NORMAL may lose the last commits when
    the power fails. Whoever prefers its speed writes ``sqlite:///casework.db?synchronous=normal``.

    Raises:
        Invalid: ``synchronous`` is neither full nor normal.
        sqlalchemy.exc.ArgumentError: this is no database URL.
    """
    given = make_url(url)
    if given.get_backend_name() != "sqlite":
        engine = create_engine(given)
        if engine.dialect.name == "postgresql":
            event.listen(engine, "connect", _set_up_postgresql)
        return engine
    durability = str(given.query.get("synchronous", DURABILITY[0])).lower()
    if durability not in DURABILITY:
        raise Invalid(
            Message("{db} cannot be used.", db=given.render_as_string()),
            [Problem("synchronous", Message("One of these is expected: {names}.", names=DURABILITY))],
        )
    bare = given.difference_update_query(["synchronous"])
    engine = create_engine(
        bare,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        **({"poolclass": StaticPool} if bare.database in (None, "", ":memory:") else {}),
    )

    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={durability}"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", set_up)
    return engine


def _set_up_postgresql(connection: Any, _: object) -> None:
    connection.cursor().execute(f"SET lock_timeout = '{BUSY_TIMEOUT:.0f}s'")
    connection.commit()


class Store:
    """The database, seen from one office."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._office: str | None = None
        self._begin = _BEGIN.get(engine.dialect.name, _BEGIN[""])

    def prepare(self, at: str) -> None:
        """See that the schema is the one that this software knows, and that there is an office; ``at`` is the clock.

        An empty database gets its tables.

        Raises:
            StoreUnusable: the schema is an earlier, a later or a strange one.
        """
        if self._version() != VERSION:
            from .migrations import create  # Alembic: loaded only where there is something to make

            create(self.engine)
        try:
            with self.reading():
                pass
        except NoOffice:
            with self._transaction(writes=True, founding=True) as tx:
                if tx.office() is None:
                    tx.found_office(at)

    def _version(self) -> str | None:
        """The revision that the database tells; None where it tells none."""
        try:
            with self._transaction(writes=False, founding=True) as tx:
                return tx.version()
        except StoreUnusable as error:
            if isinstance(error, Lost) or not _has_no_such_table(error.__cause__):
                raise
            return None

    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent view of the database."""
        return self._transaction(writes=False)

    def writing(self) -> AbstractContextManager[Transaction]:
        """One transaction: everything in it is kept, or nothing.

        Raises:
            Conflict: somebody else wrote first.
            StoreUnusable: the database cannot be written.
        """
        return self._transaction(writes=True)

    @contextmanager
    def _transaction(self, *, writes: bool, founding: bool = False) -> Iterator[Transaction]:
        connection = self._connection()
        broken, committing = self.engine.dialect.loaded_dbapi.Error, False
        try:
            for statement in self._begin[writes]:
                connection.cursor().execute(statement)
            yield self._of_office(connection, writes, founding)
            committing = True
            connection.commit()
        except broken as error:
            _undo(connection, broken)
            raise fault(error, committing=committing) from error
        except BaseException as error:
            _undo(connection, broken)
            if isinstance(error, Lost):
                self.engine.dispose()  # the others of the pool are as dead
            raise
        finally:
            connection.close()

    def _connection(self) -> Any:
        try:
            return self.engine.raw_connection()
        except DBAPIError as error:
            raise fault(error.orig or error) from error
        except self.engine.dialect.loaded_dbapi.Error as error:  # while it was set up
            raise fault(error) from error

    def _of_office(self, connection: Any, writes: bool, founding: bool) -> Transaction:
        tx = Transaction(connection, self.engine.dialect, self._office or "", writes=writes)
        if self._office is None and not founding:
            found = tx.office()
            if found is None:
                raise NoOffice(Message("This database holds no office yet: run casework init."))
            self._office = tx.office_id = found
        return tx


_BEGIN: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "": ((), ()),
    "sqlite": (("BEGIN",), ("BEGIN IMMEDIATE",)),
    "postgresql": (("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",), ()),
}
"""How a transaction begins that reads, and one that writes."""


def _has_no_such_table(error: BaseException | None) -> bool:
    return getattr(error, "sqlstate", None) == "42P01" or "no such table" in str(error)


def _undo(connection: Any, broken: type[Exception]) -> None:
    try:
        connection.rollback()
    except broken:
        connection.invalidate()
