"""Approved answers published in the chat: every version is kept, the newest stands before the pack's.

Articles are public, so nothing here is sealed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from sqlalchemy import and_, bindparam, delete, func, select, update

from content import article
from content.article import Article
from content.authoring import Edition
from content.knowledge import Knowledge
from storage import areas
from storage.database import Beforehand, Connection, Row, Statement, table
from storage.tables import ArticleRow

KEPT = timedelta(days=30)
"""After that a file that nobody published is forgotten."""

_article = table(ArticleRow)
_COUNTED = Statement(
    select(
        func.count(_article.c.published_at).label("published"),
        func.count(_article.c.withdrawn_at).label("withdrawn"),
    )
)
_IN_FORCE = and_(_article.c.published_at.is_not(None), _article.c.withdrawn_at.is_(None))
_CURRENT = Statement(select(_article.c.article, _article.c.source).where(_IN_FORCE).order_by(_article.c.id))
_EDITIONS = Statement(
    select(_article)
    .where(_article.c.published_at.is_not(None))
    .order_by(_article.c.id.desc())
    .limit(bindparam("most"))
)
_FIND = Statement(select(_article).where(_article.c.id == bindparam("number")))
_DRAFTS = Statement(
    select(_article)
    .where(_article.c.sheet_id == bindparam("sheet"), _article.c.published_at.is_(None))
    .order_by(_article.c.id)
)


@dataclass(slots=True)
class Answers:
    """The approved answers of today, shared by all turns of a process: the content pack's, and before them
    what was published in the chat, by whatever process.
    """

    pack: Callable[[], Knowledge]
    _pack: Knowledge | None = None
    _seen: tuple[int, int] = (0, 0)
    _made: Knowledge | None = None
    _lock: Lock = field(default_factory=Lock)

    def get(self, conn: Connection) -> Knowledge:
        """As they stand now, ready to be asked. Made anew only where something was published or withdrawn
        since: that takes up to a second, so it is done before the turn that needs it (Beforehand), and no
        other turn waits."""
        made = self._standing(conn)
        if not made.is_prepared:
            raise Beforehand(partial(self._prepare, made))
        return made

    def _standing(self, conn: Connection) -> Knowledge:
        row = conn.one(_COUNTED)
        assert row is not None
        seen = (row.published, row.withdrawn)
        if self._made is None or seen != self._seen:
            if self._pack is None:
                raise Beforehand(self._read)
            found = self._published(conn)
            places = self._places(conn, (*self._pack.articles.values(), *found.values()))
            raise Beforehand(partial(self._make, seen, found, places))
        return self._made

    def _read(self) -> None:
        with self._lock:
            self._pack = self._pack or self.pack()

    def _make(self, seen: tuple[int, int], found: dict[str, Article], places: dict[str, str]) -> None:
        with self._lock:  # who comes second finds what the first has made
            if self._pack is not None and (self._made is None or seen != self._seen):
                self._made = self._pack.with_articles(found, places) if found or places else self._pack
                self._seen = seen

    def _prepare(self, made: Knowledge) -> None:
        with self._lock:
            made.prepare()

    def titles(self, conn: Connection) -> Mapping[str, str]:
        """What the articles are called, by id. No index is made for that."""
        return {name: one.title for name, one in self._standing(conn).articles.items()}

    def _published(self, conn: Connection) -> dict[str, Article]:
        """Nothing that is in force is unreadable: it was read before it was published."""
        return {
            row.article: article.parse(row.source, row.article, row.article) for row in conn.all(_CURRENT)
        }

    def _places(self, conn: Connection, some: Iterable[Article]) -> dict[str, str]:
        codes = {one.area for one in some if one.area}
        return {code: area.name for code in codes if (area := areas.latest(conn, code))}


def keep(conn: Connection, found: Sequence[Article], by: int, now: datetime, sheet_id: str) -> None:
    """Keeps what a file holds until its sender publishes it; forgets what nobody published."""
    old = and_(_article.c.published_at.is_(None), _article.c.made_at < now - KEPT)
    conn.run(delete(_article).where(old))
    for one in found:
        _add(conn, one, by, now, sheet_id=sheet_id)


def drafts(conn: Connection, sheet_id: str, person_id: int) -> list[Article]:
    """What a file of this person holds and is not published yet."""
    rows = [row for row in conn.all(_DRAFTS, sheet=sheet_id) if row.made_by == person_id]
    return [article.parse(row.source, row.article, row.article) for row in rows]


def publish_drafts(conn: Connection, sheet_id: str, now: datetime) -> None:
    """What the file holds is told from now on."""
    waiting = and_(_article.c.sheet_id == sheet_id, _article.c.published_at.is_(None))
    conn.run(update(_article).where(waiting).values(published_at=now))


def publish(conn: Connection, one: Article, by: int, now: datetime) -> None:
    """A version that is told from now on."""
    _add(conn, one, by, now, published_at=now)


def withdraw(conn: Connection, number: int, now: datetime) -> None:
    """The version is told no more: the one before it is, or the pack's."""
    standing = and_(_article.c.id == number, _article.c.withdrawn_at.is_(None))
    conn.run(update(_article).where(standing).values(withdrawn_at=now))


def editions(conn: Connection, most: int) -> list[Edition]:
    """What was published, newest first."""
    return [_edition(row) for row in conn.all(_EDITIONS, most=most)]


def edition(conn: Connection, number: int) -> tuple[Edition, str] | None:
    """A published version, and its file's text."""
    row = conn.one(_FIND, number=number)
    return None if row is None or row.published_at is None else (_edition(row), row.source)


def _add(  # noqa: PLR0913 - a row
    conn: Connection,
    one: Article,
    by: int,
    now: datetime,
    *,
    sheet_id: str | None = None,
    published_at: datetime | None = None,
) -> None:
    conn.insert(
        _article,
        article=one.id,
        title=one.title,
        source=article.written(one),
        sheet_id=sheet_id,
        made_by=by,
        made_at=now,
        published_at=published_at,
        withdrawn_at=None,
    )


def _edition(row: Row) -> Edition:
    return Edition(row.id, row.article, row.title, row.made_by, row.published_at, row.withdrawn_at)
