"""`tocns form`: check a questionnaire, try it, play it, evaluate an expression of it."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from bot.commands import form_eval, form_sheet, publish
from bot.commands.batch import opened
from bot.commands.failure import LANGUAGE, Fault

if TYPE_CHECKING:
    from content.form import Form
    from content.xlsform import Checked

ZONE = "Asia/Ho_Chi_Minh"

app = typer.Typer(
    no_args_is_help=True,
    help="Questionnaires: XLSForm (.xlsx, .csv, .md) or XForm (.xml).",
    epilog="Example: tocns form check khao-sat-ho.xlsx",
)


@app.command()
def check(
    file: Path = typer.Argument(help="An XLSForm (.xlsx, .csv, .md) or XForm (.xml)."),
    language: str = typer.Option(LANGUAGE, help="The language of the report: vi or en."),
) -> None:
    """Reports everything that is wrong in FILE at once. Example: tocns form check khao-sat-ho.xlsx"""
    from content.words import say

    _known(language)
    checked = _checked(file)
    if checked.form is None:
        raise Fault("\n".join(_report(file, checked, language)))
    for fault in checked.warnings:
        print(_line(file, fault, language), file=sys.stderr)
    form = checked.form
    asked = sum(1 for item in form.questions() if item.control is not None)
    title = form.title or form.id
    print(say(language, "form.fine", file=file.name, title=title, n=asked, version=form.version or "–"))


def _known(language: str) -> None:
    from content.words import LOCALES

    if language not in LOCALES:
        raise typer.BadParameter(f"--language {language}: must be {' or '.join(LOCALES)}")


def _report(file: Path, checked: "Checked", language: str) -> Iterator[str]:
    from content.words import say

    for fault in (*checked.errors, *checked.warnings):
        yield _line(file, fault, language)
    yield say(language, "form.refused", file=file.name, n=len(checked.errors))


def _line(file: Path, fault: Any, language: str) -> str:
    from content.faults import told
    from content.words import say

    kind = say(language, "form.warning" if fault.warning else "form.fault")
    return f"{file.name}: {kind}: {told(fault, language)}"


def _checked(file: Path) -> "Checked":
    from bot.commands.beside import checked

    return checked(file)[1]


def _form(file: Path) -> "Form":
    checked = _checked(file)
    if checked.form is None:
        raise Fault("\n".join(_report(file, checked, LANGUAGE)))
    return checked.form


@app.command("try")
def try_form(
    file: Path = typer.Argument(help="An XLSForm or XForm."),
    language: str = typer.Option("vi", help="The language to be asked in."),
) -> None:
    """Fills FILE in here, in the terminal; nothing is recorded. Example: tocns form try khao-sat-ho.xlsx"""
    from bot.commands.form_try import fill_in

    fill_in(_form(file), language, datetime.now(ZoneInfo(ZONE)))


@app.command()
def play(
    file: Path | None = typer.Argument(None, help="An XLSForm or XForm."),
    answers: Path | None = typer.Argument(None, help='JSON: {"answers": [["name", "text"], …]}.'),
    batch: Path | None = typer.Option(None, help="Lines of steps for the engine below the chat."),
    out: Path | None = typer.Option(None, help="Where the lines of results go."),
) -> None:
    """Answers FILE as ANSWERS says, or plays a batch. Example: tocns form play ho.xlsx answers.json"""
    if batch is not None and out is not None and file is None:
        _play_batch(batch, out)
    elif batch is None and out is None and file is not None and answers is not None:
        _play_answers(file, answers)
    else:
        raise typer.BadParameter("give FILE and ANSWERS, or --batch and --out")


def _play_answers(file: Path, answers: Path) -> None:
    from content.rehearsal import rehearse

    form = _form(file)
    try:
        pairs = [(str(name), str(text)) for name, text in json.loads(answers.read_text("utf-8"))["answers"]]
    except OSError as error:
        raise Fault(f"{answers}: {error.strerror}; give a file of answers") from None
    except (ValueError, KeyError, TypeError):
        raise Fault(f'{answers}: no answers; write {{"answers": [["name", "text"], …]}} as JSON') from None
    result, unasked = rehearse(form, pairs, datetime.now(ZoneInfo(ZONE)))
    print(json.dumps(result, ensure_ascii=False, indent=1))
    for name, text in unasked:
        print(f"{answers}: {_unasked(form, name, result)}; not given: {text}", file=sys.stderr)


def _unasked(form: "Form", name: str, result: dict[str, Any]) -> str:
    """Why the question of an answer never came."""
    from content.form import Question, Repeat, plain

    asks = (
        one for one in form.items if isinstance(one, Repeat) or (isinstance(one, Question) and one.control)
    )
    if not any(plain(name) in {one.name, plain(one.path)} for one in asks):
        return f"{name} is no question of this form"
    if not result["complete"]:
        return f"{name} was not asked, for the form stopped at {result['asked'][-1]}"
    if name.rpartition("/")[2] in result["asked"]:
        return f"{name} was not asked so often"
    return f"{name} was not asked, for it was not relevant"


def _play_batch(batch: Path, out: Path) -> None:
    from content.playing import play_line

    now = datetime.now(ZoneInfo(ZONE))
    with opened(batch, out) as (lines, results):
        for _, line in lines:
            results.write(json.dumps(play_line(line, now), ensure_ascii=False).encode() + b"\n")


app.command("eval")(form_eval.evaluate)
app.command("sheet")(form_sheet.sheet)
app.command("publish")(publish.publish)
app.command("list")(publish.listed)
