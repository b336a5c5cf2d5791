"""Sums of the units above the hamlets, rolled up from the tallies."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLLED = ("rolled_numerator", "rolled_denominator")


def upgrade() -> None:
    for name in ROLLED:
        op.add_column("tally", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "fresh",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_fresh_area_id")),
        sa.PrimaryKeyConstraint("week", "area_id", "form", name=op.f("pk_fresh")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup",
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("indicator", sa.String(length=64), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_rollup_area_id")),
        sa.PrimaryKeyConstraint("area_id", "week", "form", "indicator", name=op.f("pk_rollup")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_area_invented",
        "area",
        ["id"],
        unique=False,
        sqlite_where=sa.text("invented"),
        postgresql_where=sa.text("invented"),
    )


def downgrade() -> None:
    op.drop_index("ix_area_invented", table_name="area")
    op.drop_table("rollup")
    op.drop_table("fresh")
    op.execute("DELETE FROM tally WHERE indicator LIKE '!%'")  # what only the sums above the hamlets need
    for name in ROLLED:
        op.drop_column("tally", name)
