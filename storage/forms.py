"""Questionnaires, version by version: published for an area and all that lies under it, kept for ever."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, select, update

from storage import areas
from storage.database import Connection, Statement, table
from storage.tables import FormRow

_form = table(FormRow)


@dataclass(frozen=True, slots=True)
class Publication:
    """A version to be published: the XForm that runs, and the file as it was sent in."""

    form: str
    version: str
    title: str
    xform: str
    source: bytes
    source_name: str
    area_id: int


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is there. `id` names it for ever; what it holds never changes."""

    id: int
    form: str
    version: str
    title: str
    area_id: int
    published_at: datetime
    withdrawn_at: datetime | None


class VersionTaken(Exception):
    """That version is published for that area, with other content: a new version needs a new number."""


_columns = tuple(_form.c[name] for name in Published.__slots__)
_newest_first = (_form.c.published_at.desc(), _form.c.id.desc())
_OPEN = Statement(
    select(*_columns)
    .where(_form.c.form == bindparam("of_form"), _form.c.withdrawn_at.is_(None))
    .order_by(*_newest_first)
)
_VERSION = Statement(
    select(*_columns)
    .where(_form.c.form == bindparam("of_form"), _form.c.version == bindparam("of_version"))
    .order_by(*_newest_first)
)
_XFORM = Statement(select(_form.c.xform).where(_form.c.id == bindparam("row")))


def publish(conn: Connection, new: Publication, by: int | None, now: datetime) -> Published:
    """Publishes a version. The same content under the same version again changes nothing.
    Raises VersionTaken."""
    same = (_form.c.form == new.form, _form.c.version == new.version, _form.c.area_id == new.area_id)
    there = conn.one(select(*_columns, _form.c.xform).where(*same))
    if there is not None:
        if there.xform != new.xform:
            raise VersionTaken(
                f"{new.form} {new.version} is published already, with other questions; "
                "give the new one another version in the settings sheet"
            )
        conn.run(update(_form).where(_form.c.id == there.id).values(withdrawn_at=None))
        return replace(Published(*there[:-1]), withdrawn_at=None)
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
    )
    return Published(number, new.form, new.version, new.title, new.area_id, now, None)


def withdraw(conn: Connection, form_id: int, now: datetime) -> None:
    """No new interview begins with this version; those under way go on."""
    conn.run(update(_form).where(_form.c.id == form_id).values(withdrawn_at=now))


def newest(conn: Connection, form: str, area_id: int | None, on: date) -> Published | None:
    """The newest version published for the area: its own, else that of the nearest area above it on that day.
    Without an area, the newest of all."""
    rows = [Published(*row) for row in conn.all(_OPEN, of_form=form)]
    if area_id is None or not rows:
        return rows[0] if rows else None
    for area in reversed(areas.path(conn, area_id, on)):
        for row in rows:
            if row.area_id == area.id:
                return row
    return None


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


def published(conn: Connection) -> list[Published]:
    """All versions, by questionnaire, newest first."""
    return [Published(*row) for row in conn.all(select(*_columns).order_by(_form.c.form, *_newest_first))]
