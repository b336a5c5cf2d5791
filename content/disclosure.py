"""Small numbers in what leaves the commune: told as "<5", and not to be computed back from the sums.

A share whose numerator or denominator is under the threshold (and not 0) may tell of a household that
neighbours recognize. Where one unit's is hidden and the sum is told, the next smallest of the units is hidden
too ("…"): else the one would be the sum without the others. Kept simple: it does not guard against who knows
some of the numbers from elsewhere, nor against comparing weeks beyond the two that a digest itself tells.
The commune's own staff see every figure as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

from content.figures import Figures, Line, Share, Standing
from content.report import Report, Result

KEPT = "…"


def guarded(figures: Figures, smallest: int) -> Figures:
    """The digest for readers above the commune."""
    lines, total = _guarded(figures.lines, figures.total, smallest)
    return replace(figures, lines=lines, total=total)


def guarded_report(report: Report, smallest: int) -> Report:
    """The report, which is made to be handed up."""
    lines, total = _guarded(report.lines, report.total, smallest)
    results = tuple(_result(one, smallest) for one in report.results)
    return replace(report, lines=lines, total=total, results=results)


def _result(one: Result, smallest: int) -> Result:
    if not one.target.indicator:
        return one  # what people entered, and signed for
    now, before = _own(one.now, smallest), _own(one.before, smallest)
    return replace(one, now=now, before=before)


def _guarded(lines: Sequence[Line], total: Line, smallest: int) -> tuple[tuple[Line, ...], Line]:
    for at in ("now", "before"):
        names = {name for line in (total, *lines) for name in getattr(line, at).shares}
        for name in sorted(names):
            column = [getattr(line, at).shares.get(name, Share()) for line in lines]
            told = shares(column, getattr(total, at).shares.get(name, Share()), smallest)
            lines = [_with(line, at, name, share) for line, share in zip(lines, told[0], strict=True)]
            total = _with(total, at, name, told[1])
    return tuple(lines), total


def _with(line: Line, at: str, name: str, share: Share) -> Line:
    standing: Standing = getattr(line, at)
    if name not in standing.shares:
        return line
    return replace(line, **{at: replace(standing, shares={**standing.shares, name: share})})  # type: ignore[arg-type]


def shares(column: Sequence[Share], total: Share, smallest: int) -> tuple[list[Share], Share]:
    """The units' shares and their sum as they may be told."""
    told, whole = [_own(share, smallest) for share in column], _own(total, smallest)
    hidden = [place for place, share in enumerate(told) if share.hidden]
    others = [place for place, share in enumerate(told) if not share.hidden and share.denominator]
    if len(hidden) == 1 and not whole.hidden:
        if others:
            next_ = min(others, key=lambda place: (column[place].numerator, column[place].denominator))
            told[next_] = Share(hidden=KEPT)
        else:  # the only unit there is: the sum is the same number
            whole = Share(hidden=KEPT)
    return told, whole


def _own(share: Share, smallest: int) -> Share:
    small = 0 < share.numerator < smallest or 0 < share.denominator < smallest
    return Share(hidden=f"<{smallest}") if small else share
