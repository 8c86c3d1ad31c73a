"""Alembic's way in: the migrations run on the connection that was handed over, in its transaction."""

from __future__ import annotations

from alembic import context

from casework_flow.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
