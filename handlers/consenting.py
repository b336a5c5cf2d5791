"""Consent in the chat: a dialogue's first question, before anything personal is asked (`content.privacy`).

The question is called `dong_y`, and is asked while `da_dong_y`, which the bot gives, is empty. In `about` of
the form in progress `consent` holds the words as they were shown, until they are agreed to; then `agreed`.
"""

from collections.abc import Mapping
from dataclasses import replace

from content.form import Form
from content.interview import Question, Review, Step
from content.privacy import Purpose
from handlers.custody import GiveConsent, WithdrawConsent
from handlers.effects import Effect
from handlers.facts import Facts
from handlers.talk import Doing, Talk

ASKED, GIVEN = "dong_y", "da_dong_y"
NO = "khong"


def given(talk: Talk, facts: Facts, form: Form, purpose: Purpose) -> Mapping[str, str]:
    """What the form is told where this person has agreed to these very words before."""
    held = (one for one in facts.consents() if one.withdrawn_at is None)
    known = any((one.purpose, one.form, one.version) == (purpose, form.id, form.version) for one in held)
    return {GIVEN: form.version} if known else {}


def shown(doing: Doing, question: Question | None) -> Doing:
    """Remembers the words, where they are what is asked now."""
    if question is None or question.name != ASKED:
        return doing
    return replace(doing, about={**doing.about, "consent": f"{question.label}\n\n{question.hint}".strip()})


def heard(doing: Doing, step: Step, purpose: Purpose) -> tuple[Doing, tuple[Effect, ...]]:
    """The consent, in the turn in which it is given; after that nothing more of it."""
    words = doing.about.get("consent")
    question = None if isinstance(step, Review) else step.question
    if not words or (question is not None and question.name == ASKED):
        return doing, ()
    agreed = GiveConsent(purpose, doing.form, doing.version, words)
    return replace(doing, about={**doing.about, "consent": "", "agreed": True}), (agreed,)


def refused(talk: Talk, doing: Doing, purpose: Purpose) -> tuple[Effect, ...]:
    """A consent of a moment ago does not hold. What somebody agreed to before, in another talk, does: that is
    taken back at /dulieu."""
    return (WithdrawConsent(purpose),) if doing.about.get("agreed") and talk.person.is_citizen else ()
