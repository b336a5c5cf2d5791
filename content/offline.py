"""Questionnaires filled in elsewhere: the XForm as a member's ODK Collect gets it, and what it sends judged
by the same engine that runs the chat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from content.answers import item_of, path_of
from content.form import Form, Group, Question, Repeat, plain
from content.interview import Refused, World
from content.sitting import Sitting
from content.tree import Node, element
from content.words import say
from content.xform import JR, XFORMS

HAMLET, HOUSEHOLD, COMMUNE, LISTED_NAME, NEW_NAME = "ap", "ho", "xa", "ten_ho", "ten_moi"
"""Questions that the bot itself answers in the chat; in Collect they come with the form or are asked."""
CONSENT, NO = "dong_y", "khong"

LIST = "households.xml"
"""The file with the households, which changes from day to day while the form stays."""
_INSTANCE = "tocns-households"


@dataclass(frozen=True, slots=True)
class Place:
    """A hamlet in which the member surveys."""

    code: str
    hamlet: str
    commune: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A household as Collect offers it; `code` is its hamlet's."""

    id: int
    label: str
    code: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a submission can't be counted: the sentence `offline.<key>` says it."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)

    def told(self, locale: str) -> str:
        """The sentence."""
        return say(locale, f"offline.{self.key}", **self.values)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the engine makes of a submission. `values` are as in the chat: relevant nodes, by path; `wording`
    the consent as it was shown; `problem` the first thing that is amiss."""

    values: dict[str, str]
    consent: bool
    wording: str
    problem: Problem | None


# --------------------------------------------------------------------------- out


def prepared(form: Form, places: Sequence[Place], locale: str) -> str:
    """The XForm for a member of these hamlets.

    Where there is one, the form knows it; of several Collect asks first. Then it offers the hamlet's
    households, from the file `LIST`. It also notes when it is begun and ended.
    """
    html = Node.parse(form.source).elements()[0]
    head, body = html.child("head"), html.child("body")
    model = head.child("model") if head is not None else None
    assert model is not None, "a form that was compiled has a model"
    primary = model.named("instance")[0].elements()[0]
    _clocked(model, primary)
    hidden = {name: _hidden(form, name) for name in (COMMUNE, HAMLET, HOUSEHOLD)}
    communes = {place.commune for place in places}
    if len(communes) == 1:
        _preset(primary, hidden[COMMUNE], communes.pop())
    asked = []
    if len(places) == 1:
        _preset(primary, hidden[HAMLET], places[0].hamlet)
    elif places and hidden[HAMLET]:
        asked.append(_which_hamlet(hidden[HAMLET], places, locale))
    if hidden[HOUSEHOLD]:
        source = _xforms("instance", id=_INSTANCE, src=f"jr://file/{LIST}")
        model.insert_after(model.named("instance")[-1], source)
        by = f"[ap = {hidden[HAMLET]}]" if len(places) > 1 and hidden[HAMLET] else ""
        asked.append(_which_household(hidden[HOUSEHOLD], by, locale))
    for control in reversed(asked if body is not None else []):
        body.insert(0, control)  # type: ignore[union-attr]
    return '<?xml version="1.0"?>\n' + html.to_xml()


def _clocked(model: Node, primary: Node) -> None:
    """Gives the form an id of each instance and its times: https://docs.getodk.org/openrosa-metadata/"""
    meta = primary.child("meta")
    if meta is None:
        meta = primary.append(element("meta"))
    filled = {
        "instanceID": ("string", "uid", ""),
        "timeStart": ("dateTime", "timestamp", "start"),
        "timeEnd": ("dateTime", "timestamp", "end"),
    }
    for name, (kind, preload, params) in filled.items():
        if meta.child(name) is not None:
            continue
        node = meta.append(element(name, "", meta.namespace, meta.prefix))
        path = f"/{primary.qualified_name}/{meta.qualified_name}/{node.qualified_name}"
        bind = model.append(_xforms("bind", nodeset=path, type=kind))
        for attribute, value in (("preload", preload), ("preloadParams", params)):
            if value:
                bind.set_attribute(attribute, value, JR, "jr")


def _hidden(form: Form, name: str) -> str:
    """The path of the question that nobody is asked and nothing works out; "" where there is none."""
    for item in form.questions():
        if item.name == name and not item.loops:
            free = item.control is None and item.bind.calculate is None and not item.bind.preload
            return plain(item.path) if free else ""
    return ""


def _preset(primary: Node, path: str, text: str) -> None:
    node: Node | None = primary
    for step in path.split("/")[2:]:
        node = node.child(step) if node is not None else None
    if path and node is not None:
        node.set_text(text)


def _xforms(name: str, text: str = "", **attributes: str) -> Node:
    node = element(name, text, XFORMS)
    for attribute, value in attributes.items():
        node.set_attribute(attribute, value)
    return node


