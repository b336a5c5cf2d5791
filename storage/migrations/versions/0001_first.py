"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
Sealed = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_index("ix_area_code", "area", ["code", "valid_from"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("channel", "event_id", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "note",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_note")),
    )
    op.create_table(
        "parked",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("event", Sealed, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("parked_at", Moment, nullable=False),
        sa.Column("replayed_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked")),
    )
    op.create_table(
        "person",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", Sealed, nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "account",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("address", Sealed, nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_account_fingerprint")),
    )
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    op.create_table(
        "area_link",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["area.id"], name=op.f("fk_area_link_child_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_link_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_link")),
        sa.UniqueConstraint("child_id", "valid_from", name=op.f("uq_area_link_child_id_valid_from")),
    )
    op.create_index("ix_area_link_parent", "area_link", ["parent_id"], unique=False)
    op.create_table(
        "area_succession",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("old_id", Id, nullable=False),
        sa.Column("new_id", Id, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["new_id"], ["area.id"], name=op.f("fk_area_succession_new_id")),
        sa.ForeignKeyConstraint(["old_id"], ["area.id"], name=op.f("fk_area_succession_old_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_succession")),
        sa.UniqueConstraint("old_id", "new_id", name=op.f("uq_area_succession_old_id_new_id")),
    )
    op.create_index(op.f("ix_area_succession_new_id"), "area_succession", ["new_id"], unique=False)
    op.create_index(op.f("ix_area_succession_old_id"), "area_succession", ["old_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_person_id"), "audit", ["person_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("label", Sealed, nullable=False),
        sa.Column("doing", Sealed, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "person_id", "form", "household_id", "key", name=op.f("uq_draft_person_id_form_household_id_key")
        ),
    )
    op.create_table(
        "form",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("xform", sa.Text(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("source_name", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("published_at", Moment, nullable=False),
        sa.Column("withdrawn_at", Moment, nullable=True),
        sa.Column("published_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_form_area_id")),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_form_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form")),
        sa.UniqueConstraint("form", "version", "area_id", name=op.f("uq_form_form_version_area_id")),
    )
    op.create_index(op.f("ix_form_area_id"), "form", ["area_id"], unique=False)
    op.create_index(op.f("ix_form_published_by"), "form", ["published_by"], unique=False)
    op.create_table(
        "household",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("name", Sealed, nullable=False),
        sa.Column("address", Sealed, nullable=False),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_household_area_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_household_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("key", name=op.f("uq_household_key")),
    )
    op.create_index(op.f("ix_household_area_id"), "household", ["area_id"], unique=False)
    op.create_index(op.f("ix_household_created_by"), "household", ["created_by"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("text", Sealed, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("asked_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_question_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_area_id"), "question", ["area_id"], unique=False)
    op.create_index("ix_question_asked", "question", ["asked_at"], unique=False)
    op.create_table(
        "talk",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("doing", Sealed, nullable=True),
        sa.Column("updated_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_talk_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_talk")),
    )
    op.create_table(
        "tally",
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("indicator", sa.String(length=64), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_tally_area_id")),
        sa.PrimaryKeyConstraint("area_id", "form", "week", "indicator", name=op.f("pk_tally")),
    )
    op.create_table(
        "team",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_team_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_index(op.f("ix_team_area_id"), "team", ["area_id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_grants_area_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grants_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_grants_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_area_id"), "grants", ["area_id"], unique=False)
    op.create_index(op.f("ix_grants_person_id"), "grants", ["person_id"], unique=False)
    op.create_index(op.f("ix_grants_team_id"), "grants", ["team_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_invitation_area_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_invitation_created_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_invitation_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_invitation_fingerprint")),
    )
    op.create_index(op.f("ix_invitation_area_id"), "invitation", ["area_id"], unique=False)
    op.create_index(op.f("ix_invitation_created_by"), "invitation", ["created_by"], unique=False)
    op.create_index(op.f("ix_invitation_team_id"), "invitation", ["team_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("body", Sealed, nullable=False),
        sa.Column("file", Sealed, nullable=True),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("attempted_at", Moment, nullable=True),
        sa.Column("sent_at", Moment, nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("unique_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_outbox_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_account", "outbox", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["account_id", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('waiting', 'attempted')"),
        postgresql_where=sa.text("status IN ('waiting', 'attempted')"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["channel", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "uq_outbox_unique_key",
        "outbox",
        ["unique_key"],
        unique=True,
        sqlite_where=sa.text("unique_key IS NOT NULL"),
        postgresql_where=sa.text("unique_key IS NOT NULL"),
    )
    op.create_table(
        "survey",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("household_id", Id, nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", Id, nullable=True),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_area_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_survey_by")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_survey_household_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
    )
    op.create_index("ix_survey_area", "survey", ["area_id", "form", "submitted_at"], unique=False)
    op.create_index("ix_survey_by", "survey", ["by", "submitted_at"], unique=False)
    op.create_index("ix_survey_household", "survey", ["household_id", "form"], unique=False)
    op.create_index(
        "uq_survey_current",
        "survey",
        ["household_id", "form"],
        unique=True,
        sqlite_where=sa.text('"current"'),
        postgresql_where=sa.text('"current"'),
    )
    op.create_table(
        "photo",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ref", Sealed, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("survey_id", sa.String(length=36), nullable=True),
        sa.Column("raw", Sealed, nullable=True),
        sa.Column("data", Sealed, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_photo_person_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_photo_survey_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_photo")),
    )
    op.create_index(
        "ix_photo_pending",
        "photo",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("data IS NULL"),
        postgresql_where=sa.text("data IS NULL"),
    )
    op.create_index(op.f("ix_photo_person_id"), "photo", ["person_id"], unique=False)
    op.create_index(op.f("ix_photo_survey_id"), "photo", ["survey_id"], unique=False)
    op.create_table(
        "survey_revision",
        sa.Column("survey_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("values", Sealed, nullable=False),
        sa.Column("xml", Sealed, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("by", Id, nullable=True),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_survey_revision_by")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_revision_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "revision", name=op.f("pk_survey_revision")),
    )
    op.create_index("ix_revision_submitted", "survey_revision", ["submitted_at"], unique=False)
    op.create_index(op.f("ix_survey_revision_by"), "survey_revision", ["by"], unique=False)


def downgrade() -> None:
    op.drop_table("survey_revision")
    op.drop_table("photo")
    op.drop_table("survey")
    op.drop_table("outbox")
    op.drop_table("invitation")
    op.drop_table("grants")
    op.drop_table("team")
    op.drop_table("tally")
    op.drop_table("talk")
    op.drop_table("question")
    op.drop_table("household")
    op.drop_table("form")
    op.drop_table("draft")
    op.drop_table("audit")
    op.drop_table("area_succession")
    op.drop_table("area_link")
    op.drop_table("account")
    op.drop_table("person")
    op.drop_table("parked")
    op.drop_table("note")
    op.drop_table("inbox")
    op.drop_table("area")
