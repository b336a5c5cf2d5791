"""What every command has in common: its help, how it ends, and that nobody ever sees a traceback."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot.__main__
from bot.commands import ask
from storage import revisions

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
