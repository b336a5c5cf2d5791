"""Teams can be closed; somebody's roles can be taken away until they are given back."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
serves = "0016"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("team", sa.Column("closed_on", sa.Date(), nullable=True))
    op.create_table(
        "deactivation",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", Id, nullable=True),
        sa.Column("lifted_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_deactivation_person_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_deactivation_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deactivation")),
    )
    op.create_index(op.f("ix_deactivation_person_id"), "deactivation", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("deactivation")
    op.drop_column("team", "closed_on")
