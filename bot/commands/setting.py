"""The settings as a command sees them: a fault in them is the command's fault."""

from typing import TYPE_CHECKING

from bot.commands.failure import Fault
from bot.config import BadSettings, Settings, load

if TYPE_CHECKING:
    from content.privacy import Policy


def settings(*, need_key: bool = False) -> Settings:
    """The settings. Raises Fault where they are wrong, or where the key is missing and needed."""
    try:
        found = load()
    except BadSettings as error:
        raise Fault(str(error)) from None
    if need_key and found.secret_key is None:
        raise Fault(
            "TOCNS_SECRET_KEY is not set: it encrypts personal data. Make one with "
            "`openssl rand -base64 32`, keep a copy off this machine, and put it in the environment or .env"
        )
    return found


def policy(found: Settings) -> "Policy":
    """What holds for personal data. Raises Fault where the file is not in order."""
    from content import privacy

    try:
        return privacy.read(privacy.path_of(found.content_dir))
    except privacy.BadPolicy as error:
        raise Fault(str(error)) from None
