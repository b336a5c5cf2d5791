"""The product as `turns` measures it: one process, SQLite, `synchronous=FULL`, the Telegram webhook.

`--part web`: turns are committed, the outbox is written; delivery is another process's work, as it is for a
busy service, and is measured by itself.
"""

import asyncio
import tempfile
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pyxform.xls2xform import convert

from bot.app import build
from bot.config import Settings
from content.areas import COLUMNS, read_list
from content.people import Grant, Role
from storage import areas, forms, households, people, revisions
from storage.database import Connection

PEOPLE, HOUSEHOLDS = 200, 60
SECRET = "bench-secret"
FORM = """
| survey |
| | type | name | label |
| | select_one co_khong | dong_y | Nhà mình đồng ý trả lời không? |
| | select_one co_khong | dtdt | Có điện thoại thông minh không? |
| | select_one co_khong | cap_quang | Có cáp quang không? |
| | select_one co_khong | vneid | Có VNeID không? |
| | select_one co_khong | vssid | Có VssID không? |
| choices |
| | list_name | name | label |
| | co_khong | co | Có |
| | co_khong | khong | Không |
| settings |
| | form_id | form_title | version |
| | khao-sat-ho | Năm câu | 1 |
"""
STORY = ("/khaosat", "1", "1", "1", "1", "1", "1", "Gửi phiếu")
"""Begin, the first household left, five answers, send."""


def fill(
    conn: Connection,
    now: datetime,
    many: int = PEOPLE,
    channel: str = "telegram",
    listed: int = HOUSEHOLDS,
) -> None:
    """A hamlet, its households and a member with an account (1000, 1001, …) for each of the people."""
    since = date(2025, 7, 1)
    units = [f"VN,Việt Nam,country,{since},,,,,true", f"1,xã Thử,commune,{since},,VN,,,true"]
    units += [f"c{n},ấp {n},hamlet,{since},,1,,,true" for n in range(many)]
    areas.import_list(conn, read_list("\n".join([",".join(COLUMNS), *units])))
    commune = _area(conn, "1", now)
    xform = convert(FORM, file_type=".md", form_name="data").xform
    new = forms.Publication("khao-sat-ho", "1", "Năm câu", xform, b"", "", commune)
    forms.publish(conn, new, None, now)
    for n in range(many):
        hamlet = _area(conn, f"c{n}", now)
        for k in range(listed):
            households.add(conn, households.NewHousehold(f"{n}-{k}", hamlet, f"Nguyễn Văn {k}"), None, now)
        member = people.create(conn, f"Tổ viên {n}", "vi", now)
        people.add_account(conn, member, channel, str(1000 + n), now)
        people.grant(conn, member, Grant(Role.MEMBER, hamlet), since)


def _area(conn: Connection, code: str, now: datetime) -> int:
    found = areas.by_code(conn, code, now.date())
    assert found
    return found.id


async def serve(port: int, path: str = "") -> None:
    """Fills a fresh database, at `path` if it is given, and serves it until the process is ended. What is
    there already is served as it is."""
    file = Path(path) if path else Path(tempfile.mkdtemp()) / "bench.db"
    there = file.exists()
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite+aiosqlite:///{file}",
        secret_key="a key for a database that lives a minute",
        http_port=port,
        telegram_token="42:bench",
        telegram_api_url="http://127.0.0.1:9",
        telegram_mode="webhook",
        telegram_webhook_secret=SECRET,
        public_url="https://bench.invalid",
        log_level="ERROR",
    )
    await asyncio.to_thread(revisions.upgrade, settings.database_url)
    service = build(settings, hurried=True)
    await service.database.open()
    if not there:
        await service.database.write(lambda conn: fill(conn, datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))))
    await service.start("web")
    print("ready", flush=True)
    await asyncio.Event().wait()
