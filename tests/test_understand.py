"""What people type, and what is understood by it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import numerals, understand, when
from content.understand import Labelled, Missed

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
YES_NO = [Labelled("co", "Có"), Labelled("khong", "Không")]
CONSENT = [Labelled("co", "Đồng ý trả lời"), Labelled("khong", "Không đồng ý")]
HAMLETS = [Labelled("1", "Ấp 1"), Labelled("2", "Ấp 2"), Labelled("10", "Ấp 10"), Labelled("b", "Bình Hòa")]
NETS = [
    Labelled("cap", "Có, cáp quang hoặc wifi"),
    Labelled("di_dong", "Mạng di động (4G, 5G)"),
    Labelled("nho", "Dùng nhờ hàng xóm"),
    Labelled("khong", "Không có mạng nào"),
]


@pytest.mark.parametrize(
    "said", ["khỏi", "khoi", "khõi", "thôi", "dạ thoi", "xin miễn", "họ từ chối", "nhà chưa muốn"]
)
def test_who_will_not_say_is_understood(said: str) -> None:
    assert understand.is_unsaid(said)


@pytest.mark.parametrize("said", ["Khôi", "nhà Khôi", "Hồ Khôi", "Hồ Thôi", "ho khoi", "Miên", "cho Thới"])
def test_a_name_is_no_refusal(said: str) -> None:
    assert not understand.is_unsaid(said)


class TestNumbers:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("4", 4),
            (" 4 người ", 4),
            ("khoảng 4 người", 4),
            ("bốn", 4),
            ("bon nguoi", 4),
            ("bốn người", 4),
            ("mười", 10),
            ("mười hai", 12),
            ("mười lăm", 15),
            ("hai mươi", 20),
            ("hai mươi mốt", 21),
            ("hai mốt", 21),
            ("ba chục", 30),
            ("một trăm linh năm", 105),
            ("một trăm hai mươi ba", 123),
            ("hai nghìn", 2000),
            ("hai triệu rưỡi", 2_500_000),
            ("hai rưỡi", 2.5),
            ("không có ai", 0),
            ("không", 0),
            ("1.200", 1200),
            ("1,200", 1200),
            ("1 200", 1200),
            ("1.200.000", 1_200_000),
            ("1.234,5", 1234.5),
            ("1,234.5", 1234.5),
            ("1,5", 1.5),
            ("1.5", 1.5),
            ("0,25", 0.25),
            ("-5", -5),
            ("âm 5", -5),
            ("5.", 5),
            ("４", 4),
            ("nhà em có sáu người", 6),
            ("con gái tám tuổi", 8),
            ("ổng tám mươi rồi", 80),
            ("ở một mình", 1),
            ("hai vợ chồng", 2),
            ("bốn cha con", 4),
            ("ko", 0),
            ("hổng có ai hết", 0),
            ("dạ chưa có ạ", 0),
            ("hai tư", 24),
            ("một trăm hai ba", 123),
            ("5 triệu", 5_000_000),
            ("5tr đồng", 5_000_000),
            ("500k nhé", 500_000),
            ("2 triệu rưỡi", 2_500_000),
            ("1 chục", 10),
            ("2 ti vi", 2),
            ("two", 2),
            ("three people", 3),
            ("there are five of us", 5),
            ("Twenty-one", 21),
            ("two hundred and five thousand", 205_000),
            ("nobody", 0),
            ("no one", 0),
        ],
    )
    def test_a_number_in_digits_or_words(self, typed: str, meant: float) -> None:
        assert numerals.number(typed) == meant

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "nhiều lắm",
            "2 hay 3",
            "4-5",
            "hai ba bốn năm",
            "không biết",
            "chưa biết",
            "đi làm xa",
            "1.2.3",
            "🙂",
            "Nguyễn Văn Sáu",
            "nguyen van sau",
            "chú Năm",
            "ba toi mat roi",
            "hai ba người",
            "ba mẹ và 2 con",
            "vợ chồng 2 con",
            "2 người lớn một trẻ em",
            "không ai biết",
            "one or two",
            "one moment",
            "ten toi la Nam",
        ],
    )
    def test_what_is_no_single_number_is_none(self, typed: str) -> None:
        assert numerals.number(typed) is None

    @given(st.integers(-(10**9), 10**9))
    def test_every_whole_number_is_read_as_it_is_written(self, number: int) -> None:
        assert numerals.number(str(number)) == number

    @given(st.integers(0, 10**9))
    def test_thousands_may_be_parted_the_vietnamese_way(self, number: int) -> None:
        assert numerals.number(f"{number:,}".replace(",", ".")) == number

    @given(st.text(max_size=60))
    def test_no_text_is_too_strange(self, text: str) -> None:
        for read in (understand.whole_number, understand.decimal_number, understand.a_place):
            assert isinstance(read(text), str | Missed)

    def test_a_part_where_a_whole_number_is_wanted_is_told_apart_from_no_number(self) -> None:
        assert understand.whole_number("2,5") == Missed("understand.not_whole")
        assert understand.whole_number("hai rưỡi") == Missed("understand.not_whole")
        assert understand.whole_number("ai biết") == Missed("understand.whole_number")
        assert understand.whole_number("99999999999") == Missed("understand.too_large")


class TestDaysAndTimes:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("hôm nay", date(2026, 11, 22)),
            ("hom qua", date(2026, 11, 21)),
            ("9 giờ sáng mai", date(2026, 11, 23)),
            ("thứ sáu", date(2026, 11, 27)),
            ("thu 6 tuan sau", date(2026, 11, 27)),
            ("thứ hai vừa rồi", date(2026, 11, 16)),
            ("hôm thứ năm", date(2026, 11, 19)),
            ("chủ nhật", date(2026, 11, 29)),
            ("Hôm qua.", date(2026, 11, 21)),
            ("hôm kia", date(2026, 11, 20)),
            ("15/8", date(2026, 8, 15)),
            ("15-8-2026", date(2026, 8, 15)),
            ("15.8.2026", date(2026, 8, 15)),
            ("15 / 8 / 26", date(2026, 8, 15)),
            ("1/2/1985", date(1985, 2, 1)),
            ("2026-08-15", date(2026, 8, 15)),
            ("ngày 15 tháng 8", date(2026, 8, 15)),
            ("ngay 15 thang 8 nam 2025", date(2025, 8, 15)),
            ("ngày 15/8/2025", date(2025, 8, 15)),
            ("15082026", date(2026, 8, 15)),
        ],
    )
    def test_a_day(self, typed: str, meant: date) -> None:
        assert when.day(typed, NOW.date()) == meant

    @pytest.mark.parametrize("typed", ["", "31/2", "8/15/2026", "hôm nào đó", "15", "99/99/9999", "0/0"])
    def test_what_is_no_day_is_none(self, typed: str) -> None:
        assert when.day(typed, NOW.date()) is None

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("14:05", "14:05:00.000+07:00"),
            ("14h05", "14:05:00.000+07:00"),
            ("14h", "14:00:00.000+07:00"),
            ("2 giờ chiều", "14:00:00.000+07:00"),
            ("2h30 chieu", "14:30:00.000+07:00"),
            ("7 giờ rưỡi sáng", "07:30:00.000+07:00"),
        ],
    )
    def test_a_time_of_day_is_submitted_with_the_offset(self, typed: str, meant: str) -> None:
        assert understand.a_time(typed, NOW) == meant

    @pytest.mark.parametrize("typed", ["25:00", "14:60", "lúc nào đó", "14"])
    def test_what_is_no_time_is_missed(self, typed: str) -> None:
        assert understand.a_time(typed, NOW) == Missed("understand.time")

    @pytest.mark.parametrize("typed", ["15/8/2026 14:05", "14h05 15/8", "14:05, ngày 15/8/2026"])
    def test_a_day_with_a_time(self, typed: str) -> None:
        assert understand.a_moment(typed, NOW) == "2026-08-15T14:05:00.000+07:00"

    @given(st.text(max_size=40))
    def test_no_text_is_too_strange(self, text: str) -> None:
        assert isinstance(understand.a_day(text, NOW.date()), str | Missed)
        assert isinstance(understand.a_time(text, NOW), str | Missed)
        assert isinstance(understand.a_moment(text, NOW), str | Missed)


class TestPlacesAndPhones:
    @pytest.mark.parametrize("typed", ["10.7626, 106.6602", "10.7626 106.6602", "10,7626; 106,6602"])
    def test_a_place_may_be_typed(self, typed: str) -> None:
        assert understand.a_place(typed) == "10.7626 106.6602 0 0"

    @pytest.mark.parametrize("typed", ["106.6602, 10.7626", "ở nhà", "10.7", ""])
    def test_what_is_no_place_is_missed(self, typed: str) -> None:
        assert understand.a_place(typed) == Missed("understand.place")

    @pytest.mark.parametrize("typed", ["0912345678", "0912 345 678", "+84 912.345.678", "84912345678"])
    def test_a_phone_number_is_brought_to_ten_digits(self, typed: str) -> None:
        assert understand.phone(typed) == "0912345678"

    def test_what_is_no_phone_number_stays_as_it_was_typed(self) -> None:
        assert understand.phone("113") == "113"


class TestOneChoice:
    @pytest.mark.parametrize("typed", ["có", "Có", "co", "dạ có", "có ạ", "CÓ CÔ ƠI", "1", "số 1", "ừ", "ok"])
    def test_yes_in_many_ways(self, typed: str) -> None:
        assert understand.one_choice(typed, YES_NO) == "co"

    @pytest.mark.parametrize("typed", ["không", "khong", "ko", "k", "hông", "2", "dạ không", "không anh ơi"])
    def test_no_in_many_ways(self, typed: str) -> None:
        assert understand.one_choice(typed, YES_NO) == "khong"

    @pytest.mark.parametrize(
        ("typed", "value"),
        [
            ("Có, cáp quang hoặc wifi", "cap"),
            ("cap quang", "cap"),
            ("wifi", "cap"),
            ("di động", "di_dong"),
            ("4g", "di_dong"),
            ("dung nho hang xom", "nho"),
            ("dung nho hang xon", "nho"),
            ("3", "nho"),
            ("3.", "nho"),
            ("không", "khong"),
            ("ko có", "khong"),
            ("khong co mang nao", "khong"),
            ("dạ wifi ạ", "cap"),
            ("hk có mạng nào", "khong"),
            ("chưa có mạng nào", "khong"),
            ("hai", "di_dong"),
            ("số ba", "nho"),
        ],
    )
    def test_a_label_or_a_part_that_only_one_has(self, typed: str, value: str) -> None:
        assert understand.one_choice(typed, NETS) == value

    @pytest.mark.parametrize("typed", ["có", "dạ được", "đồng ý", "Dạ đồng ý ạ"])
    def test_yes_is_consent_where_consent_is_asked(self, typed: str) -> None:
        assert understand.one_choice(typed, CONSENT) == "co"

    @pytest.mark.parametrize("typed", ["ko", "ko đồng ý", "dạ hông đồng ý ạ", "không đồng ý"])
    def test_no_is_none(self, typed: str) -> None:
        assert understand.one_choice(typed, CONSENT) == "khong"

    @pytest.mark.parametrize("typed", ["có", "biết dùng", "dùng", "sóng"])
    def test_a_word_out_of_a_label_that_denies_it_is_not_that_label(self, typed: str) -> None:
        why = [Labelled("no", "Không biết dùng"), Labelled("signal", "Nhà không có sóng")]
        assert isinstance(understand.one_choice(typed, why), Missed)
        assert understand.one_choice("ko biết dùng", why) == "no"
        assert understand.one_choice("không có sóng", why) == "signal"

    @pytest.mark.parametrize("typed", ["1 2", "1,2", "1 va 2"])
    def test_where_one_is_to_be_chosen_several_are_told_so(self, typed: str) -> None:
        assert understand.one_choice(typed, NETS) == Missed("understand.choice_single")

    def test_a_number_in_a_label_is_found_where_it_is_no_place(self) -> None:
        lines = [Labelled("oa", "Zalo OA"), Labelled("line", "Tổng đài 1022")]
        assert understand.one_choice("1022", lines) == "line"
        assert understand.several_choices("zalo oa và 1022", lines) == ["oa", "line"]

    def test_a_label_goes_before_a_number_in_order(self) -> None:
        sizes = [Labelled("none", "0"), Labelled("one", "1"), Labelled("two", "2")]
        assert understand.one_choice("1", sizes) == "one"
        assert understand.one_choice("ấp 10", HAMLETS) == "10"
        assert understand.one_choice("ap 1", HAMLETS) == "1"

    def test_tones_may_be_placed_either_way(self) -> None:
        assert understand.one_choice("bình hoà", HAMLETS) == "b"

    @pytest.mark.parametrize("typed", ["có gì đâu mà hỏi", "xyz", "5", "0", "🙂", "", "\u200b", "a" * 4000])
    def test_what_could_be_several_or_none_is_missed(self, typed: str) -> None:
        assert isinstance(understand.one_choice(typed, NETS), Missed)

    @given(st.text(max_size=30))
    def test_nothing_but_a_value_or_a_miss_comes_back(self, text: str) -> None:
        found = understand.one_choice(text, NETS)
        assert isinstance(found, Missed) or found in {choice.value for choice in NETS}

    @given(st.sampled_from(NETS))
    def test_every_label_means_its_own_choice(self, choice: Labelled) -> None:
        assert understand.one_choice(choice.label, NETS) == choice.value


class TestSeveralChoices:
    @pytest.mark.parametrize(
        "typed", ["1 3", "1,3", "1, 3", "3 và 1", "3;1", "1\n3", "wifi, hàng xóm", "một và ba"]
    )
    def test_numbers_or_labels_in_a_row(self, typed: str) -> None:
        assert understand.several_choices(typed, NETS) == ["cap", "nho"]

    def test_one_alone_is_enough(self) -> None:
        assert understand.several_choices("Có, cáp quang hoặc wifi", NETS) == ["cap"]

    @pytest.mark.parametrize("typed", ["1 9", "1, xyz", "", "🙂"])
    def test_where_one_of_them_is_unclear_none_is_taken(self, typed: str) -> None:
        assert isinstance(understand.several_choices(typed, NETS), Missed)

    @given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    def test_they_come_in_the_order_of_the_form_each_once(self, places: list[int]) -> None:
        typed = " ".join(map(str, places))
        assert understand.several_choices(typed, NETS) == [NETS[p - 1].value for p in sorted(set(places))]


class TestFreeText:
    def test_text_is_kept_without_what_cannot_be_seen(self) -> None:
        assert understand.free_text(" Nhà\u200b xa\u202e lắm 🙂 ") == "Nhà xa lắm 🙂"

    def test_text_of_which_nothing_can_be_seen_is_missed(self) -> None:
        assert understand.free_text("\u200b\u200f\u202e") == Missed("understand.empty")

    def test_text_that_is_too_long_is_missed_with_the_limit(self) -> None:
        assert understand.free_text("x" * 4000) == Missed("understand.too_long", {"n": understand.LONGEST})

    @given(st.text())
    def test_what_is_kept_can_stand_in_xml(self, text: str) -> None:
        found = understand.free_text(text)
        if isinstance(found, str):
            assert all(c in "\n\t" or c.isprintable() or not c.isascii() for c in found)
