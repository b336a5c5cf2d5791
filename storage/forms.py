"""Questionnaires, version by version: published for an area and all that lies under it, kept for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, select, update

from content.bundle import unpacked
from storage import areas
from storage.database import Connection, Statement, table
from storage.tables import FormRow

_form = table(FormRow)


@dataclass(frozen=True, slots=True)
class Publication:
    """A version to be published: the XForm that runs, and the file as it was sent in. It is current from
    `valid_from` on; None: from the day on which it is published."""

    form: str
    version: str
    title: str
    xform: str
    source: bytes
    source_name: str
    area_id: int
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is there. `id` names it for ever; what it holds never changes. On `valid_from` it takes
    the place of those before."""

    id: int
    form: str
    version: str
    title: str
    area_id: int
    published_at: datetime
    withdrawn_at: datetime | None
    valid_from: date
    published_by: int | None = None


class VersionTaken(Exception):
    """That version is published for that area, with other content: a new version needs a new number."""


_columns = tuple(_form.c[name] for name in Published.__slots__)
_newest_first = (_form.c.valid_from.desc(), _form.c.published_at.desc(), _form.c.id.desc())
_OPEN = Statement(
    select(*_columns)
    .where(
        _form.c.form == bindparam("of_form"),
        _form.c.withdrawn_at.is_(None),
        _form.c.valid_from <= bindparam("day"),
    )
    .order_by(*_newest_first)
)
_CURRENT = Statement(
    select(*_columns)
    .where(_form.c.withdrawn_at.is_(None), _form.c.valid_from <= bindparam("day"))
    .order_by(_form.c.form, *_newest_first)
)
_VERSION = Statement(
    select(*_columns)
    .where(_form.c.form == bindparam("of_form"), _form.c.version == bindparam("of_version"))
    .order_by(*_newest_first)
)
_XFORM = Statement(select(_form.c.xform).where(_form.c.id == bindparam("row")))
_SOURCE = Statement(select(_form.c.source_name, _form.c.source).where(_form.c.id == bindparam("row")))
_FIND = Statement(select(*_columns).where(_form.c.id == bindparam("row")))
_LAST = Statement(
    select(_form.c.id).where(_form.c.form == bindparam("of_form")).order_by(_form.c.id.desc()).limit(1)
)
_TAKEN = Statement(
    select(_form.c.xform, _form.c.source_name, _form.c.source).where(
        _form.c.form == bindparam("of_form"), _form.c.version == bindparam("of_version")
    )
)


def publish(conn: Connection, new: Publication, by: int | None, now: datetime) -> Published:
    """Publishes a version. The same content under the same version again changes the day on which it
    begins, and takes a withdrawal back. `now` carries the district's zone. Raises VersionTaken."""
    conn.lock("forms")
    begins = new.valid_from or now.date()
    same = (_form.c.form == new.form, _form.c.version == new.version, _form.c.area_id == new.area_id)
    there = conn.one(select(*_columns).where(*same))
    if there is not None:
        if is_taken(conn, new.form, new.version, new.xform, unpacked(new.source, new.source_name).files):
            raise VersionTaken(
                f"{new.form} {new.version} is published already, with other questions; "
                "give the new one another version in the settings sheet"
            )
        conn.run(update(_form).where(_form.c.id == there.id).values(withdrawn_at=None, valid_from=begins))
        return replace(Published(*there), withdrawn_at=None, valid_from=begins)
    number = conn.insert(
        _form,
        form=new.form,
        version=new.version,
        title=new.title,
        xform=new.xform,
        source=new.source,
        source_name=new.source_name,
        area_id=new.area_id,
        published_at=now,
        published_by=by,
        valid_from=begins,
    )
    return Published(number, new.form, new.version, new.title, new.area_id, now, None, begins, by)


