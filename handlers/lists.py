"""Lists sent as files (`content.lists`): what is new or changed is shown, a word takes it in.

Each kind has a function here that compares the rows with what is kept: `KINDS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from content.interview import Asked, Refused, Review, Step
from content.listing import Row, placed, told
from content.people import Person, allowed
from content.questionnaires import Examined, SentList
from handlers import area_list, crew_list, dialogue, forms, household_list, target_list
from handlers.comparing import Compared
from handlers.dialogue import Purpose, open_form
from handlers.effects import ForgetList
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

CONFIRM = "dong-y"

KINDS: Mapping[str, Callable[[Talk, Sequence[Row], Facts], Compared]] = {
    "areas": area_list.compare,
    "households": household_list.compare,
    "crew": crew_list.compare,
    "targets": target_list.compare,
}
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "areas": ("manage",),
    "households": ("manage", "assign"),
    "crew": ("manage", "invite"),
    "targets": ("manage",),
}
"""By any of which one may send such a list; what of it is done where, its rows decide."""


def may_send(person: Person, kind: str = "") -> bool:
    """Whether this person may send a list of that kind; without one, of any."""
    kinds = [kind] if kind else list(_ACTIONS)
    return any(allowed(person, action) for one in kinds for action in _ACTIONS[one])


@dataclass(frozen=True, slots=True)
class Checked:
    """What is told to whom sent a list; `right`: it may be taken in."""

    replies: tuple[Reply, ...]
    right: bool


def checked(talk: Talk, sheet_id: str, name: str, found: Examined, facts: Facts) -> Checked:
    """What the check found and the comparison with what is kept: all faults at once, or what would change."""
    if not may_send(talk.person, found.listed):
        return Checked((Reply(speak(talk, "routes.only_manage")),), right=False)
    rows = tuple(Row(*one) for one in found.rows)
    compared = KINDS[found.listed](talk, rows, facts)
    own = zip(map(tuple, found.places), found.errors, strict=True)
    faults = sorted([*own, *placed(compared.faults, found.heads, talk.person.locale)], key=itemgetter(0))
    if faults:
        return Checked(forms.refused(talk.person.locale, name, [text for _, text in faults]), right=False)
    if not compared.effects:
        nothing = "\n".join((speak(talk, "lists.nothing_new", name=name), *compared.lines))
        return Checked((Reply(nothing),), right=False)
    take = Choice(speak(talk, "lists.take"), f"list:take:{sheet_id}")
    lines = (speak(talk, "lists.fine", name=name), *compared.lines, *found.warnings)
    return Checked((Reply("\n".join(lines), (take,)),), right=True)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The button under a list that was found right: asks for the word under what would change, which is
    looked at anew."""
    if not may_send(talk.person):
        return answer(talk, "routes.only_manage")
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "start.busy")
    return _begin(talk, facts, (said.payload or "").removeprefix("list:take:"))


def _begin(talk: Talk, facts: Facts, sheet_id: str) -> Turn:
    sent = _mine(talk, facts, sheet_id)
    form = facts.form(CONFIRM)
    if sent is None or form is None:
        return answer(talk, "admin.gone")
    doing, step = open_form(talk, "take", form, {"id": talk.new_id, "sheet": sheet_id})
    return _advance(talk, doing, step, facts, None)


def _mine(talk: Talk, facts: Facts, sheet_id: str) -> SentList | None:
    sent = facts.sent_list(sheet_id)
    return sent if sent and sent.person_id == talk.person.id else None


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    sent = _mine(talk, facts, doing.about["sheet"])
    done = replace(talk, doing=None)
    if sent is None:
        return answer(done, "admin.gone")
    if not may_send(talk.person, sent.kind):  # the role ended meanwhile
        return answer(done, "routes.only_manage")
    compared = KINDS[sent.kind](talk, sent.rows, facts)
    if compared.faults:  # something else was changed since the file was checked
        faults: Sequence[str] = told(compared.faults, {}, talk.person.locale)
        return Turn(forms.refused(talk.person.locale, sent.name, faults))
    match step:
        case Asked():
            return dialogue.show(talk, doing, step, "\n".join(compared.lines))
        case Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            taken = answer(done, "lists.taken", name=sent.name)
            return replace(taken, effects=(*compared.effects, ForgetList(sent.id)))


def _cancel(talk: Talk, doing: Doing) -> Turn:
    again = Choice(speak(talk, "lists.take"), f"list:take:{doing.about['sheet']}")
    return Turn((Reply(speak(talk, "admin.stopped"), (again,)),))


TAKING = Purpose(_advance, _cancel)
