"""/tiendo: households done of those planned, by hamlet or by commune."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.areas import Area, Level
from content.households import QUESTIONNAIRE
from content.words import percent
from handlers import rights
from handlers.speech import answer, capital, speak
from handlers.turn import Choice, Facts, Reply, Said, Talk, Turn


@dataclass(frozen=True, slots=True)
class _Count:
    """Households of a unit: surveyed, on the list, and how many said no."""

    done: int = 0
    planned: int = 0
    refused: int = 0

    def __add__(self, other: "_Count") -> "_Count":
        return _Count(self.done + other.done, self.planned + other.planned, self.refused + other.refused)


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The areas this person sees."""
    areas = rights.held(talk, facts, "see-progress")
    hamlets = [area for area in areas if area.level is Level.HAMLET]
    replies = [_table(talk, facts, speak(talk, "progress.mine"), hamlets)] if hamlets else []
    replies += [_opened(talk, facts, area) for area in areas if area.level is not Level.HAMLET]
    return Turn(tuple(replies), talk.doing)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `progress:AREA`: one area, opened."""
    area = rights.area(talk, facts, "see-progress", (said.payload or "").partition(":")[2])
    if area is None:
        return answer(talk, "progress.not_yours")
    return Turn((_opened(talk, facts, area),), talk.doing)


def _opened(talk: Talk, facts: Facts, area: Area) -> Reply:
    return _table(talk, facts, capital(area.name), facts.below(area.id, talk.today))


def _table(talk: Talk, facts: Facts, title: str, units: Sequence[Area]) -> Reply:
    """A line a unit, the sum where there are several, and a way into each."""
    counts = [_count(talk, facts, unit) for unit in units]
    lines = [_line(talk, unit.name, count) for unit, count in zip(units, counts, strict=True)]
    if len(units) != 1:
        lines.append(_line(talk, speak(talk, "progress.total"), sum(counts, _Count())))
    if any(unit.invented for unit in units):
        lines.append(speak(talk, "progress.invented"))
    ways = [_way(talk, facts, unit, count) for unit, count in zip(units, counts, strict=True)]
    return Reply("\n".join([title, *lines]), tuple(way for way in ways if way))


def _count(talk: Talk, facts: Facts, unit: Area) -> _Count:
    rows = facts.progress(unit.id, QUESTIONNAIRE, talk.today)
    return sum((_Count(row.done, row.planned, row.refused) for row in rows), _Count())


def _line(talk: Talk, name: str, count: _Count) -> str:
    share = percent(talk.person.locale, count.done, count.planned)
    done, planned = count.done, count.planned
    line = speak(talk, "progress.line", name=capital(name), done=done, planned=planned, share=share)
    return line + speak(talk, "progress.refused", n=count.refused) if count.refused else line


def _way(talk: Talk, facts: Facts, unit: Area, count: _Count) -> Choice | None:
    """Into a commune its hamlets; into a hamlet, for those who survey there, the households still left."""
    if unit.level is not Level.HAMLET:
        return Choice(capital(unit.name), f"progress:{unit.id}")
    waiting = count.planned - count.done
    if waiting <= 0 or not rights.may(talk, facts, "survey", unit.id):
        return None
    return Choice(
        speak(talk, "progress.left", name=capital(unit.name), n=waiting), f"survey:left:{unit.id}:0"
    )
