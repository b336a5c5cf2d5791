"""What surveys count in a narrow index, and the marks by which households of one name are found.

A set of counts stands once and is told by its number. Households get their marks from the worker, which has
the key.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
# Programs before it would keep surveys without what is counted of them.
serves = "0018"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""By which weeks were told, unless the settings named another one; then `tocns check` says so."""
AT_ONCE = 2_000

NEW: dict[str, Any] = {
    "form": sa.String(),
    "area_id": Id,
    "household_id": Id,
    "week": sa.Date(),
    "seconds": sa.Integer(),
    "counts_id": Id,
}
REFERS = {"area_id": "area", "household_id": "household", "counts_id": "counts"}
COUNTED = ["form", "area_id", "week", "by", "counts_id", "revision", "household_id", "seconds", "submitted_at"]

_counts = sa.table("counts", sa.column("id", Id), sa.column("counts", sa.JSON()))
_survey = sa.table("survey", *(sa.column(name) for name in ("id", "form", "area_id", "household_id")))
_revision = sa.table(
    "survey_revision",
    sa.column("survey_id", sa.String()),
    sa.column("revision", sa.Integer()),
    sa.column("counts", sa.JSON()),
    sa.column("started_at", Moment),
    sa.column("submitted_at", Moment),
    *(sa.column(name, kind) for name, kind in NEW.items()),
)


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counts")),
    )
    for name, kind in NEW.items():
        op.add_column("survey_revision", sa.Column(name, kind, nullable=True))
    for name in ("form", "area_id", "household_id"):
        of_survey = sa.select(_survey.c[name]).where(_survey.c.id == _revision.c.survey_id)
        op.execute(sa.update(_revision).values({name: of_survey.scalar_subquery()}))
    _count()
    with op.batch_alter_table("survey_revision") as table:
        for name, kind in NEW.items():
            if name != "household_id":
                table.alter_column(name, existing_type=kind, nullable=False)
        for name, target in REFERS.items():
            table.create_foreign_key(op.f(f"fk_survey_revision_{name}"), target, [name], ["id"])
        table.drop_column("counts")
    again = sa.text("revision > 1")
    op.create_index(
        "ix_revision_again", "survey_revision", ["survey_id", "revision"], sqlite_where=again, postgresql_where=again
    )
    op.create_index("ix_revision_counted", "survey_revision", COUNTED)
    _upgrade_households()


def _count() -> None:
    conn = op.get_bind()
    there: set[int] = set()
    one = (
        _revision.c.survey_id == sa.bindparam("of_survey"),
        _revision.c.revision == sa.bindparam("of_revision"),
    )
    for rows in _revisions(conn):
        sets = {_number(row.counts): row.counts for row in rows}
        if new := [{"id": id_, "counts": counts} for id_, counts in sets.items() if id_ not in there]:
            conn.execute(sa.insert(_counts), new)
            there |= sets.keys()
        conn.execute(
            sa.update(_revision).where(*one),
            [
                {
                    "of_survey": row.survey_id,
                    "of_revision": row.revision,
                    "week": _monday(row.submitted_at),
                    "seconds": int((row.submitted_at - row.started_at).total_seconds()),
                    "counts_id": _number(row.counts),
                }
                for row in rows
            ],
        )


def _revisions(conn: sa.Connection) -> Iterator[list[Any]]:
    key = sa.tuple_(_revision.c.survey_id, _revision.c.revision)
    told = [_revision.c[name] for name in ("survey_id", "revision", "counts", "started_at", "submitted_at")]
    query = sa.select(*told).order_by(_revision.c.survey_id, _revision.c.revision).limit(AT_ONCE)
    rows = list(conn.execute(query))
    while rows:
        yield rows
        last = sa.tuple_(sa.literal(rows[-1].survey_id), sa.literal(rows[-1].revision))
        rows = list(conn.execute(query.where(key > last)))


def _number(counts: Any) -> int:
    """As `storage.counts.number`."""
    text = json.dumps(counts, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _monday(at: datetime) -> Any:
    day = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZONE).date()
    return day - timedelta(days=day.weekday())


def _upgrade_households() -> None:
    op.add_column("household", sa.Column("mark", sa.LargeBinary(), nullable=True))
    op.add_column(
        "household", sa.Column("doubled", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.drop_index(op.f("ix_household_area_id"), table_name="household")
    op.create_index("ix_household_listed", "household", ["area_id", "listed_in", "created_at"])
    op.create_index("ix_household_mark", "household", ["mark", "area_id"])
    op.create_index(
        "ix_household_doubled",
        "household",
        ["area_id"],
        sqlite_where=sa.text("doubled = 1"),
        postgresql_where=sa.text("doubled"),
    )


def downgrade() -> None:
    for name in ("doubled", "mark", "listed"):
        op.drop_index(f"ix_household_{name}", table_name="household")
    op.create_index(op.f("ix_household_area_id"), "household", ["area_id"])
    op.drop_column("household", "doubled")
    op.drop_column("household", "mark")
    op.drop_index("ix_revision_counted", table_name="survey_revision")
    op.drop_index("ix_revision_again", table_name="survey_revision")
    op.add_column("survey_revision", sa.Column("counts", sa.JSON(), nullable=True))
    of_set = sa.select(_counts.c.counts).where(_counts.c.id == _revision.c.counts_id)
    op.execute(sa.update(_revision).values(counts=of_set.scalar_subquery()))
    with op.batch_alter_table("survey_revision") as table:
        table.alter_column("counts", existing_type=sa.JSON(), nullable=False)
        for name in REFERS:
            table.drop_constraint(op.f(f"fk_survey_revision_{name}"), type_="foreignkey")
        for name in NEW:
            table.drop_column(name)
    op.drop_table("counts")
