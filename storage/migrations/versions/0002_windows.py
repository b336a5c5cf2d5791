"""When one may write first, tokens that change, and one person on several channels."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("access", Sealed, nullable=False),
        sa.Column("refresh", Sealed, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("leased_until", Moment, nullable=True),
        sa.Column("lost_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_token")),
    )
    op.create_table(
        "link",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_person_id")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_person_id"), "link", ["person_id"], unique=False)
    op.add_column("account", sa.Column("heard_at", Moment, nullable=True))
    op.add_column("account", sa.Column("phone", Sealed, nullable=True))
    op.add_column("invitation", sa.Column("phone", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_invitation_phone"), "invitation", ["phone"], unique=False)
    op.add_column("outbox", sa.Column("held_at", Moment, nullable=True))
    op.add_column("outbox", sa.Column("cost", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name, column, condition in (
        ("ix_outbox_held", "held_at", "held_at IS NOT NULL"),
        ("ix_outbox_cost", "sent_at", "cost > 0"),
    ):
        op.create_index(
            name,
            "outbox",
            [column],
            unique=False,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def downgrade() -> None:
    op.drop_index("ix_outbox_cost", "outbox")
    op.drop_index("ix_outbox_held", "outbox")
    op.drop_column("outbox", "cost")
    op.drop_column("outbox", "held_at")
    op.drop_index(op.f("ix_invitation_phone"), "invitation")
    op.drop_column("invitation", "phone")
    op.drop_column("account", "phone")
    op.drop_column("account", "heard_at")
    op.drop_table("link")
    op.drop_table("token")
