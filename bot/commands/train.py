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
from content.ranking.training import corrections, logistic, probability

QUESTIONS = Path("tests/data/questions.jsonl")
WRONGLY_SURE = 0.02
"""Of all tuning questions: stricter than the goal of 3 %, since unseen questions go worse than tuned ones."""
WRONGLY_SURE_OUTSIDE = 0.05
LET_GO = 0.01
"""Of the tuning questions that an article among the first three answers: how many may be met by silence."""


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
    print(f"sure from {model.sure}, unsure from {model.unsure}, calibration {model.calibration}")


def made(texts: dict[str, list[str]], tuning: Sequence[tuple[str, frozenset[str]]]) -> Model:
    """Corrections from the phrasings; calibration and thresholds from tuning questions (text, right ids)."""
    learnt = corrections(texts)
    index = Index(texts, learnt)
    scored = [(index.score(text), ids) for text, ids in tuning]
    rows = [signs(found) for found, _ in scored]
    right = [bool(ids & set(_first(found, 1))) for found, ids in scored]
    calibration = logistic(rows, right)
    told = [probability(calibration, row) for row in rows]
    sure = _sure_from(list(zip(told, right, (bool(ids) for _, ids in scored), strict=True)))
    among = [p for p, (found, ids) in zip(told, scored, strict=True) if ids & set(_first(found, 3))]
    unsure = sorted(among)[int(LET_GO * len(among))]
    return Model(learnt, tuple(calibration), round(sure, 3), round(min(unsure, sure), 3), digest(texts))


def _first(found: Scored, count: int) -> list[str]:
    """The best articles; kinds of question that are declined do not count."""
    return [label for label, _ in found.ranked if not label.startswith(OUTSIDE)][:count]


def _sure_from(told: Sequence[tuple[float, bool, bool]]) -> float:
    """The lowest confidence from which so few wrong answers are given, in all and outside, as is allowed."""
    outside = max(1, sum(not inside for _, _, inside in told))
    for threshold in sorted({value for value, _, _ in told}):
        wrong = [inside for value, ok, inside in told if value >= threshold and not ok]
        if len(wrong) <= WRONGLY_SURE * len(told) and wrong.count(False) <= WRONGLY_SURE_OUTSIDE * outside:
            return threshold
    return 1.0


if __name__ == "__main__":
    typer.run(train)
