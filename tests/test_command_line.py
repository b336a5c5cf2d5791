"""What every command has in common: its help, how it ends, and that nobody ever sees a traceback."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot.__main__
from bot.commands import ask
from storage import people, revisions
from storage.database import Database
from storage.secrets import Vault

KEY = "a secret key of this test, long enough"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Tocns = Callable[..., Ended]


@pytest.fixture
def tocns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tocns:
    """The command line on an empty folder, with a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY)

    def run(*words: str) -> Ended:
        monkeypatch.setattr("sys.argv", ["tocns", *words])
        try:
            bot.__main__.main()
            code: object = 0
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        return Ended(code, *capsys.readouterr())

    return run


@pytest.mark.parametrize("family", bot.__main__.FAMILIES)
def test_every_family_of_commands_shows_an_example_and_no_option_of_others(tocns: Tocns, family: str) -> None:
    shown = tocns(family, "--help")
    assert shown.code == 0
    assert "Example" in shown.out
    assert "completion" not in shown.out


def test_what_nobody_foresaw_is_a_line_that_names_the_place(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("odd\n[parameters: ('Trần Thị Bưởi',)]")

    monkeypatch.setattr(ask, "_knowledge", broken)
    ended = tocns("ask", "quên mật khẩu")
    assert ended.code == 1
    assert ended.err.startswith("a fault of tocns itself, please tell its makers: RuntimeError: odd (")
    assert "bot/commands/ask.py:" in ended.err
    assert ended.err.count("\n") == 1


def test_one_revision_back_is_written_as_alembic_writes_it(tocns: Tocns) -> None:
    assert tocns("db", "upgrade").code == 0
    before = int(revisions.head()) - 1
    assert tocns("db", "downgrade", "-1").out == f"The database is at {before:04}.\n"


def test_a_command_that_only_looks_leaves_no_database_behind(tocns: Tocns, tmp_path: Path) -> None:
    for words in (("check",), ("areas", "tree"), ("backup", "a.backup"), ("db", "downgrade", "base")):
        ended = tocns(*words)
        assert (ended.code, ended.out) == (1, "")
        assert "there is no database at var/tocns.db yet: run `tocns db upgrade`" in ended.err
    assert tocns("db", "current").out == f"database: empty, program: {revisions.head()}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_tried_where_there_is_no_database(tocns: Tocns, tmp_path: Path) -> None:
    tocns("db", "upgrade")
    assert tocns("backup", "a.backup").code == 0
    shutil.rmtree("var")
    assert tocns("restore", "a.backup", "--check").code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["a.backup"]
    assert tocns("restore", "a.backup").code == 0
    assert tocns("check").code == 0


def test_another_key_than_the_databases_is_refused_by_every_command(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To go on would make everybody a stranger, and seal what they say with a key that opens nothing else."""
    tocns("db", "upgrade")
    monkeypatch.setenv("TOCNS_WEBCHAT", "citizen")
    asyncio.run(_somebody())
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY[::-1])
    for words in (("serve",), ("chat",), ("check",), ("invite", "--list"), ("backup", "a.backup")):
        ended = tocns(*words)
        assert ended.code == 1
        assert "TOCNS_SECRET_KEY is not the one this data was stored with" in ended.err


async def _somebody() -> None:
    async with Database("sqlite+aiosqlite:///var/tocns.db", Vault(KEY)) as database:
        await database.write(lambda conn: people.create(conn, "Lan", "vi", datetime.now(UTC)))
