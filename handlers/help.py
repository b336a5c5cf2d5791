"""/trogiup: what this person can do here."""

from handlers.commands import offered
from handlers.facts import Facts
from handlers.speech import answer, command, speak
from handlers.talk import Said, Talk
from handlers.turn import Turn


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """In a form, how to move in it; else the commands of this person, each with what it does."""
    if talk.doing:
        return answer(talk, "help.in_form")
    mine = offered(talk.person)
    lines = [f"/{c.name} – {speak(talk, f'commands.{c.name}')}" for c in mine]
    text = "\n".join(lines)
    return answer(talk, "help.list", *(command(talk, c.name) for c in mine if c.name != "trogiup"), list=text)
