"""Questions in a conversation: what follows the last answer, and what is no question at all.

What was talked about last (`Talk.topic`) is all that is remembered: one article and one question.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from content import aspects, guard
from content.article import Article
from content.knowledge import CLEAR, Knowledge, Sure, Unknown
from content.manners import manner, without_links
from content.vietnamese import fold
from handlers import howto, telling
from handlers.asking import KeepTopic, NoteHelped, NoteQuestion, Propose
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.speech import answer, command, speak
from handlers.talk import Choice, Reply, Said, Talk, Topic
from handlers.turn import Turn

_SCAM = "an-toan/lua-dao"
_READ = "howto:read:"
_NEXT = re.compile(
    r"(?:(?:lam )?(?:xong )?(?:roi|r) (?:sao|s|lam (?:sao|gi|s|j)|the nao|toi sao)(?: nua)?|"
    r"sao nua|tiep(?: theo| di| tuc)?|"
    r"(?:(?:cai|lam|tai|dang ky|nhap|bam|mo|vao|cai do|no|app|duoc|da|thi|gio|toi|tui|em|minh) )*"
    r"(?:xong(?: roi)?|duoc roi|roi)(?: (?:thi|gio))*"
    r" (?:sao|lam sao|lam gi|lam j|toi sao|the nao|gi|toi buoc nao)(?: nua| tiep)?|"
    r"buoc (?:tiep theo|ke tiep|sau)(?: la gi| sao)?|con gi nua|and then|next|what next)"
    r"(?: vay| a| ha| em| con| chau| ad| bot| nhe| nha)*"
)
_STEP = re.compile(r"\b(?:buoc|b|step)\s*(\d{1,2}|mot|hai|ba|bon|nam|dau(?: tien)?|one|two|three|first)\b")
_NUMBERS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "one": 1, "two": 2, "three": 3}
_STUCK = re.compile(
    r"(?:(?:sao|ma|nhung|da|toi|tui|em|e|con|chau|minh|co|chu|ba|ong|bac|me|anh|chi|o day"
    r"|may(?: toi| tui| em)?|cai nay|van|tim|kiem|bam|coi)\s)*"
    r"(?:khong|hong|ko|k|hok|hk|hem|chua) "
    r"(?:thay|tim thay|co|ra|bam duoc|lam duoc|vao duoc|hieu|duoc|biet lam|ro)\b.*"
)
_AGAIN = re.compile(
    r"(?:noi|nhac|lap|chi|doc|gui|xem|coi)(?: toi| tui| em)? lai"
    r"(?: di| voi| gium| giup| nhe| nha| coi)*|again|repeat"
)
_DEVICE = re.compile(r"\b(iphone|ipad|ios|android|samsung|oppo|xiaomi|vivo|realme|nokia)\b")
_NAMES = {"iphone": "iPhone", "ipad": "iPad", "ios": "iPhone", "oppo": "OPPO"}
_AND_THAT = re.compile(r"^(?:con|the con|vay con)\b.{2,}|.{2,}\bthi sao\b")
_CASE = re.compile(r"\bthi (?:sao|the nao|lam sao)(?: vay| a| ha| em)*$")
_BRIEFLY = r"ngan gon|ngan hon|ngan lai|ngan thoi|tom tat|dai qua|dai dong|short|shorter|too long"
_AROUND = (
    r"noi|viet|lam|ke|chi|thoi|lai|di|giup|gium|dum|nha|nhe|em|con|chau|ba|ong|co|chu|oi|voi|hon|qua|cho|a|"
    r"doc khong noi|doc hong noi|doc khong het"
)
_BRIEF = re.compile(rf"(?:(?:{_AROUND}) )*(?:{_BRIEFLY}|ngan)(?: (?:{_BRIEFLY}|{_AROUND}))*")
_YES = frozenset({"co", "co a", "giup duoc", "duoc", "yes"})
_NO = frozenset({"khong", "khong a", "khong giup duoc", "chua", "chua duoc", "no", "hong", "ko"})
_SHORT_FORMS = {
    "s": "sao",
    "r": "roi",
    "hk": "khong",
    "hok": "khong",
    "hong": "khong",
    "dc": "duoc",
    "ntn": "the nao",
}
_PLACE = re.compile(
    r"(?:(?:toi|tui|em|con|chau|nha|minh|o|tai|dang|duoi|tren|ben|la|dia|chi|:)\s)*"
    r"((?:ap|xa|phuong|khu pho|khu vuc|thi tran)(?: \S+){1,4})"
)
_SHORT_WORDS = 12
_FEW_WORDS = 4


def ask(talk: Talk, said: Said, facts: Facts) -> Turn:
    """What comes of plain text: a follow-up of the last answer, or an answer of its own, which is kept."""
    text, knowledge = said.text, facts.knowledge()
    if guard.guard(text).secrets:
        return warned(talk, knowledge, howto.answered(talk, knowledge, text))
    courtesy = guard.courtesy(text)
    if courtesy and courtesy.urgent:
        return remember(talk, text, howto.answered(talk, knowledge, text))
    kind = manner(text, talk.person.locale)
    if kind is None:
        where = None if courtesy else _where(talk, text, facts)
        return where or _asked(talk, knowledge, text, polite=courtesy is not None)
    if kind == "english":
        return _in_english(talk, knowledge, text)
    if kind == "link":
        return _linked(talk, knowledge, text)
    return answer(talk, f"followup.{kind}", command(talk, "hotro"))


def _where(talk: Talk, text: str, facts: Facts) -> Turn | None:
    """Where somebody is, or a page's address, with no question beside it: they are asked what they need."""
    if not fold(without_links(text)):
        return answer(talk, "followup.page", command(talk, "hotro"))
    named = _PLACE.fullmatch(fold(text))
    found = facts.areas_named(named[1]) if named else ()
    return answer(talk, "followup.place", command(talk, "hotro"), place=found[0].name) if found else None


