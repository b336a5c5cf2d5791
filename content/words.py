"""The words of a locale: what people read, and how dates and numbers are written (Babel).

Texts are GNU gettext catalogues, `locale/<language>/<feature>.po`, opened by any translator's tool. A text is
found by a key (`survey.saved`), so that Vietnamese is a translation like any other.
"""

from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = ("vi", "en")
DEFAULT = "vi"
_HERE = Path(__file__).parent / "locale"


@cache
def catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    """All texts of a locale by key: one form, or as many as the language has plurals."""
    texts: dict[str, tuple[str, ...]] = {}
    for path in sorted((_HERE / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if not message.id:
                    continue
                key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
                forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
                texts[key] = tuple(forms)
    return texts


def say(locale: str, key: str, **values: object) -> str:
    """The text of `key` with `{name}` filled in; where the text has plurals, `n` chooses.

    Falls back to Vietnamese for a language or a key that is missing. Raises KeyError where Vietnamese lacks the
    key too: that is a fault of the program, which `tocns check` finds.
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


def number(locale: str, value: float) -> str:
    """8994 as "8.994" in Vietnamese, "8,994" in English."""
    return format_decimal(value, locale=locale)


def percent(locale: str, numerator: int, denominator: int) -> str:
    """A share with one decimal, "75,0 %"; "–" where there is nothing to divide by: blank is not zero."""
    if denominator == 0:
        return "–"
    return format_decimal(round(100 * numerator / denominator, 1), "#,##0.0", locale=locale) + "%"


def day(locale: str, value: date) -> str:
    """22/11/2026 in Vietnamese, 22 Nov 2026 in English."""
    return format_date(value, "dd/MM/yyyy" if locale == "vi" else "d MMM yyyy", locale=locale)


def clock(locale: str, value: datetime | time) -> str:
    """14:05, at the zone the value carries."""
    return format_time(value, "HH:mm", locale=locale)
