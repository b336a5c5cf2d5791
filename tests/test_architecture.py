"""The house rules that a machine can check; the layers are held by import-linter (pyproject.toml)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import admin, routes, survey, tickets
from tests.rights import said

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "content", "storage")

ONE_DOOR = {
    "telegram": "bot/channels/telegram",
    "aiogram": "bot/channels/telegram",
    "apscheduler": "bot/clock",
    "babel": "content/words",
    "cryptography": "storage/secrets",
    "alembic": "storage/revisions",
    "pyxform": "content/xlsform",
}
"""A package is imported in one place (Alembic's own migration scripts aside)."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("storage/migrations/"):
                yield name, ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.parametrize(("package", "door"), ONE_DOOR.items(), ids=ONE_DOOR)
def test_a_package_is_imported_through_one_door(package: str, door: str) -> None:
    users = {
        name for name, tree in sources() if package in {module.split(".")[0] for module in imported(tree)}
    }
    assert not {name for name in users if not name.startswith((f"{door}.py", f"{door}/"))}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= {"bot/config.py"}


def test_the_core_reads_no_clock_and_draws_no_lots() -> None:
    forbidden = {
        ("datetime", "now"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
        ("uuid", "uuid4"),
    }
    found = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        if name.startswith(("handlers/", "content/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in forbidden
    ]
    assert not found


def _compares_roles(node: ast.AST) -> bool:
    """Whether a comparison asks for a person's or a grant's role, or for one role by name. A column of the
    table that is compared with what was given is a query, not a decision."""
    if not isinstance(node, ast.Compare) or ast.unparse(node).endswith("is not None"):
        return False
    for part in [side for one in (node.left, *node.comparators) for side in ast.walk(one)]:
        if isinstance(part, ast.Attribute):
            of = part.value
            column = isinstance(of, ast.Attribute) and of.attr == "c"
            named = isinstance(of, ast.Name) and of.id == "Role"
            if named or (part.attr in {"role", "roles", "highest"} and not column):
                return True
    return False


def test_one_place_decides_who_may_do_what() -> None:
    queries = {
        "storage/people.py",  # a grant is given and taken away by its role
        "storage/broadcasts.py",  # an audience is chosen by role
        "storage/grants.py",
    }
    elsewhere = {"content/people.py", "content/broadcasting.py", "bot/commands/invite.py", *queries}
    found = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if _compares_roles(node) and name not in elsewhere
    ]
    assert not found, "ask content.people.allowed (in handlers: handlers.rights) instead of comparing roles"


def test_public_functions_and_classes_say_what_they_are() -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in sources()
        if not name.startswith("content/expressions/functions/")  # named and told by the specification
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
        and any(
            isinstance(part, ast.FunctionDef) for part in ast.walk(node)
        )  # bare records speak for themselves
    ]
    assert not silent


def test_every_module_says_what_it_is_for() -> None:
    assert not [name for name, tree in sources() if ast.get_docstring(tree) is None]


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lists = {"storage/tables.py"}  # one record after the other: nothing to follow
    lengths = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name, _ in sources()}
    assert not {name: length for name, length in lengths.items() if length > 480 and name not in lists}


def test_nothing_in_the_repository_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pattern = re.compile(
        rb"/wo"
        rb"rk/(main|shared)|/ro"
        rb"ot/\\.|/opt/py"
        rb"pi|files\.pythonhosted|pypi\.org|registry\.npmjs"
    )
    named = [
        name for name in tracked if (ROOT / name).is_file() and pattern.search((ROOT / name).read_bytes())
    ]
    assert not named


def test_a_light_command_loads_nothing_heavy() -> None:
    heavy = {"aiogram", "telegram", "alembic", "pyxform", "sqlalchemy", "lxml", "aiohttp"}
    code = "import sys, bot.__main__; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not heavy & set(loaded.stdout.split())


HOW = "give it a line in tests/rights/said.py, run `pytest tests/rights/test_table.py --update`, read who may"


@pytest.mark.parametrize("command", routes._HANDLERS)
def test_who_may_use_a_command_stands_in_the_table(command: str) -> None:
    assert f"/{command}" in said.lines(), HOW


@pytest.mark.parametrize("prefix", routes._BUTTONS)
def test_who_may_press_a_kind_of_button_stands_in_the_table(prefix: str) -> None:
    assert [line for line in said.pressed() if line.startswith(f"{prefix}:")], HOW


@pytest.mark.parametrize("pattern", sorted(set(said.offered())))
def test_who_may_press_a_button_stands_in_the_table(pattern: str) -> None:
    assert [line for line in said.pressed() if re.match(pattern, line)], HOW


@pytest.mark.parametrize(
    "pattern", [found.pattern for module in (admin, survey, tickets) for found, _ in module._BUTTONS]
)
def test_who_may_press_what_is_listened_for_stands_in_the_table(pattern: str) -> None:
    assert [line for line in said.pressed() if re.fullmatch(pattern, line)], HOW


def test_the_table_has_a_row_for_all_that_can_be_said() -> None:
    rows = (ROOT / "tests/data/rights.tsv").read_text("utf-8").splitlines()
    assert {line for line in said.lines() if not line.startswith("#")} <= {
        row.split("\t")[0] for row in rows
    }, HOW