def withdraw(conn: Connection, form_id: int, now: datetime) -> None:
    """No new interview begins with this version; those under way go on."""
    conn.run(update(_form).where(_form.c.id == form_id).values(withdrawn_at=now))


def newest(conn: Connection, form: str, area_id: int | None, on: date) -> Published | None:
    """The newest version published for the area that has begun on that day: its own, else that of the nearest
    area above it. Without an area, the newest of all."""

    def look() -> Published | None:
        rows = [Published(*row) for row in conn.all(_OPEN, of_form=form, day=on)]
        if area_id is None or not rows:
            return rows[0] if rows else None
        return _nearest(rows, [area.id for area in areas.path(conn, area_id, on)])

    return conn.lasting(("newest", form, area_id, on), look)


def _nearest(rows: list[Published], path: list[int]) -> Published | None:
    for area_id in reversed(path):
        for row in rows:
            if row.area_id == area_id:
                return row
    return None


def current(conn: Connection, area_id: int, on: date) -> tuple[Published, ...]:
    """What is asked in the area on that day: of each questionnaire the version that `newest` gives."""

    def look() -> tuple[Published, ...]:
        by_form: dict[str, list[Published]] = {}
        for row in conn.all(_CURRENT, day=on):
            by_form.setdefault(row.form, []).append(Published(*row))
        path = [area.id for area in areas.path(conn, area_id, on)]
        return tuple(found for rows in by_form.values() if (found := _nearest(rows, path)) is not None)

    return conn.lasting(("current", area_id, on), look)


def version(conn: Connection, form: str, number: str, area_id: int | None, on: date) -> Published | None:
    """A version by its name, withdrawn or not: as published nearest to the area, where several areas have one
    of that name."""
    rows = [Published(*row) for row in conn.all(_VERSION, of_form=form, of_version=number)]
    if area_id is None or len(rows) <= 1:
        return rows[0] if rows else None
    near = [area.id for area in reversed(areas.path(conn, area_id, on))]
    return min(rows, key=lambda row: near.index(row.area_id) if row.area_id in near else len(near))


def xform(conn: Connection, form_id: int) -> str:
    """The XForm of a version. Raises KeyError where there is none."""
    row = conn.one(_XFORM, row=form_id)
    if row is None:
        raise KeyError(form_id)
    return str(row.xform)


def find(conn: Connection, form_id: int) -> Published | None:
    """The version of that number."""
    row = conn.one(_FIND, row=form_id)
    return None if row is None else Published(*row)


def source(conn: Connection, form_id: int) -> tuple[str, bytes]:
    """The file that the version was made of, byte for byte: its name, its content. KeyError if none."""
    row = conn.one(_SOURCE, row=form_id)
    if row is None:
        raise KeyError(form_id)
    return str(row.source_name), bytes(row.source)


def files(conn: Connection, form_id: int) -> Mapping[str, bytes]:
    """The files that go with a version: lists that it reads, pictures that it shows. KeyError if none."""
    name, packed = source(conn, form_id)
    return unpacked(packed, name).files


def newest_number(conn: Connection, form: str) -> int:
    """The number of the version of the questionnaire that was published last, for whatever area; 0 if none.
    Until the transaction ends nobody else publishes."""
    conn.lock("forms")
    row = conn.one(_LAST, of_form=form)
    return 0 if row is None else int(row.id)


def is_taken(
    conn: Connection, form: str, version: str, xform: str, files: Mapping[str, bytes] | None = None
) -> bool:
    """Whether that version is published somewhere with other questions, or other files: submissions name it
    alone."""
    there = conn.all(_TAKEN, of_form=form, of_version=version)
    known = ((row.xform, dict(unpacked(row.source, row.source_name).files)) for row in there)
    return any(one != (xform, dict(files or {})) for one in known)


def published(conn: Connection) -> list[Published]:
    """All versions, by questionnaire, newest first."""
    return [Published(*row) for row in conn.all(select(*_columns).order_by(_form.c.form, *_newest_first))]
