"""The draft of a period's report as .docx, in the layout of Decree 30/2020/NĐ-CP.

Every figure comes from the data; what only people can say stands in brackets. It bears no number, no date and
no seal: those are given by who signs it.
"""

from collections.abc import Iterator, Mapping
from math import ceil

from bot.papers import annexes
from bot.papers.layout import LEFT, RIGHT, Column, Paper
from content.areas import Area, Level
from content.disclosure import KEPT
from content.figures import Share, Status
from content.periods import spoken
from content.report import Report, Result
from content.words import day, number, percent, points, say

_ISSUING = (Level.COMMUNE, Level.DISTRICT, Level.PROVINCE)
_KINDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")
TOPICS = 10
"""So many kinds of questions are named."""


def docx(report: Report, locale: str, titles: Mapping[str, str]) -> bytes:
    """The draft as a Word file. `titles` of articles by name."""
    whole = spoken(locale, report.period).replace(" ", "\N{NO-BREAK SPACE}")
    subject = _say(locale, "subject", period=whole)
    paper = Paper(subject, _say(locale, "draft"))
    _head(paper, report, locale)
    _subject(paper, subject, locale)
    _opening(paper, report, locale)
    _results(paper, report, locale)
    _activity(paper, report, locale)
    _asked(paper, report, locale, titles)
    _difficulties(paper, report, locale)
    _proposals(paper, locale)
    _foot(paper, report, locale)
    annexes.write(paper, report, locale, body(report.area, report.above, locale))
    return paper.save()


def body(area: Area, above: Area | None, locale: str) -> str:
    """Who issues the report: the people's committee of the unit; a hamlet's report is its commune's."""
    unit = _issuing(area, above)
    return _say(locale, "body", unit=unit.name) if unit else _say(locale, "no_body")


def _issuing(area: Area, above: Area | None) -> Area | None:
    unit = above if area.level == Level.HAMLET and above else area
    return unit if unit.level in _ISSUING else None


def _say(locale: str, key: str, **values: object) -> str:
    return say(locale, f"report.{key}", **values)


# --------------------------------------------------------------------------- head and foot


