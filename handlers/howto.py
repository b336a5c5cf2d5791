"""Questions: an approved answer, a choice of up to three, or an honest "I don't know" and a person."""

from collections.abc import Sequence
from dataclasses import replace

from content import guard
from content.article import Article
from content.knowledge import Knowledge, Match, Sure, Unknown, Unsure
from content.people import allowed
from content.vietnamese import fold
from content.words import say
from handlers import telling
from handlers.asking import NoteQuestion
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.speech import answer, command, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

TOPICS = "howto:topics"
NOT_MEANT = "howto:not-meant"
_READ = "howto:read:"
_TOPIC = "howto:topic:"
_SCAM = "an-toan/lua-dao"
_FRAUD = {"scam": (_SCAM, "an-toan/ma-doc"), "loss": ("an-toan/ma-doc", "thuong-mai/mua-hang-an-toan")}
"""What is read on after an answer to a fraud that is going on, or to what one has lost by it."""
_PRIVATE = frozenset({"suc-khoe"})
"""Kinds of question whose words are not kept: they tell of somebody's health."""
_ENOUGH = 3
"""Words that must be left beside a secret for the message to be a question too."""


def answered(talk: Talk, knowledge: Knowledge, text: str) -> Turn:
    """What comes of a text: a warning, a courtesy, an answer, a choice, or that the bot does not know."""
    guarded = guard.guard(text)
    if guarded.secrets:
        return _warned(talk, knowledge, guarded.text)
    kind = guard.courtesy(text)
    if kind is None:
        return _found(talk, knowledge, text)
    said = Reply(speak(talk, kind.say), _ways_from(talk, knowledge, kind))
    if not knowledge.asks_besides(kind, text):
        return Turn((said,), talk.doing)
    told = _found(talk, knowledge, text)
    return replace(told, replies=(said, *told.replies)) if kind.urgent else told


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button: an article, the topics, the articles of a topic, or "that is not what I meant"."""
    knowledge = facts.knowledge()
    payload = said.payload or ""
    if payload == NOT_MEANT:
        return answer(talk, "howto.not_meant", *_ways_on(talk))
    if payload.startswith(_READ):
        found = knowledge.article(payload.removeprefix(_READ))
        return _told(talk, knowledge, found, ()) if found else answer(talk, "howto.gone", *_ways_on(talk))
    if payload.startswith(_TOPIC):
        return _topic(talk, knowledge, payload.removeprefix(_TOPIC))
    return _topics(talk, knowledge)


def _found(talk: Talk, knowledge: Knowledge, text: str) -> Turn:
    apart = knowledge.ask_apart(text)
    if apart:
        return _both(talk, knowledge, text, apart)
    finding = knowledge.ask(text)
    note = _note(text, finding)
    match finding:
        case Sure(article, _, matches):
            return _told(talk, knowledge, article, matches[1:], note)
        case Unsure(matches):
            fitting = [m.article for m in matches if _for(talk, m.article.topic)]
            choices = (*(_choice(talk, one) for one in fitting or [matches[0].article]), _not_meant(talk))
            return _turn(talk, speak(talk, "howto.which"), choices, note)
        case Unknown(outside):
            key = outside.say if outside else "howto.unknown"
            return _turn(talk, speak(talk, key), _ways_on(talk), note)


def _both(talk: Talk, knowledge: Knowledge, text: str, apart: Sequence[Sure]) -> Turn:
    """Two questions in one message get two answers; the buttons stand under the last."""
    told = [telling.told(talk, knowledge, one.article) for one in apart]
    replies = [Reply(text, tuple(ways)) for text, ways in told]
    replies[-1] = replace(replies[-1], choices=(*replies[-1].choices, _not_meant(talk)))
    return Turn(tuple(replies), talk.doing, tuple(_note(text, one) for one in apart))


def _note(text: str, finding: Sure | Unsure | Unknown) -> NoteQuestion:
    match finding:
        case Sure(article):
            return NoteQuestion(text, "sure", article.id)
        case Unsure():
            return NoteQuestion(text, "unsure")
        case Unknown(outside):
            private = outside is not None and outside.id in _PRIVATE
            return NoteQuestion(f"({outside.id})" if outside and private else text, "unknown")


def _told(
    talk: Talk, knowledge: Knowledge, article: Article, others: Sequence[Match], *effects: Effect
) -> Turn:
    """The article, and as buttons what else may have been meant or comes next."""
    text, ways = telling.told(talk, knowledge, article)
    near = [m.article for m in others if m.confidence >= knowledge.model.unsure]
    next_ones = [found for name in article.related if (found := knowledge.article(name))]
    more = list(dict.fromkeys(found.id for found in (*near, *next_ones)))[:2]
    choices = [_choice(talk, knowledge.articles[name]) for name in more]
    if allowed(talk.person, "manage"):
        choices.append(Choice(speak(talk, "articles.do_change"), f"quantri:article:{article.id}"))
    turn = _turn(talk, text, (*ways, *choices, _not_meant(talk)), *effects)
    picture = telling.picture(talk, knowledge, article)
    return replace(turn, replies=(picture, *turn.replies)) if picture else turn


def _warned(talk: Talk, knowledge: Knowledge, masked: str) -> Turn:
    """A secret came with the message: warn first; nothing of the message is kept."""
    card = knowledge.article(_SCAM)
    choices = (_choice(talk, card),) if card else ()
    warning = Reply(speak(talk, "howto.secret"), choices)
    rest = masked.replace("•", " ")
    if len(fold(rest).split()) < _ENOUGH:
        return Turn((warning,), talk.doing)
    finding = knowledge.ask(rest)
    if not isinstance(finding, Sure):
        return Turn((warning,), talk.doing)
    told = _told(talk, knowledge, finding.article, finding.matches[1:])
    return Turn((warning, *told.replies), talk.doing)


def helpless(talk: Talk, key: str) -> Turn:
    """What the bot cannot read, and the ways on for who cannot write either."""
    return answer(talk, key, *_ways_on(talk))


def _topics(talk: Talk, knowledge: Knowledge) -> Turn:
    choices = tuple(
        Choice(topic_name(talk, name), f"{_TOPIC}{name}") for name in knowledge.topics() if _for(talk, name)
    )
    return _turn(talk, speak(talk, "howto.topics"), choices)


def _topic(talk: Talk, knowledge: Knowledge, name: str) -> Turn:
    found = knowledge.topics().get(name)
    if not found:
        return answer(talk, "howto.gone", *_ways_on(talk))
    choices = (*(_choice(talk, article) for article in found), _all_topics(talk))
    return _turn(talk, speak(talk, "howto.topic", topic=topic_name(talk, name)), choices)


def topic_name(talk: Talk, name: str) -> str:
    """A pack may bring topics of its own: their directory's name stands in until the catalogue has one."""
    try:
        return say(talk.person.locale, f"howto.topic_{name}")
    except KeyError:
        return name.replace("-", " ").capitalize()


