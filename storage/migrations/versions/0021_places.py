"""In which square of the map a survey was made, and how many were in each, so that those far from all others
are found without opening any."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

serves = "0018"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "survey_place",
        sa.Column("survey_id", sa.String(length=36), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("north", sa.Integer(), nullable=False),
        sa.Column("east", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_place_survey_id")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_place_area_id")),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_survey_place")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_survey_place_found", "survey_place", ["area_id", "form", "submitted_at", "north", "east"]
    )
    op.create_table(
        "hamlet_square",
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("north", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("east", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("surveys", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_hamlet_square_area_id")),
        sa.PrimaryKeyConstraint("area_id", "north", "east", name=op.f("pk_hamlet_square")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("hamlet_square")
    op.drop_table("survey_place")
    op.execute("DELETE FROM tally WHERE indicator = '!far'")
    op.execute("DELETE FROM rollup WHERE indicator = '!far'")
