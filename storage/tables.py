"""Every table, and nothing else. Long on purpose: the one list of all that is stored, to be read in one go,
by whoever writes a migration, a backup, or what is to be told or erased of somebody.

Times are aware datetimes, stored in UTC. `Sealed` columns hold personal data: encrypted at rest, readable
only with the key of the settings. What must be found again by a personal value has a keyed hash beside it.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.types import JSON
from sqlmodel import Field, SQLModel

from storage.columns import Id, Moment, Sealed, SealedBytes

# Every constraint has a name, so that a migration can speak of it on either engine.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


def _id() -> Any:
    return Field(default=None, sa_column=Column(Id, primary_key=True, autoincrement=True))


def _ref(target: str, *, null: bool = False, index: bool = True) -> Any:
    return Field(default=None, foreign_key=target, nullable=null, index=index, sa_type=Id)


def _moment(*, null: bool = False) -> Any:
    return Field(default=None, sa_type=Moment, nullable=null)


def _sealed(*, null: bool = False) -> Any:
    return Field(default=None, sa_type=Sealed, nullable=null)


def _zero() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": text("0")})


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# ------------------------------------------------------------------ places


class AreaRow(SQLModel, table=True):
    """A unit with its period of validity; see `content.areas`."""

    __tablename__ = "area"
    __table_args__ = (
        Index("ix_area_code", "code", "valid_from"),
        Index("ix_area_invented", "id", **_where("invented")),
    )
    id: int | None = _id()
    code: str
    name: str
    level: str
    valid_from: date
    valid_to: date | None = None
    invented: bool = False


class AreaLink(SQLModel, table=True):
    """Under which unit a unit stands, from day to day: a hamlet keeps its id when its commune is merged.

    A unit that is no more lies in the one that took it up (or, where there are several or none, where it
    stood): so what was kept of it is found on every later map.
    """

    __tablename__ = "area_link"
    __table_args__ = (Unique("child_id", "valid_from"), Index("ix_area_link_parent", "parent_id"))
    id: int | None = _id()
    child_id: int = _ref("area.id", index=False)
    parent_id: int = _ref("area.id", index=False)
    valid_from: date
    valid_to: date | None = None


class AreaSuccession(SQLModel, table=True):
    """What a unit became (or became part of) on a day: one row for each pair of old and new."""

    __tablename__ = "area_succession"
    __table_args__ = (Unique("old_id", "new_id"),)
    id: int | None = _id()
    old_id: int = _ref("area.id")
    new_id: int = _ref("area.id")
    on: date


class AreaChangeRow(SQLModel, table=True):
    """A change of the map that was put down: `wanted` are the units it is about, `steps` what was written for
    it (JSON; see `storage.reorganizing`), so that it can be undone while its day is ahead."""

    __tablename__ = "area_change"
    id: int | None = _id()
    kind: str = Field(max_length=12)
    on: date
    wanted: dict[str, Any] = Field(sa_type=JSON)
    steps: list[Any] = Field(sa_type=JSON)
    created_by: int | None = _ref("person.id", null=True)
    created_at: datetime = _moment()
    undone_at: datetime | None = _moment(null=True)


class RoleMoveRow(SQLModel, table=True):
    """A role that ended with its area, and who has to be told: `new` are the areas it is held for now."""

    __tablename__ = "role_move"
    __table_args__ = (Index("ix_role_move_untold", "id", **_where("told_at IS NULL")),)
    id: int | None = _id()
    person_id: int = _ref("person.id")
    role: str
    old_id: int = _ref("area.id")
    new: list[int] = Field(sa_type=JSON)
    on: date
    told_at: datetime | None = _moment(null=True)


class TeamRow(SQLModel, table=True):
    """A community digital technology team; it works in one hamlet. `closed_on`: the first day without it."""

    __tablename__ = "team"
    id: int | None = _id()
    area_id: int = _ref("area.id")
    name: str
    invented: bool = False
    closed_on: date | None = None


# ------------------------------------------------------------------ people


class PersonRow(SQLModel, table=True):
    """Anybody who ever wrote to the bot or was invited."""

    __tablename__ = "person"
    id: int | None = _id()
    name: str = _sealed()
    locale: str = "vi"
    created_at: datetime = _moment()
    invented: bool = False


class AccountRow(SQLModel, table=True):
    """A person on a channel. `fingerprint` is the keyed hash of channel and address: what is looked up.

    `heard_at` is when they last did something there: from then the platform's window runs (kept only for
    channels that have one). `phone` is the number they gave there themselves.
    """

    __tablename__ = "account"
    __table_args__ = (Unique("fingerprint"),)
    id: int | None = _id()
    person_id: int = _ref("person.id")
    channel: str
    fingerprint: bytes
    address: str = _sealed()
    reachable: bool = True
    created_at: datetime = _moment()
    heard_at: datetime | None = _moment(null=True)
    phone: str | None = _sealed(null=True)


class LinkRow(SQLModel, table=True):
    """A code by which a person joins another account to themselves; only its keyed hash is kept."""

    __tablename__ = "link"
    fingerprint: bytes = Field(primary_key=True)
    person_id: int = _ref("person.id")
    expires_at: datetime = _moment()


class GrantRow(SQLModel, table=True):
    """A role held for an area, from when to when."""

    __tablename__ = "grants"
    id: int | None = _id()
    person_id: int = _ref("person.id")
    role: str
    area_id: int = _ref("area.id")
    team_id: int | None = _ref("team.id", null=True)
    valid_from: date
    valid_to: date | None = None


class DeactivationRow(SQLModel, table=True):
    """Somebody whose roles were taken away until an administrator gives them back: `grants` are the numbers
    of those that ended by it (JSON)."""

    __tablename__ = "deactivation"
    id: int | None = _id()
    person_id: int = _ref("person.id")
    grants: list[int] = Field(sa_type=JSON)
    at: datetime = _moment()
    by: int | None = _ref("person.id", null=True, index=False)
    lifted_at: datetime | None = _moment(null=True)


class InvitationRow(SQLModel, table=True):
    """A code that gives a role; only its keyed hash is kept. `phone` is the keyed hash of the number of
    whom it is meant for, where that is known.
    """

    __tablename__ = "invitation"
    __table_args__ = (Unique("fingerprint"),)
    id: int | None = _id()
    fingerprint: bytes
    role: str
    area_id: int = _ref("area.id")
    team_id: int | None = _ref("team.id", null=True)
    uses_left: int
    expires_at: datetime = _moment()
    created_by: int | None = _ref("person.id", null=True)
    created_at: datetime = _moment()
    phone: bytes | None = Field(default=None, index=True)


class InviteeRow(SQLModel, table=True):
    """Whom an invitation is for, where it was made by name: `name` is empty once they joined, for then the
    person has it. `batch`: the list that it came from, whose codes are handed out in one file."""

    __tablename__ = "invitee"
    invitation_id: int = Field(
        sa_column=Column(Id, ForeignKey("invitation.id"), primary_key=True, autoincrement=False)
    )
    name: str = _sealed()
    batch: str = Field(max_length=16, index=True)
    joined_by: int | None = _ref("person.id", null=True)
    joined_at: datetime | None = _moment(null=True)


class AssignmentRow(SQLModel, table=True):
    """Who shall visit a household: a person, or whoever takes up an invitation."""

    __tablename__ = "assignment"
    household_id: int = Field(
        sa_column=Column(Id, ForeignKey("household.id"), primary_key=True, autoincrement=False)
    )
    person_id: int | None = _ref("person.id", null=True)
    invitation_id: int | None = _ref("invitation.id", null=True)
    given_by: int | None = _ref("person.id", null=True, index=False)
    given_at: datetime = _moment()


class AbsenceRow(SQLModel, table=True):
    """Nobody was met at a household, on which day last, and who was there; it goes when the household is
    surveyed."""

    __tablename__ = "absence"
    household_id: int = Field(
        sa_column=Column(Id, ForeignKey("household.id"), primary_key=True, autoincrement=False)
    )
    on: date
    person_id: int | None = _ref("person.id", null=True)


# ------------------------------------------------------------------ questionnaires and answers


class FormRow(SQLModel, table=True):
    """One version of a questionnaire, kept for ever: the XForm that runs and the file that was sent in."""

    __tablename__ = "form"
    __table_args__ = (Unique("form", "version", "area_id"),)
    id: int | None = _id()
    form: str
    version: str
    title: str
    xform: str = Field(sa_type=Text)
    source: bytes
    source_name: str
    area_id: int = _ref("area.id")
    published_at: datetime = _moment()
    valid_from: date = Field(
        default=date(1970, 1, 1),
        sa_column=Column(Date, server_default=text("'1970-01-01'"), nullable=False),
    )
    withdrawn_at: datetime | None = _moment(null=True)
    published_by: int | None = _ref("person.id", null=True)


class SheetRow(SQLModel, table=True):
    """A file that an admin sent, a questionnaire or a list: checked apart, tried, perhaps published or taken.

    `source` is empty until it has been fetched from the channel; `form`, `version`, `title` and `xform` until
    it was found right. `newest_id` is the newest published version of that questionnaire at the time, 0 where
    there was none. Of a list `listed` names the kind (`content.lists`), and `rows` are JSON of what is in it.
    """

    __tablename__ = "sheet"
    __table_args__ = (Index("ix_sheet_waiting", "sent_at", **_where("checked_at IS NULL")),)
    id: str = Field(primary_key=True, max_length=36)
    person_id: int = _ref("person.id")
    account_id: int = _ref("account.id")
    name: str = _sealed()
    ref: str = _sealed()
    source: bytes | None = Field(default=None, sa_type=SealedBytes, nullable=True)
    form: str = ""
    version: str = ""
    title: str = ""
    xform: str = Field(default="", sa_type=Text)
    newest_id: int = Field(default=0, sa_type=Id)
    listed: str = Field(default="", sa_column=Column(String(16), server_default=text("''"), nullable=False))
    rows: str | None = _sealed(null=True)
    tries: int = 0
    sent_at: datetime = _moment()
    taken_at: datetime | None = _moment(null=True)
    checked_at: datetime | None = _moment(null=True)


class HouseholdRow(SQLModel, table=True):
    """A household of a hamlet. Where its hamlet became part of another, `listed_in` is the one in which it
    came onto the list, and is counted for ever; `area_id` the one that works through it today: None while it
    is off the list, which is that of `left_of` then (`ListChangeRow`).

    `mark` is the keyed hash of its name as people compare names (None: not made yet; empty: there is no name
    any more), `doubled` whether another household of the hamlet has the same; see `storage.namesakes`.
    """

    __tablename__ = "household"
    __table_args__ = (
        Index("ix_household_listed", "area_id", "listed_in", "created_at"),
        Index("ix_household_mark", "mark", "area_id"),
        # As either engine writes "doubled" in a query: SQLite wants it to the letter.
        Index(
            "ix_household_doubled",
            "area_id",
            sqlite_where=text("doubled = 1"),
            postgresql_where=text("doubled"),
        ),
        Index("ix_household_left", "left_of", **_where("left_of IS NOT NULL")),
    )
    id: int | None = _id()
    key: str = Field(unique=True, max_length=36)
    area_id: int | None = _ref("area.id", null=True, index=False)
    name: str = _sealed()
    address: str = _sealed()
    created_by: int | None = _ref("person.id", null=True)
    created_at: datetime = _moment()
    invented: bool = False
    listed_in: int | None = Field(default=None, sa_type=Id, nullable=True)
    left_of: int | None = Field(default=None, sa_type=Id, nullable=True)
    mark: bytes | None = None
    doubled: bool = Field(
        default=False, sa_column=Column(Boolean, server_default=text("false"), nullable=False)
    )


class ListChangeRow(SQLModel, table=True):
    """A household was taken off its hamlet's list (`change` -1), or put back (1), and why; see
    `storage.list_changes`.

    `area_id` is the hamlet in which that counts: where the household was listed.
    """

    __tablename__ = "list_change"
    __table_args__ = (Index("ix_list_change_area", "area_id", "at", "change"),)
    id: int | None = _id()
    household_id: int = _ref("household.id")
    area_id: int = _ref("area.id", index=False)
    at: datetime = _moment()
    change: int
    reason: str = Field(max_length=16)
    by: int | None = _ref("person.id", null=True)


class SurveyRow(SQLModel, table=True):
    """One questionnaire answered by one household (or by nobody named, where they refused).

    `area_id` is the hamlet it was made in, for ever. A household is counted once for each questionnaire: by
    the survey that is `current`.
    """

    __tablename__ = "survey"
    __table_args__ = (
        Index("ix_survey_household", "household_id", "form"),
        Index("ix_survey_by", "by", "submitted_at"),
        Index("ix_survey_area", "area_id", "form", "submitted_at"),
        Index("uq_survey_current", "household_id", "form", unique=True, **_where('"current"')),
    )
    id: str = Field(primary_key=True, max_length=36)
    form: str
    area_id: int = _ref("area.id", index=False)
    household_id: int | None = _ref("household.id", null=True, index=False)
    current: bool = True
    consent: bool
    revision: int
    by: int | None = _ref("person.id", null=True, index=False)
    submitted_at: datetime = _moment()
    invented: bool = False


class CountsRow(SQLModel, table=True):
    """What a revision adds to the indicators, as JSON `{indicator: [numerator, denominator]}`: each such set
    once, for many households are alike. `id` is drawn from it (`storage.counts`)."""

    __tablename__ = "counts"
    id: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    counts: dict[str, list[int]] = Field(sa_type=JSON)


class RevisionRow(SQLModel, table=True):
    """What was answered, revision by revision; nothing is ever overwritten.

    `values` is JSON of node paths to strings; `counts_id` what this revision adds to the indicators, so that
    it can be taken back when it is superseded. After `anonymised_at` only answers that name nobody are left.
    `form`, `area_id` and `household_id` are the survey's; `week` is the Monday of the week it counts in by
    the district's clock, `seconds` how long the asking took. They stand here so that what is counted of a
    million revisions is read from one narrow index.
    """

    __tablename__ = "survey_revision"
    __table_args__ = (
        Index("ix_revision_submitted", "submitted_at"),
        Index("ix_revision_again", "survey_id", "revision", **_where("revision > 1")),
        Index(
            "ix_revision_counted",
            *("form", "area_id", "week", "by", "counts_id"),
            *("revision", "household_id", "seconds", "submitted_at"),
        ),
    )
    survey_id: str = Field(primary_key=True, foreign_key="survey.id", max_length=36)
    revision: int = Field(primary_key=True)
    version: str
    values: str = _sealed()
    xml: str = _sealed()
    form: str
    area_id: int = _ref("area.id", index=False)
    household_id: int | None = _ref("household.id", null=True, index=False)
    week: date
    seconds: int
    counts_id: int = _ref("counts.id", index=False)
    wording: str = Field(sa_type=Text)
    channel: str
    by: int | None = _ref("person.id", null=True)
    started_at: datetime = _moment()
    submitted_at: datetime = _moment()
    anonymised_at: datetime | None = _moment(null=True)


class SurveyPlaceRow(SQLModel, table=True):
    """In which square (`content.places`) a survey's newest revision says that it was made, where it says so.

    `form`, `area_id` and `submitted_at` are the survey's; `week` is the Monday of the week it counts in. It
    goes with the name of its household.
    """

    __tablename__ = "survey_place"
    __table_args__ = (
        Index("ix_survey_place_found", "area_id", "form", "submitted_at", "north", "east"),
        {"sqlite_with_rowid": False},
    )
    survey_id: str = Field(primary_key=True, foreign_key="survey.id", max_length=36)
    form: str
    area_id: int = _ref("area.id", index=False)
    week: date
    submitted_at: datetime = _moment()
    north: int
    east: int


class HamletSquareRow(SQLModel, table=True):
    """How many of a hamlet's surveys were made in a square: what `survey_place` adds up to, kept by each
    submission's own transaction."""

    __tablename__ = "hamlet_square"
    __table_args__ = ({"sqlite_with_rowid": False},)
    area_id: int = Field(sa_column=Column(Id, ForeignKey("area.id"), primary_key=True, autoincrement=False))
    north: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    east: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    surveys: int


