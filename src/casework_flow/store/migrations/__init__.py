"""The schema's history: how a database is made, and brought up to date, by Alembic.

A revision that was released is never changed. ``schema.py`` says what the last one gives; a test holds them equal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command, context, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Inspector, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from ...messages import Message
from ..faults import StoreUnusable, fault
from ..hosting import host_of, see_begun
from ..schema import VERSION, VERSION_TABLE, metadata

FIRST: Final = "0001"
"""Of databases that were made before they told their revision."""

FIRST_TABLES: Final = (
    "cases",
    "counters",
    "documents",
    "events",
    "offices",
    "records",
    "staff",
    "templates",
    "workflows",
)
"""The tables of the first release, which had no name of their own."""


def create(engine: Engine) -> None:
    """Make the tables in an empty database.

    Raises:
        StoreUnusable: it is not empty: its schema is an earlier, a later or a strange one.
    """
    _in_transaction(engine, upgrading=False)


def migrate(database: object) -> tuple[str | None, str]:
    """Bring a database up to the schema that this software knows; an empty one gets its tables.

    Args:
        database: an engine: everything is done in one transaction of its own, or nothing. Or a Connection or
            Django's connection (a migration's ``schema_editor.connection``): everything is done in the transaction
            that the host has begun, and committed with the host's own work.

    Returns:
        The revision before, None where there was none, and the one now.

    Raises:
        StoreUnusable: the schema is a later or a strange one, the database cannot be written, or the host has
            begun no transaction.
        TypeError: ``database`` is none of these.
    """
    if isinstance(database, Engine):
        return _in_transaction(database, upgrading=True)
    raw = host_of(database).driver()
    see_begun(raw)
    if isinstance(database, Connection):
        return _in_savepoint(database)
    with _connected(raw) as connection:
        return _in_savepoint(connection)


def _in_savepoint(connection: Connection) -> tuple[str | None, str]:
    try:
        with connection.begin_nested():
            return _on(connection, upgrading=True)
    except DBAPIError as error:
        raise fault(error.orig or error) from error


@contextmanager
def _connected(raw: Any) -> Iterator[Connection]:
    """A connection of SQLAlchemy's on a driver's connection that somebody has lent, and goes on using."""
    here = isinstance(raw, sqlite3.Connection)
    more: dict[str, Any] = {} if here else {"use_native_hstore": False}
    engine = create_engine(
        "sqlite://" if here else "postgresql+psycopg://",
        creator=lambda: _Lent(raw),
        poolclass=StaticPool,
        pool_reset_on_return=None,
        **more,
    )
    with engine.connect() as connection:
        yield connection
    engine.dispose()


class _Lent:
    """A driver's connection whose transaction and settings are somebody else's."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def _leave(self, *_: object, **__: object) -> None:
        """Whoever has lent it does this."""

    commit = rollback = close = create_function = add_notice_handler = _leave


def _in_transaction(engine: Engine, *, upgrading: bool) -> tuple[str | None, str]:
    try:
        with engine.connect() as connection:
            connection.begin()
            raw: Any = connection.connection.driver_connection
            if engine.dialect.name == "sqlite" and not raw.in_transaction:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # unless a host's engine has begun by itself
            done = _on(connection, upgrading=upgrading)
            connection.commit()
    except DBAPIError as error:
        raise fault(error.orig or error) from error
    return done


def _on(connection: Connection, *, upgrading: bool) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4337)"))  # two that make it at once: one waits
    before = _revision(connection)
    if before != VERSION:
        _check(before, upgrading)
        _upgrade(connection, before)
    return before, VERSION


def _revision(connection: Connection) -> str | None:
    found = inspect(connection)
    if found.has_table(VERSION_TABLE):
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608  # a constant
    if any(found.has_table(name) for name in metadata.tables):
        return "?"
    return FIRST if all(_is_first(found, name) for name in FIRST_TABLES) else None


def _is_first(found: Inspector, table: str) -> bool:
    """Whether this is a table of the first release, and not a host's that happens to have its name."""
    return found.has_table(table) and "office_id" in {column["name"] for column in found.get_columns(table)}


def _check(revision: str | None, upgrading: bool) -> None:
    known = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]
    if revision is not None and revision not in known:
        raise StoreUnusable(
            Message(
                "The database has a schema that this version of the software does not know ({found}; it knows "
                "{known}): install the version that made it, or a later one.",
                found=revision,
                known=VERSION,
            )
        )
    if revision is not None and not upgrading:
        raise StoreUnusable(
            Message(
                "The database has the schema of an earlier version ({found}; needed is {known}): make a copy with "
                "casework backup, then run casework upgrade-db.",
                found=revision,
                known=VERSION,
            )
        )


def _upgrade(connection: Connection, before: str | None) -> None:
    known = config()
    known.attributes["connection"] = connection
    with _lent_modules():
        if before is None:
            # made as it is now: the way there began with names that a host's tables may have
            metadata.create_all(connection)
            command.stamp(known, VERSION)
            return
        if before == FIRST and not inspect(connection).has_table(VERSION_TABLE):
            command.stamp(known, FIRST)
        command.upgrade(known, VERSION)


@contextmanager
def _lent_modules() -> Iterator[None]:
    """Alembic's ``op`` and ``context`` belong to one run at a time; a host's around ours gets them back."""
    kept = [(module, dict(vars(module))) for module in (context, op)]
    try:
        yield
    finally:
        for module, names in kept:
            vars(module).update(names)


def config() -> Config:
    """What Alembic must know: the connection to work on is handed over as its attribute ``connection``."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made
