"""/hotro: a citizen's question to a person, from asking to how it stands.

`about` of the form in progress holds:
    id       the ticket's id
    area     the number of the hamlet (or commune) that was chosen
    offered  the areas offered as buttons: pairs of label and payload
    before   the question that the bot could not answer, "" if none
    wording  what the person was told about the use of how to reach them
    ref, asked, type, on  the open question, and its channel (`handlers.dialogue`)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from content import guard
from content.areas import Area, Level, calls
from content.interview import Asked, Finished, Refused, Review, Step
from content.people import allowed
from content.tickets import HELPS, MOST_OPEN, NewTicket, Ticket
from content.vietnamese import fold
from handlers import consenting, dialogue, picking
from handlers.asking import AskTeam
from handlers.dialogue import Purpose, open_form, own_form, preface
from handlers.facts import Facts
from handlers.relay import audience, button, heeding, pass_on, pass_photo, say_to
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn
from handlers.visits import place

ASK = "ho-tro"
_NEEDS, _WHERE, _REACH = "viec", "ap", "cach"
_MOST = 12
_OF_PLACE, _OF_COMMUNE = 8, 5
"""So many words name a hamlet and its commune, and the commune alone, at most."""
_REMEMBERED = timedelta(days=14)
"""So long a closed question is still shown, to be asked again."""
_SHORT = 60
_FROM_HAMLET = re.compile(r"\b(?:ấp|ap|khu phố|khu pho|kp|thôn|thon|xóm|xom)\b.*", re.IGNORECASE | re.DOTALL)
_NOT_YET = re.compile(
    r"(?:\w+ ){0,3}?(?:van|chua|khong|hong|hok|ko|k)\b.{0,25}\b(?:duoc|dc|xong|on|vo|vao|len|mo)\b.{0,20}"
)
_PARTS = re.compile(r"\s*,\s*|\s+(?=(?:xã|xa|phường|phuong)\s)", re.IGNORECASE)


def start(talk: Talk, said: Said, facts: Facts) -> Turn:
    """How one's questions stand; else asks for one. `said.text` is what followed the command."""
    mine = [ticket for ticket in facts.my_tickets(talk.person.id) if _shown(talk, ticket)]
    if mine and not said.text:
        return _standing(talk, facts, mine)
    return begin(talk, facts, said.text)


def begin(talk: Talk, facts: Facts, text: str = "") -> Turn:
    """Asks what is needed, where and how to reach them. What is open stays open."""
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    waiting = [ticket for ticket in facts.my_tickets(talk.person.id) if ticket.status != "closed"]
    if len(waiting) >= MOST_OPEN:
        return _standing(talk, facts, waiting)
    form = own_form(facts, ASK)
    about: dict[str, Any] = {"id": talk.new_id, "area": None, "offered": [], "before": talk.topic.asked}
    given = dict(consenting.given(talk, facts, form, "help"))
    if text and not guard.guard(text).secrets:
        given[_NEEDS] = text
    doing, step = open_form(talk, "support", form, about, given)
    return advance(talk, doing, step, facts, None)


def _shown(talk: Talk, ticket: Ticket) -> bool:
    if not ticket.text:  # taken back, or forgotten
        return False
    return ticket.status != "closed" or talk.now - ticket.waiting_since <= _REMEMBERED


# --------------------------------------------------------------------------- how it stands


def _standing(talk: Talk, facts: Facts, mine: Sequence[Ticket]) -> Turn:
    replies = []
    for ticket in reversed(mine[:MOST_OPEN]):
        replies.append(Reply(stands(talk, facts, ticket), ways(talk, ticket)))
    *before, last = replies
    more = (Choice(speak(talk, "tickets.do_ask"), "ticket:ask:"),)
    return Turn((*before, replace(last, choices=(*last.choices, *more))), talk.doing)


