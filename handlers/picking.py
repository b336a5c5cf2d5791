"""Which household: from the list of those left, by name, from drafts, or a new one.

What is typed while this is open is a name to look for (the form `chon-ho`, one question), unless it is the
number or the label of something that was offered (`about["offered"]`: pairs of label and payload).
"""

import re
from collections.abc import Sequence
from typing import Any

from content import names
from content.areas import Area
from content.assigning import Holder, Load
from content.households import QUESTIONNAIRE, Draft, Household, Whose
from content.interview import Asked, Refused, Review, Step
from content.people import reach
from content.questionnaires import suffix
from content.showing import label_of
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, offline, visits
from handlers.buttons import pages
from handlers.dialogue import own_form, preface
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, capital, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn
from handlers.visits import place

PICK = "chon-ho"
_NAME = "/data/ten"
_FIRST, _PAGE, _DRAFTS, _MINE = 5, 8, 3, 8
_LONGEST_NAME = 5
"""Words. What is longer and finds nobody is no name but a question."""
_LONGEST_TEXT = 80
_SURVEY = re.compile(
    r"(?:(?:toi|tui|em|minh|con|cho|xin|muon|can|di|lam|phieu) )*khao sat"
    r" (?:(?:lai|tiep|o|cho|ho|nha) )*(?=.)"
)
_ASKING = frozenset(("ai", "bao", "dau", "gi", "may", "nao", "sao"))
_BESIDE = re.compile(r"[,·(]")


def places(talk: Talk, facts: Facts) -> list[Area]:
    """The hamlets in which this person surveys."""
    found: dict[int, Area] = {}
    for area_id in reach(talk.person, "survey"):
        found.update((hamlet.id, hamlet) for hamlet in facts.hamlets(area_id, talk.today))
    return list(found.values())


def start(talk: Talk, facts: Facts) -> Turn:
    """The hamlet first where there are several; then its households."""
    mine = places(talk, facts)
    match mine:
        case []:
            return answer(talk, "picking.no_place")
        case [only]:
            return menu(talk, facts, only.id)
    own = facts.own_loads(QUESTIONNAIRE)
    done = {p.area_id: p for area in mine for p in facts.progress(area.id, QUESTIONNAIRE, talk.today)}
    offered = _drafts(talk, facts, None)
    for area in mine:
        count = f" · {done[area.id].done}/{done[area.id].planned}" if area.id in done else ""
        if load := own.get(area.id):
            count += f" · {speak(talk, 'picking.own_short', done=load.done, total=load.total)}"
        offered.append(Choice(f"{capital(place(talk, facts, area.id))}{count}", f"survey:area:{area.id}"))
    return _offer(talk, facts, speak(talk, "picking.which_place"), offered, {"area": None})


def menu(talk: Talk, facts: Facts, area_id: int, of: str = QUESTIONNAIRE) -> Turn:
    """A hamlet: what is under way, who is left to be asked the questionnaire `of`, and the ways to somebody
    else and to another questionnaire. Households that this person was given stand first; who was given none
    sees those that nobody was.
    """
    area_id = _today(talk, facts, area_id)
    asked = facts.questionnaires(area_id)
    if asked and of not in {one.form for one in asked}:
        of = asked[0].form
    done, planned = facts.count(area_id, of)
    left = planned - done
    own = facts.own_loads(of).get(area_id, Load())
    begun = {draft.household_id for draft in facts.drafts(talk.person.id) if draft.form == of}
    first = facts.left(area_id, of, _FIRST + len(begun), whose="mine" if own.left else "free")
    fresh = [household for household in first if household.id not in begun][:_FIRST]
    offered = [*_drafts(talk, facts, area_id), *_household_choices(talk, fresh, of)]
    if own.left > _FIRST:
        mine = Choice(speak(talk, "picking.mine", n=own.left), f"survey:mine:{area_id}:0{suffix(of)}")
        offered.append(mine)
    if own.left < left and left > min(_FIRST, len(fresh) + len(begun)):
        offered.append(Choice(speak(talk, "picking.left", n=left), f"survey:left:{area_id}:0{suffix(of)}"))
    if of == QUESTIONNAIRE:  # another may have no question for the name: there it is typed
        offered.append(Choice(speak(talk, "picking.new"), f"survey:new:{area_id}"))
    if facts.has_sent(talk.person.id, of):
        here_too = f":{area_id}{suffix(of)}" if suffix(of) else ""
        offered.append(Choice(speak(talk, "picking.fixes"), f"survey:fixes{here_too}"))
    offered += [
        Choice(one.title, f"survey:area:{area_id}{suffix(one.form)}") for one in asked if one.form != of
    ]
    offered += offline.choice(talk, facts)
    text = speak(
        talk,
        "picking.menu" if planned else "picking.menu_empty",
        place=place(talk, facts, area_id),
        done=done,
        planned=planned,
    )
    if own.total:
        text += "\n" + speak(talk, "picking.own", done=own.done, total=own.total)
    title = next((one.title for one in asked if one.form == of and of != QUESTIONNAIRE), "")
    return _offer(talk, facts, f"{title}\n{text}".lstrip(), offered, {"area": area_id, "form": of})


