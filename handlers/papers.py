"""Files of /baocao, made apart from the turn: a digest's picture and spreadsheet, the draft of a report."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Literal

from content.areas import Area
from content.figures import week_name
from content.people import allowed
from content.periods import Period, period_named, periods_of, spoken
from handlers.effects import MakePaper
from handlers.speech import answer, speak, under_way
from handlers.talk import Choice, Talk
from handlers.turn import Turn

Kind = Literal["picture", "sheet"]


def ways(talk: Talk, area: Area, monday: date) -> Iterable[Choice]:
    """What a digest offers: its picture, its spreadsheet, a report."""
    for kind in ("picture", "sheet", *(("report",) if allowed(talk.person, "draft-report") else ())):
        yield Choice(speak(talk, f"papers.to_{kind}"), f"digest:{kind}:{area.id}:{week_name(monday)}")


def asked(parts: Collection[str], area: Area, monday: date) -> tuple[MakePaper, ...]:
    """The files that come with a digest of these parts."""
    kinds: tuple[Kind, ...] = ("picture", "sheet")
    return tuple(MakePaper(kind, area.id, week_name(monday)) for kind in kinds if kind in parts)


def make(talk: Talk, kind: Kind, area: Area, monday: date) -> Turn:
    """Has the picture or the spreadsheet of a digest made."""
    return _making(talk, MakePaper(kind, area.id, week_name(monday)), speak(talk, f"papers.{kind}"), area)


def which(talk: Talk, area: Area, monday: date) -> Turn:
    """Asks for which period the report shall be: those in which the week ends, and the month before."""
    day = min(monday + timedelta(days=6), talk.today)
    return answer(talk, "papers.which_period", *_ways(talk, area, day), area=area.name)


def _ways(talk: Talk, area: Area, day: date) -> Iterable[Choice]:
    month, quarter, year = periods_of(day, talk.zone)
    return (_way(talk, area, one) for one in (month, month.before(), quarter, year))


def _way(talk: Talk, area: Area, period: Period) -> Choice:
    return Choice(spoken(talk.person.locale, period), payload(area, period))


def payload(area: Area, period: Period) -> str:
    """The button that has the report of a period drafted."""
    return f"digest:draft:{area.id}:{period.name}"


def draft(talk: Talk, area: Area, name: str) -> Turn:
    """Has the report of the period of that name drafted; one that has not begun has nothing to tell."""
    try:
        period = period_named(name, talk.zone)
    except ValueError:
        return answer(talk, "papers.no_period", *_ways(talk, area, talk.today))
    said = spoken(talk.person.locale, period)
    if period.first > talk.today:
        return answer(talk, "papers.ahead", *_ways(talk, area, talk.today), period=said)
    return _making(
        talk, MakePaper("report", area.id, period.name), speak(talk, "papers.report", period=said), area
    )


def _making(talk: Talk, paper: MakePaper, what: str, area: Area) -> Turn:
    return under_way(talk, "papers.making", paper, what=what, area=area.name)
