"""The database: how it is reached, and one transaction for each verb.

A write begins IMMEDIATE on SQLite and locks the case's row on PostgreSQL, so that two writers queue instead of
failing half-way. What fails all the same because somebody was in the way is tried again, a few times.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from ..errors import Invalid, Problem
from ..messages import Message
from .faults import Busy, Lost, StoreUnusable, fault
from .hosting import Hosted, host_of
from .sqlite import VERSION
from .store import Transaction

if TYPE_CHECKING:  # loading SQLAlchemy takes longer than most verbs on SQLite, which need nothing of it (ADR 8)
    from sqlalchemy import URL, Engine

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
        for pause in self._store.pauses:
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
    from sqlalchemy import create_engine, event, make_url
    from sqlalchemy.pool import StaticPool

    given = make_url(url)
    if given.get_backend_name() != "sqlite":
        engine = create_engine(given)
        if engine.dialect.name == "postgresql":
            event.listen(engine, "connect", _set_up_postgresql)
        return engine
    durability = _durability(given.query.get("synchronous"), given.render_as_string())
    bare = given.difference_update_query(["synchronous"])
    engine = create_engine(
        bare,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        **({"poolclass": StaticPool} if bare.database in (None, "", ":memory:") else {}),
    )

    event.listen(engine, "connect", lambda connection, _: _set_up_sqlite(connection, durability))
    return engine


def _durability(given: object, url: str) -> str:
    asked = str(given or DURABILITY[0]).lower()
    if asked not in DURABILITY:
        raise Invalid(
            Message("{db} cannot be used.", db=url),
            [Problem("synchronous", Message("One of these is expected: {names}.", names=DURABILITY))],
        )
    return asked


def _set_up_sqlite(connection: Any, durability: str) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={durability}"):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_postgresql(connection: Any, _: object) -> None:
    connection.cursor().execute(f"SET lock_timeout = '{BUSY_TIMEOUT:.0f}s'")
    connection.commit()


class _Alone:
    """What makes connections of our own: each transaction is begun and ended here."""

    name: str

    def begin(self, connection: Any, writes: bool) -> None:
        for statement in _BEGIN.get(self.name, _BEGIN[""])[writes]:
            connection.cursor().execute(statement)

    def commit(self, connection: Any) -> None:
        connection.commit()

    def rollback(self, connection: Any) -> None:
        connection.rollback()

    def after_commit(self, call: Callable[[], object]) -> None:
        call()


class _Engined(_Alone):
    """The connections of a SQLAlchemy engine: PostgreSQL's, and whatever a host brings along."""

    def __init__(self, engine: Engine, *, own: bool) -> None:
        self.engine = engine
        self.dialect: Any = engine.dialect
        self.name = engine.dialect.name
        self.driver = f"{engine.dialect.name}+{engine.dialect.driver}"
        self.error: type[Exception] = self.dialect.loaded_dbapi.Error
        self._own = own

    def take(self) -> Any:
        from sqlalchemy.exc import DBAPIError  # loaded with the engine

        try:
            return self.engine.raw_connection()
        except DBAPIError as error:
            raise fault(error.orig or error) from error
        except self.error as error:  # while it was set up
            raise fault(error) from error

    def give_back(self, connection: Any, *, broken: bool) -> None:
        if broken:
            connection.invalidate()
        connection.close()

    def drop(self) -> None:
        """Connect anew from here on."""
        self.engine.dispose()

    def close(self) -> None:
        if self._own:
            self.engine.dispose()