def _asked(talk: Talk, knowledge: Knowledge, text: str, *, polite: bool) -> Turn:
    article = knowledge.article(talk.topic.article or "")
    if article and (followed := _follow(talk, knowledge, article, text)):
        return followed
    if not polite and aspects.names_nothing(text) and not isinstance(knowledge.ask(text), Sure):
        return _pointing(talk, knowledge, article, text)
    return remember(talk, text, howto.answered(talk, knowledge, text))


def _linked(talk: Talk, knowledge: Knowledge, text: str) -> Turn:
    """Nobody has looked where a link leads: one is warned first, and answered where the rest asks clearly."""
    warning = answer(talk, "followup.link", command(talk, "hotro"))
    told = remember(talk, text, howto.answered(talk, knowledge, without_links(text)))
    if not any(isinstance(effect, KeepTopic) and effect.topic.article for effect in told.effects):
        return warned(talk, knowledge, warning)
    return replace(told, replies=(*warning.replies, *told.replies))


def concerns(talk: Talk, text: str, facts: Facts) -> bool:
    """Whether a text is urgent, has an answer that is clear, or follows the last one."""
    courtesy = guard.courtesy(text)
    if courtesy and courtesy.urgent:
        return True
    knowledge = facts.knowledge()
    found = knowledge.ask(text)
    if isinstance(found, Sure) and found.confidence >= CLEAR:
        return True
    article = knowledge.article(talk.topic.article or "")
    return article is not None and _follow(talk, knowledge, article, text) is not None


def names_step(talk: Talk, text: str) -> bool:
    """Whether a step of what was told last is asked about."""
    return bool(talk.topic.article and _STEP.search(fold(text)))


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The buttons of the questions: what was chosen is talked about from now on. Where the bot was not sure,
    the question is proposed as another way of asking for what was chosen."""
    turn = howto.press(talk, said, facts)
    payload = said.payload or ""
    article = facts.knowledge().article(payload.removeprefix(_READ)) if payload.startswith(_READ) else None
    if article is None:
        return turn
    effects: list[Effect] = [KeepTopic(Topic(article.id, 0, talk.topic.asked))]
    if talk.topic.unsure and talk.topic.asked:
        effects.append(Propose("question", talk.topic.asked, article.id))
    return replace(turn, effects=(*turn.effects, *effects))


def remember(talk: Talk, text: str, turn: Turn) -> Turn:
    """The turn of a question, with what it was about kept. Where the words may not be kept, none are."""
    noted = [effect for effect in turn.effects if isinstance(effect, NoteQuestion)]
    if not noted:
        return turn
    last = noted[-1]
    asked = text if last.text == text else ""
    topic = Topic(last.article, 0, asked)
    if last.outcome != "sure":  # "and then?" still asks about what was told before
        topic = replace(talk.topic, asked=asked, unsure=last.outcome == "unsure", judged=True)
    return replace(turn, effects=(*turn.effects, KeepTopic(topic)))


def _in_english(talk: Talk, knowledge: Knowledge, text: str) -> Turn:
    """Who writes English is answered in English and may have all so; nobody is switched unasked."""
    there = replace(talk, person=replace(talk.person, locale="en"))
    turn = remember(there, text, howto.answered(there, knowledge, text))
    last = turn.replies[-1]
    wholly = Choice(speak(there, "followup.do_english"), "language:en")
    return replace(turn, replies=(*turn.replies[:-1], replace(last, choices=(*last.choices, wholly))))


# --------------------------------------------------------------------------- secrets


def warned(talk: Talk, knowledge: Knowledge, warning: Turn) -> Turn:
    """A warning, and the card on fraud below it."""
    card = knowledge.article(_SCAM)
    if card is None:
        return warning
    whole = telling.body(knowledge, card, talk.person.locale)
    text = f"{telling.title(card, talk.person.locale)}\n\n{telling.short(whole) or whole}"
    whole_card = _read(talk, card)
    replies = [
        replace(reply, choices=tuple(choice for choice in reply.choices if choice != whole_card))
        for reply in warning.replies
    ]
    return replace(warning, replies=(*replies, Reply(text, (whole_card,))))


def photo(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A photo may be of an identity card: it is not looked at and not kept, and one is warned."""
    return warned(talk, facts.knowledge(), answer(talk, "routes.photo"))


