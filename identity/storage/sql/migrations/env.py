"""Alembic's entry: it runs this file, on the connection `upgrade` put into the configuration."""

from __future__ import annotations

from alembic import context

from identity.storage.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's is so too, the driver keeping its hands off
)
context.run_migrations()
