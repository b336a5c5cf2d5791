"""The check of a file in a process of its own: what is hostile in it can only end that.

`examine` starts `python -m bot.examining`, hands the file over and waits. The child has 10 seconds of CPU
time, 300 MB and a folder that is removed after it, and no settings: it knows neither the key nor the
database.
"""

import asyncio
import gc
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from content.library import DIALOGUES
from content.questionnaires import LONGEST_ID, TRIAL, Examined
from content.words import say

SECONDS = 10
"""Of CPU time: how much a file is does not depend on what else the machine has to do."""
PATIENCE = 60
"""Seconds by the clock, after which a child that waits for a busy machine is ended too."""
MEMORY = 300 * 1024 * 1024
CHILD = ("-m", "bot.examining")
_LARGEST_WRITTEN = 64 * 1024 * 1024
_ROOT = Path(__file__).parent.parent
_CONSENT = "dong_y"
_TUPLES = ("errors", "warnings", "rows", "missing", "places")


async def examine(source: bytes, name: str, locale: str) -> Examined:
    """What is wrong in the file, in that language; where nothing is, what it holds. Never raises for what is
    in the file: one that needs more time or memory than it may is told so.
    """
    head = orjson.dumps([name, locale])
    with TemporaryDirectory(prefix="tocns-") as folder:
        told = await _ask_child(b"%d\n" % len(head) + head + source, folder)
    if not told:
        heavy = say(locale, "admin.too_heavy", seconds=SECONDS, megabytes=MEMORY >> 20)
        return Examined((heavy,), (), unread=True)
    found = orjson.loads(told)
    return Examined(**(found | {key: tuple(found[key]) for key in _TUPLES}))


async def _ask_child(asked: bytes, folder: str) -> bytes:
    """What the child says; nothing where it died or had to be ended."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={"TMPDIR": folder},  # pyxform writes what it makes to a file
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await child.communicate(asked)
    except TimeoutError:
        return b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return told if child.returncode == 0 else b""


def check(source: bytes, name: str, locale: str) -> Examined:
    """The check itself. A questionnaire takes half a second and 45 MB for pyxform, and what that makes."""
    listed = _listed(source, name, locale)
    if listed is not None:
        return listed
    from content.faults import told  # noqa: PLC0415 - what follows is the child's alone
    from content.unchattable import missing_lists  # noqa: PLC0415
    from content.xlsform import check as check_form  # noqa: PLC0415

    checked = check_form(source, name)
    errors = tuple(told(fault, locale) for fault in checked.errors)
    warnings = tuple(told(fault, locale) for fault in checked.warnings)
    form = checked.form
    if form is None:
        return Examined(errors or (say(locale, "admin.unreadable"),), warnings)
    amiss = _unusable(form.id, form.version, locale)
    if amiss:
        return Examined((*errors, *amiss), warnings)
    asked = [item for item in form.questions() if item.control is not None]
    return Examined(
        errors,
        warnings,
        form=form.id,
        version=form.version,
        title=form.title or form.id,
        questions=len(asked),
        asks_consent=any(item.name == _CONSENT for item in asked),
        xform=checked.xform,
        missing=tuple(missing_lists(form)),
    )


def _listed(source: bytes, name: str, locale: str) -> Examined | None:
    """What a list holds; None for any other file."""
    from content.faults import told  # noqa: PLC0415 - the child's alone
    from content.form import FormError  # noqa: PLC0415
    from content.listing import placed, rows_right  # noqa: PLC0415
    from content.lists import listing, strange  # noqa: PLC0415
    from content.workbook import formulas, hidden  # noqa: PLC0415

    try:
        found = listing(source, name)
        top = strange(source, name) if found is None else None
    except FormError as error:
        faults = tuple(told(fault, locale) for fault in error.faults)
        return Examined(faults, (), unread=True) if faults else None
    if top is not None:
        return Examined((say(locale, "lists.strange", top=top),), (), unread=True)
    if found is None:
        return None
    rows = tuple((row.sheet, row.number, dict(row.cells)) for row in rows_right(found))
    amiss = placed(found.faults, found.heads, locale)
    warnings: tuple[str, ...] = ()
    if not name.lower().endswith(".csv"):
        blank = [((cell.sheet, cell.row), told(cell, locale)) for cell in formulas(source)]
        amiss = blank or amiss
        unseen = len(hidden(source) & {(row.sheet, row.number) for row in found.rows})
        warnings = (say(locale, "lists.hidden_rows", n=unseen),) if unseen else ()
    errors, places = tuple(text for _, text in amiss), tuple(place for place, _ in amiss)
    return Examined(errors, warnings, listed=found.kind, rows=rows, heads=found.heads, places=places)


def _unusable(form: str, version: str, locale: str) -> tuple[str, ...]:
    """What stands in the way of publishing a form that could run."""
    amiss = []
    if form in DIALOGUES or form.startswith(TRIAL) or len(form) > LONGEST_ID:
        amiss.append(say(locale, "admin.bad_form_id", id=form[:LONGEST_ID], most=LONGEST_ID))
    if not version:
        amiss.append(say(locale, "admin.no_version"))
    return tuple(amiss)


def _confine() -> None:
    import resource  # noqa: PLC0415 - there is none on Windows, where only this would fail

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_WRITTEN, _LARGEST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """The child: length, head and file on stdin; what was found on stdout."""
    _confine()
    # What is read stays until the end: looking for rubbish in it at Python's pace is a third of the time.
    gc.set_threshold(50_000, 20, 100)
    length = int(sys.stdin.buffer.readline())
    name, locale = orjson.loads(sys.stdin.buffer.read(length))
    found = check(sys.stdin.buffer.read(), name, locale)
    sys.stdout.buffer.write(orjson.dumps(asdict(found)))


if __name__ == "__main__":
    main()
