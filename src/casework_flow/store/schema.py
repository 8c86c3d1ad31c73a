"""The tables.

The office's id leads every key and never changes, ids are made by the application, and nothing refers across
offices: so one database may hold one office or many, and be split by office later. Columns that hold JSON are
text in one canonical form, because digests are taken over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Final

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
    text,
)

metadata: Final = MetaData()

VERSION: Final = "0003"
"""The revision of the schema that this software works with: the head of the migrations."""

VERSION_TABLE: Final = "casework_version"
"""Where a database tells its revision; a host's own migrations keep theirs elsewhere."""


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


offices = Table(
    "offices",
    metadata,
    _text("office_id"),
    _text("created_at"),
    PrimaryKeyConstraint("office_id"),
)

counters = Table(
    "counters",
    metadata,
    _text("office_id"),
    _text("kind"),
    _number("year"),
    _number("value"),
    PrimaryKeyConstraint("office_id", "kind", "year"),
)

staff = Table(
    "staff",
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
    ForeignKeyConstraint(["office_id", "supervisor"], ["staff.office_id", "staff.name"]),
)

workflows = Table(
    "workflows",
    metadata,
    _text("office_id"),
    _text("digest"),
    _text("data"),
    PrimaryKeyConstraint("office_id", "digest"),
)

templates = Table(
    "templates",
    metadata,
    _text("office_id"),
    _text("digest"),
    _text("source"),
    PrimaryKeyConstraint("office_id", "digest"),
)

cases = Table(
    "cases",
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
    ForeignKeyConstraint(["office_id", "worker"], ["staff.office_id", "staff.name"]),
    ForeignKeyConstraint(["office_id", "workflow_digest"], ["workflows.office_id", "workflows.digest"]),
)
Index("cases_due", cases.c.office_id, cases.c.due_on, cases.c.id, sqlite_where=text("status <> 'closed'"))
Index(
    "cases_worker_due",
    cases.c.office_id,
    cases.c.worker,
    cases.c.due_on,
    cases.c.id,
    sqlite_where=text("status <> 'closed'"),
)
Index("cases_stage", cases.c.office_id, cases.c.stage, sqlite_where=text("status <> 'closed'"))
Index("cases_closed", cases.c.office_id, cases.c.closed_on, cases.c.id, sqlite_where=text("status = 'closed'"))

events = Table(
    "events",
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
    "events_asked",
    events.c.office_id,
    events.c.stream,
    events.c.seq,
    sqlite_where=text("kind = 'approval_requested'"),
)

records = Table(
    "records",
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
    ForeignKeyConstraint(["office_id", "case_id"], ["cases.office_id", "cases.id"]),
)

documents = Table(
    "documents",
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
    ForeignKeyConstraint(["office_id", "case_id"], ["cases.office_id", "cases.id"]),
    ForeignKeyConstraint(["office_id", "template"], ["templates.office_id", "templates.digest"]),
)
Index("documents_number", documents.c.office_id, documents.c.number, sqlite_where=text("number IS NOT NULL"))

TRIGGERS: Final[Mapping[str, Sequence[str]]] = {
    "sqlite": (
        """
        CREATE TRIGGER events_are_never_changed BEFORE UPDATE OF
        office_id, stream, seq, kind, "on", at, "by", role, "key", request, body, commitment, prev, hash ON events
        BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END
        """,
        """
        CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END
        """,
        """
        CREATE TRIGGER cases_follow_their_history BEFORE UPDATE OF stage, status ON cases
        WHEN (NEW.stage, NEW.status) IS NOT (OLD.stage, OLD.status) AND NOT EXISTS (
            SELECT 1 FROM (
                SELECT body FROM events WHERE office_id = NEW.office_id AND stream = NEW.id AND seq <= NEW.version
                AND json_extract(body, '$.to') IS NOT NULL ORDER BY seq DESC LIMIT 1
            ) WHERE json_extract(body, '$.to') = NEW.stage
            AND coalesce(json_extract(body, '$.status'), 'active') = NEW.status
        )
        BEGIN SELECT RAISE(ABORT, 'a case is only where its history says'); END
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
        CREATE TRIGGER events_are_never_changed BEFORE UPDATE OF
        office_id, stream, seq, kind, "on", at, "by", role, "key", request, body, commitment, prev, hash ON events
        FOR EACH ROW EXECUTE FUNCTION casework_events_never()
        """,
        """
        CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        FOR EACH ROW EXECUTE FUNCTION casework_events_never()
        """,
        """
        CREATE FUNCTION casework_case_follows() RETURNS trigger LANGUAGE plpgsql AS
        $$ DECLARE told json; BEGIN
            SELECT body::json INTO told FROM events WHERE office_id = NEW.office_id AND stream = NEW.id
            AND seq <= NEW.version AND body::json ->> 'to' IS NOT NULL ORDER BY seq DESC LIMIT 1;
            IF told IS NULL OR told ->> 'to' <> NEW.stage OR coalesce(told ->> 'status', 'active') <> NEW.status THEN
                RAISE EXCEPTION 'a case is only where its history says';
            END IF;
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER cases_follow_their_history BEFORE UPDATE OF stage, status ON cases FOR EACH ROW
        WHEN (NEW.stage IS DISTINCT FROM OLD.stage OR NEW.status IS DISTINCT FROM OLD.status)
        EXECUTE FUNCTION casework_case_follows()
        """,
    ),
}
"""An event is never changed or deleted, but for its private text; a case's stage and status are what the latest
event that names them says."""


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
