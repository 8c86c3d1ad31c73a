"""The outbox: who is told of an office's events, and one row for each event that each of them is to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "casework_subscriptions",
        *(_text(name) for name in ("office_id", "name", "url", "events", "secret", "state", "salt")),
        sa.PrimaryKeyConstraint("office_id", "name"),
    )
    op.create_table(
        "casework_deliveries",
        *(_text(name) for name in ("office_id", "subscription", "stream")),
        sa.Column("seq", sa.Integer, nullable=False),
        _text("state"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _text("due_at"),
        _text("lease", null=True),
        _text("note", null=True),
        _text("changed_at"),
        sa.PrimaryKeyConstraint("office_id", "subscription", "stream", "seq"),
        sa.ForeignKeyConstraint(
            ["office_id", "subscription"], ["casework_subscriptions.office_id", "casework_subscriptions.name"]
        ),
        sa.ForeignKeyConstraint(
            ["office_id", "stream", "seq"],
            ["casework_events.office_id", "casework_events.stream", "casework_events.seq"],
        ),
    )
    for name, column, where in (
        ("ready", "due_at", "state = 'ready'"),
        ("dead", "changed_at", "state = 'dead'"),
        ("settled", "changed_at", "state IN ('done', 'skipped')"),
    ):
        op.create_index(
            f"casework_deliveries_{name}",
            "casework_deliveries",
            ["office_id", column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