class PhotoRow(SQLModel, table=True):
    """A picture that is an answer, or that was sent in a ticket. `data` is empty until it has been fetched
    from the channel and cleaned; `raw` is what came with the message itself, kept only until then.
    """

    __tablename__ = "photo"
    __table_args__ = (Index("ix_photo_pending", "created_at", **_where("data IS NULL")),)
    name: str = Field(primary_key=True, max_length=64)
    channel: str
    ref: str = _sealed()
    person_id: int = _ref("person.id")
    survey_id: str | None = Field(default=None, foreign_key="survey.id", max_length=36, index=True)
    ticket_id: str | None = Field(default=None, foreign_key="ticket.id", max_length=36, index=True)
    raw: bytes | None = Field(default=None, sa_type=SealedBytes, nullable=True)
    data: bytes | None = Field(default=None, sa_type=SealedBytes, nullable=True)
    tries: int = 0
    created_at: datetime = _moment()


class TallyRow(SQLModel, table=True):
    """What a hamlet's week added to an indicator. Figures so far are the sum over the weeks: a submission's
    own transaction adjusts them, a recount of the revisions must always agree. `week` is its Monday.
    """

    __tablename__ = "tally"
    # The area first: a digest walks the tree and looks up each hamlet's rows.
    area_id: int = Field(sa_column=Column(Id, ForeignKey("area.id"), primary_key=True, autoincrement=False))
    form: str = Field(primary_key=True, max_length=64)
    week: date = Field(primary_key=True)
    indicator: str = Field(primary_key=True, max_length=64)
    numerator: int
    denominator: int
    rolled_numerator: int = _zero()
    rolled_denominator: int = _zero()


