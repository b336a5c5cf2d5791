"""What every command has in common: its help, how it ends, and that nobody ever sees a traceback."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

import bot.__main__
from bot import pulse
from bot.commands import ask
from bot.config import Settings, load, load_alone
from storage import people, revisions
from storage.database import Database
from storage.secrets import Vault

ROOT = Path(__file__).parents[1]
LISTS = ROOT / "content" / "areas"
KEY = "a secret key of this test, long enough"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Tocns = Callable[..., Ended]


@pytest.fixture
def tocns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tocns:
    """The command line on an empty folder, with a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY)

    def run(*words: str) -> Ended:
        monkeypatch.setattr("sys.argv", ["tocns", *words])
        try:
            bot.__main__.main()
            code: object = 0
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        return Ended(code, *capsys.readouterr())

    return run


@pytest.mark.parametrize("family", bot.__main__.FAMILIES)
def test_every_family_of_commands_shows_an_example_and_no_option_of_others(tocns: Tocns, family: str) -> None:
    shown = tocns(family, "--help")
    assert shown.code == 0
    assert "Example" in shown.out
    assert "completion" not in shown.out


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "nothing"),
        ("bench", "turns", "--nothing", "1"),
        ("serve", "--part", "half"),
        ("invite", "--role", "chief"),
        ("export", "--form", "f", "--format", "pdf", "--out", "f.pdf"),
        ("form", "check", "--language", "fr", "f.md"),
        ("ask",),
        ("replay", "x"),
    ],
)
def test_bad_usage_is_told_from_what_is_wrong(tocns: Tocns, words: tuple[str, ...]) -> None:
    ended = tocns(*words)
    assert ended.code == 2
    assert "Usage: tocns " in ended.err


