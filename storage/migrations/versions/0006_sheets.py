"""From which day a version of a questionnaire is current, and the files that wait to be checked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()


def upgrade() -> None:
    # What was published before there were start dates has been current ever since.
    op.add_column(
        "form", sa.Column("valid_from", sa.Date(), server_default=sa.text("'1970-01-01'"), nullable=False)
    )
    op.create_table(
        "sheet",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("name", Sealed, nullable=False),
        sa.Column("ref", Sealed, nullable=False),
        sa.Column("source", Sealed, nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("xform", sa.Text(), nullable=False),
        sa.Column("newest_id", Id, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", Moment, nullable=False),
        sa.Column("taken_at", Moment, nullable=True),
        sa.Column("checked_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sheet_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sheet_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
    )
    op.create_index(op.f("ix_sheet_account_id"), "sheet", ["account_id"], unique=False)
    op.create_index(op.f("ix_sheet_person_id"), "sheet", ["person_id"], unique=False)
    op.create_index(
        "ix_sheet_waiting",
        "sheet",
        ["sent_at"],
        unique=False,
        sqlite_where=sa.text("checked_at IS NULL"),
        postgresql_where=sa.text("checked_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("sheet")
    op.drop_column("form", "valid_from")
