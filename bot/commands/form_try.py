"""`tocns form try`: an interview in the terminal that records nothing."""

import sys
from datetime import datetime

from content.form import Form
from content.interview import (
    Asked,
    Finished,
    Given,
    Question,
    Refused,
    Review,
    State,
    Step,
    World,
    answer,
    back,
    begin,
    finish,
    reopen,
    skip,
)
from content.vietnamese import fold
from content.words import say

_BACK = frozenset({"quay lai", "quaylai", "back", "b"})
_SKIP = frozenset({"bo qua", "bo qua cau nay", "skip", "s"})
_STOP = frozenset({"huy", "thoat", "quit", "q"})


def fill_in(form: Form, language: str, now: datetime) -> None:
    """Asks the whole form; ends at the end of input, or with `/huy`."""
    world = World(now, language, seed="try")
    print(say(language, "form.try_help"))
    step: Step = begin(form, world)
    while True:
        _show(step, language)
        typed = _typed()
        if typed is None or fold(typed) in _STOP:
            print(say(language, "form.try_stopped"))
            return
        following = _next(form, step, typed, world)
        if isinstance(following, Finished):
            print(following.xml)
            return
        step = following


def _next(form: Form, step: Step, typed: str, world: World) -> Step | Finished:
    if fold(typed) in _BACK:
        return back(form, step.state, world)
    if isinstance(step, Review) or step.question is None:
        return _at_review(form, step, typed.strip(), world)
    return _at_question(form, step.state, step.question, typed.strip(), world)


def _at_review(form: Form, step: Step, typed: str, world: World) -> Step | Finished:
    if not typed:
        return finish(form, step.state, world)
    place = int(typed) - 1 if typed.isdecimal() else -1
    if isinstance(step, Review) and 0 <= place < len(step.lines):
        return reopen(form, step.state, step.lines[place].ref, world)
    return answer(form, step.state, Given(text=typed), world)


def _at_question(form: Form, state: State, question: Question, typed: str, world: World) -> Step:
    if not typed and question.default_payload:
        return answer(form, state, Given(payload=question.default_payload), world)
    if not typed or fold(typed) in _SKIP:
        return skip(form, state, world)
    given = Given(photo=typed) if question.ask == "photo" else Given(text=typed)
    return answer(form, state, given, world)


def _show(step: Step, language: str) -> None:
    match step:
        case Asked(question=question, notes=notes):
            _tell(notes)
            _ask(question)
        case Refused(question=question, why=why):
            print(f"! {why}")
            if question is not None:
                _ask(question)
        case Review(lines=lines, notes=notes):
            _tell(notes)
            for place, line in enumerate(lines, 1):
                print(f"{place:3}. {line.label}: {line.value or '–'}")
            print(say(language, "form.try_review"))


def _tell(notes: tuple[str, ...]) -> None:
    for note in notes:
        print(f"\n{note}")


def _ask(question: Question) -> None:
    group = f" · {question.group}" if question.group else ""
    print(f"\n[{question.number}/{question.total}{group}] {question.label}")
    if question.hint:
        print(f"  {question.hint}")
    for place, option in enumerate(question.options, 1):
        print(f"  {place}. {option.label}{' ✓' if option.chosen else ''}")
    if question.value:
        print(f"  [{question.value}]")


def _typed() -> str | None:
    try:
        return input("> ")
    except EOFError:
        sys.stdout.write("\n")
        return None
