"""Articles as those who are responsible for them see them: files that were sent, versions in use."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import yaml

from content.article import Article, ArticleError, parse
from content.knowledge import Knowledge, Sure
from content.listing import Column, Kind, Row, day
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


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An article that was sent: where it stands (a file, or a row of one), and its text. `numbered`: the
    lines of the text are those of the file."""

    where: str
    text: str
    numbered: bool = True


def examine(sent: Sequence[Manuscript], shelf: Knowledge, today: date, locale: str) -> Manuscripts:
    """What is wrong in articles that were sent: all faults of all."""
    found: dict[str, tuple[str, Article]] = {}
    errors: list[str] = []
    for manuscript in sent:
        where = manuscript.where
        try:
            one = parse(manuscript.text, where, locale=locale, numbered=manuscript.numbered)
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


# --------------------------------------------------------------------------- a spreadsheet, an article a row

_MANY = ("questions", "keywords", "related", "sources")
_DAYS = ("checked_on", "valid_until")
_HEADS = {
    "id": {"id", "ma bai"},
    "title": {"title", "ten bai"},
    "questions": {"questions", "cach hoi", "cac cach hoi"},
    "body": {"body", "noi dung"},
    "audience": {"audience", "danh cho"},
    "keywords": {"keywords", "tu khoa"},
    "related": {"related", "bai lien quan"},
    "sources": {"sources", "nguon"},
    "checked_on": {"checked_on", "checked on", "ngay kiem"},
    "valid_until": {"valid_until", "valid until", "dung toi", "han dung"},
    "confidence": {"confidence", "muc chac chan"},
    "area": {"area", "ma xa"},
    "title_en": {"title_en", "title en", "ten bai tieng anh"},
    "body_en": {"body_en", "body en", "noi dung tieng anh"},
}
_REQUIRED = frozenset({"id", "title", "questions", "body"})

LIST = Kind(
    "articles",
    tuple(
        Column(name, frozenset(heads), name in _REQUIRED, lines=name in {*_MANY, "body", "body_en"})
        for name, heads in _HEADS.items()
    ),
    lambda _: iter(()),
)
"""Articles as a spreadsheet: a row each; several ways of asking in one cell, a line each."""


def of_rows(rows: Sequence[Row], locale: str) -> list[Manuscript]:
    """The articles of a spreadsheet's rows."""
    return [_of_row(row, locale) for row in rows]


def _of_row(row: Row, locale: str) -> Manuscript:
    head: dict[str, object] = {
        name: row[name] for name in _HEADS if row[name] and name not in {*_MANY, "body", "body_en"}
    }
    head |= {name: [one.strip() for one in re.split(r"[\n;]", row[name]) if one.strip()] for name in _MANY}
    head |= {name: day(row[name]) or row[name] for name in _DAYS if row[name]}
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
    english = f"\n---en---\n{row['body_en']}" if row["body_en"] else ""
    where = [say(locale, "lists.sheet", name=row.sheet)] if row.sheet else []
    where.append(say(locale, "form.row", n=row.number))
    return Manuscript(", ".join(where), f"---\n{front}---\n{row['body']}{english}\n", numbered=False)


# --------------------------------------------------------------------------- an article changed by a tap


def checked_again(one: Article, today: date) -> Article:
    """The article as somebody has found it still right today: it holds as long again as it did."""
    return replace(one, checked_on=today, valid_until=today + (one.valid_until - one.checked_on))


def asked_too(one: Article, question: str) -> Article:
    """The article with one more way of asking for it."""
    return one if question in one.questions else replace(one, questions=(*one.questions, question))
