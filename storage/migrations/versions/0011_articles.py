"""Articles that are published in the chat, and photos that are sent in a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("article", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sheet_id", sa.String(length=36), nullable=True),
        sa.Column("made_by", Id, nullable=True),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("published_at", Moment, nullable=True),
        sa.Column("withdrawn_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_article_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_index(op.f("ix_article_made_by"), "article", ["made_by"], unique=False)
    op.create_index(op.f("ix_article_sheet_id"), "article", ["sheet_id"], unique=False)
    op.create_index(
        "ix_article_published",
        "article",
        ["article"],
        unique=False,
        sqlite_where=sa.text("published_at IS NOT NULL"),
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    with op.batch_alter_table("photo") as photo:
        photo.add_column(sa.Column("ticket_id", sa.String(length=36), nullable=True))
        photo.create_foreign_key(op.f("fk_photo_ticket_id"), "ticket", ["ticket_id"], ["id"])
    op.create_index(op.f("ix_photo_ticket_id"), "photo", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_photo_ticket_id"), table_name="photo")
    with op.batch_alter_table("photo") as photo:
        photo.drop_constraint(op.f("fk_photo_ticket_id"), type_="foreignkey")
        photo.drop_column("ticket_id")
    op.drop_table("article")
