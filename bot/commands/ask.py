"""`tocns ask`: answers from the knowledge base as the bot would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import typer

from bot.commands import setting
from bot.commands.batch import opened
from bot.commands.failure import Fault

if TYPE_CHECKING:
    from content.knowledge import Finding, Knowledge


app = typer.Typer()


@app.command(epilog='Example: tocns ask "quen mat khau vssid"')
def ask(
    question: str = typer.Argument("", help="what a citizen would type"),
    as_json: bool = typer.Option(False, "--json", help="print the finding as JSON"),
    batch: Path | None = typer.Option(None, help='JSON lines {"q": …} to answer instead'),
    out: Path | None = typer.Option(None, help="where the results of --batch go"),
) -> None:
    """Answers from the knowledge base as the bot would."""
    question = question.encode("utf-8", "replace").decode()  # what the shell gave that is no UTF-8
    if batch is not None and out is not None and not question:
        _run(batch, out)
    elif batch is not None or out is not None or not question.strip():
        raise typer.BadParameter("give a question, or --batch and --out")
    elif as_json:
        print(orjson.dumps({"question": question, **finding(_knowledge(), question)}).decode())
    else:
        print(_spoken(question))


def finding(knowledge: Knowledge, question: str) -> dict[str, Any]:
    """`answer` is what the bot would say at once, None where it would ask back or does not know.

    `suggestions` are the articles that may be meant, the best first (the answer too); empty where the bot
    says that it does not know.
    """
    from content import guard
    from content.knowledge import Sure, Unknown

    kind = guard.courtesy(question)
    if kind is not None and not knowledge.asks_besides(kind, question):
        return {"answer": None, "suggestions": []}
    found: Finding = knowledge.ask(guard.guard(question).text)
    matches = () if isinstance(found, Unknown) else found.matches
    suggestions = [
        {"id": match.article.id, "title": match.article.title, "confidence": match.confidence}
        for match in matches
    ]
    return {"answer": suggestions[0] if isinstance(found, Sure) else None, "suggestions": suggestions}


def _run(batch: Path, out: Path) -> None:
    """Every line of `batch` with `answer` and `suggestions` added; other keys pass through."""
    knowledge = _knowledge()
    with opened(batch, out) as (lines, results):
        for number, line in lines:
            case = _case(line, f"{batch}:{number}")
            results.write(orjson.dumps({**case, **finding(knowledge, case["q"])}) + b"\n")


def _case(line: bytes, where: str) -> dict[str, Any]:
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        raise Fault(f"{where}: not JSON: {fault}") from None
    if not isinstance(case, dict) or not isinstance(case.get("q"), str):
        raise Fault(f'{where}: a line is {{"q": "the question", …}}')
    return case


def _knowledge() -> Knowledge:
    from content import knowledge
    from content.article import ArticleError

    try:
        return knowledge.load(knowledge.articles_of(setting.settings().content_dir))
    except ArticleError as fault:
        raise Fault(str(fault)) from None


def _spoken(question: str) -> str:
    """What the chat would show, with its choices as a numbered list."""
    from datetime import datetime
    from uuid import UUID

    from content.people import Person
    from handlers import howto
    from handlers.talk import Talk

    settings = setting.settings()
    talk = Talk(Person(0, "", settings.locale), "terminal", datetime.now(settings.zone), str(UUID(int=0)))
    parts = []
    for reply in howto.answered(talk, _knowledge(), question).replies:
        choices = [f"  {number}. {choice.label}" for number, choice in enumerate(reply.choices, start=1)]
        parts.append("\n".join([reply.text, *choices]))
    return "\n\n".join(parts)
