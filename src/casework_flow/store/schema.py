"""The tables.

The office's id leads every key and never changes, ids are made by the application, and nothing refers across
offices: so one database may hold one office or many, and be split by office later. Columns that hold JSON are
text in one canonical form, because digests are taken over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    literal_column,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

metadata: Final = MetaData()

VERSION: Final = "0007"
"""The revision of the schema that this software works with: the head of the migrations."""

VERSION_TABLE: Final = "casework_version"
"""Where a database tells its revision; a host's own migrations keep theirs elsewhere."""


PREFIX: Final = "casework_"
"""Begins the name of everything of ours in a database, which may be a host's as well."""


def _named(name: str) -> str:
    return PREFIX + name


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


offices = Table(
    _named("offices"),
    metadata,
    _text("office_id"),
    _text("created_at"),
    PrimaryKeyConstraint("office_id"),
)

counters = Table(
    _named("counters"),
    metadata,
    _text("office_id"),
    _text("kind"),
    _number("year"),
    _number("value"),
    PrimaryKeyConstraint("office_id", "kind", "year"),
)

staff = Table(
    _named("staff"),
    metadata,
    _text("office_id"),
    _text("name"),
    _text("full_name"),
    _text("role"),
    _text("supervisor", null=True),
    _text("nip", null=True),
    _text("title", null=True),
    _text("salt"),
    PrimaryKeyConstraint("office_id", "name"),
    ForeignKeyConstraint(["office_id", "supervisor"], [_named("staff.office_id"), _named("staff.name")]),
)

workflows = Table(
    _named("workflows"),
    metadata,
    _text("office_id"),
    _text("digest"),
    _text("data"),
    PrimaryKeyConstraint("office_id", "digest"),
)

templates = Table(
    _named("templates"),
    metadata,
    _text("office_id"),
    _text("digest"),
    _text("source"),
    PrimaryKeyConstraint("office_id", "digest"),
)

cases = Table(
    _named("cases"),
    metadata,
    _text("office_id"),
    _text("id"),
    _text("number"),
    _text("workflow"),
    _number("workflow_version"),
    _text("workflow_digest"),
    _text("stage"),
    _text("status"),
    _number("cycle"),
    _number("episode"),
    _text("worker"),
    _text("client"),
    _text("opened_on"),
    _text("stage_since"),
    _text("due_on", null=True),
    _text("closed_on", null=True),
    _text("because", null=True),
    _text("last_on"),
    _number("version"),
    _text("head"),
    PrimaryKeyConstraint("office_id", "id"),
    UniqueConstraint("office_id", "number"),
    ForeignKeyConstraint(["office_id", "worker"], [_named("staff.office_id"), _named("staff.name")]),
    ForeignKeyConstraint(
        ["office_id", "workflow_digest"], [_named("workflows.office_id"), _named("workflows.digest")]
    ),
)
Index(_named("cases_due"), cases.c.office_id, cases.c.due_on, cases.c.id, sqlite_where=text("status <> 'closed'"))
Index(
    _named("cases_worker_due"),
    cases.c.office_id,
    cases.c.worker,
    cases.c.due_on,
    cases.c.id,
    sqlite_where=text("status <> 'closed'"),
)
Index(_named("cases_stage"), cases.c.office_id, cases.c.stage, sqlite_where=text("status <> 'closed'"))
Index(
    _named("cases_closed"), cases.c.office_id, cases.c.closed_on, cases.c.id, sqlite_where=text("status = 'closed'")
)

events = Table(
    _named("events"),
    metadata,
    _text("office_id"),
    _text("stream"),  # the case's id, or the office's own for what concerns no case
    _number("seq"),
    _text("kind"),
    _text("on"),  # the working date, or date and time
    _text("at"),  # the clock, UTC
    _text("by"),
    _text("role"),
    _text("key", null=True),
    _text("request", null=True),
    _text("body"),
    _text("private", null=True),  # free text about people; erasable, because the chain holds only its commitment
    _text("salt", null=True),
    _text("commitment"),
    _text("prev"),
    _text("hash"),
    PrimaryKeyConstraint("office_id", "stream", "seq"),
    UniqueConstraint("office_id", "key"),
)
Index(
    _named("events_asked"),
    events.c.office_id,
    events.c.stream,
    events.c.seq,
    sqlite_where=text("kind = 'approval_requested'"),
)

records = Table(
    _named("records"),
    metadata,
    _text("office_id"),
    _text("id"),
    _text("case_id"),
    _number("seq"),
    _text("type"),
    _number("item"),
    _number("revision"),
    _number("cycle"),
    _number("episode"),
    _text("on"),
    _text("recorded_at"),
    _text("by"),
    _text("content"),
    _text("salt"),
    _text("digest"),
    PrimaryKeyConstraint("office_id", "id"),
    UniqueConstraint("office_id", "case_id", "type", "item", "revision"),
    ForeignKeyConstraint(["office_id", "case_id"], [_named("cases.office_id"), _named("cases.id")]),
)


class _Position(FunctionElement[int]):
    """Where a text stands in another, from 1: each database has its own name for it."""

    inherit_cache = True