def _which_hamlet(path: str, places: Sequence[Place], locale: str) -> Node:
    control = _xforms("select1", ref=path)
    control.append(_xforms("label", say(locale, "offline.ask_hamlet")))
    for place in places:
        item = control.append(_xforms("item"))
        item.append(_xforms("label", f"{place.hamlet}, {place.commune}"))
        item.append(_xforms("value", place.code))
    return control


def _which_household(path: str, by: str, locale: str) -> Node:
    control = _xforms("select1", ref=path, appearance="minimal autocomplete")
    control.append(_xforms("label", say(locale, "offline.ask_household")))
    control.append(_xforms("hint", say(locale, "offline.ask_household_hint")))
    choices = control.append(_xforms("itemset", nodeset=f"instance('{_INSTANCE}')/root/item{by}"))
    choices.append(_xforms("value", ref="name"))
    choices.append(_xforms("label", ref="label"))
    return control


def offers_households(form: Form) -> bool:
    """Whether Collect needs the file `LIST` for this form."""
    return bool(_hidden(form, HOUSEHOLD))


def listing(households: Sequence[Listed]) -> str:
    """The file `LIST`."""
    root = element("root")
    for household in households:
        item = root.append(element("item"))
        for name, text in (("name", str(household.id)), ("label", household.label), ("ap", household.code)):
            item.append(element(name, text))
    return '<?xml version="1.0"?>\n' + root.to_xml()


# --------------------------------------------------------------------------- in


def answers(form: Form, root: Node) -> dict[str, str]:
    """The answers of a submission by path, every instance of a repeat with its place; what the form does not
    know is left out."""
    return dict(_answers(form, form.items[0], root, form.items[0].path))


def _answers(form: Form, item: object, node: Node, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(item, Question):
        yield path, node.held().strip()
    elif isinstance(item, Group):
        for number in item.children:
            child = form.items[number]
            found = node.named(child.name)
            step = f"{path}/{child.path.rpartition('/')[2]}"
            if isinstance(child, Repeat):
                for place, instance in enumerate(found, 1):
                    yield from _answers(form, child, instance, f"{step}[{place}]")
            elif found:
                yield from _answers(form, child, found[0], step)


def named(answered: Mapping[str, str], name: str) -> str:
    """The answer to the question of that name, "" where there is none."""
    return next((text for path, text in answered.items() if path.rpartition("/")[2] == name), "")


def files(form: Form, answered: Mapping[str, str]) -> list[str]:
    """The names of the files that are answers."""
    uploads = {plain(item.path) for item in form.questions() if item.control == "upload"}
    return [text for path, text in answered.items() if text and plain(path) in uploads]


def asks_household(form: Form) -> bool:
    """Whether the questionnaire is one that households are asked."""
    names = {item.name for item in form.questions()}
    return bool(names & {HOUSEHOLD, NEW_NAME, LISTED_NAME})


def judge(form: Form, answered: Mapping[str, str], known: Mapping[str, str], world: World) -> Judged:
    """Fills the form in with the answers, and with what is `known` by question name, and closes it as the
    chat does: what is irrelevant falls away, calculations are made anew, every constraint is checked."""
    sitting = Sitting.opened(form, world)
    names = {item.name for item in form.questions()}
    sitting.take_over({**answered, **{name: text for name, text in known.items() if name in names}})
    closed = sitting.finish()
    problem = _amiss(closed) if isinstance(closed, Refused) else _odd(sitting, answered)
    values = sitting.values()
    return Judged(values, named(values, CONSENT) != NO, _wording(sitting), problem)


def _amiss(refused: Refused) -> Problem:
    label = refused.question.label if refused.question is not None else ""
    return Problem("amiss", {"question": _short(label), "why": refused.why})


def _odd(sitting: Sitting, answered: Mapping[str, str]) -> Problem | None:
    """An answer that is no value of its question's type, or none of its choices."""
    for node in sitting.instance.nodes():
        item = item_of(node)
        if not isinstance(item, Question) or not node.relevant or item.control is None:
            continue
        sent = answered.get(path_of(node), "")
        held = node.held()
        taken = bool(held) or not sent
        if taken and item.control in {"select1", "select"} and held:
            offered = {choice.value for choice in sitting.showing.choices(node)}
            taken = offered.issuperset(held.split() if item.control == "select" else [held])
        if not taken:
            label = _short(sitting.showing.label(node) or item.name)
            return Problem("odd", {"question": label, "answer": sent or held})
    return None


def _wording(sitting: Sitting) -> str:
    for node in sitting.instance.nodes():
        if item_of(node).name == CONSENT:
            return f"{sitting.showing.label(node)}\n\n{sitting.showing.hint(node)}".strip()
    return ""


def _short(label: str) -> str:
    return label if len(label) <= 90 else f"{label[:89]}…"
