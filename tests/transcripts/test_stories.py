"""Golden conversations: what people read, word for word. `pytest --update` writes them anew."""

from pathlib import Path

import pytest

from storage.database import Database
from tests.transcripts.stage import STORIES, Stage, furnish


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
async def test_the_story_goes_as_it_is_written(
    path: Path, sqlite_database: Database, request: pytest.FixtureRequest
) -> None:
    await sqlite_database.write(furnish)
    story = path.read_text()
    played = await Stage(sqlite_database).play(story)
    if request.config.getoption("--update"):
        path.write_text(played)
    else:
        assert played == story
