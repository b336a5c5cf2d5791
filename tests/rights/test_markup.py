"""What people type is text everywhere: on no channel does it become markup."""

import ast
from pathlib import Path

import pytest

CHANNELS = Path(__file__).parents[2] / "bot" / "channels"


@pytest.mark.parametrize("path", sorted(CHANNELS.rglob("*.py")), ids=lambda path: path.stem)
def test_no_channel_asks_its_platform_to_read_markup(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    named = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not {"parse_mode", "parseMode"} & {*named, *filter(lambda one: isinstance(one, str), said)}


@pytest.mark.parametrize("script", sorted((CHANNELS / "static").glob("*.js")), ids=lambda path: path.name)
def test_the_page_writes_text_and_never_markup(script: Path) -> None:
    source = script.read_text("utf-8")
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
    assert not [word for word in forbidden if word in source]