def stands(talk: Talk, facts: Facts, ticket: Ticket) -> str:
    """How a question stands, to whoever asked it."""
    parts = [speak(talk, "tickets.yours", text=ticket.text, place=place(talk, facts, ticket.area_id))]
    state = f"{ticket.status}_{ticket.level}" if ticket.status == "open" else ticket.status
    parts.append(speak(talk, f"tickets.stands_{state}", outcome=ticket.outcome))
    if ticket.visit and ticket.status != "closed":
        parts.append(speak(talk, "tickets.visit", when=ticket.visit))
    return "\n".join(parts)


def ways(talk: Talk, ticket: Ticket) -> tuple[Choice, ...]:
    """What whoever asked can do now."""
    verbs = ("reopen",) if ticket.status == "closed" else ("write", "drop")
    return tuple(button(talk, verb, ticket.id) for verb in verbs)


# --------------------------------------------------------------------------- asking


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """The next question; at the end the team is told. Without consent nothing is asked and nothing kept."""
    if isinstance(step, Review):
        finished = dialogue.finish(talk, doing, facts)
        if isinstance(finished, Finished):
            return _finish(talk, doing, finished, facts)
        doing, step = replace(doing, state=finished.state), finished
    doing, agreed = consenting.heard(doing, step, "help")
    turn = heeding(talk, _ask(talk, doing, step, facts), said.text if said else "")
    return replace(turn, effects=(*agreed, *turn.effects))


def _ask(talk: Talk, doing: Doing, step: Asked | Refused, facts: Facts) -> Turn:
    if isinstance(step, Refused) and step.question is None:
        return preface(dialogue.again(talk, doing, facts, _ASKING), step.why)
    question = step.question
    assert question is not None
    if question.name == _REACH:
        doing = replace(doing, about={**doing.about, "wording": f"{question.label}\n{question.hint}"})
    doing = consenting.shown(doing, question)
    first = isinstance(step, Asked) and question.number == 1
    turn = dialogue.show(talk, doing, step, speak(talk, "tickets.begin") if first else "")
    if question.name == _NEEDS and doing.about["before"]:
        shown = doing.about["before"]
        shown = shown if len(shown) <= _SHORT else shown[:_SHORT] + "…"
        return _with_choices(turn, [Choice(speak(talk, "tickets.same", text=shown), "ticket:same:")])
    if question.name == _WHERE:
        return _offer(talk, turn, facts, _at_hand(talk, facts))
    return turn


def hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """Secrets are not taken; where the hamlet is asked for, what is typed is looked up."""
    if said.text and said.payload is None and guard.guard(said.text).secrets:
        return preface(dialogue.again(talk, doing, facts, _ASKING), speak(talk, "howto.secret"))
    if doing.about.get("asked") != _WHERE or said.payload or not said.text.strip():
        return None
    offered = picking.meant(said.text, doing.about["offered"])
    if offered is not None:
        return take_area(talk, doing, int(offered.rpartition(":")[2]), facts)
    found = _places(talk, facts, said.text)
    if len(found) == 1 and found[0].level == Level.HAMLET:
        return take_area(talk, doing, found[0].id, facts)
    again = dialogue.again(talk, doing, facts, _ASKING)
    if not found:
        missed = speak(talk, "tickets.no_place", words=" ".join(said.text.split())[:60])
        return preface(_offer(talk, again, facts, _communes(talk, facts)), missed)
    return preface(_offer(talk, again, facts, found), speak(talk, "tickets.which_place"))


def same(talk: Talk, facts: Facts) -> Turn:
    """The question that the bot could not answer is what help is needed with."""
    doing = talk.doing
    if doing is None or doing.purpose != "support" or doing.about["asked"] != _NEEDS:
        return answer(talk, "routes.past")
    return dialogue.hear(talk, doing, Said(doing.about["before"]), facts, PURPOSE)


def take_area(talk: Talk, doing: Doing, area_id: int, facts: Facts) -> Turn:
    """The area answers the question by its name; its number is kept beside it."""
    doing = replace(doing, about={**doing.about, "area": area_id})
    return dialogue.hear(talk, doing, Said(place(talk, facts, area_id)), facts, _ASKING)


