"""A questionnaire that was found right: tried without a trace, and published for an area from a day on."""

from dataclasses import replace
from datetime import date

from content.interview import Asked, Refused, Review, Step
from content.questionnaires import TRIAL, Sheet
from content.unchattable import missing_lists
from content.vietnamese import fold
from content.words import day
from handlers import dialogue, picking, places, review
from handlers.dialogue import Purpose, open_form, own_form
from handlers.effects import PublishForm
from handlers.facts import Facts
from handlers.rights import may
from handlers.speech import answer, speak
from handlers.talk import Choice, Doing, Reply, Said, Talk
from handlers.turn import Turn

PUBLISH = "phat-hanh"
_DAY = "/data/ngay"


def sheet_of(talk: Talk, facts: Facts, sheet_id: str) -> Sheet | None:
    """The file, where this person sent it."""
    sheet = facts.sheet(sheet_id)
    return sheet if sheet and sheet.person_id == talk.person.id else None


def _ways(talk: Talk, sheet_id: str) -> tuple[Choice, ...]:
    return (
        Choice(speak(talk, "admin.do_publish"), f"quantri:publish:{sheet_id}"),
        Choice(speak(talk, "admin.do_try_again"), f"quantri:try:{sheet_id}"),
    )


# --------------------------------------------------------------------------- a dry run


def begin_trial(talk: Talk, facts: Facts, sheet_id: str) -> Turn:
    """Opens the questionnaire as it will be asked."""
    sheet = sheet_of(talk, facts, sheet_id)
    form = facts.form(TRIAL + sheet_id) if sheet else None
    if sheet is None or form is None:
        return answer(talk, "admin.gone")
    doing, step = open_form(talk, "trial", form, {"id": talk.new_id, "sheet": sheet_id, "title": sheet.title})
    return advance_trial(talk, replace(doing, form=TRIAL + sheet_id), step, facts, None)


