"""What the preview of a message to many says: whom it reaches, and whether it costs."""

from collections.abc import Mapping

import pytest

from bot.channels.base import Window
from bot.windows import dearest
from content.broadcasting import Reach
from content.postage import NOTHING_SPENT, Postage, Wording
from handlers import broadcast
from handlers.talk import Talk
from tests.fakes import NOW, OFFICIAL, World
from tests.test_windows import WINDOW

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
    class Priced(World):
        def prices(self) -> Mapping[str, int]:
            return prices

    talk = Talk(OFFICIAL, "test", NOW, "u")
    heading = broadcast.heading(talk, "Mai họp tổ.", Reach(channels), Priced())
    assert says in heading
    assert "zalo_oa" not in heading


@pytest.mark.parametrize(
    ("number", "says"),
    [(1, "cho 1 người: A."), (2, "cho 2 người: A và B."), (3, "cho 3 người: A, B và 1 người nữa.")],
)
def test_the_preview_says_how_many_more_cannot_be_written_to_than_it_names(number: int, says: str) -> None:
    talk = Talk(OFFICIAL, "test", NOW, "u")
    reach = Reach({"telegram": 3}, number, ("A", "B")[:number])
    assert says in broadcast.heading(talk, "Mai họp tổ.", reach, World())
