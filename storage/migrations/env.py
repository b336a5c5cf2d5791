"""How Alembic runs a migration here: on the connection `storage.revisions` hands it, in one transaction."""

from alembic import context
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 (declares the tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
