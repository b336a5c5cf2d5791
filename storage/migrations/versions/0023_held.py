"""Whether something is held for a person is seen at once, however much they have been told."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
serves = "0018"

HELD = sa.text("held_at IS NOT NULL")


def upgrade() -> None:
    # Where the table is large: CREATE INDEX CONCURRENTLY by hand before, so that nobody waits here.
    op.create_index(
        "ix_outbox_held_account",
        "outbox",
        ["account_id"],
        unique=False,
        sqlite_where=HELD,
        postgresql_where=HELD,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_held_account", table_name="outbox")
