"""/dulieu: what is kept on whoever asks; to correct it, take it along, withdraw, or have it erased.

Every button does the same pressed twice. What is asked for is kept with its day (`content.privacy.Request`);
the bot does it at once, and erases as soon as it has said so (`bot.deadlines`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from csv import writer
from dataclasses import replace
from io import StringIO

from content.inert import inert
from content.interview import Asked, Refused, Review, Step
from content.privacy import DAYS, Held, Purpose
from content.words import day
from handlers import dialogue, filing, joining, leaving, rights
from handlers.custody import AskErasure, NoteRequest, Rename, WithdrawConsent
from handlers.dialogue import Purpose as Dialogue
from handlers.dialogue import open_form, own_form
from handlers.facts import Facts
from handlers.relay import call_off
from handlers.speech import answer, speak
from handlers.talk import Attached, Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

RENAME = "sua-ten"
_FORGET = frozenset({"quên", "quen", "forget"})
_MOST = 3
"""So many things of a kind are read out; of more, how many there are."""
_LONGEST = 200
_PURPOSES: tuple[Purpose, ...] = ("help", "team")


def show(talk: Talk, said: Said, facts: Facts) -> Turn:
    """What is kept, why and how long, and what can be done about it."""
    kept = facts.holdings()
    lines = [speak(talk, "privacy.shown"), "", *_lines(talk, facts, kept), "", speak(talk, "privacy.rights")]
    if filing.may_file(talk):
        lines += ["", speak(talk, "privacy.for_households")]
    return Turn((Reply("\n".join(lines), tuple(_ways(talk, facts, kept))),), talk.doing)


def _lines(talk: Talk, facts: Facts, kept: Sequence[Held]) -> Iterator[str]:
    of_kind: dict[str, list[Held]] = defaultdict(list)
    for one in kept:
        of_kind[one.kind].append(one)
    for kind, found in of_kind.items():
        if kind == "message" or len(found) > _MOST:
            text = speak(talk, "privacy.many", n=len(found))
        else:
            text = "; ".join(filter(None, (_text(talk, facts, one) for one in found)))
        days = facts.policy().kept.get(found[0].kept)
        until = speak(talk, "privacy.days", n=days) if days else speak(talk, "privacy.with_you")
        why = speak(talk, f"privacy.why_{kind}")
        label = speak(talk, f"privacy.kind_{kind}")
        yield f"• {label}: {text} ({why}; {until})" if text else f"• {label} ({why}; {until})"


def _text(talk: Talk, facts: Facts, one: Held) -> str:
    words = _said(talk, facts, one)
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"


def _said(talk: Talk, facts: Facts, one: Held) -> str:
    """The thing itself, codes in words."""
    match one.kind:
        case "request":
            return speak(talk, f"privacy.asks_{one.text}")
        case "locale":
            return speak(talk, f"privacy.speaks_{one.text}")
        case "role":
            role, _, where = one.text.partition(": ")
            return f"{speak(talk, f'roles.{role}')}, {where}"
        case "talk":
            form = facts.form(one.text)
            return form.title if form else one.text
    return one.text


def _ways(talk: Talk, facts: Facts, kept: Sequence[Held]) -> Iterator[Choice]:
    yield _choice(talk, "copy")
    yield _choice(talk, "rename")
    for one in facts.consents():
        if one.withdrawn_at is None:
            yield Choice(speak(talk, f"privacy.do_withdraw_{one.purpose}"), f"mydata:withdraw:{one.purpose}")
    if not talk.person.is_citizen:
        yield Choice(speak(talk, "people.do_quit"), "mydata:quit")
    yield _choice(talk, "erase")
    yield joining.choice(talk)
    if filing.may_file(talk):
        yield Choice(speak(talk, "privacy.do_file"), "mydata:file")


def _choice(talk: Talk, verb: str) -> Choice:
    return Choice(speak(talk, f"privacy.do_{verb}"), f"mydata:{verb}")


def press(talk: Talk, said: Said, facts: Facts) -> Turn:
    """A button of one's own data, or of a request that is being filed."""
    verb, _, argument = (said.payload or "").removeprefix("mydata:").partition(":")
    deed = _BUTTONS.get(verb)
    if deed is None or (argument and argument not in _PURPOSES):
        return answer(talk, "routes.past")
    return deed(talk, facts, argument)


# --------------------------------------------------------------------------- taken along


def _copy(talk: Talk, facts: Facts, _: str) -> Turn:
    """A file that opens in any spreadsheet; on a channel without files, the same in words."""
    kept = facts.holdings()
    rows = [[speak(talk, f"privacy.column_{name}") for name in ("kind", "text", "since", "why")]]
    for one in kept:
        at = one.at.astimezone(talk.zone).strftime("%d/%m/%Y %H:%M") if one.at else ""
        label, why = (speak(talk, f"privacy.{what}_{one.kind}") for what in ("kind", "why"))
        rows.append([label, _said(talk, facts, one), at, why])
    noted = (NoteRequest("see"),)
    if facts.takes_file(talk.channel, "csv"):
        file = Attached(speak(talk, "privacy.file_name"), "text/csv", _sheet(rows))
        return Turn((Reply(speak(talk, "privacy.copied"), attached=file),), talk.doing, noted)
    text = "\n".join(f"{label}: {words}" for label, words, *_ in rows[1:])
    return Turn((Reply(speak(talk, "privacy.no_files")), Reply(text)), talk.doing, noted)


