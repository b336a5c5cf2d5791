"""Secrets are covered before anything is kept; messages that are no questions are known as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.guard import courtesy, guard


@pytest.mark.parametrize(
    ("typed", "kept", "secret"),
    [
        ("cccd tui 079123456789 nè", "cccd tui •••••••••••• nè", "id"),
        ("cmnd 301234567", "cmnd •••••••••", "id"),
        ("mã otp là 123456 đúng không", "mã otp là •••••• đúng không", "otp"),
        ("ma xac nhan 4821", "ma xac nhan ••••", "otp"),
        ("654321", "••••••", "otp"),
        ("mật khẩu vssid của tôi là Abc@1234", "mật khẩu vssid của tôi là ••••••••", "password"),
        ("pass: hoahong99", "pass: •••••••••", "password"),
        ("the 9704 1234 5678 9012 bi nuot", "the ••••••••••••••••••• bi nuot", "card"),
    ],
)
def test_secret_is_covered(typed: str, kept: str, secret: str) -> None:
    found = guard(typed)
    assert found.text == kept
    assert found.secrets == {secret}


@pytest.mark.parametrize(
    "typed",
    [
        "gọi 1022 hay 0272 1022",
        "số tôi là 0912345678",
        "mật khẩu là gì",
        "quên mật khẩu VssID",
        "mã hồ sơ xem ở đâu",
        "nghị định 356/2025",
        "mật khẩu: không nhớ",
        "nhà có 4 người, 2 điện thoại",
    ],
)
def test_what_is_no_secret_stays(typed: str) -> None:
    found = guard(typed)
    assert found.text == typed
    assert not found.secrets


@given(st.text(max_size=60), st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_no_identity_number_survives(text: str, number: str) -> None:
    assert number not in guard(f"{text} {number} ").text


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("alo", "greeting"),
        ("A lô em ơi", "greeting"),
        ("chào ad", "greeting"),
        ("cảm ơn em nhiều nha", "thanks"),
        ("ok", "thanks"),
        ("bye", "bye"),
        ("đồ ngu", "insult"),
        ("bot ngu quá vậy", "insult"),
        ("cháy nhà rồi cứu với", "fire"),
        ("chay nha hang xom", "fire"),
        ("con tôi bị co giật", "medical"),
        ("má tui xỉu rồi", "medical"),
        ("tai nan giao thong ngay cau", "medical"),
        ("có trộm vô nhà", "crime"),
        ("đồ ngu, nhà tao đang cháy", "fire"),
    ],
)
def test_message_that_is_no_question_is_known(typed: str, kind: str) -> None:
    found = courtesy(typed)
    assert found is not None
    assert found.id == kind


@pytest.mark.parametrize(
    "typed",
    [
        "chào em cho hỏi quên mật khẩu vssid",
        "cảm ơn, còn thẻ bảo hiểm thì sao",
        "ok vậy nộp hồ sơ ở đâu",
        "đi khám cấp cứu có cần thẻ bảo hiểm không",
        "khai tử cho ba",
        "con ngủ rồi giờ đăng ký sao",
        "",
    ],
)
def test_question_with_courtesy_in_it_stays_a_question(typed: str) -> None:
    assert courtesy(typed) is None
