"""Approved answers: one Markdown file an article, `articles/<topic>/<name>.md`, with YAML front matter.

Written by people who don't program, so every complaint names the file and says what to mend.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

DIRECTORY = Path(__file__).parent / "articles"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: ten times faster
_TEXTS = ("title", "audience", "confidence")
_LISTS = ("questions", "keywords", "related", "sources")
_ENGLISH = "\n---en---\n"
AUDIENCES = ("dân", "doanh nghiệp", "cán bộ")
CONFIDENCES = ("chắc chắn", "một phần", "cần kiểm chứng")


class ArticleError(ValueError):
    """What is wrong with a file of the knowledge base, where, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Article:
    """One approved answer. `questions` are ways of asking for it; `sources` are codes of `sources.tsv`.

    `valid_until` is the day from which it is told with a warning; `flag` names the switch (`flags.yaml`)
    without which its body is withheld; `area` the code of the unit it holds for, None: everywhere.
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
    """All articles by id. Raises ArticleError for the first file that is not in order."""
    found = (read_article(path, directory) for path in sorted(directory.glob("*/*.md")))
    return {article.id: article for article in found}


def read_article(path: Path, directory: Path = DIRECTORY) -> Article:
    """One file. Its id is its path below `directory` without the ending."""
    where = path.relative_to(directory).as_posix()
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ArticleError(f"{where}:1: phần đầu bài phải nằm giữa hai dòng ---")
    head = _mapping(parts[1], where)
    _complain(where, head)
    body, _, english = parts[2].strip().partition(_ENGLISH)
    if not body.strip():
        raise ArticleError(f"{where}: bài chưa có nội dung sau dòng --- thứ hai")
    return Article(
        id=where.removesuffix(".md"),
        title=str(head["title"]).strip(),
        audience=head["audience"],
        confidence=head["confidence"],
        questions=_texts(head["questions"]),
        keywords=_texts(head["keywords"]),
        related=_texts(head["related"]),
        sources=_texts(head["sources"]),
        checked_on=head["checked_on"],
        valid_until=head["valid_until"],
        body=body.strip(),
        flag=_text(head.get("flag")),
        area=_text(head.get("area")),
        title_en=_text(head.get("title_en")),
        body_en=english.strip() or None,
    )


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


def _complain(where: str, head: dict[str, Any]) -> None:
    for fault in _faults(head):
        raise ArticleError(f"{where}: {fault}")


def _faults(head: dict[str, Any]) -> Iterator[str]:
    for name in (*_TEXTS, *_LISTS, "checked_on", "valid_until"):
        if head.get(name) is None:
            yield f"phần đầu bài thiếu dòng {name}:"
    for name in _LISTS:
        if not isinstance(head.get(name), list):
            yield f"{name}: phải là một danh sách"
    for name in ("checked_on", "valid_until"):
        if not isinstance(head.get(name), date):
            yield f"{name}: phải là ngày dạng 2026-11-22"
    if head.get("audience") not in AUDIENCES:
        yield f"audience: phải là một trong: {', '.join(AUDIENCES)}"
    if head.get("confidence") not in CONFIDENCES:
        yield f"confidence: phải là một trong: {', '.join(CONFIDENCES)}"


def _mapping(text: str, where: str) -> dict[str, Any]:
    try:
        loaded = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, by libyaml
    except yaml.MarkedYAMLError as fault:
        line = (fault.problem_mark.line + 2) if fault.problem_mark else 1
        raise ArticleError(f"{where}:{line}: không đọc được: {fault.problem}") from None
    if not isinstance(loaded, dict):
        raise ArticleError(f"{where}:1: cần các dòng dạng tên: giá trị")
    return loaded


def _texts(values: list[object]) -> tuple[str, ...]:
    return tuple(str(value).strip() for value in values)


def _text(value: object) -> str | None:
    return None if value is None else str(value).strip()