@compiles(_Position)
def _position(element: _Position, compiler: Any, **how: Any) -> str:
    return f"instr({compiler.process(element.clauses, **how)})"


@compiles(_Position, "postgresql")
def _position_postgresql(element: _Position, compiler: Any, **how: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **how)})"


NIK: Final = func.substr(
    records.c.content,
    _Position(records.c.content, literal_column('\'"nik":"\'')) + literal_column("7"),
    literal_column("16"),
)
"""The NIK in a client's record, which is JSON in one form: whatever else a text may hold, its quotes are escaped."""
Index(_named("records_nik"), records.c.office_id, NIK, sqlite_where=text("type = 'client'"))

documents = Table(
    _named("documents"),
    metadata,
    _text("office_id"),
    _text("id"),
    _text("case_id"),
    _number("seq"),
    _text("name"),
    _number("item"),  # 0 where there is one document, not one for each item
    _number("version"),
    _text("on"),
    _text("number", null=True),
    _text("template"),
    _text("renderer"),
    _text("snapshot"),
    _text("sha256"),
    _text("salt"),
    _text("digest"),
    PrimaryKeyConstraint("office_id", "id"),
    UniqueConstraint("office_id", "case_id", "name", "item", "version"),
    ForeignKeyConstraint(["office_id", "case_id"], [_named("cases.office_id"), _named("cases.id")]),
    ForeignKeyConstraint(["office_id", "template"], [_named("templates.office_id"), _named("templates.digest")]),
)
Index(_named("documents_number"), documents.c.office_id, documents.c.number, sqlite_where=text("number IS NOT NULL"))

subscriptions = Table(
    _named("subscriptions"),
    metadata,
    _text("office_id"),
    _text("name"),
    _text("url"),
    _text("events"),  # a JSON list of names; an empty one stands for all
    _text("secret"),
    _text("state"),
    _text("salt"),
    PrimaryKeyConstraint("office_id", "name"),
)

deliveries = Table(
    _named("deliveries"),
    metadata,
    _text("office_id"),
    _text("subscription"),
    _text("stream"),
    _number("seq"),
    _text("state"),
    _number("attempts"),
    _text("due_at"),  # the clock, UTC; of one that somebody is delivering, when the lease runs out
    _text("lease", null=True),
    _text("note", null=True),
    _text("changed_at"),
    PrimaryKeyConstraint("office_id", "subscription", "stream", "seq"),
    ForeignKeyConstraint(
        ["office_id", "subscription"], [_named("subscriptions.office_id"), _named("subscriptions.name")]
    ),
    ForeignKeyConstraint(
        ["office_id", "stream", "seq"], [_named("events.office_id"), _named("events.stream"), _named("events.seq")]
    ),
)
for _name, _column, _states in (
    ("deliveries_ready", deliveries.c.due_at, "state = 'ready'"),
    ("deliveries_dead", deliveries.c.changed_at, "state = 'dead'"),
    ("deliveries_settled", deliveries.c.changed_at, "state IN ('done', 'skipped')"),
):
    Index(_named(_name), deliveries.c.office_id, _column, sqlite_where=text(_states))

api_keys = Table(
    _named("api_keys"),
    metadata,
    _text("office_id"),
    _text("id"),
    _text("staff"),
    _text("label"),
    _text("scopes"),
    _text("digest"),  # of the whole key, which is kept nowhere
    _text("created_at"),
    _text("expires_on", null=True),
    _text("revoked_at", null=True),
    _text("used_at", null=True),
    PrimaryKeyConstraint("office_id", "id"),
    ForeignKeyConstraint(["office_id", "staff"], [_named("staff.office_id"), _named("staff.name")]),
)

reads = Table(
    _named("reads"),
    metadata,
    _text("office_id"),
    _text("id"),
    _text("at"),  # the clock, UTC
    _text("by"),
    _text("role"),
    _text("key_id", null=True),
    _text("case_id", null=True),  # none where many cases were read at once
    _text("what"),
    PrimaryKeyConstraint("office_id", "id"),
    ForeignKeyConstraint(["office_id", "case_id"], [_named("cases.office_id"), _named("cases.id")]),
)
Index(_named("reads_case"), reads.c.office_id, reads.c.case_id, reads.c.id, sqlite_where=text("case_id IS NOT NULL"))