# --------------------------------------------------------------------------- what follows an answer


def _follow(talk: Talk, knowledge: Knowledge, article: Article, text: str) -> Turn | None:
    """The turn of a text that makes sense only after the last answer; None where it stands by itself."""
    words = _spelt(text)
    if len(words.split()) > _SHORT_WORDS:
        return None
    if words in _YES | _NO and not talk.topic.judged:
        return _judge(talk, article, helped=words in _YES)
    if _BRIEF.fullmatch(words):
        return _short(talk, knowledge, article)
    if _NEXT.fullmatch(words):
        return _next(talk, knowledge, article, talk.topic.part + 1)
    return _further(talk, knowledge, article, words, text)


def _spelt(text: str) -> str:
    """The words folded, with short forms that stand for one word written out: "ip13 thi s", "r s nua"."""
    words = (_SHORT_FORMS.get(word, word) for word in fold(text).split())
    return re.sub(r"\bip(?=\s?\d)", "iphone ", " ".join(words))


def _further(talk: Talk, knowledge: Knowledge, article: Article, words: str, text: str) -> Turn | None:
    """The article again, one step of it, or what only makes sense beside it."""
    if _AGAIN.fullmatch(words):
        return _next(talk, knowledge, article, talk.topic.part)
    if step := _STEP.search(words):
        return _step(talk, knowledge, article, _number(step[1]))
    finding = knowledge.ask(text)
    if isinstance(finding, Sure):
        return _same(talk, knowledge, article, words, finding)
    return _beside(talk, knowledge, article, words, text)


def _same(talk: Talk, knowledge: Knowledge, article: Article, words: str, finding: Sure) -> Turn | None:
    """A few words that may well be about what is talked of ("otp hk ve"): the article again beside others."""
    others = [match.article for match in finding.matches]
    if len(words.split()) > _FEW_WORDS or finding.article == article or article not in others:
        return None
    choices = [_read(talk, one) for one in (article, *(one for one in others if one != article))]
    return _about(talk, article, speak(talk, "howto.which"), choices)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBERS.get(word, 1)


def _beside(talk: Talk, knowledge: Knowledge, article: Article, words: str, text: str) -> Turn | None:
    """What no article answers by itself: another phone, somebody else, a screen that looks different."""
    if device := _DEVICE.search(words):
        return _device(talk, knowledge, article, device[1])
    if _AND_THAT.fullmatch(words):
        return _and_that(talk, knowledge, article, text)
    return _stuck(talk, knowledge, article) if _STUCK.fullmatch(words) else None


def _next(talk: Talk, knowledge: Knowledge, article: Article, part: int) -> Turn:
    pieces = telling.parts(telling.body(knowledge, article, talk.person.locale))
    if part < len(pieces):
        text, choices = telling.told(talk, knowledge, article, part)
        return _about(talk, article, text, choices, part)
    following = [found for name in article.related if (found := knowledge.article(name))][:2]
    name = telling.title(article, talk.person.locale)
    text = speak(talk, "followup.all_told" if following else "followup.all_told_nothing", title=name)
    return _about(talk, article, text, [*(_read(talk, one) for one in following), *_person(talk)], part - 1)


def _step(talk: Talk, knowledge: Knowledge, article: Article, number: int) -> Turn:
    """One step again, and where to turn when the screen looks different."""
    found = telling.steps(telling.body(knowledge, article, talk.person.locale))
    if not found:
        return _next(talk, knowledge, article, 0)
    name = telling.title(article, talk.person.locale)
    if not 0 < number <= len(found):
        return _about(talk, article, speak(talk, "followup.no_step", n=len(found), title=name), _person(talk))
    text = speak(talk, "followup.step", n=number, title=name, step=found[number - 1])
    return _about(talk, article, text, [*_after(talk, number, len(found)), *_person(talk)])


def _after(talk: Talk, number: int, count: int) -> list[Choice]:
    label = speak(talk, "followup.do_step", n=number + 1)
    return [Choice(label, f"helped:step:{number + 1}")] if number < count else []


