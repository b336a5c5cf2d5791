"""How the bot says things to this person: in their language, with the right form of address."""

from functools import cache

from content.words import say
from handlers.effects import Effect
from handlers.talk import Choice, Reply, Talk
from handlers.turn import Turn


def speak(talk: Talk, key: str, **values: object) -> str:
    """The text of `key`. `{you}` and `{You}` are how this person is called: cô/chú, in the team anh/chị;
    `{Place}` is `place` at the beginning of a sentence.
    """
    locale, citizen = talk.person.locale, talk.person.is_citizen
    if not values:
        return _said(locale, citizen, key)
    you = _address(locale, citizen)
    if "place" in values:
        values["Place"] = capital(str(values["place"]))
    return say(locale, key, you=you, You=capital(you), **values)


@cache
def _said(locale: str, citizen: bool, key: str) -> str:
    """A text that says nothing else: one a key, and there are some thousand keys."""
    you = _address(locale, citizen)
    return say(locale, key, you=you, You=capital(you))


@cache
def _address(locale: str, citizen: bool) -> str:
    return say(locale, "speech.citizen" if citizen else "speech.team")


def capital(text: str) -> str:
    """The text with a capital first: "Ấp 2"."""
    return text[:1].upper() + text[1:]


def answer(talk: Talk, key: str, *choices: Choice, **values: object) -> Turn:
    """A turn of one reply; whatever was going on goes on."""
    return Turn((Reply(speak(talk, key, **values), choices),), talk.doing)


def under_way(talk: Talk, key: str, *effects: Effect, **values: object) -> Turn:
    """A turn that has something made, and says so; what it makes comes later, beside the talk."""
    return Turn((Reply(speak(talk, key, **values), beside=True),), talk.doing, effects)


def command(talk: Talk, name: str) -> Choice:
    """A button that does what the command does, e.g. "khaosat"."""
    return Choice(speak(talk, f"speech.do_{name}"), f"/{name}")
