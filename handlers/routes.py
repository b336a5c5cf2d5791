"""What was said -> who answers: a command, a button, the form in progress, else a question.

In a form, plain text is an answer first; commands with a slash, a few words, and questions are answered in
between, and the question of the form comes again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from content import guard, interview
from content.interview import Asked, Given, Refused
from content.people import NotAllowed, allowed
from content.vietnamese import fold
from handlers import (
    admin,
    assigning,
    breaches,
    broadcast,
    crew,
    dialogue,
    digest,
    filing,
    followup,
    forms,
    handing,
    health,
    homes,
    howto,
    inviting,
    joining,
    journal,
    language,
    lists,
    map_changes,
    offline,
    people,
    privacy,
    progress,
    publishing,
    questionnaire,
    questions,
    reminders,
    requests,
    start,
    striking,
    subscribing,
    support,
    survey,
    teams,
    tickets,
    transfer,
)
from handlers import help as helping
from handlers.commands import COMMANDS, Command, slashed, spoken
from handlers.dialogue import Purpose, form_of, preface, world
from handlers.effects import KeepDraft, SetLocale
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.speech import command as command_choice
from handlers.talk import Doing, Said, Talk
from handlers.turn import Turn

Handler = Callable[[Talk, Said, Facts], Turn]

_ASK_HOMES = (filing.FILING, striking.STRIKING)
PURPOSES: Mapping[str, Purpose] = {
    "survey": questionnaire.PURPOSE,
    "correct": questionnaire.PURPOSE,
    "pick": survey.PICKING,
    "join": start.PURPOSE,
    **tickets.PURPOSES,
    "remind": reminders.PURPOSE,
    "pause": reminders.PURPOSE,
    "subscribe": subscribing.PURPOSE,
    "broadcast": broadcast.PURPOSE,
    "send": broadcast.CONFIRMING,
    "trial": publishing.TRYING,
    "publish": publishing.PUBLISHING,
    "invite": inviting.INVITING,
    "rename": privacy.RENAMING,
    **{one.purpose: one.listening for one in _ASK_HOMES},
    "settle": requests.SETTLING,
    "mend": requests.SETTLING,
    "breach": breaches.OPENING,
    "take": lists.TAKING,
    "assign": handing.PICKING,
    "map": map_changes.CHANGING,
    "confirm-map": map_changes.CONFIRMING,
    "seek": people.SEEKING,
    "transfer": transfer.MOVING,
    "moved": transfer.CONFIRMING,
    "team": teams.MAKING,
    "rename-team": teams.MAKING,
}


def handle(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The one entry for all that is said."""
    if said.file and said.other == "file" and lists.may_send(talk.person) and not _wants_file(talk):
        return _aside(talk, forms.receive, said, facts)
    try:
        turn = _phone(talk, said, facts) if said.phone else _route(talk, said, facts)
    except NotAllowed:  # the role ended in the middle of a dialogue
        turn = answer(talk, "routes.no_more")
    if talk.first and talk.person.is_citizen and not _greets(said):
        return preface(turn, speak(talk, "start.first"))  # the law: one must know that a machine answers
    return turn


def _wants_file(talk: Talk) -> bool:
    """Whether the open question is answered by a file."""
    return talk.doing is not None and talk.doing.about.get("type") in {"audio", "video", "file", "image"}


def _phone(talk: Talk, said: Said, facts: Facts) -> Turn:
    if talk.doing and talk.doing.purpose != "pick":
        return _aside(talk, lambda *_: answer(talk, "start.busy"), said, facts)
    return start.phone(talk, said, facts)


def _greets(said: Said) -> bool:
    meant = _meant(said, whole=False)
    return meant is not None and meant[0].name == "start" and not meant[1]


def _route(talk: Talk, said: Said, facts: Facts) -> Turn:
    doing = talk.doing
    payload = said.payload
    if payload and not payload.startswith("/"):
        if payload.startswith("q:"):
            return _answer(talk, said, facts) if doing else answer(talk, "routes.past")
        return _press(talk, said, facts)
    meant = _meant(said, whole=doing is not None)
    if meant and not talk.person.grants and fold(said.text) in meant[0].also:
        meant = None
    if meant and not (doing and not payload and _is_answer(talk, doing, said.text, facts)):
        return _command(talk, meant[0], replace(said, text=meant[1], payload=None), facts)
    if said.text.startswith("/") or payload:
        return _aside(talk, _no_such, said, facts)
    if doing:
        beside = _beside(talk, doing, said, facts)
        return _aside(talk, beside, said, facts) if beside else _answer(talk, said, facts)
    return _free(talk, said, facts)