class FreshRow(SQLModel, table=True):
    """A hamlet's week whose tallies may hold what is not rolled up yet; see `storage.rollups`."""

    __tablename__ = "fresh"
    __table_args__ = ({"sqlite_with_rowid": False},)
    week: date = Field(primary_key=True)  # first: the oldest is rolled up first
    area_id: int = Field(sa_column=Column(Id, ForeignKey("area.id"), primary_key=True, autoincrement=False))
    form: str = Field(primary_key=True, max_length=64)


class RollupRow(SQLModel, table=True):
    """How far a unit above the hamlets had come by the end of a week: every indicator of it, in every week in
    which anything changed. So of each unit only the newest week's rows are read, however many there are."""

    __tablename__ = "rollup"
    __table_args__ = ({"sqlite_with_rowid": False},)
    area_id: int = Field(sa_column=Column(Id, ForeignKey("area.id"), primary_key=True, autoincrement=False))
    week: date = Field(primary_key=True)
    form: str = Field(primary_key=True, max_length=64)
    indicator: str = Field(primary_key=True, max_length=64)
    numerator: int
    denominator: int


# ------------------------------------------------------------------ OpenRosa


class AppPasswordRow(SQLModel, table=True):
    """The password with which a member's ODK Collect signs in, as `ha1` (`content.collect`): one a person."""

    __tablename__ = "app_password"
    person_id: int = Field(
        sa_column=Column(Id, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    )
    ha1: str = _sealed()
    created_at: datetime = _moment()


class CollectedRow(SQLModel, table=True):
    """A submission that came over OpenRosa, by its instanceID: the same again changes nothing.

    `mark` is the keyed hash of its XML. `survey_id` is the survey that it became. What could not be counted
    is kept as `xml`, with the `problem` as JSON, until somebody settles it.
    """

    __tablename__ = "collected"
    __table_args__ = (
        Index("ix_collected_parked", "received_at", **_where("xml IS NOT NULL")),
        Index("ix_collected_survey_id", "survey_id"),
    )
    instance_id: str = Field(primary_key=True, max_length=200)
    person_id: int = _ref("person.id")
    form: str
    version: str
    mark: bytes
    survey_id: str | None = Field(default=None, max_length=36)
    problem: str | None = _sealed(null=True)
    xml: str | None = _sealed(null=True)
    received_at: datetime = _moment()


class PushRow(SQLModel, table=True):
    """A revision that goes to another OpenRosa server. `status`: waiting, sent, refused."""

    __tablename__ = "push"
    __table_args__ = (Index("ix_push_waiting", "due_at", **_where("status = 'waiting'")),)
    survey_id: str = Field(primary_key=True, max_length=36)
    revision: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    status: str = Field(max_length=12)
    attempts: int
    due_at: datetime = _moment()
    sent_at: datetime | None = _moment(null=True)
    error: str = Field(sa_type=Text)


# ------------------------------------------------------------------ the conversation


class TalkRow(SQLModel, table=True):
    """Where the talk with a person stands: `doing` is JSON of the form in progress, or null; `topic` of what
    was asked and answered last, so that "and then?" has an answer."""

    __tablename__ = "talk"
    person_id: int = Field(
        sa_column=Column(Id, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    )
    doing: str | None = _sealed(null=True)
    updated_at: datetime = _moment()
    topic: str | None = _sealed(null=True)


class DraftRow(SQLModel, table=True):
    """An interview put aside. `household_id` 0: a household not on the list yet; `key` tells those apart."""

    __tablename__ = "draft"
    __table_args__ = (Unique("person_id", "form", "household_id", "key"),)
    id: int | None = _id()
    person_id: int = _ref("person.id", index=False)
    form: str
    household_id: int = Field(default=0, sa_type=Id)
    key: str = Field(default="", max_length=36)
    label: str = _sealed()
    doing: str = _sealed()
    updated_at: datetime = _moment()


class InboxRow(SQLModel, table=True):
    """Every event that was handled: the same id again is a repetition and changes nothing."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_received_at", "received_at"),
        {"sqlite_with_rowid": False},  # one tree less to write for each event
    )
    channel: str = Field(primary_key=True, max_length=16)
    event_id: str = Field(primary_key=True, max_length=80)
    received_at: datetime = _moment()


class ParkedRow(SQLModel, table=True):
    """An event whose handler failed: kept with the error, to be replayed after the mend."""

    __tablename__ = "parked"
    id: int | None = _id()
    channel: str
    event_id: str
    event: str = _sealed()
    error: str = Field(sa_type=Text)
    parked_at: datetime = _moment()
    replayed_at: datetime | None = _moment(null=True)


class OutboxRow(SQLModel, table=True):
    """A message to a person. `priority`: 0 reply, 1 reminder, 2 digest, 3 broadcast. `status`: waiting,
    attempted, sent, gone, bad, unsure. `unique_key` makes a double enqueue harmless. `held_at`: since when it
    waits because the platform does not let us write to the person. `cost` is what it cost, in VND.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # Most messages have no key, and need no place in its index.
        Index("uq_outbox_unique_key", "unique_key", unique=True, **_where("unique_key IS NOT NULL")),
        # What is done with stays for weeks; what is open is small, and is all that the sender looks at.
        Index("ix_outbox_waiting", "channel", "priority", "id", **_where("status = 'waiting'")),
        Index("ix_outbox_open", "account_id", "id", **_where("status IN ('waiting', 'attempted')")),
        Index("ix_outbox_account", "account_id", "id"),
        Index("ix_outbox_broadcast", "broadcast_id", "status", **_where("broadcast_id IS NOT NULL")),
        Index("ix_outbox_held", "held_at", **_where("held_at IS NOT NULL")),
        # Whether something waits for one who writes is asked at every turn of theirs; few messages are held.
        Index("ix_outbox_held_account", "account_id", **_where("held_at IS NOT NULL")),
        Index("ix_outbox_cost", "sent_at", **_where("cost > 0")),
        Index("ix_outbox_done", "due_at", **_where("status NOT IN ('waiting', 'attempted')")),
    )
    id: int | None = _id()
    account_id: int = _ref("account.id", index=False)
    channel: str = Field(max_length=16)
    kind: str
    priority: int
    body: str = _sealed()
    file: bytes | None = Field(default=None, sa_type=SealedBytes, nullable=True)
    status: str = Field(
        default="waiting", sa_column=Column(String(12), server_default=text("'waiting'"), nullable=False)
    )
    attempts: int = 0
    due_at: datetime = _moment()
    attempted_at: datetime | None = _moment(null=True)
    sent_at: datetime | None = _moment(null=True)
    message_id: str = ""
    unique_key: str | None = None
    broadcast_id: int | None = Field(default=None, sa_type=Id, nullable=True)
    held_at: datetime | None = _moment(null=True)
    cost: int = Field(default=0, sa_column=Column(Integer, server_default=text("0"), nullable=False))


# ------------------------------------------------------------------ what comes by itself


class SubscriptionRow(SQLModel, table=True):
    """When a person gets the weekly digest, if not at the usual time. No `areas`: all that are theirs. No
    `parts`: the usual ones."""

    __tablename__ = "subscription"
    person_id: int = Field(
        sa_column=Column(Id, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    )
    weekday: str = Field(max_length=3)
    hour: time
    areas: list[int] = Field(sa_type=JSON)
    active: bool
    changed_at: datetime = _moment()
    parts: list[str] | None = Field(default=None, sa_type=JSON, nullable=True)


class ReminderRow(SQLModel, table=True):
    """When an area is reminded, and whether at all; it holds for all that lies under it and has no own."""

    __tablename__ = "reminder"
    area_id: int = Field(sa_column=Column(Id, ForeignKey("area.id"), primary_key=True, autoincrement=False))
    hour: time
    active: bool
    changed_by: int = _ref("person.id")
    changed_at: datetime = _moment()


class PauseRow(SQLModel, table=True):
    """A person or an area that is not reminded: `kind` of `content.reminding.Pause`. No `until`: for good."""

    __tablename__ = "pause"
    __table_args__ = (Unique("person_id"), Unique("area_id"))
    id: int | None = _id()
    person_id: int | None = _ref("person.id", null=True, index=False)
    area_id: int | None = _ref("area.id", null=True, index=False)
    kind: str = Field(max_length=12)
    until: date | None = None
    set_by: int = _ref("person.id")
    set_at: datetime = _moment()


class OccasionRow(SQLModel, table=True):
    """A person was told of a kind of thing for a period: what makes a second firing harmless."""

    __tablename__ = "occasion"
    person_id: int = Field(
        sa_column=Column(Id, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    )
    kind: str = Field(primary_key=True, max_length=40)
    period: str = Field(primary_key=True, max_length=32)
    at: datetime = _moment()


class BroadcastRow(SQLModel, table=True):
    """A message to many. `status`: queueing, queued, stopped. `cursor`: the last person whose message is in
    the outbox; `fingerprint` is of text and audience, so that the same again is noticed. `result`: how many
    can't be written to ("without"), the numbers of the first of them ("people"), and as it ended how its
    messages stood ("counts")."""

    __tablename__ = "broadcast"
    __table_args__ = (Unique("key"), Index("ix_broadcast_fingerprint", "fingerprint", "created_at"))
    id: int | None = _id()
    key: str = Field(max_length=36)
    fingerprint: bytes
    text: str = _sealed()
    audience: dict[str, Any] = Field(sa_type=JSON)
    status: str = Field(max_length=12)
    total: int
    cursor: int = Field(sa_type=Id)
    due_at: datetime = _moment()
    created_by: int = _ref("person.id")
    created_at: datetime = _moment()
    finished_at: datetime | None = _moment(null=True)
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))


class QuestionRow(SQLModel, table=True):
    """What citizens asked, without who: it feeds the content and the digest."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_asked", "asked_at"),)
    id: int | None = _id()
    text: str = _sealed()
    outcome: str
    article: str | None = None
    area_id: int | None = _ref("area.id", null=True)
    asked_at: datetime = _moment()


class VerdictRow(SQLModel, table=True):
    """Whether an answer helped, without who says so."""

    __tablename__ = "verdict"
    __table_args__ = (Index("ix_verdict_at", "at"),)
    id: int | None = _id()
    article: str
    helped: bool
    area_id: int | None = _ref("area.id", null=True)
    at: datetime = _moment()


class ProposalRow(SQLModel, table=True):
    """What may become content, until an admin has looked at it: `kind` "question" (another way of asking for
    the article) or "article" (what was done for somebody, with no article yet)."""

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_waiting", "id", **_where("settled_at IS NULL")),)
    id: int | None = _id()
    kind: str = Field(max_length=12)
    article: str | None = None
    text: str = _sealed()
    proposed_at: datetime = _moment()
    settled_at: datetime | None = _moment(null=True)


class ArticleRow(SQLModel, table=True):
    """A version of an article that was made in the chat: `article` is its id, `source` its file's text.

    It comes from a file that was sent (`sheet_id`; published when its sender says so), or from one press of a
    button. The newest that is published and not withdrawn stands before the content pack's own.
    """

    __tablename__ = "article"
    __table_args__ = (Index("ix_article_published", "article", **_where("published_at IS NOT NULL")),)
    id: int | None = _id()
    article: str = Field(max_length=40)
    title: str
    source: str = Field(sa_type=Text)
    sheet_id: str | None = Field(default=None, max_length=36, index=True)
    made_by: int | None = _ref("person.id", null=True)
    made_at: datetime = _moment()
    published_at: datetime | None = _moment(null=True)
    withdrawn_at: datetime | None = _moment(null=True)


# ------------------------------------------------------------------ a person behind the bot


class TicketRow(SQLModel, table=True):
    """A citizen's question to the team of a hamlet; see `content.tickets.Ticket`."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_citizen", "citizen_id", "asked_at"),
        Index("ix_ticket_area", "area_id", **_where("status <> 'closed'")),
        Index("ix_ticket_taken", "taken_by", **_where("status = 'taken'")),
        Index("ix_ticket_waiting", "waiting_since", **_where("status = 'open'")),
    )
    id: str = Field(primary_key=True, max_length=36)
    citizen_id: int = _ref("person.id", index=False)
    area_id: int = _ref("area.id", index=False)
    text: str = _sealed()
    reach: str = Field(max_length=8)
    contact: str = _sealed()
    wording: str = Field(sa_type=Text)
    status: str = Field(max_length=8)
    level: str = Field(max_length=8)
    taken_by: int | None = _ref("person.id", null=True, index=False)
    asked_at: datetime = _moment()
    waiting_since: datetime = _moment()
    taken_at: datetime | None = _moment(null=True)
    spoken_at: datetime | None = _moment(null=True)
    closed_at: datetime | None = _moment(null=True)
    visit: str = _sealed()
    visit_on: date | None = None
    outcome: str = _sealed()


