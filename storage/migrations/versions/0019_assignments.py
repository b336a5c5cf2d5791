"""Households given to members, and whom an invitation is for."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

serves = "0018"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invitee",
        sa.Column("invitation_id", Id, autoincrement=False, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.String(length=16), nullable=False),
        sa.Column("joined_by", Id, nullable=True),
        sa.Column("joined_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_invitee_invitation_id")
        ),
        sa.ForeignKeyConstraint(["joined_by"], ["person.id"], name=op.f("fk_invitee_joined_by")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_invitee")),
    )
    op.create_index(op.f("ix_invitee_batch"), "invitee", ["batch"], unique=False)
    op.create_index(op.f("ix_invitee_joined_by"), "invitee", ["joined_by"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("household_id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("invitation_id", Id, nullable=True),
        sa.Column("given_by", Id, nullable=True),
        sa.Column("given_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_assignment_household_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assignment_person_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_assignment_invitation_id")
        ),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_assignment_given_by")),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_person_id"), "assignment", ["person_id"], unique=False)
    op.create_index(op.f("ix_assignment_invitation_id"), "assignment", ["invitation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("assignment")
    op.drop_table("invitee")
