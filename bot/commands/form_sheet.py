"""`tocns form sheet`: what is made of a questionnaire that is written as a Markdown table."""

from pathlib import Path

import typer

from bot.commands.failure import Fault


def sheet(
    file: Path = typer.Argument(help="A Markdown table of survey, choices and settings."),
) -> None:
    """Writes FILE.xlsx (for people) and FILE.xml (what runs) beside FILE.md.

    Example: tocns form sheet content/forms/khao-sat-ho.md
    """
    from pyxform.errors import PyXFormError

    from content.library import DIALOGUES
    from content.sheets import workbook, xform

    try:
        markdown = file.read_text(encoding="utf-8")
        made = {".xml": xform(markdown).encode()}
        if file.stem not in DIALOGUES:  # nobody edits those in a spreadsheet
            made[".xlsx"] = workbook(markdown)
    except (OSError, ValueError, PyXFormError) as error:
        raise Fault(
            f"{file}: {error}; give a Markdown table of the sheets survey, choices, settings"
        ) from None
    for suffix, content in made.items():
        file.with_suffix(suffix).write_bytes(content)
        print(file.with_suffix(suffix))
