"""Numbers of identity papers have no place in what the bot keeps."""

import re

_PAPER = re.compile(r"(?<!\d)(?:\d{12}|\d{9}|\d{3}(?: \d{3}){3})(?!\d)")
"""An identity card's number: 12 digits (with or without spaces between threes), 9 on the old paper card."""


def mask(text: str) -> str:
    """The text with every such number as dots; a phone number (10 digits) stays."""
    return _PAPER.sub(lambda found: "•" * len(found.group()), text)
