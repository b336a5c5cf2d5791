"""An instance follows each answer: what is recalculated in part agrees with what is recalculated in full."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.answers import key_of
from content.expressions import Environment
from content.form import Form, Question, Repeat
from content.instance import Instance, Misplaced, Unsettled
from content.ledger import Kept
from content.xform import compile_form
from tests.questionnaires import HOUSEHOLD, MEMBERS, form

HEAD = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>t</h:title><model>"""


def xform(model: str, body: str) -> Form:
    return compile_form(f"{HEAD}{model}</model></h:head><h:body>{body}</h:body></h:html>")


def environment() -> Environment:
    return Environment(now=datetime(2026, 11, 22, 13, 0, tzinfo=UTC))


def opened(the_form: Form) -> Instance:
    instance = Instance(the_form, environment())
    instance.open({})
    return instance


def restored(the_form: Form, state: dict[str, Any]) -> Instance:
    instance = Instance(the_form, environment())
    instance.ledger(Kept(0)).read(json.loads(json.dumps(state)))
    instance.restore()
    return instance


def seen(instance: Instance) -> list[tuple[str, bool, str]]:
    """What can be told of an instance: each node's key, relevance and value."""
    return [
        (instance.key(node), node.relevant, node.held() if isinstance(node.state, Question) else "")
        for node in instance.nodes()
    ]


def answer(instance: Instance, path: str, text: str, *places: int) -> None:
    node = instance.node(key_of(instance.form.numbers[path], places))
    assert node is not None
    instance.answer(node, text)


class TestFollowing:
    CHAIN = xform(
        "<instance><data id='t'><a/><b/><c/><g><d/></g></data></instance>"
        "<bind nodeset='/data/a' type='int'/>"
        "<bind nodeset='/data/c' calculate='/data/b + 1'/>"
        "<bind nodeset='/data/b' calculate='/data/a * 2'/>"
        "<bind nodeset='/data/g' relevant='/data/c &gt; 5'/>",
        "<input ref='/data/a'/><input ref='/data/g/d'/>",
    )

    def test_a_calculation_follows_through_others_whatever_their_order_in_the_form(self) -> None:
        instance = opened(self.CHAIN)
        answer(instance, "/data/a", "3")
        assert [value for _, _, value in seen(instance)][1:4] == ["3", "6", "7"]

    def test_relevance_reaches_everything_below_a_group(self) -> None:
        instance = opened(self.CHAIN)
        answer(instance, "/data/g/d", "x")
        answer(instance, "/data/a", "3")
        assert ElementTree.fromstring(instance.root.to_xml(lambda node: node.relevant)).findtext("g/d") == "x"
        answer(instance, "/data/a", "1")
        assert ElementTree.fromstring(instance.root.to_xml(lambda node: node.relevant)).find("g") is None
        answer(instance, "/data/a", "3")
        assert seen(instance)[5][2] == "x"

    def test_a_trigger_sets_a_value_when_another_changes(self) -> None:
        instance = opened(
            xform(
                "<instance><data id='t'><a/><b/></data></instance>",
                "<input ref='/data/a'><setvalue event='xforms-value-changed' ref='/data/b'"
                " value=\"concat('was ', /data/a)\"/></input>",
            )
        )
        answer(instance, "/data/a", "1")
        assert instance.values["2"] == "was 1"

    def test_an_action_that_means_several_nodes_is_refused(self) -> None:
        instance = opened(
            xform(
                "<instance><data id='t'><a/><r><b/></r><r><b/></r></data></instance>",
                "<input ref='/data/a'>"
                "<setvalue event='xforms-value-changed' ref='/data/r/b' value='1'/></input>"
                "<repeat nodeset='/data/r'><input ref='/data/r/b'/></repeat>",
            )
        )
        with pytest.raises(Misplaced):
            answer(instance, "/data/a", "1")

    def test_repeats_that_feed_their_own_count_are_stopped(self) -> None:
        instance = opened(
            xform(
                "<instance><data id='t'><a/><r jr:template=''><b>1</b></r></data></instance>",
                "<input ref='/data/a'/><repeat nodeset='/data/r' jr:count='/data/a + count(/data/r)'>"
                "<input ref='/data/r/b'/></repeat>",
            )
        )
        with pytest.raises(Unsettled):
            answer(instance, "/data/a", "1")

    def test_a_new_repeat_opens_with_the_templates_values(self) -> None:
        the_form = xform(
            "<instance><data id='t'><r jr:template=''><b>7</b></r></data></instance>"
            "<bind nodeset='/data/r/b' type='int'/>",
            "<repeat nodeset='/data/r'><input ref='/data/r/b'/></repeat>",
        )
        instance = opened(the_form)
        assert instance.counts == {"1": 0}
        repeat = the_form.items[1]
        assert isinstance(repeat, Repeat)
        instance.add(repeat, instance.root)
        assert instance.values["2.1"] == "7"

    def test_what_comes_after_a_removed_repeat_moves_up(self) -> None:
        instance = opened(form(MEMBERS))
        repeat = form(MEMBERS).items[form(MEMBERS).numbers["/data/nguoi"]]
        assert isinstance(repeat, Repeat)
        instance.add(repeat, instance.root)
        for place, (name, age) in enumerate((("Ba", "40"), ("Má", "39")), 1):
            answer(instance, "/data/nguoi/ten", name, place)
            answer(instance, "/data/nguoi/tuoi", age, place)
        first = instance.root.named("nguoi")[0]
        instance.remove(first)
        numbers = form(MEMBERS).numbers
        assert instance.values[f"{numbers['/data/nguoi/ten']}.1"] == "Má"
        assert instance.values[f"{numbers['/data/nguoi/thu']}.1"] == "1"
        assert instance.values[str(numbers["/data/tong"])] == "39"


