"""The caseload: indexes for the cases that were closed lately and for the approvals that somebody asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the indexes."""
    for name, table, columns, where in (
        ("cases_closed", "cases", ["office_id", "closed_on", "id"], "status = 'closed'"),
        ("events_asked", "events", ["office_id", "stream", "seq"], "kind = 'approval_requested'"),
    ):
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
