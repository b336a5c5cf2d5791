"""/quantri and its buttons: `quantri:…` outside a dialogue, `step:…` under a dialogue's question."""

import re
from collections.abc import Callable

from content.households import FILLING
from content.people import allowed
from handlers import (
    articles,
    breaches,
    dialogue,
    forms,
    health,
    inviting,
    journal,
    map_changes,
    places,
    publishing,
    requests,
    teams,
    transfer,
)
from handlers.buttons import Buttons, pressed
from handlers.dialogue import Purpose, preface
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Said, Talk
from handlers.turn import Turn


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """What an administrator does here."""
    return answer(
        talk,
        "admin.menu",
        *(Choice(speak(talk, key), payload) for key, payload in _MENU),
    )


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button, pressed now, late or twice. What it names may be gone."""
    if not allowed(talk.person, "manage"):
        return answer(talk, "routes.only_manage")
    return pressed(_BUTTONS, talk, said, facts) or answer(talk, "admin.gone")


def _opening(do: Callable[..., Turn]) -> Callable[..., Turn]:
    """`do` begins a dialogue: not while a household's questionnaire is open, which would be lost."""

    def checked(talk: Talk, facts: Facts, *arguments: str) -> Turn:
        if talk.doing and talk.doing.purpose in FILLING:
            return answer(talk, "admin.busy")
        return do(talk, facts, *arguments)

    return checked


def _withdraw(talk: Talk, facts: Facts, verb: str, number: str) -> Turn:
    return forms.withdraw(talk, facts, number, sure=verb == "withdrawn")


def _undo(talk: Talk, facts: Facts, verb: str, number: str) -> Turn:
    return map_changes.undo(talk, facts, number, sure=verb == "undone")


_MENU = (
    ("admin.do_forms", "quantri:forms"),
    ("admin.do_articles", "quantri:articles"),
    ("admin.do_invite", inviting.MAKE),
    ("admin.do_invitations", inviting.LIST),
    ("admin.do_areas", "quantri:areas"),
    ("admin.do_requests", "quantri:requests"),
    ("admin.do_breaches", "quantri:breaches"),
    ("admin.do_people", "people:list:0"),
    ("speech.do_phancong", "/phancong"),
    ("broadcast.title", "broadcast:list"),
    ("journal.button", journal.OPEN),
    ("health.button", health.OPEN),
)
_ID, _UUID = r"(\d{1,18})", r"([0-9a-f-]{36})"
_BUTTONS: Buttons = (
    (re.compile(r"quantri:forms"), forms.show),
    (re.compile(rf"quantri:version:{_ID}"), forms.version),
    (re.compile(rf"quantri:file:{_ID}"), forms.file),
    (re.compile(rf"quantri:(withdraw|withdrawn):{_ID}"), _withdraw),
    (re.compile(rf"quantri:try:{_UUID}"), _opening(publishing.begin_trial)),
    (re.compile(rf"quantri:publish:{_UUID}"), _opening(publishing.begin)),
    (re.compile(r"quantri:areas"), map_changes.show),
    (re.compile(r"quantri:change"), _opening(map_changes.begin)),
    (re.compile(rf"quantri:(undo|undone):{_ID}"), _undo),
    *articles.BUTTONS,
    (re.compile(r"quantri:requests"), requests.show),
    (re.compile(rf"quantri:request:{_ID}"), requests.open_),
    (re.compile(rf"quantri:request:{_ID}:({requests.VERBS})"), requests.deal),
    (re.compile(r"quantri:breaches"), breaches.show),
    (re.compile(r"quantri:breach"), _opening(breaches.begin)),
    (re.compile(rf"quantri:breach:{_ID}"), breaches.open_),
    (re.compile(rf"quantri:breach:{_ID}:({breaches.VERBS})"), breaches.deal),
)


# --------------------------------------------------------------------------- in a dialogue

_DIALOGUES = {
    "publish": publishing.ASKING,
    "invite": inviting.ASKING,
    "trial": publishing.TRYING,
    "breach": breaches.ASKING,
    "transfer": transfer.ASKING,
    "team": teams.ASKING,
}
_STEP = re.compile(rf"step:(area|stop|mine|leave):([0-9a-f]{{8}}):{_ID}")


def step(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button under a dialogue's question; it holds for that dialogue only."""
    doing, found = talk.doing, _STEP.fullmatch(said.payload or "")
    purpose = _DIALOGUES.get(doing.purpose) if doing else None
    if doing is None or purpose is None or found is None or found[2] != doing.about["id"][:8]:
        return answer(talk, "routes.past")
    return _step(talk, doing, facts, purpose, found[1], int(found[3]))


def _step(talk: Talk, doing: Doing, facts: Facts, purpose: Purpose, verb: str, number: int) -> Turn:  # noqa: PLR0913, PLR0917
    asked, offered = doing.about.get("asked"), doing.about.get("offered", ())
    held = any(payload.startswith(f"step:{verb}:") for _, payload in offered)
    if verb == "area" and (taken := places.press(talk, doing, number, facts, purpose)):
        return taken
    if verb == "mine" and held and not asked:
        return publishing.pass_over(talk, doing, facts, number)
    if verb == "leave" or (verb == "stop" and doing.purpose == "trial"):
        return purpose.cancel(talk, doing)
    return preface(dialogue.again(talk, doing, facts, purpose), speak(talk, "dialogue.stale"))
