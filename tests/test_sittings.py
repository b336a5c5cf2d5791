"""Interviews that live on between calls: faster, and never anything else than an interview made anew."""

import gc
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import interview
from content.form import Form
from content.interview import Asked, Given, Review, State
from content.sitting import Sitting
from content.sittings import ITSELF, Sittings
from tests.questionnaires import HOUSEHOLD, LANGUAGES, MEMBERS, WORLD, form

TEXTS = ("1", "2", "3", "2000", "có", "không", "xong", "An", "", "0912345678", "hôm qua", "wifi", "1.5")
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["type", "type", "tap", "tap", "back", "skip", "resume", "reopen", "remove", "finish"]
        ),
        st.sampled_from(TEXTS),
        st.integers(0, 6),
        st.sampled_from(["newest", "newest", "newest", "any"]),  # an older state: a transaction rolled back
        st.sampled_from(["vi", "vi", "en"]),
        st.sampled_from([False] * 9 + [True]),  # the world fails in the middle of the step
    ),
    max_size=25,
)


class Unreadable(Mapping[str, Any]):
    """Choice lists from outside that cannot be read just now."""

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError(f"{name} cannot be read")

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def outcome(call: Any, *arguments: Any) -> object:
    try:
        return call(*arguments)
    except RuntimeError as error:
        return str(error)


def stored(state: State) -> State:
    """The state as the database gives it back."""
    return json.loads(json.dumps(state))


@pytest.mark.parametrize("of", [HOUSEHOLD, MEMBERS, LANGUAGES], ids=["household", "members", "languages"])
@given(moves=MOVES)
@settings(max_examples=150, deadline=None)
def test_every_step_is_the_one_that_an_interview_made_anew_would_take(of: str, moves: list[Any]) -> None:
    the_form = form(of)
    steps: list[Any] = [interview.begin(the_form, WORLD)]
    for number, (verb, text, choice, which, language, fails) in enumerate(moves):
        step = steps[-1] if which == "newest" else steps[choice % len(steps)]
        state = stored(step.state)
        world = replace(WORLD, now=WORLD.now + timedelta(hours=number), language=language)
        if fails:
            world = replace(world, instances=Unreadable())
        name, *arguments = _call(verb, text, choice, step)
        anew = outcome(_anew, the_form, state, world, name, arguments)
        reused = outcome(getattr(interview, name), the_form, state, *arguments, world)
        assert reused == anew
        assert state == stored(step.state), "what was handed in is left as it was"
        if not isinstance(reused, str):
            steps.append(reused)


def _call(verb: str, text: str, choice: int, step: Any) -> tuple[Any, ...]:
    if verb == "tap" and isinstance(step, Asked) and step.question.options:
        payload = step.question.options[choice % len(step.question.options)].payload
        return "answer", Given(payload=payload)
    if verb == "reopen" and isinstance(step, Review):
        return "reopen", step.lines[choice % len(step.lines)].ref
    if verb == "remove" and isinstance(step, Review) and step.entries:
        return "remove", step.entries[choice % len(step.entries)].ref
    if verb in {"tap", "type", "reopen", "remove"}:
        return "answer", Given(text=text)
    return (verb,)


def _anew(the_form: Form, state: State, world: Any, name: str, arguments: list[Any]) -> object:
    method = {"answer": "hear", "resume": "stay", "back": "go_back"}.get(name, name)
    return getattr(Sitting.restored(the_form, stored(state), world), method)(*arguments)


def kept(sittings: Sittings, seed: str = "one") -> tuple[State, Any]:
    world = replace(WORLD, seed=seed)
    sitting = Sitting.opened(form(HOUSEHOLD), world)
    state = sitting.go_on().state
    sittings.keep(sitting)
    return state, world


def test_a_sitting_is_taken_by_one_call_only() -> None:
    sittings = Sittings()
    state, world = kept(sittings)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: sittings.take(form(HOUSEHOLD), state, world), range(64)))
    assert len([sitting for sitting in taken if sitting is not None]) == 1


def test_a_sitting_that_stands_elsewhere_is_not_taken() -> None:
    sittings = Sittings()
    state, world = kept(sittings)
    other = interview.answer(form(HOUSEHOLD), state, Given(text="có"), world).state
    assert sittings.take(form(HOUSEHOLD), other, world) is None


def test_a_state_of_another_mark_is_made_anew() -> None:
    sittings = Sittings()
    state, world = kept(sittings)
    assert sittings.take(form(HOUSEHOLD), {**stored(state), "t": "another"}, world) is None
    kept(sittings)
    assert sittings.take(form(HOUSEHOLD), stored(state), world) is not None


def test_the_sittings_used_longest_ago_make_room() -> None:
    sittings = Sittings(most_nodes=3 * (ITSELF + len(form(HOUSEHOLD).items)))
    states = {seed: kept(sittings, seed) for seed in ("one", "two", "three", "four")}
    there = [seed for seed, given in states.items() if sittings.take(form(HOUSEHOLD), *given) is not None]
    assert there == ["three", "four"]


def test_what_is_dropped_leaves_nothing_to_the_collector_of_garbage() -> None:
    sittings = Sittings(most_nodes=3 * (ITSELF + len(form(HOUSEHOLD).items)))
    kept(sittings, "first")  # what is made once and kept
    gc.collect()
    gc.disable()
    try:
        for number in range(20):
            kept(sittings, str(number))
        state, world = kept(sittings, "stale")
        sittings.take(form(HOUSEHOLD), {**stored(state), "t": "another"}, world)
        assert gc.collect() < len(form(HOUSEHOLD).items)  # objects; one sitting has many more
    finally:
        gc.enable()
