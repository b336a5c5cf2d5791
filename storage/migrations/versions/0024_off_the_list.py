"""A household can be taken off its hamlet's list, and put back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
serves = "0018"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEFT = sa.text("left_of IS NOT NULL")


def upgrade() -> None:
    with _household_made_anew() as household:
        household.alter_column("area_id", existing_type=Id, nullable=True)
        household.add_column(sa.Column("left_of", Id, nullable=True))
    op.create_index("ix_household_left", "household", ["left_of"], sqlite_where=LEFT, postgresql_where=LEFT)
    op.create_table(
        "list_change",
        sa.Column("id", Id, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("by", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_list_change_household_id")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_list_change_area_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_list_change_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_change")),
    )
    op.create_index(op.f("ix_list_change_household_id"), "list_change", ["household_id"], unique=False)
    op.create_index(op.f("ix_list_change_by"), "list_change", ["by"], unique=False)
    op.create_index("ix_list_change_area", "list_change", ["area_id", "at", "change"], unique=False)


@contextmanager
def _household_made_anew() -> Iterator[Any]:
    """The table, to be altered; SQLite copies it, and with it no index that holds for some rows only."""
    op.drop_index("ix_household_doubled", table_name="household")
    with op.batch_alter_table("household") as household:
        yield household
    op.create_index(
        "ix_household_doubled",
        "household",
        ["area_id"],
        sqlite_where=sa.text("doubled = 1"),
        postgresql_where=sa.text("doubled"),
    )


def downgrade() -> None:
    # Programs before it know of no household that is off its list: those are on it again, and counted once
    # `tocns check --mend` has run.
    op.execute("UPDATE household SET area_id = left_of WHERE area_id IS NULL")
    op.drop_table("list_change")
    op.drop_index("ix_household_left", table_name="household")
    with _household_made_anew() as household:
        household.drop_column("left_of")
        household.alter_column("area_id", existing_type=Id, nullable=False)
