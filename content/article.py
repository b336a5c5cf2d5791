"""Approved answers: one Markdown file an article, `articles/<topic>/<name>.md`, with YAML front matter.

Written by people who don't program, so every complaint names the file and the line and says what to mend.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from content.words import say

DIRECTORY = Path(__file__).parent / "articles"
PICTURES = "pictures"
"""The folder of a pack in which the pictures of articles lie."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: ten times faster
_TEXTS = ("title", "audience", "confidence")
_LISTS = ("questions", "keywords", "related", "sources")
_DAYS = ("checked_on", "valid_until")
_FREE = ("id", "flag", "area", "title_en", "picture", "shows", "shows_en")
_ENGLISH = "\n---en---\n"
AUDIENCES = ("dân", "doanh nghiệp", "cán bộ")
CONFIDENCES = ("chắc chắn", "một phần", "cần kiểm chứng")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
"""What an article's id looks like."""
LONGEST_NAME = 40
"""Characters of an id: buttons carry it in 64 bytes."""
_SHORTENED = re.compile(
    r"\b(?:bit\.ly|tinyurl\.com|goo\.gl|t\.co|cutt\.ly|s\.id|is\.gd|rebrand\.ly)/\S+", re.IGNORECASE
)
_KEY = re.compile(r"([A-Za-z_]+):")


class ArticleError(ValueError):
    """What is wrong with a file of the knowledge base, where, and how to mend it: a line each in `faults`."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Article:
    """One approved answer. `questions` are ways of asking for it; `sources` are codes of `sources.tsv`.

    `valid_until` is the day from which it is told with a warning; `flag` names the switch (`flags.yaml`)
    without which its body is withheld; `area` the code of the unit it holds for, None: everywhere.
    `picture` is a file of the pack's folder `pictures`, `shows` what is to be seen on it, in words.
    """

    id: str
    title: str
    audience: str
    questions: tuple[str, ...]
    keywords: tuple[str, ...]
    related: tuple[str, ...]
    sources: tuple[str, ...]
    checked_on: date
    valid_until: date
    confidence: str
    body: str
    flag: str | None = None
    area: str | None = None
    title_en: str | None = None
    body_en: str | None = None
    picture: str | None = None
    shows: str | None = None
    shows_en: str | None = None

    @property
    def topic(self) -> str:
        """The directory it lies in, e.g. "vssid"."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Flag:
    """A switch for what is not confirmed. While it is not open, `says` is told in place of its articles."""

    open: bool
    says: str
    says_en: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A kind of question that the bot knows it has no answer to. `say` is the key of the sentence for it."""

    id: str
    say: str
    questions: tuple[str, ...]


def read_articles(directory: Path = DIRECTORY) -> dict[str, Article]:
    """All articles by id. Raises ArticleError with the faults of all files that are not in order."""
    found: dict[str, Article] = {}
    faults: list[str] = []
    for path in sorted(directory.glob("*/*.md")):
        try:
            one = read_article(path, directory)
        except ArticleError as wrong:
            faults += wrong.faults
        else:
            found[one.id] = one
    if faults:
        raise ArticleError(*faults)
    return found


def read_article(path: Path, directory: Path = DIRECTORY) -> Article:
    """One file. Its id is its path below `directory` without the ending."""
    where = path.relative_to(directory).as_posix()
    return parse(path.read_text(encoding="utf-8"), where, where.removesuffix(".md"))


def is_article(source: str) -> bool:
    """Whether a Markdown file is meant as an article: it begins with front matter."""
    return source.lstrip("\ufeff \r\n").startswith("---")


def parse(source: str, where: str, name: str = "", locale: str = "en", *, numbered: bool = True) -> Article:
    """The article of a file's text; `name` is its id, "" where the front matter's line `id:` has to say it.

    Raises ArticleError with every fault at once, each with `where`, its line (if `numbered`) and the mend, in
    that language.
    """
    parts = re.split(
        r"^---[ \t]*\n", source.lstrip("\ufeff").replace("\r\n", "\n"), maxsplit=2, flags=re.MULTILINE
    )
    if len(parts) != 3 or parts[0].strip():
        raise ArticleError(say(locale, "articles.no_head", where=f"{where}:1"))
    head = _mapping(parts[1], where, locale)
    lines = {found[1]: n for n, line in enumerate(parts[1].split("\n"), 2) if (found := _KEY.match(line))}
    end = parts[1].count("\n") + 3
    body, _, english = parts[2].strip().partition(_ENGLISH)
    faults = [*_head_faults(head, locale), *_body_faults(parts[2], end, locale)]
    name = name or str(head.get("id") or "")
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        faults.append(("id", say(locale, "articles.bad_id", n=LONGEST_NAME)))
    if faults:
        placed = ((key if isinstance(key, int) else lines.get(key, 1), text) for key, text in faults)
        raise ArticleError(
            *(f"{where}:{line}: {text}" if numbered else f"{where}: {text}" for line, text in sorted(placed))
        )
    return _article(name, head, body.strip(), english.strip() or None)


def _article(name: str, head: Mapping[str, Any], body: str, english: str | None) -> Article:
    return Article(
        id=name,
        title=str(head["title"]).strip(),
        audience=head["audience"],
        confidence=head["confidence"],
        questions=_texts(head["questions"]),
        keywords=_texts(head["keywords"]),
        related=_texts(head["related"]),
        sources=_texts(head["sources"]),
        checked_on=head["checked_on"],
        valid_until=head["valid_until"],
        body=body,
        body_en=english,
        **{key: _text(head.get(key)) for key in _FREE if key != "id"},
    )


def written(article: Article) -> str:
    """The file's text, its id in it: what `parse` reads as the same article."""
    head: dict[str, Any] = {"id": article.id, "title": article.title, "audience": article.audience}
    head |= {key: list(getattr(article, key)) for key in _LISTS}
    head |= {key: getattr(article, key) for key in (*_DAYS, "confidence")}
    head |= {key: value for key in _FREE if key != "id" and (value := getattr(article, key)) is not None}
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
    english = f"{_ENGLISH}{article.body_en}\n" if article.body_en else "\n"
    return f"---\n{front}---\n{article.body}{english}"


