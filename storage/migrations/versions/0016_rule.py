"""Whom a revision serves, kept beside it; what is kept for weeks is found by its day, to be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The oldest revision whose programs go on serving here: see docs/developer/migrations.md. Those before this
# one know nothing of it.
serves = "0016"

DONE = "status NOT IN ('waiting', 'attempted')"


def upgrade() -> None:
    op.add_column("alembic_version", sa.Column("serves", sa.String(length=32), nullable=True))
    # Where the tables are large: CREATE INDEX CONCURRENTLY by hand before, so that nobody waits here.
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False, if_not_exists=True)
    op.create_index(
        "ix_outbox_done",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text(DONE),
        postgresql_where=sa.text(DONE),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_done", table_name="outbox")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_column("alembic_version", "serves")
