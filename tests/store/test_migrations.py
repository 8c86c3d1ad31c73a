"""The schema: made and brought up to date by the migrations, fit for growth, refused with words where strange."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from case_s import NUMBER, data
from offices import Office
from postgres import Postgres
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

from casework_flow import Casework, migrate
from casework_flow.store import statements
from casework_flow.store.database import connect
from casework_flow.store.faults import StoreUnusable
from casework_flow.store.migrations import config
from casework_flow.store.schema import VERSION, VERSION_TABLE, metadata

RELEASE_0_1 = Path(__file__).with_name("release-0.1.sql")


def triggers(connection: Connection) -> set[str]:
    """The triggers and functions of a database as text, but for blanks and quotes; of SQLite also the indexes."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql > ''")
        )
    else:
        found = connection.execute(
            text(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal UNION "
                "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'casework%'"
            )
        )
    return {re.sub(r'[\s"]+', " ", row[0]).replace(" ,", ",").replace(" )", ")") for row in found}


def indexes(connection: Connection) -> set[tuple[Any, ...]]:
    """Every index: its table, name, columns and whether it is for some rows only."""
    look = inspect(connection)
    return {
        (table, one["name"], tuple(one["column_names"]), any("where" in k for k in one.get("dialect_options", {})))
        for table in metadata.tables
        for one in look.get_indexes(table)
    }  # fmt: skip


REFLECTED = pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index",
    "ignore:autogenerate skipping metadata-specified expression-based index",
)
"""An index over an expression cannot be reflected on SQLite; its text is compared."""


@REFLECTED
def test_the_migrations_give_the_schema_that_the_software_knows(new_database: Callable[[], str]) -> None:
    made, migrated = connect(new_database()), connect(new_database() + "")
    if made.url == migrated.url:
        migrated = connect(str(made.url).replace(".db", "-2.db"))
    assert migrate(made) == (None, VERSION)
    with migrated.begin() as connection:  # all the way, from the first release on
        way = config()
        way.attributes["connection"] = connection
        command.upgrade(way, VERSION)
    with made.connect() as one, migrated.connect() as two:
        context = MigrationContext.configure(
            two, opts={"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
        )
        assert compare_metadata(context, metadata) == []
        assert triggers(one) == triggers(two) != set()
        assert indexes(one) == indexes(two)
    made.dispose()
    migrated.dispose()


def test_migrating_twice_changes_nothing(new_database: Callable[[], str]) -> None:
    engine = connect(new_database())
    migrate(engine)
    assert migrate(engine) == (VERSION, VERSION)
    engine.dispose()


def released(file: Path) -> str:
    """The database of an office that used release 0.1; its URL."""
    raw = sqlite3.connect(file)
    raw.executescript(RELEASE_0_1.read_text(encoding="utf-8"))
    raw.close()
    return f"sqlite:///{file}"


@REFLECTED
def test_a_database_of_the_first_release_is_refused_until_it_is_upgraded_and_then_works(
    tmp_path: Path, databases: Any
) -> None:
    from case_s import casework

    url = released(tmp_path / "casework.db")
    with pytest.raises(StoreUnusable, match="casework upgrade-db"):
        casework(tmp_path / "casework.db")
    engine = connect(url)
    assert migrate(engine) == ("0001", VERSION)
    with engine.connect() as connection:
        fresh = create_engine("sqlite://")
        metadata.create_all(fresh)
        with fresh.connect() as other:
            assert triggers(connection) == triggers(other)
            assert indexes(connection) == indexes(other)
    engine.dispose()
    cw = casework(tmp_path / "casework.db")
    assert cw.verify() == ()
    cw.record(NUMBER, "genogram", data("genogram"), by="rina", at="2025-03-13")
    assert cw.verify() == ()


@pytest.mark.parametrize("revision", ["9999", "abc", ""])
def test_a_later_or_unknown_schema_is_refused_with_words(
    office: Office, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = office.at("engagement")
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))  # noqa: S608
    for attempt in (lambda: office.casework(url), lambda: migrate(engine)):
        with pytest.raises(StoreUnusable, match="does not know"):
            attempt()
    engine.dispose()


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    raw = sqlite3.connect(file)
    raw.execute("CREATE TABLE casework_events (id INTEGER)")
    raw.close()
    engine = connect(f"sqlite:///{file}")
    with pytest.raises(StoreUnusable, match="does not know"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["casework_events"]
    engine.dispose()


def test_an_existing_database_is_opened_without_alembic(office: Office) -> None:
    import subprocess
    import sys

    url = office.at("engagement")
    script = f"import sys; from casework_flow import Casework; Casework({url!r}); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# growth


def keys() -> list[tuple[str, tuple[str, ...]]]:
    """Every primary key, unique constraint, foreign key and index, as its columns."""
    found = []
    for table in metadata.sorted_tables:
        for constraint in table.constraints:
            found.append((f"{table.name} {type(constraint).__name__}", tuple(c.name for c in constraint.columns)))  # type: ignore[attr-defined]
        for key in table.foreign_key_constraints:
            found.append((f"{table.name} refers to", tuple(element.column.name for element in key.elements)))
        for index in table.indexes:
            found.append((str(index.name), tuple(column.name for column in index.columns)))
    return sorted(found)


@pytest.mark.parametrize(("name", "columns"), keys())
def test_the_office_leads_every_key(name: str, columns: tuple[str, ...]) -> None:
    assert columns[0] == "office_id", name


def test_no_number_comes_from_the_database() -> None:
    for table in metadata.sorted_tables:
        assert all(column.server_default is None and column.default is None for column in table.c)
        assert table.autoincrement_column is None


def test_the_schema_stands_on_sixteen_hash_partitions(postgres: Postgres) -> None:
    url = postgres.new()
    engine = create_engine(url)
    for name, table in metadata.tables.items():
        assert name == table.name

    def partitioned(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> tuple[str, Any]:
        return (
            statement + " PARTITION BY HASH (office_id)" if "CREATE TABLE" in statement else statement
        ), parameters

    event.listen(engine, "before_cursor_execute", partitioned, retval=True)
    metadata.create_all(engine)
    event.remove(engine, "before_cursor_execute", partitioned)
    _spread(engine)
    with engine.connect() as connection:
        parts = connection.scalar(
            text("SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE relkind = 'r'")
        )
    assert parts == 16 * len(metadata.tables)
    _walk_on(url)
    engine.dispose()
    postgres.drop(url)


def _spread(engine: Engine) -> None:
    with engine.begin() as connection:
        for name in metadata.tables:
            for part in range(16):
                connection.execute(
                    text(
                        f"CREATE TABLE {name}_{part} PARTITION OF {name} "
                        f"FOR VALUES WITH (MODULUS 16, REMAINDER {part})"
                    )
                )
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num text)"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{VERSION}')"))  # noqa: S608


