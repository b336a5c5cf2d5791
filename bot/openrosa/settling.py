"""A submission of Collect -> a survey, as if it had been answered in the chat; or why it can't be one.

What can't be counted is never thrown away: it is kept with the reason, the member and their leader are told,
and `tocns openrosa settle` takes it up again once the reason is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.openrosa.catalogue import mine
from content import indicators, names, offline, places
from content.form import Form
from content.households import Household
from content.interview import World
from content.offline import Judged, Problem
from content.people import Person, allowed, reach
from content.submission import CHANNEL, Submitted, uuid_of
from content.vietnamese import fold
from storage import areas, collected, households, surveys
from storage.collected import Standing
from storage.database import Connection
from storage.households import NewHousehold


@dataclass(frozen=True, slots=True)
class Forced:
    """What an administrator has decided about a parked submission: its household or hamlet, and whether its
    answers count as they stand."""

    household: int | None = None
    hamlet: int | None = None
    as_is: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission with who sent it, the form it belongs to, and its XML as it will be kept. `files` are the
    names of its files: as the phone has them -> as they are kept."""

    person: Person
    form: Form
    submitted: Submitted
    answered: dict[str, str]
    xml: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Survey:
    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Where:
    area_id: int
    household: Household | None
    new_name: str = ""


def count(conn: Connection, sent: Sent, now: datetime, forced: Forced | None = None) -> str | Problem:
    """Makes the submission a survey, or a revision of one; the survey's id. A Problem where it can be
    neither: then nothing has changed."""
    forced = forced or Forced()
    survey_id, standing = _survey(conn, sent.submitted)
    if standing is not None and (standing.by != sent.person.id or standing.form != sent.form.id):
        return Problem("not_yours")
    where = _standing_place(conn, standing) if standing else _place(conn, sent, forced, now)
    if isinstance(where, Problem):
        return where
    path = [area.id for area in areas.path(conn, where.area_id, now.date())]
    if forced.hamlet is None and forced.household is None and not allowed(sent.person, "survey", path):
        return Problem("not_here")
    judged = offline.judge(sent.form, sent.answered, _known(conn, where, now), _world(sent, now))
    if judged.problem is not None and not forced.as_is:
        return judged.problem
    _submit(conn, sent, where, judged, _Survey(survey_id, now))
    return survey_id


def _survey(conn: Connection, submitted: Submitted) -> tuple[str, Standing | None]:
    """The survey that this is a revision of; a new one, where the one it deprecates was never counted."""
    if submitted.deprecated_id:
        earlier = collected.find(conn, submitted.deprecated_id)
        survey_id = (earlier.survey_id if earlier else None) or uuid_of(submitted.deprecated_id)
        standing = collected.standing(conn, survey_id)
        if standing is not None:
            return survey_id, standing
    return submitted.survey_id, None


def _standing_place(conn: Connection, standing: Standing) -> _Where:
    household = None if standing.household_id is None else households.find(conn, standing.household_id)
    return _Where(household.area_id if household else standing.area_id, household)


# --------------------------------------------------------------------------- where, and whose


def _place(conn: Connection, sent: Sent, forced: Forced, now: datetime) -> _Where | Problem:
    number = offline.named(sent.answered, offline.HOUSEHOLD)
    if forced.household is not None or number:
        chosen = forced.household if forced.household is not None else _number(number)
        household = households.find(conn, chosen)
        return (
            _Where(household.area_id, household) if household else Problem("no_household", {"number": number})
        )
    area_id = _hamlet(conn, sent, now) if forced.hamlet is None else forced.hamlet
    if isinstance(area_id, Problem):
        return area_id
    name = offline.named(sent.answered, offline.NEW_NAME) or offline.named(sent.answered, offline.LISTED_NAME)
    if not name or not offline.asks_household(sent.form):
        return _Where(area_id, None)
    return _by_name(conn, sent, area_id, " ".join(name.split()), sure=forced.hamlet is not None)


def _number(text: str) -> int:
    """A household's number; 0, which is nobody's, for what is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _hamlet(conn: Connection, sent: Sent, now: datetime) -> int | Problem:
    here = mine(conn, sent.person, now.date())
    if not here:
        return Problem("not_allowed")
    asked = offline.named(sent.answered, offline.HAMLET)
    fitting = [area for area in here if asked in {"", area.code} or fold(area.name) == fold(asked)]
    if len(fitting) == 1:
        return fitting[0].id
    if not asked and not offline.asks_household(sent.form):
        return reach(sent.person, "survey")[0]
    return Problem("which_hamlet") if fitting else Problem("not_here")


def _by_name(conn: Connection, sent: Sent, area_id: int, name: str, *, sure: bool) -> _Where | Problem:
    """The household of that name which waits to be surveyed, or a new one. Where one of that name was
    surveyed already, only people can tell whether it is the same, unless one is `sure` that it is new."""
    called = [one for one in households.of_hamlet(conn, area_id, sent.form.id) if names.same(one.name, name)]
    if not called or sure:
        return _Where(area_id, None, name)
    if len(called) == 1 and called[0].surveyed_at is None:
        return _Where(area_id, called[0])
    return Problem("twins", {"name": name})


# --------------------------------------------------------------------------- the answers


def _known(conn: Connection, where: _Where, now: datetime) -> dict[str, str]:
    """What the bot tells the form in the chat, by question name."""
    path = areas.path(conn, where.area_id, now.date())
    known = {
        offline.COMMUNE: path[-2].name if len(path) > 1 else "",
        offline.HAMLET: path[-1].name if path else "",
    }
    if where.household:
        known |= {offline.HOUSEHOLD: str(where.household.id), offline.LISTED_NAME: where.household.name}
    return known


def _world(sent: Sent, now: datetime) -> World:
    """As it was when the form was closed in the field: what is asked of today() was answered then."""
    facts = {"username": sent.person.name, "deviceid": CHANNEL}
    ended = sent.submitted.ended
    then = min(ended.astimezone(now.tzinfo), now) if ended else now
    return World(then, sent.person.locale, sent.submitted.instance_id, facts)


def _submit(conn: Connection, sent: Sent, where: _Where, judged: Judged, survey: _Survey) -> None:
    """Where they refused, nothing that names anybody is kept."""
    agreed, now = judged.consent, survey.at
    household = where.household.id if where.household else None
    if agreed and household is None and where.new_name:
        new = NewHousehold(survey.id, where.area_id, where.new_name)
        household = households.add(conn, new, sent.person.id, now)
    submission = surveys.Submission(
        survey_id=survey.id,
        form=sent.form.id,
        version=sent.form.version,
        area_id=where.area_id,
        household_id=household if agreed else None,
        values=judged.values if agreed else {},
        xml=sent.xml if agreed else "",
        consent=agreed,
        wording=judged.wording,
        started_at=min(sent.submitted.began or now, now),
        submitted_at=now,
        by=sent.person.id,
        channel=CHANNEL,
        photos=tuple(sent.files.values()) if agreed else (),
        invented=sent.person.invented,
        square=places.square(sent.form, judged.values) if agreed else None,
    )
    surveys.submit(conn, submission, indicators.counts)
