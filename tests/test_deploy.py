"""What `deploy/` gives an operator names only what the program knows."""

import re
from pathlib import Path

from bot import app, web
from bot.config import PREFIX, Settings

UNIT = (Path(__file__).parents[1] / "deploy" / "tocns.service").read_text("utf-8")


def test_every_setting_of_the_unit_is_one_of_the_program() -> None:
    named = set(re.findall(rf"{PREFIX}([A-Z_]+)", UNIT))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_unit_waits_longer_for_the_end_than_the_service_takes() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.M)
    assert int(seconds) > 2 * (app.DRAIN + web.STOP_TIMEOUT)