class TicketLineRow(SQLModel, table=True):
    """What was said in a ticket: `by` "citizen" or "team"."""

    __tablename__ = "ticket_line"
    id: int | None = _id()
    ticket_id: str = Field(foreign_key="ticket.id", max_length=36, index=True)
    by: str = Field(max_length=8)
    person_id: int = _ref("person.id")
    text: str = _sealed()
    at: datetime = _moment()


# ------------------------------------------------------------------ the rights of those whose data it is


class ConsentRow(SQLModel, table=True):
    """What a person agreed to in the chat, with the words as shown; see `content.privacy.Consent`."""

    __tablename__ = "consent"
    id: int | None = _id()
    person_id: int = _ref("person.id")
    purpose: str = Field(max_length=8)
    form: str
    version: str
    wording: str = Field(sa_type=Text)
    channel: str = Field(max_length=16)
    given_at: datetime = _moment()
    withdrawn_at: datetime | None = _moment(null=True)


class RequestRow(SQLModel, table=True):
    """What somebody asked for under the law, with its clock; see `content.privacy.Request`."""

    __tablename__ = "request"
    __table_args__ = (Index("ix_request_open", "asked_at", **_where("done_at IS NULL")),)
    id: int | None = _id()
    kind: str = Field(max_length=8)
    person_id: int | None = _ref("person.id", null=True)
    household_id: int | None = _ref("household.id", null=True)
    area_id: int | None = _ref("area.id", null=True, index=False)
    who: str = _sealed()
    text: str = _sealed()
    taken_by: int | None = _ref("person.id", null=True)
    asked_at: datetime = _moment()
    answered_at: datetime | None = _moment(null=True)
    extended_at: datetime | None = _moment(null=True)
    done_at: datetime | None = _moment(null=True)
    outcome: str = _sealed()


