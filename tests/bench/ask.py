"""`tocns bench ask`: how well questions are answered, and how fast.

On the half of tests/data/questions.jsonl that nothing was tuned on, on the tuned half for comparison, and on
the shared development questions where they are at hand. A question is right at first where the best-ranked
article answers it; wrongly sure where the bot gives a wrong article as its answer; wrongly silent where it
says that it does not know although an article answers.
"""

import json
import statistics
import time
import tracemalloc
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.commands.ask import finding
from content import article, knowledge
from content.knowledge import Knowledge
from content.ranking.index import Index
from content.ranking.model import OUTSIDE

HERE = Path(__file__).resolve()
QUESTIONS = HERE.parents[1] / "data" / "questions.jsonl"
SHARED = HERE.parents[3] / "shared" / "qa-dev.jsonl"
MANY = 1000


def run() -> dict[str, Any]:
    """All figures by name; shares are of 1, times in milliseconds of CPU."""
    shelf = knowledge.load()
    cases = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line]
    figures: dict[str, Any] = {
        "unseen": measure(shelf, [case for case in cases if case["split"] == "test"]),
        "tuned": measure(shelf, [case for case in cases if case["split"] == "tune"]),
    }
    if SHARED.exists():
        figures["shared"] = measure(
            shelf, [json.loads(line) for line in SHARED.read_text(encoding="utf-8").splitlines() if line]
        )
    return {**figures, "speed": speed([case["q"] for case in cases])}


def measure(shelf: Knowledge, cases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Shares over all cases, by style and by topic, and over the same without their diacritics."""
    marked = [judge(shelf, case) for case in cases]
    plain = [judge(shelf, {**case, "q": bare(case["q"])}) for case in cases]
    by_style: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_topic: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case, verdict in zip(cases, marked, strict=True):
        by_style[case["style"]].append(verdict)
        by_topic[case["ids"][0].partition("/")[0] if case["ids"] else "outside"].append(verdict)
    return {
        **shares(marked),
        "without_diacritics": shares(plain),
        "by_style": {style: shares(verdicts) for style, verdicts in sorted(by_style.items())},
        "by_topic": {topic: shares(verdicts) for topic, verdicts in sorted(by_topic.items())},
    }


def bare(text: str) -> str:
    """The text as somebody types it who uses no diacritics; stops and commas stay."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in apart if not unicodedata.combining(c))


def judge(shelf: Knowledge, case: Mapping[str, Any]) -> dict[str, Any]:
    """What came of one question."""
    ids = set(case["ids"])
    ranked = [label for label, _ in shelf.index.score(case["q"]).ranked if not label.startswith(OUTSIDE)]
    found = finding(shelf, case["q"])
    told = found["answer"]["id"] if found["answer"] else None
    return {
        "inside": bool(ids),
        "first": bool(ids & set(ranked[:1])),
        "among_three": bool(ids & set(ranked[:3])),
        "told_right": told in ids,
        "wrongly_sure": told is not None and told not in ids,
        "wrongly_silent": bool(ids) and not found["suggestions"],
    }


def shares(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of questions that have an answer: top-1, top-3, told, silent. Of all and outside: wrongly sure."""
    inside = [v for v in verdicts if v["inside"]]
    outside = [v for v in verdicts if not v["inside"]]
    found: dict[str, Any] = {"questions": len(verdicts), "outside": len(outside)}
    if inside:
        for name in ("first", "among_three", "told_right", "wrongly_silent"):
            found[name] = _share(v[name] for v in inside)
    found["wrongly_sure"] = _share(v["wrongly_sure"] for v in verdicts)
    if outside:
        found["wrongly_sure_outside"] = _share(v["wrongly_sure"] for v in outside)
    return found


def speed(questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds a question with the articles there are and with a thousand; what the index costs."""
    shelf = knowledge.load()
    return {"shipped": _pace(shelf, questions), "thousand": _pace(_thousand(shelf), questions)}


def _pace(shelf: Knowledge, questions: Sequence[str]) -> dict[str, Any]:
    tracemalloc.start()
    index = Index(
        knowledge.phrasings(shelf.articles.values(), shelf.outside.values()), shelf.model.corrections()
    )
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del index
    begun = time.process_time()
    fresh = Knowledge(shelf.articles, shelf.flags, tuple(shelf.outside.values()), shelf.model)
    fresh.ask("")
    built = time.process_time() - begun
    times = []
    for question in questions:
        begun = time.process_time()
        fresh.ask(question)
        times.append(1000 * (time.process_time() - begun))
    return {
        "articles": len(shelf.articles),
        "index_seconds": round(built, 3),
        "index_megabytes": round(memory / 1e6, 1),
        "median_ms": round(statistics.median(times), 3),
        "p95_ms": round(sorted(times)[int(0.95 * len(times))], 3),
    }


def _thousand(shelf: Knowledge) -> Knowledge:
    """The articles over and over, each copy with words of its own, until there are a thousand."""
    many: dict[str, article.Article] = {}
    while len(many) < MANY:
        copy = len(many) // len(shelf.articles)
        for found in list(shelf.articles.values())[: MANY - len(many)]:
            questions = tuple(f"{text} khu{copy}" for text in found.questions)
            many[f"{found.id}-{copy}"] = replace(found, id=f"{found.id}-{copy}", questions=questions)
    return Knowledge(many, shelf.flags, tuple(shelf.outside.values()), shelf.model)


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return round(sum(counted) / len(counted), 4)


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False, indent=2))
