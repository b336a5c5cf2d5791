"""ODK Collect signs in and sends; submissions go on to another OpenRosa server."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "app_password",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("ha1", Sealed, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_app_password_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_app_password")),
    )
    op.create_table(
        "collected",
        sa.Column("instance_id", sa.String(length=200), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("survey_id", sa.String(length=36), nullable=True),
        sa.Column("problem", Sealed, nullable=True),
        sa.Column("xml", Sealed, nullable=True),
        sa.Column("received_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_collected_person_id")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_collected")),
    )
    op.create_index(op.f("ix_collected_person_id"), "collected", ["person_id"], unique=False)
    op.create_index("ix_collected_survey_id", "collected", ["survey_id"], unique=False)
    op.create_table(
        "push",
        sa.Column("survey_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("sent_at", Moment, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "revision", name=op.f("pk_push")),
    )
    for name, table, column, condition in (
        ("ix_collected_parked", "collected", "received_at", "xml IS NOT NULL"),
        ("ix_push_waiting", "push", "due_at", "status = 'waiting'"),
    ):
        op.create_index(
            name,
            table,
            [column],
            unique=False,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def downgrade() -> None:
    op.drop_table("push")
    op.drop_table("collected")
    op.drop_table("app_password")
