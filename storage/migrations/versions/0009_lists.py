"""Lists that are sent as files, kept until they are confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sheet", sa.Column("listed", sa.String(length=16), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("sheet", sa.Column("rows", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("sheet", "rows")
    op.drop_column("sheet", "listed")
