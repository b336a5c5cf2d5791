"""`tocns form eval`: evaluates ODK expressions, so that the engine can be held against others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import typer

from bot.commands.batch import opened
from bot.commands.failure import Fault
from content.expressions import Context, Expression, ExpressionError, Value, compile_expression
from content.expressions.surroundings import surroundings
from content.expressions.values import to_boolean, to_number, to_string
from content.tree import DOCUMENT, Node

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"


def evaluate(
    expression: str = typer.Argument("", help="an ODK XPath expression"),
    instance: Path | None = typer.Option(None, help="XML to evaluate against: an instance or a whole XForm"),
    context: str = typer.Option("/", help="where in it to stand: an absolute path"),
    batch: Path | None = typer.Option(None, help="JSON lines to evaluate instead"),
    out: Path | None = typer.Option(None, help="where the results of --batch go"),
) -> None:
    """Evaluates an ODK XPath expression. Example: tocns form eval "round(7 div 2, 1)" """
    if batch is not None and out is not None and not expression:
        _run(batch, out)
        return
    if batch is not None or out is not None or not expression:
        raise typer.BadParameter("give an expression, or --batch and --out")
    xml = _read(instance) if instance is not None else b""
    result = answer({"expr": expression, "xml": xml, "context": context})
    if result["error"] is not None:
        raise Fault(result["error"])
    print("\n".join(result["nodes"]) if result["type"] == "nodeset" else result["string"])


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """One line of `form eval --batch`: the result in all types, or what was wrong with the case."""
    try:
        value, stand = _value(case)
        return {"id": case.get("id"), **_converted(value, stand), "error": None}
    except (ExpressionError, _BadCase) as fault:
        return _failed(case.get("id"), str(fault))
    except Exception as fault:  # a fault of the engine must not end a run of thousands
        return _failed(case.get("id"), f"the engine failed: {type(fault).__name__}: {fault}")


def _failed(name: object, why: str) -> dict[str, Any]:
    return {
        "id": name,
        "type": None,
        "number": None,
        "string": None,
        "boolean": None,
        "nodes": None,
        "error": why,
    }


class _BadCase(ValueError):
    """What is wrong with a case, in words."""


def _run(source: Path, target: Path) -> None:
    with opened(source, target) as (lines, results):
        for number, line in lines:
            results.write(orjson.dumps(_line(line, number), option=orjson.OPT_APPEND_NEWLINE))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Fault(f"{path}: {fault.strerror}; give an instance or an XForm") from None


def _line(line: bytes, number: int) -> dict[str, Any]:
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        return _failed(None, f"line {number} is not JSON: {fault}")
    return answer(case) if isinstance(case, dict) else _failed(None, f"line {number} is not a JSON object")


def _value(case: Mapping[str, Any]) -> tuple[Value, Context]:
    for name in ("xml", "context", "tz", "now"):
        if not isinstance(case.get(name), str | bytes | None):
            raise _BadCase(f"{name}: text or null is wanted")
    namespaces = _namespaces(case.get("namespaces"))
    zone = _zone(case.get("tz") or DEFAULT_ZONE)
    document = _document(case.get("xml") or "")
    environment = surroundings(document, _now(case.get("now"), zone), zone, seed=str(case.get("id")))
    stand = Context(_node(document, case.get("context") or "/", namespaces), environment)
    return _compiled(str(case.get("expr") or ""), namespaces).evaluate(stand), stand


def _compiled(source: str, namespaces: dict[str, str]) -> Expression:
    # What can only fail may stand where it isn't reached, as other engines have it.
    return compile_expression(source, namespaces, strict=False)


@lru_cache(maxsize=64)
def _document(xml: str | bytes) -> Node:
    if not xml.strip():
        return Node(DOCUMENT)
    try:
        return Node.parse(xml)
    except ValueError as fault:
        raise _BadCase(f"xml: {fault}") from None


def _node(document: Node, path: str, namespaces: dict[str, str]) -> Node:
    """The context node: by a path from the document, else (in an XForm) from the primary instance."""
    if path == "/":
        return document
    expression = _compiled(path, namespaces)
    everything = surroundings(document, datetime.now(UTC), UTC)
    for root in (document, everything.root):
        everything.root = root
        found = expression.evaluate(Context(document, everything))
        if isinstance(found, list) and found:
            return found[0]
    raise _BadCase(f"context: there is no node at {path}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _BadCase(f"tz: there is no time zone {name}") from None


def _now(text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        return datetime.now(zone)
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise _BadCase(f"now: {text} is no ISO 8601 time") from None
    return now if now.tzinfo is not None else now.replace(tzinfo=zone)


def _namespaces(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise _BadCase("namespaces: an object of prefix and URI is wanted")
    return {str(prefix): str(uri) for prefix, uri in given.items()}


def _converted(value: Value, context: Context) -> dict[str, Any]:
    nodes = value if isinstance(value, list) else None
    kinds: Iterator[str] = (
        name
        for name, kind in (("nodeset", list), ("boolean", bool), ("string", str))
        if isinstance(value, kind)
    )
    return {
        "type": next(kinds, "number"),
        "number": _jsonable(to_number(value, context.environment)),
        "string": to_string(value),
        "boolean": to_boolean(value),
        "nodes": [node.string() for node in nodes] if nodes is not None else None,
    }


def _jsonable(number: float) -> float | str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return float(number)
