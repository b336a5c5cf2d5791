"""Articles as those who are responsible for them see them: files that were sent, versions in use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from content.article import Article, ArticleError, parse
from content.knowledge import Knowledge, Sure
from content.words import say

FEW = 8
"""Ways of asking below which an article is found badly (docs/decisions/0001-answers.md)."""
LONGEST = 4000
"""Characters of a body that is still read on a phone."""
CHECKED_FOR = 90
"""Days for which an article holds that is written from what a volunteer did."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of an article that was published in the chat."""

    id: int
    article: str
    title: str
    published_by: int | None
    published_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Manuscripts:
    """What the check of a file of articles found, a line each, in the language of its sender: `articles` are
    there where nothing is wrong; `warnings` do not stand in their way."""

    articles: tuple[Article, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def examine(texts: Sequence[tuple[str, str]], shelf: Knowledge, today: date, locale: str) -> Manuscripts:
    """Articles that were sent, as pairs of where each stands and its text. All faults of all are found."""
    found: dict[str, tuple[str, Article]] = {}
    errors: list[str] = []
    for where, text in texts:
        try:
            one = parse(text, where, locale=locale)
        except ArticleError as wrong:
            errors += wrong.faults
            continue
        if one.id in found:
            errors.append(f"{where}: {say(locale, 'articles.twice', name=one.id)}")
        if one.valid_until <= today:
            errors.append(f"{where}: {say(locale, 'articles.past')}")
        found[one.id] = (where, one)
    articles = {name: one for name, (_, one) in found.items()}
    known = shelf.with_articles(articles, {})
    warnings = [f"{where}: {text}" for where, one in found.values() for text in _warnings(one, known, locale)]
    return Manuscripts(() if errors else tuple(articles.values()), tuple(errors), tuple(warnings))


def _warnings(one: Article, known: Knowledge, locale: str) -> Iterator[str]:
    for what in known.dangling(one):
        yield say(locale, "articles.unknown", what=what)
    if len(one.questions) < FEW:
        yield say(locale, "articles.few", n=len(one.questions), most=FEW)
    if len(one.body) > LONGEST:
        yield say(locale, "articles.long", n=len(one.body))
    for question in one.questions:
        if (title := _elsewhere(question, one, known)) is not None:
            yield say(locale, "articles.elsewhere", question=question, title=title)


def _elsewhere(question: str, one: Article, known: Knowledge) -> str | None:
    """The title of another article that the question finds for sure."""
    found = known.ask(question)
    return found.article.title if isinstance(found, Sure) and found.article.id != one.id else None


def checked_again(one: Article, today: date) -> Article:
    """The article as somebody has found it still right today: it holds as long again as it did."""
    return replace(one, checked_on=today, valid_until=today + (one.valid_until - one.checked_on))


def asked_too(one: Article, question: str) -> Article:
    """The article with one more way of asking for it."""
    return one if question in one.questions else replace(one, questions=(*one.questions, question))