def _meant(said: Said, *, whole: bool) -> tuple[Command, str] | None:
    text = said.payload or said.text
    return slashed(text) if text.startswith("/") else spoken(text, whole=whole)


# --------------------------------------------------------------------------- in a form


def _answer(talk: Talk, said: Said, facts: Facts) -> Turn:
    doing = talk.doing
    assert doing is not None
    return dialogue.hear(talk, doing, said, facts, PURPOSES[doing.purpose])


def _beside(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Handler | None:
    """What takes up a text that is no answer to the open question; None where it is one."""
    if said.payload:
        return None
    if doing.about.get("languages") and language.named(said.text):
        return language.show
    return followup.ask if guard.told(said.text) or _asks(talk, doing, said, facts) else None


def _asks(talk: Talk, doing: Doing, said: Said, facts: Facts) -> bool:
    """Whether a question is asked in between: "VNeID mức 2 là gì?" is no answer, although there is a 2 in it;
    nor is what can't be one, is no button's label, and has an answer of its own. Where text is asked for, it
    is the answer.
    """
    text = said.text.rstrip()
    if doing.about.get("type") == "text" or len(text.split()) < 3:
        return False
    if text.endswith("?") or followup.names_step(talk, text):
        return True
    if doing.purpose == "pick" or not followup.concerns(talk, text, facts):
        return False
    step = interview.answer(form_of(doing, facts), doing.state, Given(text=text), world(talk, doing))
    return isinstance(step, Refused) and dialogue.meant(talk, step.question, said) is None


def _is_answer(talk: Talk, doing: Doing, text: str, facts: Facts) -> bool:
    """Whether a word that is a command is an answer to the open question: the label of an option; or "Huy",
    typed without marks where a name may be asked for, since many people are called so.
    """
    if text.startswith("/"):
        return False
    if doing.about.get("type") == "text" or doing.purpose == "pick":
        return text.isascii() and fold(text) == "huy"
    step = interview.resume(form_of(doing, facts), doing.state, world(talk, doing))
    return isinstance(step, Asked) and any(fold(o.label) == fold(text) for o in step.question.options)


def _aside(talk: Talk, handler: Handler, said: Said, facts: Facts) -> Turn:
    """Answers; where a form is in progress its question follows, so that one sees where one was; unless the
    answer has put it aside, or ended it."""
    turn = handler(talk, said, facts)
    doing = talk.doing
    if turn.ends or any(isinstance(effect, KeepDraft) for effect in turn.effects):
        return turn
    if doing is None or (turn.doing is not None and turn.doing is not doing):
        return turn
    for effect in turn.effects:
        if isinstance(effect, SetLocale):
            talk = replace(talk, person=replace(talk.person, locale=effect.locale))
    again = dialogue.again(talk, doing, facts, PURPOSES[doing.purpose])
    then = again.doing
    if then and language.offered(turn):
        then = replace(then, about={**then.about, "languages": True})  # "English" chooses, and is no answer
    return Turn((*turn.replies, *again.replies), then, turn.effects)


def _cancel(talk: Talk, said: Said, facts: Facts) -> Turn:
    doing = talk.doing
    return PURPOSES[doing.purpose].cancel(talk, doing) if doing else answer(talk, "routes.nothing_open")


def _back(talk: Talk, said: Said, facts: Facts) -> Turn:
    doing = talk.doing
    if doing is None:
        return answer(talk, "routes.nothing_open")
    return dialogue.back(talk, doing, facts, PURPOSES[doing.purpose])


def _skip(talk: Talk, said: Said, facts: Facts) -> Turn:
    doing = talk.doing
    if doing is None:
        return answer(talk, "routes.nothing_open")
    return dialogue.skip(talk, doing, facts, PURPOSES[doing.purpose])


def _form_button(talk: Talk, said: Said, facts: Facts) -> Turn:
    doing = talk.doing
    if doing is None:
        return answer(talk, "routes.past")
    return dialogue.press(talk, doing, said, facts, PURPOSES[doing.purpose])


# --------------------------------------------------------------------------- commands and buttons


def _ask(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The question that follows the word; without one, what can be asked."""
    if said.text:
        return followup.ask(talk, said, facts)
    return howto.press(talk, Said(payload=howto.TOPICS), facts)


def _report(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The digest now; with "lịch" behind it, when it comes by itself."""
    if questions.meant(said.text):
        return questions.show(talk, said, facts)
    if subscribing.meant(said.text):
        return subscribing.show(talk, said, facts)
    return digest.show(talk, said, facts)


def _support(talk: Talk, said: Said, facts: Facts) -> Turn:
    return _ticket(talk, said, facts, tickets.start)


def _ticket_button(talk: Talk, said: Said, facts: Facts) -> Turn:
    return _ticket(talk, said, facts, tickets.press)


def _household_button(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button under the question which household is meant: it holds for the dialogue that asks."""
    asking = next((one for one in _ASK_HOMES if talk.doing and one.purpose == talk.doing.purpose), None)
    if asking is None:
        return answer(talk, "routes.past")
    return asking.pick(talk, facts, (said.payload or "").partition(":")[2])


def _ticket(talk: Talk, said: Said, facts: Facts, handler: Handler) -> Turn:
    """Forms of a ticket deal with their own buttons; beside another form that one's question follows."""
    if talk.doing and talk.doing.purpose == "pick":
        talk = replace(talk, doing=None)
    beside = talk.doing is not None and talk.doing.purpose not in tickets.PURPOSES
    return _aside(talk, handler, said, facts) if beside else handler(talk, said, facts)


_HANDLERS: Mapping[str, Handler] = {
    "start": start.start,
    "khaosat": survey.start,
    "tiendo": progress.show,
    "baocao": _report,
    "nhacviec": reminders.show,
    "phancong": assigning.show,
    "thongbao": broadcast.show,
    "hoidap": _ask,
    "hotro": _support,
    "dulieu": privacy.show,
    "ngonngu": language.show,
    "trogiup": helping.show,
    "quantri": admin.show,
    "huy": _cancel,
    "quaylai": _back,
    "bo_qua": _skip,
}

_BUTTONS: Mapping[str, Handler] = {
    "form": _form_button,
    "survey": survey.press,
    "progress": progress.press,
    "digest": digest.press,
    "homes": homes.press,
    "questions": questions.press,
    "reminders": reminders.press,
    "assign": assigning.press,
    "crew": crew.press,
    "list": lists.press,
    "subscribe": subscribing.press,
    "broadcast": broadcast.press,
    "howto": followup.press,
    "helped": followup.press_helped,
    "ticket": _ticket_button,
    "language": language.press,
    "link": joining.press,
    "mydata": privacy.press,
    "household": _household_button,
    "quantri": admin.press,
    "people": people.press,
    "teams": teams.press,
    "step": admin.step,
    "log": journal.press,
    "health": health.press,
    "offline": offline.press,
}
"""By what stands before the first colon of the payload."""

_MOVES = frozenset(
    {
        "huy",
        "quaylai",
        "bo_qua",
        "khaosat",
        "form",
        "survey",
        "offline",
        "step",
        "hotro",
        "ticket",
        "household",
    }
)
"""Commands and buttons that deal with the form in progress themselves."""


def _command(talk: Talk, command: Command, said: Said, facts: Facts) -> Turn:
    if talk.doing and talk.doing.purpose == "pick" and command.name != "huy":
        talk = replace(talk, doing=None)  # nothing was begun that one would come back to
    if not allowed(talk.person, command.action):
        why = "people.told_locked" if facts.is_locked() else f"routes.only_{command.action}"
        return _aside(talk, lambda *_: answer(talk, why), said, facts)
    handler = _HANDLERS[command.name]
    if command.name in _MOVES:
        return handler(talk, said, facts)
    return _aside(talk, handler, said, facts)


def _press(talk: Talk, said: Said, facts: Facts) -> Turn:
    prefix = (said.payload or "").partition(":")[0]
    handler = _BUTTONS.get(prefix)
    if handler is None:
        return _aside(talk, _no_such, said, facts)
    return handler(talk, said, facts) if prefix in _MOVES else _aside(talk, handler, said, facts)


def _no_such(talk: Talk, said: Said, facts: Facts) -> Turn:
    return answer(talk, "routes.no_such", command_choice(talk, "trogiup"))


# --------------------------------------------------------------------------- outside a form


def _free(talk: Talk, said: Said, facts: Facts) -> Turn:
    """Text is a question. What else comes gets a sentence that says what helps."""
    if said.other:
        return howto.helpless(talk, f"routes.other_{said.other}")
    if said.photo:
        return support.talked(talk, said, facts) or followup.photo(talk, said, facts)
    if said.location:
        return answer(talk, "routes.location")
    if not fold(said.text):
        return answer(talk, "routes.empty")
    talked = support.talked(talk, said, facts) or survey.loose(talk, said, facts)
    return talked or followup.ask(talk, said, facts)


assert _HANDLERS.keys() == {command.name for command in COMMANDS}