def _today(talk: Talk, facts: Facts, area_id: int) -> int:
    """The hamlet, or the one that it became part of since the button was shown."""
    return next((one.id for one in facts.hamlets(area_id, talk.today)), area_id)


def left(talk: Talk, facts: Facts, area_id: int, page: int, of: str = QUESTIONNAIRE) -> Turn:
    """The households not surveyed yet, a page at a time."""
    area_id = _today(talk, facts, area_id)
    done, planned = facts.count(area_id, of)
    return _pages(talk, facts, area_id, page, of, planned - done, "all")


def mine(talk: Talk, facts: Facts, area_id: int, page: int, of: str = QUESTIONNAIRE) -> Turn:
    """Those of them that were given to this person."""
    area_id = _today(talk, facts, area_id)
    waiting = facts.own_loads(of).get(area_id, Load()).left
    return _pages(talk, facts, area_id, page, of, waiting, "mine")


def _pages(  # noqa: PLR0913, PLR0917 - of which hamlet and questionnaire, which page, of how many, whose
    talk: Talk, facts: Facts, area_id: int, page: int, of: str, waiting: int, whose: Whose
) -> Turn:
    key = "picking.mine" if whose == "mine" else "picking.left"
    verb = "mine" if whose == "mine" else "left"
    if waiting <= 0:
        return answer(talk, f"picking.none_{verb}", place=place(talk, facts, area_id))
    last = (waiting - 1) // _PAGE
    page = min(max(page, 0), last)
    shown = facts.left(area_id, of, _PAGE, page * _PAGE, whose)
    offered = _household_choices(talk, shown, of)
    offered += pages(talk, page, last, lambda other: f"survey:{verb}:{area_id}:{other}{suffix(of)}")
    text = speak(
        talk,
        f"{key}_list" if last else f"{key}_all",
        place=place(talk, facts, area_id),
        n=waiting,
        first=page * _PAGE + 1,
        last=page * _PAGE + len(shown),
    )
    return _offer(talk, facts, text, offered, {"area": area_id, "form": of})


def fixes(talk: Talk, facts: Facts, of: str = QUESTIONNAIRE) -> Turn:
    """The surveys that this person sent last, to be corrected."""
    offered = []
    for survey in facts.my_surveys(talk.person.id, of, _MINE):
        household = facts.household(survey.household_id) if survey.household_id else None
        if household and household.is_listed:
            sent = day(talk.person.locale, survey.submitted_at.astimezone(talk.now.tzinfo).date())
            offered.append(Choice(f"{household.name} · {sent}", f"survey:fix:{survey.id}"))
    if not offered:
        return answer(talk, "picking.no_fixes")
    area = talk.doing.about.get("area") if talk.doing else None
    return _offer(talk, facts, speak(talk, "picking.which_fix"), offered, {"area": area, "form": of})


# --------------------------------------------------------------------------- the form in progress


def meant(text: str, offered: Sequence[Sequence[str]]) -> str | None:
    """The payload of the one choice that is meant: by its number, its label, or what the label begins with,
    up to what is only said beside it: "Ấp 2", "Còn lại".
    """
    wanted = fold(text)
    if wanted.isdecimal():
        number = int(wanted) if len(wanted) < 4 else 0
        return offered[number - 1][1] if 0 < number <= len(offered) else None
    whole = [payload for label, payload in offered if fold(label) == wanted]
    begun = [payload for label, payload in offered if fold(_BESIDE.split(label)[0]) == wanted]
    fitting = whole or begun
    return fitting[0] if len(fitting) == 1 else None


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """A name was typed: look for it. Anything else: what can be chosen, once more."""
    match step:
        case Asked():
            return again(talk, doing, facts)
        case Refused(why=why):
            number = said is not None and fold(said.text).isdecimal()  # too short for a name
            return _beyond(talk, doing, facts) if number else preface(again(talk, doing, facts), why)
        case Review():
            return _search(talk, doing, facts, dialogue.answered(talk, doing, facts)["ten"])


def cancel(talk: Talk, doing: Doing) -> Turn:
    """Nothing was begun, so nothing is kept."""
    return Turn((Reply(speak(talk, "picking.cancelled")),))


def named(talk: Talk, facts: Facts, text: str) -> Turn | None:
    """The household that somebody types where nothing is open: its whole name, or "khảo sát hộ ông Tám". None
    where no household is meant."""
    if len(text) > _LONGEST_TEXT:
        return None
    mine, name = [area.id for area in places(talk, facts)], text
    if asked := _SURVEY.match(fold(text)):
        name = " ".join(text.split()[len(asked[0].split()) :])
        everybody = _everybody(facts, mine, QUESTIONNAIRE)
        whole = any(names.same(home.name, name) for home in everybody)
        meant = whole or (_is_somebody(asked[0], name) and bool(_found(name, everybody)))
    else:
        meant = 1 < len(text.split()) <= _LONGEST_NAME and bool(facts.households_called(text))
    if not meant:
        return None
    area = mine[0] if len(mine) == 1 else None
    return _search(talk, Doing("pick", PICK, "", {}, {"area": area}), facts, name)