def _walk_on(url: str) -> None:
    """Case S lives there as anywhere."""
    from case_s import OFFICE, TEMPLATES, Clock, walk

    from casework_flow.casework import Casework

    cw = Casework(url, office=OFFICE, templates=[TEMPLATES], clock=Clock())
    walk(cw, "assessment")
    assert cw.verify() == ()
    cw.disconnect()


def test_a_hosts_tables_of_the_same_names_stay_and_stand_beside_ours(new_database: Callable[[], str]) -> None:
    engine = connect(new_database())
    names = ("cases", "documents", "events", "staff", "records", "templates", "workflows", "offices", "counters")
    with engine.begin() as connection:
        for name in names:
            connection.execute(text(f"CREATE TABLE {name} (id INTEGER)"))
        connection.execute(text("CREATE INDEX cases_due ON cases (id)"))
    assert migrate(engine) == (None, VERSION)
    look = inspect(engine)
    assert set(look.get_table_names()) == {*names, *metadata.tables, VERSION_TABLE}
    assert [column["name"] for column in look.get_columns("cases")] == ["id"]
    assert all(name.startswith("casework_") for name in metadata.tables)
    engine.dispose()


def test_the_cases_of_a_nik_are_found_by_an_index(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'office.db'}")
    migrate(engine)
    with engine.connect() as connection:
        plan = connection.execute(
            text(f"EXPLAIN QUERY PLAN {statements.OPEN_OF.compile(engine)}".replace("?", "'x'"))
        ).all()
    engine.dispose()
    assert "casework_records_nik" in str(plan)


def test_the_cases_of_a_nik(office: Office) -> None:
    cw = Casework(office.at("engagement"))
    twin = {**data("client"), "name": "Nama Lain"}
    opened = cw.open("pkh-economic", client=twin, by="rina", at="2025-03-04")
    assert any(NUMBER in str(warning.say("en")) for warning in opened.warnings)
    other = {**twin, "nik": "1216065208929998", "occupation": 'tani "nik":"1216065208929999"'}
    assert not any(
        NUMBER in str(one.say("en"))
        for one in cw.open("pkh-economic", client=other, by="rina", at="2025-03-04").warnings
    )
