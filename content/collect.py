"""How a member's ODK Collect is set up: the app password, and the QR code that Collect scans.

The password serves Basic and Digest authentication alike, and nothing else. Digest needs `HA1`, the hash of
user name, realm and password, which opens the door as the password does: so that is what is kept, sealed; the
password itself is shown once.
"""

import json
import re
import zlib
from base64 import b64encode
from hashlib import md5, sha256
from io import BytesIO

REALM = "tocns"
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without 0 o 1 i l: where the camera does not work, the password is typed."""
_LENGTH = 12
_USERNAME = re.compile(r"tv([1-9]\d{0,17})")


def username_of(person_id: int) -> str:
    """The user name of a member: "tv17"."""
    return f"tv{person_id}"


def person_of(username: str) -> int | None:
    """Whose user name it is; None for one that is nobody's."""
    found = _USERNAME.fullmatch(username.strip().lower())
    return int(found[1]) if found else None


def password_of(secret: str) -> str:
    """A password, 59 bits long, drawn from a secret that is used for nothing else: "k7m2-x9pq-4trh"."""
    number = int.from_bytes(sha256(f"app password {secret}".encode()).digest())
    drawn = []
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        drawn.append(_ALPHABET[place])
    return "-".join("".join(drawn[start : start + 4]) for start in range(0, _LENGTH, 4))


def ha1(username: str, password: str) -> str:
    """What Digest authentication with MD5 rests on: https://www.rfc-editor.org/rfc/rfc2617#section-3.2.2.2"""
    return hex_md5(f"{username}:{REALM}:{password}")


def hex_md5(text: str) -> str:
    """MD5 as OpenRosa and Digest write it: nothing here rests on its strength but the protocol's own."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def settings_text(server_url: str, username: str, password: str, project: str) -> str:
    """What the QR code says: https://docs.getodk.org/collect-import-export/

    Collect keeps its forms the same as the server's, and sends as soon as there is a network.
    """
    settings = {
        "general": {
            "server_url": server_url,
            "username": username,
            "password": password,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
        },
        "admin": {},
        "project": {"name": project, "icon": "T", "color": "#0b57d0"},
    }
    return b64encode(zlib.compress(json.dumps(settings, ensure_ascii=False).encode(), 9)).decode()


def settings_code(server_url: str, username: str, password: str, project: str) -> bytes:
    """The QR code as a PNG."""
    import segno  # noqa: PLC0415 (only who asks for a code pays for it)

    out = BytesIO()
    text = settings_text(server_url, username, password, project)
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()
