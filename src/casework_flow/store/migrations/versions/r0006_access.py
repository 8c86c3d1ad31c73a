"""Keys by which programs come in over HTTP, and a list of who has read what."""

from __future__ import annotations

from textwrap import dedent

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TRIGGERS = {
    "sqlite": (
        """
        CREATE TRIGGER casework_reads_are_never_changed BEFORE UPDATE ON casework_reads
        BEGIN SELECT RAISE(ABORT, 'a read is never changed'); END
        """,
        """
        CREATE TRIGGER casework_reads_are_never_deleted BEFORE DELETE ON casework_reads
        BEGIN SELECT RAISE(ABORT, 'a read is never deleted'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION casework_reads_never() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a read is never changed or deleted'; END $$
        """,
        """
        CREATE TRIGGER casework_reads_are_never_changed BEFORE UPDATE OR DELETE ON casework_reads
        FOR EACH ROW EXECUTE FUNCTION casework_reads_never()
        """,
    ),
}


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    """Add the tables; what is in the list of reads stays there."""
    op.create_table(
        "casework_api_keys",
        *(_text(name) for name in ("office_id", "id", "staff", "label", "scopes", "digest", "created_at")),
        *(_text(name, null=True) for name in ("expires_on", "revoked_at", "used_at")),
        sa.PrimaryKeyConstraint("office_id", "id"),
        sa.ForeignKeyConstraint(["office_id", "staff"], ["casework_staff.office_id", "casework_staff.name"]),
    )
    op.create_table(
        "casework_reads",
        *(_text(name) for name in ("office_id", "id", "at", "by", "role")),
        *(_text(name, null=True) for name in ("key_id", "case_id")),
        _text("what"),
        sa.PrimaryKeyConstraint("office_id", "id"),
        sa.ForeignKeyConstraint(["office_id", "case_id"], ["casework_cases.office_id", "casework_cases.id"]),
    )
    named = sa.text("case_id IS NOT NULL")
    op.create_index(
        "casework_reads_case",
        "casework_reads",
        ["office_id", "case_id", "id"],
        sqlite_where=named,
        postgresql_where=named,
    )
    bind = op.get_bind()
    for statement in TRIGGERS[bind.dialect.name]:
        bind.exec_driver_sql(dedent(statement).strip())
