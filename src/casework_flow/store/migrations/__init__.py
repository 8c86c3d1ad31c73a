"""The schema's history: how a database is made, and brought up to date, by Alembic.

A revision that was released is never changed. ``schema.py`` says what the last one gives; a test holds them equal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from ...messages import Message
from ..faults import StoreUnusable, fault
from ..schema import VERSION, VERSION_TABLE, metadata

FIRST: Final = "0001"
"""Of databases that were made before they told their revision."""


def create(engine: Engine) -> None:
    """Make the tables in an empty database.

    Raises:
        StoreUnusable: it is not empty: its schema is an earlier, a later or a strange one.
    """
    _in_transaction(engine, upgrading=False)


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring a database up to the schema that this software knows; an empty one gets its tables.

    Args:
        engine: the database. Everything is done in one transaction of its own, or nothing.

    Returns:
        The revision before, None where there was none, and the one now.

    Raises:
        StoreUnusable: the schema is a later or a strange one, or the database cannot be written.
    """
    return _in_transaction(engine, upgrading=True)


def _in_transaction(engine: Engine, *, upgrading: bool) -> tuple[str | None, str]:
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(4337)"))  # two that make it at once: one waits
            before = _revision(connection)
            if before != VERSION:
                _check(before, upgrading)
                _upgrade(connection, before)
            connection.commit()
    except DBAPIError as error:
        raise fault(error.orig or error) from error
    return before, VERSION


def _revision(connection: Connection) -> str | None:
    found = inspect(connection)
    if found.has_table(VERSION_TABLE):
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608  # a constant
    names = {name for name in metadata.tables if found.has_table(name)}
    if not names:
        return None
    return FIRST if names == set(metadata.tables) else "?"


def _check(revision: str | None, upgrading: bool) -> None:
    known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
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
    config = _config()
    config.attributes["connection"] = connection
    if before == FIRST and not inspect(connection).has_table(VERSION_TABLE):
        command.stamp(config, FIRST)
    command.upgrade(config, VERSION)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
