"""What forms and interviews say by a key that is made up elsewhere is in every language's catalogue."""

import re
from pathlib import Path

import pytest

from content.complaints import KEYS
from content.unchattable import OTHERWISE
from content.words import LOCALES, catalogue

CONTENT = Path(__file__).parent.parent / "content"
MISSED = re.compile(r'"((?:interview|understand)\.[a-z_]+)"')
FAULTS = re.compile(r'(?:FormFault|_refused)\(\s*"([a-z-]+)"')


def said() -> set[str]:
    """Every key that a source of the form engine names."""
    keys = {f"form.{key}" for key in (*OTHERWISE.values(), *KEYS, "chat-picture", "chat-media", "pyxform")}
    for path in CONTENT.glob("*.py"):
        source = path.read_text("utf-8")
        keys |= set(MISSED.findall(source))
        keys |= {f"form.{key}" for key in FAULTS.findall(source)}
    return keys


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_there(locale: str) -> None:
    assert len(said()) > 60
    assert said() <= set(catalogue(locale))


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_is_left_over(locale: str) -> None:
    prefixes = ("interview.", "understand.", "form.")
    own = {key for key in catalogue(locale) if key.startswith(prefixes)}
    printed = set(re.findall(r'"((?:interview|form)\.[a-z_]+)"', _commands()))
    assert own <= said() | printed | {"form.row", "form.column", "form.near"}


def _commands() -> str:
    folder = CONTENT.parent / "bot" / "commands"
    return "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
