"""What the engine says of an expression, known by its pattern, so that it is said in the reader's language.

Each pattern names the sentence `form.<key>` and, by its groups, what fills it in. What is in no pattern is
told as the engine says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from content.words import say

_KNOWN: tuple[tuple[str, str], ...] = (
    ("ex-bracket", r"“(?P<sign>[)\]])” is missing to close (?P<name>.*?)\(? (?:at the end|before “.*)"),
    ("ex-operator", r"an operator is missing before “(?P<sign>.*)” at character (?P<at>\d+)"),
    ("ex-value", r"a value or path is missing before “(?P<sign>.*)” at character (?P<at>\d+)"),
    ("ex-value-end", r"a value or path is missing at the end"),
    ("ex-no-end", r"the text that begins with (?P<sign>.) at character (?P<at>\d+) has no end"),
    ("ex-quote", r"“(?P<sign>.)” at character (?P<at>\d+) is a typographic quote"),
    ("ex-sign", r"“(?P<sign>.)” at character (?P<at>\d+) has no meaning"),
    ("ex-function", r"there is no function (?P<name>.*)\(\)"),
    ("ex-arguments", r"(?P<name>.*)\(\) takes (?P<count>no|\d+) arguments?, not (?P<given>\d+)"),
    (
        "ex-arguments-range",
        r"(?P<name>.*)\(\) takes (?P<least>\d+) to (?P<most>\d+) arguments, not (?P<given>\d+)",
    ),
    ("ex-arguments-least", r"(?P<name>.*)\(\) takes at least (?P<least>\d+) arguments?, not (?P<given>\d+)"),
    ("ex-path", r"(?P<name>.*?) takes a path"),
    ("ex-pairs", r"(?P<name>.*)\(\) takes .* in pairs"),
    ("ex-one-node", r"position\(\) takes one node"),
    ("ex-dollar", r"after “\$” at character (?P<at>\d+)"),
    ("ex-variable", r"there are no variables in ODK forms: (?P<name>.*)"),
    ("ex-axis", r"(?:ODK has no|there is no axis) “?(?P<name>[\w-]+)”?"),
    ("ex-long", r"the expression is too long"),
    ("ex-deep", r"the expression is nested deeper than (?P<most>\d+)"),
    ("ex-work", r"the expression needs too much work"),
    ("ex-pattern", r"the pattern “(?P<name>.*)” is none"),
    ("ex-pattern-slow", r"the pattern “(?P<name>.*)” takes too long"),
    ("ex-pattern-slow", r"the pattern (?:“(?P<name>.*)” calls itself|is longer)"),
    ("ex-digest", r"digest\(\) (?:knows|writes) (?P<name>.*), not “(?P<given>.*)”"),
    ("ex-digest", r"digest\(\) writes (?P<name>.*), not “(?P<given>.*)”"),
)  # fmt: skip
_PATTERNS = tuple((key, re.compile(pattern, re.DOTALL)) for key, pattern in _KNOWN)

KEYS = tuple(dict.fromkeys(key for key, _ in _KNOWN))


def explained(problem: str, locale: str) -> str:
    """What is wrong with an expression, in that language."""
    for key, pattern in _PATTERNS:
        if found := pattern.match(problem):
            values = {name: value or "" for name, value in found.groupdict().items()}
            return say(locale, f"form.{key}", **values)
    return problem


_SHOWN = 80


def failures(faults: Mapping[str, str], locale: str) -> list[str]:
    """What could not be worked out of a form, expression -> why, a sentence each."""
    return [
        say(locale, "interview.failed", text=_shortened(source), why=explained(why, locale))
        for source, why in faults.items()
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
