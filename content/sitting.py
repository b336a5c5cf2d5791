"""One turn of an interview: the instance as it stood, what was given, and where it goes from there."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache
from typing import Any

from content import payloads, reading, understand
from content.answers import item_of, key_of
from content.asking import Slot, slot_at, slots
from content.expressions import Context, Environment
from content.form import Form, Repeat, plain
from content.form import Question as Item
from content.instance import Instance, Unsettled
from content.outsiders import rows_as_node
from content.payloads import Press
from content.preloads import preload_at_end
from content.presenting import Presentation
from content.showing import Showing
from content.steps import (
    Asked,
    Finished,
    Given,
    Question,
    Refused,
    Review,
    State,
    Step,
    World,
)
from content.tree import Node
from content.understand import Labelled, Missed
from content.vietnamese import fold
from content.words import say

_CHOSEN = frozenset({"xong", "xong roi", "het", "het roi", "done"})
_NAMES = {"vi": ("vi", "vietnamese", "tiếng việt"), "en": ("en", "english", "tiếng anh")}


class Sitting:
    """What one call of `content.interview` works on; its methods are what that module's functions promise.

    `at` is the key of the open question, "" at the review; `done` the keys of what has been passed; `picked`
    a choice of several that is not finished yet; `before` the state that was given.
    """

    __slots__ = (
        "at", "before", "done", "form", "instance", "picked", "presentation", "showing", "world",
    )  # fmt: skip

    def __init__(self, form: Form, world: World, at: str) -> None:
        self.form = form
        self.world = world
        environment = Environment(
            now=world.now,
            zone=world.now.tzinfo or UTC,
            instance=self._instance,
            # The place is part of the seed: what uuid() gives at one question must not come again at another.
            randomness=random.Random(f"{world.seed}/{at}"),  # noqa: S311 - repeatable on purpose
        )
        self.instance = Instance(form, environment)
        self.showing = Showing(self.instance, language_of(form, world.language))
        self.presentation = Presentation(self.showing, world.language)
        self.done: dict[str, None] = {}
        self.picked: list[str] | None = None
        self.at = at
        self.before: State = {}

    @classmethod
    def opened(cls, form: Form, world: World) -> Sitting:
        """A new interview."""
        sitting = cls(form, world, "")
        sitting.instance.open(world.facts)
        return sitting

    @classmethod
    def restored(cls, form: Form, state: State, world: World) -> Sitting:
        """An interview as `state` has it."""
        sitting = cls(form, world, state["at"])
        sitting.instance.restore(state)
        sitting.before = state
        sitting.done = dict.fromkeys(state["d"])
        sitting.picked = state.get("p")
        return sitting

    def state(self) -> State:
        """What the next turn needs, ready for JSON."""
        state: dict[str, Any] = {"at": self.at, "d": list(self.done), **self.instance.kept()}
        if self.picked is not None:
            state["p"] = self.picked
        return state

    def _instance(self, name: str) -> Node | None:
        rows = self.world.instances.get(name)
        if rows is None and name in self.form.external:
            rows = ()  # the file was not loaded: a list without choices
        return self.form.instances.get(name) if rows is None else rows_as_node(rows)

    # -- where to go

    def go_on(self) -> Step:
        """The first question that has not been passed, or the review."""
        found = slots(self.showing)
        self.at = next((s.key for s in found if s.kind != "note" and s.key not in self.done), "")
        return self._step(found)

    def stay(self) -> Step:
        """The open question again; where it is gone, the next one."""
        found = slots(self.showing)
        if self.at and not any(slot.key == self.at for slot in found):
            return self.go_on()
        return self._step(found)

    def go_back(self) -> Step:
        found = slots(self.showing)
        before: list[str] = []
        for slot in found:
            if slot.key == self.at:
                break
            if slot.kind == "question":
                before.append(slot.key)
        if before:
            self.at = before[-1]
            self.picked = None
        return self._step(found)

    def reopen(self, ref: str) -> Step:
        found = slots(self.showing)
        for slot in found:
            if slot.kind == "question" and ref in {slot.key, item_of(slot.node).name, path_of(slot.node)}:
                self.at = slot.key
                self.picked = None
                return self._step(found)
        return self._stale()

    def _step(self, found: list[Slot]) -> Step:
        if not self.at:
            notes = self.presentation.notes(found, len(found))
            return Review(self.presentation.lines(found), self.state(), notes)
        place = next(i for i, slot in enumerate(found) if slot.key == self.at)
        question = self.presentation.question(found, place, self.picked)
        return Asked(question, self.state(), self.presentation.notes(found, place))

    def _stale(self) -> Refused:
        return Refused(self._open(), self._say("interview.stale"), self.state(), "stale")

    def _refuse(self, why: str) -> Refused:
        return Refused(self._open(), why, self.state())

    def _open(self) -> Question | None:
        """The question that is open, if one is."""
        found = slots(self.showing)
        place = next((i for i, slot in enumerate(found) if slot.key == self.at), None)
        return None if place is None else self.presentation.question(found, place, self.picked)

    # -- hearing

    def hear(self, given: Given) -> Step:
        slot = slot_at(self.showing, self.at)
        press = payloads.pressed(given.payload) if given.payload is not None else None
        if given.payload is not None and (slot is None or press is None or press.key != self.at):
            return self._stale()
        if slot is None:
            return self._refuse(self._say("interview.at_review"))
        if slot.kind == "more":
            return self._more(slot, given, press)
        item = item_of(slot.node)
        assert isinstance(item, Item)
        if press is None and item.control == "select" and fold(given.text) in _CHOSEN:
            press = Press(slot.key, "!", "")
        if press is not None:
            return self._press(slot, press)
        choices = [Labelled(option.value, option.label) for option in self.presentation.offered(slot)]
        value = reading.read(item, given, choices, self.world.now)
        if isinstance(value, Missed):
            return self._refuse(self._say(value.key, **value.values))
        return self._take(slot, value)

    def _press(self, slot: Slot, press: Press) -> Step:
        held = slot.node.held()
        item = item_of(slot.node)
        multiple = isinstance(item, Item) and item.control == "select"
        if press.verb == "~" and held:
            return self._take(slot, held)
        if press.verb == "!" and multiple:
            picked = " ".join(self.picked) if self.picked is not None else held
            return self._take(slot, picked) if picked else self.skip()
        values = (choice.value for choice in self.presentation.offered(slot))
        value = next((v for v in values if payloads.named(slot.key, v) == press.choice), None)
        if value is None:
            return self._stale()
        if multiple and press.verb in "+-":
            return self._toggle(slot, value, press.verb == "+")
        return self._take(slot, value) if press.verb == "=" else self._stale()

    def _toggle(self, slot: Slot, value: str, chosen: bool) -> Step:
        if chosen and self._stands_alone(slot, value):
            return self._take(slot, value)
        before = self.picked if self.picked is not None else slot.node.held().split()
        order = [option.value for option in self.presentation.offered(slot)]
        kept = {*before, value} if chosen else {*before} - {value}
        self.picked = [other for other in order if other in kept]
        found = slots(self.showing)
        place = next(i for i, other in enumerate(found) if other.key == self.at)
        return Asked(self.presentation.question(found, place, self.picked), self.state())

    def _stands_alone(self, slot: Slot, value: str) -> bool:
        """Whether the constraint lets this choice stand only by itself: "none of these"."""
        values = (choice.value for choice in self.presentation.offered(slot))
        other = next((v for v in values if v != value), None)
        if other is None or not self._allows(slot, value) or not self._allows(slot, other):
            return False
        return not self._allows(slot, f"{value} {other}")

    def _allows(self, slot: Slot, value: str) -> bool:
        """Whether the form's constraint takes the value."""
        constraint = item_of(slot.node).bind.constraint
        if constraint is None:
            return True
        held = slot.node.held()
        slot.node.set_text(value)
        allowed = constraint.boolean(Context(slot.node, self.instance.environment))
        slot.node.set_text(held)
        return allowed

    def _more(self, slot: Slot, given: Given, press: Press | None) -> Step:
        """Whether a repeat comes once more."""
        options = [Labelled("1", self._say("interview.yes")), Labelled("0", self._say("interview.no"))]
        if press is not None and press.choice not in {"0", "1"}:
            return self._stale()
        value = press.choice if press is not None else understand.one_choice(given.text, options)
        if isinstance(value, Missed):
            return self._refuse(self._say(value.key, **value.values))
        if value == "0":
            self.done[slot.key] = None
            return self.go_on()
        repeat = self.form.items[slot.number]
        assert isinstance(repeat, Repeat)
        try:
            self.instance.add(repeat, slot.node)
        except Unsettled:
            return self._too_many()
        return self.go_on()

    def _take(self, slot: Slot, value: str) -> Step:
        """Sets the value where the constraint allows it, and goes on."""
        if not self._allows(slot, value):
            digits = understand.phone(value)
            if digits == value or not self._allows(slot, digits):
                message = self.showing.constraint_message(slot.node)
                return self._refuse(message or self._say("interview.constraint"))
            value = digits
        self.picked = None
        try:
            self._set(slot, value)
        except Unsettled:
            return self._too_many()
        return self.go_on()

    def _too_many(self) -> Refused:
        """The answer would make the form longer than anybody fills in: it is as if it had not been given."""
        untouched = Sitting.restored(self.form, self.before, self.world)
        return untouched._refuse(self._say("interview.too_many"))

    def _set(self, slot: Slot, value: str) -> None:
        self.instance.answer(slot.node, value)
        for key in self.instance.cleared:
            self.done.pop(key, None)
        self.done[slot.key] = None

    def skip(self) -> Step:
        slot = slot_at(self.showing, self.at)
        if slot is None:
            return self._refuse(self._say("interview.at_review"))
        self.picked = None
        if slot.kind == "more":
            self.done[slot.key] = None
            return self.go_on()
        if self.showing.required(slot.node):
            return self._refuse(self._required(slot))
        self._set(slot, "")
        return self.go_on()

    def _required(self, slot: Slot) -> str:
        return self.showing.required_message(slot.node) or self._say("interview.required")

    # -- what is known beforehand

    def take_over(self, given: Mapping[str, str]) -> None:
        """Takes values known beforehand; what they answer rightly is not asked."""
        keys = {key: value for name, value in given.items() if (key := self._key(name)) is not None}
        filled = self.instance.prefill(keys)
        for key, value in keys.items():
            node = self.instance.node(key)
            if node is not None and (key in filled or not value) and self._is_right(node):
                self.done[key] = None
        found = slots(self.showing)
        asked = [slot for slot in found if slot.kind == "question"]
        required = [slot for slot in asked if self.showing.required(slot.node)]
        if required and all(slot.key in self.done for slot in required):
            self.done.update(dict.fromkeys(slot.key for slot in found if slot.kind != "note"))

    def _is_right(self, node: Node) -> bool:
        """Whether a value brought along is one that the form would take today."""
        item = item_of(node)
        if self.showing.violation(node) is not None or not isinstance(item, Item):
            return False
        if item.control not in {"select1", "select"} or not node.held():
            return True
        values = {choice.value for choice in self.showing.choices(node)}
        chosen = node.held().split() if item.control == "select" else [node.held()]
        return values.issuperset(chosen)

    def _key(self, name: str) -> str | None:
        """The key of a node by name or path, where a value may be brought along to it."""
        number = self.form.numbers.get(plain(name)) if name.startswith("/") else _by_name(self.form).get(name)
        item = self.form.items[number] if number is not None else None
        if not isinstance(item, Item) or item.bind.calculate is not None or item.bind.preload:
            return None
        if "/meta/" in plain(item.path):
            return None
        places = tuple(int(place) for place in re.findall(r"\[(\d{1,4})\]", name))
        for depth, loop in enumerate(item.loops):
            if len(places) <= depth:
                places = (*places, 1)
            self.instance.reach(loop, places[: depth + 1])
        return key_of(item.number, places[: len(item.loops)])

    # -- finishing

    def finish(self) -> Finished | Refused:
        found = slots(self.showing)
        for slot in found:
            amiss = self.showing.violation(slot.node) if slot.kind == "question" else None
            if amiss is not None:
                self.at = slot.key
                self.done.pop(slot.key, None)
                if amiss == "required":
                    return self._refuse(self._required(slot))
                message = self.showing.constraint_message(slot.node)
                return self._refuse(message or self._say("interview.constraint"))
        for node in list(self.instance.nodes()):
            last = preload_at_end(item_of(node).bind, self.world.now)
            if last is not None:
                self.instance.answer(node, last)
        return Finished(self.values(), self.xml(), self.state())

    def values(self) -> dict[str, str]:
        """Every relevant value by the path of its node."""
        nodes = (node for node in self.instance.nodes() if node.relevant and isinstance(node.state, Item))
        return {path_of(node): node.held() for node in nodes}

    def xml(self) -> str:
        """The instance as OpenRosa submits it: what is irrelevant is left out."""
        return self.instance.root.to_xml(lambda node: node.relevant)

    def _say(self, key: str, **values: object) -> str:
        return say(self.world.language, key, **values)


def language_of(form: Form, wanted: str) -> str:
    """The form's language for "vi": "vi", "Tiếng Việt (vi)" or "Vietnamese"; else the form's default."""
    for language in form.languages:
        if language.lower() == wanted or language.endswith(f"({wanted})"):
            return language
    names = _NAMES.get(wanted, ())
    return next((lang for lang in form.languages if lang.lower() in names), form.default_language)


def path_of(node: Node) -> str:
    """The node's path; every instance of a repeat with its place: /data/r[1]/x."""
    steps: list[str] = []
    here: Node | None = node
    while here is not None and here.state is not None:
        place = ""
        if isinstance(here.state, Repeat) and here.parent is not None:
            place = f"[{here.parent.named(here.name).index(here) + 1}]"
        steps.append(here.qualified_name + place)
        here = here.parent
    return "/" + "/".join(reversed(steps))


@lru_cache(maxsize=64)
def _by_name(form: Form) -> dict[str, int]:
    """The first item with a value of each name."""
    return {item.name: item.number for item in reversed(list(form.questions()))}
