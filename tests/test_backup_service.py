"""Backups as the service makes them by itself, and as an operator makes and restores them by hand."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection as Raw
from sqlalchemy.engine import make_url

from bot import backups as making
from bot.backups import Backups, name_at
from bot.config import Settings
from bot.leading import NAME
from content.backups import Backup, Standing
from storage import backups, copying, revisions
from storage.database import Database
from storage.direct import changing, reading
from storage.secrets import Vault
from tests.filling import content, fill

SECRET = "a secret key that only the tests use"
NOW = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)  # half past two at night
ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def settings(database_url: str, folder: Path, vault: Vault) -> Settings:
    """A filled database that has no backup yet."""

    def filled(raw: Raw) -> None:
        fill(raw, vault)
        raw.exec_driver_sql("DELETE FROM backup")
        copying._count_on(raw)  # what is added now comes after what was filled in

    changing(database_url, filled)
    return Settings(_env_file=None, database_url=database_url, secret_key=SECRET, backup_dir=folder)


@pytest.fixture
def duty(settings: Settings, database: Database, folder: Path) -> Backups:
    return Backups(database, settings, folder, lambda: NOW)


async def standing(duty: Backups) -> Standing:
    return await duty.database.read(backups.standing)


async def test_a_night_makes_a_backup_and_restores_it_to_see_that_it_is_whole(
    duty: Backups, folder: Path
) -> None:
    assert await duty.once()
    (file,) = folder.iterdir()
    assert file.name == name_at(NOW)
    assert file.stat().st_mode & 0o777 == 0o600
    made = (await standing(duty)).made
    assert made is not None
    assert (made.name, made.made_at, made.size) == (file.name, NOW, file.stat().st_size)
    assert made.verified_at is None
    assert await duty.once()
    assert (await standing(duty)).verified == Backup(file.name, NOW, made.size, made.rows, NOW)
    assert not await duty.once()  # until tomorrow
    assert [file] == list(folder.iterdir())


async def test_an_old_program_leaves_the_look_at_a_backup_of_newer_tables_to_the_newer(
    duty: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await duty.once()
    monkeypatch.setattr(revisions, "head", lambda: "0015")
    assert not await duty.once()
    assert (await standing(duty)).failed is None
    monkeypatch.undo()
    assert await duty.once()
    assert (await standing(duty)).verified is not None


async def test_old_ones_go_and_what_a_crash_left(settings: Settings, folder: Path) -> None:
    folder.mkdir()
    for days in range(1, 40):
        (folder / name_at(NOW - timedelta(days=days))).touch()
    (folder / "tocns-20260101T000000Z.backup.part").touch()
    (folder / ".verify-x").mkdir()
    (folder / "mine.backup").touch()
    few = settings.model_copy(update={"backup_days": 3, "backup_weeks": 2, "backup_months": 2})
    making.tidy(few, folder)
    left = sorted(file.name for file in folder.iterdir())
    assert left[0] == "mine.backup"  # what an operator put there is theirs
    assert [name[6:14] for name in left[1:]] == ["20261030", "20261114", "20261119", "20261120", "20261121"]


async def test_one_that_can_not_be_made_says_why_and_is_tried_again_in_an_hour(
    duty: Backups, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder.write_text("no folder")
    assert not await duty.once()
    failed = (await standing(duty)).failed
    assert failed is not None
    assert failed.fault == f"File exists: {folder}"
    (line,) = capfd.readouterr().err.splitlines()
    assert "no backup made" in line
    assert not await duty.once()  # not yet
    assert capfd.readouterr().err == ""
    folder.unlink()
    duty.now = lambda: NOW + timedelta(hours=1)
    assert await duty.once()
    assert (await standing(duty)).failed is None


async def test_one_that_was_damaged_on_its_disk_is_found(
    duty: Backups, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await duty.once()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert not await duty.once()
    failed = (await standing(duty)).failed
    assert failed is not None
    assert "not all there" in failed.fault
    assert "can not be relied on" in capfd.readouterr().err
    duty.now = lambda: NOW + timedelta(hours=1)
    assert await duty.once()  # a new one is made
    assert await duty.once()  # and looked at
    assert (await standing(duty)).trouble(duty.now()) is None


async def test_a_trial_is_made_on_the_engine_itself_and_leaves_nothing(
    duty: Backups, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await duty.once()
    engines = []
    restored = copying._restore

    def watched(raw: Raw, *rest: object, **more: object) -> int:
        engines.append(raw.dialect.name)
        return restored(raw, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_restore", watched)
    before = await asyncio.to_thread(_everything, settings.database_url)
    file = duty.folder / name_at(NOW)
    rows = await asyncio.to_thread(making.verify, settings, file, NOW)
    made = (await standing(duty)).made
    assert made is not None
    assert rows == made.rows
    assert engines == [await duty.database.read(lambda conn: conn.engine)]
    assert await asyncio.to_thread(_everything, settings.database_url) == before
    assert [one.name for one in duty.folder.iterdir()] == [file.name]


def _everything(url: str) -> object:
    """All that is kept but for the record of backups; on PostgreSQL, in which schemas."""

    def look(raw: Raw) -> object:
        schemas = []
        if raw.dialect.name == "postgresql":
            found = raw.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'")
            schemas = sorted(row[0] for row in found)
        return schemas, {name: rows for name, rows in content(raw).items() if name != "backup"}

    return reading(url, look)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_where_no_schema_may_be_made_the_trial_is_in_sqlite(
    settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(changing, settings.database_url, _poor)
    url = make_url(settings.database_url).set(username="poor").render_as_string(hide_password=False)
    poor = settings.model_copy(update={"database_url": url})
    folder.mkdir()
    file = folder / "a.backup"
    made = await asyncio.to_thread(making.make, poor, file, NOW)
    assert await asyncio.to_thread(making.verify, poor, file, NOW) == made.rows
    assert "GRANT CREATE" in caplog.text


def _poor(raw: Raw) -> None:
    """Somebody who may use the tables and make none."""
    there = raw.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = 'poor'").first()
    if there is None:
        raw.exec_driver_sql("CREATE ROLE poor LOGIN")
    raw.exec_driver_sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO poor")
    raw.exec_driver_sql("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO poor")


async def test_a_stop_breaks_off_what_is_under_way(duty: Backups, folder: Path) -> None:
    await duty.start()
    while not list(folder.glob("*")) and not (await standing(duty)).made:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await duty.stop()
    assert (await standing(duty)).failed is None


# ------------------------------------------------------------------ by hand


def tocns(*words: str, url: str, key: str = SECRET) -> subprocess.CompletedProcess[str]:
    """The command, as an operator runs it."""
    return subprocess.run(  # noqa: PLW1510 - a failure is what some look at
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TOCNS_DATABASE_URL": url, "TOCNS_SECRET_KEY": key},
        capture_output=True,
        text=True,
    )


def test_a_backup_goes_to_another_machine_in_one_command(
    settings: Settings, tmp_path: Path, own_database_url: str
) -> None:
    file = tmp_path / "a.backup"
    made = tocns("backup", str(file), url=settings.database_url)
    assert (made.returncode, made.stderr) == (0, "")
    assert f"{file}: " in made.stdout
    back = tocns("restore", str(file), url=own_database_url)
    assert (back.returncode, back.stderr) == (0, "")
    assert reading(own_database_url, content)["person"] == reading(settings.database_url, content)["person"]
    again = tocns("restore", str(file), url=own_database_url)
    assert again.returncode == 1
    assert "--replace" in again.stderr
    assert tocns("restore", str(file), "--replace", url=own_database_url).returncode == 0
    acts = [row["action"] for row in reading(own_database_url, content)["audit"]]
    assert acts[-1] == "restore"  # and that it was made is known where it was
    assert reading(settings.database_url, content)["audit"][-1]["action"] == "backup"
    looked_at = tocns("restore", str(file), "--check", url=settings.database_url)
    assert looked_at.returncode == 0
    assert "whole" in looked_at.stdout


async def test_nothing_is_restored_under_a_running_service(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    await asyncio.to_thread(making.make, settings, file, NOW)
    lease = await database.lead(NAME)
    assert lease is not None
    refused = await asyncio.to_thread(tocns, "restore", str(file), "--replace", url=settings.database_url)
    await lease.release()
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "stop it first" in refused.stderr


@pytest.mark.parametrize(
    ("words", "key", "said"),
    [
        (("backup", "/proc/none/a.backup"), SECRET, "choose another place"),
        (("restore", "none.backup"), SECRET, "No such file"),
        (("restore", "README.md"), SECRET, "is no backup of tocns"),
        (("restore", "{file}"), "another key, as long as the first one", "TOCNS_SECRET_KEY"),
        (("restore", "{file}", "--check"), "another key, as long as the first one", "TOCNS_SECRET_KEY"),
        (("backup", "/dev/full/x"), SECRET, "Not a directory"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    words: tuple[str, ...], key: str, said: str, sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    assert tocns("backup", str(file), url=sqlite_url).returncode == 0
    done = tocns(
        *(word.format(file=file) for word in words), url=f"sqlite+aiosqlite:///{tmp_path}/other.db", key=key
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr
    assert done.stdout == ""
