"""A week's digest in words: read in the hand in half a minute."""

from collections.abc import Collection, Iterable

from content.areas import told_apart
from content.figures import Check, Figures, Line, Share, Status, status
from content.indicators import Indicator, catalogue
from content.reminding import CHECKS, INDICATORS, UNITS
from content.todo import left, silent, todo
from content.words import day, listed, number, percent, points, say, signed, week

NAMED = 5
"""So many names are read; of more, only how many more there are."""
BEHIND, AHEAD = 6, 3
"""Of many units these are shown: those with most left, and those with least."""
SHOWN = 4
"""So many indicators are read: those short of their target, then those that moved most; all of them are a tap
away."""
CHECKED = 5
"""So many points that want checking are read; the others a tap away."""
WORDS = frozenset({UNITS, CHECKS, INDICATORS})
"""All parts that are words."""


def text(locale: str, figures: Figures, parts: Collection[str] = WORDS, *, whole: bool = False) -> str:
    """The digest in words, with the `parts` that its reader wants, exactly as staff receive it; the `whole`
    of it has all indicators."""
    told = [_title(locale, figures), _headline(locale, figures), _todo(locale, figures)]
    if UNITS in parts:
        told.append(_lines(locale, figures))
    if CHECKS in parts:
        told.append(_attention(locale, figures))
    if INDICATORS in parts:
        told.append(
            _moved(locale, figures) if is_long(figures) and not whole else _indicators(locale, figures)
        )
    return "\n\n".join("\n".join(part) for part in map(list, told) if part)


def is_long(figures: Figures) -> bool:
    """Whether not all indicators are read in the digest."""
    return len(_known(figures)) > SHOWN


def indicators(locale: str, figures: Figures) -> str:
    """All indicators in words."""
    return "\n".join([*_title(locale, figures), "", *_indicators(locale, figures)])


def messages(locale: str, figures: Figures) -> list[str]:
    """The digest with all that its texts tell: what is sent, and what it keeps a tap away."""
    return [text(locale, figures), *([indicators(locale, figures)] if is_long(figures) else [])]


def _todo(locale: str, figures: Figures) -> Iterable[str]:
    """What to do this week, at most three things."""
    known = {one.id: (one.titles[locale], one.unit.names[locale]) for one in figures.indicators}
    for place, one in enumerate(todo(figures), 1):
        if place == 1:
            yield say(locale, "digest.todo")
        kind = one.kind
        if kind == "idle" and not figures.idle:
            kind = "silent"
        area, (title, unit) = one.area.name if one.area else "", known.get(one.indicator, ("", ""))
        told = {"n": one.count, "area": area, "title": title, "unit": unit}
        yield f"{place}. " + say(locale, f"digest.todo_{kind}", **told)


def _title(locale: str, figures: Figures) -> Iterable[str]:
    yield say(locale, "digest.title", week=week(locale, figures.monday))
    yield say(locale, "digest.area", area=figures.area.name, day=day(locale, figures.on))
    if figures.changed is not None:
        yield say(locale, "digest.changed", day=day(locale, figures.changed))
    if figures.invented:
        yield say(locale, "digest.invented")


def _headline(locale: str, figures: Figures) -> Iterable[str]:
    total, now = figures.total, figures.total.now
    share = of(locale, now.done, now.planned)
    new = signed(locale, total.new)
    yield say(locale, "digest.done", done=now.done, planned=now.planned, share=share, new=new)
    if now.refused:
        yield say(locale, "digest.refused", n=now.refused)
    yield say(locale, "digest.members", active=total.active, members=total.members)


def of(locale: str, done: int, planned: int) -> str:
    """The share of the listed that is done."""
    # More done than listed is told as it is, and never as more than all.
    return percent(locale, done, planned) if done <= planned else say(locale, "digest.over_list")


def _moved(locale: str, figures: Figures) -> Iterable[str]:
    """Those of the indicators that somebody should hear of; then how many stand how."""
    known = _known(figures)
    first = sorted(known, key=lambda one: _urgent(figures, one))[:SHOWN]
    yield from _by_unit(locale, figures, [one for one in known if one in first])
    yield say(locale, "digest.more_indicators", n=len(figures.indicators) - SHOWN)
    yield from _statuses(locale, figures)


def _urgent(figures: Figures, one: Indicator) -> tuple[float, bool, float]:
    """Less for what is further below its target, then for what is told as a number, then for what moved
    more."""
    share, change = figures.total.share(one.id), figures.total.change(one.id)
    missed = status(one, share) is Status.MISSED
    return (share.percent or 0) - (one.target or 0) if missed else 0, bool(share.hidden), -abs(change or 0)


