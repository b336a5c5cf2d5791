"""What hangs on what: which items an answer reaches, in which order, and what goes in circles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from content.expressions import Expression
from content.form import FormFault, Group, Item, Question, Reach, Repeat, plain

_MARK = "\N{SECTION SIGN}"


@dataclass(frozen=True, slots=True)
class _Read:
    """One item reads another; `depth` as in Reach.

    `strong`: within the same instances of all the repeats that both stand in.
    """

    reader: int
    read: int
    depth: int
    strong: bool


def dependencies(
    items: Sequence[Item], numbers: Mapping[str, int], faults: list[FormFault], instances: set[str]
) -> tuple[tuple[tuple[Reach, ...], ...], tuple[int, ...]]:
    """For each item what it reaches, and the rank of each item.

    Cycles and unknown names are noted in `faults`; `instances` are the names of secondary instances.
    """
    reads: list[_Read] = []
    for item in items:
        for attribute, expression in expressions(item):
            _note_unknown_instances(item, attribute, expression, instances, faults)
            if expression.positional and item.loops and attribute in _LIVE:
                # Its place changes when instances come and go, whatever else it reads.
                reads.append(_Read(item.number, item.loops[-1], len(item.loops) - 1, False))
            for path, shared in _references(item, expression):
                targets = _matching(path, numbers)
                if not targets:
                    values = {"path": path, "expression": expression.source}
                    fault = FormFault("unknown-reference", values, item.path, attribute, warning=True)
                    if attribute == "required" and expression.source.strip().isalpha():
                        fault = FormFault("required-word", values, item.path, attribute, warning=True)
                    faults.append(fault)
                if attribute in _LIVE:
                    reads.extend(r for t in targets for r in _leaves(item, t, shared, items, attribute))
    reaches: list[dict[int, int]] = [{} for _ in items]
    for read in reads:
        if read.reader != read.read or read.depth < len(items[read.read].loops):
            known = reaches[read.read].get(read.reader, read.depth)
            reaches[read.read][read.reader] = min(known, read.depth)
    _note_cycles(items, reads, faults)
    order, _ = _order(len(items), _edges(items, reads))
    return tuple(tuple(Reach(*pair) for pair in sorted(reach.items())) for reach in reaches), order


_LIVE = frozenset({"relevant", "calculate", "repeat_count", "choice_filter"})


def expressions(item: Item) -> Iterator[tuple[str, Expression]]:
    """The item's expressions by what they decide."""
    bind = item.bind
    found = {
        "relevant": bind.relevant,
        "calculate": bind.calculate,
        "required": bind.required,
        "readonly": bind.readonly,
        "constraint": bind.constraint,
        "repeat_count": item.count if isinstance(item, Repeat) else None,
    }
    if isinstance(item, Question) and item.itemset is not None:
        found["choice_filter"] = item.itemset.nodes
    return ((name, expression) for name, expression in found.items() if expression is not None)


def _references(item: Item, expression: Expression) -> Iterator[tuple[str, int]]:
    """The paths that are read, and how many of their first steps are shared with the item for certain."""
    steps = plain(item.path).strip("/").split("/")
    marked = "/" + "/".join(f"{_MARK}{place}" for place in range(len(steps)))
    for reference in expression.references(marked):
        yield _unmark(plain(reference), steps)


def _unmark(reference: str, steps: list[str]) -> tuple[str, int]:
    """The path as it is, and how many of its first steps are the context's own (0: an absolute path)."""
    parts = reference.strip("/").split("/") if not reference.startswith("//") else [reference]
    shared = 0
    while shared < len(parts) and shared < len(steps) and parts[shared] == f"{_MARK}{shared}":
        shared += 1
    if not shared:
        return reference, 0
    return "/" + "/".join((*steps[:shared], *parts[shared:])), shared


def _matching(path: str, numbers: Mapping[str, int]) -> list[int]:
    if path in numbers:
        return [numbers[path]]
    if "*" not in path and "//" not in path:
        return []
    pattern = re.escape(path.rstrip("/")).replace("//", "/(?:[^/]+/)*").replace(r"\*", "[^/]+")
    return [number for known, number in numbers.items() if re.fullmatch(pattern, known)]


def _leaves(item: Item, target: int, shared: int, items: Sequence[Item], attribute: str) -> Iterator[_Read]:
    """The target and all below it, for the value of a group is what is in it.

    Of a repeat, and of a group around the reader, it is the place or the number that is read.
    """
    found = items[target]
    around = isinstance(found, Group) and target <= item.number < found.end
    whole = not isinstance(found, Repeat) and not around
    end = found.end if whole and isinstance(found, Group) else target + 1
    for number in range(target, end):
        read = items[number]
        common = sum(1 for one, other in zip(item.loops, read.loops, strict=False) if one == other)
        within = sum(1 for loop in read.loops[:common] if items[loop].path.count("/") <= shared)
        strong = within == common and not around
        if attribute == "repeat_count":
            strong = strong and item.number not in read.loops
            within = min(within, len(item.loops) - 1)
        yield _Read(item.number, number, within, strong)


def _edges(items: Sequence[Item], reads: Sequence[_Read]) -> Iterator[tuple[int, int]]:
    """(what comes first, what comes after): what is read before its reader, a group before what is in it."""
    for read in reads:
        yield read.read, read.reader
    for item in items:
        if isinstance(item, Group) and (item.bind.relevant is not None or isinstance(item, Repeat)):
            yield from ((item.number, below) for below in range(item.number + 1, item.end))


def _order(count: int, edges: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], list[list[int]]]:
    """A rank for each item, so that edges lead upwards, and the circles that had to be cut for it."""
    before: dict[int, set[int]] = {number: set() for number in range(count)}
    for first, then in edges:
        if first != then:
            before[then].add(first)
    circles: list[list[int]] = []
    while True:
        try:
            ranked = list(TopologicalSorter(before).static_order())
        except CycleError as error:
            circle: list[int] = error.args[1]
            circles.append(circle)
            for first, then in pairwise(circle):
                before[then].discard(first)
            continue
        rank = [0] * count
        for place, number in enumerate(ranked):
            rank[number] = place
        return tuple(rank), circles


def _note_cycles(items: Sequence[Item], reads: Sequence[_Read], faults: list[FormFault]) -> None:
    calculated = [read for read in reads if read.strong and _decides(items[read.reader])]
    _, circles = _order(len(items), _edges(items, calculated))
    circles += [
        [read.reader] for read in calculated if read.reader == read.read and not _may_see(items[read.reader])
    ]
    for circle in circles:
        deciding = [number for number in dict.fromkeys(circle) if _decides(items[number])]
        names = " → ".join(items[number].name for number in (*deciding, deciding[0]))
        attribute = "calculate" if items[deciding[0]].bind.calculate is not None else "relevant"
        faults.append(FormFault("cycle", {"names": names}, items[deciding[0]].path, attribute))


def _decides(item: Item) -> bool:
    """Whether an answer elsewhere can change the item's value or relevance."""
    return item.bind.calculate is not None or item.bind.relevant is not None


def _may_see(item: Item) -> bool:
    """Whether a calculation may mean its own node: `once()` keeps its value, `position(.)` its place."""
    calculate = item.bind.calculate
    return calculate is not None and (calculate.positional or "once" in calculate.functions)


def _note_unknown_instances(
    item: Item, attribute: str, expression: Expression, instances: set[str], faults: list[FormFault]
) -> None:
    for name in sorted(expression.instances - instances):
        values = {"name": name, "expression": expression.source}
        faults.append(FormFault("unknown-instance", values, item.path, attribute))
