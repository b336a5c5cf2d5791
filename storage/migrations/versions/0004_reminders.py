"""What comes by itself: subscriptions, pauses, reminders by area, what was told already, broadcasts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("weekday", sa.String(length=3), nullable=False),
        sa.Column("hour", sa.Time(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subscription_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_subscription")),
    )
    op.create_table(
        "reminder",
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("hour", sa.Time(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_by", Id, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_reminder_area_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_reminder_changed_by")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_reminder")),
    )
    op.create_index(op.f("ix_reminder_changed_by"), "reminder", ["changed_by"], unique=False)
    op.create_table(
        "pause",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("set_by", Id, nullable=False),
        sa.Column("set_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pause_person_id")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_pause_area_id")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_pause_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
        sa.UniqueConstraint("person_id", name=op.f("uq_pause_person_id")),
        sa.UniqueConstraint("area_id", name=op.f("uq_pause_area_id")),
    )
    op.create_index(op.f("ix_pause_set_by"), "pause", ["set_by"], unique=False)
    op.create_table(
        "occasion",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_occasion_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", "period", name=op.f("pk_occasion")),
    )
    op.create_table(
        "broadcast",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("text", Sealed, nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cursor", Id, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("created_by", Id, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("finished_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_broadcast_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("key", name=op.f("uq_broadcast_key")),
    )
    op.create_index(op.f("ix_broadcast_created_by"), "broadcast", ["created_by"], unique=False)
    op.create_index("ix_broadcast_fingerprint", "broadcast", ["fingerprint", "created_at"], unique=False)
    op.add_column("outbox", sa.Column("broadcast_id", Id, nullable=True))
    op.create_index(
        "ix_outbox_broadcast",
        "outbox",
        ["broadcast_id", "status"],
        unique=False,
        sqlite_where=sa.text("broadcast_id IS NOT NULL"),
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_broadcast", table_name="outbox")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("broadcast_id")
    op.drop_table("broadcast")
    op.drop_table("occasion")
    op.drop_table("pause")
    op.drop_table("reminder")
    op.drop_table("subscription")
