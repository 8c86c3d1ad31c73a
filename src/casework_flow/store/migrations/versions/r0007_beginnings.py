"""A case begins where its first event says, keeps its id, and is never deleted."""

from __future__ import annotations

from textwrap import dedent

from alembic import op

revision = "0007"
down_revision = "0006"

TRIGGERS = {
    "sqlite": (
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


def upgrade() -> None:
    """Add the triggers."""
    bind = op.get_bind()
    for statement in TRIGGERS.get(bind.dialect.name, ()):
        bind.exec_driver_sql(dedent(statement).strip())
