"""/tiendo: households done of those planned, by hamlet or by commune."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from content.areas import Area, Level, told_apart
from content.households import QUESTIONNAIRE
from content.words import day, percent
from handlers import rights
from handlers.facts import Facts
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn


@dataclass(frozen=True, slots=True)
class _Count:
    """Households of a unit: surveyed, on the list, how many said no, and at how many nobody was met yet."""

    done: int = 0
    planned: int = 0
    refused: int = 0
    absent: int = 0

    def __add__(self, other: "_Count") -> "_Count":
        return _Count(
            self.done + other.done,
            self.planned + other.planned,
            self.refused + other.refused,
            self.absent + other.absent,
        )


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The areas this person sees."""
    areas = rights.held(talk, facts, "see-progress")
    hamlets = [area for area in areas if area.level is Level.HAMLET]
    replies = [_table(talk, facts, speak(talk, "progress.mine"), hamlets, talk.today)] if hamlets else []
    replies += [_opened(talk, facts, area, talk.today) for area in areas if area.level is not Level.HAMLET]
    return Turn(tuple(replies), talk.doing)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `progress:AREA`: one area, opened; with `:DAY` behind it, on the map of that day, told by the
    units that became it where it was not there yet."""
    _, number, named, *_ = *(said.payload or "").split(":"), "", ""
    area, on = rights.area(talk, facts, "see-progress", number), _day(named, talk.today)
    if area is None or on is None:
        return answer(talk, "progress.not_yours")
    return Turn((_opened(talk, facts, area, on),), talk.doing)


def _day(named: str, today: date) -> date | None:
    try:
        return min(date.fromisoformat(named), today) if named else today
    except ValueError:
        return None


def _opened(talk: Talk, facts: Facts, area: Area, on: date) -> Reply:
    before = facts.map_before(area.id, max(on, area.valid_from))
    title, units = capital(area.name), facts.below(area.id, on)
    if before and not area.valid_on(on):
        units = before[1]
    if on != talk.today:
        title = speak(talk, "progress.map_of", place=area.name, day=day(talk.person.locale, on))
    table = _table(talk, facts, title, units, on)
    return replace(table, choices=(*table.choices, *_maps(talk, area, on, before)))


def _maps(talk: Talk, area: Area, on: date, before: tuple[date, Sequence[Area]] | None) -> Iterator[Choice]:
    """The ways to the map before this one, and back to that of today."""
    if before and area.valid_on(on):
        label = speak(talk, "progress.map_before", day=day(talk.person.locale, before[0]))
        yield Choice(label, f"progress:{area.id}:{before[0].isoformat()}")
    if on != talk.today and area.valid_on(talk.today):
        yield Choice(speak(talk, "progress.map_today"), f"progress:{area.id}")


def _table(talk: Talk, facts: Facts, title: str, units: Sequence[Area], on: date) -> Reply:
    """A line a unit, the sum where there are several, and a way into each."""
    counts = [_count(talk, facts, unit, on) for unit in units]
    names = told_apart(units)
    lines = [_line(talk, names[unit.id], count) for unit, count in zip(units, counts, strict=True)]
    if len(units) != 1:
        lines.append(_line(talk, speak(talk, "progress.total"), sum(counts, _Count())))
    if any(unit.invented for unit in units):
        lines.append(speak(talk, "progress.invented"))
    ways = [
        _way(talk, facts, unit, names[unit.id], count, on) for unit, count in zip(units, counts, strict=True)
    ]
    return Reply("\n".join([title, *lines]), tuple(way for way in ways if way))


def _count(talk: Talk, facts: Facts, unit: Area, on: date) -> _Count:
    rows = facts.progress(unit.id, QUESTIONNAIRE, on)
    return sum((_Count(row.done, row.planned, row.refused, row.absent) for row in rows), _Count())


def _line(talk: Talk, name: str, count: _Count) -> str:
    share = percent(talk.person.locale, count.done, count.planned)
    done, planned = count.done, count.planned
    line = speak(talk, "progress.line", name=capital(name), done=done, planned=planned, share=share)
    beside = {"progress.refused": count.refused, "progress.absent": count.absent}
    return line + "".join(speak(talk, key, n=number) for key, number in beside.items() if number)


def _way(  # noqa: PLR0913, PLR0917 - a unit, how it is told, and on which map
    talk: Talk, facts: Facts, unit: Area, name: str, count: _Count, on: date
) -> Choice | None:
    """Into a commune its hamlets; into a hamlet, for those who survey there, the households still left."""
    if unit.level is not Level.HAMLET:
        then = f":{on.isoformat()}" if on != talk.today else ""
        return Choice(capital(name), f"progress:{unit.id}{then}")
    waiting = count.planned - count.done
    if waiting <= 0 or on != talk.today or not rights.may(talk, facts, "survey", unit.id):
        return None
    return Choice(speak(talk, "progress.left", name=capital(name), n=waiting), f"survey:left:{unit.id}:0")
