"""One person on several channels: a code got on one, sent from the other; and an invitation by phone
number."""

from base64 import b32encode
from datetime import timedelta
from uuid import UUID

from content.vietnamese import fold
from handlers.effects import OfferLink, TakeLink
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

NEW = "link:new"
LASTS = timedelta(minutes=15)
_LENGTH = 10
_BY_PHONE = "tel:"
_WORDS = frozenset({"tham gia", "loi moi", "join"})


def choice(talk: Talk) -> Choice:
    """The button that gives a code."""
    return Choice(speak(talk, "joining.button"), NEW)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """Gives a code that joins another channel's account to this person, once, for a quarter of an hour."""
    # From the turn's own UUID: 50 of its random bits, in letters that are read aloud without mistakes.
    code = b32encode(UUID(talk.new_id).bytes).decode()[:_LENGTH]
    shown = f"{code[:5]}-{code[5:]}"
    minutes = int(LASTS.total_seconds()) // 60
    reply = Reply(speak(talk, "joining.code", code=shown, minutes=minutes))
    return Turn((reply,), talk.doing, (OfferLink(code, talk.now + LASTS),))


def take(talk: Talk, code: str, facts: Facts) -> Turn | None:
    """Joins this account to the person who got the code; None where nobody did."""
    person = facts.linked(code)
    if person is None:
        return None
    if person.id == talk.person.id:
        return answer(talk, "joining.same")
    name = f" {person.name}" if person.name else ""
    return Turn((Reply(speak(talk, "joining.joined", name=name)),), talk.doing, (TakeLink(code),))


def asks_by_phone(words: str) -> bool:
    """Whether somebody wants to take up an invitation without having its code."""
    return fold(words) in _WORDS


def ask_phone(talk: Talk) -> Reply:
    """Asks for the person's own number, by which an invitation is found; shown only where a channel can."""
    return Reply(speak(talk, "joining.ask_phone"), ask="phone")


def code_of(phone: str) -> str:
    """The number (84…) in the place of an invitation's code."""
    return _BY_PHONE + phone


def by_phone(code: str) -> bool:
    """Whether it is a number that the platform told, and no code."""
    return code.startswith(_BY_PHONE)


def typed(code: str) -> str:
    """What was typed as a code: nobody takes up an invitation by typing a number that may not be theirs."""
    return code.replace(":", "")
