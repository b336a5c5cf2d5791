"""The interview: (form, state, what was said, the world) -> what comes next. Pure; the state is plain JSON.

step = begin(form, world, given={"ap": "2"})
match answer(form, step.state, Given(text="3"), world):
    case Asked(question, state): ...       # the next question
    case Refused(question, why, state): ...# not taken, why, and the same question again
    case Review(lines, state): ...         # everything is answered: look it over
    case Finished(values, xml, state): ... # only from finish()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from content.form import Form
from content.ledger import told
from content.sitting import Sitting
from content.sittings import Sittings
from content.steps import (
    Asked,
    Entry,
    Finished,
    Given,
    Line,
    Option,
    Question,
    Refused,
    Review,
    State,
    Step,
    World,
)
from content.words import say

_LIVE = Sittings()
_BLANKS = frozenset({"-", "–", "—"})

__all__ = [
    "Asked",
    "Entry",
    "Finished",
    "Given",
    "Line",
    "Option",
    "Question",
    "Refused",
    "Review",
    "State",
    "Step",
    "World",
    "answer",
    "answer_lines",
    "back",
    "begin",
    "finish",
    "holds",
    "remove",
    "reopen",
    "resume",
    "skip",
]


def begin(form: Form, world: World, given: Mapping[str, str] | None = None) -> Step:
    """Opens the form; `given` are values known beforehand, by question name or node path.

    Questions that `given` answers are not asked first, but appear in the review. Where everything required is
    given (a household surveyed before), the first step is the review.
    """
    sitting = Sitting.opened(form, world)
    if given:
        sitting.take_over(given)
    step = sitting.go_on()
    _LIVE.keep(sitting)
    return step


def resume(form: Form, state: State, world: World) -> Step:
    """Where the interview stands: the open question again, or the review."""
    with _sitting(form, state, world) as sitting:
        return sitting.stay()


def answer(form: Form, state: State, given: Given, world: World) -> Step:
    """Takes an answer to the open question: by payload, option number, label, or label without diacritics.
    With an empty state the form is begun, and that is its first question."""
    with _sitting(form, state, world) as sitting:
        return sitting.hear(given)


def answer_lines(form: Form, state: State, lines: Sequence[str], world: World) -> Step:
    """Takes the answers to several questions of one field-list, a line each (`Question.together`)."""
    with _sitting(form, state, world) as sitting:
        return _heard_lines(sitting, lines)


def _heard_lines(sitting: Sitting, lines: Sequence[str]) -> Step:
    """ "-" leaves a question blank. What was taken before a line that is not stays."""
    here, step = sitting.list_here(), sitting.stay()
    for place, line in enumerate(lines):
        rest = lines[place + 1 :]
        if sitting.list_here() is not here:
            left = _lines_told(sitting, "interview.lines_left", lines[place:])
            return step if isinstance(step, Refused) else replace(step, notes=(left, *step.notes))
        step = sitting.skip() if line in _BLANKS else sitting.hear(Given(text=line))
        if isinstance(step, Refused):
            unread = _lines_told(sitting, "interview.lines_unread", rest)
            return replace(step, why=f"{step.why}\n{unread}") if rest else step
    return step


def _lines_told(sitting: Sitting, key: str, lines: Sequence[str]) -> str:
    return say(sitting.world.language, key, text="\n".join(lines))


def back(form: Form, state: State, world: World) -> Step:
    """The question before; at the first, the first again."""
    with _sitting(form, state, world) as sitting:
        return sitting.go_back()


def skip(form: Form, state: State, world: World) -> Step:
    """Leaves the open question blank; Refused where it is required."""
    with _sitting(form, state, world) as sitting:
        return sitting.skip()


def reopen(form: Form, state: State, ref: str, world: World) -> Step:
    """From the review: asks one question again, or whether a repeat comes once more.
    After the answer come the questions that became relevant and
    unanswered, then the review."""
    with _sitting(form, state, world) as sitting:
        return sitting.reopen(ref)


def remove(form: Form, state: State, ref: str, world: World) -> Step:
    """From the review: takes out one round of a repeat. Refused where there is none such."""
    with _sitting(form, state, world) as sitting:
        return sitting.remove(ref)


def finish(form: Form, state: State, world: World) -> Finished | Refused:
    """Checks every constraint once more and closes the form. Refused with the first question amiss."""
    sitting = _taken(form, state, world)
    step = sitting.finish()
    if isinstance(step, Finished):
        sitting.end()
    else:
        _LIVE.keep(sitting)
    return step


def holds(form: Form, state: State, name: str, value: str) -> bool:
    """Whether a question of that name holds the value, relevant or not: what the state alone can tell."""
    numbers = {str(item.number) for item in form.questions() if item.name == name}
    return any(held == value and key.partition(".")[0] in numbers for key, held in told(state, "v").items())


@contextmanager
def _sitting(form: Form, state: State, world: World) -> Iterator[Sitting]:
    """The interview as `state` has it; with an empty state at its first question."""
    sitting = _taken(form, state, world)
    yield sitting
    _LIVE.keep(sitting)  # not where the call failed: what became of the sitting then, nobody knows


def _taken(form: Form, state: State, world: World) -> Sitting:
    """Where the call before left it, if that was here, else made anew."""
    if state:
        return _LIVE.take(form, state, world) or Sitting.restored(form, state, world)
    sitting = Sitting.opened(form, world)
    sitting.go_on()
    return sitting
