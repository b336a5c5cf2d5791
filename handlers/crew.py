"""Teams that were invited by a list: who has joined and who has not, new codes, the list to be filled in
(`crew:…`). Invitations that are no list's stand in `handlers.inviting`."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from content.areas import Area
from content.assigning import Hand
from content.people import allowed
from content.words import day
from content.words import listed as joined
from handlers import inviting, rights
from handlers.buttons import Buttons, pressed
from handlers.duties import RenewCodes
from handlers.effects import MakePaper, RevokeInvitation
from handlers.facts import Facts
from handlers.speech import answer, capital, speak, under_way
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

_NAMED, _FEW = 30, 10
"""People that get a button each; more than so few in several places are asked for place by place."""
_DIGITS = 16


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice. What it names may be gone."""
    if not allowed(talk.person, "invite"):
        return answer(talk, "routes.only_invite")
    return pressed(_BUTTONS, talk, said, facts) or answer(talk, "crew.gone")


def _there(do: Callable[..., Turn]) -> Callable[..., Turn]:
    """`do` for an area in which this person invites."""

    def checked(talk: Talk, facts: Facts, number: str, *more: str | None) -> Turn:
        area = rights.area(talk, facts, "invite", number)
        return answer(talk, "crew.not_yours") if area is None else do(talk, facts, area, *more)

    return checked


def _show(talk: Talk, facts: Facts, area: Area) -> Turn:
    """Who was invited by name: how many have joined, and who has not."""
    hands = facts.hands(area.id)
    came = {one.holder: one for one in hands if one.joined_at}
    waiting = [one for one in hands if not one.joined]
    text = [
        speak(
            talk,
            "crew.stands" if came or waiting else "crew.nobody",
            place=area.name,
            total=len(came) + len(waiting),
            joined=len(came),
            waiting=len(waiting),
        )
    ]
    text += _by_place(talk, facts, "crew.waiting", waiting)
    text += _by_place(talk, facts, "crew.joined", list(came.values()))
    text.append(speak(talk, "crew.how"))
    choices = [Choice(speak(talk, "crew.do_form"), f"crew:form:{area.id}"), inviting.way(talk)]
    if any(not one.name for one in facts.open_invitations()):
        choices.append(Choice(speak(talk, "admin.do_invitations"), inviting.LIST))
    if waiting:
        choices.append(Choice(speak(talk, "crew.do_renew", n=len(waiting)), f"crew:renew:{area.id}"))
    choices += _who(talk, facts, area, waiting)
    return Turn((Reply("\n".join(text), tuple(choices)),), talk.doing)


def _who(talk: Talk, facts: Facts, area: Area, waiting: Sequence[Hand]) -> Iterator[Choice]:
    """Those who have not joined, one by one; where they are many, place by place first."""
    places = Counter(one.area_id for one in waiting if one.area_id != area.id)
    by_place = places if len(waiting) > _FEW and len(places) > 1 else Counter[int]()
    for place, n in by_place.items():
        name = capital(facts.area(place).name)
        yield Choice(speak(talk, "crew.do_place", place=name, n=n), f"crew:show:{place}")
    rest = [one for one in waiting if one.area_id not in by_place]
    yield from (Choice(one.name, f"crew:one:{one.holder.id}") for one in rest[:_NAMED])


def _by_place(talk: Talk, facts: Facts, key: str, hands: Sequence[Hand]) -> list[str]:
    if not hands:
        return []
    by_place: dict[int, list[Hand]] = {}
    for one in hands:
        by_place.setdefault(one.area_id, []).append(one)
    lines = [
        f"• {capital(facts.area(place).name)}: {joined(talk.person.locale, [one.name for one in there])}"
        for place, there in by_place.items()
    ]
    return [speak(talk, key, n=len(hands)), *lines]


def _form(talk: Talk, facts: Facts, area: Area) -> Turn:
    """The list to be filled in and sent back."""
    return under_way(talk, "crew.making_form", MakePaper("crew", area.id, ""))


def _renew(talk: Talk, facts: Facts, area: Area, count: str | None) -> Turn:
    """New codes for everybody who has not joined, after asking once: those they were sent serve no more."""
    waiting = [one for one in facts.hands(area.id) if not one.joined and facts.invitee(one.holder.id)]
    if not waiting:
        return answer(talk, "crew.all_joined", place=area.name)
    if count is None or int(count) != len(waiting):
        yes = Choice(speak(talk, "crew.do_renew_yes"), f"crew:renew:{area.id}:{len(waiting)}")
        no = Choice(speak(talk, "assigning.do_not"), f"crew:show:{area.id}")
        return answer(talk, "crew.renew_sure", yes, no, n=len(waiting), place=area.name)
    return _coded(talk, area.id, [one.holder.id for one in waiting])


def _coded(talk: Talk, area_id: int, invitations: Sequence[int]) -> Turn:
    batch = talk.new_id.replace("-", "")[:_DIGITS]
    codes = (RenewCodes(tuple(invitations), batch), MakePaper("codes", area_id, batch))
    return under_way(talk, "crew.making_codes", *codes, n=len(invitations))


def _one(talk: Talk, facts: Facts, number: str) -> Turn:
    """Somebody who has not joined: the way to another code, and to end it."""
    hand = facts.invitee(int(number))
    if hand is None or hand.expires_at is None:
        return answer(talk, "crew.gone")
    until = hand.expires_at.astimezone(talk.zone)
    return answer(
        talk,
        "crew.one_open" if until > talk.now else "crew.one_expired",
        Choice(speak(talk, "crew.do_code"), f"crew:code:{number}"),
        Choice(speak(talk, "crew.do_revoke"), f"crew:revoke:{number}"),
        Choice(speak(talk, "crew.do_back"), f"crew:show:{hand.area_id}"),
        name=hand.name,
        role=speak(talk, f"roles.{hand.role}"),
        place=facts.area(hand.area_id).name,
        team=f", {hand.team}" if hand.team else "",
        day=day(talk.person.locale, until.date()),
    )


def _code(talk: Talk, facts: Facts, number: str) -> Turn:
    """One person's code, made anew: who was sent the first one lost it."""
    hand = facts.invitee(int(number))
    return answer(talk, "crew.gone") if hand is None else _coded(talk, hand.area_id, [int(number)])


def _revoke(talk: Talk, facts: Facts, number: str) -> Turn:
    """Nobody waits for them any more; what was kept for them is nobody's."""
    hand = facts.invitee(int(number))
    if hand is None:
        return answer(talk, "crew.gone")
    back = Choice(speak(talk, "crew.do_back"), f"crew:show:{hand.area_id}")
    turn = answer(talk, "crew.revoked", back, name=hand.name)
    return replace(turn, effects=(RevokeInvitation(int(number)),))


_ID = r"(\d{1,18})"
_BUTTONS: Buttons = (
    (re.compile(rf"crew:show:{_ID}"), _there(_show)),
    (re.compile(rf"crew:form:{_ID}"), _there(_form)),
    (re.compile(rf"crew:renew:{_ID}(?::(\d{{1,6}}))?"), _there(_renew)),
    (re.compile(rf"crew:one:{_ID}"), _one),
    (re.compile(rf"crew:code:{_ID}"), _code),
    (re.compile(rf"crew:revoke:{_ID}"), _revoke),
    (re.compile(inviting.MAKE), inviting.begin),
    (re.compile(inviting.LIST), inviting.show),
    (re.compile(rf"crew:end:{_ID}"), inviting.revoke),
)
