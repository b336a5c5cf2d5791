"""`tocns invite`: a code with its QR picture, the list of those open, and their end."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from bot.commands import areas, invite
from bot.commands.failure import Fault

Tocns = Callable[..., Result]


@pytest.fixture
def tocns(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Tocns:
    monkeypatch.setenv("TOCNS_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TOCNS_SECRET_KEY", "a secret key that only the tests use")
    run = CliRunner().invoke
    for file in ("moc-hoa.csv", "ap-mau.csv"):
        assert run(areas.app, ["import", f"content/areas/{file}"]).exit_code == 0
    return lambda *words: run(invite.app, list(words))


def test_an_invitation_is_made_listed_and_revoked(tocns: Tocns, tmp_path: Path) -> None:
    picture = tmp_path / "moi.png"
    given = ("--role", "member", "--area", "mau-27811-1", "--team", "Tổ ấp 1", "--uses", "3", "--days", "9")
    made = tocns(*given, "--qr", str(picture))
    assert made.exit_code == 0, made.output
    assert re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", made.output.strip())
    assert Image.open(BytesIO(picture.read_bytes())).format == "PNG"
    [line] = tocns("--list").output.splitlines()
    number, role, area, team, name, uses, _ = line.split("\t")
    assert (role, area.split()[0], team, name, uses) == ("member", "mau-27811-1", "Tổ ấp 1", "-", "x3")
    assert tocns("--revoke", number).exit_code == 0
    assert tocns("--list").output == "no invitation is open\n"
    again = tocns("--revoke", number)
    assert isinstance(again.exception, Fault)
    assert "--list" in str(again.exception)


@pytest.mark.parametrize(
    "words", [(), ("--list", "--revoke", "1"), ("--list", "--role", "member"), ("--role", "chief")]
)
def test_what_does_not_go_together_is_bad_usage(tocns: Tocns, words: tuple[str, ...]) -> None:
    assert tocns(*words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--role", "commune", "--area", "27811", "--team", "Tổ 1"), "only a member or a leader"),
        (("--role", "member", "--area", "nowhere"), "no unit has this code"),
        (("--role", "commune", "--area", "mau-27811-1"), "a commune is held for a commune; this is a hamlet"),
        (("--role", "member", "--area", "27811", "--phone", "12"), "use a mobile number"),
        (("--role", "member", "--area", "27811", "--qr", "/no/such/folder/a.png"), "there is no folder"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(tocns: Tocns, words: tuple[str, ...], told: str) -> None:
    refused = tocns(*words)
    assert isinstance(refused.exception, Fault)
    assert told in str(refused.exception)
    assert tocns("--list").output == "no invitation is open\n"
