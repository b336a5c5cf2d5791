"""The households of a hamlet, the last step down from a digest, for those who may see households."""

from content.areas import Level
from content.households import QUESTIONNAIRE, Household
from content.words import day
from handlers import rights
from handlers.buttons import pages
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn
from handlers.visits import place

PAGE = 20


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `homes:HAMLET:WEEK:PAGE`: a page of the list as it stands today, those first who were not
    surveyed yet; back to the digest of that week."""
    _, number, week, page, *_ = *(said.payload or "").split(":"), "", "", ""
    hamlet = rights.area(talk, facts, "see-households", number)
    if hamlet is None or hamlet.level is not Level.HAMLET:
        return answer(talk, "digest.not_yours")
    homes = sorted(facts.households(hamlet.id, QUESTIONNAIRE), key=lambda one: one.surveyed_at is not None)
    last = max(0, len(homes) - 1) // PAGE
    shown = min(int(page), last) if page.isdecimal() and len(page) < 6 else 0
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
    if rights.may(talk, facts, "see-digest", hamlet.id):
        ways.append(Choice(speak(talk, "digest.back"), f"digest:week:{hamlet.id}:{week}"))
    return Turn((Reply("\n".join(lines), tuple(ways)),), talk.doing)


def _line(talk: Talk, home: Household) -> str:
    line = "• " + ", ".join(filter(None, (home.name, home.address)))
    if home.surveyed_at is None:
        return line
    surveyed = home.surveyed_at.astimezone(talk.now.tzinfo).date()
    return f"{line} ✓ {day(talk.person.locale, surveyed)}"
