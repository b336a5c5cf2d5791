"""Scores of articles for a question: what their own questions say, corrected by what training learnt."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import log, sqrt

from content import phrasing
from content.phrasing import resolved
from content.ranking.features import LONGEST, WEIGHTS, clauses, features, normalized, vocabulary
from content.vietnamese import fold

Vector = dict[str, float]
Phrasings = Mapping[str, Sequence[str]]
"""Label -> ways of asking for it."""
Corrections = Mapping[str, Mapping[str, float]]
"""Feature -> label -> what training adds to the weight."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question against all labels, the best first. `known` is the share of its weight that any label knows;
    `ideas` how many things it names, courtesy and filling aside.
    """

    ranked: tuple[tuple[str, float], ...]
    known: float
    ideas: int


class Rows(Mapping[str, Vector]):
    """Weights by feature and label, ten bytes each: as dicts of numbers they were most of what the answers
    take in memory."""

    def __init__(self, weights: Mapping[str, Vector], labels: Sequence[str]) -> None:
        number = {label: place for place, label in enumerate(labels)}
        self._labels = labels
        self._place = {feature: place for place, feature in enumerate(weights)}
        self._whose, self._weight, self._ends = array("H"), array("d"), array("I", [0])
        for row in weights.values():
            self._whose.extend([number[label] for label in row])
            self._weight.extend(row.values())
            self._ends.append(len(self._weight))

    def _row(self, feature: str) -> Iterable[tuple[int, float]]:
        place = self._place[feature]
        here = slice(self._ends[place], self._ends[place + 1])
        return zip(self._whose[here], self._weight[here], strict=True)

    def times(self, vector: Vector) -> Vector:
        """The sum of the rows of a vector's features, each as often as the vector says."""
        scores = [0.0] * len(self._labels)
        for feature, value in vector.items():
            for label, weight in self._row(feature):
                scores[label] += value * weight
        return {label: score for label, score in zip(self._labels, scores, strict=True) if score}

    def __getitem__(self, feature: str) -> Vector:
        return {self._labels[label]: weight for label, weight in self._row(feature)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self._place)


class Index:
    """Linear weights for every label (an article, or a kind of question that is declined).

    The base weights are the mean of a label's own phrasings, so that an article is found as soon as it is
    written; `corrections` (content/ranking/weights.json, made by training) set labels apart that are alike.
    `learnt` are the labels that training has seen.
    """

    def __init__(
        self, phrasings: Mapping[str, Sequence[str]], corrections: Corrections | None = None
    ) -> None:
        folded = {label: [_folded(text) for text in texts] for label, texts in phrasings.items()}
        self.known = vocabulary(words for texts in folded.values() for words in texts)
        found = _named(folded, self.known)
        seen = Counter(chain.from_iterable(chain.from_iterable(found.values())))
        count = sum(map(len, found.values()))
        self._worth = {
            feature: WEIGHTS[feature[0]] * log(1 + count / times) for feature, times in seen.items()
        }
        self._unseen = WEIGHTS["w"] * log(1 + count)
        weights: dict[str, Vector] = {feature: {} for feature in seen}
        for label, texts in found.items():
            for feature, weight in self._mean(texts).items():
                weights[feature][label] = weight
        self.learnt = frozenset(label for row in (corrections or {}).values() for label in row)
        for feature, added in (corrections or {}).items():
            row = weights.get(feature)
            if row is not None:
                for label, value in added.items():
                    if label in phrasings:
                        row[label] = row.get(label, 0.0) + value
        self.weights = Rows(weights, tuple(phrasings))

    def score(self, text: str) -> Scored:
        """How well every label fits the text; higher is better, 1 about certain, 0 unrelated."""
        words = normalized(text, self.known)
        named = features(words)
        vector = self._unit(named)
        parts = clauses(text)
        if len(parts) > 1:
            vector = self._told(vector, parts)
        ranked = sorted(self.weights.times(vector).items(), key=lambda pair: (-pair[1], pair[0]))
        return Scored(tuple(ranked), self._share_known(named), phrasing.ideas(words))

    def likeness(self, text: str, ways: Iterable[str]) -> float:
        """How much the text is like the nearest of these ways of asking: 1 the same, 0 nothing in common."""
        asked = self.vector(text)
        others = (self.vector(way) for way in ways)
        return max(
            (sum(value * other.get(feature, 0.0) for feature, value in asked.items()) for other in others),
            default=0.0,
        )

    def vector(self, text: str) -> Vector:
        """The text as the weights see it: features that are known, of unit length together."""
        return self._unit(self._features(text))

    def _told(self, whole: Vector, parts: Sequence[str]) -> Vector:
        """A story: half as a whole, half by clauses, so that the one with the question is not drowned."""
        vector = {feature: value / 2 for feature, value in whole.items()}
        share = 0.5 / sqrt(len(parts))
        for part in parts:
            for feature, value in self.vector(part).items():
                vector[feature] = vector.get(feature, 0.0) + share * value
        return vector

    def _features(self, text: str) -> list[str]:
        return features(normalized(text, self.known))

    def _mean(self, texts: Sequence[Sequence[str]]) -> Vector:
        """What the phrasings of one label have in common; many of them count a little more than few."""
        share = len(texts) ** 0.75
        mean: Vector = {}
        worth = self._worth
        for named in texts:
            values = [worth[feature] for feature in named]
            length = sqrt(sum([value * value for value in values])) or 1.0
            for feature, value in zip(named, values, strict=True):
                mean[feature] = mean.get(feature, 0.0) + value / length / share
        return mean

    def _unit(self, named: Iterable[str]) -> Vector:
        """Rare features count more, as in any retrieval; the length of the message does not count."""
        worth = self._worth
        vector = {feature: worth[feature] for feature in named if feature in worth}
        length = sqrt(sum([value * value for value in vector.values()])) or 1.0
        return {feature: value / length for feature, value in vector.items()}

    def _share_known(self, named: Iterable[str]) -> float:
        """A word never seen weighs as much as the rarest: "răng sứ" makes an insurance question strange."""
        words = [feature for feature in named if feature.startswith("w:")]
        known = sum(self._worth.get(feature, 0.0) for feature in words)
        unknown = sum(self._unseen for feature in words if feature not in self._worth)
        return known / (known + unknown) if words else 0.0


def _folded(text: str) -> list[str]:
    return fold(text)[:LONGEST].split()


def _named(
    folded: Mapping[str, Sequence[list[str]]], known: frozenset[str]
) -> dict[str, list[tuple[str, ...]]]:
    """The features of every phrasing. One object a feature, however many have it: it is hashed once."""
    one: dict[str, str] = {}

    def shared(words: list[str]) -> tuple[str, ...]:
        made = features(resolved(words, known))
        return tuple(map(one.setdefault, made, made))

    return {label: [shared(words) for words in texts] for label, texts in folded.items()}
