"""The engine held against what the suites of other ODK implementations assert.

The data (`../shared/conformance`, see its README) is not part of the repository. Otherwise on purpose:
- two conditions that decide each other are refused as a cycle, as JavaRosa does and Web Forms does not;
- an instanceID is made where the form leaves it blank: OpenRosa demands one;
- an answer that a changed filter no longer offers is gone, as in JavaRosa; Web Forms brings it back;
- recordings hold a browser's File and Object values, which no step can give, and moments a little late;
- the CSV, XML and GeoJSON files that some forms name are not in the data.
"""

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from content.form import FormError
from content.playing import Play
from content.xform import compile_form
from content.xlsform import check

CONFORMANCE = Path(__file__).parents[2] / "shared" / "conformance"

OPS = {
    "answer": "answer",
    "createNewRepeat": "create_repeat",
    "removeRepeat": "remove_repeat",
    "setLanguage": "set_language",
}
TRAITS = (
    "relevant",
    "required",
    "readonly",
    "value",
    "violation",
    "label",
    "hint",
    "choices",
    "count",
)


def _data(name: str) -> Any:
    path = CONFORMANCE / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand beside the repository")
    return json.load(lzma.open(path))


def _value(op: dict[str, Any]) -> str:
    """What the recorded call gave, as text: several choices are parted by spaces."""
    given = [a for a in op["args"] if not (isinstance(a, str) and a.startswith("/"))]
    words: list[str] = []
    for one in given:
        if isinstance(one, bool):
            words.append("1" if one else "0")
        elif isinstance(one, dict):
            words.append(str(one.get("str", "")))
        elif one is not None:
            words.append(f"{one:g}" if isinstance(one, float) else str(one))
    return " ".join(words)


def _op(op: dict[str, Any]) -> dict[str, Any]:
    step: dict[str, Any] = {"op": OPS[op["op"]], "ref": op["ref"]}
    if step["op"] == "answer":
        step["value"] = _value(op)
    elif step["op"] == "remove_repeat":
        step["ref"] = op["args"][0]
    elif step["op"] == "set_language":
        step["language"] = op["args"][0]
    return step


def _wanted(scenario: dict[str, Any]) -> Iterator[tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Each step with the state of every node after it."""
    states = {node["ref"]: node for node in scenario["initial"]}
    yield None, states
    for op in scenario["ops"]:
        states = dict(states)
        states.update((node["ref"], node) for node in op["changed"])
        for gone in op["removed"]:
            states.pop(gone if isinstance(gone, str) else gone["ref"], None)
        yield op, states


def _traits(node: dict[str, Any]) -> dict[str, Any]:
    """A node's state as both sides can say it."""
    found = {trait: node.get(trait) for trait in TRAITS}
    violation = found["violation"]
    found["violation"] = violation["condition"] if isinstance(violation, dict) else violation
    for trait in ("required", "readonly"):
        found[trait] = bool(found[trait])
    for trait in ("label", "hint"):
        found[trait] = " ".join((found[trait] or "").split())
    value = found["value"] or ""
    found["value"] = "uuid" if value.startswith("uuid:") else value
    found["choices"] = found["choices"] or []
    return found


def _met(scenario: dict[str, Any], xform: str) -> tuple[int, int]:
    """(node states met, node states asserted)."""
    wanted = list(_wanted(scenario))
    asserted = sum(len(states) for _, states in wanted)
    now = datetime.fromisoformat(scenario["now"])
    try:
        played = Play(compile_form(xform), now, UTC)
    except FormError:
        return 0, asserted
    met = 0
    for op, states in wanted:
        if op is not None:
            try:
                played.do(_op(op))
            except ValueError:
                assert op["error"] or op["op"] == "answer", f"{scenario['test']}: {op['op']} {op['ref']}"
        found = {node["ref"]: node for node in played.nodes()}
        met += sum(1 for ref, node in states.items() if ref in found and _traits(found[ref]) == _traits(node))
    return met, asserted


def test_forms_played_step_by_step_end_as_in_odk_web_forms(capsys: pytest.CaptureFixture[str]) -> None:
    data = _data("openrosa_scenarios.json.xz")
    met: Counter[str] = Counter()
    asserted: Counter[str] = Counter()
    for scenario in data["scenarios"]:
        source = scenario["file"].removeprefix("scenario/test/")
        one, all_of_it = _met(scenario, data["forms"][scenario["form"]])
        met[source] += one
        asserted[source] += all_of_it
    with capsys.disabled():
        share = met.total() / asserted.total()
        print(f"\nnode states met: {share:.2%} of {asserted.total()}")
        for source, count in asserted.items():
            if met[source] < count:
                print(f"  {met[source] / count:7.2%} of {count:6} {source}")
    assert share >= 0.99


def test_xlsforms_load_or_are_refused_as_pyxform_does(capsys: pytest.CaptureFixture[str]) -> None:
    """A form that pyxform accepts may be refused for what pyxform does not look at: an expression that cannot
    be read, an unknown function, a calculation that goes in a circle."""
    alike, stated, other = 0, [], []
    for form in _data("xlsform_corpus.json.xz")["forms"]:
        if not form["md"]:
            continue
        checked = check(form["md"].encode(), "form.md")
        if (checked.form is not None) == form["valid"]:
            alike += 1
        elif {fault.key for fault in checked.errors} & {"bad-expression", "cycle", "unknown-instance"}:
            stated.append(form["test"])
        else:
            other.append(form["test"])
    with capsys.disabled():
        print(f"\nXLSForms: {alike} as pyxform, {len(stated)} refused for a stated reason, {len(other)} not")
    # pyxform names the root element after the file where the form does not; here it is always "data".
    assert other == ["tests.test_settings.TestSettings.test_name__from_file__invalid_characters__error"]
    assert len(stated) <= 13
