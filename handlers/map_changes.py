"""/quantri, areas: the map as it is, changes that were put down, and a dialogue for another one.

What a change does is shown before a word carries it out; while its day is ahead it can be undone.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from content import interview
from content.areas import Area, Level, meant
from content.interview import Asked as Question
from content.interview import Refused, Review, Step
from content.reorganizing import Asked, Change, Fault, Heir, Impossible, Kind
from content.vietnamese import fold
from content.words import listed
from handlers import dialogue, map_words, rights, which_area
from handlers.dialogue import Purpose, form_of, open_form, own_form, preface, world
from handlers.effects import ChangeMap, UndoChange
from handlers.facts import Facts
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

FORM, CONFIRM = "dia-ban", "dong-y"
_MANY, _ONE = frozenset({"nguon", "ap_phan"}), frozenset({"don_vi", "thuoc"})
_REST = frozenset({"con lai", "the rest", "rest"})
_SHOWN = 24
_PART = re.compile(r"/data/phan\[(\d+)\]/(\w+)")


def show(talk: Talk, facts: Facts) -> Turn:
    """The units that this person administers, and the changes that wait."""
    lines = [speak(talk, "areas.menu")]
    for area in rights.held(talk, facts, "manage"):
        below = facts.below(area.id, talk.today)
        lines.append(f"{capital(area.name)}: {_units(talk, below) or speak(talk, 'areas.nothing_below')}")
    waiting = [one for one in facts.changes() if one.on > talk.today]
    choices = [Choice(speak(talk, "areas.do_change"), "quantri:change")]
    if waiting:
        lines += ["", speak(talk, "areas.waiting")]
    for one in waiting:
        title = map_words.title(talk.person.locale, one)
        lines.append(speak(talk, "areas.waiting_line", number=str(one.id), change=title))
        choices.append(Choice(speak(talk, "areas.do_undo", number=str(one.id)), f"quantri:undo:{one.id}"))
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def _units(talk: Talk, units: Sequence[Area]) -> str:
    names = [f"{unit.name} ({unit.code})" for unit in units[:_SHOWN]]
    return listed(talk.person.locale, names) + ("…" if len(units) > _SHOWN else "")


# --------------------------------------------------------------------------- the dialogue


def begin(talk: Talk, facts: Facts) -> Turn:
    """Asks what changes."""
    form = own_form(facts, FORM)
    doing, step = open_form(talk, "map", form, {"id": talk.new_id})
    return _advance(talk, doing, step, facts, None)


def _advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    match step:
        case Review():
            return _rehearse(talk, doing, facts)
        case Question(question=question):
            return dialogue.show(talk, doing, step, _heading(talk, doing, facts, question.name))
        case Refused():
            return dialogue.show(talk, doing, step)


def _heading(talk: Talk, doing: Doing, facts: Facts, asked: str) -> str:
    """What one may choose from."""
    if asked not in {"nguon", "don_vi", "ap_phan"}:
        return ""
    return speak(talk, "areas.choose_from", units=_units(talk, _choices(talk, doing, facts, asked)))


def _choices(talk: Talk, doing: Doing, facts: Facts, asked: str) -> list[Area]:
    if asked == "ap_phan":
        unit = which_area.meant(talk, facts, doing.about.get("unit", ""), "manage")
        return list(facts.below(unit[0].id, talk.today)) if unit else []
    areas = rights.held(talk, facts, "manage")
    while areas and all(area.level in {Level.COUNTRY, Level.PROVINCE} for area in areas):
        areas = [below for area in areas for below in facts.below(area.id, talk.today)]
    return areas


def _hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """Names of units are looked up at once, and stand as their codes."""
    asked = doing.about.get("asked")
    if said.payload or not said.text.strip() or asked not in {*_MANY, *_ONE, "ma"}:
        return None
    if asked == "ma":  # a code that nobody has yet is that of a new unit
        found = which_area.meant(talk, facts, said.text, "manage")
        return _go_on(talk, doing, [found[0].code], facts) if len(found) == 1 else None
    words = [part.strip() for part in said.text.split(",") if part.strip()] if asked in _MANY else [said.text]
    units, amiss = _looked_up(talk, doing, facts, words)
    splits = asked == "don_vi" and interview.holds(form_of(doing, facts), doing.state, "viec", Kind.SPLIT)
    if splits and not amiss and not facts.below(units[0].id, talk.today):
        amiss = [map_words.fault(talk.person.locale, Fault("hamlet-split", {"name": capital(units[0].name)}))]
    if amiss:
        return preface(dialogue.again(talk, doing, facts, CHANGING), "\n".join(amiss))
    return _go_on(talk, doing, [unit.code for unit in units], facts)


def _looked_up(talk: Talk, doing: Doing, facts: Facts, words: Sequence[str]) -> tuple[list[Area], list[str]]:
    """The units that are meant, and what is said of words by which none or several are."""
    among = _choices(talk, doing, facts, "ap_phan") if doing.about.get("asked") == "ap_phan" else None
    units: list[Area] = []
    amiss: list[str] = []
    for word in words:
        if among is not None and fold(word) in _REST:
            given = set(doing.about.get("given", ()))
            units += [unit for unit in among if unit.code not in given and unit not in units]
            continue
        found = which_area.meant(talk, facts, word, "manage") if among is None else meant(among, word)
        if len(found) == 1:
            units += found
        elif found:
            told = which_area.told(talk, facts, found)
            amiss.append(speak(talk, "areas.which_unit", words=word[:60], units=told))
        else:
            amiss.append(speak(talk, "areas.no_unit", words=word[:60]))
    return units, amiss


def _go_on(talk: Talk, doing: Doing, codes: list[str], facts: Facts) -> Turn:
    about, asked = dict(doing.about), doing.about["asked"]
    if asked == "don_vi":
        about |= {"unit": codes[0], "given": []}
    if asked == "ap_phan":
        about["given"] = [*about.get("given", ()), *codes]
    return dialogue.hear(talk, replace(doing, about=about), Said(", ".join(codes)), facts, _PLAIN)


def _rehearse(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    """Everything was answered: shows what it does, or what stands in its way."""
    finished = dialogue.finish(talk, doing, facts)
    if isinstance(finished, Refused):
        return _advance(talk, replace(doing, state=finished.state), finished, facts, None)
    wanted = _asked(finished.values)
    try:
        found = facts.rehearse(wanted)
    except Impossible as error:
        return preface(_from_the_start(talk, doing, facts), _amiss(talk, error.faults))
    form = own_form(facts, CONFIRM)
    confirming, step = open_form(talk, "confirm-map", form, {"id": talk.new_id, "wanted": asdict(wanted)})
    confirming.about["wanted"]["on"] = wanted.on.isoformat()
    assert isinstance(step, Question)
    return dialogue.show(talk, confirming, step, map_words.preview(talk.person.locale, found))


def _amiss(talk: Talk, faults: Sequence[Fault]) -> str:
    lines = [f"• {map_words.fault(talk.person.locale, fault)}" for fault in faults]
    return "\n".join((speak(talk, "areas.amiss"), *lines, speak(talk, "areas.once_more")))


def _from_the_start(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    """The question which units are meant, once more; the other answers stay, but for how one is split."""
    form = form_of(doing, facts)
    if interview.holds(form, doing.state, "viec", Kind.SPLIT):
        anew, step = open_form(talk, "map", form, {"id": talk.new_id}, {"viec": Kind.SPLIT.value})
        return _advance(talk, anew, step, facts, None)
    many = interview.holds(form, doing.state, "viec", Kind.MERGE)
    ref = str(form.numbers["/data/nguon" if many else "/data/don_vi"])
    step = interview.reopen(form, doing.state, ref, world(talk, doing))
    return _advance(talk, replace(doing, state=step.state), step, facts, None)


def _asked(values: Any) -> Asked:
    """The answers as the change that they ask for."""
    kind, on = Kind(values["/data/viec"]), date.fromisoformat(values["/data/ngay"])
    under = values.get("/data/thuoc", "").strip()
    if kind is Kind.MERGE:
        heir = Heir(values["/data/ma"].strip(), values.get("/data/ten", "").strip())
        return Asked(kind, on, _codes(values["/data/nguon"]), (heir,), under)
    ends = _codes(values["/data/don_vi"])
    if kind is Kind.RENAME:
        return Asked(kind, on, ends, (Heir(ends[0], values["/data/ten_moi"].strip()),))
    parts: dict[int, dict[str, str]] = {}
    for path, value in values.items():
        if found := _PART.fullmatch(path):
            parts.setdefault(int(found[1]), {})[found[2]] = value.strip()
    heirs = tuple(
        Heir(part["ma_phan"], part["ten_phan"], _codes(part["ap_phan"])) for _, part in sorted(parts.items())
    )
    return Asked(kind, on, ends, heirs if kind is Kind.SPLIT else (), under)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in text.split(",") if code.strip())


def _cancel(talk: Talk, doing: Doing) -> Turn:
    again = Choice(speak(talk, "areas.do_change"), "quantri:change")
    return Turn((Reply(speak(talk, "admin.stopped"), (again,)),))


_PLAIN = Purpose(_advance, _cancel)
"""The same, without looking up names."""
CHANGING = Purpose(_advance, _cancel, _hear)


# --------------------------------------------------------------------------- confirmed


def _confirm(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Looks once more at what it does: something else may have changed meanwhile."""
    stored = doing.about["wanted"]
    heirs = tuple(Heir(one["code"], one["name"], tuple(one["takes"])) for one in stored["heirs"])
    on = date.fromisoformat(stored["on"])
    wanted = Asked(Kind(stored["kind"]), on, tuple(stored["ends"]), heirs, stored["under"])
    done = replace(talk, doing=None)
    try:
        found = facts.rehearse(wanted)
    except Impossible as error:
        return Turn((Reply(_amiss(talk, error.faults)),))
    match step:
        case Question():
            return dialogue.show(talk, doing, step, map_words.preview(talk.person.locale, found))
        case Refused():
            return dialogue.show(talk, doing, step)
        case Review():
            look = Choice(speak(talk, "admin.do_areas"), "quantri:areas")
            title = map_words.title(talk.person.locale, found.change)
            key = "areas.holds_now" if found.past else "areas.put_down"
            return replace(answer(done, key, look, change=title), effects=(ChangeMap(wanted),))


