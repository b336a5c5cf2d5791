"""Consents, what is asked for under the law on personal data, and the register of breaches."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()


def upgrade() -> None:
    op.add_column("survey_revision", sa.Column("anonymised_at", Moment, nullable=True))
    op.create_table(
        "consent",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("given_at", Moment, nullable=False),
        sa.Column("withdrawn_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"], unique=False)
    _requests()
    op.create_table(
        "breach",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("opened_by", Id, nullable=False),
        *(
            sa.Column(name, Sealed, nullable=False)
            for name in ("what", "whose", "data", "effects", "measures", "contact")
        ),
        sa.Column("reported_at", Moment, nullable=True),
        sa.Column("closed_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_breach_area_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_breach_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
    )
    op.create_index(op.f("ix_breach_opened_by"), "breach", ["opened_by"], unique=False)


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("household_id", Id, nullable=True),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("who", Sealed, nullable=False),
        sa.Column("text", Sealed, nullable=False),
        sa.Column("taken_by", Id, nullable=True),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("answered_at", Moment, nullable=True),
        sa.Column("extended_at", Moment, nullable=True),
        sa.Column("done_at", Moment, nullable=True),
        sa.Column("outcome", Sealed, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_request_person_id")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_request_household_id")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_request_area_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["person.id"], name=op.f("fk_request_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    for column in ("person_id", "household_id", "taken_by"):
        op.create_index(op.f(f"ix_request_{column}"), "request", [column], unique=False)
    open_ = sa.text("done_at IS NULL")
    op.create_index(
        "ix_request_open",
        "request",
        ["asked_at"],
        unique=False,
        sqlite_where=open_,
        postgresql_where=open_,
    )


def downgrade() -> None:
    for name in ("breach", "request", "consent"):
        op.drop_table(name)
    op.drop_column("survey_revision", "anonymised_at")
