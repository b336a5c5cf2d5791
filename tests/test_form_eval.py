"""`tocns form eval`: what it prints, what a batch writes, and that nothing ends a batch."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot.commands import form_eval
from bot.commands.failure import Fault

app = typer.Typer()
app.callback()(lambda: None)
app.command("eval")(form_eval.evaluate)

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><model>
<itext><translation lang="en"><text id="hi"><value>Hello</value></text></translation>
<translation lang="vi" default="true()"><text id="hi"><value form="short">Ê</value><value>Chào</value></text>
</translation></itext>
<instance><data xmlns="urn:form"><a>7</a><r><b>x</b></r><r><b>y</b></r></data></instance>
<instance id="list"><root><item><name>n1</name></item></root></instance>
</model></h:head><h:body/></h:html>"""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["eval", *arguments])
    if isinstance(result.exception, Fault):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def batch(tmp_path: Path, *lines: object) -> list[dict[str, Any]]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    run("--batch", str(source), "--out", str(target))
    return [json.loads(line) for line in target.read_text().splitlines()]


def test_a_value_is_printed_as_text() -> None:
    assert run("round(7 div 2, 1)") == "3.5\n"


def test_nodes_are_printed_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "form.xml"
    file.write_text(XFORM)
    assert run("/data/r/b", "--instance", str(file)) == "x\ny\n"
    assert run("position(..)", "--instance", str(file), "--context", "/data/r[2]/b") == "2\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["1 +"], "missing at the end"),
        (["1", "--context", "/nowhere"], "there is no node at /nowhere"),
        (["1", "--instance", "no-such-file.xml"], "no-such-file.xml: No such file"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(arguments: list[str], why: str) -> None:
    with pytest.raises(Fault, match=why):
        run(*arguments)


@pytest.mark.parametrize("arguments", [[""], ["--batch", "in.jsonl"], ["1", "--out", "out.jsonl"]])
def test_half_of_the_arguments_is_bad_usage(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["eval", *arguments])
    assert result.exit_code == 2
    assert "give an expression, or --batch and --out" in result.output


def test_a_result_is_given_in_all_types(tmp_path: Path) -> None:
    found = batch(
        tmp_path,
        {
            "id": 1,
            "expr": "/data/a",
            "xml": XFORM,
            "context": "/",
            "namespaces": None,
            "tz": None,
            "now": None,
        },
        {"id": 2, "expr": "1 div 0"},
        {"id": 3, "expr": "0 div 0"},
        {"id": 4, "expr": "1 = 1"},
        {"id": 5, "expr": "today()", "tz": "Asia/Ho_Chi_Minh", "now": "2026-11-22T18:00:00Z"},
    )
    assert found[0] == {
        "id": 1,
        "type": "nodeset",
        "number": 7.0,
        "string": "7",
        "boolean": True,
        "nodes": ["7"],
        "error": None,
    }
    assert [line["number"] for line in found[1:4]] == ["Infinity", "NaN", 1.0]
    assert (found[3]["type"], found[4]["string"], found[4]["nodes"]) == ("boolean", "2026-11-23", None)


def test_a_whole_form_brings_its_lists_and_translations(tmp_path: Path) -> None:
    found = batch(
        tmp_path,
        {"expr": "jr:itext('hi')", "xml": XFORM},
        {"expr": "instance('list')/root/item/name", "xml": XFORM},
        {"expr": "count(../r)", "xml": XFORM, "context": "/*[1]/*[1]/*[1]/*[2]/*[1]/r[1]"},
    )
    assert [line["string"] for line in found] == ["Chào", "n1", "2"]


def test_a_fault_in_one_line_leaves_the_others(tmp_path: Path) -> None:
    found = batch(
        tmp_path,
        "{not json",
        "[1]",
        {"id": "a", "expr": "1 +"},
        {"id": "b", "expr": "1", "xml": "<a"},
        {"id": "c", "expr": "1", "tz": "Mars/Base"},
        {"id": "d", "expr": "1", "now": "soon"},
        {"id": "e", "expr": "p:x", "namespaces": 5},
        {"id": "f", "expr": "regex('a', '(')"},
        {"id": "g", "expr": 5, "context": 7},
        {"id": "h", "expr": "2 + 2"},
    )
    assert [line["id"] for line in found] == [None, None, *"abcdefgh"]
    assert all(line["error"] for line in found[:-2])
    assert (found[-1]["number"], found[-1]["error"]) == (4.0, None)


def test_a_name_with_a_prefix_is_found_by_the_given_namespaces(tmp_path: Path) -> None:
    xml = '<a xmlns:x="u:one"><x:b>1</x:b></a>'
    found = batch(
        tmp_path,
        {"expr": "/a/y:b", "xml": xml, "namespaces": {"y": "u:one"}},
        {"expr": "/a/x:b", "xml": xml},
        {"expr": "/a/x:b", "xml": xml, "namespaces": {"x": "u:two"}},
    )
    assert [line["string"] for line in found] == ["1", "1", ""]