class BreachRow(SQLModel, table=True):
    """The register of breaches; see `content.privacy.Breach`."""

    __tablename__ = "breach"
    id: int | None = _id()
    area_id: int = _ref("area.id", index=False)
    found_at: datetime = _moment()
    opened_at: datetime = _moment()
    opened_by: int = _ref("person.id")
    what: str = _sealed()
    whose: str = _sealed()
    data: str = _sealed()
    effects: str = _sealed()
    measures: str = _sealed()
    contact: str = _sealed()
    reported_at: datetime | None = _moment(null=True)
    closed_at: datetime | None = _moment(null=True)


# ------------------------------------------------------------------ digests and reports


class TargetRow(SQLModel, table=True):
    """What an area's plan sets for a year; see `content.targets`. `indicator` names the one of the
    questionnaire that is held against it; else `numerator` and `denominator` are what was entered."""

    __tablename__ = "target"
    __table_args__ = (Unique("area_id", "year", "code"),)
    id: int | None = _id()
    area_id: int = _ref("area.id", index=False)
    year: int
    place: int
    code: str
    title: str = Field(sa_type=Text)
    unit: str
    indicator: str
    percent: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    counted_on: date | None = None
    source: str = Field(sa_type=Text)
    outside: bool
    inferred: bool
    note: str = Field(sa_type=Text)


