"""Numbers of identity papers are masked; other numbers stay."""

import pytest

from content.masking import mask


@pytest.mark.parametrize("number", ["079201001234", "300123456", "079 201 001 234"])
def test_the_number_of_an_identity_card_is_masked(number: str) -> None:
    assert mask(f"CCCD {number}, nhà số 5") == f"CCCD {'•' * len(number)}, nhà số 5"


@pytest.mark.parametrize("text", ["0912345678", "0912 345 678", "ngày 22/11/2026", "1.000.000 đồng", "12345"])
def test_phones_days_and_sums_stay(text: str) -> None:
    assert mask(text) == text