class _File(_Alone):
    """The connections to a SQLite file by Python's own driver, set up as ``connect`` sets them up."""

    name: Final = "sqlite"
    driver: Final = "sqlite+pysqlite"
    error: Final = sqlite3.Error
    _KEPT: Final = 5
    """Connections that are kept open while nobody needs them."""
    _URL: Final = re.compile(r"sqlite:///(?!file:|:memory:)([^?]+)(?:\?synchronous=(\w+))?")

    def __init__(self, url: str, file: str, durability: str) -> None:
        self._url = url
        self._file = Path(file).absolute()
        self._durability = durability
        self._idle: list[sqlite3.Connection] = []

    @classmethod
    def of(cls, url: str) -> _File | None:
        """The file that ``url`` names; None where it names anything else, or says how to open it."""
        plain = cls._URL.fullmatch(url)
        return cls(url, plain[1], _durability(plain[2], url)) if plain else None

    @cached_property
    def engine(self) -> Engine:
        """For the migrations."""
        return connect(self._url)

    @property
    def dialect(self) -> Any:
        return self.engine.dialect

    def take(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            connection = sqlite3.connect(self._file, timeout=BUSY_TIMEOUT, check_same_thread=False)
        except sqlite3.Error as error:
            raise fault(error) from error
        try:
            _set_up_sqlite(connection, self._durability)
        except sqlite3.Error as error:
            connection.close()
            raise fault(error) from error
        return connection

    def give_back(self, connection: sqlite3.Connection, *, broken: bool) -> None:
        if broken or len(self._idle) >= self._KEPT:
            connection.close()
        else:
            self._idle.append(connection)

    def drop(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def close(self) -> None:
        self.drop()
        if "engine" in self.__dict__:
            self.engine.dispose()


class Store:
    """The database, seen from one office.

    Args:
        database: a URL, or an engine of the host's.

    Raises:
        Invalid: the URL asks for a durability that there is not.
        sqlalchemy.exc.ArgumentError: this is no database URL.
    """

    def __init__(self, database: str | Engine) -> None:
        file = _File.of(database) if isinstance(database, str) else None
        own = isinstance(database, str)
        self._database: _File | _Engined | Hosted = file or _Engined(
            connect(database) if isinstance(database, str) else database, own=own
        )
        self._office: str | None = None
        self.pauses: tuple[float, ...] = PAUSES

    def within(self, given: object) -> Store:
        """The same database, seen from inside a transaction of a host's; nothing is done again there.

        Raises:
            TypeError: ``given`` is no Session, no Connection and not Django's.
        """
        inside = copy(self)
        inside._database = Hosted(host_of(given), self._database)
        inside.pauses = ()
        return inside

    def after_commit(self, call: Callable[[], object]) -> None:
        """Call ``call`` when what was just done is sure to stay: at once, or after the host's commit."""
        self._database.after_commit(call)

    @property
    def engine(self) -> Engine:
        """A SQLAlchemy engine for the same database."""
        return self._database.engine

    def close(self) -> None:
        """Close the connections; those of a host's engine are left alone."""
        self._database.close()

    def prepare(self, at: str) -> None:
        """See that the schema is the one that this software knows, and that there is an office; ``at`` is the clock.

        An empty database gets its tables.

        Raises:
            StoreUnusable: the schema is an earlier, a later or a strange one.
        """
        if self._version() != VERSION:
            from .migrations import create  # Alembic: loaded only where there is something to make

            create(self._database.engine)
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
        database = self._database
        connection, whole, committing = database.take(), False, False
        tx: Transaction | None = None
        try:
            database.begin(connection, writes)
            tx = self._of_office(connection, writes, founding)
            yield tx
            committing = not isinstance(database, Hosted)  # a savepoint's release saves nothing yet
            database.commit(connection)
            whole = True
        except database.error as error:
            whole = _undone(database, connection)
            raise fault(error, committing=committing) from error
        except BaseException as error:
            whole = _undone(database, connection)
            if isinstance(error, Lost):
                database.drop()  # the others that are kept are as dead
            raise
        finally:
            if tx is not None:
                tx.end()
            database.give_back(connection, broken=not whole)

    def _of_office(self, connection: Any, writes: bool, founding: bool) -> Transaction:
        tx = Transaction(connection, self._database, self._office or "", writes=writes)
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


def _undone(database: _File | _Engined | Hosted, connection: Any) -> bool:
    """Roll back; whether the connection may be used again."""
    try:
        database.rollback(connection)
    except database.error:
        return False
    return True
