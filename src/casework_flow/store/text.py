"""A statement as a driver takes it: SQL in the driver's own style, made once for each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Protocol


class Database(Protocol):
    """What must be known of a database to write SQL for it and to run it."""

    @property
    def name(self) -> str:
        """The kind of database: ``sqlite``, ``postgresql``."""

    @property
    def driver(self) -> str:
        """The kind of database and its driver, as SQLAlchemy names them: ``sqlite+pysqlite``."""

    @property
    def dialect(self) -> Any:
        """SQLAlchemy's dialect for it."""

    @property
    def error(self) -> type[Exception]:
        """What its driver raises."""


class Text:
    """SQL in a driver's style, and how its values are given.

    Args:
        sql: the text.
        names: the values in the order of their places; None where the driver takes them by name.
        constants: values that are the same each time.
        columns: the names of the columns that it gives.
    """

    __slots__ = ("columns", "sql", "values")

    def __init__(
        self, sql: str, names: tuple[str, ...] | None, constants: Mapping[str, Any], columns: tuple[str, ...]
    ) -> None:
        self.sql = sql
        self.columns = columns
        self.values: Callable[[Mapping[str, Any]], Any] = _giving(names, constants)


def _giving(names: tuple[str, ...] | None, constants: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """What puts given values into the form that the driver takes."""
    if names is None:
        return (lambda given: {**constants, **given}) if constants else lambda given: given
    if constants:
        return lambda given: [constants[name] if name in constants else given[name] for name in names]
    if len(names) < 2:
        return lambda given: [given[name] for name in names]
    return itemgetter(*names)


class Statement:
    """One of the statements that ``statements.py`` writes, by its name.

    Args:
        name: its name there.
        given: which of them, where that name stands for several: a key, or what a function there is given.
        kept: its text for a kind of database for which it was made before.
    """

    __slots__ = ("_given", "_name", "_texts")

    def __init__(
        self, name: str, given: tuple[Any, ...] | None = None, kept: Mapping[str, Text] | None = None
    ) -> None:
        self._name = name
        self._given = given
        self._texts = dict(kept or {})

    def on(self, database: Database) -> Text:
        """The statement's text for a kind of database."""
        text = self._texts.get(database.driver)
        if text is None:
            text = self._texts[database.driver] = self._compiled(database)
        return text

    def _compiled(self, database: Database) -> Text:
        from . import statements  # SQLAlchemy: a third of a second's start-up, and SQLite does without it

        found = getattr(statements, self._name)
        if self._given is not None:
            found = found(*self._given) if callable(found) else found[self._given[0]]
        return Text(*parts(found, database.dialect))


def parts(clause: Any, dialect: Any) -> tuple[str, tuple[str, ...] | None, dict[str, Any], tuple[str, ...]]:
    """What a ``Text`` is made of, from a clause of SQLAlchemy Core."""
    compiled = clause.compile(dialect=dialect)
    return (
        compiled.string,
        tuple(compiled.positiontup) if compiled.positional else None,
        {name: value for name, value in compiled.params.items() if value is not None},
        tuple(found[0] for found in compiled._result_columns),
    )
