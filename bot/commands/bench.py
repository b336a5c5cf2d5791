"""`tocns bench`: the benchmarks of the source tree. A speed claim is a ratio measured in one run."""

import importlib
import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any

import typer

from bot.commands.failure import Fault

app = typer.Typer()

NAMES = ("turns", "start", "form", "ask", "faults", "peers", "digest", "deliver", "load", "country")
ENGINES = ("sqlite", "postgresql")
_ANY = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(epilog="Examples: tocns bench turns | tocns bench faults --kills 50", context_settings=_ANY)
def bench(context: typer.Context, name: str = typer.Argument(help="|".join(NAMES))) -> None:
    """Runs a benchmark and prints what it measured as JSON. Sizes can be given: --NAME NUMBER; where it tries
    both databases, one of them: --engine sqlite."""
    if name not in NAMES:
        raise typer.BadParameter(f"{name}: no such benchmark; there are {', '.join(NAMES)}")
    try:
        module = importlib.import_module(f"tests.bench.{name}")
    except ModuleNotFoundError as error:
        raise Fault(
            f"{error.name} is missing: benchmarks run in a clone of the project, after ./test has set it up"
        ) from None
    print(json.dumps(module.run(**_sizes(module.run, context.args)), ensure_ascii=False, indent=2))


def _sizes(run: Callable[..., Any], given: Sequence[str]) -> dict[str, int | str]:
    known = inspect.signature(run).parameters
    sizes: dict[str, int | str] = {}
    for option, value in zip(given[::2], [*given[1::2], ""], strict=False):
        name = option.removeprefix("--").replace("-", "_")
        if name == "engine" and name in known and value in ENGINES:
            sizes[name] = value
        elif name in known and name != "engine" and value.isdecimal():
            sizes[name] = int(value)
        else:
            takes = " ".join(map(_taken, known)) or "no options"
            raise typer.BadParameter(f"{option} {value}".rstrip() + f": this benchmark takes {takes}")
    return sizes


def _taken(name: str) -> str:
    return f"--{name.replace('_', '-')} " + ("|".join(ENGINES) if name == "engine" else "NUMBER")
