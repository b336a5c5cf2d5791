"""The vault of the settings: what personal data is sealed with."""

from typing import TYPE_CHECKING

from storage.secrets import Vault

if TYPE_CHECKING:
    from bot.config import Settings


def vault(settings: "Settings") -> Vault:
    """Closes with the secret key, and opens what the key before it has closed. There must be a secret key."""
    assert settings.secret_key is not None
    old = settings.secret_key_old
    return Vault(settings.secret_key.get_secret_value(), (old.get_secret_value(),) if old else ())
