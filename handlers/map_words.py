"""A change of the map in words: what it would do, what stands in its way, how it stands."""

from collections.abc import Iterator, Sequence

from content.areas import Area
from content.reorganizing import Change, Count, Fault, Kind, Preview, Shift
from content.words import day, listed, say

_NAMED = 12


def fault(locale: str, one: Fault) -> str:
    """What stands in the way, and how to mend it."""
    values = {
        name: day(locale, value) if hasattr(value, "isoformat") else value  # type: ignore[arg-type]
        for name, value in one.values.items()
    }
    return say(locale, f"areas.fault_{one.key}", **values)


def title(locale: str, change: Change) -> str:
    """The change in one sentence."""
    return say(
        locale,
        f"areas.change_{change.kind}",
        day=day(locale, change.on),
        ended=_units(locale, change.ended),
        heirs=_units(locale, change.heirs),
    )


def _units(locale: str, areas: Sequence[Area]) -> str:
    return listed(locale, [f"{area.name} ({area.code})" for area in areas])


def preview(locale: str, found: Preview) -> str:
    """All that the change does, to be read before it is confirmed."""
    parts = (
        _head(locale, found),
        _figures(locale, found),
        _people(locale, found),
        _rest(locale, found),
        _notes(locale, found),
    )
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part)


def _head(locale: str, found: Preview) -> Iterator[str]:
    yield title(locale, found.change)
    for area in found.change.heirs:
        if area.id in found.change.began and found.change.kind is not Kind.RENAME:
            above = found.parents[area.id].name
            yield say(locale, "areas.stands_under", name=area.name, code=area.code, above=above)
    if found.moved:
        yield say(locale, "areas.below_moves", n=found.moved)


def _figures(locale: str, found: Preview) -> Iterator[str]:
    yield say(locale, "areas.figures")
    yield say(locale, "areas.before")
    yield from (_count(locale, one) for one in found.before)
    if found.change.kind is Kind.DISSOLVE:
        yield say(locale, "areas.counted_above", above=listed(locale, [one.area.name for one in found.after]))
        return
    yield say(locale, "areas.after")
    yield from (_count(locale, one) for one in found.after)
    planned, done = sum(one.planned for one in found.after), sum(one.done for one in found.after)
    same = (planned, done) == (
        sum(one.planned for one in found.before),
        sum(one.done for one in found.before),
    )
    yield say(locale, "areas.sums_agree" if same else "areas.sums_differ", planned=planned, done=done)


def _count(locale: str, one: Count) -> str:
    return say(
        locale,
        "areas.count",
        name=one.area.name,
        code=one.area.code,
        hamlets=one.hamlets,
        planned=one.planned,
        done=one.done,
    )


def _people(locale: str, found: Preview) -> Iterator[str]:
    yield say(locale, "areas.people", n=len(found.shifts))
    for shift in found.shifts[:_NAMED]:
        yield _shift(locale, shift)
    if len(found.shifts) > _NAMED:
        yield say(locale, "areas.more_people", n=len(found.shifts) - _NAMED)


def _shift(locale: str, shift: Shift) -> str:
    role, name = say(locale, f"roles.{shift.role}"), shift.name or say(locale, "areas.nameless")
    if not shift.now:
        return say(locale, "areas.role_ends", name=name, role=role, before=shift.before.name)
    moved = shift.now != (shift.before,)
    text = say(
        locale,
        "areas.role_moves" if moved else "areas.role_stays",
        name=name,
        role=role,
        before=shift.before.name,
        now=listed(locale, [area.name for area in shift.now]),
    )
    gained = say(locale, "areas.gains", n=shift.gains) if shift.gains else ""
    lost = say(locale, "areas.loses", n=shift.loses) if shift.loses else ""
    return text + gained + lost


def _rest(locale: str, found: Preview) -> Iterator[str]:
    yield say(locale, "areas.digests", day=day(locale, found.change.on))
    for key, n in (
        ("subscriptions", found.subscriptions),
        ("invitations", found.invitations),
        ("reminders", found.reminders),
        ("targets", found.targets),
    ):
        if n:
            yield say(locale, f"areas.has_{key}", n=n)
    if found.forms:
        yield say(locale, "areas.has_forms", titles=listed(locale, found.forms))


def _notes(locale: str, found: Preview) -> Iterator[str]:
    for area in found.reused if found.change.kind is not Kind.RENAME else ():
        yield say(locale, "areas.reused", code=area.code, name=area.name)
    for area, above in found.namesakes[:_NAMED]:
        where = above.name if above else ""
        yield say(locale, "areas.namesake", name=area.name, code=area.code, above=where)
    yield say(locale, "areas.either_map")
    key = "areas.holds_at_once" if found.past else "areas.can_be_undone"
    yield say(locale, key, day=day(locale, found.change.on))
