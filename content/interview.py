"""The interview: (form, state, what was said, the world) -> what comes next. Pure; the state is plain JSON.

step = begin(form, world, given={"ap": "2"})
match answer(form, step.state, Given(text="3"), world):
    case Asked(question, state): ...       # the next question
    case Refused(question, why, state): ...# not taken, why, and the same question again
    case Review(lines, state): ...         # everything is answered: look it over
    case Finished(values, xml, state): ... # only from finish()
"""

from __future__ import annotations

from collections.abc import Mapping

from content.form import Form
from content.sitting import Sitting
from content.steps import (
    Asked,
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

__all__ = [
    "Asked",
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
    "back",
    "begin",
    "finish",
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
    return sitting.go_on()


def resume(form: Form, state: State, world: World) -> Step:
    """Where the interview stands: the open question again, or the review."""
    return Sitting.restored(form, state, world).stay()


def answer(form: Form, state: State, given: Given, world: World) -> Step:
    """Takes an answer to the open question: by payload, option number, label, or label without diacritics."""
    return Sitting.restored(form, state, world).hear(given)


def back(form: Form, state: State, world: World) -> Step:
    """The question before; at the first, the first again."""
    return Sitting.restored(form, state, world).go_back()


def skip(form: Form, state: State, world: World) -> Step:
    """Leaves the open question blank; Refused where it is required."""
    return Sitting.restored(form, state, world).skip()


def reopen(form: Form, state: State, ref: str, world: World) -> Step:
    """From the review: asks one question again. After its answer come the questions that became relevant and
    unanswered, then the review."""
    return Sitting.restored(form, state, world).reopen(ref)


def finish(form: Form, state: State, world: World) -> Finished | Refused:
    """Checks every constraint once more and closes the form. Refused with the first question amiss."""
    return Sitting.restored(form, state, world).finish()
