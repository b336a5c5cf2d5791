"""The annexes of a report, by which every figure of it can be traced."""

from collections.abc import Iterator, Sequence

from bot.papers.layout import LEFT, RIGHT, Column, Paper
from content.figures import Line, Share, told_by
from content.households import QUESTIONNAIRE
from content.indicators import Indicator, catalogue
from content.report import Activity, Report, Result
from content.words import day, number, percent, say, signed

ABREAST = 6
"""So many indicators stand beside each other on a page."""


def write(paper: Paper, report: Report, locale: str, body: str) -> None:
    """By unit; where definitions and targets are from; old and new units."""
    paper.new_page(landscape=True)
    lines = report.lines or (report.total,)
    _head(paper, locale, "I", f"by_{told_by(report.area, report.lines)}", body)
    _survey(paper, report, lines, locale)
    counted = [(at, one) for at, one in enumerate(report.results, 1) if one.target.indicator]
    for first in range(0, len(counted), ABREAST):
        _shares(paper, report, lines, counted[first : first + ABREAST], locale)
    paper.new_page(landscape=True)
    _head(paper, locale, "II", "definitions", body)
    _definitions(paper, report, locale)
    paper.new_page(landscape=True)
    _head(paper, locale, "III", "successions", body)
    _successions(paper, report, locale)


def title(result: Result, locale: str) -> str:
    """What the target is called: as the plan says; else as the catalogue does, in the language asked for."""
    indicator = _indicator(result)
    return indicator.titles[locale] if indicator and not result.target.code else result.target.title


def unit(result: Result, locale: str) -> str:
    """What it is counted of."""
    indicator = _indicator(result)
    return indicator.unit.names[locale] if indicator else result.target.unit


def _indicator(result: Result) -> Indicator | None:
    known = {one.id: one for one in catalogue(QUESTIONNAIRE).indicators}
    return known.get(result.target.indicator)


def _say(locale: str, key: str, **values: object) -> str:
    return say(locale, f"report.{key}", **values)


def _head(paper: Paper, locale: str, which: str, key: str, body: str) -> None:
    paper.centred(_say(locale, "annex", which=which), 14, bold=True)
    paper.centred(_say(locale, f"annex_{key}").upper(), 13, bold=True)
    paper.centred(_say(locale, "annex_of", body=body), 13, italic=True)
    paper.gap(8)


def _survey(paper: Paper, report: Report, lines: Sequence[Line], locale: str) -> None:
    shape = (
        ("area", 50, LEFT),
        ("code", 28, LEFT),
        ("done", 20, RIGHT),
        ("planned", 20, RIGHT),
        ("rate", 18, RIGHT),
        ("done_before", 22, RIGHT),
        ("planned_before", 22, RIGHT),
        ("new", 16, RIGHT),
        ("refused", 16, RIGHT),
        ("surveys", 16, RIGHT),
        ("active", 20, RIGHT),
    )
    columns = [Column(_say(locale, f"column_{key}"), width, align) for key, width, align in shape]
    rows = [_surveyed(line, report.activity.get(line.area.id, Activity()), locale) for line in lines]
    total = [_say(locale, "sum"), "", *_surveyed(report.total, report.work, locale)[2:]]
    paper.table(columns, [*rows, total], 10, total=True)


def _surveyed(line: Line, work: Activity, locale: str) -> list[str]:
    now, before = line.now, line.before
    share = percent(locale, now.done, now.planned) if now.done <= now.planned else "–"
    return [
        line.area.name,
        line.area.code,
        number(locale, now.done),
        number(locale, now.planned),
        share,
        number(locale, before.done),
        number(locale, before.planned),
        signed(locale, line.new),
        number(locale, now.refused),
        number(locale, work.surveys),
        f"{work.active}/{work.members}",
    ]


def _shares(
    paper: Paper, report: Report, lines: Sequence[Line], counted: Sequence[tuple[int, Result]], locale: str
) -> None:
    """Numerator of denominator of some indicators, unit by unit."""
    wide = 198 / ABREAST
    columns = [Column(_say(locale, "column_area"), 50, LEFT)]
    columns += [Column(f"{at}. {title(one, locale)} ({unit(one, locale)})", wide) for at, one in counted]
    names = [one.target.indicator for _, one in counted]
    rows = [[line.area.name, *(_share(line.share(name), locale) for name in names)] for line in lines]
    total = [_say(locale, "sum"), *(_share(report.total.share(name), locale) for name in names)]
    paper.gap(10)
    paper.table(columns, [*rows, total], 10, total=True)


def _share(share: Share, locale: str) -> str:
    if share.hidden:
        return share.hidden
    if not share.denominator:
        return "–"
    return f"{number(locale, share.numerator)}/{number(locale, share.denominator)}"


def _definitions(paper: Paper, report: Report, locale: str) -> None:
    shape = (("no", 10, RIGHT), ("indicator", 55, LEFT), ("definition", 78, LEFT), ("source", 50, LEFT))
    columns = [Column(_say(locale, f"column_{key}"), width, align) for key, width, align in shape]
    columns.append(Column(_say(locale, "column_note"), 55, LEFT))
    rows = [
        [
            str(at),
            title(one, locale),
            _definition(one, locale),
            one.target.source,
            " ".join(_notes(one, locale)),
        ]
        for at, one in enumerate(report.results, 1)
    ]
    paper.table(columns, rows, 10)


def _definition(one: Result, locale: str) -> str:
    indicator = _indicator(one)
    if indicator:
        return indicator.definitions.get(locale, "")
    return _say(locale, "entered" if one.now.denominator else "not_entered")


def _notes(one: Result, locale: str) -> Iterator[str]:
    target = one.target
    if target.code:
        yield _say(locale, "code", code=target.code)
    if target.inferred:
        yield _say(locale, "inferred")
    if target.outside:
        yield _say(locale, "outside")
    if target.counted_on:
        yield _say(locale, "counted_on", day=day(locale, target.counted_on))
    if target.note:
        yield f"{target.note}."


def _successions(paper: Paper, report: Report, locale: str) -> None:
    if not report.successions:
        paper.text(_say(locale, "no_successions"))
        return
    shape = (
        ("old", 75, LEFT),
        ("code", 30, LEFT),
        ("new_unit", 75, LEFT),
        ("code", 30, LEFT),
        ("since", 38, LEFT),
    )
    columns = [Column(_say(locale, f"column_{key}"), width, align) for key, width, align in shape]
    rows = [
        [one.old.name, one.old.code, one.new.name, one.new.code, day(locale, one.on)]
        for one in report.successions
    ]
    paper.table(columns, rows, 11)
