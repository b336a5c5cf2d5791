"""`tocns invite`: a one-time code, and the links by which it is used."""

import asyncio
import secrets
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from bot.config import Settings

app = typer.Typer()


@app.command(epilog="Example: tocns invite --role member --area 27811-2 --team 'Tổ ấp 2'")
def invite(  # noqa: PLR0917 - one a word of the command
    role: str = typer.Option(help="member, leader, commune, district or admin"),
    area: str | None = typer.Option(None, help="code of the area the role is held for"),
    team: str | None = typer.Option(None, help="name of the team, for members and leaders"),
    uses: int = typer.Option(1, min=1, max=500, help="how many people may use the code"),
    days: int = typer.Option(7, min=1, max=90, help="for how many days"),
    phone: str = typer.Option("", help="the Zalo number of whom it is for: serves them in place of the code"),
) -> None:
    """Prints an invitation code and the deep link of every channel that is set up."""
    from content.people import Role, invitation_code

    try:
        wanted = Role(role)
    except ValueError:
        wanted = Role.CITIZEN
    if wanted is Role.CITIZEN:
        raise Fault(f"--role {role}: use one of {', '.join(one for one in Role if one is not Role.CITIZEN)}")
    found = settings(need_key=True)
    number = _number(phone)
    code = invitation_code(secrets.randbits(128))
    _keep(datetime.now(found.zone), code, wanted, area, team, uses, days, number)
    username = asyncio.run(_telegram_name(found))
    print(code)
    if username:
        print(f"https://t.me/{username}?start={code.replace('-', '')}")
    elif found.telegram_token:
        print("Telegram did not say the bot's name: have people send /start with the code.", file=sys.stderr)


def _number(phone: str) -> str:
    """As Zalo gives it: 84901234567. Raises Fault."""
    digits = "".join(filter(str.isdecimal, phone))
    number = "84" + digits[1:] if digits.startswith("0") else digits
    if phone and not (number.startswith("84") and len(number) == 11):
        raise Fault(f"--phone {phone}: use a mobile number such as 0901234567")
    return number


def _keep(  # noqa: PLR0917 - an invitation has so many parts
    now: datetime,
    code: str,
    role: str,
    area: str | None,
    team: str | None,
    uses: int,
    days: int,
    phone: str,
) -> None:
    from content.people import Role
    from storage import areas, audit, people
    from storage.database import Connection

    def keep(conn: Connection) -> None:
        if area is None:
            roots = areas.roots(conn, now.date())
            if len(roots) != 1:
                raise Fault("--area is needed: `tocns areas tree` lists the codes")
            unit = roots[0]
        else:
            known = areas.by_code(conn, area, now.date())
            if known is None:
                raise Fault(f"--area {area}: no unit has this code today; `tocns areas tree` lists them")
            unit = known
        team_id = people.team(conn, unit.id, team) if team else None
        offer = people.Offer(Role(role), unit.id, team_id, uses, now + timedelta(days=days), phone=phone)
        people.invite(conn, code, offer, now)
        entry = audit.Entry(now, None, "cli", "invite", f"area {unit.id}", "", f"{role} x{uses} {days}d")
        audit.append(conn, entry)

    stored(keep, write=True)


async def _telegram_name(found: "Settings") -> str | None:
    """The bot's username, by which its deep link goes: https://core.telegram.org/bots/features#deep-linking"""
    if found.telegram_token is None:
        return None
    import aiohttp

    url = f"{found.telegram_api_url.rstrip('/')}/bot{found.telegram_token.get_secret_value()}/getMe"
    patience = aiohttp.ClientTimeout(5)
    try:
        async with aiohttp.ClientSession(timeout=patience) as session, session.get(url) as answer:
            me = await answer.json()
            return str(me["result"]["username"])
    except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError):
        return None
