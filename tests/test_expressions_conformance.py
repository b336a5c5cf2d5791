"""What the public suites of ODK Web Forms, Enketo, JavaRosa and rxeval say of expressions, case by case.

The data lie beside the repository (../shared/conformance); where they don't, the tests are skipped. What is
answered otherwise on purpose stands in RULES, each with its reason; a case that is missed and not listed
fails the test, and so does a rule that no case needs any more.
"""

from __future__ import annotations

import json
import lzma
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.commands.form_eval import answer
from content.expressions import Context, Environment, Expression, ExpressionError, Value, compile_expression
from content.expressions.surroundings import surroundings
from content.expressions.values import to_boolean, to_number, to_string
from content.tree import DOCUMENT, Node

DATA = Path(__file__).resolve().parents[2] / "shared" / "conformance" / "openrosa_cases.json.xz"

Case = dict[str, Any]

ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
DATE_FUNCTIONS = {"date", "date-time", "decimal-date-time", "decimal-time", "format-date", "format-date-time"}


def of_javarosa(case: Case) -> bool:
    return "javarosa" in case["src"]


def of_enketo(case: Case) -> bool:
    return "enketo" in case["src"] or "openrosa-xpath-evaluator" in case["src"]


def calls(case: Case, *names: str) -> bool:
    return not set(names).isdisjoint(case["functions"])


@dataclass(frozen=True)
class Rule:
    """`recorded`: the case lacks what one would need to meet it; else a choice of dialect."""

    reason: str
    holds: Callable[[Case], bool]
    recorded: bool = False


RULES = [
    Rule(
        "the language in force, which the suite switches, is not in the case",
        lambda case: calls(case, "jr:itext"),
        recorded=True,
    ),
    Rule(
        "another draw of randomness: the suite recorded its own",
        lambda case: calls(case, "random", "uuid"),
        recorded=True,
    ),
    Rule(
        "the suite replaced the document before it asked; the case has the one from before",
        lambda case: of_enketo(case) and case["expr"] == "." and case["type"] == "number-rounded",
        recorded=True,
    ),
    Rule(
        "shown in the recorder's own time zone, which is not in the case",
        lambda case: "rxeval" in case["src"] and calls(case, "format-date-time"),
        recorded=True,
    ),
    Rule(
        "to XPath a CDATA section is text and a DOCTYPE no node; browsers' DOM has nodes for both",
        lambda case: case["type"] == "nodeset" and re.search(r"(node|text)\(\)", case["expr"]) is not None,
    ),
    Rule(
        "ODK has no namespace axis; Web Forms gives the element's own declarations, XPath those in scope",
        lambda case: "namespace::" in case["expr"],
    ),
    Rule(
        "Enketo and Web Forms differ, or Web Forms and JavaRosa do: Web Forms",
        lambda case: (
            case["disputed"]
            and (not case["src"].startswith("getodk/web-forms") or case.get("not_met_by_source_here", False))
        ),
    ),
    Rule(
        "JavaRosa refuses what JavaScript's Date prints; Enketo's and Web Forms' suites want it read",
        lambda case: of_javarosa(case) and "GMT" in case["expr"],
    ),
    Rule(
        "an older Enketo refused seeds that are text or paths; Web Forms and JavaRosa take them",
        lambda case: of_enketo(case) and calls(case, "randomize"),
    ),
    Rule(
        "once() of what is no number stays blank, as in Web Forms",
        lambda case: calls(case, "once") and case["expected"] in ({"string": "NaN"}, {"node_values": ["42"]}),
    ),
    Rule(
        "JavaRosa refuses; XPath 1.0 and Web Forms have a value (NaN, “Invalid Date”, nodes)",
        lambda case: of_javarosa(case) and case["type"] == "error",
    ),
    Rule(
        "JavaRosa counts dates in whole local days and takes no text as one; the specification from 1970 UTC",
        lambda case: (
            of_javarosa(case) and (calls(case, *DATE_FUNCTIONS) or ISO_DATE.search(case["expr"]) is not None)
        ),
    ),
    Rule(
        "JavaRosa measures unrounded, and calls no points 0 m; Web Forms rounds to centimetres",
        lambda case: of_javarosa(case) and calls(case, "distance", "area"),
    ),
    Rule(
        "JavaRosa takes a decimal comma for a point; to XPath '4,6' is no number",
        lambda case: of_javarosa(case) and re.search(r"'\d+,\d+'", case["expr"]) is not None,
    ),
    Rule(
        "JavaRosa rounds halves up, Web Forms and Enketo away from zero",
        lambda case: of_javarosa(case) and calls(case, "round"),
    ),
    Rule(
        "JavaRosa reads no exponents: 1.1e6 is no number",
        lambda case: of_javarosa(case) and re.search(r"\de-?\d", case["expr"]) is not None,
    ),
    Rule(
        "JavaRosa holds numbers equal that differ by less than 1e-12",
        lambda case: of_javarosa(case) and case["expr"] == "6.1 - 7.8 = -1.7",
    ),
    Rule(
        "JavaRosa counts a node with children as not empty; XForms asks for its text",
        lambda case: of_javarosa(case) and calls(case, "count-non-empty"),
    ),
    Rule(
        "JavaRosa's max() of negative numbers is Java's Double.MIN_VALUE, which is above 0",
        lambda case: of_javarosa(case) and calls(case, "max"),
    ),
    Rule(
        "JavaRosa reads -1 (“not applicable”) as a weight",
        lambda case: of_javarosa(case) and calls(case, "weighted-checklist"),
    ),
    Rule(
        "JavaRosa's coalesce() gives the first value in its type; the specification says string",
        lambda case: of_javarosa(case) and calls(case, "coalesce"),
    ),
    Rule(
        "white space is XML's: space, tab, line ends",
        lambda case: of_javarosa(case) and calls(case, "normalize-space"),
    ),
    Rule(
        "JavaRosa takes boolean-from-string('True'); the specification “true” and “1” only",
        lambda case: of_javarosa(case) and calls(case, "boolean-from-string"),
    ),
    Rule(
        "JavaRosa cannot look into repeats or take a group's text from outside a form",
        lambda case: of_javarosa(case) and case["type"] == "nodeset-values",
    ),
]


