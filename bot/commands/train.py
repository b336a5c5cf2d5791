"""`python -m bot.commands.train`: makes the ranking's weights anew, after articles have changed.

Corrections are learnt from the articles' own questions; the confidence is calibrated on the tuning half of
tests/data/questions.jsonl. A source-tree tool: the running bot only reads what it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from bot.commands.failure import Fault
from content import article
from content.knowledge import digest, phrasings
from content.ranking.index import Index, Scored
from content.ranking.model import FILE, OUTSIDE, Model, signs, written
from content.ranking.training import corrections, logistic

QUESTIONS = Path("tests/data/questions.jsonl")
SURE = 0.7
"""From this confidence on the bot answers; of questions never seen one in forty is then answered wrongly."""
UNSURE = 0.4
"""From here to SURE it offers up to three titles; below, it says that it does not know."""


def train(
    articles: Path = typer.Option(article.DIRECTORY, help="the articles to learn"),
    questions: Path = typer.Option(QUESTIONS, help='JSON lines {"q", "ids", "split"}; "tune" is used'),
    out: Path = typer.Option(FILE, help="where the weights go"),
) -> None:
    """Makes the ranking's weights anew. Example: python -m bot.commands.train"""
    if not questions.exists():
        raise Fault(
            f"{questions}: no such file; run this in a clone of the project, or name one with --questions"
        )
    asked = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    tuning = [(entry["q"], frozenset(entry["ids"])) for entry in asked if entry.get("split") == "tune"]
    texts = phrasings(article.read_articles(articles).values(), article.read_outside(articles))
    model = made(texts, tuning)
    out.write_text(written(model), encoding="utf-8")
    print(f"{len(texts)} labels, {sum(map(len, texts.values()))} phrasings -> {out}")


def made(texts: dict[str, list[str]], tuning: Sequence[tuple[str, frozenset[str]]]) -> Model:
    """Corrections learnt from the phrasings, calibration from the tuning questions (text, right ids)."""
    learnt = corrections(texts)
    index = Index(texts, learnt)
    scored = [(index.score(text), ids) for text, ids in tuning]
    rows = [signs(found) for found, _ in scored]
    right = [_best(found) in ids for found, ids in scored]
    return Model(learnt, tuple(logistic(rows, right)), SURE, UNSURE, digest(texts))


def _best(found: Scored) -> str | None:
    """The best article; kinds of question that are declined do not count."""
    return next((label for label, _ in found.ranked if not label.startswith(OUTSIDE)), None)


if __name__ == "__main__":
    typer.run(train)
