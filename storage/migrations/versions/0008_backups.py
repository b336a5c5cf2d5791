"""What backups were made, and which of them were restored to see that they are whole."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "backup",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("size", Id, nullable=False),
        sa.Column("rows", Id, nullable=False),
        sa.Column("verified_at", Moment, nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
    )
    op.create_index("ix_backup_made", "backup", ["made_at"], unique=False)


def downgrade() -> None:
    op.drop_table("backup")
