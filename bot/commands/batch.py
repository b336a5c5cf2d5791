"""Lines of JSON in, lines of JSON out: what `--batch IN --out OUT` of several commands is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.commands.failure import Fault


@contextmanager
def opened(batch: Path, out: Path) -> Iterator[tuple[Iterator[tuple[int, bytes]], BinaryIO]]:
    """The lines of `batch` that are not blank, with their numbers, and where to write. Raises Fault where
    either can't be used, and where both are one file: it would be emptied before it is read."""
    try:
        if out.exists() and out.samefile(batch):
            raise Fault(f"--out {out}: that is what is to be read; give another file")
        with batch.open("rb") as lines, out.open("wb") as results:
            yield ((number, line) for number, line in enumerate(lines, 1) if line.strip()), results
    except OSError as error:
        raise Fault(
            f"{error.filename or out}: {error.strerror}; give a file of JSON lines and a place to write"
        ) from None