def _indicators(locale: str, figures: Figures) -> Iterable[str]:
    """All that somebody has answered, and what nobody has; then how many stand how."""
    known = _known(figures)
    yield from _by_unit(locale, figures, known)
    unknown = [one.titles[locale] for one in figures.indicators if one not in known]
    if unknown:
        yield say(locale, "digest.no_share", titles=named(locale, unknown))
    yield from _statuses(locale, figures)


def _known(figures: Figures) -> list[Indicator]:
    return [one for one in figures.indicators if _told(figures.total.share(one.id))]


def _by_unit(locale: str, figures: Figures, indicators: Collection[Indicator]) -> Iterable[str]:
    """By unit, so that nobody takes households for people."""
    for unit in {one.unit.id: one.unit for one in indicators}.values():
        yield say(locale, "digest.unit", unit=unit.names[locale])
        yield from (_indicator(locale, figures.total, one) for one in indicators if one.unit == unit)


def _statuses(locale: str, figures: Figures) -> Iterable[str]:
    if figures.indicators:
        found = figures.statuses()
        counts = {each.name.lower(): found[each] for each in Status}
        yield say(locale, "digest.statuses", total=sum(found.values()), **counts)


def _told(share: Share) -> bool:
    return bool(share.denominator or share.hidden)


def _indicator(locale: str, total: Line, one: Indicator) -> str:
    share, change = total.share(one.id), total.change(one.id)
    title = one.titles[locale]
    if share.hidden:
        return say(locale, "digest.hidden", title=title, shown=share.hidden)
    shown = say(
        locale,
        "digest.share",
        title=title,
        numerator=share.numerator,
        denominator=share.denominator,
        share=percent(locale, share.numerator, share.denominator, one.target),
    )
    if change is not None:
        shown = f"{shown} {points(locale, change)}".rstrip()
    if one.target is not None:
        stands = say(locale, f"digest.{status(one, share).value}")
        shown += say(locale, "digest.target", status=stands, target=number(locale, one.target))
    return shown


def _lines(locale: str, figures: Figures) -> Iterable[str]:
    """Unit by unit; of many only those that have most left, and those that have least."""
    if not figures.lines:
        return
    yield say(locale, f"digest.by_{figures.lines[0].area.level.value}")
    names = told_apart(one.area for one in figures.lines)
    if len(figures.lines) <= BEHIND + AHEAD + 1:
        yield from (line(locale, names[one.area.id], one) for one in figures.lines)
        return
    ranked = sorted(figures.lines, key=left, reverse=True)  # where it is equal, in the order of their names
    yield from (line(locale, names[one.area.id], one) for one in ranked[:BEHIND])
    yield say(locale, "digest.between", n=len(ranked) - BEHIND - AHEAD)
    yield from (line(locale, names[one.area.id], one) for one in ranked[-AHEAD:])


def line(locale: str, name: str, line: Line) -> str:
    """A unit, called `name`, in a line."""
    now = line.now
    if not (now.planned or now.done):
        return say(locale, "digest.no_list", area=name)
    share, new = of(locale, now.done, now.planned), signed(locale, line.new)
    return say(locale, "digest.line", area=name, done=now.done, planned=now.planned, share=share, new=new)


def _attention(locale: str, figures: Figures) -> Iterable[str]:
    if figures.idle:
        yield say(locale, "digest.idle", names=named(locale, figures.idle))
    elif units := silent(figures):
        yield say(locale, "digest.silent", names=named(locale, [unit.name for unit in units]))
    if not figures.checks:
        yield say(locale, "digest.nothing_odd")
        return
    yield say(locale, "digest.attention")
    yield from (check(locale, figures.form, one) for one in figures.checks[:CHECKED])
    if len(figures.checks) > CHECKED:
        yield say(locale, "digest.more_checks", n=len(figures.checks) - CHECKED)


def check(locale: str, form: str, check: Check) -> str:
    """A point that wants checking, in a line."""
    titles = {one.id: one.titles[locale] for one in catalogue(form).indicators}
    return say(
        locale,
        f"digest.check_{check.kind.replace('-', '_')}",
        area=check.area.name,
        n=abs(check.count),
        title=titles.get(check.indicator, ""),
        way="▲" if check.count > 0 else "▼",
    )


def named(locale: str, names: Iterable[str], most: int = NAMED, of: int = 0) -> str:
    """Names in a row; of many (all of these, or so many), how many more there are."""
    names = list(names)
    left = max(of, len(names)) - most
    more = [say(locale, "digest.more", n=left)] if left > 0 else []
    return listed(locale, [*names[:most], *more])
