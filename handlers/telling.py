"""An article as it is told: in parts where it is long, short where asked for, and whether it helped."""

import re
from collections.abc import Iterator

from content.article import Article
from content.knowledge import Knowledge
from content.words import day, say
from handlers.speech import speak
from handlers.talk import Attached, Choice, Reply, Talk

PART = 900
"""Characters of a part: about two screens of a phone in large letters. A paragraph is never cut."""
_STEP = re.compile(r"^\s*(\d{1,2})[.)]\s+(.*)")
_MUCH = 0.7
"""A short version is offered where it is shorter than so much of the whole."""


def body(knowledge: Knowledge, article: Article, locale: str) -> str:
    """What it says in that language, or why it is withheld."""
    withheld = knowledge.withheld(article)
    if locale == "en":
        if withheld:
            return withheld.says_en
        return article.body_en or f"{say('en', 'howto.only_vietnamese')}\n\n{article.body}"
    return withheld.says if withheld else article.body


def title(article: Article, locale: str) -> str:
    """Its title in that language, where there is one."""
    return article.title_en if locale == "en" and article.title_en else article.title


def parts(text: str) -> list[str]:
    """The text in parts of whole paragraphs, each as long as fits."""
    made: list[str] = []
    for paragraph in text.split("\n\n"):
        if made and len(made[-1]) + len(paragraph) + 2 <= PART:
            made[-1] += f"\n\n{paragraph}"
        else:
            made.append(paragraph)
    return made


def steps(text: str) -> list[str]:
    """The numbered lines of the first list that has such, without their numbers."""
    found: list[str] = []
    for line in text.splitlines():
        numbered = _STEP.match(line)
        if numbered and int(numbered[1]) == len(found) + 1:
            found.append(numbered[2])
        elif found and not numbered and not line.strip():
            break
    return found


def short(text: str) -> str | None:
    """The steps alone, or the first paragraph; None where that is little shorter."""
    numbered = steps(text)
    brief = "\n".join(f"{n}. {step}" for n, step in enumerate(numbered, 1)) or text.partition("\n\n")[0]
    return brief if len(brief) < _MUCH * len(text) else None


def picture(talk: Talk, knowledge: Knowledge, article: Article) -> Reply | None:
    """The article's picture with what is to be seen on it in words, which every channel shows and a screen
    reader reads; None where it has none."""
    data = knowledge.picture(article)
    if data is None or article.picture is None:
        return None
    shows = article.shows_en if talk.person.locale == "en" and article.shows_en else article.shows
    text = speak(talk, "howto.picture", shows=shows or title(article, talk.person.locale))
    return Reply(text, attached=Attached(article.picture, "image/png", data))


def told(talk: Talk, knowledge: Knowledge, article: Article, part: int = 0) -> tuple[str, list[Choice]]:
    """A part of the article as it is shown, and what can be pressed: the next part, the short version, and at
    the end whether it helped."""
    locale = talk.person.locale
    whole = body(knowledge, article, locale)
    pieces = parts(whole)
    part = min(max(part, 0), len(pieces) - 1)
    text = [title(article, locale), pieces[part]] if part == 0 else [pieces[part]]
    if part == 0 and article.area in knowledge.places:
        text.insert(1, say(locale, "howto.holds_for", place=knowledge.places[article.area]))
    last = part == len(pieces) - 1
    if last and talk.today >= article.valid_until:
        text.append(say(locale, "howto.expired", day=day(locale, article.checked_on)))
    text.append(speak(talk, "followup.helped" if last else "followup.more"))
    return "\n\n".join(text), [*_ways(talk, article, whole, part, last=last)]


def _ways(talk: Talk, article: Article, whole: str, part: int, *, last: bool) -> Iterator[Choice]:
    if last:
        yield Choice(speak(talk, "followup.do_yes"), f"helped:yes:{article.id}")
        yield Choice(speak(talk, "followup.do_no"), f"helped:no:{article.id}")
    else:
        yield Choice(speak(talk, "followup.do_next"), f"helped:next:{article.id}:{part + 1}")
    if part == 0 and short(whole):
        yield Choice(speak(talk, "followup.do_short"), f"helped:short:{article.id}")
