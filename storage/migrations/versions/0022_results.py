"""What came of a message to many, kept with it: its messages are forgotten before it is."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
serves = "0018"


def upgrade() -> None:
    op.add_column("broadcast", sa.Column("result", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("broadcast", "result")
