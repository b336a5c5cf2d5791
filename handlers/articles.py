"""Approved answers, for those who are responsible: sent in, published, withdrawn, checked again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from content import authoring
from content.article import Article, parse, written
from content.authoring import Edition, Manuscripts
from content.knowledge import Knowledge
from content.people import Person
from content.questions import Proposal
from content.words import day, say
from handlers import findings, telling
from handlers.asking import PublishArticle, PublishManuscripts, SettleProposal, WithdrawArticle
from handlers.buttons import Buttons
from handlers.effects import Audit
from handlers.facts import Facts
from handlers.rights import everywhere, may
from handlers.speech import answer, speak
from handlers.talk import Attached, Choice, Reply, Talk
from handlers.turn import Turn

_MOST, _PREVIEWED = 8, 3
_UUID, _ID, _NAME = r"([0-9a-f-]{36})", r"(\d{1,18})", r"([a-z0-9-]+/[a-z0-9-]+)"


# --------------------------------------------------------------------------- a file comes in


def checked(  # noqa: PLR0913, PLR0917 - what was sent, what was found, and against what
    locale: str, sheet_id: str, name: str, found: Manuscripts, shelf: Knowledge, now: datetime
) -> tuple[Reply, ...]:
    """What the check of a file of articles found: all faults at once, or each article as citizens will see it
    and the button that publishes them."""
    parts, attached = findings.told(locale, name, found.errors, found.warnings, "articles.refused")
    if found.errors:
        return (Reply("\n\n".join((*parts, say(locale, "articles.mend"))), attached=attached),)
    known = shelf.with_articles({one.id: one for one in found.articles}, {})
    shown = [reply for one in found.articles[:_PREVIEWED] for reply in _preview(locale, known, one, now)]
    lines = [
        say(
            locale,
            "articles.replaces" if one.id in shelf.articles else "articles.adds",
            title=one.title,
            name=one.id,
        )
        for one in found.articles
    ]
    text = "\n\n".join(("\n".join(lines), *parts, say(locale, "articles.publish_sure", n=len(lines))))
    choice = Choice(say(locale, "articles.do_publish"), f"quantri:articles-publish:{sheet_id}")
    return (*shown, Reply(text, (choice,), attached=attached))


def _preview(locale: str, shelf: Knowledge, one: Article, now: datetime) -> Iterator[Reply]:
    """The article as a citizen sees it, its buttons in words."""
    citizen = Talk(Person(0, "", locale), "", now, "")
    picture = telling.picture(citizen, shelf, one)
    if picture:
        yield picture
    for part in range(len(telling.parts(telling.body(shelf, one, locale)))):
        text, ways = telling.told(citizen, shelf, one, part)
        yield Reply(f"{text}\n" + " ".join(f"[{way.label}]" for way in ways))


# --------------------------------------------------------------------------- what there is


def show(talk: Talk, facts: Facts) -> Turn:
    """What was published in the chat, what must be checked again soon, and what is proposed."""
    due = facts.knowledge().expiring(talk.today)
    waiting = facts.proposals() if everywhere(talk, facts, "manage") else ()
    editions = facts.editions(_MOST)
    lines = [speak(talk, "articles.menu", n=len(facts.knowledge().articles))]
    ways = []
    if waiting:
        ways.append(Choice(speak(talk, "articles.do_proposals", n=len(waiting)), "quantri:proposal:0"))
    if due:
        ways.append(Choice(speak(talk, "articles.do_due", n=len(due)), "quantri:articles-due"))
    for one in editions:
        state = speak(talk, "articles.state_withdrawn" if one.withdrawn_at else "articles.state_told")
        on = day(talk.person.locale, one.published_at.astimezone(talk.zone).date())
        lines.append(speak(talk, "articles.edition_line", title=one.title, day=on, state=state))
        if not one.withdrawn_at:
            ways.append(Choice(one.title, f"quantri:edition:{one.id}"))
    return Turn((Reply("\n".join(lines), tuple(ways)),), talk.doing)


def due(talk: Talk, facts: Facts) -> Turn:
    """What has to be checked again within a month, or is past its day, the most urgent first."""
    found = facts.knowledge().expiring(talk.today)
    if not found:
        return answer(talk, "articles.none_due")
    lines = [speak(talk, "articles.due")]
    for one in found[:_MOST]:
        key = "articles.due_past" if one.valid_until <= talk.today else "articles.due_line"
        lines.append(speak(talk, key, title=one.title, day=day(talk.person.locale, one.valid_until)))
    if len(found) > _MOST:
        lines.append(speak(talk, "articles.due_more", n=len(found) - _MOST))
    ways = tuple(Choice(one.title, f"quantri:article:{one.id}") for one in found[:_MOST])
    return Turn((Reply("\n".join(lines), ways),), talk.doing)


def one(talk: Talk, facts: Facts, name: str) -> Turn:
    """An article, to be looked over: as citizens see it, its file, and that it is still right."""
    article = facts.knowledge().article(name)
    if article is None:
        return answer(talk, "admin.gone")
    locale = talk.person.locale
    shown = tuple(_preview(locale, facts.knowledge(), article, talk.now))
    text = speak(
        talk,
        "articles.detail",
        name=article.id,
        checked=day(locale, article.checked_on),
        until=day(locale, article.valid_until),
        sources=", ".join(article.sources),
    )
    ways = (
        Choice(speak(talk, "articles.do_file"), f"quantri:article-file:{name}"),
        Choice(speak(talk, "articles.do_right"), f"quantri:article-right:{name}"),
    )
    return Turn((*shown, Reply(text, ways)), talk.doing)


def file(talk: Talk, facts: Facts, name: str) -> Turn:
    """The article's file, to be changed and sent back."""
    article = facts.knowledge().article(name)
    if article is None:
        return answer(talk, "admin.gone")
    return _file(talk, article.id.replace("/", "_"), written(article), "articles.file", article.title)


