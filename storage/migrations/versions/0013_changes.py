"""Changes of the map that can be undone, roles that move with them; what is no more lies in its heir."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
ONE_HEIR = "SELECT old_id FROM area_succession GROUP BY old_id HAVING count(*) = 1"


def upgrade() -> None:
    op.add_column("household", sa.Column("listed_in", Id, nullable=True))
    op.create_table(
        "area_change",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("undone_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_area_change_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_change")),
    )
    op.create_index(op.f("ix_area_change_created_by"), "area_change", ["created_by"], unique=False)
    op.create_table(
        "role_move",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("old_id", Id, nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("told_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["old_id"], ["area.id"], name=op.f("fk_role_move_old_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_move_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_move")),
    )
    op.create_index(op.f("ix_role_move_person_id"), "role_move", ["person_id"], unique=False)
    op.create_index(op.f("ix_role_move_old_id"), "role_move", ["old_id"], unique=False)
    untold = sa.text("told_at IS NULL")
    op.create_index(
        "ix_role_move_untold", "role_move", ["id"], unique=False, sqlite_where=untold, postgresql_where=untold
    )
    op.execute(
        "INSERT INTO area_link (child_id, parent_id, valid_from, valid_to) "
        'SELECT old_id, new_id, "on", NULL FROM area_succession '
        f"WHERE old_id IN ({ONE_HEIR}) AND NOT EXISTS (SELECT 1 FROM area_link AS there "
        'WHERE there.child_id = old_id AND there.valid_from = area_succession."on")'
    )
    op.execute(
        "UPDATE area_link SET valid_to = NULL WHERE child_id NOT IN (SELECT old_id FROM area_succession) "
        "AND valid_to = (SELECT area.valid_to FROM area WHERE area.id = area_link.child_id)"
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM area_link WHERE valid_from >= "
        "(SELECT area.valid_to FROM area WHERE area.id = area_link.child_id)"
    )
    op.execute(
        "UPDATE area_link SET valid_to = (SELECT area.valid_to FROM area WHERE area.id = area_link.child_id) "
        "WHERE valid_to IS NULL"
    )
    op.drop_table("role_move")
    op.drop_table("area_change")
    # What was moved is counted where it was listed.
    op.execute("UPDATE household SET area_id = listed_in WHERE listed_in IS NOT NULL")
    op.drop_column("household", "listed_in")
