"""The approved answers, found by what people ask, with an honest "I don't know"."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from content import article as articles
from content.article import Article, Flag, Outside
from content.aspects import names_nothing
from content.guard import Courtesy
from content.ranking.features import LONGEST
from content.ranking.index import Index, Scored
from content.ranking.model import OUTSIDE, Model
from content.ranking.model import model as shipped_model

CHOICES = 3
SOON = timedelta(days=30)
CLEAR = 0.75
"""From this confidence on, half a message is answered by itself."""
KNOWN = 0.4
"""The share of a message that must be understood for an answer; below half of that nothing is offered."""
KIND = 0.42
"""The score from which the kind of a question that is declined is named: below, it may be another."""
CLOSE = 0.45
"""From this likeness on, a question is a way of asking for an article that training has not seen."""
FEW = 20
"""Ways of asking up to which it is looked whether a question is like one: with more, ranking finds it."""
_QUESTIONS = re.compile(r"[?\n]+|\b(?:với lại|voi lai|ngoài ra|ngoai ra)\b|, (?:còn|con) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """An article that may be meant, and how likely, 0 to 1."""

    article: Article
    confidence: float


@dataclass(frozen=True, slots=True)
class Sure:
    """The answer is this article; `matches` are it and what else may have been meant, the best first."""

    article: Article
    confidence: float
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Unsure:
    """One of these may be meant: ask which."""

    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No approved answer. `outside` is the kind of question it is, where the bot knows that much."""

    outside: Outside | None = None


Finding = Sure | Unsure | Unknown