CONFIRMING = Purpose(_confirm, _cancel)


# --------------------------------------------------------------------------- undone


def undo(talk: Talk, facts: Facts, number: str, *, sure: bool) -> Turn:
    """Takes back a change whose day is ahead; asked once before."""
    one = next((one for one in facts.changes() if one.id == int(number)), None)
    if one is None or one.on <= talk.today or not _is_mine(talk, facts, one):
        return answer(talk, "admin.gone")
    title = map_words.title(talk.person.locale, one)
    look = Choice(speak(talk, "admin.do_areas"), "quantri:areas")
    if not sure:
        yes = Choice(speak(talk, "areas.do_undo_yes"), f"quantri:undone:{one.id}")
        keep = Choice(speak(talk, "areas.do_keep"), "quantri:areas")
        return answer(talk, "areas.undo_sure", yes, keep, change=title)
    try:
        facts.may_undo(one.id)
    except Impossible as error:
        lines = [map_words.fault(talk.person.locale, fault) for fault in error.faults]
        return Turn((Reply("\n".join(lines), (look,)),), talk.doing)
    return replace(answer(talk, "areas.undone", look, change=title), effects=(UndoChange(one.id),))


def _is_mine(talk: Talk, facts: Facts, one: Change) -> bool:
    return all(rights.may(talk, facts, "manage", area.id) for area in one.ended)
