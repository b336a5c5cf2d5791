"""The households of a hamlet, the last step down from a digest, for those who may see households."""

import re

from content.areas import Level
from content.households import QUESTIONNAIRE, Household
from content.words import day
from handlers import rights, striking
from handlers.buttons import Buttons, pages, pressed
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn
from handlers.visits import place

PAGE = 20


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `homes:…`: of the list, or of what changes it (`handlers.striking`)."""
    return pressed(_BUTTONS, talk, said, facts) or answer(talk, "routes.past")


def _list(talk: Talk, facts: Facts, number: str, week: str, page: str) -> Turn:
    """`homes:HAMLET:WEEK:PAGE`: a page of the list as it stands today, those first who were not surveyed yet;
    back to the digest of that week, where one came from there."""
    hamlet = rights.area(talk, facts, "see-households", number)
    if hamlet is None or hamlet.level is not Level.HAMLET:
        return answer(talk, "digest.not_yours")
    homes = sorted(facts.households(hamlet.id, QUESTIONNAIRE), key=lambda one: one.surveyed_at is not None)
    last = max(0, len(homes) - 1) // PAGE
    shown = min(int(page), last)
    first = shown * PAGE
    lines = [
        speak(
            talk,
            "homes.title" if homes else "homes.none",
            place=place(talk, facts, hamlet.id),
            done=sum(one.surveyed_at is not None for one in homes),
            planned=len(homes),
        )
    ]
    lines += [_line(talk, one) for one in homes[first : first + PAGE]]
    if last:
        lines.append(speak(talk, "homes.page", first=first + 1, last=min(first + PAGE, len(homes))))
    ways = pages(talk, shown, last, lambda other: f"homes:{hamlet.id}:{week}:{other}")
    ways += striking.ways(talk, facts, hamlet.id)
    if week and rights.may(talk, facts, "see-digest", hamlet.id):
        ways.append(Choice(speak(talk, "digest.back"), f"digest:week:{hamlet.id}:{week}"))
    return Turn((Reply("\n".join(lines), tuple(ways)),), talk.doing)


def _line(talk: Talk, home: Household) -> str:
    line = "• " + ", ".join(filter(None, (home.name, home.address)))
    if home.surveyed_at is None:
        return line
    surveyed = home.surveyed_at.astimezone(talk.now.tzinfo).date()
    return f"{line} ✓ {day(talk.person.locale, surveyed)}"


_ID, _PAGE = r"(\d{1,18})", r"(\d{1,5})"
_BUTTONS: Buttons = (
    (re.compile(rf"homes:{_ID}:([0-9W-]{{0,8}}):{_PAGE}"), _list),
    (re.compile(rf"homes:off:{_ID}"), striking.begin),
    (re.compile(rf"homes:gone:{_ID}:{_PAGE}"), striking.gone),
    (re.compile(rf"homes:back:{_ID}"), striking.put_back),
)
