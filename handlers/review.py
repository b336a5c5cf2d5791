"""What was answered, to be looked over: a household's last answers, the review, what can be mended."""

import re
from dataclasses import replace
from datetime import date

from content.interview import Entry, Line, Review
from content.words import day
from handlers.speech import speak
from handlers.talk import Choice, Doing, Reply, Talk
from handlers.turn import Turn

_SHORT = 90
"""Characters of a label in the review. What is longer is told by its last sentence: there the question is."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def show(talk: Talk, doing: Doing, step: Review, *, refused: bool) -> Turn:
    """The review as `about["at"]` says; at first, the last answers of a household surveyed before."""
    at = doing.about["at"] or ("last" if doing.about["last"] else "review")
    doing = replace(doing, about={**doing.about, "at": at, "asked": "", "ref": "", "type": ""})
    if at == "edit":
        reply = _edit(talk, doing, step)
    elif refused:
        reply = _refusal(talk, doing)
    else:
        reply = _summary(talk, doing, step, at)
    return Turn((reply,), doing)


def heading(talk: Talk, doing: Doing) -> str:
    """Whose questionnaire it is: "Hộ Nguyễn Văn Hai · ấp 2, xã Bình Hòa"."""
    about = doing.about
    key = "review.household" if about["name"] else "review.new_household"
    return speak(talk, key, name=about["name"], place=about["place"])


def payload(doing: Doing, verb: str, argument: object = "") -> str:
    """A button that holds for this questionnaire only: an old one, pressed late, cannot send another."""
    return f"survey:{verb}:{doing.about['id'][:8]}:{argument}"


def _summary(talk: Talk, doing: Doing, step: Review, at: str) -> Reply:
    send = _choice(talk, doing, "send", "send"), _choice(talk, doing, "edit", "edit")
    last = day(talk.person.locale, date.fromisoformat(doing.about["last"])) if doing.about["last"] else ""
    if at == "same":
        return Reply(
            f"{heading(talk, doing)}\n{speak(talk, 'review.unchanged', day=last)}", send, keyboard="question"
        )
    lines = "\n".join(_line(talk, number, line) for number, line in enumerate(step.lines, 1))
    below = "\n".join((*step.notes, speak(talk, "review.how")))
    if at == "last":
        above = f"{heading(talk, doing)}\n{speak(talk, 'review.last', day=last)}"
        choices = _choice(talk, doing, "same", "same"), _choice(talk, doing, "change", "edit")
    else:
        above, choices = f"{heading(talk, doing)}\n{speak(talk, 'review.check')}", send
    return Reply(f"{above}\n\n{lines}\n\n{below}", choices, keyboard="question")


def _edit(talk: Talk, doing: Doing, step: Review) -> Reply:
    text = f"{heading(talk, doing)}\n{speak(talk, 'review.which')}"
    return Reply(text, changes(talk, doing, step), keyboard="question")


def changes(talk: Talk, doing: Doing, step: Review) -> tuple[Choice, ...]:
    """What can be mended. Every answer comes first, in the order of the review: its number there is its
    number here; then the rounds of repeats that can be taken out or added, and last the way to send it.
    """
    choices = [
        Choice(f"{short(line.label)} {line.value}".rstrip(), payload(doing, "open", line.ref))
        for line in step.lines
    ]
    for entry in step.entries:
        verb, label = ("remove", "review.remove") if entry.there else ("open", "review.add")
        choices.append(Choice(speak(talk, label, name=entry.label), payload(doing, verb, entry.ref)))
    return (*choices, _choice(talk, doing, "send", "send"))


def sure(talk: Talk, doing: Doing, entry: Entry) -> Reply:
    """Before a round of a repeat is taken out, for its answers are gone then."""
    choices = (
        Choice(speak(talk, "review.remove_yes"), payload(doing, "removed", entry.ref)),
        Choice(speak(talk, "review.remove_no"), payload(doing, "edit")),
    )
    return Reply(speak(talk, "review.remove_sure", name=entry.label), choices, keyboard="question")


def _choice(talk: Talk, doing: Doing, label: str, verb: str) -> Choice:
    return Choice(speak(talk, f"review.{label}"), payload(doing, verb))


def _refusal(talk: Talk, doing: Doing) -> Reply:
    choices = _choice(talk, doing, "send_refusal", "send"), _choice(talk, doing, "edit", "edit")
    return Reply(speak(talk, "review.refused"), choices, keyboard="question")


def _line(talk: Talk, number: int, line: Line) -> str:
    return f"{number}. {short(line.label)} {line.value or speak(talk, 'review.blank')}"


def short(label: str) -> str:
    """A label that is a whole speech, told by its last sentence."""
    label = label.strip()
    return label if len(label) <= _SHORT else _SENTENCE.split(label)[-1]
