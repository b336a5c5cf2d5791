"""Answers as flat tables: one for the questionnaire, one for each repeat, linked as ODK Central links them.

layout = Layout([form], language="vi")
for row in layout.rows("uuid:…", {"/data/hh/person[2]/age": "7", …}): ...

Names of columns are the paths of the nodes below the root, joined with "/" (`hh/person/age`); a geopoint
makes four columns, as in Central's CSV: https://docs.getodk.org/central-submissions/#submission-exports
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Literal

from content.form import Form, Question, Repeat, Text, plain
from content.showing import language_of

Kind = Literal["text", "int", "decimal", "date", "time", "moment"]
Cell = str | int | float | date | time | datetime
GEOPOINT = ("Latitude", "Longitude", "Altitude", "Accuracy")

_KINDS: Mapping[str, Kind] = {
    "int": "int",
    "integer": "int",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "dateTime": "moment",
}
_IDENTITY = ("/meta/instanceID", "/meta/deprecatedID")
"""What the column KEY says."""


@dataclass(slots=True)
class Column:
    """A column of a table. `path` is the schema path of its node.

    `part` picks a number of a geopoint; `choice` asks whether that one was chosen of several. `labels` are
    those of the choices, by value: a cell says them in place of the values where there are any.
    """

    header: str
    path: str
    kind: Kind = "text"
    part: int | None = None
    choice: str | None = None
    multiple: bool = False
    labels: dict[str, str] = field(default_factory=dict)

    def text(self, held: str) -> str:
        """What the cell says of a stored value."""
        if not held:
            return ""
        if self.part is not None:
            numbers = held.split()
            return numbers[self.part] if self.part < len(numbers) else ""
        if self.choice is not None:
            return "1" if self.choice in held.split() else "0"
        if not self.labels:
            return held
        chosen = held.split() if self.multiple else [held]
        return ", ".join(self.labels.get(value, value) for value in chosen)

    def cell(self, held: str, zone: tzinfo) -> Cell:
        """The same as a number, a date or a time where it is one; times are those of `zone`'s clock."""
        said = self.text(held)
        try:
            return _typed(self.kind, said, zone) if said else ""
        except ValueError:
            return said


def _typed(kind: Kind, said: str, zone: tzinfo) -> Cell:
    match kind:
        case "int":
            return int(said)
        case "decimal":
            return float(said)
        case "date":
            return date.fromisoformat(said[:10])
        case "time":
            return time.fromisoformat(said).replace(tzinfo=None)
        case "moment":
            moment = datetime.fromisoformat(said)
            return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment
    return said


@dataclass(slots=True)
class Table:
    """The questionnaire itself (`path` is its root), or one repeat of it."""

    name: str
    path: str
    columns: list[Column] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table with that number in `Layout.tables`: stored values by schema path.

    `key` names it; `parent` is the key of the row it belongs to, "" for the questionnaire itself.
    """

    table: int
    key: str
    parent: str
    held: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value goes: from outside in, the repeats it stands in, each with its table and the end of the
    key of its row."""

    path: str
    ends: tuple[tuple[int, str], ...]


class Layout:
    """The tables of a questionnaire's versions, the newest first: what an older one asked beside comes last.

    With `labels` cells say the labels of choices in `language`; with `split` a question of which several
    answers may be chosen has a column more for each choice.
    """

    def __init__(
        self, forms: Sequence[Form], language: str = "vi", *, labels: bool = False, split: bool = False
    ) -> None:
        self.tables: list[Table] = []
        self._labels, self._split = labels, split
        self._numbers: dict[str, int] = {}
        self._known: set[str] = set()
        self._places: dict[str, _Place | None] = {}
        for form in forms:
            self._add(form, language_of(form, language))

    def _add(self, form: Form, language: str) -> None:
        for item in form.items:
            path = plain(item.path)
            if item.number == 0 or isinstance(item, Repeat):
                self._table(path)
            elif isinstance(item, Question) and not path.endswith(_IDENTITY):
                home = self._table(plain(form.items[item.loops[-1] if item.loops else 0].path))
                self._known.add(path)
                self._columns(self.tables[home], form, item, language)

    def _table(self, path: str) -> int:
        path = "" if path.count("/") == 1 else path
        if path not in self._numbers:
            self._numbers[path] = len(self.tables)
            self.tables.append(Table(path.rpartition("/")[2], path))
        return self._numbers[path]

    def _columns(self, table: Table, form: Form, item: Question, language: str) -> None:
        path = plain(item.path)
        header = path.split("/", 2)[2]
        if item.bind.type == "geopoint":
            for part, name in enumerate(GEOPOINT):
                _put(table, Column(f"{header}-{name}", path, "decimal", part))
            return
        several = item.control in {"select", "rank"}
        offered = choices(form, item, language)
        shown = dict(offered) if self._labels else {}
        kind = _KINDS.get(item.bind.type, "text") if item.control not in {"select1", "select"} else "text"
        _put(table, Column(header, path, kind, multiple=several, labels=shown))
        for value, label in offered if self._split and item.control == "select" else ():
            name = label if self._labels else value
            _put(table, Column(f"{header}/{name}", path, "int", choice=value))

    def rows(self, key: str, values: Mapping[str, str]) -> Iterator[Row]:
        """The rows of one submission, which `key` names: its own, then those of its repeats."""
        found: dict[str, Row] = {key: Row(0, key, "", {})}
        for path, held in values.items():
            place = self._place(path)
            if place is None:
                continue
            above = key
            for table, end in place.ends:
                own = f"{key}/{end}"
                if own not in found:
                    found[own] = Row(table, own, above, {})
                above = own
            found[above].held[place.path] = held
        yield from found.values()

    def _place(self, path: str) -> _Place | None:
        if path not in self._places:
            schema = plain(path)
            self._places[path] = _Place(schema, tuple(self._ends(path))) if schema in self._known else None
        return self._places[path]

    def _ends(self, path: str) -> Iterator[tuple[int, str]]:
        steps = [step.rpartition(":")[2] for step in path.split("/")[2:]]
        root = path.split("/")[1]
        for depth, step in enumerate(steps, 1):
            if step.endswith("]"):
                end = "/".join(steps[:depth])
                yield self._numbers[plain(f"/{root}/{end}")], end


def choices(form: Form, question: Question, language: str) -> list[tuple[str, str]]:
    """The choices of a question with their labels, as they stand in the form, whatever a filter hides."""
    if question.itemset is None:
        return [
            (choice.value, _words(choice.label.of(language)) or choice.value) for choice in question.choices
        ]
    found = []
    for name in question.itemset.nodes.instances & form.instances.keys():
        root = form.instances[name].child("root") or form.instances[name]
        for item in root.elements():
            value = item.child(question.itemset.value.source)
            label = item.child(question.itemset.label.source)
            if value is None:
                continue
            said = label.string() if label is not None else ""
            if question.itemset.key and said in form.itext:
                said = _words(form.itext[said].of(language))
            found.append((value.string(), said or value.string()))
    return found


def _words(text: Text) -> str:
    """A text as far as it is fixed: what would be filled in is an ellipsis."""
    return "".join(part if isinstance(part, str) else "…" for part in text).strip()


def _put(table: Table, column: Column) -> None:
    """Adds a column, or to a column that another version has too the labels that are new."""
    for known in table.columns:
        if (known.path, known.part, known.choice) == (column.path, column.part, column.choice):
            known.labels = column.labels | known.labels
            return
    table.columns.append(column)
