"""/ngonngu: the language one is spoken to in."""

from dataclasses import replace

from content.vietnamese import fold
from content.words import LOCALES
from handlers.effects import SetLocale
from handlers.facts import Facts
from handlers.speech import answer
from handlers.talk import Choice, Said, Talk
from handlers.turn import Turn

_NAMES = {"vi": "Tiếng Việt", "en": "English"}
_TYPED = {"vi": "vi", "tieng viet": "vi", "vietnamese": "vi", "en": "en", "english": "en", "tieng anh": "en"}


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The languages to choose from; "/ngonngu en" chooses at once."""
    locale = _TYPED.get(fold(said.text))
    if locale:
        return _set(talk, locale)
    return answer(talk, "language.which", *(Choice(_NAMES[code], f"language:{code}") for code in LOCALES))


def named(text: str) -> bool:
    """Whether a text is the name of a language one can be spoken to in."""
    return fold(text) in _TYPED


def offered(turn: Turn) -> bool:
    """Whether the turn offers the languages to choose from."""
    choices = [choice for reply in turn.replies for choice in reply.choices]
    return any(choice.payload.partition(":")[0] == "language" for choice in choices)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `language:CODE`."""
    locale = (said.payload or "").partition(":")[2]
    return _set(talk, locale) if locale in LOCALES else show(talk, Said(), facts)


def _set(talk: Talk, locale: str) -> Turn:
    there = replace(talk, person=replace(talk.person, locale=locale))
    turn = answer(there, "language.set")
    return replace(turn, effects=(SetLocale(locale),))
