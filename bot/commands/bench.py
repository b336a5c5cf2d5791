"""`tocns bench`: the benchmarks of the source tree. A speed claim is a ratio measured in one run."""

import importlib
import json
import pkgutil

import typer

from bot.commands.failure import Fault

app = typer.Typer()


def names() -> list[str]:
    """The benchmarks that are there: modules of `tests.bench` that have `run()`."""
    try:
        package = importlib.import_module("tests.bench")
    except ModuleNotFoundError:
        raise Fault("the benchmarks come with the source tree: run this in a clone of the project") from None
    found = []
    for module in pkgutil.iter_modules(package.__path__):
        spec = importlib.util.find_spec(f"tests.bench.{module.name}")
        if spec and spec.origin and "\ndef run(" in open(spec.origin, encoding="utf-8").read():
            found.append(module.name)
    return found


@app.command(epilog="Example: tocns bench turns")
def bench(name: str = typer.Argument(help="turns, start, ask, form, …")) -> None:
    """Runs a benchmark and prints what it measured as JSON."""
    if name not in names():
        raise Fault(f"{name}: no such benchmark; there are {', '.join(names())}")
    print(json.dumps(importlib.import_module(f"tests.bench.{name}").run(), ensure_ascii=False, indent=2))