def advance_trial(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """The next question; at the end what was answered, which nobody keeps."""
    match step:
        case Review():
            lines = [
                speak(
                    talk,
                    "admin.trial_answer",
                    number=number,
                    label=review.short(line.label),
                    value=line.value or speak(talk, "admin.trial_blank"),
                )
                for number, line in enumerate(step.lines, 1)
            ]
            text = "\n".join((speak(talk, "admin.trial_end"), "", *lines))
            return Turn((Reply(text, _ways(talk, doing.about["sheet"])),))
        case Asked(question=question):
            first = question.number == 1
            heading = speak(talk, "admin.trial", title=doing.about["title"]) if first else ""
            turn = dialogue.show(talk, doing, step, heading)
        case Refused():
            turn = dialogue.show(talk, doing, step)
    *before, last = turn.replies
    stop = Choice(speak(talk, "admin.do_stop_trial"), f"step:stop:{doing.about['id'][:8]}:0")
    return replace(turn, replies=(*before, replace(last, choices=(*last.choices, stop))))


def cancel_trial(talk: Talk, doing: Doing) -> Turn:
    """Nothing was kept, so there is nothing to put aside."""
    return Turn((Reply(speak(talk, "admin.trial_stopped"), _ways(talk, doing.about["sheet"])),))


def _hear_trial(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    stops = not said.payload and fold(said.text) == fold(speak(talk, "admin.do_stop_trial"))
    return cancel_trial(talk, doing) if stops else None


TRYING = Purpose(advance_trial, cancel_trial, _hear_trial, keeps=False)


# --------------------------------------------------------------------------- publishing


def begin(talk: Talk, facts: Facts, sheet_id: str) -> Turn:
    """Asks for which area, and from when."""
    sheet = sheet_of(talk, facts, sheet_id)
    if sheet is None:
        return answer(talk, "admin.gone")
    if facts.is_taken(sheet):
        return answer(talk, "admin.version_taken", version=sheet.version)
    asked = facts.form(TRIAL + sheet_id)
    if asked is not None and (missing := missing_lists(asked)):
        return answer(talk, "admin.form_missing", names=", ".join(missing))
    form = own_form(facts, PUBLISH)
    about = {"id": talk.new_id, "sheet": sheet_id, "title": sheet.title, "version": sheet.version}
    doing, step = open_form(talk, "publish", form, about)
    return advance(talk, doing, step, facts, None)


def advance(talk: Talk, doing: Doing, step: Step, facts: Facts, said: Said | None) -> Turn:
    """Asks; in the end publishes, or says what somebody else did meanwhile."""
    match step:
        case Review():
            return _finish(talk, doing, facts)
        case Asked(question=question):
            about = doing.about
            heading = speak(talk, "admin.publishing", title=about["title"], version=about["version"])
            turn = dialogue.show(talk, doing, step, heading if question.number == 1 else "")
        case Refused(question=question):
            turn = dialogue.show(talk, doing, step)
    asks_area = question is not None and question.name == places.QUESTION
    return places.offer(talk, turn, facts) if asks_area else turn


def _hear(talk: Talk, doing: Doing, said: Said, facts: Facts) -> Turn | None:
    """Where a newer version was shown, what was offered can be typed."""
    if doing.about.get("asked") or said.payload:
        return places.hear(talk, doing, said, facts, ASKING)
    meant = picking.meant(said.text, doing.about.get("offered", ())) or ""
    if meant.startswith("step:mine:"):
        return pass_over(talk, doing, facts, int(meant.rpartition(":")[2]))
    return cancel(talk, doing) if meant.startswith("step:leave:") else _finish(talk, doing, facts)


def cancel(talk: Talk, doing: Doing) -> Turn:
    """The file stays checked; it can be published later."""
    return Turn((Reply(speak(talk, "admin.stopped"), _ways(talk, doing.about["sheet"])),))


ASKING = Purpose(advance, cancel)
"""The same, without listening for an area's name."""
PUBLISHING = Purpose(advance, cancel, _hear)


def _finish(talk: Talk, doing: Doing, facts: Facts) -> Turn:
    finished = dialogue.finish(talk, doing, facts)
    if isinstance(finished, Refused):
        return advance(talk, replace(doing, state=finished.state), finished, facts, None)
    begins = date.fromisoformat(finished.values[_DAY])
    sheet = sheet_of(talk, facts, doing.about["sheet"])
    if sheet is None:
        return replace(answer(talk, "admin.gone"), doing=None)
    area_id = int(doing.about["area_id"])
    if not may(talk, facts, "manage", area_id):
        return replace(answer(talk, "admin.not_yours"), doing=None)
    newest = facts.newest_version(sheet.form)
    if facts.is_taken(sheet):
        return replace(answer(talk, "admin.version_taken", version=sheet.version), doing=None)
    seen = doing.about.get("passed_over", sheet.newest_id)
    if newest != seen and not _is_same(facts, newest, sheet):
        return _newer(talk, doing, facts, newest)
    return _publish(talk, facts, sheet, area_id, begins)


def _is_same(facts: Facts, newest: int, sheet: Sheet) -> bool:
    """Whether what was published since is this very version, for another area or day."""
    other = facts.version(newest)
    return other is not None and (other.form, other.version) == (sheet.form, sheet.version)


def _publish(talk: Talk, facts: Facts, sheet: Sheet, area_id: int, begins: date) -> Turn:
    key = "admin.published_later" if begins > talk.today else "admin.published_now"
    told = speak(
        talk,
        key,
        title=sheet.title,
        version=sheet.version,
        place=facts.area(area_id).name,
        day=day(talk.person.locale, begins),
    )
    older = (one for one in facts.versions() if one.form == sheet.form and one.version != sheet.version)
    seen = sum(one.under_way for one in older if may(talk, facts, "manage", one.area_id))
    if seen:
        told += "\n" + speak(talk, "admin.published_over", n=seen)
    forms = Choice(speak(talk, "admin.do_forms"), "quantri:forms")
    return Turn((Reply(told, (forms,)),), None, (PublishForm(sheet.id, area_id, begins),))


def _newer(talk: Talk, doing: Doing, facts: Facts, newest: int) -> Turn:
    """Somebody published a version that this person has not seen: it is for them to choose."""
    other = facts.version(newest)
    assert other is not None
    who = facts.called(other.published_by) if other.published_by else ""
    text = speak(
        talk,
        "admin.newer",
        who=who or speak(talk, "admin.somebody"),
        title=other.title,
        version=other.version,
        place=facts.area(other.area_id).name,
        day=day(talk.person.locale, other.valid_from),
    )
    mark = doing.about["id"][:8]
    choices = (
        Choice(speak(talk, "admin.do_see_other"), f"quantri:file:{newest}"),
        Choice(speak(talk, "admin.do_publish_mine"), f"step:mine:{mark}:{newest}"),
        Choice(speak(talk, "admin.do_leave"), f"step:leave:{mark}:0"),
    )
    pairs = [[choice.label, choice.payload] for choice in choices]
    doing = replace(doing, about={**doing.about, "asked": "", "offered": pairs})
    return Turn((Reply(text, choices, keyboard="question"),), doing)


def pass_over(talk: Talk, doing: Doing, facts: Facts, newest: int) -> Turn:
    """Publishes in spite of that version, which was shown; where there is a newer one yet, that is shown."""
    return _finish(talk, replace(doing, about={**doing.about, "passed_over": newest}), facts)