def still_right(talk: Talk, facts: Facts, name: str) -> Turn:
    """Somebody looked and answers for it: it holds as long again."""
    article = facts.knowledge().article(name)
    if article is None:
        return answer(talk, "admin.gone")
    if not _may(talk, facts, article):
        return answer(talk, "articles.not_yours")
    if article.checked_on == talk.today:
        return answer(talk, "articles.checked_today", title=article.title)
    again = authoring.checked_again(article, talk.today)
    turn = answer(talk, "articles.right", title=again.title, day=day(talk.person.locale, again.valid_until))
    return replace(turn, effects=(PublishArticle(again, "checked"),))


def publish(talk: Talk, facts: Facts, sheet_id: str) -> Turn:
    """The articles of the file are told from now on."""
    found = facts.manuscripts(sheet_id)
    if not found:
        return answer(talk, "articles.published_already")
    for article in found:
        if not _may(talk, facts, article):
            return answer(talk, "articles.not_yours")
    titles = "\n".join(f"• {article.title}" for article in found)
    way = Choice(speak(talk, "articles.do_list"), "quantri:articles")
    turn = answer(talk, "articles.published", way, titles=titles, n=len(found))
    return replace(turn, effects=(PublishManuscripts(sheet_id),))


def edition(talk: Talk, facts: Facts, number: str) -> Turn:
    """A published version: when, by whom, and what can be done with it."""
    found = facts.edition(int(number))
    if found is None:
        return answer(talk, "admin.gone")
    about, _ = found
    if about.withdrawn_at:
        return answer(talk, "articles.withdrawn_already", **_named(talk, about))
    return answer(
        talk,
        "articles.edition",
        Choice(speak(talk, "articles.do_file"), f"quantri:edition-file:{about.id}"),
        Choice(speak(talk, "articles.do_withdraw"), f"quantri:edition-withdraw:{about.id}"),
        who=facts.called(about.published_by or 0) or speak(talk, "admin.somebody"),
        **_named(talk, about),
    )


def edition_file(talk: Talk, facts: Facts, number: str) -> Turn:
    """Its file, as it was published."""
    found = facts.edition(int(number))
    if found is None:
        return answer(talk, "admin.gone")
    about, source = found
    return _file(talk, about.article.replace("/", "_"), source, "articles.file", about.title)


def withdraw(talk: Talk, facts: Facts, verb: str, number: str) -> Turn:
    """It is told no more; asked once before."""
    found = facts.edition(int(number))
    if found is None:
        return answer(talk, "admin.gone")
    about, source = found
    told = _named(talk, about)
    if about.withdrawn_at:
        return answer(talk, "articles.withdrawn_already", **told)
    if not _may(talk, facts, parse(source, about.article, about.article)):
        return answer(talk, "articles.not_yours")
    if verb == "withdrawn":
        return replace(answer(talk, "articles.withdrawn", **told), effects=(WithdrawArticle(about.id),))
    sure = Choice(speak(talk, "articles.do_withdraw_yes"), f"quantri:edition-withdrawn:{about.id}")
    return answer(talk, "articles.withdraw_sure", sure, **told)


def _named(talk: Talk, about: Edition) -> dict[str, str]:
    on = about.published_at.astimezone(talk.zone).date()
    return {"title": about.title, "day": day(talk.person.locale, on)}


def _file(talk: Talk, name: str, source: str, key: str, title: str) -> Turn:
    attached = Attached(f"{name}.md", "text/markdown", source.encode())
    return Turn((Reply(speak(talk, key, title=title), attached=attached),), talk.doing)


