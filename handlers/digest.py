"""/baocao: a week's digest for staff in words, and the way down to a commune, a hamlet and what looks odd."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, timedelta
from functools import wraps

from content import spans
from content.areas import Area, Level, told_apart
from content.figures import Figures, Line, Unsound, Week, map_day, monday_of, week_name, week_named
from content.periods import Period, spoken
from content.words import day, say, week
from handlers import bulletin, filing, papers, rights, striking
from handlers.facts import Facts
from handlers.speech import answer, speak
from handlers.talk import Choice, Reply, Said, Talk
from handlers.turn import Turn

Handler = Callable[[Talk, Said, Facts], Turn]

_NAMED = 20
"""Households that are named behind each thing that wants checking; the spreadsheet names all of them."""


def _sound(handler: Handler) -> Handler:
    """Where sums are wrong, says who can put them right; the log tells what is wrong."""

    @wraps(handler)
    def told(talk: Talk, said: Said, facts: Facts) -> Turn:
        try:
            return handler(talk, said, facts)
        except Unsound:
            return answer(talk, "digest.unsound")

    return told


@_sound
def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """The newest digest, or that of the week that was named; where one answers for several areas, which."""
    named, this = said.text.strip(), monday_of(talk.today)
    if (period := spans.period(named, talk.today, talk.zone)) is not None:
        return _draft(talk, facts, period)
    monday = spans.week(named, talk.today) if named else this
    if monday is None:
        return answer(talk, "digest.no_week", *_latest(talk))
    areas = rights.held(talk, facts, "see-digest")
    if len(areas) == 1:
        return _sent(talk, facts, areas[0], monday) if named else _newest(talk, facts, areas[0], this)
    ways = (Choice(area.name, _payload("send" if named else "now", area, monday)) for area in areas)
    return answer(talk, "digest.which", *ways)


@_sound
def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button `digest:VERB:AREA:WEEK`: the digest of that `week`, the same as it is sent (`send`, with its
    picture), the newest one `now`, what to `check`, all `indicators`, or its files
    (`digest:draft:AREA:PERIOD` for a report).
    `digest:map:AREA:WEEK:DAY` tells it on the map of that day.
    """
    _, verb, number_, name, named, *_ = *(said.payload or "").split(":"), "", "", "", ""
    action = "draft-report" if verb in {"report", "draft"} else "see-digest"
    area = rights.area(talk, facts, action, number_)
    if area is not None and verb == "draft":
        return papers.draft(talk, area, name)
    monday = _monday(name)
    if area is None or monday is None:
        return answer(talk, "digest.not_yours")
    match verb:
        case "map":
            return _on_map(talk, facts, area, monday, named)
        case "picture" | "sheet":
            return papers.make(talk, verb, area, monday)
        case "report":
            return papers.which(talk, area, monday)
    verbs = {"check": _checks, "indicators": _indicators, "now": _newest, "send": _sent}
    return verbs.get(verb, _digest)(talk, facts, area, monday)


# --------------------------------------------------------------------------- turns


def _monday(name: str) -> date | None:
    try:
        return week_named(name)
    except ValueError:
        return None


def _draft(talk: Talk, facts: Facts, period: Period) -> Turn:
    """The report of a period that was named; where one answers for several areas, which."""
    areas = rights.held(talk, facts, "draft-report")
    if len(areas) == 1:
        return papers.draft(talk, areas[0], period.name)
    ways = (Choice(area.name, papers.payload(area, period)) for area in areas)
    return answer(talk, "papers.which_area", *ways, period=spoken(talk.person.locale, period))


def _sent(talk: Talk, facts: Facts, area: Area, monday: date) -> Turn:
    """The digest as it is sent to this person: with the parts that they want, and the files that follow."""
    return _digest(talk, facts, area, monday, facts.subscription(talk.person.id).parts)


