"""What the check of a file that was sent found, as a chat shows it: some lines, the rest in a file."""

from collections.abc import Sequence

from content.words import say
from handlers.talk import Attached

_SHOWN = 12
"""Lines of a check that are read in a chat; the rest goes into a file."""


def told(
    locale: str, name: str, errors: Sequence[str], warnings: Sequence[str], refused: str
) -> tuple[list[str], Attached | None]:
    """Paragraphs, and all of it as a file where they are too many. `refused` is the key of the sentence that
    stands over the errors; it takes the file's `name` and how many they are, `n`."""
    parts, attached = [], None
    if errors:
        head = say(locale, refused, name=name, n=len(errors))
        parts.append("\n".join((head, *_numbered(errors[:_SHOWN]))))
    if warnings:
        head = say(locale, "admin.warnings", n=len(warnings))
        parts.append("\n".join((head, *_numbered(warnings[: _SHOWN // 2]))))
    hidden = max(0, len(errors) - _SHOWN) + max(0, len(warnings) - _SHOWN // 2)
    if hidden:
        parts.append(say(locale, "admin.more", n=hidden))
        attached = _list(locale, name, errors, warnings, refused)
    return parts, attached


def _numbered(lines: Sequence[str]) -> list[str]:
    return [f"{number}. {line}" for number, line in enumerate(lines, 1)]


def _list(locale: str, name: str, errors: Sequence[str], warnings: Sequence[str], refused: str) -> Attached:
    lines = [name, ""]
    if errors:
        lines += [say(locale, refused, name=name, n=len(errors)), *_numbered(errors), ""]
    if warnings:
        lines += [say(locale, "admin.warnings", n=len(warnings)), *_numbered(warnings)]
    # Notepad on an old Windows takes a file without the mark for the local code page.
    data = "\r\n".join(lines).encode("utf-8-sig")
    return Attached(say(locale, "admin.list_name"), "text/plain", data)