class JobRow(SQLModel, table=True):
    """A file that somebody is to get: asked for in a turn (or by the clock), made by a worker. It goes to the
    account that asked, or to all of the person's. `period` is a week's or a report's name, `wanted`
    what of the audit log (`content.journal`). `leased_until`: who makes it has until then; after that another
    may.
    """

    __tablename__ = "job"
    __table_args__ = (
        Unique("unique_key"),
        Index("ix_job_open", "id", **_where("done_at IS NULL")),
    )
    id: int | None = _id()
    kind: str = Field(max_length=16)
    person_id: int = _ref("person.id")
    account_id: int | None = _ref("account.id", null=True, index=False)
    area_id: int = _ref("area.id", index=False)
    period: str = Field(max_length=16)
    wanted: str = Field(default="", sa_column=Column(String(80), server_default=text("''"), nullable=False))
    unique_key: str
    asked_at: datetime = _moment()
    leased_until: datetime | None = _moment(null=True)
    tries: int = 0
    done_at: datetime | None = _moment(null=True)


class AuditRow(SQLModel, table=True):
    """Who did what, append-only; `hash` covers the row and the hash before it."""

    __tablename__ = "audit"
    id: int | None = _id()
    at: datetime = _moment()
    person_id: int | None = _ref("person.id", null=True)
    channel: str
    action: str
    subject: str
    before: str = Field(default="", sa_type=Text)
    after: str = Field(default="", sa_type=Text)
    hash: bytes


