"""`tocns bench`: the benchmarks of the source tree. A speed claim is a ratio measured in one run."""

import importlib
import json

import typer

from bot.commands.failure import Fault

app = typer.Typer()

NAMES = ("turns", "start", "form", "ask")


@app.command(epilog="Example: tocns bench turns")
def bench(name: str = typer.Argument(help="|".join(NAMES))) -> None:
    """Runs a benchmark and prints what it measured as JSON."""
    if name not in NAMES:
        raise Fault(f"{name}: no such benchmark; there are {', '.join(NAMES)}")
    try:
        module = importlib.import_module(f"tests.bench.{name}")
    except ModuleNotFoundError as error:
        raise Fault(
            f"{error.name} is missing: benchmarks run in a clone of the project, after ./test has set it up"
        ) from None
    print(json.dumps(module.run(), ensure_ascii=False, indent=2))