@lru_cache(maxsize=1)
def data() -> dict[str, Any]:
    if not DATA.exists():
        pytest.skip(f"the conformance data are not at {DATA}")
    with lzma.open(DATA) as file:
        found: dict[str, Any] = json.load(file)
    disputed = {conflict["expr"] for conflict in found["conflicts"]}
    for case in found["cases"]:
        case["disputed"] = case["expr"] in disputed
    return found


@lru_cache(maxsize=512)
def document(name: str | None) -> Node:
    xml = data()["docs"][name] if name else ""
    return Node.parse(xml) if xml.strip() else Node(DOCUMENT)


def counts_as_core(case: Case) -> bool:
    aside = ("volatile", "not_met_by_source_here", "disputed")
    return bool(case.get("core")) and not any(case.get(each) for each in aside)


def met(case: Case) -> bool:
    """Whether the engine says what the case expects."""
    wanted = case["type"]
    if wanted == "parses":
        return parses(case["expr"]) == case["expected"]["boolean"]
    found = said(case)
    if wanted == "error" or found is None:
        return wanted == "error" and found is None
    return agrees(*found, case)


def parses(source: str) -> bool:
    try:
        compile_expression(source, strict=False)
    except ExpressionError:
        return False
    return True


def evaluated(expression: Expression, case: Case) -> tuple[Value, Context]:
    root = document(case["doc"])
    zone = ZoneInfo(case["tz"] or "UTC")
    now = datetime.fromisoformat(case["now"]) if case.get("now") else datetime(2026, 11, 22, 12, tzinfo=UTC)
    stand = Context(at(root, case["context"]), surroundings(root, now, zone))
    return expression.evaluate(stand), stand


def at(root: Node, path: str) -> Node:
    found = compile_expression(path.replace("@xmlns:", "@")).evaluate(Context(root, Environment(root=root)))
    assert isinstance(found, list)
    return found[0] if found else Node(DOCUMENT)


def agrees(value: Value, stand: Context, case: Case) -> bool:
    return AGREES[case["type"]](value, stand, case)


def has_number(value: Value, stand: Context, case: Case) -> bool:
    number = to_number(value, stand.environment)
    if case["type"] == "number-rounded" and math.isfinite(number):
        number = math.floor(number * case["factor"] + 0.5) / case["factor"]
    return same(number, float(case["expected"]["number"]))


def has_text(value: Value, _stand: Context, case: Case) -> bool:
    text, expected = to_string(value), case["expected"]
    match case["type"]:
        case "string":
            return bool(text == expected["string"])
        case "string-matches":
            flags = re.IGNORECASE if "i" in expected["flags"] else 0
            return re.search(expected["matches"], text, flags) is not None
        case "string-length":
            return bool(len(text) == expected["number"])
    return text.startswith(expected[case["type"]])


def has_nodes(value: Value, _stand: Context, case: Case) -> bool:
    if not isinstance(value, list):
        return False
    expected, root = case["expected"], document(case["doc"])
    if case["type"] == "count":
        return bool(len(value) == expected["number"])
    if case["type"] == "nodeset-values":
        return [node.string() for node in value] == expected["node_values"]
    if case["type"] == "node":
        return value[:1] == [at(root, expected["node"])]
    wanted = [at(root, path) for path in expected["nodes"]]
    return value == wanted if case["type"] == "nodeset" else set(value) == set(wanted)


AGREES: dict[str, Callable[[Value, Context, Case], bool]] = {
    "boolean": lambda value, _stand, case: to_boolean(value) == case["expected"]["boolean"],
    **dict.fromkeys(("number", "number-rounded"), has_number),
    **dict.fromkeys(("string", "string-matches", "string-length", "date", "datetime"), has_text),
    **dict.fromkeys(("count", "nodeset-values", "node", "nodeset", "nodeset-unordered"), has_nodes),
}


