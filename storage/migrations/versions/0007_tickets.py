"""Questions to a person, what was talked about last, what helped, and what may become content."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()

TICKET_INDEXES = {
    "ix_ticket_area": ("area_id", "status <> 'closed'"),
    "ix_ticket_taken": ("taken_by", "status = 'taken'"),
    "ix_ticket_waiting": ("waiting_since", "status = 'open'"),
}


def upgrade() -> None:
    op.add_column("talk", sa.Column("topic", Sealed, nullable=True))
    _what_helped()
    _tickets()


def _what_helped() -> None:
    op.create_table(
        "verdict",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_verdict_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
    )
    op.create_index("ix_verdict_at", "verdict", ["at"], unique=False)
    op.create_index(op.f("ix_verdict_area_id"), "verdict", ["area_id"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("text", Sealed, nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("settled_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    _partial("ix_proposal_waiting", "proposal", "id", "settled_at IS NULL")


def _tickets() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("citizen_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("text", Sealed, nullable=False),
        sa.Column("reach", sa.String(length=8), nullable=False),
        sa.Column("contact", Sealed, nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("taken_by", Id, nullable=True),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("waiting_since", Moment, nullable=False),
        sa.Column("taken_at", Moment, nullable=True),
        sa.Column("spoken_at", Moment, nullable=True),
        sa.Column("closed_at", Moment, nullable=True),
        sa.Column("visit", Sealed, nullable=False),
        sa.Column("outcome", Sealed, nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["person.id"], name=op.f("fk_ticket_citizen_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["person.id"], name=op.f("fk_ticket_taken_by")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_ticket_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index("ix_ticket_citizen", "ticket", ["citizen_id", "asked_at"], unique=False)
    for name, (column, condition) in TICKET_INDEXES.items():
        _partial(name, "ticket", column, condition)
    op.create_table(
        "ticket_line",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("text", Sealed, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_line_ticket_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_line_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_line")),
    )
    op.create_index(op.f("ix_ticket_line_ticket_id"), "ticket_line", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_ticket_line_person_id"), "ticket_line", ["person_id"], unique=False)


def _partial(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=False, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in ("ticket_line", "ticket", "proposal", "verdict"):
        op.drop_table(name)
    op.drop_column("talk", "topic")
