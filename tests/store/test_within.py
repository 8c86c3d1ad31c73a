"""Verbs in a transaction of the host's: kept with it, undone with it, and told of when it has committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import django
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from case_s import NUMBER, OFFICE, TEMPLATES, Clock, data, walk
from django.conf import settings
from django.db import ConnectionHandler, transaction
from offices import Office
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.orm import Session

from casework_flow import Casework, Conflict, Refused, migrate
from casework_flow.store.faults import StoreUnusable
from casework_flow.store.schema import VERSION, metadata

HOSTS = ("session", "connection", "django")


class Undo(Exception):
    """An error of the host's."""


@dataclass
class Host:
    """A host's way to its database: what it lends, how it begins, how it sets a savepoint, and how it runs SQL."""

    lends: Any
    begin: Callable[[], AbstractContextManager[Any]]
    nested: Callable[[], AbstractContextManager[Any]]
    run: Callable[[str], Any]


@contextmanager
def host(kind: str, url: str) -> Iterator[Host]:
    """One host more on the database, with connections of its own."""
    if kind == "django":
        handler = ConnectionHandler({"default": django_settings(url)})
        lent = handler["default"]

        def run(statement: str) -> Any:
            with lent.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None

        try:
            yield Host(lent, lambda: atomic(lent), lambda: atomic(lent), run)
        finally:
            handler.close_all()
        return
    engine = host_engine(url)
    with Session(engine) if kind == "session" else engine.connect() as lent:

        def run(statement: str) -> Any:
            found = lent.execute(text(statement))
            return [tuple(row) for row in found] if found.returns_rows else None

        try:
            yield Host(lent, lent.begin, lent.begin_nested, run)
        finally:
            lent.close()
            engine.dispose()


@contextmanager
def atomic(connection: Any) -> Iterator[None]:
    """``transaction.atomic`` on a connection that no settings name."""
    block = transaction.Atomic(None, True, False)
    before = transaction.get_connection
    transaction.get_connection = lambda using=None: connection if using is None else before(using)
    try:
        with block:
            yield
    finally:
        transaction.get_connection = before


def django_settings(url: str) -> dict[str, Any]:
    """The entry of DATABASES that names the database of a SQLAlchemy URL."""
    named = make_url(url)
    if named.get_backend_name() == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": named.database}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": named.database,
        "USER": named.username or "",
        "PASSWORD": named.password or "",
        "HOST": named.query.get("host") or named.host or "",
        "PORT": str(named.port or ""),
    }


def host_engine(url: str) -> Engine:
    """A host's own engine, as SQLAlchemy makes it when nobody asks for more; on SQLite with references checked."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
    return engine


@pytest.fixture(scope="module", autouse=True)
def configured() -> None:
    """Django wants settings before anything of it is used."""
    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours and of the host's."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr)  # noqa: S608
            for name in [*metadata.tables, "household"]
        }
    engine.dispose()
    return found


@pytest.fixture
def url(office: Office) -> str:
    """A database of a host, with case S at its beginning and a table of the host's beside it."""
    found = office.at("engagement")
    engine = create_engine(found)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE household (id INTEGER PRIMARY KEY NOT NULL, name TEXT)"))
    engine.dispose()
    return found


def note(cw: Casework, number: int = 1) -> Any:
    """Record something that the stage lets be recorded."""
    content = {"date": "2025-03-05", "note": f"catatan {number}"}
    return cw.record(NUMBER, "supervision", content, by="sup", at="2025-03-05")


