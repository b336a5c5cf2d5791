"""The command line: parses, calls, prints. A family of commands is a module of `bot.commands` with `app`."""

import os
import sys
from errno import ENOSPC
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from traceback import extract_tb
from typing import Any

import typer
from typer.core import TyperGroup

from bot.commands.failure import Fault

FAMILIES = (
    "demo",
    "serve",
    "chat",
    "check",
    "db",
    "ask",
    "form",
    "areas",
    "households",
    "invite",
    "digest",
    "report",
    "targets",
    "export",
    "person",
    "key",
    "backup",
    "restore",
    "openrosa",
    "replay",
    "bench",
)

HAND_OUT = frozenset({"digest", "report", "export", "person"})
"""What they write names people: for whoever runs them, and nobody else on the machine."""

_COMPLETION = frozenset({"install_completion", "show_completion"})


class Families(TyperGroup):
    """Imports a family when it is called for, so that a light command stays light."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Click's signature
        return list(FAMILIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in FAMILIES:
            return None
        if cmd_name in HAND_OUT:
            os.umask(0o077)
        command = typer.main.get_command(import_module(f"bot.commands.{cmd_name}").app)
        command.name = cmd_name
        # Typer offers them with every family, which is built alone; they write into the user's own .bashrc.
        command.params = [one for one in command.params if one.name not in _COMPLETION]
        return command


app = typer.Typer(
    cls=Families,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog='Example: tocns demo, then open http://127.0.0.1:8080/ · tocns ask "quên mật khẩu VssID"',
)


@app.callback()
def tocns() -> None:
    """Chatbot of the community digital technology teams (Tổ công nghệ số cộng đồng)."""


def main() -> None:
    """Runs the command line. 0: done; 1: what was asked is wrong, a line a fault on stderr; 2: bad usage."""
    _speak_utf8()
    try:
        try:
            app(prog_name="tocns")
        finally:
            if sys.stdout is not None:  # it may have been closed
                sys.stdout.flush()
    except Fault as fault:
        typer.echo(fault, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing to say to anybody.
        _say_no_more()
        sys.exit(0)
    except Exception as error:  # no command foresaw it
        if isinstance(error, OSError) and error.errno == ENOSPC:
            typer.echo(f"{error.filename or 'the output'}: {error.strerror}; make room, then again", err=True)
            _say_no_more()
            sys.exit(1)
        typer.echo(_unforeseen(error), err=True)
        sys.exit(1)


def _say_no_more() -> None:
    """What is left to say goes nowhere: else Python would try once more as it ends, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _speak_utf8() -> None:
    """Vietnamese goes in and out also where the machine was set up for another alphabet, as by LANG=en_US."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "surrogateescape"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _unforeseen(error: Exception) -> str:
    """A fault of ours in a line: what, and by which of our lines, which is what whoever mends it asks first.
    Of the text only its beginning: what follows may quote a row."""
    home = Path(__file__).resolve().parent.parent
    steps = extract_tb(error.__traceback__)
    ours = [one for one in steps if Path(one.filename).is_relative_to(home) and ".venv" not in one.filename]
    where = " < ".join(f"{Path(one.filename).relative_to(home)}:{one.lineno}" for one in reversed(ours[2:]))
    what = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
    return f"a fault of tocns itself, please tell its makers: {what} ({where})"


if __name__ == "__main__":
    main()
