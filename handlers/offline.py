"""Where there is no network: ODK Collect, and the password with which it signs in (`offline:…`)."""

from content import collect
from content.people import allowed, reach
from handlers.effects import SetAppPassword
from handlers.facts import Facts
from handlers.speech import answer, command, speak
from handlers.talk import Attached, Choice, Reply, Said, Talk
from handlers.turn import Turn

SHOW, MAKE = "offline:show", "offline:make"


def choice(talk: Talk, facts: Facts) -> tuple[Choice, ...]:
    """The way here from the hamlet's menu, where phones can reach the server."""
    if facts.collect_url() is None:
        return ()
    return (Choice(speak(talk, "offline.choice"), SHOW),)


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """Says what it is for; then gives a password. What is in progress stays as it is."""
    url = facts.collect_url()
    if not allowed(talk.person, "survey"):
        turn = answer(talk, "survey.not_yours")
    elif url is None:
        turn = answer(talk, "offline.no_address")
    elif said.payload == MAKE:
        turn = _issue(talk, facts, url)
    else:
        turn = answer(talk, "offline.about", Choice(speak(talk, "offline.make"), MAKE))
    return Turn(turn.replies, talk.doing, turn.effects)


def _issue(talk: Talk, facts: Facts, url: str) -> Turn:
    """The turn's own id is random and used for nothing else here: the password is drawn from it."""
    username, password = collect.username_of(talk.person.id), collect.password_of(talk.new_id)
    place = facts.area(reach(talk.person, "survey")[0]).name
    project = speak(talk, "offline.project", place=place)
    code = collect.settings_code(url, username, password, project)
    text = speak(talk, "offline.issued", url=url, username=username, password=password)
    reply = Reply(text, (command(talk, "khaosat"),), attached=Attached("odk-collect.png", "image/png", code))
    return Turn((reply,), None, (SetAppPassword(collect.ha1(username, password)),))
