"""How fast one person may write: kept for each of many, and looked through seldom."""

from bot.channels.base import MOST_PACED, Pace


class Counted(Pace):
    """Counts how often all are looked through."""

    looks = 0

    def _forget(self, now: float) -> None:
        self.looks += 1
        super()._forget(now)


def test_who_writes_too_fast_waits_and_the_others_do_not() -> None:
    pace = Pace(burst=2, per_second=1)
    assert [pace.wait("lan", 1, 0), pace.wait("lan", 1, 0), pace.wait("lan", 1, 0)] == [0, 0, 1]
    assert pace.wait("mai", 1, 0) == 0
    assert pace.wait("lan", 1, 1) == 0


def test_more_people_at_once_than_are_kept_are_not_looked_through_at_every_word() -> None:
    pace, many = Counted(burst=60, per_second=2), MOST_PACED + 2_000
    for word in range(5 * many):
        assert pace.wait(f"person {word % many}", 1, word / many) == 0
    assert pace.looks == 1


def test_the_silent_are_forgotten() -> None:
    pace = Pace(burst=60, per_second=2)
    for number in range(MOST_PACED):
        pace.wait(f"person {number}", 1, 0)
    pace.wait("lan", 1, 31)
    assert len(pace._left) == 1