def _digest(
    talk: Talk, facts: Facts, area: Area, monday: date, parts: Collection[str] = bulletin.WORDS
) -> Turn:
    if monday > monday_of(talk.today):
        return _ahead(talk, area, monday)
    figures: Figures = facts.figures(area.id, monday)
    files = papers.ways(talk, area, monday)
    choices = (
        *_checks_way(talk, figures),
        *_indicators_way(talk, figures),
        *_ways_down(figures),
        *_homes_way(talk, facts, figures),
        *_weeks(talk, figures),
        *files,
        _asked_way(talk, area, monday),
        *_maps(talk, facts, figures),
    )
    effects = papers.asked(parts, area, monday)
    return Turn((Reply(bulletin.text(talk.person.locale, figures, parts), choices),), talk.doing, effects)


def _ahead(talk: Talk, area: Area, monday: date) -> Turn:
    """It has not begun: the newest two are a tap away."""
    return answer(talk, "digest.ahead", *_latest(talk, area), week=week(talk.person.locale, monday))


def _latest(talk: Talk, area: Area | None = None) -> Iterable[Choice]:
    """The ways to this week and the last, of the area or of what one answers for."""
    for key, days in (("digest.this_week", 0), ("digest.last_week", 7)):
        monday = monday_of(talk.today) - timedelta(days=days)
        way = f"/baocao {week_name(monday)}" if area is None else _payload("week", area, monday)
        yield Choice(speak(talk, key), way)


def _newest(talk: Talk, facts: Facts, area: Area, monday: date) -> Turn:
    """This week's; on a Monday, until the first survey comes in, that of the week that has just ended."""
    if talk.today == monday:
        total: Line = facts.figures(area.id, monday).total
        if not total.active and total.before.done:
            monday -= timedelta(days=7)
    return _sent(talk, facts, area, monday)


def _checks(talk: Talk, facts: Facts, area: Area, monday: date) -> Turn:
    """What wants checking, with the households behind it for those who may see households."""
    figures: Figures = facts.figures(area.id, monday, named=_NAMED)
    locale, named = talk.person.locale, rights.may(talk, facts, "see-households", area.id)
    lines = [say(locale, "digest.checks", area=area.name, week=week(locale, monday))]
    for check in figures.checks:
        lines.append(bulletin.check(locale, figures.form, check))
        if named and check.suspects:
            names = [suspect.name for suspect in check.suspects]
            said = bulletin.named(locale, names, most=_NAMED, of=check.count)
            lines.append(say(locale, "digest.behind", names=said))
    if not figures.checks:
        lines.append(say(locale, "digest.nothing_odd"))
    ways = [Choice(speak(talk, "digest.back"), _payload("week", area, monday))]
    if named and filing.may_file(talk) and any(check.kind == "same-name" for check in figures.checks):
        lines.append(say(locale, "digest.same_name_way"))
        file = Choice(speak(talk, "privacy.do_file"), "mydata:file")
        ways[:0] = [*striking.ways(talk, facts, area.id), file]
    return Turn((Reply("\n".join(lines), tuple(ways)),), talk.doing)


def _indicators(talk: Talk, facts: Facts, area: Area, monday: date) -> Turn:
    """All indicators, of which the digest reads only some."""
    if monday > monday_of(talk.today):
        return _ahead(talk, area, monday)
    figures: Figures = facts.figures(area.id, monday)
    back = Choice(speak(talk, "digest.back"), _payload("week", area, monday))
    return Turn((Reply(bulletin.indicators(talk.person.locale, figures), (back,)),), talk.doing)


def _on_map(talk: Talk, facts: Facts, area: Area, monday: date, named: str) -> Turn:
    """The digest on the map of a day; where the area was not there yet, of each unit that became it."""
    try:
        on = min(date.fromisoformat(named), talk.today)
    except ValueError:
        return answer(talk, "digest.not_yours")
    if monday > monday_of(talk.today):
        return _ahead(talk, area, monday)
    if area.valid_on(on):
        figures: Figures = facts.figures(area.id, monday, on)
        # Files are made on the map of the week, or on the last one of a unit that is no more.
        same = on == map_day(area, Week(monday, talk.zone), talk.today)
        files = papers.ways(talk, area, monday) if same else ()
        choices = (*_ways_on(figures), *files, *_maps(talk, facts, figures))
        return Turn((Reply(bulletin.text(talk.person.locale, figures, whole=True), choices),), talk.doing)
    before = facts.map_before(area.id, area.valid_from)
    if before is None:
        return answer(talk, "digest.not_yours")
    return _predecessors(talk, facts, area, monday, before)