def _sheet(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV as a spreadsheet reads it; what it would run as a formula begins with an apostrophe."""
    text = StringIO()
    writer(text).writerows(map(inert, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")


# --------------------------------------------------------------------------- corrected


def _rename(talk: Talk, facts: Facts, _: str) -> Turn:
    if talk.doing and talk.doing.purpose != "pick":
        return answer(talk, "tickets.busy")
    form = own_form(facts, RENAME)
    doing, step = open_form(talk, "rename", form, {"id": talk.new_id})
    return advance(talk, doing, step, facts, None)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks the name, and keeps it."""
    if not isinstance(step, Review):
        assert isinstance(step, Asked | Refused)
        return dialogue.show(talk, doing, step)
    name = " ".join(dialogue.answered(talk, doing, facts)["ten"].split())
    name = "" if name.casefold() in _FORGET else name
    key = "privacy.renamed" if name else "privacy.name_forgotten"
    return Turn((Reply(speak(talk, key, name=name)),), None, (Rename(name), NoteRequest("correct")))


def cancel(talk: Talk, doing: Doing) -> Turn:
    """The name stays as it was."""
    return Turn((Reply(speak(talk, "privacy.unchanged")),))


RENAMING = Dialogue(advance, cancel)


# --------------------------------------------------------------------------- taken back, erased


def _withdraw(talk: Talk, facts: Facts, purpose: str) -> Turn:
    """Asked once before: what it ends is said."""
    if _is_last(talk, facts, purpose):
        return answer(talk, "privacy.last_admin")
    yes = Choice(speak(talk, "privacy.do_withdraw_yes"), f"mydata:withdrawn:{purpose}")
    return answer(talk, f"privacy.withdraw_{purpose}", yes, Choice(speak(talk, "privacy.do_keep"), "/dulieu"))


def _withdrawn(talk: Talk, facts: Facts, purpose: str) -> Turn:
    if _is_last(talk, facts, purpose):
        return answer(talk, "privacy.last_admin")
    turn = answer(talk, f"privacy.withdrawn_{purpose}")
    if purpose == "team":
        turn = leaving.leave_behind(talk, facts, turn)
    elif talk.doing and talk.doing.purpose == "support":  # asked under the consent that is taken back
        turn = replace(turn, doing=None, ends=True)
    off = () if purpose == "team" else tuple(call_off(talk, facts))
    given_up = WithdrawConsent("team" if purpose == "team" else "help")
    return replace(turn, effects=(*turn.effects, *off, given_up, NoteRequest("withdraw")))


def _quit(talk: Talk, facts: Facts, _: str) -> Turn:
    return leaving.quit_(talk, facts)


def _quitted(talk: Talk, facts: Facts, _: str) -> Turn:
    return leaving.quitted(talk, facts)


def _erase(talk: Talk, facts: Facts, _: str) -> Turn:
    if _is_last(talk, facts, "team"):
        return answer(talk, "privacy.last_admin")
    key = "privacy.erase_citizen" if talk.person.is_citizen else "privacy.erase_team"
    yes = Choice(speak(talk, "privacy.do_erase_yes"), "mydata:erased")
    return answer(talk, key, yes, Choice(speak(talk, "privacy.do_keep"), "/dulieu"))


def _erased(talk: Talk, facts: Facts, _: str) -> Turn:
    if _is_last(talk, facts, "team"):
        return answer(talk, "privacy.last_admin")
    last = day(talk.person.locale, talk.today.fromordinal(talk.today.toordinal() + DAYS["erase"]))
    effects = (*call_off(talk, facts), AskErasure())
    return Turn((Reply(speak(talk, "privacy.erasing", day=last)),), None, effects, ends=True)


def _is_last(talk: Talk, facts: Facts, purpose: str) -> bool:
    """Whether nobody would be left to administer what this person does."""
    if purpose != "team":
        return False
    mine = rights.held(talk, facts, "manage")
    return any(not filing.administrators(talk, facts, area.id) for area in mine)


def _file(talk: Talk, facts: Facts, _: str) -> Turn:
    return filing.begin(talk, facts)


_BUTTONS: dict[str, Callable[[Talk, Facts, str], Turn]] = {
    "copy": _copy,
    "rename": _rename,
    "withdraw": _withdraw,
    "withdrawn": _withdrawn,
    "quit": _quit,
    "quitted": _quitted,
    "erase": _erase,
    "erased": _erased,
    "file": _file,
}
