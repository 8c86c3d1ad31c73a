"""The tables.

The office's id leads every key and never changes, ids are made by the application, and nothing refers across
offices: so one database may hold one office or many, and be split by office later. Columns that hold JSON are
text in one canonical form, because digests are taken over them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    DDL,
    Column,
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
Index("cases_due", cases.c.office_id, cases.c.due_on, cases.c.id, sqlite_where=text("status <> 'closed'"),
      postgresql_where=text("status <> 'closed'"))  # fmt: skip
Index("cases_stage", cases.c.office_id, cases.c.stage, sqlite_where=text("status <> 'closed'"),
      postgresql_where=text("status <> 'closed'"))  # fmt: skip

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
Index("documents_number", documents.c.office_id, documents.c.number, sqlite_where=text("number IS NOT NULL"),
      postgresql_where=text("number IS NOT NULL"))  # fmt: skip

_FROZEN: Final = ", ".join(f'"{column.name}"' for column in events.c if column.name not in ("private", "salt"))
for _when, _name in ((f"UPDATE OF {_FROZEN}", "changed"), ("DELETE", "deleted")):
    event.listen(
        events,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its constructor untyped
            f"CREATE TRIGGER events_are_never_{_name} BEFORE {_when} ON events "
            f"BEGIN SELECT RAISE(ABORT, 'an event is never {_name}'); END"
        ).execute_if(dialect="sqlite"),
    )
