"""The one place that encrypts: personal data at rest, and the keyed hashes by which it is found again."""

import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SHORTEST = 16
_ID, _NONCE, _TAG = 4, 12, 16
_SALT, _PIECE = 32, 1 << 16
_CHANGED = "the file was changed since it was made, or is not all there"
SEALED_NOTHING = _ID + _NONCE + _TAG
"""Bytes of an empty text, sealed."""


class Unreadable(Exception):
    """What was sealed can't be opened: another key, or the bytes were changed."""


class Vault:
    """Seals and opens text with AES-256-GCM under a key drawn from the settings' secret (HKDF-SHA256).

    A sealed value is `key id (4 bytes) | nonce (12) | ciphertext and tag`: the id tells which key closed it.
    What `old` secrets closed can still be read; all that is written is closed with the new one. Keyed hashes
    can't be made anew (a code is not kept), so their key outlives a change of the secret: see `hash_key`.
    Raises ValueError for a secret shorter than 16 characters.
    """

    def __init__(self, secret: str, old: Sequence[str] = ()) -> None:
        secrets = (secret, *old)
        if any(len(one) < _SHORTEST for one in secrets):
            raise ValueError(f"the secret key needs at least {_SHORTEST} characters")
        self._ciphers = {_derive(one, b"key id", _ID): AESGCM(_derive(one, b"seal", 32)) for one in secrets}
        self._streams = {_derive(one, b"key id", _ID): _derive(one, b"stream", 32) for one in secrets}
        self.key_id = _derive(secret, b"key id", _ID)
        self.hash_key = _derive(secrets[-1], b"fingerprint", 32)
        """Of the keyed hashes. A database whose secret was changed once keeps it, sealed; who opens the
        database sets it here (`storage.rekeying`)."""

    def seal(self, text: str) -> bytes:
        """The text encrypted; never the same bytes twice."""
        return self.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text that was sealed. Raises Unreadable for another key or changed bytes."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        """As `seal`, for a file."""
        nonce = os.urandom(_NONCE)
        return self.key_id + nonce + self._ciphers[self.key_id].encrypt(nonce, data, self.key_id)

    def open_bytes(self, sealed: bytes) -> bytes:
        """As `open`, for a file."""
        key_id = self._known(sealed[:_ID])
        cipher = self._ciphers[key_id]
        try:
            return cipher.decrypt(sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :], key_id)
        except InvalidTag:
            raise Unreadable("the sealed bytes were changed since they were stored") from None

    def knows(self, sealed: bytes) -> bool:
        """Whether one of our keys has closed this."""
        return sealed[:_ID] in self._ciphers

    def fingerprint(self, *parts: str) -> bytes:
        """A keyed hash (BLAKE2b, 16 bytes) of a value, such as a channel and an address: equal for equal
        parts, useless without the key. By it a personal value is found without being readable."""
        return blake2b("\0".join(parts).encode(), key=self.hash_key, digest_size=16).digest()

    def sealing(self, into: BinaryIO, head: bytes) -> "Sealing":
        """Seals a stream of any length into a file, under a key of its own; what `head` says in clear can't
        be changed either. `write`, then `finish`: a file without its end does not open.

        The file gets `key id (4 bytes) | salt (32)`, then pieces of 64 KiB, each AES-256-GCM with its number
        and whether it is the last as the nonce: the STREAM construction (Hoang, Reyhanitabar, Rogaway and
        Vizár, 2015), as in age (age-encryption.org/v1) and Tink.
        """
        salt = os.urandom(_SALT)
        into.write(self.key_id + salt)
        return Sealing(into, self._stream_cipher(self.key_id, salt, head))

    def opening(self, source: BinaryIO, head: bytes) -> "Opening":
        """What was sealed, to be read like a file. Raises Unreadable for another key, or, when it is read,
        where the file was changed or is not all there: nothing that was tampered with is ever handed out."""
        key_id, salt = source.read(_ID), source.read(_SALT)
        if len(salt) < _SALT:
            raise Unreadable(_CHANGED)
        return Opening(source, self._stream_cipher(self._known(key_id), salt, head))

    def _known(self, key_id: bytes) -> bytes:
        if key_id not in self._ciphers:
            raise Unreadable(
                "sealed with another secret key: TOCNS_SECRET_KEY is not the one this data was stored with"
            )
        return key_id

    def _stream_cipher(self, key_id: bytes, salt: bytes, head: bytes) -> AESGCM:
        key = HKDF(SHA256(), 32, salt=salt, info=b"tocns stream " + head).derive(self._streams[key_id])
        return AESGCM(key)


class Sealing:
    """A stream on its way into a file; made by `Vault.sealing`."""

    def __init__(self, into: BinaryIO, cipher: AESGCM) -> None:
        self._into = into
        self._cipher = cipher
        self._open = bytearray()
        self._number = 0

    def write(self, data: bytes) -> int:
        """Seals what fills a piece, and keeps the rest."""
        self._open += data
        while len(self._open) > _PIECE:  # the last piece is never empty but in an empty stream
            self._seal(bytes(self._open[:_PIECE]), last=False)
            del self._open[:_PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: a piece is sealed when it is full."""

    def finish(self) -> None:
        """Seals the last piece."""
        self._seal(bytes(self._open), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._into.write(self._cipher.encrypt(_place(self._number, last=last), piece, None))
        self._number += 1


class Opening:
    """A sealed stream on its way out of a file; made by `Vault.opening`."""

    def __init__(self, source: BinaryIO, cipher: AESGCM) -> None:
        self._source = source
        self._cipher = cipher
        self._ahead = source.read(_PIECE + _TAG)
        self._clear = b""
        self._number = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to so many bytes; none at the end. Raises Unreadable."""
        while not self._clear and not self._ended:
            self._next()
        taken, self._clear = self._clear[:size], self._clear[size:]
        return taken

    def _next(self) -> None:
        piece, self._ahead = self._ahead, self._source.read(_PIECE + _TAG)
        self._ended = not self._ahead
        try:
            self._clear = self._cipher.decrypt(_place(self._number, last=self._ended), piece, None)
        except InvalidTag:
            raise Unreadable(_CHANGED) from None
        self._number += 1


def _place(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])


def _derive(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"tocns " + purpose).derive(secret.encode())
