"""Text in a spreadsheet that is never run."""

import re

_RUN = re.compile(r"[=@\t\r]|[+-](?![\d\s.,]*$)")
"""What makes a spreadsheet take a cell for a formula; a number or a phone's number with its sign is none."""


def inert(cell: str) -> str:
    """The cell so that no spreadsheet that opens the CSV runs it (https://owasp.org: CSV injection)."""
    return f"'{cell}" if _RUN.match(cell) else cell