@pytest.mark.parametrize("kind", HOSTS)
def test_what_the_host_commits_is_kept_with_its_own_rows(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    with host(kind, url) as one, one.begin():
        inside = cw.within(one.lends)
        case = inside.open("pkh-economic", client=data("client"), by="rina", at="2025-03-05")
        one.run("INSERT INTO household (id, name) VALUES (1, 'Contoh')")
        assert inside.case(case.number).client == case.client
        assert inside.status(case.number, at="2025-03-05").case.stage == "engagement"
    assert cw.case(case.number).stage == "engagement"
    assert everything(url)["household"] == [(1, "Contoh")]
    assert cw.verify() == ()


@pytest.mark.parametrize("kind", HOSTS)
def test_the_hosts_rollback_leaves_nothing_behind(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    told: list[Any] = []
    cw.on("opened", told.append)
    cw.on("recorded", told.append)
    before = everything(url)
    with host(kind, url) as one, suppress(Undo), one.begin():
        inside = cw.within(one.lends)
        inside.open("pkh-economic", client=data("client"), by="rina", at="2025-03-05")
        note(inside)
        one.run("INSERT INTO household (id, name) VALUES (1, 'Contoh')")
        raise Undo
    assert everything(url) == before
    assert told == []
    assert cw.verify() == ()


@pytest.mark.parametrize("kind", HOSTS)
def test_a_refusal_undoes_its_own_verb_and_the_host_goes_on(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    with host(kind, url) as one, one.begin():
        inside = cw.within(one.lends)
        one.run("INSERT INTO household (id, name) VALUES (1, 'Contoh')")
        note(inside, 1)
        with pytest.raises(Refused):
            inside.advance(NUMBER, by="rina", at="2025-03-05")
        note(inside, 2)
    assert everything(url)["household"] == [(1, "Contoh")]
    kept = [event for event in cw.history(NUMBER) if event["body"].get("record") == "supervision"]
    assert len(kept) == 2
    assert cw.verify() == ()


@pytest.mark.parametrize("kind", HOSTS)
def test_an_error_that_the_database_raised_leaves_the_host_a_transaction_that_works(
    office: Office, url: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cw = office.casework(url)
    with host(kind, url) as one, one.begin():
        inside = cw.within(one.lends)
        one.run("INSERT INTO household (id, name) VALUES (1, 'Contoh')")
        with monkeypatch.context() as taken:
            # the id of a row that is there already: the database refuses the insert half-way through the verb
            held = cw.records(NUMBER)
            ids = everything(url)["casework_records"][0][1]
            taken.setattr("casework_flow.recording.new_id", lambda: ids)
            with pytest.raises(Conflict):
                note(inside)
        assert cw.records(NUMBER) == held
        note(inside)
    assert everything(url)["household"] == [(1, "Contoh")]
    assert cw.verify() == ()


@pytest.mark.parametrize("kind", HOSTS)
def test_listeners_are_told_after_the_hosts_commit_of_what_it_kept(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    seen: list[tuple[Any, int]] = []
    cw.on("recorded", lambda done: seen.append((done.items, len(cw.history(NUMBER)))))
    start = len(cw.history(NUMBER))
    with host(kind, url) as one:
        with one.begin():
            inside = cw.within(one.lends)
            note(inside, 1)
            with suppress(Undo), one.nested():
                note(inside, 2)
                with one.nested():
                    note(inside, 3)
                raise Undo
            with one.nested():
                note(inside, 4)
            assert seen == []
        assert [count for _, count in seen] == [start + 2, start + 2]
        with suppress(Undo), one.begin():
            note(cw.within(one.lends), 5)
            raise Undo
        with one.begin():
            note(cw.within(one.lends), 6)
    assert [count for _, count in seen] == [start + 2, start + 2, start + 3]
    assert cw.verify() == ()


@pytest.mark.parametrize("kind", HOSTS)
def test_a_savepoint_that_was_set_before_the_first_verb_takes_it_along(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    seen: list[Any] = []
    cw.on("recorded", seen.append)
    with host(kind, url) as one, one.begin():
        one.run("INSERT INTO household (id, name) VALUES (1, 'Contoh')")
        with suppress(Undo), one.nested():
            note(cw.within(one.lends))
            raise Undo
    assert seen == []
    assert everything(url)["household"] == [(1, "Contoh")]
    assert not [event for event in cw.history(NUMBER) if event["kind"] == "recorded"]


def test_a_session_in_a_transaction_of_somebody_else_tells_only_when_that_commits(office: Office, url: str) -> None:
    cw = office.casework(url)
    seen: list[Any] = []
    cw.on("recorded", seen.append)
    engine = host_engine(url)
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text("INSERT INTO household (id, name) VALUES (1, 'Contoh')"))
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            note(cw.within(session))
            session.commit()
        assert seen == []
        outer.commit()
    engine.dispose()
    assert len(seen) == 1


@pytest.mark.parametrize("kind", ["autocommit", "connection", "django"])
def test_without_a_transaction_it_is_refused_with_words(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    before = everything(url)
    if kind == "autocommit":
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with Session(engine) as session, pytest.raises(StoreUnusable, match="begin one first"):
            note(cw.within(session))
        engine.dispose()
    else:
        with host(kind, url) as one, pytest.raises(StoreUnusable, match="begin one first"):
            note(cw.within(one.lends))
    assert everything(url) == before


def test_what_is_no_transaction_of_a_host_is_a_mistake_in_the_program(office: Office, url: str) -> None:
    with pytest.raises(TypeError, match=r"Session or Connection, or django\.db\.connection, not str"):
        office.casework(url).within(url)


def test_a_session_of_asyncio_is_a_mistake_in_the_program(office: Office, url: str) -> None:
    shaped = {name: lambda *_: None for name in ("connection", "in_transaction", "run_sync")}
    with pytest.raises(TypeError, match="not AsyncSession"):
        office.casework(url).within(type("AsyncSession", (), shaped)())


@pytest.mark.parametrize("kind", HOSTS)
def test_a_commit_that_fails_is_told_to_nobody(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    told: list[Any] = []
    cw.on("recorded", told.append)
    with host(kind, url) as one:
        with one.begin():
            one.run("CREATE TABLE member (family INTEGER REFERENCES household (id) DEFERRABLE INITIALLY DEFERRED)")
        before = everything(url)

        def work() -> None:
            with one.begin():
                note(cw.within(one.lends))
                one.run("INSERT INTO member VALUES (404)")

        with pytest.raises(Exception, match=r"(?i)foreign key"):
            work()
    assert told == []
    assert everything(url) == before


def test_a_connection_to_another_kind_of_database_is_refused(office: Office, url: str, tmp_path: Any) -> None:
    cw = office.casework(url)
    other = "sqlite://" if office.engine == "postgresql" else "mysql+fake://"
    if other == "sqlite://":
        engine = create_engine(other)
        with engine.begin() as connection, pytest.raises(StoreUnusable, match="another kind"):
            note(cw.within(connection))
        engine.dispose()
    else:
        strange = type("Strange", (), {"in_atomic_block": True, "connection": object()})()
        for name in ("validate_thread_sharing", "validate_no_broken_transaction", "on_commit"):
            setattr(strange, name, lambda *_: None)
        with pytest.raises(StoreUnusable, match="another kind"):
            note(cw.within(strange))


@pytest.mark.parametrize("kind", HOSTS)
def test_who_is_in_the_way_is_a_conflict_at_once(office: Office, url: str, kind: str) -> None:
    """The host read first; meanwhile somebody else wrote. Nothing is done again behind the host's back."""
    cw = office.casework(url)
    with host(kind, url) as one, one.begin():
        if office.engine == "postgresql":
            one.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        elif kind != "django":
            one.run("BEGIN")  # Python's driver would begin only at the first INSERT
        one.run("SELECT * FROM casework_cases")
        writer = threading.Thread(target=note, args=(cw,))
        writer.start()
        writer.join()
        with pytest.raises(Conflict):
            note(cw.within(one.lends), 2)
    assert len([event for event in cw.history(NUMBER) if event["kind"] == "recorded"]) == 1


def test_two_front_doors_keep_to_their_databases(office: Office, url: str) -> None:
    one, two = office.casework(url), office.casework(office.at("new"))
    seen: list[Any] = []
    two.on("opened", seen.append)
    two.add_staff("sari", full_name="Sari Contoh", role="social_worker")
    case = one.open("pkh-economic", client=data("client"), by="rina", at="2025-03-05")
    assert seen == []
    assert case.number not in [found.number for found in two.list()]
    assert "sari" not in [person.name for person in one.all_staff()]


def test_the_statements_run_on_the_drivers_connection(office: Office, url: str) -> None:
    """SQLAlchemy's work for each statement would cost more than the database's; it sees none of ours."""
    cw = office.casework(url)
    engine = host_engine(url)
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    with engine.begin() as connection:
        assert isinstance(connection, Connection)
        note(cw.within(connection))
    engine.dispose()
    assert seen == []


# a host's own migrations, tables and references


EMPTY = ("connection", "django")


@pytest.mark.parametrize("kind", EMPTY)
def test_the_tables_are_made_in_a_migration_of_the_hosts(office: Office, kind: str) -> None:
    url = office.empty()
    with host(kind, url) as one:
        with suppress(Undo), one.begin():
            assert migrate(one.lends) == (None, VERSION)
            raise Undo
        with one.begin():
            assert migrate(one.lends) == (None, VERSION)
            one.run("CREATE TABLE household (id INTEGER PRIMARY KEY)")
        with one.begin():
            assert migrate(one.lends) == (VERSION, VERSION)
            one.run("SELECT 1")
    cw = office.casework(url)
    cw.add_staff("sari", full_name="Sari Contoh", role="social_worker")
    assert cw.verify() == ()


def test_a_migration_without_a_transaction_is_refused(office: Office) -> None:
    with host("connection", office.empty()) as one, pytest.raises(StoreUnusable, match="begin one first"):
        migrate(one.lends)


def test_a_hosts_engine_that_begins_as_sqlalchemy_advises_is_enough(tmp_path: Any) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    cw = Casework(engine, office=OFFICE, templates=[TEMPLATES], clock=Clock())
    assert migrate(engine) == (VERSION, VERSION)
    with Session(engine) as session, session.begin():
        cw.within(session).add_staff("sari", full_name="Sari Contoh", role="social_worker")
    assert cw.verify() == ()
    engine.dispose()


REFERRING = """
    CREATE TABLE household_case (
        office_id TEXT NOT NULL, case_id TEXT NOT NULL, note TEXT,
        FOREIGN KEY (office_id, case_id) REFERENCES casework_cases (office_id, id)
    )
"""


@pytest.mark.parametrize("kind", HOSTS)
def test_a_table_of_the_hosts_refers_to_a_case(office: Office, url: str, kind: str) -> None:
    cw = office.casework(url)
    with host(kind, url) as one:
        with one.begin():
            one.run(REFERRING)
        with one.begin():
            cw.within(one.lends).open("pkh-economic", client=data("client"), by="rina", at="2025-03-05")
            one.run(
                "INSERT INTO household_case SELECT office_id, id, 'x' FROM casework_cases "
                "WHERE number <> 'KSS-2025-0001'"
            )
        with pytest.raises(Exception, match=r"(?i)foreign key"), one.begin():
            one.run("INSERT INTO household_case VALUES ('nowhere', 'nobody', 'y')")
        assert one.run("SELECT note FROM household_case") == [("x",)]


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_a_hosts_alembic_leaves_our_tables_alone(office: Office, url: str) -> None:
    """As ``docs/embedding.md`` says: a filter by name, and the host's own tables are compared as ever."""
    office.casework(url)
    own = MetaData()
    Table("household", own, Column("id", Integer, primary_key=True), Column("name", Text))
    engine = host_engine(url)
    own.create_all(engine)

    def theirs(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or not (name or "").startswith("casework_")

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": theirs})
        assert compare_metadata(context, own) == []
        context = MigrationContext.configure(connection)
        assert {change[0] for change in compare_metadata(context, own)} >= {"remove_table"}
    engine.dispose()


def test_on_postgresql_the_tables_may_stand_in_a_schema_of_their_own(postgres: Any) -> None:
    url = postgres.new()
    engine = create_engine(url, connect_args={"options": "-csearch_path=casework"})
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA casework"))
    cw = Casework(engine, office=OFFICE, templates=[TEMPLATES], clock=Clock())
    walk(cw, "engagement")
    with engine.begin() as connection:
        note(cw.within(connection))
        found = connection.execute(
            text("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'casework%'")
        ).scalars()
        assert list(found) == ["casework"]
    assert cw.verify() == ()
    engine.dispose()
    postgres.drop(url)


# no way around


AROUND = {
    "a case without a history": """
        INSERT INTO casework_cases SELECT office_id, 'x', 'KSS-2025-0404', workflow, workflow_version,
        workflow_digest, stage, status, cycle, episode, worker, client, opened_on, stage_since, due_on, closed_on,
        because, last_on, version, head FROM casework_cases
    """,
    "a case that begins elsewhere": "UPDATE casework_cases SET stage = 'planning', version = version + 1",
    "a case that vanishes": "DELETE FROM casework_cases",
    "another id": "UPDATE casework_cases SET id = 'x'",
}


@pytest.mark.parametrize("way", AROUND)
@pytest.mark.parametrize("kind", HOSTS)
def test_the_host_cannot_get_around_the_rules_by_sql_of_its_own(
    office: Office, url: str, kind: str, way: str
) -> None:
    cw = office.casework(url)
    before = everything(url)
    with host(kind, url) as one, pytest.raises(Exception, match="history"), one.begin():
        one.run(AROUND[way])
    assert everything(url) == before
    assert cw.verify() == ()
