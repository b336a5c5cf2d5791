"""Digests to be drawn and put into workbooks: of a commune, of two hundred communes, of nothing."""

from dataclasses import replace
from datetime import date, timedelta

from content.areas import Area, Level
from content.brief import Brief, Point, Questions, Work
from content.figures import Check, Figures, Line, Share, Standing, Suspect
from content.households import QUESTIONNAIRE

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
SINCE = date(2025, 7, 1)
COMMUNE = Area(2, "27811", "xã Bình Hòa", Level.COMMUNE, SINCE)
PROVINCE = Area(1, "80", "tỉnh Tây Ninh", Level.PROVINCE, SINCE)
NO_QUESTIONS = Questions()


def hamlet(number: int) -> Area:
    return Area(10 + number, f"27811-{number}", f"ấp {number}", Level.HAMLET, SINCE)


def standing(done: int, planned: int, refused: int = 0, **shares: tuple[int, int]) -> Standing:
    return Standing(done, refused, planned, {name: Share(*share) for name, share in shares.items()})


TOTAL = Line(
    COMMUNE,
    standing(1204, 1310, 3, dtdt_ho=(1100, 1204), dtdt_nguoi=(2100, 2600), thanh_toan=(0, 12)),
    standing(1180, 1310, 3, dtdt_ho=(1083, 1180), dtdt_nguoi=(2040, 2550)),
    members=6,
    active=4,
)
LINES = (
    Line(hamlet(1), standing(700, 760), standing(690, 760), members=3, active=2),
    Line(hamlet(2), standing(504, 500), standing(490, 500), members=2, active=2),
    Line(hamlet(10), standing(0, 50), standing(0, 50), members=1, active=0),
    Line(hamlet(11), standing(0, 0), standing(0, 0)),
)
CHECKS = (
    Check("over", hamlet(2), 4),
    Check("same-name", hamlet(1), 2, (Suspect(7, "=HYPERLINK(1)"), Suspect(9, "+Le Van Tam"))),
    Check("far", hamlet(10), 1, (Suspect(12, "Phạm Thị Chín"),)),
    Check("jump", hamlet(2), -21, indicator="vneid"),
)
FIGURES = Figures(QUESTIONNAIRE, MONDAY, SUNDAY, TOTAL, LINES, (), CHECKS, invented=False)
TREND = tuple(
    Point(MONDAY - timedelta(days=7 * back), 1204 - 130 * back, 1310) for back in reversed(range(8))
)
WORKS = (Work("@Nguyễn Văn Hai", hamlet(1), 3, 40), Work("-Lê Thị Ba", hamlet(2), 0, 12))
ASKED = Questions(5, 2, 1, 8, (("vneid/muc-2", 4), ("vssid/quen-mat-khau", 1)))
BRIEF = Brief(FIGURES, TREND, WORKS, ASKED)

NONE_YET = Line(PROVINCE, Standing(), Standing())
NOTHING = Brief(
    Figures(QUESTIONNAIRE, MONDAY, SUNDAY, NONE_YET, (), (), (), invented=True), (), (), NO_QUESTIONS
)
ONE = Brief(
    replace(FIGURES, total=LINES[0], lines=(), checks=()), (Point(MONDAY, 700, 760),), (), NO_QUESTIONS
)


def _commune(number: int) -> Line:
    name = f"xã Số {number} có cái tên thật là dài ở vùng biên giới Tây Ninh"
    done = number * 37 % 2000
    area = Area(100 + number, str(number), name, Level.COMMUNE, SINCE)
    return Line(area, standing(done, 2000), standing(max(0, done - 20), 2000))


MANY_LINES = tuple(_commune(number) for number in range(200))
MANY = Brief(
    replace(
        FIGURES,
        total=Line(
            PROVINCE,
            standing(sum(line.now.done for line in MANY_LINES), 400_000),
            standing(sum(line.before.done for line in MANY_LINES), 400_000),
        ),
        lines=MANY_LINES,
        checks=(),
    ),
    tuple(
        Point(MONDAY - timedelta(days=7 * back), 190_300 - 20_000 * back, 400_000)
        for back in reversed(range(8))
    ),
    (),
    NO_QUESTIONS,
)
EVERY = {"xa": BRIEF, "200-xa": MANY, "mot-ap": ONE, "chua-co-gi": NOTHING}
