"""`tocns bench`: the benchmarks of the source tree. A speed claim is a ratio measured in one run."""

import importlib
import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any

import typer

from bot.commands.failure import Fault

app = typer.Typer()

NAMES = ("turns", "start", "form", "ask", "faults", "peers", "digest", "deliver")
_ANY = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(epilog="Examples: tocns bench turns | tocns bench faults --kills 50", context_settings=_ANY)
def bench(context: typer.Context, name: str = typer.Argument(help="|".join(NAMES))) -> None:
    """Runs a benchmark and prints what it measured as JSON. Its sizes can be given: --NAME NUMBER."""
    if name not in NAMES:
        raise Fault(f"{name}: no such benchmark; there are {', '.join(NAMES)}")
    try:
        module = importlib.import_module(f"tests.bench.{name}")
    except ModuleNotFoundError as error:
        raise Fault(
            f"{error.name} is missing: benchmarks run in a clone of the project, after ./test has set it up"
        ) from None
    print(json.dumps(module.run(**_sizes(module.run, context.args)), ensure_ascii=False, indent=2))


def _sizes(run: Callable[..., Any], given: Sequence[str]) -> dict[str, int]:
    known = inspect.signature(run).parameters
    sizes = {}
    for option, value in zip(given[::2], [*given[1::2], ""], strict=False):
        name = option.removeprefix("--").replace("-", "_")
        if name not in known or not value.isdecimal():
            takes = " ".join(f"--{each.replace('_', '-')} NUMBER" for each in known) or "no options"
            raise Fault(f"{option} {value}".rstrip() + f": this benchmark takes {takes}")
        sizes[name] = int(value)
    return sizes
