"""Names of our own, so that a host's tables may stand beside ours; a client's NIK is found by an index."""

from __future__ import annotations

from textwrap import dedent

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = ("offices", "counters", "staff", "workflows", "templates", "cases", "events", "records", "documents")
OLD_TRIGGERS = {
    "events": ("events_are_never_changed", "events_are_never_deleted"),
    "cases": ("cases_follow_their_history",),
}
INDEXES = {
    "cases_due": ("cases", "office_id, due_on, id", "status <> 'closed'"),
    "cases_worker_due": ("cases", "office_id, worker, due_on, id", "status <> 'closed'"),
    "cases_stage": ("cases", "office_id, stage", "status <> 'closed'"),
    "cases_closed": ("cases", "office_id, closed_on, id", "status = 'closed'"),
    "events_asked": ("events", "office_id, stream, seq", "kind = 'approval_requested'"),
    "documents_number": ("documents", "office_id, number", "number IS NOT NULL"),
}
KEYS = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
POSITION = {"sqlite": "instr", "postgresql": "strpos"}
TRIGGERS = {
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
    ),
}


def upgrade() -> None:
    """Rename everything, and add the index."""
    bind = op.get_bind()
    name = bind.dialect.name
    run = bind.exec_driver_sql
    for table, triggers in OLD_TRIGGERS.items():
        for trigger in triggers:
            run(f"DROP TRIGGER {trigger}" + (f" ON {table}" if name == "postgresql" else ""))
    if name == "postgresql":
        run("DROP FUNCTION casework_events_never()")
        run("DROP FUNCTION casework_case_follows()")
    for table in TABLES:
        run(f"ALTER TABLE {table} RENAME TO casework_{table}")
        if name == "postgresql":  # its keys have names that are everybody's too
            owned = run(KEYS, (f"casework_{table}",)).scalars()
            for key in [key for key in owned if key.startswith(f"{table}_")]:
                run(f'ALTER TABLE casework_{table} RENAME CONSTRAINT "{key}" TO "casework_{key}"')
    for index, (table, columns, where) in INDEXES.items():
        run(f"DROP INDEX {index}")
        run(f"CREATE INDEX casework_{index} ON casework_{table} ({columns}) WHERE {where}")
    nik = f'substr(content, {POSITION[name]}(content, \'"nik":"\') + 7, 16)'
    run(f"CREATE INDEX casework_records_nik ON casework_records (office_id, {nik}) WHERE type = 'client'")
    for statement in TRIGGERS.get(name, ()):
        run(dedent(statement).strip())
