"""A questionnaire with the files that it names, in one .zip: lists that it reads, pictures that it shows.

A zip holds one questionnaire; every other file in it goes by its name, in whatever folder it lies (ODK keeps
them in `<form>-media/`).
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import PurePath
from typing import Any

from content.form import FormError, FormFault
from content.outsiders import as_instance
from content.tree import ELEMENT, Node
from content.workbook import BROKEN, LARGEST_CONTENT, MOST_PARTS, as_text

ENDING = ".zip"
PICTURES: Mapping[str, str] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""Endings of what a chat can show, with their media types."""
LISTS = frozenset({".csv", ".xml", ".geojson"})
"""Endings of the lists that a questionnaire may read."""
LARGEST_PICTURE = 1024 * 1024
"""Bytes; Zalo takes no larger one."""
LARGEST_LIST = 5 * 1024 * 1024
MOST_CELLS = 300_000
"""Bytes and cells of a list, which stays in memory as long as its questionnaire is asked."""
_FORMS = (".xlsx", ".xlsm", ".md")
_BEGAN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A questionnaire's file by its name, and those it names by theirs."""

    name: str
    source: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)


def unpacked(source: bytes, name: str) -> Bundle:
    """The bundle in a .zip; any other file is a questionnaire by itself. FormError where it must not or
    cannot be read, or holds no questionnaire, or several."""
    if PurePath(name).suffix.lower() != ENDING:
        return Bundle(name, source)
    try:
        with zipfile.ZipFile(BytesIO(source)) as packed:
            files = dict(_files(packed))
    except FormError:
        raise
    except BROKEN:
        raise _refused("bundle-broken") from None
    forms = [one for one in files if PurePath(one).suffix.lower() in _FORMS] or _xforms(files)
    if not forms:
        raise _refused("bundle-empty")
    if len(forms) > 1:
        raise _refused("bundle-several", names=", ".join(sorted(forms)))
    form = files.pop(forms[0])
    return Bundle(forms[0], form, files)


def _files(packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    parts = [part for part in packed.infolist() if not part.is_dir()]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_CONTENT:
        raise _refused("zip-bomb", n=str(LARGEST_CONTENT // 1024 // 1024))
    for part in parts:
        path = PurePath(part.filename)
        if not path.name.startswith((".", "~$")) and "__MACOSX" not in path.parts:
            yield path.name, packed.read(part)


def _xforms(files: Mapping[str, bytes]) -> list[str]:
    """A list may be XML too: a form is what has a model."""
    return [one for one, data in files.items() if one.lower().endswith(".xml") and b"<model" in data]


def packed(bundle: Bundle) -> bytes:
    """The .zip of a bundle; of the same bundle always the same."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as into:
        for name, data in ((bundle.name, bundle.source), *sorted(bundle.files.items())):
            into.writestr(zipfile.ZipInfo(name, _BEGAN), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


# --------------------------------------------------------------------------- lists


def read_list(name: str, data: bytes) -> Node:
    """The `<instance>` that expressions read of a CSV, GeoJSON or XML file. ValueError, in words, where it is
    none. https://getodk.github.io/xforms-spec/#secondary-instances---external
    """
    kind = PurePath(name).suffix.lower()
    if len(data) > LARGEST_LIST:
        raise ValueError(f"more than {LARGEST_LIST >> 20} MB")
    if kind == ".xml":
        instance = Node(ELEMENT, "instance")
        [root] = Node.parse(data).elements()
        root.parent = None
        instance.fill([root])
        return instance
    text = as_text(data).decode()
    return as_instance(_of_geojson(text) if kind == ".geojson" else _of_csv(text))


def _of_csv(text: str) -> list[dict[str, str]]:
    comma = ";" if ";" in text.partition("\n")[0] and "," not in text.partition("\n")[0] else ","
    rows: list[dict[str, str]] = []
    try:
        for row in csv.DictReader(StringIO(text), delimiter=comma, restkey="", restval=""):
            rows.append({key.strip(): value for key, value in row.items() if key and key.strip()})
            if len(rows) * len(rows[0]) > MOST_CELLS:
                raise ValueError(f"more than {MOST_CELLS} cells")
    except csv.Error as error:
        raise ValueError(str(error)) from None
    return rows


def _of_geojson(text: str) -> list[dict[str, str]]:
    read = json.loads(text)
    if not isinstance(read, dict) or not isinstance(read.get("features"), list):
        raise ValueError("no FeatureCollection")
    return [_feature(feature) for feature in read["features"]]


def _feature(feature: Any) -> dict[str, str]:
    """Its properties, and its geometry as ODK writes places."""
    try:
        shape = feature["geometry"]
        places = shape["coordinates"]
        if shape["type"] == "Point":
            places = [places]
        elif shape["type"] == "Polygon":
            [places] = places
        geometry = ";".join(f"{place[1]} {place[0]} 0 0" for place in places)
        known = {**({"id": feature["id"]} if "id" in feature else {}), **feature.get("properties", {})}
    except (TypeError, KeyError, IndexError, ValueError):
        raise ValueError("a feature without a point, a line or a polygon") from None
    return {**{key: str(value) for key, value in known.items() if value is not None}, "geometry": geometry}


def _refused(key: str, **values: str) -> FormError:
    return FormError((FormFault(key, values),))