def pick_area(talk: Talk, facts: Facts, area_id: str) -> Turn:
    """A button of the question where one lives."""
    doing = talk.doing
    if doing is None or doing.purpose != "support" or doing.about["asked"] != _WHERE:
        return answer(talk, "routes.past")
    try:
        area = facts.area(int(area_id))
    except KeyError:
        return dialogue.again(talk, doing, facts, PURPOSE)
    if area.level not in {Level.HAMLET, Level.COMMUNE}:
        return dialogue.again(talk, doing, facts, PURPOSE)
    return take_area(talk, doing, area.id, facts)


def _places(talk: Talk, facts: Facts, words: str) -> list[Area]:
    """The hamlets that are meant by "ấp 2", "tui ở ấp 2 xã Bình Hòa", or by their commune's name alone."""
    heard = _FROM_HAMLET.search(words)
    words = heard.group() if heard else words
    hamlet, *rest = [part for part in _PARTS.split(words.strip()) if part] or [""]
    if not rest:
        return _inside(talk, facts, facts.areas_named(hamlet)) or _run_together(talk, facts, hamlet.split())
    communes = [area for area in facts.areas_named(rest[0]) if area.level == Level.COMMUNE]
    return _hamlet(talk, facts, hamlet, communes)


def _run_together(talk: Talk, facts: Facts, words: Sequence[str]) -> list[Area]:
    """ "Bình thạnh 1 bình hòa": the hamlet and then its commune, with nothing between. No story."""
    for at in range(max(1, len(words) - _OF_COMMUNE), len(words) if len(words) <= _OF_PLACE else 0):
        named = facts.areas_named(" ".join(words[at:]))
        if communes := [area for area in named if area.level == Level.COMMUNE]:
            return _hamlet(talk, facts, " ".join(words[:at]), communes)
    return []


def _hamlet(talk: Talk, facts: Facts, hamlet: str, communes: Sequence[Area]) -> list[Area]:
    """The hamlets of that name in the communes; where there is none, all that can be meant there."""
    below = [one for commune in communes for one in facts.hamlets(commune.id, talk.today)]
    wanted = fold(hamlet)
    names = {one.id: calls(one.name) for one in below}
    exact = [one for one in below if wanted in names[one.id]]
    begun = [one for one in below if any(f"{name} ".startswith(f"{wanted} ") for name in names[one.id])]
    return exact or begun or _inside(talk, facts, communes)


def _inside(talk: Talk, facts: Facts, found: Sequence[Area]) -> list[Area]:
    """Hamlets as they are; a commune stands for its hamlets and, for who does not know theirs, for itself."""
    hamlets = [area for area in found if area.level == Level.HAMLET]
    communes = [area for area in found if area.level == Level.COMMUNE]
    if hamlets or len(communes) != 1:
        return hamlets or communes
    return [*facts.hamlets(communes[0].id, talk.today), communes[0]]


def _communes(talk: Talk, facts: Facts) -> list[Area]:
    """All communes, for who cannot name their place so that it is found; none where they are too many."""
    found: list[Area] = []
    above = list(facts.roots(talk.today))
    while above and len(found) <= _MOST:
        area = above.pop(0)
        if area.level == Level.COMMUNE:
            found.append(area)
        elif area.level != Level.HAMLET:
            above = [*facts.below(area.id, talk.today), *above]
    return found if len(found) <= _MOST else []


def _at_hand(talk: Talk, facts: Facts) -> list[Area]:
    """Where the person asked from last, or works."""
    named = [ticket.area_id for ticket in facts.my_tickets(talk.person.id)[:1]]
    worked = [grant.area_id for grant in talk.person.grants]
    areas = [facts.area(area_id) for area_id in dict.fromkeys((*named, *worked))]
    return [area for area in areas if area.level in {Level.HAMLET, Level.COMMUNE}]