def same(number: float, expected: float) -> bool:
    return math.isclose(number, expected, rel_tol=1e-9, abs_tol=1e-12) or (
        math.isnan(number) and math.isnan(expected)
    )


def rule_for(case: Case) -> Rule | None:
    return next((rule for rule in RULES if rule.holds(case)), None)


def test_the_engine_says_what_the_public_suites_say(capsys: pytest.CaptureFixture[str]) -> None:
    cases = data()["cases"]
    missed = [case for case in cases if not met(case)]
    listed = {case["id"]: rule_for(case) for case in missed}
    with capsys.disabled():
        print(f"\n{table(cases, missed, 'src')}\n{table(cases, missed, 'functions')}")

    unlisted = [(case["id"], case["expr"], case["expected"]) for case in missed if listed[case["id"]] is None]
    assert unlisted == [], "missed, and no rule says why"
    needless = [rule.reason for rule in RULES if rule not in listed.values()]
    assert needless == [], "rules that no case needs"

    lost = unattainable(cases, listed)
    for name, least in (("core", 0.995), ("all others", 0.895)):
        some = [case for case in cases if counts_as_core(case) == (name == "core")]
        left = sum(counts_as_core(case) == (name == "core") for case in missed)
        most = len(some) - sum(case["id"] in lost for case in some)
        with capsys.disabled():
            print(f"{name}: {1 - left / len(some):.2%} met, {most / len(some):.2%} can be at most")
        assert 1 - left / len(some) >= least


def unattainable(cases: list[Case], missed: dict[int, Rule | None]) -> set[int]:
    """The facts that no engine can meet beside the others: what it would need is not in the case, or sources
    contradict each other on one expression, so that some are missed whatever it says. Core facts go first,
    then what most sources say."""
    lost = {case["id"] for case in cases if (rule := missed.get(case["id"])) is not None and rule.recorded}
    sides: dict[object, dict[str, list[Case]]] = {}
    for case in cases:
        if case["id"] not in lost:
            sides.setdefault(asked(case), {}).setdefault(expectation(case), []).append(case)
    for side in sides.values():
        strongest = max(side.values(), key=lambda facts: (sum(map(counts_as_core, facts)), len(facts)))
        others = (case["id"] for facts in side.values() if facts is not strongest for case in facts)
        lost.update(number for number in others if number in missed)
    return lost


def asked(case: Case) -> object:
    """What one question is: the expression, and where it reads nodes, these."""
    try:
        reads = bool(compile_expression(case["expr"], strict=False).references("/"))
    except ExpressionError:
        reads = False
    where = (case["context"], data()["docs"].get(case["doc"])) if reads else None
    return case["expr"], case["tz"] or "UTC", where


def expectation(case: Case) -> str:
    """What is expected, alike for facts that one answer can meet."""
    if case["type"] == "error":
        return "error"
    value = next(iter(case["expected"].values()))
    if isinstance(value, list) and len(value) == 1:
        [value] = value
    try:
        return f"{float(value):.9g}"
    except (TypeError, ValueError):
        return str(value)


def test_the_command_answers_as_the_engine_does() -> None:
    """A tenth of the cases, as lines of `form eval --batch`."""
    for case in data()["cases"][::10]:
        if case["type"] == "parses" or case.get("volatile"):
            continue
        zone = case["tz"] or "UTC"
        line = {"id": case["id"], "expr": case["expr"], "context": case["context"], "tz": zone}
        result = answer({**line, "xml": data()["docs"].get(case["doc"]), "now": "2026-11-22T12:00:00Z"})
        wanted = said(case)
        assert (result["error"] is None) == (wanted is not None), case["expr"]
        if wanted is not None:
            value, stand = wanted
            assert result["string"] == to_string(value)
            assert same(float(result["number"]), to_number(value, stand.environment))
            assert result["boolean"] == to_boolean(value)


def said(case: Case) -> tuple[Value, Context] | None:
    try:
        return evaluated(compile_expression(case["expr"], strict=False), case)
    except ExpressionError:
        return None


def table(cases: list[Case], missed: list[Case], key: str) -> str:
    """Shares met, a line each."""

    def groups(case: Case) -> list[str]:
        if key == "functions":
            return list(dict.fromkeys(case["functions"])) or ["(no function)"]
        return [f"{'core ' if counts_as_core(case) else 'other'} {case['src'][:60]}"]

    total = Counter(group for case in cases for group in groups(case))
    wrong = Counter(group for case in missed for group in groups(case))
    lines = [
        f"{100 * (count - wrong[group]) / count:6.2f} % of {count:5}  {group}"
        for group, count in sorted(total.items())
        if key == "src" or wrong[group]
    ]
    return "\n".join(lines)