def test_what_nobody_foresaw_is_a_line_that_names_the_place(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("odd\n[parameters: ('Trần Thị Bưởi',)]")

    monkeypatch.setattr(ask, "_knowledge", broken)
    ended = tocns("ask", "quên mật khẩu")
    assert ended.code == 1
    assert ended.err.startswith("a fault of tocns itself, please tell its makers: RuntimeError: odd (")
    assert "bot/commands/ask.py:" in ended.err
    assert ended.err.count("\n") == 1


def test_one_revision_back_is_written_as_alembic_writes_it(tocns: Tocns) -> None:
    assert tocns("db", "upgrade").code == 0
    before = int(revisions.head()) - 1
    assert tocns("db", "downgrade", "-1").out == f"The database is at {before:04}.\n"


def test_a_command_that_only_looks_leaves_no_database_behind(tocns: Tocns, tmp_path: Path) -> None:
    for words in (("check",), ("areas", "tree"), ("backup", "a.backup"), ("db", "downgrade", "base")):
        ended = tocns(*words)
        assert (ended.code, ended.out) == (1, "")
        assert "there is no database at var/tocns.db yet: run `tocns db upgrade`" in ended.err
    assert tocns("db", "current").out == f"database: empty, program: {revisions.head()}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_tried_where_there_is_no_database(tocns: Tocns, tmp_path: Path) -> None:
    tocns("db", "upgrade")
    assert tocns("backup", "a.backup").code == 0
    shutil.rmtree("var")
    assert tocns("restore", "a.backup", "--check").code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["a.backup"]
    assert tocns("restore", "a.backup").code == 0
    assert tocns("check").code == 0


def test_another_key_than_the_databases_is_refused_by_every_command(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To go on would make everybody a stranger, and seal what they say with a key that opens nothing else."""
    tocns("db", "upgrade")
    monkeypatch.setenv("TOCNS_WEBCHAT", "citizen")
    asyncio.run(_somebody())
    monkeypatch.setenv("TOCNS_SECRET_KEY", KEY[::-1])
    for words in (("serve",), ("chat",), ("check",), ("invite", "--list"), ("backup", "a.backup")):
        ended = tocns(*words)
        assert ended.code == 1
        assert "TOCNS_SECRET_KEY is not the one this data was stored with" in ended.err


async def _somebody() -> None:
    async with Database("sqlite+aiosqlite:///var/tocns.db", Vault(KEY)) as database:
        await database.write(lambda conn: people.create(conn, "Lan", "vi", datetime.now(UTC)))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("digest --area 1 --out o --week 2026-W54", "'2026-W54' is no week; write it as 2026-W47"),
        ("digest --area 1 --out o --week 2025-W53", "'2025-W53' is no week; write it as 2026-W47"),
        ("digest --area 1 --out o --week 2020-W53", "there is no area 1"),
        ("digest --area 1 --out o --week 0001-W01", "'0001-W01' is no week; write it as 2026-W47"),
        ("digest --area 1 --out o --week 2026-W7", "'2026-W7' is no week; write it as 2026-W47"),
        ("report --area 1 --out o.docx --period 2026-Q5", "'2026-Q5' is no period"),
        ("export --form a --format csv --out o --since 0001-01-01", "--since: '0001-01-01' is no day"),
        ("export --form a --format csv --out o --since 2025-02-29", "--since: '2025-02-29' is no day"),
        ("export --form a --format csv --out o --since 2024-02-29", "--form a: no such questionnaire"),
        ("areas tree --on 2023-02-29", "--on: '2023-02-29' is no day; write it as 2025-06-30"),
        ("person export 99999999999999999999", "give the number of a person, such as 17"),
        ("backup .", ".: Is a directory; choose another place, nothing was written"),
    ],
)
def test_a_day_a_week_or_a_number_that_is_none_is_told(tocns: Tocns, words: str, told: str) -> None:
    tocns("db", "upgrade")
    ended = tocns(*words.split())
    assert ended.code == 1
    assert told in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    "words", ["invite --revoke", "replay", "areas undo", "openrosa settle a --household"]
)
def test_a_number_no_row_can_have_is_bad_usage(tocns: Tocns, words: str) -> None:
    assert tocns(*words.split(), "99999999999999999999").code == 2


def test_what_is_parked_is_listed_without_any_channel(tocns: Tocns) -> None:
    tocns("db", "upgrade")
    assert tocns("replay") == Ended(0, "", "")


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_setting_is_as_good_as_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TOCNS_{name.upper()}", "")
    assert getattr(load(), name) == Settings.model_fields[name].default


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("DATABASE_URL", "mysql://x/y", "must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"),
        (
            "DATABASE_URL",
            "sqlite+aiosqlite:///",
            "must name a file, such as sqlite+aiosqlite:///var/tocns.db",
        ),
        ("DATABASE_URL", "postgresql+asyncpg://u:p@h:port/x", "its port is no number"),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("TIMEZONE", "Mars/Base", "use a name such as Asia/Ho_Chi_Minh"),
        ("LOCALE", "fr", "'vi' or 'en'"),
        ("HTTP_PORT", "http", "valid integer"),
        ("PUBLIC_URL", "chat.example.vn", "must begin with https:// or http://"),
        ("TELEGRAM_API_URL", "https://", "must begin with https:// or http:// and name a host"),
        ("CONTENT_DIR", "/nowhere", "there is no folder /nowhere"),
        ("WEBCHAT", "on", "'off' or 'citizen'"),
        ("LOCAL", "vi", "unknown setting; `tocns check --help` lists all"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch, name: str, value: str, mend: str
) -> None:
    monkeypatch.setenv(f"TOCNS_{name}", value)
    ended = tocns("check")
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith(f"TOCNS_{name}: ")
    assert mend in ended.err


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"TELEGRAM_TOKEN": "nonsense"}, "TOCNS_TELEGRAM_TOKEN: not a token"),
        (
            {
                "ZALO_BOT_TOKEN": "x",
                "ZALO_BOT_MODE": "webhook",
                "PUBLIC_URL": "https://x.vn",
                "ZALO_BOT_WEBHOOK_SECRET": "short",
            },
            "TOCNS_ZALO_BOT_WEBHOOK_SECRET: must have 8 to 256 characters",
        ),
    ],
)
def test_what_a_channel_could_not_work_with_is_found_before_it_is_started(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], fault: str
) -> None:
    tocns("db", "upgrade")
    assert "Not to be served yet: no channel is set up" in tocns("check").out
    for name, value in given.items():
        monkeypatch.setenv(f"TOCNS_{name}", value)
    ended = tocns("check")
    assert ended.code == 1
    assert ended.err.startswith(fault)


def test_a_machine_that_is_set_up_for_another_alphabet_and_one_without_room_show_no_traceback() -> None:
    def run(into: int | IO[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "ask", "quên mật khẩu VssID"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=into,
            stderr=subprocess.PIPE,
            check=False,
        )

    done = run(subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Quên, lấy lại" in done.stdout.decode()
    with Path("/dev/full").open("w") as full:
        done = run(full)
    assert done.returncode == 1
    assert done.stderr.decode() == "the output: No space left on device; make room, then again\n"
    unnamed = [sys.executable, "-m", "bot", "form", "check", b"a\xffb.xlsx"]
    done = subprocess.run(unnamed, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"No such file" in done.stderr


def test_what_names_people_is_written_for_its_owner_alone(tocns: Tocns, tmp_path: Path) -> None:
    tocns("db", "upgrade")
    assert tocns("areas", "import", str(LISTS / "moc-hoa.csv")).code == 0
    before = os.umask(0o022)
    try:
        assert tocns("digest", "--area", "27811", "--week", "2026-W47", "--out", "made").code == 0
    finally:
        os.umask(before)
    modes = {one.name: one.stat().st_mode & 0o777 for one in (tmp_path / "made").iterdir()}
    assert modes == dict.fromkeys(("digest.txt", "digest.png", "digest.xlsx"), 0o600)


def test_a_full_disk_is_a_fault(tocns: Tocns, monkeypatch: pytest.MonkeyPatch) -> None:
    tocns("db", "upgrade")
    assert tocns("check").code == 0
    monkeypatch.setattr(pulse, "disk_usage", lambda _: SimpleNamespace(free=5 << 20, total=1 << 30))
    ended = tocns("check")
    assert (ended.code, ended.err) == (1, "disk: database: 5 MB are free; make room for 100 MB at least\n")


def test_a_districts_own_articles_are_looked_at_before_somebody_asks(
    tocns: Tocns, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tocns("db", "upgrade")
    article = tmp_path / "pack" / "articles" / "vneid" / "moi.md"
    article.parent.mkdir(parents=True)
    article.write_text("chưa xong")
    monkeypatch.setenv("TOCNS_CONTENT_DIR", "pack")
    monkeypatch.setenv("TOCNS_WEBCHAT", "citizen")
    for command in ("check", "serve"):
        ended = tocns(command)
        assert ended.code == 1
        assert "vneid/moi.md:1: " in ended.err


def test_a_demo_takes_nothing_of_the_service_in_whose_folder_it_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its platforms, of which it would take the messages, nor its backups, which it would tidy up."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "TOCNS_TELEGRAM_TOKEN=1:a\nTOCNS_ZALO_BOT_TOKEN=b\nTOCNS_BACKUP_DIR=backups\nTOCNS_LOCALE=en\n"
    )
    found = load_alone(secret_key=KEY, http_port=9000)
    assert (found.telegram_token, found.zalo_bot_token, found.backup_dir) == (None, None, None)
    assert (found.locale, found.http_port, found.http_host) == ("en", 9000, "127.0.0.1")


def test_a_demo_that_can_not_keep_its_data_says_so(tocns: Tocns, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = tocns("demo", "--data", "file")
    assert (ended.code, ended.err) == (1, "--data file: File exists; give a folder that can be written to\n")


def test_a_demo_under_way_is_not_thrown_away(tocns: Tocns, tmp_path: Path) -> None:
    with (tmp_path / "demo.db.worker.lock").open("wb") as running:
        flock(running, LOCK_EX)
        ended = tocns("demo", "--data", ".", "--fresh")
    assert ended.code == 1
    assert ended.err.startswith("--fresh: a demo runs on .; stop it")