def _offer(talk: Talk, turn: Turn, facts: Facts, areas: Sequence[Area]) -> Turn:
    assert turn.doing is not None
    choices = [Choice(_label(talk, facts, area), f"ticket:area:{area.id}") for area in areas[:_MOST]]
    turn = _with_choices(turn, choices)
    assert turn.doing is not None
    pairs = [[choice.label, choice.payload] for choice in choices]
    return replace(turn, doing=replace(turn.doing, about={**turn.doing.about, "offered": pairs}))


def _label(talk: Talk, facts: Facts, area: Area) -> str:
    if area.level == Level.COMMUNE:
        return speak(talk, "tickets.whole_commune", place=area.name)
    return capital(place(talk, facts, area.id))


def _with_choices(turn: Turn, choices: Sequence[Choice]) -> Turn:
    *before, last = turn.replies
    others = [choice for choice in last.choices if not choice.payload.startswith("ticket:area:")]
    return replace(turn, replies=(*before, replace(last, choices=(*choices, *others))))


def _finish(talk: Talk, doing: Doing, finished: Finished, facts: Facts) -> Turn:
    values = finished.named
    if values.get(consenting.ASKED) == consenting.NO:
        return Turn(
            (Reply(speak(talk, "tickets.no_consent")),), None, consenting.refused(talk, doing, "help")
        )
    return _send(talk, doing, values, facts)


def _send(talk: Talk, doing: Doing, values: Mapping[str, str], facts: Facts) -> Turn:
    """The question becomes a ticket, and the hamlet's team is told."""
    area_id, reach = int(doing.about["area"]), values[_REACH]
    contact = values.get("sdt") or values.get("cho_o") or ""
    new = NewTicket(area_id, values[_NEEDS], reach, contact, doing.about["wording"])
    level, people = audience(talk, facts, area_id, talk.person.id)
    where = place(talk, facts, area_id)
    tells = [
        say_to(
            talk,
            person,
            "tickets.new",
            ("take", "show"),
            doing.about["id"],
            place=where,
            text=new.text,
        )
        for person in people
    ]
    key = f"tickets.sent_{level}" if people else "tickets.sent_nobody"
    choices = (button(talk, "write", doing.about["id"]),)
    asked = AskTeam(doing.about["id"], new, level if people else "team")
    return Turn((Reply(speak(talk, key, place=where), choices),), None, (asked, *tells))


def cancel(talk: Talk, doing: Doing) -> Turn:
    """Nothing was sent, and nothing is kept."""
    return Turn((Reply(speak(talk, "tickets.not_sent")),))


_ASKING = Purpose(advance, cancel)
PURPOSE = Purpose(advance, cancel, hear)


# --------------------------------------------------------------------------- in between


def talked(talk: Talk, said: Said, facts: Facts) -> Turn | None:
    """Plain text or a photo outside a form, while somebody of the team is talking with this person, is for
    them; "it still does not work" soon after they closed it shows the way to ask again. None where it is
    neither.
    """
    for ticket in facts.my_tickets(talk.person.id):
        if said.photo and ticket.begun(talk.now):
            sent = pass_photo(talk, ticket, said.photo.name)
            return replace(answer(talk, "tickets.photo_passed_on"), effects=sent)
        if ticket.talking(talk.now):
            if guard.guard(said.text).secrets:
                return preface(answer(talk, "tickets.not_passed_on"), speak(talk, "howto.secret"))
            effects = tuple(pass_on(talk, facts, ticket, said.text.strip()))
            passed = replace(answer(talk, "tickets.passed_on"), effects=effects)
            return heeding(talk, passed, said.text)
        if ticket.closed_lately(talk.now) and _NOT_YET.fullmatch(fold(said.text)):
            return _standing(talk, facts, [ticket])
    return None


def helps(talk: Talk) -> bool:
    """Whether this person takes tickets somewhere."""
    return allowed(talk.person, HELPS)
