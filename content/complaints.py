"""What pyxform says of a workbook, known by its pattern, so that it can be said in the reader's language.

Each pattern names the sentence `form.<key>` and, by its groups, what fills it in. What is new to this list is
told as pyxform says it. Sources: pyxform's `errors.ErrorCode`, and what it raises and warns elsewhere.
"""

from __future__ import annotations

import re

_PLACE = re.compile(
    r"^(?:\[row ?: ?\w+\] ?)?On the '[\w ]+' sheet, the '[^']+' value (?:'[^']*' )?is invalid\.\s*"
)

_KNOWN: tuple[tuple[str, str], ...] = (
    ("py-name", r"(?:The '(?P<name>.*)' value is invalid\. )?Names must begin with a letter or underscore"),
    ("py-name-reserved", r"Names used here must not"),
    ("py-name-taken", r"Questions, groups, and repeats must be unique within"),
    ("py-name-case", r"On the 'survey' sheet, the 'name' value '(?P<name>.*)' is problematic\."),
    ("py-repeat-name", r"Repeat names must (?:unique|not be the same)"),
    ("py-name-meta", r"The name 'meta' is reserved"),
    ("py-choice-name", r"Choices must have a name"),
    ("py-choice-label", r"Choices should have a label"),
    ("py-choice-spaces", r"Choice names with spaces cannot .* See \[(?P<name>.*?)\] in \[(?P<list>.*?)\]"),
    ("py-choice-twice", r"Choice names must be unique for each choice list"),
    ("py-reference", r"Reference variables must contain a name from .* find the name '(?P<name>.*)'"),
    ("py-reference-form", r"Reference variables must start with"),
    ("py-reference-list", r"Reference variable lists must have a comma"),
    ("py-reference-twice", r"Reference variables names must be unique .*name '(?P<name>.*)' appears"),
    ("py-reference-twice", r"There has been a problem trying to replace \$\{(?P<name>.*?)\} with the XPath"),
    ("py-no-name", r"Question or group with no name|Missing (?:group|question) name"),
    ("py-no-type", r"Question with no type"),
    ("py-type", r"Unknown question type '(?P<name>.*)'"),
    ("py-no-list", r"List name not in (?:external )?choices sheet: (?P<name>.*)"),
    ("py-no-choices", r"There should be a choices sheet"),
    ("py-file", r"File name for '(?P<name>.*)' should end with"),
    ("py-instance", r"The same instance id will be generated .*Instance name: '(?P<name>[^']*)'"),
    ("py-begin", r"Unmatched 'begin_(?P<kind>\w+)'\. .* the name '(?P<name>.*)'"),
    ("py-end", r"Unmatched 'end_(?P<kind>\w+)'\. .* the name '(?P<name>.*)'"),
    ("py-repeat-label", r"(?:Repeat|Group) has no label: \{'name': '(?P<name>[^']*)'"),
    ("py-no-label", r"The survey element named '(?P<name>.*)' has no label or hint"),
    ("py-calculation", r"Missing calculation"),
    ("py-trigger", r"The question \$\{(?P<name>.*?)\} is not user-visible"),
    ("py-parameters", r"Parameters must be in the form of"),
    ("py-parameter-keys", r"The accepted parameter keys .* are '(?P<keys>.*?)'\. .*: (?P<name>.*?)\.$"),
    ("py-range", r"For the 'range' question type, (?P<rest>.*)"),
    ("py-parameter-number", r"[Pp]arameter (?P<name>[\w-]+) must have an? (?:integer|numeric) value"),
    ("py-parameter-number", r"The '(?P<name>[\w-]+)' parameter must have a numeric value"),
    ("py-true-false", r"(?:The ')?(?P<name>[\w-]+)'?(?: parameter)? must be .*true'? or '?false"),
    ("py-incremental", r"For geoshape and geotrace questions, the 'incremental'"),
    ("py-geometry", r"The 'reference-geometry' parameter must"),
    ("py-seed", r"seed value must be|Parameters must include randomize=true"),
    ("py-image-size", r"Use the max-pixels parameter"),
    ("py-big-image", r"To use big-image, you must also .* element named (?P<name>.*)\."),
    (
        "py-language",
        r"Language '(?P<name>.*)' is missing the (?P<sheet>\w+)(?: columns)? (?P<columns>.*?)(?: column)?\.$",
    ),
    ("py-language-code", r"The following language declarations .* codes: (?P<name>.*?)\. Learn"),
    ("py-header", r"Invalid headers .* sheet: '(?P<sheet>.*?)'\. One or more .*found: (?P<name>.*?)\. "),
    ("py-header-twice", r"Invalid headers .* sheet: '(?P<sheet>.*?)'\. Headers .* found: (?P<name>.*?)\. "),
    ("py-header-none", r"Invalid headers .* sheet: '(?P<sheet>.*?)'"),
    ("py-header-spaces", r"Column headers must not be empty"),
    ("py-sheet", r"When looking for a sheet named '(?P<sheet>.*?)', .* found: (?P<name>.*?)\.(?: |$)"),
    ("py-two-ids", r"The form_id and id_string column headers are both"),
    ("py-old-phone", r"(?P<name>\w+) is no longer supported on most devices"),
    ("py-audit", r"Audits must always be named|.*\b(?:track-changes|identify-user|location-\w+)"),
    ("py-search", r"Question '(?P<name>.*?)' (?:uses|is a select from file type, using) 'search\(\)'"),
    ("py-external", r"select one external is only meant for filtered selects"),
    ("py-background", r"For 'background-geopoint' questions, the '(?P<name>\w+)' column"),
    ("py-app", r"Parameter 'app' has an invalid Android package name"),
    ("py-entities", r".*\bsave_to\b|.*\bentit(?:y|ies)\b"),
)  # fmt: skip
_PATTERNS = tuple((key, re.compile(pattern, re.DOTALL)) for key, pattern in _KNOWN)

KEYS = tuple(dict.fromkeys(key for key, _ in _KNOWN))


def recognised(problem: str) -> tuple[str, dict[str, str]]:
    """The sentence that says the same, and what fills it in; `pyxform` and its own words where none does."""
    said = problem.strip()
    for text in (_PLACE.sub("", said), said):
        for key, pattern in _PATTERNS:
            if found := pattern.match(text):
                return key, {
                    **{name: value or "" for name, value in found.groupdict().items()},
                    "problem": said,
                }
    return "pyxform", {"problem": said}
