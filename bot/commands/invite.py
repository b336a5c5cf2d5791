"""`tocns invite`: a one-time code, and the links by which it is used; those that are open, and their end."""

import asyncio
import secrets
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands import given
from bot.commands.failure import Fault
from bot.commands.setting import settings
from bot.commands.stored import stored

if TYPE_CHECKING:
    from bot.config import Settings

app = typer.Typer()


@app.command(epilog="Example: tocns invite --role member --area 27811-2 --team 'Tổ ấp 2' --qr moi.png")
def invite(  # noqa: PLR0917 - one a word of the command
    role: str = typer.Option("", help="member, leader, commune, district or admin"),
    area: str | None = typer.Option(None, help="code of the area the role is held for"),
    team: str | None = typer.Option(None, help="name of the team, for members and leaders"),
    uses: int = typer.Option(1, min=1, max=500, help="how many people may use the code"),
    days: int = typer.Option(7, min=1, max=90, help="for how many days"),
    phone: str = typer.Option("", help="the Zalo number of whom it is for: serves them in place of the code"),
    qr: Path | None = typer.Option(None, help="writes the link, or what is to be typed, as a QR code (.png)"),
    show: bool = typer.Option(False, "--list", help="lists the invitations that can still be used"),
    revoke: int | None = typer.Option(
        None, max=given.MOST, help="ends the invitation of that number, as --list shows it"
    ),
) -> None:
    """Prints an invitation code and the deep link of every channel that is set up."""
    if show or revoke is not None:
        if role or (show and revoke is not None):
            raise typer.BadParameter("use --list, --revoke or --role, one at a time")
        _list() if revoke is None else _revoke(revoke)
        return
    if not role:
        raise typer.BadParameter("--role is needed: member, leader, commune, district or admin")
    _invite(role, area, team, uses, days, phone, qr)


def _invite(  # noqa: PLR0917 - an invitation has so many parts
    role: str, area: str | None, team: str | None, uses: int, days: int, phone: str, qr: Path | None
) -> None:
    from content.people import Role, can, invitation_code

    try:
        wanted = Role(role)
    except ValueError:
        wanted = Role.CITIZEN
    if wanted is Role.CITIZEN:
        roles = ", ".join(one for one in Role if one is not Role.CITIZEN)
        raise typer.BadParameter(f"--role {role}: must be one of {roles}")
    if team and not can(wanted, "survey"):
        raise Fault(f"--team {team}: only a member or a leader belongs to a team; leave it out for {role}")
    found = settings(need_key=True)
    number = _number(phone)
    code = invitation_code(secrets.randbits(128))
    if qr is not None and not qr.parent.is_dir():
        raise Fault(f"--qr {qr}: there is no folder {qr.parent}")
    _keep(datetime.now(found.zone), code, wanted, area, team, uses, days, number)
    username = asyncio.run(_telegram_name(found))
    link = f"https://t.me/{username}?start={code.replace('-', '')}" if username else ""
    print(code)
    if link:
        print(link)
    elif found.telegram_token:
        print("Telegram did not say the bot's name: have people send /start with the code.", file=sys.stderr)
    if qr is not None:
        _picture(qr, link or f"/start {code}")


def _picture(path: Path, text: str) -> None:
    from content.teamwork import picture

    try:
        path.write_bytes(picture(text))
    except OSError as error:
        raise Fault(f"--qr {path}: {error.strerror}; the code above holds") from None


def _list() -> None:
    from storage import areas, people
    from storage.database import Connection

    now = datetime.now(settings(need_key=True).zone)

    def read(conn: Connection) -> list[str]:
        lines = []
        for one in people.open_invitations(conn, now):
            unit = areas.find(conn, one.area_id)
            until = one.expires_at.astimezone(now.tzinfo)
            parts = (str(one.id), one.role, f"{unit.code} {unit.name}", one.team or "-", one.name or "-")
            lines.append("\t".join((*parts, f"x{one.uses_left}", f"{until:%Y-%m-%d}")))
        return lines

    for line in stored(read) or ["no invitation is open"]:
        print(line)


def _revoke(number: int) -> None:
    from storage import audit, people
    from storage.database import Connection

    now = datetime.now(settings(need_key=True).zone)

    def end(conn: Connection) -> None:
        if not people.revoke_invitation(conn, number, now):
            raise Fault(f"--revoke {number}: no such invitation is open; `tocns invite --list` shows them")
        audit.append(conn, audit.Entry(now, None, "cli", "revoke-invitation", f"invitation {number}", "", ""))

    stored(end, write=True)
    print(f"invitation {number} can't be used any more.")


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
    from content.areas import Level
    from content.people import Role
    from content.staff import LEVELS
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
        if unit.level not in LEVELS[Role(role)]:
            levels = " or ".join(level for level in Level if level in LEVELS[Role(role)])
            raise Fault(f"--area {unit.code}: a {role} is held for a {levels}; this is a {unit.level}")
        team_id = people.team(conn, unit.id, team) if team else None
        until = (now + timedelta(days=days)).replace(hour=23, minute=59, second=59)  # as in the chat
        offer = people.Offer(Role(role), unit.id, team_id, uses, until, phone=phone)
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
