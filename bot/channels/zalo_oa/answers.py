"""What Zalo answers, and what that means for a message. The codes of the two hosts are not the same.

Tables as published on docs.zaloplatforms.com (OA: "Mã lỗi"; ZBS: "Bảng mã lỗi") in August 2026. A fault comes
with HTTP status 200 and a number other than 0 in `error`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from bot.channels.base import Outcome, Receipt

_VIETNAM = timezone(timedelta(hours=7))

TOKEN_DEAD = frozenset({-216, -220})
"""OA host: the access token is wrong or has expired. One renewal mends that, or nothing does."""
ZNS_TOKEN_DEAD = frozenset({-124})
ASSET_GONE = -100
"""OA host: the upload that the message names has expired; seven days after it was made."""
QUOTA_SPENT = -211
"""OA host: nothing is left of the package."""
FAILED = -200
"""OA host: the sending failed; "retry few times"."""
_NIGHT = frozenset({-234, -133})

_OA = {
    Outcome.RETRY: {-32, FAILED, -234},
    # Closed to us now, and open again by itself or by another way.
    Outcome.WINDOW: {-230, -232, -213, -218},
    Outcome.GONE: {-217, -227, -244},
    Outcome.CONFIG: {
        *TOKEN_DEAD, -204, -205, -209, -211, -212, -219, -221, -223, -224, -240, -242, -320, -321,
    },
}  # fmt: skip
_ZNS = {
    Outcome.RETRY: {-100, -133, -144, -147},
    Outcome.WINDOW: {-114, -118, -119, -1441, -1471, -1472},
    Outcome.GONE: {-139, -140, -141},
    Outcome.CONFIG: {
        *ZNS_TOKEN_DEAD, -101, -102, -103, -104, -105, -106, -109, -115, -117, -120, -125, -126, -127, -131,
        -135, -1351, -136, -137, -146,
    },
}  # fmt: skip

MENDS = {
    -32: "too many requests a minute; it goes on by itself",
    -211: "the package's quota is used up: buy more, or wait for the month's end",
    -212: "register the Official Account API for the app in the developers' console",
    -209: "activate the app in the developers' console",
    -219: "an administrator of the OA removed the app: grant it again in the console",
    -221: "the OA is not verified: have it verified in Zalo's OA Manager",
    -223: "an administrator of the OA must grant the app the permission group it lacks",
    -224: "the OA's package does not include the API: renew or raise it",
    -242: "the app's secret does not fit: check TOCNS_ZALO_OA_APP_SECRET",
    -320: "link a Zalo Cloud Account to the OA, templates are billed there",
    -321: "the Zalo Cloud Account has no money left",
}
"""What an operator does about a code of the OA host."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the API: 0 is success. `zns`: of the host for templates by phone number. `rows`: what it
    lists, where it gives a list."""

    error: int
    message: str
    data: dict[str, Any] = field(default_factory=dict)
    zns: bool = False
    rows: tuple[dict[str, Any], ...] = ()

    @property
    def token_dead(self) -> bool:
        """Whether a new access token would help."""
        return self.error in (ZNS_TOKEN_DEAD if self.zns else TOKEN_DEAD)

    @property
    def reason(self) -> str:
        """For the operator's log: the code, and what to do about it where that is known."""
        mend = "" if self.zns else MENDS.get(self.error, "")
        return f"{self.error} {mend or self.message}".strip()


class Failed(Exception):
    """The call had no answer that can be read; `receipt` says how a message that it carried ended."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.reason)
        self.receipt = receipt


def receipt(answer: Answer, now: datetime) -> Receipt:
    """How a send ended. A code that is not in the tables is a fault of ours: it is not tried for ever."""
    if answer.error == 0:
        message_id = answer.data.get("message_id") or answer.data.get("msg_id") or ""
        return Receipt(Outcome.SENT, message_id=str(message_id))
    table = _ZNS if answer.zns else _OA
    outcome = next((outcome for outcome, codes in table.items() if answer.error in codes), Outcome.BAD)
    wait = _morning(now) if answer.error in _NIGHT else None
    few = answer.error == FAILED and not answer.zns
    return Receipt(outcome, retry_after=wait, reason=answer.reason, few=few)


def _morning(now: datetime) -> float:
    """Seconds until five past six, when Zalo delivers again."""
    local = now.astimezone(_VIETNAM)
    morning = local.replace(hour=6, minute=5, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return (morning - local).total_seconds()
