"""`tocns form sheet`: what is made of a questionnaire that is written as a Markdown table."""

from pathlib import Path

import typer

from bot.commands.failure import Fault


def sheet(file: Path = typer.Argument(help="A Markdown table of survey, choices and settings.")) -> None:
    """Writes FILE.xlsx (for people) and FILE.xml (what runs) beside FILE.md.

    Example: tocns form sheet content/forms/khao-sat-ho.md
    """
    from content import xlsform
    from content.library import DIALOGUES
    from content.sheets import workbook

    try:
        source = file.read_bytes()
    except OSError as error:
        raise Fault(f"{file}: {error.strerror}; give the path of a Markdown table") from None
    checked = xlsform.check(source, file.name)
    if checked.form is None or file.suffix != ".md":
        raise Fault(f"{file}: no questionnaire as a Markdown table; `tocns form check {file}` says why")
    made = {".xml": checked.xform.encode()}
    if file.stem not in DIALOGUES:  # nobody edits those in a spreadsheet
        made[".xlsx"] = workbook(source.decode())
    for suffix, content in made.items():
        file.with_suffix(suffix).write_bytes(content)
        print(file.with_suffix(suffix))
