"""One turn of an interview: the instance as it stood, what was given, and where it goes from there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from functools import lru_cache

from content import payloads, reading, tracing, understand
from content.answers import after_removal, item_of, key_of, path_of
from content.asking import Agenda, Slot
from content.datatypes import timestamp
from content.expressions import Context, Environment
from content.fieldlist import list_of, together
from content.form import Form, Repeat, plain
from content.form import Question as Item
from content.instance import Instance, Unsettled
from content.ledger import Kept
from content.misreadings import failures
from content.outsiders import rows_as_node
from content.payloads import Press
from content.preloads import is_set_at_end
from content.presenting import Presentation
from content.showing import Showing, language_of
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
from content.words import say


class Sitting:
    """What one call of `content.interview` works on; its methods are what that module's functions promise.

    `at` is the key of the open question, "" at the review; `done` the keys of what has been passed; `picked`
    a choice of several, or the points of a line, that is not finished yet; `before` the state that was given.
    `intact` is False where the last step was given up half-way: such a sitting is not to go on.
    """

    __slots__ = (
        "_agenda", "_ledger", "at", "before", "done", "form", "instance", "intact", "picked", "presentation",
        "showing", "world",
    )  # fmt: skip

    def __init__(self, form: Form, world: World, at: str) -> None:
        self.form = form
        self.world = world
        environment = Environment(
            now=world.now,
            zone=world.now.tzinfo or UTC,
            instance=self._instance,
            seed=_seed(world, at),
            faults={},
        )
        self.instance = Instance(form, environment)
        self.showing = Showing(self.instance, language_of(form, world.language))
        self.presentation = Presentation(self.showing, world.language)
        self.done: Kept[int] = Kept(0)
        self.picked: list[str] | None = None
        self.at = at
        self.before: State = {}
        self.intact = True
        self._agenda: Agenda | None = None
        self._ledger = self.instance.ledger(self.done)

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
        sitting._ledger.read(state)
        sitting.instance.restore()
        sitting.before = state
        picked = state.get("p")
        sitting.picked = None if picked is None else list(picked)
        return sitting

    def stands_as(self, state: State) -> bool:
        """Whether this is the interview that `restored` would make of the state."""
        return self.intact and self._ledger.stands_as(state)

    def go_on_with(self, state: State, world: World) -> None:
        """Makes ready for the next call: the same interview, later and perhaps in another language."""
        self.world = world
        self.before = state
        self.instance.cleared.clear()
        environment = self.instance.environment
        environment.now, environment.zone = world.now, world.now.tzinfo or UTC
        environment.reseed(_seed(world, self.at))
        self.showing.language = language_of(self.form, world.language)
        self.presentation.locale = world.language

    def end(self) -> None:
        """Nobody needs it any more: what in it holds each other lets go, so that its memory comes back at
        once."""
        self.instance.document.dissolve()
        self.instance.environment = Environment()

    def state(self) -> State:
        """What the next turn needs, ready for JSON."""
        picked = {} if self.picked is None else {"p": self.picked.copy()}
        return self._ledger.written(at=self.at, **picked)

    def _instance(self, name: str) -> Node | None:
        rows = self.world.instances.get(name)
        if rows is None and name in self.form.external:
            rows = ()  # the file was not loaded: a list without choices
        return self.form.instances.get(name) if rows is None else rows_as_node(rows)

    # -- where to go

    def _order(self) -> Agenda:
        """What is asked as things stand now."""
        if self._agenda is None:
            self._agenda = Agenda(self.showing, self.done)
        else:
            self._agenda.follow()
        return self._agenda

    def _pass(self, key: str, passed: bool = True) -> None:
        """Notes that a question is done with, or is to be asked again."""
        if self._agenda is not None:
            self._agenda.passed(key, passed)
        elif passed:
            self.done[key] = 1
        else:
            self.done.drop(key)

    def go_on(self) -> Step:
        """The first question that has not been passed, or whose answer no longer fits the others; or the
        review."""
        order = self._order()
        self.at = order.next()
        why = "" if self.at else self._reopen_amiss()
        step = self._step(self._order() if why else order)
        return replace(step, notes=(why.strip(), *step.notes)) if why and isinstance(step, Asked) else step

    def stay(self) -> Step:
        """The open question again; where it is gone, the next one."""
        return self._step(self._order())

    def go_back(self) -> Step:
        order = self._order()
        if before := order.before(self.at):
            self.at = before
            self.picked = None
        return self._step(order)

    def reopen(self, ref: str) -> Step:
        order = self._order()
        more = (slot for slot in order.more() if slot.key == ref)
        named = (s for s in order.questions() if ref in {s.key, item_of(s.node).name, path_of(s.node)})
        slot = next(more, None) or next(named, None)
        if slot is None:
            return self._stale()
        self.at = slot.key
        self.picked = None
        return self._step(order)

    def remove(self, ref: str) -> Step:
        node = self.instance.node(ref)
        if node is None or node not in self._loops():
            return self._stale()
        self.done.become(after_removal(self.instance, node, self.done))
        self.instance.remove(node)
        return self.go_on()

    def _loops(self) -> list[Node]:
        """The rounds of repeats that a person made, and may take out."""
        loops = (item for item in self.form.items if isinstance(item, Repeat))
        made = (item.number for item in loops if item.count is None and not item.fixed)
        return [node for number in made for node in self.instance.all_of(number) if node.relevant]

    def _step(self, order: Agenda) -> Step:
        slot = order.find(self.at)
        if slot is None and self.at:  # it is gone: something else was answered otherwise
            self.at = order.next()
            slot = order.find(self.at)
        notes = (*self._failed(), *self.presentation.notes(order.read_before(self.at)))
        if slot is None:
            lines = self.presentation.lines(order.questions())
            entries = self.presentation.entries(self._loops(), order.more())
            return Review(lines, self.state(), notes, entries)
        return Asked(self._question(order, slot), self.state(), notes)

    def _question(self, order: Agenda, slot: Slot) -> Question:
        question = self.presentation.question(slot, order.number(slot.key), len(order.asked), self.picked)
        with_it = together(order, slot) if slot.kind == "question" else []
        if not with_it:
            return question
        noted = [(self.presentation.notes(order.read_before(one.key)), one) for one in with_it]
        return replace(question, together=self.presentation.together(noted))

    def _stale(self) -> Refused:
        return Refused(self._open(), self._say("interview.stale"), self.state(), "stale")

    def _refuse(self, why: str) -> Refused:
        question = self._open()
        return Refused(question, "\n".join([why, *self._failed()]), self.state())

    def _failed(self) -> list[str]:
        """What of the form could not be worked out since this was told last; it counts as blank."""
        faults = self.instance.environment.faults or {}
        told = failures(faults, self.world.language)
        faults.clear()
        return told

    def _open(self) -> Question | None:
        """The question that is open, if one is."""
        order = self._order()
        slot = order.find(self.at)
        return None if slot is None else self._question(order, slot)

    def list_here(self) -> Node | None:
        """The field-list in which the open question stands."""
        slot = self._slot()
        return None if slot is None or slot.kind == "more" else list_of(slot.node)

    def _slot(self) -> Slot | None:
        """What is open, without going through all that is asked; None at the review, or where it is gone."""
        node = self.instance.node(self.at) if self.at else None
        if node is not None and isinstance(node.state, Item):
            return Slot("question", self.at, node, node.state.number, ()) if node.relevant else None
        return self._order().find(self.at)

    # -- hearing

    def hear(self, given: Given) -> Step:
        slot = self._slot()
        press = payloads.pressed(given.payload) if given.payload is not None else None
        if given.payload is not None and (slot is None or press is None or press.key != self.at):
            return self._stale()
        if slot is None:
            return self._refuse(self._say("interview.at_review"))
        return self._more(slot, given, press) if slot.kind == "more" else self._heard(slot, given, press)

    def _heard(self, slot: Slot, given: Given, press: Press | None) -> Step:
        """An answer to a question."""
        item = item_of(slot.node)
        assert isinstance(item, Item)
        if (kind := reading.type_of(item)) in tracing.LEAST:
            return self._trace(slot, kind, given, press)
        if press is None and item.control == "select" and understand.is_finished(given.text):
            press = Press(slot.key, "!", "")
        if press is not None:
            return self._press(slot, press)
        value = reading.read(item, given, self.presentation.offered(slot), self.world.now)
        if isinstance(value, Missed):
            if reading.leaves_blank(item, given.text, value):
                return self.skip()
            return self._refuse(self._say(value.key, **value.values))
        if understand.is_declined(given.text) and not self._allows(slot, value):
            # As "không" to a telephone number that need not be given; or to a number, where it is said why.
            says_why = kind in reading.NUMBERS and self.showing.required_message(slot.node)
            if says_why or not self.showing.required(slot.node):
                return self.skip()
        return self._take(slot, value)

    def _trace(self, slot: Slot, kind: str, given: Given, press: Press | None) -> Step:
        """One more point of a line or area, one less, or its end."""
        found = tracing.heard(kind, self.picked or [], given, press, slot.node.held())
        match found:
            case None:
                return self._stale()
            case Missed():
                return self._refuse(self._say(found.key, **found.values))
            case str():
                return self._take(slot, found)
        self.picked = found
        return self._open_again(slot)

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
        if value is not None and multiple and press.verb in "+-":
            return self._toggle(slot, value, press.verb == "+")
        return self._take(slot, value) if value is not None and press.verb == "=" else self._stale()

    def _toggle(self, slot: Slot, value: str, chosen: bool) -> Step:
        if chosen and self._stands_alone(slot, value):
            return self._take(slot, value)
        before = self.picked if self.picked is not None else slot.node.held().split()
        values = [option.value for option in self.presentation.offered(slot)]
        kept = {*before, value} if chosen else {*before} - {value}
        self.picked = [other for other in values if other in kept]
        return self._open_again(slot)

    def _open_again(self, slot: Slot) -> Asked:
        """The same question, as far as it has been answered; the notes before it were read already."""
        order = self._order()
        return Asked(self._question(order, order.find(self.at) or slot), self.state())

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
            self._pass(slot.key)
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
        self.intact = False
        untouched = Sitting.restored(self.form, self.before, self.world)
        return untouched._refuse(self._say("interview.too_many"))

    def _set(self, slot: Slot, value: str) -> None:
        self.instance.answer(slot.node, value)
        for key in self.instance.cleared:
            self._pass(key, False)
        self._pass(slot.key)

    def skip(self) -> Step:
        slot = self._slot()
        if slot is None:
            return self._refuse(self._say("interview.at_review"))
        if slot.kind == "more":
            self._pass(slot.key)
            return self.go_on()
        if self.showing.required(slot.node):
            return self._refuse(self._required(slot))
        self.picked = None
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
            if node is not None and (key in filled or not value) and self.showing.takes(node):
                self._pass(key)
        order = self._order()
        required = [slot for slot in order.questions() if self.showing.required(slot.node)]
        if required and all(slot.key in self.done for slot in required):
            for key in [order.slots[place].key for place in order.asked]:
                self._pass(key)

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
        if why := self._reopen_amiss():
            return self._refuse(why)
        for number in _set_at_end(self.form):
            for node in self.instance.all_of(number):
                self.instance.answer(node, timestamp(self.world.now))
        return Finished(self.values(), self.xml(), self.state())

    def _reopen_amiss(self) -> str:
        """Opens the first question whose answer is missing or does not fit, and says why; "" where all do."""
        for slot in self._order().questions():
            amiss = self.showing.violation(slot.node)
            if amiss is not None:
                self.at = slot.key
                self._pass(slot.key, False)
                if amiss == "required":
                    return self._required(slot)
                return self.showing.constraint_message(slot.node) or self._say("interview.constraint")
        return ""

    def values(self) -> dict[str, str]:
        """Every relevant value by the path of its node."""
        nodes = (node for node in self.instance.nodes() if node.relevant and isinstance(node.state, Item))
        return {path_of(node) if item_of(node).loops else item_of(node).path: node.held() for node in nodes}

    def xml(self) -> str:
        """The instance as OpenRosa submits it: what is irrelevant is left out."""
        return self.instance.root.to_xml(lambda node: node.relevant)

    def _say(self, key: str, **values: object) -> str:
        return say(self.world.language, key, **values)


def _seed(world: World, at: str) -> str:
    """The place is part of it: what uuid() gives at one question must not come again at another."""
    return f"{world.seed}/{at}"


@lru_cache(maxsize=64)
def _set_at_end(form: Form) -> tuple[int, ...]:
    """The items whose value is the time at which the form is closed."""
    return tuple(item.number for item in form.items if is_set_at_end(item.bind))


@lru_cache(maxsize=64)
def _by_name(form: Form) -> dict[str, int]:
    """The first item with a value of each name."""
    return {item.name: item.number for item in reversed(list(form.questions()))}
