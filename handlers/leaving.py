"""Roles that end: one, ended by whoever administers it; all of one's own; or all, locked until given back.

Each is told before what becomes of what is open, and done by a second press.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from content.households import FILLING
from content.people import Person, allowed
from content.staff import Card, Held
from handlers import questionnaire, rights
from handlers.colleagues import back, gone, managed, managed_role, named, role, wholly
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.passing import Passing, lines, passing, tell, tell_heirs
from handlers.speech import answer, command, speak
from handlers.staff import Deactivate, EndRole, Reactivate
from handlers.talk import Choice, Reply, Talk
from handlers.turn import Turn

# --------------------------------------------------------------------------- one role of somebody's


def end(talk: Talk, facts: Facts, person_id: str, number: str) -> Turn:
    """What ends with the role, before it does."""
    found = managed_role(talk, facts, person_id, number)
    if found is None:
        return gone(talk)
    card, held = found
    if is_last(talk, facts, card.colleague.id, [held]):
        return answer(talk, "people.last_admin", back(talk, card.colleague.id))
    left = passing(talk, facts, card.colleague.without(held))
    yes = Choice(speak(talk, "people.do_end_yes"), f"people:ended:{person_id}:{number}")
    return sure(talk, card, "people.end_sure", lines(talk, left), yes, role=role(talk, facts, held))


def sure(talk: Talk, card: Card, key: str, rest: Iterable[str], yes: Choice, **values: object) -> Turn:
    """What would come of it, and whether it is to be done: `yes`, or back to the card."""
    name = named(talk, card.colleague.name)
    text = "\n".join((speak(talk, key, name=name, **values), *(f"• {line}" for line in rest)))
    keep = replace(back(talk, card.colleague.id), label=speak(talk, "people.do_keep"))
    return Turn((Reply(text, (yes, keep)),), talk.doing)


def ended(talk: Talk, facts: Facts, person_id: str, number: str) -> Turn:
    """Ends it, passes on what is open, tells whom it concerns."""
    found = managed_role(talk, facts, person_id, number)
    if found is None:
        return gone(talk)
    card, held = found
    one = card.colleague
    if is_last(talk, facts, one.id, [held]):
        return answer(talk, "people.last_admin", back(talk, one.id))
    left = passing(talk, facts, one.without(held))
    effects: list[Effect] = [*left.effects, EndRole(one.id, held.id)]
    effects += tell_heirs(talk, facts, left, one.name, but=[talk.person.id])
    if (them := facts.person(one.id)) and one.id != talk.person.id:
        effects.append(tell(talk, facts, them, "people.told_ended", held=held))
    done = answer(
        talk,
        "people.ended",
        Choice(speak(talk, "people.do_list"), "people:list:0"),
        name=named(talk, one.name),
        role=role(talk, facts, held),
    )
    return replace(done, effects=tuple(effects))


def is_last(talk: Talk, facts: Facts, person_id: int, ending: Sequence[Held]) -> bool:
    """Whether nobody else would be left to administer an area for which this one does."""
    for held in ending:
        if held.grant.allows("manage"):
            path = rights.path(talk, facts, held.grant.area_id)
            helpers = facts.helpers(held.grant.area_id)
            if not any(one.id != person_id and allowed(one, "manage", path) for one in helpers):
                return True
    return False


# --------------------------------------------------------------------------- all of one's own


def quit_(talk: Talk, facts: Facts) -> Turn:
    """Somebody wants to leave: what that means, before they do."""
    if talk.person.is_citizen:
        return answer(talk, "routes.past")
    if is_last(talk, facts, talk.person.id, facts.own_roles()):
        return answer(talk, "privacy.last_admin")
    left = passing(talk, facts, replace(talk.person, grants=()))
    yes = Choice(speak(talk, "people.do_quit_yes"), "mydata:quitted")
    text = "\n".join((speak(talk, "people.quit_sure"), *(f"• {line}" for line in lines(talk, left))))
    return Turn((Reply(text, (yes, Choice(speak(talk, "privacy.do_keep"), "/dulieu"))),), talk.doing)


def quitted(talk: Talk, facts: Facts) -> Turn:
    """Ends all one's roles; leaders and administrators of the places are told."""
    if talk.person.is_citizen:
        return answer(talk, "routes.past")
    if is_last(talk, facts, talk.person.id, facts.own_roles()):
        return answer(talk, "privacy.last_admin")
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    held = facts.own_roles()
    left = passing(talk, facts, replace(talk.person, grants=()))
    effects: list[Effect] = [*left.effects, *(EndRole(talk.person.id, one.id) for one in held)]
    effects += tell_heirs(talk, facts, left, talk.person.name)
    effects += _tell_of_quitting(talk, facts, held, left)
    return Turn((Reply(speak(talk, "people.quitted"), (command(talk, "trogiup"),)),), None, tuple(effects))


