"""`python -m bot.commands.train`: makes the ranking's weights anew, after articles have changed.

Corrections are learnt from the articles' own questions and the tuning part of tests/data/questions.jsonl;
the confidence is calibrated on questions held out in turn. A tool of the source tree: the running bot only
reads what it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from bot.commands.failure import Fault
from content import article
from content.knowledge import digest, phrasings
from content.ranking.index import Index, Scored
from content.ranking.model import FILE, OUTSIDE, Model, signs, written
from content.ranking.training import ANY_OUTSIDE, Example, corrections, logistic

QUESTIONS = Path("tests/data/questions.jsonl")
FOLDS = 4
SURE = 0.65
"""From this confidence on the bot answers; of questions never seen one in thirty is then answered wrongly."""
UNSURE = 0.3
"""From here to SURE it offers up to three titles; below, it says that it does not know."""


def train(
    articles: Path = typer.Option(article.DIRECTORY, help="the articles to learn"),
    questions: Path = typer.Option(QUESTIONS, help='JSON lines {"q", "ids", "split"}; "tune" is learnt'),
    out: Path = typer.Option(FILE, help="where the weights go"),
) -> None:
    """Makes the ranking's weights anew. Example: python -m bot.commands.train"""
    if not questions.exists():
        raise Fault(
            f"{questions}: no such file; run this in a clone of the project, or name one with --questions"
        )
    asked = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    learnt = [one for one in asked if one.get("split") == "tune"]
    tuning = [(one["q"], one["ids"][0] if one["ids"] else ANY_OUTSIDE) for one in learnt]
    texts = phrasings(article.read_articles(articles).values(), article.read_outside(articles))
    model = made(texts, tuning)
    out.write_text(written(model), encoding="utf-8")
    count = sum(map(len, texts.values()))
    print(f"{len(texts)} labels, {count} phrasings, {len(tuning)} questions -> {out}")


def made(texts: dict[str, list[str]], tuning: Sequence[Example]) -> Model:
    """Corrections learnt from all there is; the confidence from what is made of questions held out."""
    rows: list[list[float]] = []
    right: list[bool] = []
    for fold in range(FOLDS):
        for found, label in _held_out(texts, tuning, fold):
            rows.append(signs(found))
            right.append(_best(found) == label)
    calibration = logistic(rows, right)
    learnt = corrections(texts, tuning)
    return Model(lambda: learnt, tuple(calibration), SURE, UNSURE, digest(texts))


def _held_out(
    texts: dict[str, list[str]], tuning: Sequence[Example], fold: int
) -> Iterator[tuple[Scored, str]]:
    """The questions of one fold, ranked by a model that never saw them."""
    kept = {label: [t for n, t in enumerate(held) if n % FOLDS != fold] for label, held in texts.items()}
    more = [example for n, example in enumerate(tuning) if n % FOLDS != fold]
    index = Index(kept, corrections(kept, more))
    held_out = [(text, label) for label, held in texts.items() for text in held[fold::FOLDS]]
    for text, label in (*held_out, *tuning[fold::FOLDS]):
        yield index.score(text), label


def _best(found: Scored) -> str | None:
    """The best article; kinds of question that are declined do not count."""
    return next((label for label, _ in found.ranked if not label.startswith(OUTSIDE)), None)


if __name__ == "__main__":
    typer.run(train)
