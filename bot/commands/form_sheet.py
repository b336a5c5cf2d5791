"""`tocns form sheet`: makes the workbook of a questionnaire written as a Markdown table."""

from pathlib import Path

from bot.commands.failure import Fault


def sheet(file: Path) -> None:
    """Writes FILE.xlsx beside FILE.md. Example: tocns form sheet content/forms/khao-sat-ho.md"""
    from content.sheets import workbook

    try:
        book = workbook(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Fault(
            f"{file}: {error}; give a Markdown table of the sheets survey, choices, settings"
        ) from None
    target = file.with_suffix(".xlsx")
    target.write_bytes(book)
    print(target)
