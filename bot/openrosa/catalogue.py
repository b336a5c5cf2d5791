"""What a member's ODK Collect downloads: the list of questionnaires, each of them, the list of households.

https://docs.getodk.org/openrosa-form-list/
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import md5
from urllib.parse import quote
from xml.sax.saxutils import escape

from content import offline
from content.areas import Area
from content.form import Form
from content.offline import Listed, Place
from content.people import Person, reach
from storage import areas, forms, households
from storage.database import Connection
from storage.forms import Published
from storage.shelf import FormCache


@dataclass(frozen=True, slots=True)
class Offer:
    """A questionnaire as this member gets it, and the files that go with it by name: its own, and the list of
    households where it asks for one."""

    published: Published
    xml: str
    files: Mapping[str, bytes]

    @property
    def hash(self) -> str:
        """By which Collect sees that the form is another."""
        return _hash(self.xml.encode())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is for whom. `forms` are the compiled questionnaires, which all turns share."""

    forms: FormCache
    locale: str

    def offers(self, conn: Connection, person: Person, today: date) -> list[Offer]:
        """The questionnaires that this person may fill in today, by name."""
        hamlets = mine(conn, person, today)
        found = [self._offer(conn, one, hamlets, today) for one in _open(conn, person, today)]
        return sorted(found, key=lambda offer: (offer.published.title, offer.published.form))

    def offer(self, conn: Connection, person: Person, number: int, today: date) -> Offer | None:
        """One of them, by its number."""
        for one in _open(conn, person, today):
            if one.id == number:
                return self._offer(conn, one, mine(conn, person, today), today)
        return None

    def _offer(self, conn: Connection, one: Published, hamlets: list[Area], today: date) -> Offer:
        form = self.forms.get(conn, one.id)
        places = [Place(area.code, area.name, _commune(conn, area, today)) for area in hamlets]
        xml = offline.prepared(form, places, self.locale)
        files = dict(forms.files(conn, one.id))
        if offline.offers_households(form):
            files[offline.LIST] = _listing(conn, form, hamlets).encode()
        return Offer(one, xml, files)


def mine(conn: Connection, person: Person, today: date) -> list[Area]:
    """The hamlets in which this person surveys."""
    found: dict[int, Area] = {}
    for area_id in reach(person, "survey"):
        found.update((hamlet.id, hamlet) for hamlet in areas.hamlets(conn, area_id, today))
    return list(found.values())


def _open(conn: Connection, person: Person, today: date) -> list[Published]:
    """The newest version of every questionnaire that is open in an area of this person."""
    found: dict[str, Published] = {}
    for area_id in reach(person, "survey"):
        for newest in forms.current(conn, area_id, today):
            found.setdefault(newest.form, newest)
    return list(found.values())


def _commune(conn: Connection, hamlet: Area, today: date) -> str:
    path = areas.path(conn, hamlet.id, today)
    return path[-2].name if len(path) > 1 else ""


def _listing(conn: Connection, form: Form, hamlets: Iterable[Area]) -> str:
    listed = []
    for hamlet in hamlets:
        for one in households.of_hamlet(conn, hamlet.id, form.id):
            label = " · ".join(filter(None, (one.name, one.address, "✓" if one.surveyed_at else "")))
            listed.append(Listed(one.id, label, hamlet.code))
    return offline.listing(listed)


# --------------------------------------------------------------------------- as XML


def form_list(offers: Iterable[Offer], address: Callable[[int, str], str]) -> str:
    """The list of forms; `address` gives the URL of a form's part by its number."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xforms xmlns="http://openrosa.org/xforms/xformsList">'
        + "".join(_xform(offer, address) for offer in offers)
        + "</xforms>"
    )


def _xform(offer: Offer, address: Callable[[int, str], str]) -> str:
    one = offer.published
    parts = {
        "formID": one.form,
        "name": one.title or one.form,
        "version": one.version,
        "hash": offer.hash,
        "downloadUrl": address(one.id, "form.xml"),
    }
    if offer.files:
        parts["manifestUrl"] = address(one.id, "manifest")
    return f"<xform>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in parts.items())}</xform>"


def manifest(offer: Offer, address: Callable[[int, str], str]) -> str:
    """The files that go with a form: https://docs.getodk.org/openrosa-form-list/#the-manifest-document"""
    files = "".join(_media(offer, name, address) for name in offer.files)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{files}</manifest>'
    )


def _media(offer: Offer, name: str, address: Callable[[int, str], str]) -> str:
    parts = {
        "filename": name,
        "hash": _hash(offer.files[name]),
        "downloadUrl": address(offer.published.id, f"media/{quote(name)}"),
    }
    return (
        f"<mediaFile>{''.join(f'<{tag}>{escape(text)}</{tag}>' for tag, text in parts.items())}</mediaFile>"
    )


def _hash(data: bytes) -> str:
    return f"md5:{md5(data, usedforsecurity=False).hexdigest()}"
