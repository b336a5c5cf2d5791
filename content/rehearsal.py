"""Fills a form in from answers prepared beforehand, as a person would type them in the chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from content.answers import path_of
from content.form import Form, Group
from content.interview import answer, begin, finish, skip
from content.sitting import Sitting
from content.steps import Asked, Finished, Given, Question, Refused, Review, State, Step, World

_MOST_STEPS = 20_000


def rehearse(
    form: Form, pairs: Sequence[tuple[str, str]], now: datetime
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What comes of the answers: what was asked, what was not taken and why, the values and the XML; and the
    answers whose question never came.

    A question without an answer is skipped; where it cannot be, the interview stays there, incomplete.
    """
    rehearsal = _Rehearsal(form, pairs, now)
    return rehearsal.run(), rehearsal.waiting


def _given(question: Question, said: str) -> Given:
    """An answer that is a file is its name."""
    if question.ask == "photo":
        return Given(photo=said)
    if question.type in {"audio", "video", "file"}:
        return Given(file=said, other="voice" if question.type == "audio" else question.type)
    return Given(text=said)


class _Rehearsal:
    """`waiting` are the answers not given yet, by name or path; each is given once, in order."""

    def __init__(self, form: Form, pairs: Sequence[tuple[str, str]], now: datetime) -> None:
        self.form = form
        self.world = World(now, seed="rehearsal")
        self.waiting = list(pairs)
        self.asked: list[str] = []
        self.rejected: list[list[str]] = []

    def run(self) -> dict[str, Any]:
        step: Step = begin(self.form, self.world)
        for _ in range(_MOST_STEPS):
            if not isinstance(step, Asked):
                break
            self.asked.append(step.question.name)
            following = self._after(step.state, step.question)
            if following is None:
                break
            step = following
        return self._outcome(step)

    def _after(self, state: State, question: Question) -> Step | None:
        """The step after this question; None where it cannot be passed."""
        if question.type == "repeat":
            text = self._take(question.name, "") or self._more(question)
            return answer(self.form, state, Given(text=text), self.world)
        path = self._path(state, question)
        while (said := self._take(question.name, path)) is not None:
            step = answer(self.form, state, _given(question, said), self.world)
            if not isinstance(step, Refused):
                return step
            self.rejected.append([question.name, said, step.why])
        return self._passed(state, question)

    def _passed(self, state: State, question: Question) -> Step | None:
        """A default is kept, anything else left blank."""
        default = question.default_payload
        if default is not None:
            step = answer(self.form, state, Given(payload=default), self.world)
        else:
            step = skip(self.form, state, self.world)
        return None if isinstance(step, Refused) else step

    def _take(self, name: str, path: str) -> str | None:
        """The next answer for a question; one that names its path goes before one that has only its name."""
        for wanted in (path, name):
            for place, (given, _) in enumerate(self.waiting):
                if given == wanted:
                    return self.waiting.pop(place)[1]
        return None

    def _more(self, question: Question) -> str:
        """Another round, where answers wait for questions of the repeat."""
        repeat = self.form.items[int(question.ref.partition(".")[0])]
        assert isinstance(repeat, Group)
        inside = {self.form.items[number].name for number in range(repeat.number + 1, repeat.end)}
        return "1" if any(name.rpartition("/")[2] in inside for name, _ in self.waiting) else "2"

    def _path(self, state: State, question: Question) -> str:
        node = Sitting.restored(self.form, state, self.world).instance.node(question.ref)
        return path_of(node) if node is not None else ""

    def _outcome(self, step: Step) -> dict[str, Any]:
        finished = finish(self.form, step.state, self.world) if isinstance(step, Review) else None
        complete = isinstance(finished, Finished)
        if isinstance(finished, Finished):
            values, xml = finished.values, finished.xml
        else:
            sitting = Sitting.restored(self.form, step.state, self.world)
            values, xml = sitting.values(), sitting.xml()
        return {
            "complete": complete,
            "asked": self.asked,
            "rejected": self.rejected,
            "values": values,
            "xml": xml,
        }