TRIGGERS: Final[Mapping[str, Sequence[str]]] = {
    "sqlite": (
        """
        CREATE TRIGGER casework_events_are_never_changed BEFORE UPDATE OF
        office_id, stream, seq, kind, "on", at, "by", role, "key", request, body, commitment, prev, hash
        ON casework_events
        BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END
        """,
        """
        CREATE TRIGGER casework_events_are_never_deleted BEFORE DELETE ON casework_events
        BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END
        """,
        """
        CREATE TRIGGER casework_cases_follow_their_history BEFORE UPDATE OF stage, status ON casework_cases
        WHEN (NEW.stage, NEW.status) IS NOT (OLD.stage, OLD.status) AND NOT EXISTS (
            SELECT 1 FROM (
                SELECT body FROM casework_events
                WHERE office_id = NEW.office_id AND stream = NEW.id AND seq <= NEW.version
                AND json_extract(body, '$.to') IS NOT NULL ORDER BY seq DESC LIMIT 1
            ) WHERE json_extract(body, '$.to') = NEW.stage
            AND coalesce(json_extract(body, '$.status'), 'active') = NEW.status
        )
        BEGIN SELECT RAISE(ABORT, 'a case is only where its history says'); END
        """,
        """
        CREATE TRIGGER casework_reads_are_never_changed BEFORE UPDATE ON casework_reads
        BEGIN SELECT RAISE(ABORT, 'a read is never changed'); END
        """,
        """
        CREATE TRIGGER casework_reads_are_never_deleted BEFORE DELETE ON casework_reads
        BEGIN SELECT RAISE(ABORT, 'a read is never deleted'); END
        """,
        """
        CREATE TRIGGER casework_cases_begin_with_their_history BEFORE INSERT ON casework_cases
        WHEN NOT EXISTS (
            SELECT 1 FROM (
                SELECT body FROM casework_events
                WHERE office_id = NEW.office_id AND stream = NEW.id AND seq <= NEW.version
                AND json_extract(body, '$.to') IS NOT NULL ORDER BY seq DESC LIMIT 1
            ) WHERE json_extract(body, '$.to') = NEW.stage
            AND coalesce(json_extract(body, '$.status'), 'active') = NEW.status
        )
        BEGIN SELECT RAISE(ABORT, 'a case is only where its history says'); END
        """,
        """
        CREATE TRIGGER casework_cases_keep_their_ids BEFORE UPDATE OF office_id, id ON casework_cases
        BEGIN SELECT RAISE(ABORT, 'a case keeps its id and its history'); END
        """,
        """
        CREATE TRIGGER casework_cases_are_never_deleted BEFORE DELETE ON casework_cases
        BEGIN SELECT RAISE(ABORT, 'a case keeps its id and its history'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION casework_events_never() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'an event is never deleted'; END IF;
            RAISE EXCEPTION 'an event is never changed';
        END $$
        """,
        """
        CREATE TRIGGER casework_events_are_never_changed BEFORE UPDATE OF
        office_id, stream, seq, kind, "on", at, "by", role, "key", request, body, commitment, prev, hash
        ON casework_events
        FOR EACH ROW EXECUTE FUNCTION casework_events_never()
        """,
        """
        CREATE TRIGGER casework_events_are_never_deleted BEFORE DELETE ON casework_events
        FOR EACH ROW EXECUTE FUNCTION casework_events_never()
        """,
        """
        CREATE FUNCTION casework_case_follows() RETURNS trigger LANGUAGE plpgsql AS
        $$ DECLARE told json; BEGIN
            SELECT body::json INTO told FROM casework_events WHERE office_id = NEW.office_id AND stream = NEW.id
            AND seq <= NEW.version AND body::json ->> 'to' IS NOT NULL ORDER BY seq DESC LIMIT 1;
            IF told IS NULL OR told ->> 'to' <> NEW.stage OR coalesce(told ->> 'status', 'active') <> NEW.status THEN
                RAISE EXCEPTION 'a case is only where its history says';
            END IF;
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER casework_cases_follow_their_history
        BEFORE UPDATE OF stage, status ON casework_cases FOR EACH ROW
        WHEN (NEW.stage IS DISTINCT FROM OLD.stage OR NEW.status IS DISTINCT FROM OLD.status)
        EXECUTE FUNCTION casework_case_follows()
        """,
        """
        CREATE FUNCTION casework_reads_never() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a read is never changed or deleted'; END $$
        """,
        """
        CREATE TRIGGER casework_reads_are_never_changed BEFORE UPDATE OR DELETE ON casework_reads
        FOR EACH ROW EXECUTE FUNCTION casework_reads_never()
        """,
        """
        CREATE TRIGGER casework_cases_begin_with_their_history BEFORE INSERT ON casework_cases
        FOR EACH ROW EXECUTE FUNCTION casework_case_follows()
        """,
        """
        CREATE FUNCTION casework_case_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a case keeps its id and its history'; END $$
        """,
        """
        CREATE TRIGGER casework_cases_stay BEFORE DELETE OR UPDATE OF office_id, id ON casework_cases
        FOR EACH ROW EXECUTE FUNCTION casework_case_stays()
        """,
    ),
}
"""An event is never changed or deleted, but for its private text, and a read never at all; a case's stage and
status are what the latest event that names them says, from its first row on, and that row is never deleted."""


@event.listens_for(metadata, "before_create")
def _partial(_: object, connection: Connection, **__: object) -> None:
    """Let the indexes be for the same rows on PostgreSQL; saying so above would load its dialect at every start."""
    if connection.dialect.name == "postgresql":
        for table in metadata.tables.values():
            for index in table.indexes:
                index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


@event.listens_for(metadata, "after_create")
def _guard(_: object, connection: Connection, **__: object) -> None:
    for statement in TRIGGERS.get(connection.dialect.name, ()):
        connection.exec_driver_sql(dedent(statement).strip())