def _may(talk: Talk, facts: Facts, article: Article) -> bool:
    """Whether this person answers for what the article says wherever it is told: one for an area is theirs to
    change who administer it; one that serves everybody, or replaces such, theirs who administer it all.
    """
    standing = facts.knowledge().article(article.id)
    for_all = article.area is None or (standing is not None and standing.area != article.area)
    if for_all:
        return everywhere(talk, facts, "manage")
    return any(
        area.code == article.area and may(talk, facts, "manage", area.id)
        for area in facts.areas_named(article.area or "")
    )


# --------------------------------------------------------------------------- what may become content


def proposal(talk: Talk, facts: Facts, number: str) -> Turn:
    """The first proposal after that number, to be taken up or refused."""
    if not everywhere(talk, facts, "manage"):
        return answer(talk, "articles.not_yours")
    waiting = facts.proposals()
    if not waiting:
        return answer(talk, "articles.none_proposed")
    later = [found for found in waiting if found.id > int(number)]
    return _ask(talk, facts, later[0] if later else waiting[0], len(waiting))


def _ask(talk: Talk, facts: Facts, found: Proposal, left: int) -> Turn:
    article = facts.knowledge().article(found.article or "")
    title = article.title if article else found.article or ""
    ways = [
        Choice(speak(talk, f"articles.do_{verb}"), f"quantri:proposal-{verb}:{found.id}")
        for verb in ("take", "refuse")
    ]
    if left > 1:
        ways.append(Choice(speak(talk, "articles.do_next"), f"quantri:proposal:{found.id}"))
    text = speak(talk, f"articles.proposed_{found.kind}", text=found.text, title=title, n=left)
    return Turn((Reply(text, tuple(ways)),), talk.doing, (Audit("see-proposal", f"proposal {found.id}"),))


def settle(talk: Talk, facts: Facts, verb: str, number: str) -> Turn:
    """Takes up a proposal or refuses it, and shows the next."""
    if not everywhere(talk, facts, "manage"):
        return answer(talk, "articles.not_yours")
    waiting = facts.proposals()
    found = next((one for one in waiting if one.id == int(number)), None)
    if found is None:
        return answer(talk, "articles.settled_before")
    turn = _taken(talk, facts, found) if verb == "take" else _refused(talk, found)
    rest = [one for one in waiting if one.id != found.id]
    if not turn.effects or not rest:
        return turn
    more = _ask(talk, facts, rest[0], len(rest))
    return Turn((*turn.replies, *more.replies), turn.doing, (*turn.effects, *more.effects))


def _refused(talk: Talk, found: Proposal) -> Turn:
    return replace(
        answer(talk, "articles.refused_proposal"), effects=(SettleProposal(found.id, taken=False),)
    )


def _taken(talk: Talk, facts: Facts, found: Proposal) -> Turn:
    done = SettleProposal(found.id, taken=True)
    if found.kind == "article":
        draft = _draft(talk, found)
        turn = _file(talk, "bai-moi", written(draft), "articles.draft", found.text)
        return replace(turn, effects=(done,))
    article = facts.knowledge().article(found.article or "")
    if article is None:
        return replace(answer(talk, "admin.gone"), effects=(SettleProposal(found.id, taken=False),))
    if not _may(talk, facts, article):
        return answer(talk, "articles.not_yours")
    turn = answer(talk, "articles.question_added", title=article.title)
    return replace(turn, effects=(PublishArticle(authoring.asked_too(article, found.text), "question"), done))


def _draft(talk: Talk, found: Proposal) -> Article:
    """A beginning of an article, of what a volunteer did: its writer completes it and sends it back."""
    return Article(
        id="to-cong-nghe/bai-moi",
        title=speak(talk, "articles.draft_title"),
        audience="dân",
        questions=(speak(talk, "articles.draft_question"),),
        keywords=(),
        related=("to-cong-nghe/xin-ho-tro",),
        sources=("KT",),
        checked_on=talk.today,
        valid_until=talk.today + timedelta(days=authoring.CHECKED_FOR),
        confidence="cần kiểm chứng",
        body=found.text,
    )


BUTTONS: Buttons = (
    (re.compile(r"quantri:articles"), show),
    (re.compile(r"quantri:articles-due"), due),
    (re.compile(rf"quantri:articles-publish:{_UUID}"), publish),
    (re.compile(rf"quantri:article:{_NAME}"), one),
    (re.compile(rf"quantri:article-file:{_NAME}"), file),
    (re.compile(rf"quantri:article-right:{_NAME}"), still_right),
    (re.compile(rf"quantri:edition:{_ID}"), edition),
    (re.compile(rf"quantri:edition-file:{_ID}"), edition_file),
    (re.compile(rf"quantri:edition-(withdraw|withdrawn):{_ID}"), withdraw),
    (re.compile(rf"quantri:proposal:{_ID}"), proposal),
    (re.compile(rf"quantri:proposal-(take|refuse):{_ID}"), settle),
)
"""What /quantri hands over to this file (`handlers.admin`)."""