class Knowledge:
    """The articles of a content pack and the way to them. The index is built at the first question."""

    def __init__(  # noqa: PLR0913 - what a pack consists of
        self,
        found: Mapping[str, Article],
        flags: Mapping[str, Flag] | None = None,
        outside: Sequence[Outside] = (),
        model: Model | None = None,
        *,
        sources: Collection[str] = (),
        pictures: Path | None = None,
        places: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`sources` are the codes that articles may name; `pictures` the folder of their pictures; `places`
        the names of the areas for which some hold, by code."""
        self.articles = dict(found)
        self.sources = frozenset(sources)
        self.pictures = pictures
        self.places = dict(places)
        self.flags = dict(flags or {})
        self.outside = {kind.id: kind for kind in outside}
        self.model = model or shipped_model()

    def with_articles(self, found: Mapping[str, Article], places: Mapping[str, str]) -> "Knowledge":
        """The same with these articles in place of those of the same id, and beside the others."""
        return Knowledge(
            {**self.articles, **found},
            self.flags,
            tuple(self.outside.values()),
            self.model,
            sources=self.sources,
            pictures=self.pictures,
            places=places,
        )

    def ask(self, text: str) -> Finding:
        """What the knowledge base has for this message; for one that names nothing only what is sure."""
        found = self._found(text)
        return Unknown() if not isinstance(found, Sure) and names_nothing(text) else found

    def _found(self, text: str) -> Finding:
        scored = self.index.score(text)
        confidence = self.model.confidence(scored)
        matches = self._matches(scored, confidence)
        if confidence < CLEAR and scored.ideas > 1 and scored.known >= KNOWN:
            told = self._told_closely(text, matches)
            if told:
                return Sure(told[0].article, told[0].confidence, told)
        if not matches or confidence < self.model.unsure or scored.known < KNOWN / 2:
            return Unknown(self._outside(scored))
        best = matches[0]
        if confidence >= self.model.sure and self._clear(scored):
            return Sure(best.article, confidence, matches)
        return Unsure(matches)

    def asks_besides(self, kind: Courtesy, text: str) -> bool:
        """Whether a message of that kind asks something as well: who swears at an application, or whose
        telephone fell into the canal, is to be answered all the same."""
        if not kind.anywhere:
            return False
        found, left = self.ask(text), self.ask(kind.without(text))
        if not kind.urgent:
            return not isinstance(found, Unknown) and isinstance(left, Sure)
        if not isinstance(found, Sure) or found.confidence < CLEAR or isinstance(left, Unknown):
            return False
        return found.article in [match.article for match in left.matches]

    def ask_apart(self, text: str) -> tuple[Sure, ...]:
        """The answers to two questions in one message; () where it is one, or one of them is not clear."""
        parts = [part for part in _QUESTIONS.split(text[:LONGEST]) if part.strip()]
        if len(parts) < 2:
            return ()
        found = [self.ask(part) for part in parts]
        clear = {one.article.id: one for one in found if isinstance(one, Sure) and one.confidence >= CLEAR}
        return tuple(clear.values())[:2] if len(clear) > 1 else ()

    def article(self, name: str) -> Article | None:
        """The article of that id, or None."""
        return self.articles.get(name)

    def topics(self) -> dict[str, list[Article]]:
        """The articles by topic, in order of their ids."""
        topics: dict[str, list[Article]] = {}
        for found in self.articles.values():
            topics.setdefault(found.topic, []).append(found)
        return topics

    def withheld(self, found: Article) -> Flag | None:
        """The switch that keeps the article back, or None where it may be told."""
        flag = self.flags.get(found.flag or "")
        return flag if flag and not flag.open else None

    def picture(self, found: Article) -> bytes | None:
        """The picture of the article; None where it has none, or it may not be told."""
        if found.picture is None or self.pictures is None or self.withheld(found):
            return None
        try:
            return (self.pictures / found.picture).read_bytes()
        except OSError:  # of an article that names a picture which its pack has not
            return None

    def dangling(self, found: Article) -> Iterator[str]:
        """What the article names and the pack has not: a key of its front matter and what it names."""
        for other in found.related:
            if other not in self.articles:
                yield f"related: {other}"
        for source in found.sources:
            if source not in self.sources:
                yield f"sources: {source}"
        if found.flag is not None and found.flag not in self.flags:
            yield f"flag: {found.flag}"
        if found.picture is not None and self.picture(replace(found, flag=None)) is None:
            yield f"picture: {found.picture}"

    def expiring(self, today: date) -> list[Article]:
        """What has to be checked again within a month or is past its day, the most urgent first."""
        due = [found for found in self.articles.values() if found.valid_until <= today + SOON]
        return sorted(due, key=lambda found: found.valid_until)

    @property
    def is_prepared(self) -> bool:
        """Whether a question would wait for nothing."""
        return "index" in self.__dict__

    def prepare(self) -> None:
        """Makes what the first question would wait for."""
        _ = self.index

    @cached_property
    def index(self) -> Index:
        """What questions are held against."""
        return Index(phrasings(self.articles.values(), self.outside.values()), self.model.corrections())

    def _told_closely(self, text: str, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        """The matches with one before the others that training has not seen, as a district's own, where the
        question is nearly one of its few ways of asking; () where there is none such.

        What was trained stands apart from all it was trained against, and would go before it.
        """
        new = [match.article for match in matches if match.article.id not in self.index.learnt]
        ways = {one.id: phrasings([one])[one.id] for one in new}
        near = {one: self.index.likeness(text, ways[one.id]) for one in new if len(ways[one.id]) <= FEW}
        best = max(near, key=lambda one: near[one], default=None)
        if best is None or near[best] < CLOSE:
            return ()
        confidence = round(min(1.0, self.model.sure + near[best] - CLOSE), 4)
        others = (match for match in matches if match.article is not best)
        behind = (replace(match, confidence=min(match.confidence, confidence)) for match in others)
        return Match(best, confidence), *behind

    def _clear(self, scored: Scored) -> bool:
        """No name alone, nothing that looks more like what is declined, and not mostly words never seen."""
        return scored.ideas > 1 and scored.known >= KNOWN and not scored.ranked[0][0].startswith(OUTSIDE)

    def _matches(self, scored: Scored, confidence: float) -> tuple[Match, ...]:
        """The best articles; the confidence of those behind the first falls with their distance from it."""
        best = [(label, value) for label, value in scored.ranked if not label.startswith(OUTSIDE)][:CHOICES]
        top = max(best[0][1], 0.01) if best else 0.0
        return tuple(
            Match(
                self.articles[label], round(confidence * (1.0 if n == 0 else max(0.0, value) / top * 0.9), 4)
            )
            for n, (label, value) in enumerate(best)
        )

    def _outside(self, scored: Scored) -> Outside | None:
        """The kind of question, where it stands clearly before every article and enough was understood."""
        label, value = scored.ranked[0] if scored.ranked else ("", 0.0)
        if label.startswith(OUTSIDE) and value >= KIND and scored.known >= 0.3:
            return self.outside.get(label.removeprefix(OUTSIDE))
        return None


def phrasings(found: Iterable[Article], outside: Iterable[Outside] = ()) -> dict[str, list[str]]:
    """Every way of asking by label: an article's titles and questions; a declined kind's questions."""
    texts: dict[str, list[str]] = {}
    for entry in found:
        titles = [entry.title, entry.title_en] if entry.title_en else [entry.title]
        texts[entry.id] = [*titles, *entry.questions]
    for kind in outside:
        texts[OUTSIDE + kind.id] = list(kind.questions)
    return texts


def digest(texts: Mapping[str, Sequence[str]]) -> str:
    """Names a set of phrasings, so that weights made of others are noticed."""
    joined = "\n".join(f"{label}\t{text}" for label, held in sorted(texts.items()) for text in held)
    return sha256(joined.encode()).hexdigest()[:16]


def check(directory: Path = articles.DIRECTORY) -> list[str]:
    """What is wrong with a pack of articles, a sentence each with its place and the mend; [] if nothing."""
    try:
        shelf = load(directory)
    except articles.ArticleError as fault:
        return list(fault.faults)
    found = [
        f"{name}.md: {missing}: {_MENDS[missing.partition(':')[0]]}"
        for name, one in shelf.articles.items()
        for missing in shelf.dangling(one)
    ]
    texts = phrasings(shelf.articles.values(), shelf.outside.values())
    if directory == articles.DIRECTORY and digest(texts) != shelf.model.made_of:
        found.append("ranking/weights.json: made of other articles; run python -m bot.commands.train")
    return found


_MENDS = {
    "related": "there is no such article; name one that there is, or leave it out",
    "sources": "not in sources.tsv; add a line for it",
    "flag": "not in flags.yaml; add it, or leave the flag out",
    "picture": "not in the folder pictures; put it there, or leave the line out",
}


def articles_of(pack: Path | None) -> Path:
    """The articles of a district's own pack, or the project's where it brings none."""
    own = pack / "articles" if pack else None
    return own if own and own.is_dir() else articles.DIRECTORY


@cache
def load(directory: Path = articles.DIRECTORY) -> Knowledge:
    """The knowledge base of a directory of articles. Raises ArticleError where a file is not in order."""
    return Knowledge(
        articles.read_articles(directory),
        articles.read_flags(directory),
        articles.read_outside(directory),
        sources=articles.read_sources(directory),
        pictures=directory / articles.PICTURES,
    )