_EVERYBODYS = frozenset({"support", "join", "rename"})
"""Dialogues that need no role."""


def leave_behind(talk: Talk, facts: Facts, turn: Turn) -> Turn:
    """The turn with what passes to others when all one's roles end in another way: one takes back the consent
    to be in the team. The interview that is open leaves the talk, in which it could not be sent in any more:
    it is put aside, and the leader's, where there is one. So does what only a role may do."""
    left = passing(talk, facts, replace(talk.person, grants=()))
    effects: list[Effect] = [*left.effects, *tell_heirs(talk, facts, left, talk.person.name)]
    doing = talk.doing
    if doing is not None and doing.purpose in FILLING:
        effects = [*questionnaire.cancel(talk, doing).effects, *effects]
    if doing is not None and doing.purpose not in _EVERYBODYS:
        doing = None
    told = [f"• {line}" for line in lines(talk, left)] if left.drafts or left.stay else []
    first, *rest = turn.replies
    first = replace(first, text="\n".join((first.text, *told)))
    over = talk.doing is not None and doing is None
    return replace(turn, replies=(first, *rest), doing=doing, effects=tuple(effects), ends=over)


def _tell_of_quitting(talk: Talk, facts: Facts, held: Sequence[Held], left: Passing) -> Iterator[Effect]:
    told = {talk.person.id, *(one.id for one, _ in left.drafts)}
    for one in held:
        path = rights.path(talk, facts, one.grant.area_id)
        for other in facts.helpers(one.grant.area_id):
            concerned = allowed(other, "manage", path) or allowed(other, "lead", path)
            if concerned and other.id not in told:
                told.add(other.id)
                name = named(talk, talk.person.name)
                yield tell(talk, facts, other, "people.told_quit", "people:list:0", held=one, name=name)


# --------------------------------------------------------------------------- locked out, and back


def _lockable(talk: Talk, facts: Facts, person_id: str) -> Card | Turn:
    """Somebody whose every role this person administers; or why they can't be locked out."""
    card = managed(talk, facts, person_id)
    if card is None or card.colleague.state != "active":
        return gone(talk)
    if card.colleague.id == talk.person.id:
        return answer(talk, "people.not_oneself", back(talk, card.colleague.id))
    if not wholly(talk, facts, card):
        return answer(talk, "people.elsewhere", back(talk, card.colleague.id))
    if is_last(talk, facts, card.colleague.id, card.colleague.held):
        return answer(talk, "people.last_admin", back(talk, card.colleague.id))
    return card


def _nobody(card: Card) -> Person:
    return replace(card.colleague.person, grants=())


def lock(talk: Talk, facts: Facts, person_id: str) -> Turn:
    """What being locked out means, before it is done."""
    card = _lockable(talk, facts, person_id)
    if isinstance(card, Turn):
        return card
    burden = facts.burden(card.colleague.id)
    rest = [*lines(talk, passing(talk, facts, _nobody(card)))]
    if burden.invitations:
        rest.append(speak(talk, "people.invitations_end", n=burden.invitations))
    rest.append(speak(talk, "people.sessions_end"))
    yes = Choice(speak(talk, "people.do_lock_yes"), f"people:locked:{person_id}")
    return sure(talk, card, "people.lock_sure", rest, yes)


def locked(talk: Talk, facts: Facts, person_id: str) -> Turn:
    """Takes the roles away, passes on what is open, tells whom it concerns."""
    card = _lockable(talk, facts, person_id)
    if isinstance(card, Turn):
        return card
    one = card.colleague
    left = passing(talk, facts, _nobody(card))
    effects: list[Effect] = [*left.effects, Deactivate(one.id)]
    effects += tell_heirs(talk, facts, left, one.name, but=[talk.person.id])
    if them := facts.person(one.id):
        effects.append(tell(talk, facts, them, "people.told_locked"))
    done = answer(talk, "people.locked", back(talk, one.id), name=named(talk, one.name))
    return replace(done, effects=tuple(effects))


def unlock(talk: Talk, facts: Facts, person_id: str) -> Turn:
    """Gives the roles back, at once: a wrong tap locks again."""
    card = managed(talk, facts, person_id)
    if card is None or card.colleague.state != "locked":
        return gone(talk)
    if not wholly(talk, facts, card):
        return answer(talk, "people.elsewhere", back(talk, card.colleague.id))
    one = card.colleague
    effects: list[Effect] = [Reactivate(one.id)]
    if them := facts.person(one.id):
        effects.append(tell(talk, facts, them, "people.told_unlocked"))
    done = answer(talk, "people.unlocked", back(talk, one.id), name=named(talk, one.name))
    return replace(done, effects=tuple(effects))
