"""Growth and one way only: indexes for a worker's due cases and for letter numbers, triggers on both engines."""

from __future__ import annotations

from textwrap import dedent

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TRIGGERS = {
    "sqlite": (
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


def upgrade() -> None:
    """Add what release 0.1 had not."""
    for name, table, columns, where in (
        ("cases_worker_due", "cases", ["office_id", "worker", "due_on", "id"], "status <> 'closed'"),
        ("documents_number", "documents", ["office_id", "number"], "number IS NOT NULL"),
    ):
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    bind = op.get_bind()
    for statement in TRIGGERS.get(bind.dialect.name, ()):
        bind.exec_driver_sql(dedent(statement).strip())
