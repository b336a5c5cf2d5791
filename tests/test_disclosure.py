"""Small numbers do not leave the commune, and can't be computed from what does."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from content.areas import Area, Level
from content.disclosure import guarded, shares
from content.figures import Figures, Line, Share, Standing, Status, status
from content.indicators import catalogue
from handlers.bulletin import text

SMALLEST = 5


@st.composite
def columns(draw: st.DrawFn) -> list[Share]:
    pairs = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8))
    return [Share(min(pair), max(pair)) for pair in pairs]


def total(column: list[Share]) -> Share:
    return Share(sum(one.numerator for one in column), sum(one.denominator for one in column))


@given(columns())
def test_no_small_number_is_told_and_none_is_the_sum_less_the_others(column: list[Share]) -> None:
    told, whole = shares(column, total(column), SMALLEST)
    for one in (*told, whole):
        assert not 0 < one.numerator < SMALLEST
        assert not 0 < one.denominator < SMALLEST
    hidden = [one for one in told if one.hidden]
    if hidden and not whole.hidden:
        assert len(hidden) >= 2


@given(columns())
def test_what_is_not_small_and_guards_nothing_is_told_as_it_is(column: list[Share]) -> None:
    told, _ = shares(column, total(column), SMALLEST)
    assert all(
        one in (real, Share(hidden="<5"), Share(hidden="…")) for one, real in zip(told, column, strict=True)
    )
    if all(one.numerator >= SMALLEST or not one.denominator for one in column):
        assert told == column


def test_of_one_small_number_the_next_smallest_is_hidden_too() -> None:
    told, whole = shares([Share(2, 40), Share(30, 50), Share(9, 44)], Share(41, 134), SMALLEST)
    assert told == [Share(hidden="<5"), Share(30, 50), Share(hidden="…")]
    assert whole == Share(41, 134)


def test_the_only_unit_hides_the_sum() -> None:
    assert shares([Share(2, 40)], Share(2, 40), SMALLEST) == ([Share(hidden="<5")], Share(hidden="<5"))


def test_the_digest_says_that_a_number_is_small_and_gives_no_share_of_it() -> None:
    since = date(2025, 7, 1)
    commune = Area(2, "27811", "xã Bình Hòa", Level.COMMUNE, since)
    one = catalogue("khao-sat-ho").indicators[0]
    line = Line(commune, Standing(40, 0, 60, {one.id: Share(3, 40)}), Standing())
    figures = Figures("khao-sat-ho", date(2026, 11, 23), date(2026, 11, 29), line, (), (), (), False)
    assert "3/40" in text("vi", figures)
    above = guarded(figures, SMALLEST)
    assert "3/40" not in text("vi", above)
    assert "<5 (số nhỏ, không đưa ra khỏi xã)" in text("vi", above)
    assert status(one, above.total.share(one.id)) is Status.NO_BASIS
