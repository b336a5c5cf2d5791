"""A questionnaire on the disk, with the files that it names: beside it, or in the folder `<name>-media/`."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.failure import Fault

if TYPE_CHECKING:
    from content.bundle import Bundle
    from content.xlsform import Checked


def checked(file: Path) -> "tuple[Bundle, Checked]":
    """What is in the file, with all that it names and that is there, and what the check finds. Raises Fault
    where the file cannot be read."""
    from content.bundle import Bundle
    from content.xlsform import check

    gc.set_threshold(50_000, 20, 100)  # a form of thousands of rows is all kept: nothing in it is rubbish
    try:
        source = file.read_bytes()
    except OSError as error:
        raise Fault(f"{file}: {error.strerror or error}; give the path of a form") from None
    found = check(source, file.name)
    if found.form is None:
        return Bundle(file.name, source), found
    named = sorted({*found.form.files.values(), *found.form.shown} - found.form.pictures.keys())
    there = {name: place.read_bytes() for name in named if (place := _place(file, name)) is not None}
    return Bundle(file.name, source, there), check(source, file.name, there) if there else found


def _place(file: Path, name: str) -> Path | None:
    places = (file.parent / name, file.parent / f"{file.stem}-media" / name)
    return next((place for place in places if place.is_file()), None)
