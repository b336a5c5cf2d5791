"""One turn of an interview: the instance as it stood, what was given, and where it goes from there."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache
from typing import Any

from content import reading, understand
from content.asking import Slot, slots
from content.expressions import Context, Environment
from content.form import Form, Repeat, plain
from content.form import Question as Item
from content.instance import Instance, Unsettled, item_of, key_of
from content.outsiders import rows_as_node
from content.preloads import preload_at_end
from content.showing import Offered, Showing
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
from content.telling import shown_value
from content.tree import Node
from content.understand import Labelled, Missed
from content.words import say

_PAYLOAD = re.compile(r"q:(\d+(?:\.\d+)*)([=+\-!~])(.*)", re.DOTALL)
_LONGEST_PAYLOAD = 64
_NAMES = {"vi": ("vi", "vietnamese", "tiếng việt"), "en": ("en", "english", "tiếng anh")}


class Sitting:
    """What one call of `content.interview` works on. `at` is the key of the open question, "" at the review;
    `done` the keys of what has been passed; `picked` a choice of several that is not finished yet; `before`
    the state that was given."""

    __slots__ = ("at", "before", "done", "form", "instance", "picked", "showing", "world")

    def __init__(self, form: Form, world: World) -> None:
        self.form = form
        self.world = world
        environment = Environment(
            now=world.now,
            zone=world.now.tzinfo or UTC,
            instance=self._instance,
            randomness=random.Random(world.seed),  # noqa: S311 - repeatable on purpose
        )
        self.instance = Instance(form, environment)
        self.showing = Showing(self.instance, language_of(form, world.language))
        self.done: dict[str, None] = {}
        self.picked: list[str] | None = None
        self.at = ""
        self.before: State = {}

    @classmethod
    def opened(cls, form: Form, world: World) -> Sitting:
        """A new interview."""
        sitting = cls(form, world)
        sitting.instance.open(world.facts)
        return sitting

    @classmethod
    def restored(cls, form: Form, state: State, world: World) -> Sitting:
        """An interview as `state` has it."""
        sitting = cls(form, world)
        sitting.instance.restore(state)
        sitting.before = state
        sitting.done = dict.fromkeys(state["d"])
        sitting.picked = state.get("p")
        sitting.at = state["at"]
        return sitting

    def state(self) -> State:
        """What the next turn needs, ready for JSON."""
        state: dict[str, Any] = {"at": self.at, "d": list(self.done), **self.instance.kept()}
        if self.picked is not None:
            state["p"] = self.picked
        return state

    def _instance(self, name: str) -> Node | None:
        rows = self.world.instances.get(name)
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
            if slot.kind == "question" and ref in {slot.key, self._name(slot), path_of(slot.node)}:
                self.at = slot.key
                self.picked = None
                return self._step(found)
        return self._stale(found)

    def _step(self, found: list[Slot]) -> Step:
        if not self.at:
            return Review(self._lines(found), self.state(), self._notes(found, len(found)))
        place = next(i for i, slot in enumerate(found) if slot.key == self.at)
        return Asked(self._question(found, place), self.state(), self._notes(found, place))

    def _stale(self, found: list[Slot]) -> Refused:
        return Refused(self._open(found), self._say("interview.stale"), self.state(), "stale")

    def _refuse(self, found: list[Slot], why: str) -> Refused:
        return Refused(self._open(found), why, self.state())

    def _open(self, found: list[Slot]) -> Question | None:
        place = next((i for i, slot in enumerate(found) if slot.key == self.at), None)
        return None if place is None else self._question(found, place)

    # -- hearing

    def hear(self, given: Given) -> Step:
        found = slots(self.showing)
        slot = next((slot for slot in found if slot.key == self.at), None)
        pressed = _PAYLOAD.fullmatch(given.payload) if given.payload is not None else None
        if given.payload is not None and (slot is None or pressed is None or pressed[1] != self.at):
            return self._stale(found)
        if slot is None:
            return self._refuse(found, self._say("interview.at_review"))
        if slot.kind == "more":
            return self._more(found, slot, given, pressed)
        if pressed is not None:
            return self._press(found, slot, pressed[2], pressed[3])
        item = item_of(slot.node)
        assert isinstance(item, Item)
        choices = [Labelled(option.value, option.label) for option in self._offered(slot)]
        value = reading.read(item, given, choices, self.world.now)
        if isinstance(value, Missed):
            return self._refuse(found, self._say(value.key, **value.values))
        return self._take(found, slot, value)

    def _press(self, found: list[Slot], slot: Slot, verb: str, argument: str) -> Step:
        held = slot.node.held()
        if verb == "~" and held:
            return self._take(found, slot, held)
        multiple = item_of(slot.node).control == "select"  # type: ignore[attr-defined]
        if verb == "!" and multiple:
            picked = " ".join(self.picked) if self.picked is not None else held
            return self._take(found, slot, picked) if picked else self.skip()
        value = next((o.value for o in self._offered(slot) if _argument(slot.key, o.value) == argument), None)
        if value is None:
            return self._stale(found)
        if multiple and verb in "+-":
            return self._toggle(found, slot, value, verb == "+")
        return self._take(found, slot, value) if verb == "=" else self._stale(found)

    def _toggle(self, found: list[Slot], slot: Slot, value: str, chosen: bool) -> Step:
        if chosen and self._stands_alone(slot, value):
            return self._take(found, slot, value)
        before = self.picked if self.picked is not None else slot.node.held().split()
        order = [option.value for option in self._offered(slot)]
        kept = {*before, value} if chosen else {*before} - {value}
        self.picked = [other for other in order if other in kept]
        place = next(i for i, other in enumerate(found) if other.key == self.at)
        return Asked(self._question(found, place), self.state())

    def _stands_alone(self, slot: Slot, value: str) -> bool:
        """Whether the constraint lets this choice stand only by itself: "none of these"."""
        constraint = item_of(slot.node).bind.constraint
        other = next((option.value for option in self._offered(slot) if option.value != value), None)
        if constraint is None or other is None:
            return False
        held = slot.node.held()
        context = Context(slot.node, self.instance.environment)
        holds = []
        for text in (value, f"{value} {other}", other):
            slot.node.set_text(text)
            holds.append(constraint.boolean(context))
        slot.node.set_text(held)
        return holds == [True, False, True]

    def _more(self, found: list[Slot], slot: Slot, given: Given, pressed: re.Match[str] | None) -> Step:
        """Whether a repeat comes once more."""
        options = [Labelled("1", self._say("interview.yes")), Labelled("0", self._say("interview.no"))]
        if pressed is not None:
            value: str | Missed = pressed[3]
        else:
            value = understand.one_choice(given.text, options)
        if isinstance(value, Missed):
            return self._refuse(found, self._say(value.key, **value.values))
        if value == "1":
            repeat = self.form.items[slot.number]
            assert isinstance(repeat, Repeat)
            self.instance.add(repeat, slot.node)
        else:
            self.done[slot.key] = None
        return self.go_on()

    def _take(self, found: list[Slot], slot: Slot, value: str) -> Step:
        """Sets the value where the constraint allows it, and goes on."""
        node = slot.node
        held = node.held()
        bind = item_of(node).bind
        if bind.constraint is not None:
            value = self._fitting(slot, value)
            node.set_text(value)
            holds = bind.constraint.boolean(Context(node, self.instance.environment))
            node.set_text(held)
            if not holds:
                message = self.showing.constraint_message(node)
                return self._refuse(found, message or self._say("interview.constraint"))
        self.picked = None
        try:
            self._set(slot, value)
        except Unsettled:
            return Sitting.restored(self.form, self.before, self.world).too_many()
        return self.go_on()

    def too_many(self) -> Refused:
        """The answer would make the form longer than anybody fills in."""
        return self._refuse(slots(self.showing), self._say("interview.too_many"))

    def _fitting(self, slot: Slot, value: str) -> str:
        """A phone number as the form wants it, where it does not want it as it was typed."""
        item = item_of(slot.node)
        digits = understand.phone(value)
        if digits == value or item.bind.type != "string" or item.bind.constraint is None:
            return value
        held = slot.node.held()
        context = Context(slot.node, self.instance.environment)
        slot.node.set_text(value)
        as_typed = item.bind.constraint.boolean(context)
        slot.node.set_text(digits)
        as_digits = item.bind.constraint.boolean(context)
        slot.node.set_text(held)
        return digits if as_digits and not as_typed else value

    def _set(self, slot: Slot, value: str) -> None:
        self.instance.answer(slot.node, value)
        for key in self.instance.cleared:
            self.done.pop(key, None)
        self.done[slot.key] = None

    def skip(self) -> Step:
        found = slots(self.showing)
        slot = next((slot for slot in found if slot.key == self.at), None)
        if slot is None:
            return self._refuse(found, self._say("interview.at_review"))
        self.picked = None
        if slot.kind == "more":
            self.done[slot.key] = None
            return self.go_on()
        if self.showing.required(slot.node):
            return self._refuse(found, self._required(slot))
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
                    return self._refuse(found, self._required(slot))
                message = self.showing.constraint_message(slot.node)
                return self._refuse(found, message or self._say("interview.constraint"))
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

    # -- showing

    def _say(self, key: str, **values: object) -> str:
        return say(self.world.language, key, **values)

    def _name(self, slot: Slot) -> str:
        return self.form.items[slot.number].name

    def _offered(self, slot: Slot) -> list[Offered]:
        item = item_of(slot.node)
        if isinstance(item, Item) and item.control == "trigger":
            return [Offered("OK", self._say("interview.acknowledge"))]
        return self.showing.choices(slot.node)

    def _question(self, found: list[Slot], place: int) -> Question:
        slot = found[place]
        total = sum(1 for other in found if other.kind != "note")
        number = sum(1 for other in found[: place + 1] if other.kind != "note")
        if slot.kind == "more":
            return self._more_question(slot, number, total)
        node = slot.node
        item = item_of(node)
        assert isinstance(item, Item)
        kind = reading.type_of(item)
        multiple = kind == "select_multiple"
        held = node.held()
        chosen = (self.picked if self.picked is not None else held.split()) if multiple else [held]
        offered = self._offered(slot)
        hints = (self.showing.hint(node), self.showing.hint(node, "guidance"))
        return Question(
            ref=slot.key,
            name=item.name,
            type=kind,
            label=self.showing.label(node).strip() or item.name,
            hint="\n".join(filter(None, hints)),
            options=() if kind == "rank" else tuple(_option(slot.key, o, chosen, multiple) for o in offered),
            multiple=multiple,
            required=self.showing.required(node),
            number=number,
            total=total,
            value=self._shown(slot, offered),
            ask={"geopoint": "location", "image": "photo"}.get(kind),  # type: ignore[arg-type]
            done_payload=f"q:{slot.key}!" if multiple else None,
            default_payload=f"q:{slot.key}~" if held and not multiple else None,
            group=self._group(slot),
        )

    def _more_question(self, slot: Slot, number: int, total: int) -> Question:
        name = self.showing.text(slot.node, self.form.items[slot.number].label) or self._name(slot)
        options = tuple(
            Option(value, self._say(key), f"q:{slot.key}={value}")
            for value, key in (("1", "interview.yes"), ("0", "interview.no"))
        )
        label = self._say("interview.more", name=name)
        return Question(slot.key, self._name(slot), "repeat", label, "", options, False, False, number, total)

    def _shown(self, slot: Slot, offered: list[Offered]) -> str:
        item = item_of(slot.node)
        assert isinstance(item, Item)
        return shown_value(item, slot.node.held(), offered, self.world.language)

    def _lines(self, found: list[Slot]) -> tuple[Line, ...]:
        return tuple(
            Line(
                slot.key,
                self.showing.label(slot.node).strip() or self._name(slot),
                self._shown(slot, self._offered(slot)),
            )
            for slot in found
            if slot.kind == "question"
        )

    def _notes(self, found: list[Slot], place: int) -> tuple[str, ...]:
        """What is read before the question at `place`."""
        first = next((i + 1 for i in range(place - 1, -1, -1) if found[i].kind != "note"), 0)
        notes: list[str] = []
        for slot in found[first:place]:
            hint = self.showing.hint(slot.node)
            notes.append("\n".join(filter(None, (self.showing.label(slot.node).strip(), hint.strip()))))
        return tuple(filter(None, notes))

    def _group(self, slot: Slot) -> str:
        """The label of the innermost group that has one."""
        around = set(slot.groups)
        node: Node | None = slot.node.parent
        while around and node is not None and node.state is not None:
            label = self.showing.label(node) if item_of(node).number in around else ""
            if label:
                return label
            node = node.parent
        return ""


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


def _option(key: str, offered: Offered, chosen: list[str], multiple: bool) -> Option:
    picked = offered.value in chosen
    verb = ("-" if picked else "+") if multiple else "="
    return Option(offered.value, offered.label, f"q:{key}{verb}{_argument(key, offered.value)}", picked)


def _argument(key: str, value: str) -> str:
    """How a choice is named in a payload: by its value, or a hash of it where that is long or not ASCII."""
    short = len(key) + len(value) + 3 <= _LONGEST_PAYLOAD
    if short and value.isascii() and value.isprintable() and value[:1] != "#":
        return value
    return f"#{zlib.crc32(value.encode()):08x}"


@lru_cache(maxsize=64)
def _by_name(form: Form) -> dict[str, int]:
    """The first item with a value of each name."""
    return {item.name: item.number for item in reversed(list(form.questions()))}
