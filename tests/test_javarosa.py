"""Expressions made up at random mean here what they mean to ODK Collect.

pyxform's wheel carries ODK Validate with JavaRosa inside; with a JDK beside it, it answers. What differs
between dialects (docs/developer/expressions.md) is left out of what is made up: rounding halves, the smallest
and largest of what is no number, a blank node as a truth, a decimal comma, an exponent in text.
"""

import math
import random
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pyxform

from content.expressions import Context, Environment, ExpressionError, compile_expression
from content.expressions.values import to_string
from content.instance import Instance
from content.xform import compile_form

JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
EVALUATE = Path(__file__).parent / "javarosa" / "Evaluate.java"
FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>t</h:title><model><instance><data id="t"><n>5</n><m>-2.5</m><s>xin chào</s><e/>
<list>a b c</list><r><q>1</q></r><r><q>2</q></r><r><q>7</q></r></data></instance>
<bind nodeset="/data/n" type="int"/><bind nodeset="/data/m" type="decimal"/>
<bind nodeset="/data/r/q" type="int"/></model></h:head><h:body>
<group ref="/data/r"><label/><repeat nodeset="/data/r"><input ref="/data/r/q"><label/></input></repeat>
</group></h:body></h:html>"""

NUMBERS = (
    "0",
    "1",
    "2",
    "-1",
    "2.5",
    "-0.5",
    "10",
    "3.14159",
    "100",
    "/data/n",
    "/data/m",
    "/data/e",
)
TEXTS = (
    *(
        "''",
        "'a'",
        "'abc'",
        "'xin chào'",
        "'a b c'",
        "'  b  '",
        "'1'",
        "'-2.5'",
        "'true'",
        "'Đường'",
        "'x1y2'",
    ),
    *("/data/s", "/data/list", "/data/e"),
)
SETS = ("/data/r/q", "/data/n")
OF_NUMBER = (
    *("{n} + {n}", "{n} - {n}", "{n} * {n}", "{n} div {n}", "{n} mod {n}", "({n})", "-{n}", "int({n})"),
    *("abs({n})", "sum({p})", "count({p})", "count-non-empty({p})", "string-length({s})", "abs({n} - {n})"),
    *("count-selected({s})", "if({b}, {n}, {n})", "number({s})", "sqrt({n})", "min({p})", "max({p})"),
)
OF_TEXT = (
    *("concat({s}, {s})", "substr({s}, 1, 3)", "substr({s}, 0, -1)", "substr({s}, 2)", "substr({s}, -2)"),
    *("substring-before({s}, {s})", "substring-after({s}, {s})", "translate({s}, {s}, {s})", "string({n})"),
    *("normalize-space({s})", "join({s}, {p})", "coalesce({s}, {s})", "selected-at({s}, 1)", "string({b})"),
    *("if({b}, {s}, {s})", "selected-at({s}, 0)", "selected-at({s}, 9)"),
)
OF_TRUTH = (
    *(
        "{n} = {n}",
        "{n} != {n}",
        "{n} < {n}",
        "{n} <= {n}",
        "{n} > {n}",
        "{s} = {s}",
        "{s} != {s}",
        "{s} = {n}",
    ),
    *(
        "{b} and {b}",
        "{b} or {b}",
        "not({b})",
        "selected({s}, 'a')",
        "selected({s}, 'b')",
        "contains({s}, {s})",
    ),
    *("starts-with({s}, {s})", "ends-with({s}, {s})", "boolean-from-string({s})"),
)
KINDS = {"n": (NUMBERS, OF_NUMBER), "s": (TEXTS, OF_TEXT), "b": (("true()", "false()"), OF_TRUTH)}


def made(chance: random.Random, kind: str, depth: int) -> str:
    """An expression of that kind, so many calls deep at most."""
    leaves, shapes = KINDS[kind]
    if depth == 0:
        return chance.choice(leaves)
    parts = chance.choice(shapes).split("{")
    inside: Callable[[str], str] = lambda letter: (  # noqa: E731
        chance.choice(SETS) if letter == "p" else made(chance, letter, depth - 1)
    )
    return parts[0] + "".join(inside(part[0]) + part[2:] for part in parts[1:])


def by_javarosa(expressions: list[str], form: Path) -> list[str]:
    command = ["java", "-cp", str(JAR), str(EVALUATE), str(form)]
    told = "\n".join(expressions)
    ran = subprocess.run(command, input=told, capture_output=True, text=True, check=True, timeout=120)
    return ran.stdout.splitlines()


def by_us(instance: Instance, expression: str) -> str:
    try:
        value = compile_expression(expression).evaluate(Context(instance.root, instance.environment))
    except ExpressionError:
        return "error"
    return to_string(value)


def alike(theirs: str, ours: str) -> bool:
    kind, _, text = theirs.partition("\t")
    if kind == "error":
        return ours == "error"
    if kind == "number" and ours not in {"", "error"}:
        one, other = float(text), float(ours)
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (
            math.isnan(one) and math.isnan(other)
        )
    return text == ours


@pytest.mark.skipif(not shutil.which("javac"), reason="a JDK is not installed: JavaRosa cannot be asked")
def test_what_is_made_up_means_what_it_means_to_collect(tmp_path: Path) -> None:
    chance = random.Random(2026)
    expressions = sorted({made(chance, chance.choice("nsb"), chance.randint(1, 3)) for _ in range(3_000)})
    form = tmp_path / "form.xml"
    form.write_text(FORM, encoding="utf-8")
    instance = Instance(compile_form(FORM), Environment(now=datetime(2026, 11, 22, tzinfo=UTC), zone=UTC))
    instance.open({})
    theirs = by_javarosa(expressions, form)
    ours = [by_us(instance, expression) for expression in expressions]
    assert len(theirs) == len(expressions) > 2_000
    asked = zip(expressions, theirs, ours, strict=True)
    assert [(e, them, us) for e, them, us in asked if not alike(them, us)] == []