# --------------------------------------------------------------------------- properties

VALUES = st.sampled_from(
    ["", "0", "1", "2", "3", "15", "40", "co", "khong", "wifi", "wifi 4g", "la", "tn", "bh"]
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["answer"] * 6 + ["add", "remove"]), st.integers(0, 200), VALUES), max_size=30
)


def act(instance: Instance, step: tuple[str, int, str]) -> None:
    """One random change: an answer to some question, a repeat more, a repeat less."""
    what, number, text = step
    nodes = list(instance.nodes())
    repeats = [node for node in nodes if isinstance(node.state, Repeat) and node.state.count is None]
    if what == "answer":
        asked = [node for node in nodes if getattr(node.state, "control", None) is not None]
        instance.answer(asked[number % len(asked)], text)
    elif repeats:
        node = repeats[number % len(repeats)]
        assert isinstance(node.state, Repeat)
        assert node.parent is not None
        if what == "add" and len(repeats) < 6:
            instance.add(node.state, node.parent)
        elif what == "remove":
            instance.remove(node)


@pytest.mark.parametrize("of", [HOUSEHOLD, MEMBERS], ids=["household", "members"])
@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_what_is_recalculated_in_part_is_what_recalculating_everything_gives(
    of: str, steps: list[tuple[str, int, str]]
) -> None:
    instance = opened(form(of))
    for step in steps:
        act(instance, step)
        before = seen(instance)
        instance.recalculate()
        assert seen(instance) == before


@pytest.mark.parametrize("of", [HOUSEHOLD, MEMBERS], ids=["household", "members"])
@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_brings_back_the_same_instance(of: str, steps: list[tuple[str, int, str]]) -> None:
    instance = opened(form(of))
    ledger = instance.ledger(Kept(0))
    for step in steps:
        act(instance, step)
        again = restored(form(of), ledger.written())
        assert seen(again) == seen(instance)
        assert again.root.to_xml() == instance.root.to_xml()