def _predecessors(
    talk: Talk, facts: Facts, area: Area, monday: date, before: tuple[date, Sequence[Area]]
) -> Turn:
    """A line for each unit that became the area, on its own last map, and what they add up to."""
    locale, (eve, units) = talk.person.locale, before
    told = {unit.id: facts.figures(unit.id, monday, eve).total for unit in units}
    names = told_apart(units)
    title = say(locale, "digest.title", week=week(locale, monday))
    lines = [title, speak(talk, "digest.by_old", place=area.name, day=day(locale, eve))]
    lines += [bulletin.line(locale, names[unit.id], told[unit.id]) for unit in units]
    done, planned = (sum(getattr(one.now, key) for one in told.values()) for key in ("done", "planned"))
    lines.append(
        speak(talk, "digest.sum", done=done, planned=planned, share=bulletin.of(locale, done, planned))
    )
    ways = [Choice(names[unit.id], _map_payload(unit, monday, eve)) for unit in units]
    back = Choice(speak(talk, "digest.map_today"), _payload("week", area, monday))
    return Turn((Reply("\n".join(lines), (*ways, back)),), talk.doing)


def _ways_on(figures: Figures) -> Iterable[Choice]:
    names = told_apart(line.area for line in figures.lines)
    return (
        Choice(names[line.area.id], _map_payload(line.area, figures.monday, figures.on))
        for line in figures.lines
    )


def _maps(talk: Talk, facts: Facts, figures: Figures) -> Iterable[Choice]:
    """The ways to the map before the one that it is told on, and to that of today."""
    area, on = figures.area, figures.on
    if before := facts.map_before(area.id, on):
        label = speak(talk, "digest.map_before", day=day(talk.person.locale, before[0]))
        yield Choice(label, _map_payload(area, figures.monday, before[0]))
    today = facts.map_before(area.id, talk.today)
    if today and on <= today[0] and area.valid_on(talk.today):
        yield Choice(speak(talk, "digest.map_today"), _map_payload(area, figures.monday, talk.today))


def _map_payload(area: Area, monday: date, on: date) -> str:
    return f"{_payload('map', area, monday)}:{on.isoformat()}"


def _asked_way(talk: Talk, area: Area, monday: date) -> Choice:
    return Choice(speak(talk, "questions.way"), f"questions:week:{area.id}:{week_name(monday)}")


def _checks_way(talk: Talk, figures: Figures) -> Iterable[Choice]:
    if figures.checks:
        label = speak(talk, "digest.to_checks", n=len(figures.checks))
        yield Choice(label, _payload("check", figures.area, figures.monday))


def _indicators_way(talk: Talk, figures: Figures) -> Iterable[Choice]:
    if bulletin.is_long(figures):
        label = speak(talk, "digest.to_indicators", n=len(figures.indicators))
        yield Choice(label, _payload("indicators", figures.area, figures.monday))


def _ways_down(figures: Figures) -> Iterable[Choice]:
    names = told_apart(line.area for line in figures.lines)
    return (
        Choice(names[line.area.id], _payload("week", line.area, figures.monday)) for line in figures.lines
    )


def _homes_way(talk: Talk, facts: Facts, figures: Figures) -> Iterable[Choice]:
    """From a hamlet to its households, for those who may see them."""
    hamlet = figures.area
    if hamlet.level is Level.HAMLET and rights.may(talk, facts, "see-households", hamlet.id):
        yield Choice(speak(talk, "homes.way"), f"homes:{hamlet.id}:{week_name(figures.monday)}:0")


def _weeks(talk: Talk, figures: Figures) -> Iterable[Choice]:
    """The week before, if anything was known by then, and the week after, if it has begun."""
    known = figures.total.before.done or figures.total.before.planned
    for there, key, days in (
        (known, "digest.week_before", -7),
        (figures.monday < monday_of(talk.today), "digest.week_after", 7),
    ):
        if there:
            monday = figures.monday + timedelta(days=days)
            label = speak(talk, key, week=str(monday.isocalendar().week))
            yield Choice(label, _payload("week", figures.area, monday))


def _payload(verb: str, area: Area, monday: date) -> str:
    return f"digest:{verb}:{area.id}:{week_name(monday)}"
