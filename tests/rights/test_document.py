"""`docs/security.md` names the tests that hold what it says; they exist, and its lock has hashes."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SECURITY)))


def test_every_threat_names_a_test() -> None:
    table = SECURITY.partition("## What stops what")[2].partition("\n## ")[0]
    rows = [row for row in table.splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 20
    assert not [row for row in rows if "::" not in row and "---" not in row]


@pytest.mark.parametrize(("file", "function"), NAMED, ids=[function for _, function in NAMED])
def test_a_test_that_it_names_exists(file: str, function: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert function in {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_package_of_the_lock_has_its_hashes(lock: str) -> None:
    text = (ROOT / "deploy" / lock).read_text("utf-8")
    packages = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(packages) > 20
    assert not [package.split()[0] for package in packages if "--hash=sha256:" not in package]


def test_the_links_of_the_document_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", SECURITY)
    assert not [link for link in links if not (ROOT / "docs" / link).exists()]
