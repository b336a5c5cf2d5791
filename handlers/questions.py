"""What people asked in a week, for staff: by topic and hamlet, what had no answer, what helped; for admins,
what may become content. Nobody is named: the questions are kept without who asked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from content.areas import Area
from content.figures import monday_of, week_name, week_named
from content.questions import Asked, alike
from content.vietnamese import fold
from content.words import week
from handlers import howto, rights
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

_WORDS = frozenset({"cau hoi", "hoi gi", "questions"})
_TOPICS, _GROUPS, _ARTICLES, _LONGEST = 8, 6, 5, 120


def meant(words: str) -> bool:
    """Whether what follows /baocao asks for the questions."""
    return fold(words) in _WORDS


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """This week's questions; where one answers for several areas, which."""
    areas, monday = rights.held(talk, facts, "see-digest"), monday_of(talk.today)
    if len(areas) == 1:
        return _week(talk, facts, areas[0], monday)
    ways = (Choice(area.name, payload(area, monday)) for area in areas)
    return answer(talk, "digest.which", *ways)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `questions:week:AREA:WEEK`."""
    _, _, number, name, *_ = *(said.payload or "").split(":"), "", "", ""
    area = rights.area(talk, facts, "see-digest", number)
    try:
        monday = week_named(name)
    except ValueError:
        area = None
    return _week(talk, facts, area, monday) if area else answer(talk, "digest.not_yours")


def payload(area: Area, monday: date) -> str:
    """The button of an area's week."""
    return f"questions:week:{area.id}:{week_name(monday)}"


# --------------------------------------------------------------------------- a week


def _week(talk: Talk, facts: Facts, area: Area, monday: date) -> Turn:
    asked = facts.asked(area.id, monday)
    title = speak(talk, "questions.title", place=area.name, week=week(talk.person.locale, monday))
    parts = [[title, speak(talk, "questions.count", **_outcomes(asked))]]
    parts += [list(_topics(talk, facts, asked)), list(_places(talk, facts, asked))]
    parts += [list(_unanswered(talk, asked)), list(_helped(talk, facts, area, monday))]
    text = "\n\n".join("\n".join(part) for part in parts if part)
    return Turn((Reply(text, tuple(_ways(talk, facts, area, monday))),), talk.doing)


def _outcomes(asked: Iterable[Asked]) -> dict[str, int]:
    found = Counter(one.outcome for one in asked)
    return {"total": found.total(), **{name: found[name] for name in ("sure", "unsure", "unknown")}}


def _topics(talk: Talk, facts: Facts, asked: Iterable[Asked]) -> Iterator[str]:
    found = Counter(one.article.partition("/")[0] for one in asked if one.article)
    if found:
        yield speak(talk, "questions.topics")
    for topic, n in found.most_common(_TOPICS):
        yield speak(talk, "questions.line", name=howto.topic_name(talk, topic), n=n)


def _places(talk: Talk, facts: Facts, asked: Iterable[Asked]) -> Iterator[str]:
    found = Counter(one.area_id for one in asked)
    if found:
        yield speak(talk, "questions.places")
    for area_id, n in found.most_common(_TOPICS):
        name = facts.area(area_id).name if area_id else speak(talk, "questions.nowhere")
        yield speak(talk, "questions.line", name=name, n=n)


def _unanswered(talk: Talk, asked: Iterable[Asked]) -> Iterator[str]:
    groups = alike(one.text for one in asked if one.outcome != "sure" and one.text)
    if groups:
        yield speak(talk, "questions.unanswered")
    for group in groups[:_GROUPS]:
        text = group[0] if len(group[0]) <= _LONGEST else group[0][:_LONGEST] + "…"
        yield speak(talk, "questions.line", name=f"“{text}”", n=len(group))
    if len(groups) > _GROUPS:
        yield speak(talk, "questions.more", n=len(groups) - _GROUPS)


def _helped(talk: Talk, facts: Facts, area: Area, monday: date) -> Iterator[str]:
    verdicts = facts.verdicts(area.id, monday)
    if verdicts:
        yield speak(talk, "questions.helped")
    for one in verdicts[:_ARTICLES]:
        name = _title(facts, one.article)
        yield speak(talk, "questions.verdict", name=name, helped=one.helped, failed=one.failed)


def _title(facts: Facts, article_id: str) -> str:
    article = facts.knowledge().article(article_id)
    return article.title if article else article_id


def _ways(talk: Talk, facts: Facts, area: Area, monday: date) -> Iterator[Choice]:
    before = monday - timedelta(days=7)
    yield Choice(
        speak(talk, "digest.week_before", week=str(before.isocalendar().week)), payload(area, before)
    )
    if monday < monday_of(talk.today):
        after = monday + timedelta(days=7)
        yield Choice(
            speak(talk, "digest.week_after", week=str(after.isocalendar().week)), payload(area, after)
        )
    if rights.everywhere(talk, facts, "manage") and (waiting := facts.proposals()):
        yield Choice(speak(talk, "questions.do_new", n=len(waiting)), "quantri:proposal:0")
