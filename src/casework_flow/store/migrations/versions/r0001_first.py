"""The tables of release 0.1."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "counters",
        _text("office_id"),
        _text("kind"),
        _number("year"),
        _number("value"),
        sa.PrimaryKeyConstraint("office_id", "kind", "year"),
    )
    op.create_table(
        "events",
        _text("office_id"),
        _text("stream"),
        _number("seq"),
        _text("kind"),
        _text("on"),
        _text("at"),
        _text("by"),
        _text("role"),
        _text("key", null=True),
        _text("request", null=True),
        _text("body"),
        _text("private", null=True),
        _text("salt", null=True),
        _text("commitment"),
        _text("prev"),
        _text("hash"),
        sa.PrimaryKeyConstraint("office_id", "stream", "seq"),
        sa.UniqueConstraint("office_id", "key"),
    )
    op.create_table(
        "offices",
        _text("office_id"),
        _text("created_at"),
        sa.PrimaryKeyConstraint("office_id"),
    )
    op.create_table(
        "staff",
        _text("office_id"),
        _text("name"),
        _text("full_name"),
        _text("role"),
        _text("supervisor", null=True),
        _text("nip", null=True),
        _text("title", null=True),
        _text("salt"),
        sa.PrimaryKeyConstraint("office_id", "name"),
        sa.ForeignKeyConstraint(["office_id", "supervisor"], ["staff.office_id", "staff.name"]),
    )
    op.create_table(
        "templates",
        _text("office_id"),
        _text("digest"),
        _text("source"),
        sa.PrimaryKeyConstraint("office_id", "digest"),
    )
    op.create_table(
        "workflows",
        _text("office_id"),
        _text("digest"),
        _text("data"),
        sa.PrimaryKeyConstraint("office_id", "digest"),
    )
    op.create_table(
        "cases",
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
        sa.PrimaryKeyConstraint("office_id", "id"),
        sa.ForeignKeyConstraint(["office_id", "worker"], ["staff.office_id", "staff.name"]),
        sa.ForeignKeyConstraint(["office_id", "workflow_digest"], ["workflows.office_id", "workflows.digest"]),
        sa.UniqueConstraint("office_id", "number"),
    )
    op.create_table(
        "documents",
        _text("office_id"),
        _text("id"),
        _text("case_id"),
        _number("seq"),
        _text("name"),
        _number("item"),
        _number("version"),
        _text("on"),
        _text("number", null=True),
        _text("template"),
        _text("renderer"),
        _text("snapshot"),
        _text("sha256"),
        _text("salt"),
        _text("digest"),
        sa.PrimaryKeyConstraint("office_id", "id"),
        sa.ForeignKeyConstraint(["office_id", "case_id"], ["cases.office_id", "cases.id"]),
        sa.ForeignKeyConstraint(["office_id", "template"], ["templates.office_id", "templates.digest"]),
        sa.UniqueConstraint("office_id", "case_id", "name", "item", "version"),
    )
    op.create_table(
        "records",
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
        sa.PrimaryKeyConstraint("office_id", "id"),
        sa.ForeignKeyConstraint(["office_id", "case_id"], ["cases.office_id", "cases.id"]),
        sa.UniqueConstraint("office_id", "case_id", "type", "item", "revision"),
    )
    for name, *columns in (("cases_due", "office_id", "due_on", "id"), ("cases_stage", "office_id", "stage")):
        still_open = sa.text("status <> 'closed'")
        op.create_index(name, "cases", columns, sqlite_where=still_open, postgresql_where=still_open)
    if op.get_bind().dialect.name == "sqlite":
        frozen = 'office_id, stream, seq, kind, "on", at, "by", role, "key", request, body, commitment, prev, hash'
        for when, what in ((f"UPDATE OF {frozen}", "changed"), ("DELETE", "deleted")):
            op.execute(
                f"CREATE TRIGGER events_are_never_{what} BEFORE {when} ON events "
                f"BEGIN SELECT RAISE(ABORT, 'an event is never {what}'); END"
            )
