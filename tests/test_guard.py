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
        "mã vùng gọi 1022 là bao nhiêu",
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
        ("hổ trợ tui với", "person"),
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
        ("co dua nho te xuong song", "fire"),
        ("ba tui nam bat tinh roi em oi", "medical"),
        ("vo tui dau de roi goi ai cho di", "medical"),
        ("chong danh em hoai phai lam sao", "crime"),
        ("con gai bi ban trai chup hinh nong doa tung len mang", "crime"),
        ("ba ngoai te nam xuong khong day duoc", "medical"),
        ("ong xa tui uong ruou ve danh me con tui", "crime"),
        ("thay giao so mo con gai tui", "crime"),
        ("chú hàng xóm rủ con vô nhà rồi sờ người con", "crime"),
        ("co ong chu nhan tin keu con gui hinh khong mac do", "crime"),
        ("mẹ con đánh con hoài", "crime"),
        ("bạn con bị ba nó đánh", "crime"),
        ("ông nội con đi lạc từ sáng", "crime"),
        ("má tui bị lẫn đi lạc", "crime"),
        ("có đứa nhỏ đi lạc", "crime"),
        ("con tôi chơi ngoài chợ rồi đi lạc", "crime"),
        ("nhà hết gạo, xin gạo cứu đói", "hungry"),
        ("khong con gao an", "hungry"),
        ("có con trăn trong nhà", "fire"),
        ("nhà tui bị nước vô ngập rồi", "fire"),
        ("không phải ý tui", "not_meant"),
        ("sao không trả lời vậy", "impatient"),
        ("nó đang bắt tôi chuyển tiền", "scam"),
        ("nó đang bắt chuyển tiền", "scam"),
        ("nó đang kêu tôi phải chuyển khoản", "scam"),
        ("công an gọi điện kêu chuyển tiền", "scam"),
        ("công an bắt chuyển tiền gấp", "scam"),
        ("có người xưng công an kêu chuyển tiền", "scam"),
        ("viện kiểm sát kêu tui chuyển tiền", "scam"),
        ("tui đang nghe điện thoại công an kêu chuyển khoản", "scam"),
        ("no khong cho tui cup may", "scam"),
        ("nó không cho cúp máy, biểu chuyển khoản liền", "scam"),
        ("it is asking me for money on the phone now", "scam"),
        ("lỡ chuyển tiền cho tụi nó rồi", "loss"),
        ("lo chuyen tien cho no roi", "loss"),
        ("đã chuyển khoản cho bọn lừa", "loss"),
        ("bi lua mat 20 trieu roi troi oi", "loss"),
        ("em tui tu tu em phai lam gi", "despair"),
        ("tui muon tu tu", "despair"),
        ("tự tử thì uống gì", "despair"),
        ("con hong muon song nua", "despair"),
        ("tui buon qua chac uong thuoc sau cho xong", "despair"),
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
        "trường kêu chuyển khoản học phí, làm sao chuyển",
        "công an xã kêu lên làm định danh",
        "lỡ chuyển tiền nhầm số tài khoản",
        "con gái đang học đại học kêu chuyển tiền học phí, tôi chuyển sao",
        "khách đang mua hàng bắt chuyển khoản, tôi chưa có mã QR",
        "công an xã kêu lên nộp tiền phạt, có chuyển khoản được không",
        "mới chuyển khoản cho chúng tôi tiền lúa",
        "xã đã chuyển tiền cho tui chưa",
        "xa da chuyen tien cho tui chua",
        "bảo hiểm mới chuyển tiền cho tui mà thiếu",
        "em đã chuyển khoản cho tui",
        "con học xa, tôi mới chuyển tiền cho nó đóng học phí",
        "điện lực đang kêu nộp tiền điện qua app làm sao",
        "xã đang bảo phải nộp tiền bảo hiểm y tế, nộp qua VssID được không",
        "trường đang kêu nộp tiền bảo hiểm y tế học sinh nộp ở đâu",
        "con gái đang kêu mẹ gửi tiền học phí qua mạng làm sao",
        "công an xã có bắt phải chuyển khoản lệ phí không",
        "công an xã đang kêu nộp tiền phạt",
        "làm khai sinh ở xã mà đi lạc qua phường khác",
        "con chó nhà em đi lạc",
        "bán hết gạo rồi, gỡ bài xuống làm sao",
        "đang đăng ký mà máy đòi đọc mã otp",
        "máy không cho tắt máy ảnh",
        "chú chỉ con sờ vào màn hình cảm ứng",
        "màn hình bị liệt sờ không ăn",
        "con ngủ rồi giờ đăng ký sao",
        "chau hoi xiu cai long an so la gi",
        "tu tu em oi ba chua hieu",
        "muon tu van dich vu cong",
        "dien thoai con bao hanh khong",
        "bat tinh nang sinh trac hoc o dau",
        "app dang chay cham qua",
        "nong muon chet mang cung cham muon chet",
        "treo co to quoc ngay nao",
        "uong thuoc sau khi an",
        "vo oi cai vssid dau",
        "cac co chu cho hoi vneid la gi",
        "",
    ],
)
def test_question_with_courtesy_in_it_stays_a_question(typed: str) -> None:
    assert courtesy(typed) is None
