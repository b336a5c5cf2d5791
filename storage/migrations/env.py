"""How Alembic runs a migration here: on the connection `storage.revisions` hands it, in one transaction."""

from collections.abc import Collection
from typing import Any

from alembic import context
from sqlalchemy import text
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 (declares the tables)


def _note_whom_it_serves(ctx: Any, step: Any, heads: Collection[Any], run_args: Any) -> None:  # noqa: ARG001
    """Up or down, the database says itself which programs may serve on it: an older one can't read a newer
    one's revision files. Before 0016 there was no such rule."""
    for at in heads:
        serves = getattr(context.script.get_revision(at).module, "serves", None)
        if serves is not None:
            ctx.connection.execute(text("UPDATE alembic_version SET serves = :serves"), {"serves": serves})


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
    on_version_apply=_note_whom_it_serves,
)
with context.begin_transaction():
    context.run_migrations()
