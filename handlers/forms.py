"""Questionnaires, for those who are responsible: sent in, what the check found, those published."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import PurePath

from content.listing import is_table
from content.people import allowed
from content.questionnaires import KINDS, LARGEST, Examined, Version
from content.words import day, say
from handlers import findings
from handlers.effects import CheckForm, WithdrawForm
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, speak
from handlers.talk import Attached, Choice, Reply, Said, Talk
from handlers.turn import Turn

_PRINTABLE = re.compile(r"[^\w .()\-]+")
_LONGEST_NAME = 80
_TITLE = 22


# --------------------------------------------------------------------------- a file comes in


def receive(talk: Talk, said: Said, facts: Facts) -> Turn:
    """Takes a questionnaire's file to be checked; whatever was going on goes on."""
    file = said.file
    assert file is not None
    kind = PurePath(file.name).suffix.lower()
    name = _PRINTABLE.sub("_", PurePath(file.name).stem)[:_LONGEST_NAME] + kind
    if not allowed(talk.person, "manage") and not is_table(name):
        return answer(talk, "lists.only_lists")
    if kind not in KINDS:
        return answer(talk, "admin.file_kind", name=_PRINTABLE.sub("_", file.name)[:_LONGEST_NAME])
    if file.size is not None and file.size > LARGEST:
        return answer(talk, "admin.file_large", n=LARGEST >> 20)
    return replace(answer(talk, "admin.received", name=name), effects=(CheckForm(talk.new_id, name),))


def refused(locale: str, name: str, faults: Sequence[str]) -> tuple[Reply, ...]:
    """What is wrong in a list: all at once, and in a file too if it is long."""
    parts, attached = findings.told(locale, name, faults, (), "lists.refused")
    parts.append(say(locale, "admin.form_mend"))
    return (Reply("\n\n".join(parts), attached=attached),)


def checked(locale: str, sheet_id: str, name: str, found: Examined) -> tuple[Reply, ...]:
    """What the check found, in the language in which it was asked: all faults at once, warnings apart."""
    warnings = found.warnings
    if not found.errors and not found.asks_consent:
        warnings = (*warnings, say(locale, "admin.no_consent"))
    parts, attached = findings.told(locale, name, found.errors, warnings, "admin.form_refused")
    if not found.errors:
        title, version, n = found.title, found.version, found.questions
        parts.insert(0, say(locale, "admin.form_fine", title=title, version=version, n=n))
    if found.errors:
        parts.append(say(locale, "admin.form_mend"))
        return (Reply("\n\n".join(parts), attached=attached),)
    choices = [Choice(say(locale, "admin.do_try"), f"quantri:try:{sheet_id}")]
    if found.missing:
        parts.append(say(locale, "admin.form_missing", names=", ".join(found.missing)))
    else:
        choices.append(Choice(say(locale, "admin.do_publish"), f"quantri:publish:{sheet_id}"))
    return (Reply("\n\n".join(parts), tuple(choices), attached=attached),)


# --------------------------------------------------------------------------- those published


def show(talk: Talk, facts: Facts) -> Turn:
    """All questionnaires with their versions, and how many drafts are under way on each."""
    versions = [one for one in facts.versions() if may(talk, facts, "manage", one.area_id)]
    if not versions:
        return answer(talk, "admin.no_forms")
    lines, choices = [speak(talk, "admin.forms")], []
    for _, of_form in groupby(versions, key=lambda one: one.form):
        group = list(of_form)
        lines += ["", group[0].title]
        for one in group:
            state = _state(talk, one, group)
            if one.under_way:
                state += " · " + speak(talk, "admin.under_way", n=one.under_way)
            where = facts.area(one.area_id).name
            lines.append(speak(talk, "admin.version_line", version=one.version, place=where, state=state))
            twice = sum(other.version == one.version for other in group) > 1
            label = f"{_short(one.title)} {one.version}" + (f" · {where}" if twice else "")
            choices.append(Choice(label, f"quantri:version:{one.id}"))
    return Turn((Reply("\n".join(lines), tuple(choices)),), talk.doing)


def _short(title: str) -> str:
    """So that a phone's button shows the version behind it."""
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"


def _state(talk: Talk, one: Version, group: Sequence[Version]) -> str:
    """`group` is what there is of the questionnaire, newest first."""
    if one.withdrawn_at:
        return speak(talk, "admin.state_withdrawn")
    if one.valid_from > talk.today:
        return speak(talk, "admin.state_later", day=day(talk.person.locale, one.valid_from))
    for other in group:
        if other.area_id == one.area_id and not other.withdrawn_at and other.valid_from <= talk.today:
            return speak(talk, "admin.state_current" if other.id == one.id else "admin.state_old")
    return speak(talk, "admin.state_old")


def version(talk: Talk, facts: Facts, number: str) -> Turn:
    """One version: its file, and the way to withdraw it."""
    one = _managed(talk, facts, number)
    if one is None:
        return answer(talk, "admin.gone")
    group = [other for other in facts.versions() if other.form == one.form]
    choices = [Choice(speak(talk, "admin.do_file"), f"quantri:file:{one.id}")]
    if one.withdrawn_at is None:
        choices.append(Choice(speak(talk, "admin.do_withdraw"), f"quantri:withdraw:{one.id}"))
    return answer(
        talk,
        "admin.version_detail",
        *choices,
        title=one.title,
        version=one.version,
        place=facts.area(one.area_id).name,
        state=_state(talk, one, group),
        day=day(talk.person.locale, one.published_at.astimezone(talk.now.tzinfo).date()),
    )


def file(talk: Talk, facts: Facts, number: str) -> Turn:
    """The spreadsheet that the version was made of, byte for byte."""
    one = _managed(talk, facts, number)
    if one is None:
        return answer(talk, "admin.gone")
    name, data = facts.form_file(one.id)
    if not data:
        return answer(talk, "admin.no_file")
    text = speak(talk, "admin.file", title=one.title, version=one.version)
    return Turn((Reply(text, attached=Attached(name, _media_type(name), data)),), talk.doing)


def _media_type(name: str) -> str:
    types = {
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
        ".csv": "text/csv",
        ".md": "text/markdown",
        ".xml": "application/xml",
        ".zip": "application/zip",
    }
    return types.get(PurePath(name).suffix.lower(), "application/octet-stream")


def withdraw(talk: Talk, facts: Facts, number: str, *, sure: bool) -> Turn:
    """No new interview begins with it; asked once before."""
    one = _managed(talk, facts, number)
    if one is None or one.withdrawn_at is not None:
        return answer(talk, "admin.gone")
    where = facts.area(one.area_id).name
    told = {"title": one.title, "version": one.version, "place": where}
    if sure:
        others = Choice(speak(talk, "admin.do_forms"), "quantri:forms")
        return replace(answer(talk, "admin.withdrawn", others, **told), effects=(WithdrawForm(one.id),))
    begun = next((other.under_way for other in facts.versions() if other.id == one.id), 0)
    return answer(
        talk,
        "admin.withdraw_sure",
        Choice(speak(talk, "admin.do_withdraw_yes"), f"quantri:withdrawn:{one.id}"),
        Choice(speak(talk, "admin.do_withdraw_no"), f"quantri:version:{one.id}"),
        n=begun,
        **told,
    )


def _managed(talk: Talk, facts: Facts, number: str) -> Version | None:
    one = facts.version(int(number))
    return one if one and may(talk, facts, "manage", one.area_id) else None
