"""What a button carries. A tap arrives as a text that equals the button's payload, so whoever knew its form
could type one: ours are marked, and bound to the person by a keyed hash. The label comes along, for a tap
leaves nothing in the chat (`oa.query.hide`).
"""

import hmac
from hashlib import sha256
from urllib.parse import quote, unquote

_MARK = "#"
_DIGITS = 12


def wrap(key: str, address: str, payload: str, label: str) -> str:
    """The payload as the button carries it; `address` is whose button it is."""
    bare = f"{quote(payload)}|{quote(label)}"
    return f"{_MARK}{_sign(key, address, bare)}|{bare}"


def unwrap(key: str, address: str, text: str) -> tuple[str, str] | None:
    """(payload, label) of a tap; None for what is no tap of this person's."""
    if not text.startswith(_MARK):
        return None
    given, _, bare = text.removeprefix(_MARK).partition("|")
    if not hmac.compare_digest(given.encode(), _sign(key, address, bare).encode()):
        return None
    payload, _, label = bare.partition("|")
    return unquote(payload), unquote(label)


def _sign(key: str, address: str, bare: str) -> str:
    return hmac.new(key.encode(), f"{address}|{bare}".encode(), sha256).hexdigest()[:_DIGITS]
