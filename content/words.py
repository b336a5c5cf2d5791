"""The words of a locale: what people read, and how dates and numbers are written (Babel).

Texts are GNU gettext catalogues, `locale/<language>/<feature>.po`, opened by any translator's tool. A text is
found by a key (`survey.saved`), so that Vietnamese is a translation like any other.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from math import floor
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

LOCALES = ("vi", "en")
DEFAULT = "vi"
_HERE = Path(__file__).parent / "locale"

ADDRESS = frozenset({"you", "You"})
"""Placeholders that a language may leave out: how Vietnamese calls the person spoken to."""


@cache
def catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    """All texts of a locale by key: one form, or as many as the language has plurals."""
    return {text.key: text.forms for path in _files(locale) for text in _texts(path, locale)}


def say(locale: str, key: str, **values: object) -> str:
    """The text of `key` with `{name}` filled in; where the text has plurals, `n` chooses.

    Falls back to Vietnamese for a language or a key that is missing. Raises KeyError where Vietnamese lacks
    the key too: that is a fault of the program, which `tocns check` finds.
    """
    forms = catalogue(locale if locale in LOCALES else DEFAULT).get(key) or catalogue(DEFAULT)[key]
    text = _plural(locale, forms, values) if len(forms) > 1 else forms[0]
    shown = {
        name: number(locale, value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
    }
    return text.format(**shown) if shown else text.replace("{{", "{").replace("}}", "}")


def _plural(locale: str, forms: tuple[str, ...], values: dict[str, object]) -> str:
    count = values.get("n")
    rule = Locale.parse(locale).plural_form(count if isinstance(count, (int, float)) else 0)
    return forms[0] if rule == "one" else forms[-1]


# --------------------------------------------------------------------------- numbers, days, lists


def number(locale: str, value: float) -> str:
    """8994 as "8.994" in Vietnamese, "8,994" in English."""
    if isinstance(value, int) and -1000 < value < 1000:
        return str(value)  # the same everywhere, and every question's "3/14" passes here
    return format_decimal(value, locale=locale)


def signed(locale: str, value: int) -> str:
    """What was gained or lost: "+3.980", "-2", "+0"."""
    return f"{'-' if value < 0 else '+'}{number(locale, abs(value))}"


def percent(locale: str, numerator: int, denominator: int, level: float | None = None) -> str:
    """A share with one decimal, "75,0%"; "–" where there is nothing to divide by: blank is not zero.

    What falls short of all, or of the `level`, by ever so little is not shown as that much: 8.949 of 8.950 as
    "99,9%".
    """
    if denominator == 0:
        return "–"
    exact = 100 * numerator / denominator
    shown = floor(10 * exact) / 10 if seems_reached(numerator, denominator, level) else round(exact, 1)
    return format_decimal(shown, "#,##0.0", locale=locale) + "%"


def seems_reached(numerator: int, denominator: int, level: float | None = None) -> bool:
    """Whether, rounded to one decimal, a share would read as all, or as the `level`, though it falls short of
    that."""
    exact = 100 * numerator / denominator
    return any(exact < edge <= round(exact, 1) for edge in (100, level) if edge is not None)


def points(locale: str, value: float) -> str:
    """A change in percentage points with its way, "▲2,1" or "▼0,4"; "" where it rounds to none."""
    shown = format_decimal(round(abs(value), 1), "#,##0.0", locale=locale)
    return "" if round(value, 1) == 0 else f"{'▲' if value > 0 else '▼'}{shown}"


def day(locale: str, value: date) -> str:
    """22/11/2026 in Vietnamese, 22 Nov 2026 in English."""
    return format_date(value, "dd/MM/yyyy" if locale == "vi" else "d MMM yyyy", locale=locale)


def clock(locale: str, value: datetime | time) -> str:
    """14:05, at the zone the value carries."""
    return format_time(value, "HH:mm", locale=locale)


def weekday(locale: str, value: date) -> str:
    """Chủ nhật, Sunday."""
    name = format_date(value, "EEEE", locale=locale)
    return name[:1].upper() + name[1:]


def week(locale: str, monday: date) -> str:
    """The week of that Monday with its first and last day: "tuần 47 (16/11/2026 – 22/11/2026)"."""
    return say(
        locale,
        "words.week",
        week=monday.isocalendar().week,
        first=day(locale, monday),
        last=day(locale, monday + timedelta(days=6)),
    )


def listed(locale: str, items: Sequence[str]) -> str:
    """Several things in a row, as a sentence has them: "VNeID, VssID và 1022"."""
    return format_list(items, locale=locale)


# --------------------------------------------------------------------------- faults of the catalogues


@dataclass(frozen=True, slots=True)
class _Text:
    """One entry of a file."""

    key: str
    forms: tuple[str, ...]
    path: Path
    line: int

    @property
    def holes(self) -> frozenset[str]:
        """The names to be filled in. Raises ValueError where a brace stands alone."""
        return frozenset(
            name for form in self.forms for _, name, _, _ in Formatter().parse(form) if name is not None
        )


def check(root: Path = _HERE, sources: Iterable[Path] | None = None) -> list[str]:
    """Every fault of the catalogues under `root`, as "file:line: what is wrong".

    A key twice, an empty text, a key that one language lacks, placeholders that do not agree or are written
    wrongly; and every key that a program file of `sources` (the whole project's unless given) says, but no
    catalogue has.
    """
    faults: list[str] = []
    languages = {locale: _checked(locale, root, faults) for locale in LOCALES}
    known = languages[DEFAULT]
    for locale, texts in languages.items():
        if locale != DEFAULT:
            faults += _differences(known, texts, locale)
    for path in _sources() if sources is None else sources:
        for key, line in _said(path):
            if not (any(k.startswith(key[:-1]) for k in known) if key.endswith("*") else key in known):
                faults.append(f"{path}:{line}: no text has the key {key}")
    return faults


def _sources() -> Iterator[Path]:
    for package in ("bot", "handlers", "storage", "content"):
        yield from sorted((_HERE.parent.parent / package).rglob("*.py"))


def _said(path: Path) -> Iterator[tuple[str, int]]:
    """The keys that a program says, with their lines: the second argument of `say` and `speak`.

    One that is put together ends in "*" where its fixed beginning ends; one in a variable is not seen.
    """
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and _name(node.func) in {"say", "speak"} and len(node.args) > 1:
            for key in _keys(node.args[1]):
                yield key, node.lineno


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _keys(argument: ast.expr) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(key)):
            yield key
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            yield f"{start}*"
        case ast.IfExp(body=one, orelse=other):
            yield from _keys(one)
            yield from _keys(other)


def _checked(locale: str, root: Path, faults: list[str]) -> dict[str, _Text]:
    """The texts of a locale by key; what is wrong with one of them by itself goes to `faults`."""
    texts: dict[str, _Text] = {}
    for path in _files(locale, root):
        try:
            entries = list(_texts(path, locale))
        except PoFileError as error:
            faults.append(f"{path}:{error.lineno}: {error}")
            continue
        faults += _twice(path)
        for text in entries:
            faults += _own_faults(text, texts.get(text.key))
            texts.setdefault(text.key, text)
    return texts


def _twice(path: Path) -> Iterator[str]:
    """A key that a file has twice: the parser would silently take the last."""
    seen: set[str] = set()
    for number_, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith('msgid "') and line != 'msgid ""':
            if line in seen:
                yield f"{path}:{number_}: {line[7:-1]} stands here twice"
            seen.add(line)


def _own_faults(text: _Text, before: _Text | None) -> Iterator[str]:
    place = f"{text.path}:{text.line}"
    if before:
        yield f"{place}: {text.key} is also in {before.path}:{before.line}"
    if not all(text.forms):
        yield f"{place}: {text.key} is empty"
    try:
        _ = text.holes
    except ValueError as error:
        yield f"{place}: {text.key} has braces that do not pair: {error}"


def _differences(known: dict[str, _Text], texts: dict[str, _Text], locale: str) -> Iterator[str]:
    for key, text in known.items():
        other = texts.get(key)
        if other is None:
            yield f"{text.path}:{text.line}: {key} has no text in {locale}"
        elif (odd := _odd_holes(text, other)) is not None:
            yield f"{other.path}:{other.line}: {key} fills in other names than {DEFAULT}: {odd}"
    for key in texts.keys() - known.keys():
        yield f"{texts[key].path}:{texts[key].line}: {key} has no text in {DEFAULT}"


def _odd_holes(one: _Text, other: _Text) -> str | None:
    """The placeholders that only one of the two has, or None; broken braces were told already."""
    try:
        odd = (one.holes ^ other.holes) - ADDRESS
    except ValueError:
        return None
    return ", ".join(sorted(odd)) or None


def _files(locale: str, root: Path = _HERE) -> list[Path]:
    return sorted((root / locale).glob("*.po"))


def _texts(path: Path, locale: str) -> Iterator[_Text]:
    with path.open("rb") as file:
        for message in read_po(file, locale=locale, abort_invalid=True):
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                string = message.string or ""
                forms = (string,) if isinstance(string, str) else tuple(string)
                yield _Text(key, forms, path, message.lineno or 0)
