"""The one place that encrypts: personal data at rest, and the keyed hashes by which it is found again."""

import os
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SHORTEST = 16
_ID, _NONCE, _TAG = 4, 12, 16
SEALED_NOTHING = _ID + _NONCE + _TAG
"""Bytes of an empty text, sealed."""


class Unreadable(Exception):
    """What was sealed can't be opened: another key, or the bytes were changed."""


class Vault:
    """Seals and opens text with AES-256-GCM under a key drawn from the settings' secret (HKDF-SHA256).

    A sealed value is `key id (4 bytes) | nonce (12) | ciphertext and tag`: the id tells which key closed it,
    so that keys can be changed one day. Raises ValueError for a secret shorter than 16 characters.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < _SHORTEST:
            raise ValueError(f"the secret key needs at least {_SHORTEST} characters")
        self._id = _derive(secret, b"key id", _ID)
        self._cipher = AESGCM(_derive(secret, b"seal", 32))
        self._hash_key = _derive(secret, b"fingerprint", 32)

    def seal(self, text: str) -> bytes:
        """The text encrypted; never the same bytes twice."""
        return self.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text that was sealed. Raises Unreadable for another key or changed bytes."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        """As `seal`, for a file."""
        nonce = os.urandom(_NONCE)
        return self._id + nonce + self._cipher.encrypt(nonce, data, self._id)

    def open_bytes(self, sealed: bytes) -> bytes:
        """As `open`, for a file."""
        if sealed[:_ID] != self._id:
            raise Unreadable(
                "sealed with another secret key: TOCNS_SECRET_KEY is not the one this data was stored with"
            )
        try:
            return self._cipher.decrypt(sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :], self._id)
        except InvalidTag:
            raise Unreadable("the sealed bytes were changed since they were stored") from None

    def fingerprint(self, *parts: str) -> bytes:
        """A keyed hash (BLAKE2b, 16 bytes) of a value, such as a channel and an address: equal for equal
        parts, useless without the key. By it a personal value is found without being readable."""
        return blake2b("\0".join(parts).encode(), key=self._hash_key, digest_size=16).digest()


def _derive(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"tocns " + purpose).derive(secret.encode())
