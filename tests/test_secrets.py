"""Personal data is sealed under the settings' key, and found again without being readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.secrets import Unreadable, Vault

VAULT = Vault("one secret key for these tests")


@given(st.text())
def test_what_is_sealed_opens_to_the_same_text(text: str) -> None:
    assert VAULT.open(VAULT.seal(text)) == text


def test_the_same_text_never_seals_to_the_same_bytes() -> None:
    assert VAULT.seal("Nguyễn Văn An") != VAULT.seal("Nguyễn Văn An")


@given(st.text(min_size=1), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_is_noticed(text: str, place: int, by: int) -> None:
    sealed = bytearray(VAULT.seal(text))
    sealed[place % len(sealed)] ^= by
    with pytest.raises(Unreadable):
        VAULT.open(bytes(sealed))


def test_another_key_is_told_apart_from_damage() -> None:
    with pytest.raises(Unreadable, match="TOCNS_SECRET_KEY"):
        Vault("another secret key, as long").open(VAULT.seal("An"))


def test_a_fingerprint_is_the_same_for_the_same_parts_and_key_only() -> None:
    mark = VAULT.fingerprint("telegram", "42")
    assert mark == Vault("one secret key for these tests").fingerprint("telegram", "42")
    others = {
        VAULT.fingerprint("zalo", "42"),
        VAULT.fingerprint("telegram", "43"),
        VAULT.fingerprint("telegram4", "2"),
        Vault("another secret key, as long").fingerprint("telegram", "42"),
    }
    assert len(others - {mark}) == 4


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        Vault("short")
