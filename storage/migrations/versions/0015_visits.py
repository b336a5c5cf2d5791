"""The day of a visit to somebody who asked for help, so that it is reminded of."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("visit_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "visit_on")
