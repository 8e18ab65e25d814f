"""How fast a stage goes and how long it takes, reckoned from when it was first heard of."""

import pytest

from toolkit.progress import Pace, Progress


@pytest.mark.parametrize(
    ("pace", "progress", "now", "rate", "left"),
    [
        (Pace(0, 100.0), Progress("export", 50, 200), 110.0, 5.0, 30.0),
        (Pace(400, 100.0), Progress("export", 500, 1000), 110.0, 10.0, 50.0),
        (Pace(0, 100.0), Progress("export", 50), 110.0, 5.0, None),
        (Pace(10, 100.0), Progress("export", 10, 20), 110.0, 0.0, None),
        (Pace(10, 100.0), Progress("export", 8, 20), 110.0, 0.0, None),
        (Pace(0, 100.0), Progress("export", 30, 20), 110.0, 3.0, 0.0),
    ],
)
def test_rate_and_time_left(pace: Pace, progress: Progress, now: float, rate: float, left: float | None):
    """What was resumed is no speed; an unknown total and a standstill have no end in sight."""
    assert (pace.rate(progress, now), pace.seconds_left(progress, now)) == (rate, left)