def read_flags(directory: Path = DIRECTORY) -> dict[str, Flag]:
    """The switches of `flags.yaml`."""
    path = directory / "flags.yaml"
    if not path.exists():
        return {}
    entries = _mapping(path.read_text(encoding="utf-8"), path.name)
    return {
        str(name): Flag(bool(flag["open"]), str(flag["says"]).strip(), str(flag["says_en"]).strip())
        for name, flag in entries.items()
    }


def read_outside(directory: Path = DIRECTORY) -> tuple[Outside, ...]:
    """The kinds of question of `outside.yaml` that the bot declines."""
    path = directory / "outside.yaml"
    if not path.exists():
        return ()
    entries = _mapping(path.read_text(encoding="utf-8"), path.name)
    return tuple(Outside(name, e["say"], tuple(map(str, e["questions"]))) for name, e in entries.items())


def read_sources(directory: Path = DIRECTORY) -> dict[str, str]:
    """What the codes in `sources` stand for, from `sources.tsv`: code, Tab, source."""
    path = directory / "sources.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    return {code: source for code, tab, source in (line.partition("\t") for line in lines) if tab}


_Fault = tuple[str | int, str]
"""A key of the front matter or a line of the file, and the sentence."""


def _head_faults(head: Mapping[str, Any], locale: str) -> Iterator[_Fault]:
    for key in (*_TEXTS, *_LISTS, *_DAYS):
        if head.get(key) is None:
            yield key, say(locale, "articles.no_line", name=key)
    for key in head:
        if key not in {*_TEXTS, *_LISTS, *_DAYS, *_FREE}:
            yield str(key), say(locale, "articles.strange_line", name=str(key))
    for key in _LISTS:
        if head.get(key) is not None and not isinstance(head[key], list):
            yield key, say(locale, "articles.no_list", name=key)
    for key, allowed in (("audience", AUDIENCES), ("confidence", CONFIDENCES)):
        if head.get(key) is not None and head[key] not in allowed:
            yield key, say(locale, "articles.not_one_of", name=key, values=", ".join(allowed))
    if head.get("picture") and not head.get("shows"):
        yield "picture", say(locale, "articles.no_shows")
    yield from _day_faults(head, locale)


def _day_faults(head: Mapping[str, Any], locale: str) -> Iterator[_Fault]:
    for key in _DAYS:
        if head.get(key) is not None and type(head[key]) is not date:
            yield key, say(locale, "articles.no_day", name=key)
    checked, until = (head.get(key) for key in _DAYS)
    if type(checked) is type(until) is date and until <= checked:
        yield "valid_until", say(locale, "articles.valid_before")


def _body_faults(body: str, first: int, locale: str) -> Iterator[_Fault]:
    """`first` is the line of the file at which the body begins."""
    if not body.partition(_ENGLISH)[0].strip():
        yield first, say(locale, "articles.no_body")
    for number, line in enumerate(body.split("\n"), first):
        if found := _SHORTENED.search(line):
            yield number, say(locale, "articles.short_link", link=found[0])


def _mapping(text: str, where: str, locale: str = "en") -> dict[str, Any]:
    try:
        loaded = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, by libyaml
    except yaml.MarkedYAMLError as fault:
        line = (fault.problem_mark.line + 2) if fault.problem_mark else 1
        raise ArticleError(
            say(locale, "articles.unreadable", where=f"{where}:{line}", why=fault.problem)
        ) from None
    except (yaml.YAMLError, ValueError) as fault:  # a character, or a day, that there is not
        raise ArticleError(
            say(locale, "articles.unreadable", where=f"{where}:1", why=str(fault).split("\n")[0])
        ) from None
    if not isinstance(loaded, dict):
        raise ArticleError(say(locale, "articles.no_mapping", where=f"{where}:1"))
    return loaded


def _texts(values: list[object]) -> tuple[str, ...]:
    return tuple(str(value).strip() for value in values)


def _text(value: object) -> str | None:
    return None if value is None else str(value).strip()
