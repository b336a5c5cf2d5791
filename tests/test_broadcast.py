"""What the preview of a message to many says: whom it reaches, and whether it costs."""

from collections.abc import Mapping

import pytest

from bot.channels.base import Window
from bot.windows import dearest
from content.broadcasting import Audience, Reach
from content.people import Role
from content.postage import NOTHING_SPENT, Postage, Wording
from handlers import broadcast
from handlers.talk import Talk
from tests.fakes import NOW, OFFICIAL, World
from tests.test_windows import WINDOW

MEMBERS = Audience((Role.MEMBER,))


class Reaching(World):
    """Whoever is meant, so many are reached."""

    def __init__(self, reach: Reach) -> None:
        super().__init__()
        self._reach = reach

    def reach(self, audience: Audience) -> Reach:
        return self._reach


RICH = Postage(10_000, {"broadcast": Wording("1", 200, {"noi_dung": "text"})})


@pytest.mark.parametrize(
    ("window", "postage", "most"),
    [
        (None, RICH, 0),
        (WINDOW, NOTHING_SPENT, 0),
        (WINDOW, Postage(10_000), 55),
        (WINDOW, RICH, 200),
        (WINDOW, Postage(30), 30),
    ],
)
def test_a_message_costs_at_most_the_dearer_way_and_nothing_where_nothing_may_be_spent(
    window: Window | None, postage: Postage, most: int
) -> None:
    assert dearest("broadcast", window, postage) == most


@pytest.mark.parametrize(
    ("channels", "prices", "says"),
    [
        ({"telegram": 3}, {}, "Không tốn tiền."),
        ({"telegram": 3}, {"zalo_oa": 55}, "Không tốn tiền."),
        ({"telegram": 3, "zalo_oa": 2}, {"zalo_oa": 0}, "Trên Zalo, ai lâu không nhắn thì tin chờ"),
        ({"telegram": 3, "zalo_oa": 1_200}, {"zalo_oa": 55}, "nhiều nhất 66.000 đồng"),
    ],
)
def test_the_preview_says_whether_it_costs_and_what_at_most(
    channels: Mapping[str, int], prices: Mapping[str, int], says: str
) -> None:
    class Priced(Reaching):
        def prices(self) -> Mapping[str, int]:
            return prices

    talk = Talk(OFFICIAL, "test", NOW, "u")
    heading = broadcast.heading(talk, "Mai họp tổ.", MEMBERS, Priced(Reach(channels)))
    assert says in heading
    assert "zalo_oa" not in heading


@pytest.mark.parametrize(
    ("number", "says"),
    [(1, "cho 1 người: A."), (2, "cho 2 người: A và B."), (3, "cho 3 người: A, B và 1 người nữa.")],
)
def test_the_preview_says_how_many_more_cannot_be_written_to_than_it_names(number: int, says: str) -> None:
    talk = Talk(OFFICIAL, "test", NOW, "u")
    reach = Reach({"telegram": 3}, number, ("A", "B")[:number])
    assert says in broadcast.heading(talk, "Mai họp tổ.", MEMBERS, Reaching(reach))


@pytest.mark.parametrize(
    ("audience", "says"),
    [
        (MEMBERS, "Người nhận: tổ viên, mọi nơi."),
        (
            Audience((Role.MEMBER, Role.LEADER), None, "en"),
            "tổ viên và tổ trưởng, mọi nơi, chỉ người dùng tiếng Anh.",
        ),
        (Audience((Role.CITIZEN,), None, "", "telegram"), "người dân, mọi nơi, Telegram."),
    ],
)
def test_the_preview_says_who_is_meant(audience: Audience, says: str) -> None:
    talk = Talk(OFFICIAL, "test", NOW, "u")
    assert says in broadcast.heading(talk, "Mai họp tổ.", audience, Reaching(Reach({"telegram": 3})))