def _for(talk: Talk, topic: str) -> bool:
    """Officials' software is no help to citizens."""
    return topic != "can-bo" or not talk.person.is_citizen


def _ways_from(talk: Talk, knowledge: Knowledge, kind: guard.Courtesy) -> tuple[Choice, ...]:
    """In an emergency one calls, and reads no buttons; who despairs can also have somebody to talk to, and
    who is being cheated can read on once the call is ended."""
    if kind.id in _FRAUD:
        cards = (knowledge.article(name) for name in _FRAUD[kind.id])
        return tuple(_choice(talk, card) for card in cards if card)
    if kind.urgent:
        return (command(talk, "hotro"),) if kind.id == "despair" else ()
    return _ways_on(talk)


def _ways_on(talk: Talk) -> tuple[Choice, ...]:
    """What can be done where there is no answer: a person, the topics."""
    return (command(talk, "hotro"), _all_topics(talk))


def _choice(talk: Talk, article: Article) -> Choice:
    title = article.title_en if talk.person.locale == "en" and article.title_en else article.title
    return Choice(title, f"{_READ}{article.id}")


def _not_meant(talk: Talk) -> Choice:
    return Choice(say(talk.person.locale, "howto.button_not_meant"), NOT_MEANT)


def _all_topics(talk: Talk) -> Choice:
    return Choice(say(talk.person.locale, "howto.button_topics"), TOPICS)


def _turn(
    talk: Talk, text: str, choices: tuple[Choice, ...], *effects: Effect, keyboard: str = "menu"
) -> Turn:
    reply = Reply(text, choices, keyboard="question" if keyboard == "question" else "menu")
    return Turn((reply,), talk.doing, effects)
