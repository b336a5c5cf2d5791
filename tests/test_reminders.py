"""Reminders as people meet them: one message, a tap for each thing, buttons that are safe late or twice."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from content.calendar import Calendar, Moved
from content.people import Person
from content.reminding import (
    Deadline,
    Late,
    Left,
    Mate,
    Open,
    Pause,
    Visit,
    Work,
    deadline_step,
    late,
    speak_of_left,
    stale,
    visit_days,
)
from handlers.effects import LiftPause, SetPause, SetReminder
from handlers.reminders import message, next_line
from handlers.talk import Talk
from tests.fakes import CITIZEN, COMMUNE, LEADER, MEMBER, NOW, OFFICIAL, Chat, World

TODAY = NOW.date()
MATE = Mate(21, "Bảy", 3, "ấp 1", date(2026, 11, 2), left=4)


@pytest.fixture
def world() -> World:
    return World()


def test_where_there_is_nothing_to_do_nothing_is_sent() -> None:
    assert message(MEMBER, Work(), TODAY) is None


def test_everything_of_a_day_is_in_one_message_with_a_tap_for_each() -> None:
    work = Work(
        open=(Open("bà Sáu", NOW - timedelta(days=2), 7, "", "khao-sat-ho"),),
        left=(Left(3, "ấp 1", 12),),
        late=(Late(MATE, 5),),
    )
    reply = message(MEMBER, work, TODAY)
    assert reply is not None
    assert reply.text.count("•") == 3
    taps = {choice.label: choice.payload for choice in reply.choices}
    assert taps["Làm tiếp hộ bà Sáu"] == "survey:draft:7:"
    assert taps["Ấp 1: 12 hộ còn lại"] == "survey:area:3"
    assert all(len(payload.encode()) <= 64 for payload in taps.values())


def test_a_visit_and_a_plan_that_ends_are_spoken_of_with_a_tap_for_each() -> None:
    work = Work(
        visits=(Visit("7b0c", "24/11/2026, 9 giờ", "Cài VNeID giúp tôi"),),
        deadlines=(Deadline(2, "xã Bình Hòa", date(2026, 12, 31), 30, 3, 120),),
    )
    reply = message(LEADER, work, TODAY)
    assert reply is not None
    assert "Hẹn gặp bà con 24/11/2026, 9 giờ: “Cài VNeID giúp tôi”" in reply.text
    assert "còn 30 ngày đến hạn kế hoạch 31/12/2026; 3 chỉ tiêu chưa đạt hoặc chưa nhập" in reply.text
    assert [choice.payload for choice in reply.choices[:2]] == ["ticket:show:7b0c", "/tiendo"]


def test_mondays_visits_are_told_of_on_saturday_and_those_of_tet_before_it() -> None:
    calendar = Calendar()
    assert visit_days(calendar, date(2026, 11, 18)) == (date(2026, 11, 18), date(2026, 11, 19))
    assert visit_days(calendar, date(2026, 11, 21)) == (date(2026, 11, 21), date(2026, 11, 23))
    first, last = visit_days(calendar, date(2026, 2, 14))
    assert (last - first).days > 5


def test_a_plan_is_spoken_of_at_each_step_before_its_last_day_and_not_after() -> None:
    last = date(2026, 12, 31)
    steps = [deadline_step(last - timedelta(days=days), last) for days in (31, 30, 15, 14, 8, 2, 0, -1)]
    assert steps == [None, 30, 30, 14, 14, 3, 1, None]


def test_an_interview_that_was_only_left_is_taken_up_by_the_command() -> None:
    work = Work(open=(Open("", NOW - timedelta(days=2), in_talk=True),))
    reply = message(MEMBER, work, TODAY)
    assert reply is not None
    assert reply.choices[0].payload == "/khaosat"


def test_an_official_who_surveys_nowhere_is_not_offered_to_be_busy() -> None:
    reply = message(OFFICIAL, Work(late=(Late(MATE, 7),)), TODAY)
    assert reply is not None
    assert [choice.payload for choice in reply.choices] == ["/nhacviec"]


def test_a_draft_is_spoken_of_after_a_day_oldest_first() -> None:
    young, old, older = (Open(str(n), NOW - timedelta(hours=n)) for n in (23, 25, 80))
    assert stale([young, old, older], NOW) == (older, old)


def test_households_left_are_spoken_of_to_who_stopped_working_and_not_every_day() -> None:
    calendar, monday = Calendar(), date(2026, 10, 5)
    told = [
        speak_of_left(monday, None, calendar, monday + timedelta(days=2)),
        speak_of_left(monday, None, calendar, monday + timedelta(days=3)),
        speak_of_left(monday, monday + timedelta(days=3), calendar, monday + timedelta(days=4)),
        speak_of_left(monday, monday + timedelta(days=3), calendar, monday + timedelta(days=8)),
    ]
    assert told == [False, True, False, True]


@pytest.mark.parametrize(
    ("pause", "told"),
    [
        (None, ["Bảy"]),
        (Pause("busy", date(2026, 11, 29), 21), []),
        (Pause("paused", None, 21), []),
        (Pause("stop", None, 21), ["Bảy"]),  # who wants no reminders has work all the same
    ],
)
def test_who_is_excused_is_not_told_of_and_who_only_wants_no_reminders_is(
    pause: Pause | None, told: list[str]
) -> None:
    found = late([replace(MATE, pause=pause)], "leader", Calendar(), TODAY)
    assert [one.mate.name for one in found] == told


def test_who_has_nothing_left_and_nothing_open_is_late_for_nothing() -> None:
    assert late([replace(MATE, left=0)], "commune", Calendar(), TODAY) == []


# ------------------------------------------------------------------ buttons


def press(world: World, payload: str, person: Person = MEMBER, now: datetime = NOW) -> Chat:
    chat = Chat(world, person, now=now)
    chat.send(payload)
    return chat


@pytest.mark.parametrize(
    ("verb", "until"), [("snooze", date(2026, 11, 26)), ("busy", date(2026, 11, 29)), ("stop", None)]
)
def test_one_leaves_oneself_in_peace_for_a_time_that_is_told(
    world: World, verb: str, until: date | None
) -> None:
    chat = press(world, f"reminders:{verb}:2026-11-23")
    (effect,) = chat.turn.effects
    assert isinstance(effect, SetPause)
    assert effect.pause == Pause(verb, until, person_id=MEMBER.id)  # type: ignore[arg-type]
    assert chat.labels == ["Nhắc lại"]


def test_a_button_of_an_old_reminder_changes_nothing(world: World) -> None:
    chat = press(world, "reminders:busy:2026-11-09")
    assert chat.turn.effects == ()
    assert "không còn dùng" in chat.text


@pytest.mark.parametrize(
    "payload", ["reminders:", "reminders:busy:x", "reminders:area:99", "reminders:set:1"]
)
@pytest.mark.parametrize("person", [CITIZEN, MEMBER])
def test_a_button_that_is_broken_or_not_ones_own_changes_nothing(
    world: World, payload: str, person: Person
) -> None:
    chat = press(world, payload, person)
    assert chat.turn.effects == ()
    assert chat.text


def test_a_member_does_not_lift_what_the_leader_paused(world: World) -> None:
    world.paused = [Pause("paused", None, MEMBER.id)]
    assert press(world, "reminders:on").turn.effects == ()
    world.paused = [Pause("stop", None, MEMBER.id)]
    assert press(world, "reminders:on").turn.effects == (LiftPause(person_id=MEMBER.id),)


def test_a_role_that_ended_in_the_middle_sets_nothing(world: World) -> None:
    chat = Chat(world, LEADER)
    chat.send(f"reminders:set:{COMMUNE.id}")
    chat.say("có")
    chat.person = replace(LEADER, grants=())
    chat.say("9:00")
    assert chat.turn.effects == ()
    assert chat.turn.doing is None


def test_an_area_can_be_switched_off(world: World) -> None:
    chat = Chat(world, LEADER)
    chat.send(f"reminders:set:{COMMUNE.id}")
    chat.press("Không nhắc")
    (effect,) = chat.turn.effects
    assert isinstance(effect, SetReminder)
    assert not effect.setting.active


@pytest.mark.parametrize(("days", "told"), [(-1, False), (0, True), (1, True)])
def test_the_day_a_reminder_was_moved_from_is_told_until_it_is_over(days: int, told: bool) -> None:
    planned = NOW + timedelta(days=days)
    moved = Moved(planned, planned + timedelta(days=1), "sunday")
    assert ("dời từ" in next_line(Talk(LEADER, "test", NOW, "u"), moved)) is told