def _device(talk: Talk, knowledge: Knowledge, article: Article, device: str) -> Turn:
    """What the article says of that phone, or that it says nothing."""
    lines = telling.body(knowledge, article, talk.person.locale).splitlines()
    said = [line for line in lines if device in fold(line).split()]
    name = telling.title(article, talk.person.locale)
    key = "followup.device" if said else "followup.no_device"
    text = speak(talk, key, title=name, device=_NAMES.get(device, device.capitalize()), lines="\n".join(said))
    return _about(talk, article, text, _person(talk))


def _and_that(talk: Talk, knowledge: Knowledge, article: Article, text: str) -> Turn | None:
    """ "Còn con tôi thì sao" asks the last question of somebody or something else."""
    wider = f"{talk.topic.asked or article.title} {text}"
    finding = knowledge.ask(wider)
    if not isinstance(finding, Sure) or finding.article.id == article.id:
        if not _CASE.search(fold(text)) or knowledge.ask(text) != Unknown():
            return None
        name = telling.title(article, talk.person.locale)
        return _about(talk, article, speak(talk, "followup.no_case", title=name), _person(talk))
    return remember(talk, wider, howto.answered(talk, knowledge, wider))


def _pointing(talk: Talk, knowledge: Knowledge, article: Article | None, text: str) -> Turn:
    """ "Tốn tiền hông", "làm y vậy mà không được": what the last answer says of it. Nothing is guessed."""
    if article is None:
        return answer(talk, "followup.about_what", *_person(talk))
    name = telling.title(article, talk.person.locale)
    lines = aspects.lines(text, telling.body(knowledge, article, talk.person.locale))
    if lines is None:
        return _stuck(talk, knowledge, article)
    if not lines:
        return _about(talk, article, speak(talk, "followup.no_case", title=name), _person(talk))
    said = speak(talk, "followup.says", title=name, lines="\n".join(lines))
    return _about(talk, article, said, [_read(talk, article), *_person(talk)])


def _stuck(talk: Talk, knowledge: Knowledge, article: Article) -> Turn:
    name = telling.title(article, talk.person.locale)
    return _about(talk, article, speak(talk, "followup.stuck", title=name), _person(talk))


def _short(talk: Talk, knowledge: Knowledge, article: Article) -> Turn:
    whole = telling.body(knowledge, article, talk.person.locale)
    text = f"{telling.title(article, talk.person.locale)}\n\n{telling.short(whole) or whole}"
    return _about(talk, article, text, [Choice(speak(talk, "followup.do_whole"), f"{_READ}{article.id}")])


def _judge(talk: Talk, article: Article, *, helped: bool) -> Turn:
    """Counted once for each answer that was told, without who."""
    choices = [] if helped else _person(talk)
    turn = answer(talk, "followup.thanks" if helped else "followup.sorry", *choices)
    if talk.topic.judged or talk.topic.article != article.id:
        return turn
    kept = KeepTopic(replace(talk.topic, judged=True))
    return replace(turn, effects=(NoteHelped(article.id, helped), kept))


def _about(talk: Talk, article: Article, text: str, choices: Sequence[Choice], part: int = 0) -> Turn:
    kept = KeepTopic(replace(talk.topic, article=article.id, part=part, unsure=False))
    return Turn((Reply(text, tuple(choices)),), talk.doing, (kept,))


def _person(talk: Talk) -> list[Choice]:
    return [command(talk, "hotro"), Choice(speak(talk, "howto.button_topics"), howto.TOPICS)]


def _read(talk: Talk, article: Article) -> Choice:
    return Choice(telling.title(article, talk.person.locale), f"{_READ}{article.id}")


# --------------------------------------------------------------------------- buttons


def press_helped(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button under an answer (`helped:VERB:…`); one of an article that is gone says so."""
    knowledge = facts.knowledge()
    _, verb, name, part, *_ = *(said.payload or "").split(":"), "", "", ""
    if verb == "step":
        article = knowledge.article(talk.topic.article or "")
        number = int(name) if name.isdecimal() and len(name) < 3 else 0
        return _step(talk, knowledge, article, number) if article else _gone(talk)
    article = knowledge.article(name)
    if article is None:
        return _gone(talk)
    number = int(part) if part.isdecimal() and len(part) < 3 else 0
    deeds: dict[str, Callable[[], Turn]] = {
        "yes": lambda: _judge(talk, article, helped=True),
        "no": lambda: _judge(talk, article, helped=False),
        "next": lambda: _next(talk, knowledge, article, number),
        "short": lambda: _short(talk, knowledge, article),
    }
    return deeds.get(verb, lambda: _gone(talk))()


def _gone(talk: Talk) -> Turn:
    return answer(talk, "howto.gone", *_person(talk))
