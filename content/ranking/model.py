"""What training leaves in the repository (`weights.json`), and the confidence that comes of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from content.ranking.index import Corrections, Scored
from content.ranking.training import OUTSIDE, probability

__all__ = ["FILE", "OUTSIDE", "Model", "model", "signs", "written"]

FILE = Path(__file__).parent / "weights.json"


@dataclass(frozen=True, slots=True)
class Model:
    """`calibration` turns the signs of a ranking into a probability; from `sure` on the bot answers, from
    `unsure` on it offers titles. `made_of` is the digest of the phrasings it was trained on. `corrections`
    are read whenever an index is made: between, they would hold 4 MB for nothing.
    """

    corrections: Callable[[], Corrections]
    calibration: tuple[float, ...]
    sure: float
    unsure: float
    made_of: str = ""

    def confidence(self, scored: Scored) -> float:
        """The probability, 0 to 1, that the best-ranked article is one that answers."""
        return probability(self.calibration, signs(scored))


@cache
def model(path: Path = FILE) -> Model:
    """Reads the file of weights."""
    held = json.loads(path.read_text(encoding="utf-8"))
    return Model(
        partial(_corrections, path),
        tuple(held["calibration"]),
        held["sure"],
        held["unsure"],
        held["made_of"],
    )


def _corrections(path: Path) -> Corrections:
    held = json.loads(path.read_text(encoding="utf-8"))
    labels = held["labels"]
    return {
        feature: {labels[int(number)]: value / 1000 for number, value in row.items()}
        for feature, row in held["corrections"].items()
    }


def written(model: Model) -> str:
    """The file's text: labels by number, weights in thousandths, one feature a line for a readable diff."""
    corrections = model.corrections()
    labels = sorted({label for row in corrections.values() for label in row})
    number = {label: place for place, label in enumerate(labels)}
    lines = [
        f"{json.dumps(feature, ensure_ascii=False)}: "
        + json.dumps({str(number[label]): round(value * 1000) for label, value in sorted(row.items())})
        for feature, row in sorted(corrections.items())
    ]
    head = json.dumps(
        {
            "made_of": model.made_of,
            "sure": model.sure,
            "unsure": model.unsure,
            "calibration": [round(value, 4) for value in model.calibration],
            "labels": labels,
        },
        ensure_ascii=False,
    )
    return head[:-1] + ',\n"corrections": {\n' + ",\n".join(lines) + "\n}}\n"


def signs(scored: Scored) -> list[float]:
    """What tells a right answer from a wrong one: how high, how far ahead, how much was understood."""
    articles = [value for label, value in scored.ranked if not label.startswith(OUTSIDE)]
    outside = max((value for label, value in scored.ranked if label.startswith(OUTSIDE)), default=0.0)
    first, second = ([*articles, 0.0, 0.0])[:2]
    return [
        first,
        first - second,
        first - outside,
        scored.known,
        min(scored.ideas, 6) / 6,
        float(scored.ideas <= 1),
        min(scored.ideas, 30) / 30,
    ]
