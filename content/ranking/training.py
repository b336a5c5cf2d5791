"""Learns the corrections: passive-aggressive multi-class training (Crammer et al. 2006, PA-I), averaged.

Plain Python on purpose: a few seconds for a hundred articles, and nothing to install. The seed makes a run
repeatable, so that the file of weights is the same wherever it is made.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import exp
from random import Random

from content.ranking.index import Corrections, Index, Phrasings, Vector
from content.vietnamese import fold

MARGIN = 0.8
STEP = 0.5
ROUNDS = 6
RIVALS = 4
LEFT_OUT = 0.15
"""The share of its words that an example's second, thinned telling does without: nobody says all of it."""
SMALLEST = 0.02
"""Corrections below this change no ranking (docs/decisions/0001-answers.md) and are left out of the file."""

Weights = dict[str, dict[str, float]]
Example = tuple[str, str]
"""A question as typed, and its label; ANY_OUTSIDE where it is declined, whatever its kind."""
OUTSIDE = "!"
"""A label that begins so is a kind of question the bot declines, not an article."""
ANY_OUTSIDE = OUTSIDE


def corrections(phrasings: Phrasings, more: Sequence[Example] = (), seed: int = 5) -> Corrections:
    """What has to be added to the base weights so that every phrasing, and all of `more`, finds its label."""
    index = Index(phrasings)
    random = Random(seed)  # noqa: S311 - an order of examples, no secret
    pairs = [(text, label) for label, texts in phrasings.items() for text in texts]
    told = [(way, label) for text, label in (*pairs, *more) for way in (text, *_thinned(text, random))]
    examples = [(index.vector(text), label) for text, label in told]
    learnt = _Averaged(index.weights)
    order = list(range(len(examples)))
    for _ in range(ROUNDS):
        random.shuffle(order)
        for number in order:
            vector, label = examples[number]
            learnt.learn(vector, label)
    return learnt.corrections()


def _thinned(text: str, random: Random) -> Iterator[str]:
    """The text with some words left out; nothing where too little or all of it stays."""
    words = fold(text).split()
    kept = [word for word in words if random.random() > LEFT_OUT]
    if 2 < len(kept) < len(words):
        yield " ".join(kept)


class _Averaged:
    """Weights under training, and their average over all steps: it generalises better than the last."""

    def __init__(self, base: Mapping[str, Mapping[str, float]]) -> None:
        self._weights: Weights = {feature: dict(row) for feature, row in base.items()}
        self._added: Weights = defaultdict(dict)
        self._late: Weights = defaultdict(dict)
        self._steps = 0

    def learn(self, vector: Vector, label: str) -> None:
        """One example: where rivals come within the margin, moves label and rivals apart by just so much."""
        self._steps += 1
        scores: dict[str, float] = defaultdict(float)
        for feature, value in vector.items():
            for name, weight in self._weights[feature].items():
                scores[name] += value * weight
        if label == ANY_OUTSIDE:
            kinds = [(score, name) for name, score in scores.items() if name.startswith(OUTSIDE)]
            if not kinds:
                return
            label = max(kinds)[1]
        own = scores.pop(label, 0.0)
        close = [(score, name) for name, score in scores.items() if score > own - MARGIN]
        rivals = sorted(close, reverse=True)[:RIVALS]
        for score, rival in rivals:
            step = min(STEP, (MARGIN - (own - score)) / 2) / len(rivals)
            for feature, value in vector.items():
                self._add(feature, label, step * value)
                self._add(feature, rival, -step * value)

    def _add(self, feature: str, label: str, value: float) -> None:
        for table, amount in (
            (self._weights, value),
            (self._added, value),
            (self._late, value * self._steps),
        ):
            row = table[feature]
            row[label] = row.get(label, 0.0) + amount

    def corrections(self) -> Corrections:
        """The average of all steps less the base, without what is too small to matter."""
        found: Weights = {}
        for feature, row in self._added.items():
            late = self._late[feature]
            mean = {label: value - late[label] / self._steps for label, value in row.items()}
            kept = {label: round(value, 3) for label, value in mean.items() if abs(value) >= SMALLEST}
            if kept:
                found[feature] = kept
        return found


def logistic(rows: Sequence[Sequence[float]], right: Sequence[bool], rounds: int = 1500) -> list[float]:
    """Weights of a logistic regression by gradient descent with a little ridge; the last one is the constant.

    `rows` are of one length; `right` says for each what happened.
    """
    weights = [0.0] * (len(rows[0]) + 1)
    for _ in range(rounds):
        gradient = [0.0] * len(weights)
        for row, outcome in zip(rows, right, strict=True):
            error = probability(weights, row) - outcome
            for place, value in enumerate((*row, 1.0)):
                gradient[place] += error * value
        for place, slope in enumerate(gradient):
            ridge = 0.002 * weights[place] if place < len(weights) - 1 else 0.0
            weights[place] -= 1.0 * (slope / len(rows) + ridge)
    return weights


def probability(weights: Sequence[float], row: Sequence[float]) -> float:
    """The logistic function of the weighted row; the last weight is the constant."""
    total = sum(w * v for w, v in zip(weights, (*row, 1.0), strict=True))
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, total))))
