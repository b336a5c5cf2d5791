"""Numbers as people type them: "4 người", "bốn", "1.200", "1,5", "hai mươi lăm", "5 triệu", "hông có ai"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from content import english_numerals
from content.vietnamese import fold

_UNITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_AFTER_TENS = frozenset({"lam", "nham", "tu"})  # never alone: "làm", "từ" fold to the same
_TENS = frozenset({"muoi", "chuc"})
_SCALES = {"nghin": 1_000, "ngan": 1_000, "trieu": 1_000_000, "ty": 1_000_000_000, "ti": 1_000_000_000}
_FILLERS = frozenset({"linh", "le"})
_SPELT = frozenset({
    "không", "một", "mốt", "hai", "ba", "bốn", "tư", "năm", "lăm", "nhăm", "sáu", "bảy", "bẩy", "tám", "chín",
    "mười", "mươi", "chục", "trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "linh", "lẻ", "rưỡi", "âm",
})  # fmt: skip
_ABOUT = frozenset({("nam", "bay"), ("ba", "bay")}) | frozenset(
    (first, second)
    for first, one in _UNITS.items()
    for second, other in _UNITS.items()
    if other == one + 1 and second not in _AFTER_TENS
)
""" "hai ba người" are two or three, not twenty-three."""
NOT = frozenset("k ko kg kh khg hk hong hok hem".split())  # noqa: SIM905 - reads as a list
""" "không", as it is typed and said."""
_NONE = NOT | {"khong", "chua"}
_AFTER_NONE = frozenset(
    """
    co ai nguoi cai chiec may dien thoai dong lan het tron troi nao ca dau a nha nghe nhe em anh chi chu oi
    dung xai lam duoc
    """.split()  # noqa: SIM905 - reads as a list
)
_WRITTEN = _SCALES | {"tr": 1_000_000, "-tr": 1_000_000, "k": 1_000, "-k": 1_000, "tram": 100, "chuc": 10}
"""Behind digits; "ti" without its tone is a television more often than a milliard."""
_TOGETHER = frozenset({"va", "voi", "cung"})
_PAIRS = re.compile(r"\b(?:vo chong|(?:ba|bo|cha) (?:me|ma)|tia ma|ong ba)\b")
_CLEAR = frozenset({"một", "hai", "bốn", "sáu", "bảy", "bẩy", "tám", "chín", "mười"})
""" "ba mẹ và 2 con", "hai vợ chồng 2 con", "2 người lớn một trẻ em" are more than the number in digits."""
_MOST_WORDS_AROUND = 4
_BEFORE = frozenset(
    """
    da thua vang toi tui em con chau minh nha gia dinh ho ong ba co chu anh chi bon may tong cong tat ca la
    duoc khoang chung tam gan hon tren duoi do chac hinh nhu moi lai bay gio nam nay hien dang o trong so
    luong muc dai rong cao nang sau tuoi am nguoi thay thi ra chon gai trai song
    """.split()  # noqa: SIM905 - reads as a list
)
_COUNTED = frozenset(
    """
    a da nha nghe nhe thoi em oi roi ruoi hon nguoi nhan khau tuoi thanh vien dua chau be lao dong ho can cap
    cai chiec bo may dien thoai xe so to ban cuon tam sim the tai khoan ung dung thiet lan luot buoi ngay tuan
    thang nam gio phut giay nghin ngan trieu ty xu do met m cm km cay ha hecta cong sao mau ky ki kg gam ta
    tan yen lit thung bao goc con phong tang lop bac mui suat mon phieu vu lua thua phan cham phay diem muc
    loai giong vo ong cha minh luon nghen hen
    """.split()  # noqa: SIM905 - reads as a list
)
"""What may stand before a number in words, and what may follow it: "nhà em có sáu người". Among other words
it is a name, as in "Nguyễn Văn Sáu", or no number at all."""
_COURTESY = frozenset({"da", "thua", "vang", "thi", "nha", "toi", "tui", "em", "minh", "o", "day"})
_TITLES = frozenset({"chu", "ba", "ong", "anh", "chi", "em", "chau", "bac", "di", "cau", "mo"})
"""Before a number up to ten, and with nothing counted, they make a name of it: "chú Năm"."""
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"[-+−]?\d[\d.,\u00a0\u202f]*|[-+−]?\d+")
_THOUSANDS = re.compile(r"\d{1,3}([.,\u00a0\u202f]\d{3})+")
_SPACED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def number(text: str) -> float | None:
    """The one number in a text; None where there is none, or more than one.

    A dot or comma before groups of three parts thousands, any other is the decimal mark: "1.200" is 1200,
    "1,5" and "1.5" are 1.5. Words around the number may say what is counted.
    """
    text = _SPACED.sub("", text)
    found = _DIGITS.findall(text)
    if len(found) > 1:
        return None
    if found:
        before, _, after = text.partition(found[0])
        value = _written(found[0], negative=fold(text).startswith("am "))
        return None if value is None or _adds(before, after) else _scaled(value, after)
    if _is_none(fold(text).split()):
        return 0.0
    if (spoken := _spoken(_words(text))) is not None:
        return spoken
    return english_numerals.number(text) if text.isascii() else None


def _is_none(words: list[str]) -> bool:
    """ "dạ không có ai", "ko", "chưa ai hết"; not "không biết"."""
    while words and words[0] in _COURTESY:
        words.pop(0)
    return bool(words) and words[0] in _NONE and _AFTER_NONE.issuperset(words[1:])


def _adds(before: str, after: str) -> bool:
    """Whether words beside the digits count somebody more."""
    said = fold(before)
    words = _WORD.findall(unicodedata.normalize("NFC", f"{before} {after}").lower())
    return (
        not _TOGETHER.isdisjoint(said.split())
        or _PAIRS.search(said) is not None
        or not _CLEAR.isdisjoint(words)
    )


def _scaled(value: float, after: str) -> float:
    """ "5 triệu", "1,2 tỷ", "2 triệu rưỡi", "500k"."""
    word, *rest = [*_words(after)[:2], ""]
    joined = after[:1].isalpha()
    scale = 1 if word == "ti" or (word.endswith("k") and not joined) else _WRITTEN.get(word, 1)
    half = word if scale == 1 else rest[0]
    return value * scale + (scale / 2 if fold(half) == "ruoi" else 0)


def _written(digits: str, *, negative: bool) -> float | None:
    negative = negative or digits[0] in "-−"
    digits = digits.lstrip("-+−").rstrip(".,\u00a0\u202f")
    if _THOUSANDS.fullmatch(digits):
        digits = re.sub(r"\D", "", digits)
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(,\d{3})+\.\d+", digits):
        whole, mark, part = digits.rpartition("," if digits.rfind(",") > digits.rfind(".") else ".")
        digits = re.sub(r"\D", "", whole) + (mark and ".") + part
    elif re.fullmatch(r"\d+[.,]\d+", digits):
        digits = digits.replace(",", ".")
    elif not digits.isdecimal():
        return None
    value = float(digits)
    return -value if negative else value


def _words(text: str) -> list[str]:
    """The words folded; where diacritics were typed, only what is spelt as a numeral may count as one."""
    if text.isascii():
        return fold(text).split()
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return [fold(word) if word in _SPELT else f"-{word}" for word in words]


def _spoken(words: Sequence[str]) -> float | None:
    """Vietnamese number words in one run; a few other words may stand around them."""
    places = [i for i, word in enumerate(words) if _is_numeral(word)]
    if not places or len(words) - len(places) > _MOST_WORDS_AROUND:
        return None
    first, last = places[0], places[-1]
    if last - first + 1 != len(places):
        return None
    run = list(words[first : last + 1])
    rest = [fold(word) for word in words[last + 1 :]]
    if run == ["khong"]:
        return None
    value = _value(run)
    if value is None or not _counts(words[:first], value, rest):
        return None
    if rest[:1] == ["ruoi"]:
        return value + _half(run)
    return -value if first and words[first - 1] == "am" else value


def _counts(before: Sequence[str], value: float, rest: Sequence[str]) -> bool:
    """Whether the words around a number are such as count."""
    if before and not rest and value <= 10 and (before[-1] == "-cô" or fold(before[-1]) in _TITLES):
        return False
    counted = _COUNTED.issuperset(rest[:1]) or rest[:2] == ["me", "con"]
    return counted and all(fold(word) in _BEFORE for word in before)


def _is_numeral(word: str) -> bool:
    return word in _UNITS or word in _TENS or word == "tram" or word in _SCALES or word in _FILLERS


def _half(run: list[str]) -> float:
    """ "hai rưỡi" is 2.5, "hai trăm rưỡi" 250, "một triệu rưỡi" 1,500,000."""
    if run[-1] in _SCALES:
        return _SCALES[run[-1]] / 2
    return {"tram": 50.0}.get(run[-1], 5.0 if run[-1] == "chuc" else 0.5)


def _value(run: list[str]) -> float | None:
    total = 0
    group: list[str] = []
    for word in run:
        if word in _SCALES:
            part = _below_thousand(group) if group else None
            if part is None:
                return None
            total += part * _SCALES[word]
            group = []
        else:
            group.append(word)
    if not group:
        return float(total)
    rest = _below_thousand(group)
    return None if rest is None else float(total + rest)


def _below_thousand(words: list[str]) -> int | None:
    """ "một trăm hai mươi lăm", "mười hai", "hai mươi", "hai mốt", "chục"."""
    total, rest = 0, words
    if "tram" in rest:
        at = rest.index("tram")
        if at != 1 or rest[0] not in _UNITS:
            return None
        total, rest = 100 * _UNITS[rest[0]], rest[2:]
    if rest and rest[0] in _FILLERS:
        rest = rest[1:]
    tens = next((i for i, word in enumerate(rest) if word in _TENS), None)
    if tens is not None:
        if tens > 1 or (tens == 1 and rest[0] not in _UNITS):
            return None
        total += 10 * (_UNITS[rest[0]] if tens else 1)
        rest = rest[tens + 1 :]
    elif len(rest) == 2 and rest[0] not in _AFTER_TENS and all(word in _UNITS for word in rest):
        about = not total and tuple(rest) in _ABOUT
        return None if about else total + 10 * _UNITS[rest[0]] + _UNITS[rest[1]]
    elif rest and rest[0] in _AFTER_TENS:
        return None
    if not rest:
        return total
    return total + _UNITS[rest[0]] if len(rest) == 1 and rest[0] in _UNITS else None