def _head(paper: Paper, report: Report, locale: str) -> None:
    """Who issues it on the left, the national title on the right; number and date left open."""
    above = report.above
    left, right = paper.pair((67, 97))
    if report.area.level in _ISSUING and above and above.level in _ISSUING:
        left.line(_say(locale, "committee").upper(), 12)
        left.line(above.name.upper(), 12)
    issuing = _issuing(report.area, above)
    left.line(_say(locale, "committee" if issuing else "no_body").upper(), 12, bold=True)
    if issuing:
        left.line(issuing.name.upper(), 12, bold=True)
    left.rule(20)
    left.line(_say(locale, "number"), 13)
    # The national title is in Vietnamese in every language.
    right.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True)
    right.line("Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    right.rule(57)
    right.line(_say(locale, "place_and_date", place=place(report.area, above)), 13, italic=True)


def place(area: Area, above: Area | None) -> str:
    """The unit's own name without its kind: "Bình Hòa"."""
    name = (_issuing(area, above) or area).name
    kind = next((kind for kind in _KINDS if name.lower().startswith(f"{kind} ")), "")
    return name[len(kind) :].strip()


def _subject(paper: Paper, subject: str, locale: str) -> None:
    paper.gap(8)
    paper.centred(_say(locale, "draft"), bold=True)
    paper.gap(6)
    paper.centred(_say(locale, "kind"), bold=True)
    paper.centred(subject, bold=True)
    paper.rule(45)
    paper.gap(4)
    paper.centred(_say(locale, "to"))


def _foot(paper: Paper, report: Report, locale: str) -> None:
    """Recipients on the left, who signs on the right, without name, signature or seal."""
    paper.text(_say(locale, "closing", body=body(report.area, report.above, locale)))
    paper.gap(10)
    left, right = paper.pair((80, 84))
    left.line(_say(locale, "recipients"), 12, bold=True, italic=True, align=LEFT)
    for key in ("recipient_above", "recipient_others", "recipient_file"):
        left.line(_say(locale, key), 11, align=LEFT)
    right.line(_say(locale, "for_body"), 13, bold=True)
    right.line(_say(locale, "office"), 13, bold=True)
    for _ in range(4):
        right.line("", 13)
    right.line(_say(locale, "signer"), 14, bold=True)


def _opening(paper: Paper, report: Report, locale: str) -> None:
    paper.text(_say(locale, "grounds"), italic=True)
    values = {
        "body": body(report.area, report.above, locale),
        "area": report.area.name,
        "period": spoken(locale, report.period),
        "as_of": day(locale, report.as_of),
        "on": day(locale, report.on),
    }
    paper.text(_say(locale, "opening", **values))
    if report.as_of < report.period.last:
        paper.text(_say(locale, "unfinished", last=day(locale, report.period.last)))
    if report.invented:
        paper.text(_say(locale, "invented"), bold=True)


# --------------------------------------------------------------------------- I. results


def _results(paper: Paper, report: Report, locale: str) -> None:
    paper.heading(_say(locale, "part_results"))
    paper.heading(_say(locale, "part_survey"), 2)
    paper.text(_surveyed(report, locale))
    paper.heading(_say(locale, "part_targets"), 2)
    for sentence in _standing(report, locale):
        paper.text(sentence)
    paper.gap(6)
    paper.table(_columns(locale), [_row(at, one, locale) for at, one in enumerate(report.results, 1)], 10)
    for sentence in (*_notes(report, locale), *_missed(report, locale)):
        paper.text(sentence)


def _surveyed(report: Report, locale: str) -> str:
    """How far the list is worked through, against the period before where there was a list by then."""
    now, before, new = report.total.now, report.total.before, report.total.new
    if not (now.planned or now.done):
        return _say(locale, "no_list")
    grown = _say(locale, "fewer" if new < 0 else "more" if new else "same", n=abs(new))
    return _say(
        locale,
        "surveyed" if before.planned or before.done else "surveyed_first",
        done=now.done,
        planned=now.planned,
        share=_of(locale, now.done, now.planned),
        new=grown,
        done_before=before.done,
        planned_before=before.planned,
        refused=now.refused,
    )


def _notes(report: Report, locale: str) -> Iterator[str]:
    """What the denominators are, and what is told in place of small numbers, where any is."""
    yield _say(locale, "blanks")
    if any(one.change is not None for one in report.results):
        yield _say(locale, "rounded")
    told = (share for line in (report.total, *report.lines) for share in line.now.shares.values())
    hidden = {share.hidden for share in (*told, *(one.now for one in report.results)) if share.hidden}
    small = hidden - {KEPT}
    if small:
        yield _say(locale, "hidden", shown=small.pop(), kept=KEPT)


def _of(locale: str, done: int, planned: int) -> str:
    # More done than listed is told as it is, and never as more than all.
    return percent(locale, done, planned) if done <= planned else say(locale, "digest.over_list")


def _standing(report: Report, locale: str) -> Iterator[str]:
    """How many stand how, which adds up; and the shares of three different wholes, each with its own."""
    found = report.statuses()
    total, met, missed = len(report.results), found[Status.MET], found[Status.MISSED]
    yield _say(
        locale,
        "statuses",
        n=total,
        met=met,
        missed=missed,
        no_basis=found[Status.NO_BASIS],
        missing=found[Status.MISSING],
    )
    yield _say(
        locale,
        "rates",
        met=met,
        total=total,
        of_all=percent(locale, met, total),
        judged=met + missed,
        of_judged=percent(locale, met, met + missed),
        not_missed=total - missed,
        of_not_missed=percent(locale, total - missed, total),
    )
    yield _say(locale, "plan" if report.planned else "no_plan", year=str(report.period.first.year))


def _columns(locale: str) -> list[Column]:
    shape = (
        ("no", 9, RIGHT),
        ("indicator", 36, LEFT),
        ("unit", 18, LEFT),
        ("numerator", 13, RIGHT),
        ("denominator", 13, RIGHT),
        ("rate", 14, RIGHT),
        ("rate_before", 14, RIGHT),
        ("change", 13, RIGHT),
        ("target", 13, RIGHT),
        ("status", 21, LEFT),
    )
    return [Column(_say(locale, f"column_{key}"), width, align) for key, width, align in shape]


def _row(at: int, one: Result, locale: str) -> list[str]:
    target, now = one.target, one.now
    return [
        str(at),
        annexes.title(one, locale),
        annexes.unit(one, locale),
        *_counts(now, locale),
        percent(locale, now.numerator, now.denominator, target.percent),
        percent(locale, one.before.numerator, one.before.denominator),
        "–" if one.change is None else points(locale, one.change) or number(locale, 0),
        "–" if target.percent is None else f"{number(locale, target.percent)}%",
        say(locale, f"digest.{one.status.value}"),
    ]


def _counts(share: Share, locale: str) -> list[str]:
    if share.hidden:
        return [share.hidden, "–"]
    # Blank is not zero.
    if not share.denominator:
        return ["–", "–"]
    return [number(locale, share.numerator), number(locale, share.denominator)]


def _missed(report: Report, locale: str) -> Iterator[str]:
    """How many are still wanting to each target that is missed."""
    for one in report.results:
        if one.status == Status.MISSED and one.target.percent is not None:
            wanted = ceil(one.target.percent * one.now.denominator / 100) - one.now.numerator
            share = percent(locale, one.now.numerator, one.now.denominator, one.target.percent)
            level = number(locale, one.target.percent)
            name, unit = annexes.title(one, locale), annexes.unit(one, locale)
            yield _say(locale, "wanting", title=name, share=share, target=level, wanted=wanted, unit=unit)


# --------------------------------------------------------------------------- II to V


def _activity(paper: Paper, report: Report, locale: str) -> None:
    paper.heading(_say(locale, "part_activity"))
    work = report.work
    values = {"teams": work.teams, "members": work.members, "active": work.active, "surveys": work.surveys}
    paper.text(_say(locale, "activity", period=spoken(locale, report.period), **values))
    help_ = next((one for one in report.results if one.target.indicator == "can_giup"), None)
    if help_ is not None and help_.now.denominator:
        paper.text(_say(locale, "help", n=help_.now.numerator, of=help_.now.denominator))
    paper.text(_say(locale, "more_activity"))


def _asked(paper: Paper, report: Report, locale: str, titles: Mapping[str, str]) -> None:
    paper.heading(_say(locale, "part_asked"))
    asked = report.questions
    if not asked.total:
        paper.text(_say(locale, "nothing_asked"))
        return
    values = {"sure": asked.sure, "unsure": asked.unsure, "unknown": asked.unknown}
    paper.text(_say(locale, "asked", n=asked.total, unplaced=asked.unplaced, **values))
    if asked.topics:
        paper.gap(6)
        columns = [
            Column(_say(locale, "column_no"), 12),
            Column(_say(locale, "column_topic"), 110, LEFT),
            Column(_say(locale, "column_times"), 30, RIGHT),
        ]
        most = enumerate(asked.topics[:TOPICS], 1)
        rows = [[str(at), titles.get(name, name), number(locale, times)] for at, (name, times) in most]
        paper.table(columns, rows, 12)


def _difficulties(paper: Paper, report: Report, locale: str) -> None:
    paper.heading(_say(locale, "part_difficulties"))
    for sentence in _difficult(report, locale):
        paper.text(f"- {sentence}")
    paper.text(_say(locale, "more_difficulties"))


def _difficult(report: Report, locale: str) -> Iterator[str]:
    """What the data themselves say stands in the way."""
    now, found, work = report.total.now, report.statuses(), report.work
    if now.planned > now.done:
        yield _say(locale, "hard_left", n=now.planned - now.done, planned=now.planned)
    if now.refused:
        yield _say(locale, "hard_refused", n=now.refused)
    if work.members > work.active:
        yield _say(locale, "hard_idle", n=work.members - work.active, members=work.members)
    if not now.planned:
        yield _say(locale, "hard_no_list")
    if undone := [line.area.name for line in report.lines if line.now.planned and not line.new]:
        yield _say(locale, "hard_still", n=len(undone), total=len(report.lines))
    if found[Status.NO_BASIS]:
        yield _say(locale, "hard_no_basis", n=found[Status.NO_BASIS])
    if found[Status.MISSING]:
        yield _say(locale, "hard_missing", n=found[Status.MISSING])
    for kind in ("over", "same-name", "fast", "alike", "far"):
        if n := sum(check.count for check in report.checks if check.kind == kind):
            yield _say(locale, f"hard_{kind.replace('-', '_')}", n=n)
    yield from _heard(report, locale)


def _heard(report: Report, locale: str) -> Iterator[str]:
    """What citizens and members said."""
    if report.questions.unknown:
        yield _say(locale, "hard_unknown", n=report.questions.unknown)
    helped = report.helped
    if helped.asked:
        values = {"n": helped.asked, "closed": helped.closed, "waiting": helped.waiting}
        yield _say(locale, "hard_helped", **values, climbed=helped.climbed)
    if report.notes:
        yield _say(locale, "hard_notes", n=report.notes)


def _proposals(paper: Paper, locale: str) -> None:
    paper.heading(_say(locale, "part_proposals"))
    for key in ("proposal_above", "proposal_own"):
        paper.text(_say(locale, key))
