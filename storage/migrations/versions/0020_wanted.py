"""What of the audit log a file is to hold: who did what, where and when."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

serves = "0018"


def upgrade() -> None:
    op.add_column("job", sa.Column("wanted", sa.String(length=80), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    op.drop_column("job", "wanted")