def _is_somebody(asked: str, name: str) -> bool:
    """Whether a household is spoken of ("nhà …", "chú Tám") and not asked about ("hộ nào", "là gì"): the
    beginning of a word of somebody's name is in nearly everything."""
    first, *more = fold(name).split() or [""]
    titled = asked.rsplit(maxsplit=1)[-1] in names.HONORIFICS or (first in names.HONORIFICS and bool(more))
    return titled and first not in _ASKING


def again(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    """The choices of the hamlet once more; of all of them, where none is chosen."""
    area = doing.about.get("area")
    if area and may(talk, facts, "survey", area):
        return menu(talk, facts, area, _form(doing))
    return start(talk, facts)


def _beyond(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    """A number was typed that none of the choices has."""
    told = speak(talk, "picking.no_number", n=len(doing.about.get("offered", ())))
    return preface(again(talk, doing, facts), told)


def _form(doing: Doing) -> str:
    """The questionnaire for which a household is looked for."""
    return str(doing.about.get("form", QUESTIONNAIRE))


def _search(talk: Talk, doing: Doing, facts: Facts, name: str) -> Turn:
    area, of = doing.about.get("area"), _form(doing)
    if area and not may(talk, facts, "survey", area):  # the role ended meanwhile
        return start(talk, facts)
    hamlets = [area] if area else [place_.id for place_ in places(talk, facts)]
    everybody = _everybody(facts, hamlets, of)
    found = _found(name, everybody)
    if name.isdecimal() and not found:  # nobody is called so: a choice was meant
        return _beyond(talk, doing, facts)
    exact = [h for h in everybody if names.same(h.name, name)]
    if len(exact) == 1:
        return visits.begin(talk, facts, exact[0].area_id, exact[0], of=of)
    offered = _household_choices(talk, found, of)
    where = place(talk, facts, area) if area else speak(talk, "picking.my_hamlets")
    if area and (not found or 1 < len(name.split()) <= _LONGEST_NAME):
        offered.append(
            Choice(speak(talk, "picking.add", name=names.written(name)), f"survey:new:{area}{suffix(of)}")
        )
    key = "picking.found" if found else "picking.not_found"
    text = speak(talk, key, name=name, place=where, n=len(found))
    return _offer(talk, facts, text, offered, {"area": area, "name": names.written(name), "form": of})


def _everybody(facts: Facts, hamlets: Sequence[int], of: str) -> list[Household]:
    return [household for hamlet in hamlets for household in facts.households(hamlet, of)]


def _found(name: str, everybody: Sequence[Household]) -> list[Household]:
    found = names.search(name, everybody, lambda h: h.name)  # mistyped, it is like the name alone
    return found or names.search(name, everybody, lambda h: f"{h.name} {h.address}".strip())


# --------------------------------------------------------------------------- what is offered


def _offer(talk: Talk, facts: Facts, text: str, offered: Sequence[Choice], about: dict[str, Any]) -> Turn:
    """Shows the choices under the text, and listens for a name. The form is begun when one is typed: nearly
    always something is tapped."""
    form = own_form(facts, PICK)
    about = {**about, "offered": [[choice.label, choice.payload] for choice in offered]}
    text = f"{text}\n{label_of(form, _NAME, talk.person.locale)}"
    doing = Doing("pick", form.id, form.version, {}, about)
    return Turn((Reply(text, tuple(offered), keyboard="question"),), doing)


def _household_choices(talk: Talk, households: Sequence[Household], of: str) -> list[Choice]:
    """A button a household; the address where there is one, and when it was surveyed, or nobody met."""
    made = []
    for household in households:
        parts = [household.name, household.address]
        if household.surveyed_at:
            surveyed = household.surveyed_at.astimezone(talk.now.tzinfo).date()
            parts.append("✓ " + day(talk.person.locale, surveyed))
        if household.absent_on == talk.today:
            parts.append(speak(talk, "picking.absent_today"))
        elif household.absent_on:
            missed = day(talk.person.locale, household.absent_on)
            parts.append(speak(talk, "picking.absent", day=missed))
        elif not household.surveyed_at and household.holder == Holder("person", talk.person.id):
            parts.append(speak(talk, "picking.yours"))
        made.append(Choice(" · ".join(filter(None, parts)), f"survey:pick:{household.id}{suffix(of)}"))
    return made


def _drafts(talk: Talk, facts: Facts, area_id: int | None) -> list[Choice]:
    """What was put aside, newest first; of one hamlet, or of all (None)."""
    drafts = [d for d in facts.drafts(talk.person.id) if area_id is None or d.about.get("area") == area_id]
    return [
        Choice(
            speak(talk, "picking.draft", name=_draft_name(facts, draft)),
            visits.payload("draft", draft.household_id, draft.key, draft.form),
        )
        for draft in drafts[:_DRAFTS]
    ]


def _draft_name(facts: Facts, draft: Draft) -> str:
    """The household; with the questionnaire's title where it is not the one of every household."""
    form = facts.form(draft.form, draft.version, draft.about["area"]) if suffix(draft.form) else None
    return " · ".join(filter(None, (draft.household_name, form.title if form else "")))
