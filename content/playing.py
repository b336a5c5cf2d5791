"""Plays steps through the engine below the chat and tells the state of every node after each: for comparison
with other engines. The lines it reads and writes are those of `form play --batch`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from content.answers import item_of, path_of
from content.asking import may_grow
from content.expressions import Environment, ExpressionError
from content.faults import told
from content.form import Form, FormError, Group, Question, Repeat
from content.instance import Instance
from content.outsiders import rows_as_node
from content.showing import Showing
from content.tree import Node
from content.xform import compile_form
from content.xlsform import load

_STEP = re.compile(r"(?:[\w.-]+:)?([\w.-]+|\*)(?:\[(\d+)\])?")


class Play:
    """A form being played. `now` is the moment that the whole play takes."""

    def __init__(self, form: Form, now: datetime, zone: tzinfo, language: str = "") -> None:
        environment = Environment(
            now=now,
            zone=zone,
            instance=self._instance,
            seed=form.id,
        )
        self.form = form
        self.instance = Instance(form, environment)
        self.showing = Showing(self.instance, language or form.default_language)
        self.instance.open({})

    def _instance(self, name: str) -> Node | None:
        found = self.form.instances.get(name)
        return rows_as_node(()) if found is None and name in self.form.external else found

    def do(self, op: Mapping[str, Any]) -> None:
        """One step. ValueError, in words, where it cannot be done."""
        if not isinstance(op, Mapping):
            raise ValueError('a step is an object such as {"op": "answer", "ref": "/data/a", "value": "1"}')
        if op.get("op") == "set_language":
            self.showing = Showing(self.instance, self._language(op.get("language")))
            return
        ref = op.get("ref")
        if not isinstance(ref, str):
            raise ValueError("a step needs `ref`, the path of a node as text")
        match op.get("op"):
            case "answer":
                self._answer(ref, "" if op.get("value") is None else str(op["value"]))
            case "create_repeat":
                self._create(ref)
            case "remove_repeat":
                self.instance.remove(self._node(ref))
            case other:
                raise ValueError(f"there is no step “{other}”")

    def _language(self, wanted: object) -> str:
        if not isinstance(wanted, str) or wanted not in self.form.languages:
            raise ValueError(f"the form has no language “{wanted}”")
        return wanted

    def _answer(self, ref: str, value: str) -> None:
        node = self._node(ref)
        if self.showing.readonly(node):
            raise ValueError(f"{ref} is readonly")
        item = item_of(node)
        if isinstance(item, Question) and item.control in {"select", "rank"} and value:
            order = [choice.value for choice in self.showing.choices(node)]
            chosen = value.split()
            if item.control == "rank" and sorted(chosen) != sorted(order):
                raise ValueError(f"{ref}: a rank holds all the choices")
            if item.control == "select":
                value = " ".join(choice for choice in order if choice in chosen)
        self.instance.answer(node, value)

    def _create(self, ref: str) -> None:
        repeat = self.form.item(ref)
        if not isinstance(repeat, Repeat):
            raise ValueError(f"{ref} is not a repeat")
        parent = self._node(ref.rstrip("/").rpartition("/")[0])
        self.instance.add(repeat, parent)

    def _node(self, ref: str) -> Node:
        steps = [_STEP.fullmatch(step) for step in ref.strip("/").split("/")]
        node: Node | None = None
        for step in steps:
            if step is None:
                raise ValueError(f"{ref} is no path")
            place = int(step[2] or 1) - 1
            same = [self.instance.root] if node is None else node.named(step[1])
            if place >= len(same) or same[place].name != step[1]:
                raise ValueError(f"there is no {ref}")
            node = same[place]
        assert node is not None
        return node

    def nodes(self) -> list[dict[str, Any]]:
        """The state of every node, in document order; a repeat as such comes before its instances."""
        return list(self._states(self.instance.root))

    def _states(self, node: Node) -> Iterator[dict[str, Any]]:
        item = item_of(node)
        yield self._state(node)
        if not isinstance(item, Group):
            return
        for number in item.children:
            below = self.form.items[number]
            found = node.named(below.name)
            if isinstance(below, Repeat):
                yield self._range(below, node, len(found))
            for child in found:
                yield from self._states(child)

    def _range(self, repeat: Repeat, parent: Node, count: int) -> dict[str, Any]:
        """The repeat as such: how often it is there."""
        name = repeat.path.rpartition("/")[2]
        relevant = may_grow(self.instance, repeat, parent)
        return {
            "ref": f"{path_of(parent)}/{name}",
            "relevant": relevant,
            "required": False,
            "readonly": False,
            "value": None,
            "violation": None,
            "count": count,
        }

    def _state(self, node: Node) -> dict[str, Any]:
        item = item_of(node)
        showing = self.showing
        state: dict[str, Any] = {
            "ref": path_of(node),
            "relevant": node.relevant,
            "required": showing.required(node),
            "readonly": showing.readonly(node),
            "value": node.string() if isinstance(item, Question) else None,
            "violation": showing.violation(node) if isinstance(item, Question) else None,
        }
        for name, text in (("label", showing.label(node)), ("hint", showing.hint(node))):
            if text:
                state[name] = text
        if isinstance(item, Question) and item.control in {"select1", "select", "rank"}:
            state["choices"] = [[choice.value, choice.label] for choice in showing.choices(node)]
        return state

    def xml(self) -> str:
        """The instance as it would be submitted."""
        return self.instance.root.to_xml(lambda node: node.relevant)


def play(line: Mapping[str, Any], form: Form, now: datetime) -> dict[str, Any]:
    """All steps of a line: the form as opened, then after each op. `now` is for lines that name no time."""
    try:
        zone = ZoneInfo(line["tz"]) if line.get("tz") else UTC
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ValueError(f"tz: there is no time zone {line['tz']}") from None
    try:
        now = datetime.fromisoformat(line["now"]) if line.get("now") else now
    except (ValueError, TypeError):
        raise ValueError(f"now: {line['now']} is no ISO 8601 time") from None
    ops = line.get("ops", [])
    if not isinstance(ops, list):
        raise ValueError("ops: a list of steps is wanted")
    if now.tzinfo is None:
        now = now.replace(tzinfo=zone)
    steps: list[dict[str, Any]] = []
    try:
        played = Play(form, now, zone)
    except (ValueError, ExpressionError) as error:
        return {"id": line.get("id"), "error": str(error), "steps": []}
    steps.append(_step(played, None))
    for op in ops:
        problem = None
        try:
            played.do(op)
        except (ValueError, KeyError) as error:
            problem = str(error)
        steps.append(_step(played, problem))
    return {"id": line.get("id"), "error": None, "steps": steps}


def play_line(text: str | bytes, now: datetime) -> dict[str, Any]:
    """A line of JSON, its form and its steps; whatever is wrong is said in `error`, and nothing raises."""
    line: Any = None
    try:
        line = json.loads(text)
        if not isinstance(line, dict):
            raise ValueError('a line is an object: {"id", "form", "ops", …}')
        return play(line, _form(line.get("form")), now)
    except FormError as error:
        problem = _sentence(error)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        problem = f"the line is not JSON: {error}"
    except ValueError as error:
        problem = str(error)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"cannot be played: {error or type(error).__name__}"
    return {"id": line.get("id") if isinstance(line, dict) else None, "error": problem, "steps": []}


def _form(given: object) -> Form:
    if isinstance(given, str):
        return compile_form(given)
    if isinstance(given, dict) and isinstance(given.get("md"), str):
        return load(given["md"].encode(), "form.md")
    raise ValueError('form: give an XForm as text, or {"md": XLSForm as Markdown}')


def _sentence(error: FormError) -> str:
    return "; ".join(told(fault, "en") for fault in error.faults if not fault.warning)


def _step(played: Play, problem: str | None) -> dict[str, Any]:
    try:
        return {"error": problem, "nodes": played.nodes(), "xml": played.xml()}
    except ValueError as error:
        return {"error": problem or str(error), "nodes": [], "xml": played.xml()}