class TokenRow(SQLModel, table=True):
    """A pair of tokens that a platform changes from time to time, by the channel's name.

    The refresh token serves once: whoever means to use it takes the lease first. `seed` is the keyed hash of
    the one in the settings with which the chain began; `lost_at` says since when the chain is broken.
    """

    __tablename__ = "token"
    name: str = Field(primary_key=True, max_length=16)
    access: str = _sealed()
    refresh: str = _sealed()
    expires_at: datetime = _moment()
    seed: bytes
    leased_until: datetime | None = _moment(null=True)
    lost_at: datetime | None = _moment(null=True)


class BackupRow(SQLModel, table=True):
    """A backup that was made, or a try that failed; see `content.backups.Backup`."""

    __tablename__ = "backup"
    __table_args__ = (Index("ix_backup_made", "made_at"),)
    id: int | None = _id()
    name: str
    made_at: datetime = _moment()
    size: int = Field(sa_type=Id)
    rows: int = Field(sa_type=Id)
    verified_at: datetime | None = _moment(null=True)
    fault: str = Field(sa_type=Text)


class NoteRow(SQLModel, table=True):
    """Small facts that outlive a restart, by name: sample data made, leadership, last recount."""

    __tablename__ = "note"
    name: str = Field(primary_key=True, max_length=64)
    value: str = Field(sa_type=Text)
    at: datetime = _moment()
