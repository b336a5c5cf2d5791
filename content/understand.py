"""What was meant: choices by number, label or label without diacritics; numbers, days, times, places, phones.

Every reading gives the value as it is submitted, or a `Missed` that says which sentence helps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, tzinfo

from content import numerals, patterns, when
from content.values import dataclass
from content.vietnamese import fold

LONGEST = 1000
"""Characters of an answer in free text; more was pasted by mistake."""

_YES = frozenset("co da vang u uh uhm ok oke okay yes y dung duoc roi".split())  # noqa: SIM905 - reads as a list
_NO = numerals.NOT | {"khong", "hon", "no", "n", "chua"}
_DENY = frozenset({"khong", "chua", "not", "no", "never"})
_SAY_NOTHING = (
    _YES | _NO | {"la", "va", "cua", "cho", "nha", "minh", "o", "thi", "ai", "gi", "dung", "muon", "can"}
)
"""Words that are no choice by themselves: "có" does not mean "Nhà không có sóng"."""
_OTHERWISE = {"khong": "chua", "chua": "khong"}
"""Who says "không cần" means "Chưa cần", where that is what there is."""
_MEANS_YES = ("co", "yes", "dung", "dong y", "agree")
_MEANS_NO = ("khong", "no", "chua", "do not")
_BEFORE = frozenset({"da", "thua", "vang"})
_AFTER = frozenset({"a", "nha", "nghe", "nhe", "em", "co", "chu", "anh", "chi", "oi"})
_INVISIBLE = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})
_PICK = re.compile(r"(?:(?:so|chon|cau|muc|lua chon|number|option)\s+)?(\d{1,4})")
_MANY = re.compile(r"\d{1,4}(?:(?:\s*[,;.&+\n]\s*|\s+|\s+(?:va|and|voi)\s+)\d{1,4})*[.,]?")
_DECIMAL_PAIR = re.compile(r"[-+]?\d{1,3}(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Missed:
    """Not understood. `key` names the sentence in the catalogue, `values` fill it in."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A choice: what is submitted and what people read."""

    value: str
    label: str


def cleaned(text: str) -> str:
    """The text in composed form, without invisible characters; lines and emoji stay."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii() and composed.isprintable():
        return composed.strip()
    joined = "".join(
        c for c in composed if c in "\n\t\u200d\ufe0f" or unicodedata.category(c) not in _INVISIBLE
    )
    return joined.strip(" \n\t\u200d\ufe0f")


def free_text(text: str) -> str | Missed:
    """An answer in one's own words."""
    found = cleaned(text)
    if len(found) > LONGEST:
        return Missed("understand.too_long", {"n": LONGEST})
    return found or Missed("understand.empty")


def whole_number(text: str) -> str | Missed:
    """An int as submitted."""
    found = numerals.number(_brief(text))
    if found is None:
        return Missed("understand.whole_number")
    if found != int(found):
        return Missed("understand.not_whole")
    return str(int(found)) if abs(found) < 2**31 else Missed("understand.too_large")


def decimal_number(text: str) -> str | Missed:
    """A decimal as submitted."""
    found = numerals.number(_brief(text))
    if found is None:
        return Missed("understand.decimal_number")
    return str(int(found)) if found == int(found) and abs(found) < 1e15 else repr(found)


def a_day(text: str, today: date) -> str | Missed:
    """A date as submitted: 2026-08-15."""
    found = when.day(_brief(text), today)
    return Missed("understand.day") if found is None else found.isoformat()


def a_time(text: str, now: datetime) -> str | Missed:
    """A time as submitted, with the offset of `now`: 14:05:00.000+07:00."""
    found = when.clock(_brief(text))
    if found is None:
        return Missed("understand.time")
    return (
        datetime.combine(now.date(), found, now.tzinfo).isoformat(timespec="milliseconds").partition("T")[2]
    )


def a_moment(text: str, now: datetime) -> str | Missed:
    """A date and time as submitted."""
    if fold(text) in {"bay gio", "luc nay", "now"}:
        return now.isoformat(timespec="milliseconds")
    found = when.moment(_brief(text), now.date())
    if found is None:
        return Missed("understand.moment")
    zone: tzinfo | None = now.tzinfo
    return datetime.combine(*found, zone).isoformat(timespec="milliseconds")


def a_place(text: str) -> str | Missed:
    """A geopoint typed as "10.7626, 106.6602"."""
    parts = re.split(r"[;\s]+|,\s+", _brief(text)) if ", " in text or ";" in text else _brief(text).split()
    if len(parts) == 1:
        parts = parts[0].split(",")
    if len(parts) != 2 or not all(_DECIMAL_PAIR.fullmatch(part) for part in parts):
        return Missed("understand.place")
    latitude, longitude = (float(part.replace(",", ".")) for part in parts)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return Missed("understand.place")
    return f"{latitude} {longitude} 0 0"


def phone(text: str) -> str:
    """A Vietnamese phone number in ten digits; the text itself where it is none."""
    digits = re.sub(r"[\s.\-()]", "", cleaned(text))
    found = re.fullmatch(r"(?:\+?84|0)(\d{9})", digits)
    return f"0{found[1]}" if found else text


_FINISHED = frozenset({"xong", "xong roi", "het", "het roi", "done"})


def is_finished(text: str) -> bool:
    """Whether somebody says that all has been chosen or given."""
    return fold(text) in _FINISHED


_UNKNOWN = re.compile(
    r"(?:(?:da|thua|em|toi|tui|minh|cai nay) )*"
    r"(?:khong|ko|k|kg|kh|khg|hk|hong|hok|hem|chua) (?:biet|ro|nho|chac)"
    r"(?: (?:duoc|nua|dau|chac|ro|a|em|nha|oi|luon))*"
    r"|(?:i )?(?:do not|don t|dont) know|not known|unknown|not sure"
)
_UNWILLING = re.compile(
    r"(?:(?:da|thua|em|toi|tui|minh|nha|ho|xin|xin phep|cho) )*"
    r"(?:(?:khong|ko|k|kg|kh|khg|hk|hong|hok|hem|chua)"
    r" (?:(?:(?:muon|chiu|dam|tien) )?(?:tra loi|noi|khai|cho biet)|muon|chiu|tien)"
    r"|tu choi(?: tra loi)?|de sau|hoi sau|bo qua|(?<!nha )(?<!ho )(?:mien(?: tra loi)?|khoi|thoi))"
    r"(?: (?:duoc|nua|dau|a|em|nha|nhe|oi|di|luon|cau nay|cai nay))*"
    r"|(?:i )?(?:would )?rather not(?: say)?|no comment|refuse[sd]?"
)
_MARKED = frozenset(patterns.words("khỏi khõi thôi miễn miển"))
_NAMES = frozenset(letters for letters, _ in _MARKED)
"""With other marks they are names: "Khôi", "Thới", "Miên"."""


def is_unsaid(text: str) -> bool:
    """Whether somebody says that they can't tell, or will not: "không biết", "không muốn trả lời"."""
    said = fold(_brief(text))
    if _UNKNOWN.fullmatch(said):
        return True
    return bool(_UNWILLING.fullmatch(said)) and not any(
        marks and letters in _NAMES and (letters, marks) not in _MARKED
        for letters, marks in patterns.words(text)
    )


def is_no(text: str) -> bool:
    """Whether somebody has nothing to give: "không", "ko có", "không cho"."""
    words = _plain(_bare(fold(_brief(text)))).split()
    return bool(words) and words[0] in _NO and set(words[1:]) <= {"co", "cho", "muon", "can", "dau", "het"}


def is_declined(text: str) -> bool:
    """Whether somebody gives nothing, for whatever reason."""
    return is_no(text) or is_unsaid(text)


def is_yes(text: str) -> bool:
    """Whether somebody agrees: "dạ", "ok", "rồi", "có ạ"."""
    return _bare(fold(_brief(text))) in _YES


def one_choice(text: str, choices: Sequence[Labelled]) -> str | Missed:
    """The value of the one choice that is meant."""
    typed = fold(_brief(text))
    if not typed:
        return _no_choice(choices)
    folded = [fold(choice.label) for choice in choices]
    found = _exactly(typed, folded, choices)
    if found is None:
        pick = _PICK.fullmatch(typed)
        if pick and 1 <= int(pick[1]) <= len(choices):
            return choices[int(pick[1]) - 1].value
        found = _nearly(typed, folded)  # "1022" is no place, but stands in a label
        if found is None and pick:
            found = Missed("understand.choice_number", {"number": int(pick[1])})
        elif found is None and _MANY.fullmatch(typed):
            found = Missed("understand.choice_single")
        if found is None and (plain := _plain(typed)) != typed:
            return one_choice(plain, choices)
        if found is None and typed.partition(" ")[0] in _OTHERWISE:
            first, _, rest = typed.partition(" ")
            found = _nearly(f"{_OTHERWISE[first]} {rest}", folded)
        if found is None and 0 < (place := _spelt(typed)) <= len(choices):
            found = place - 1
    if isinstance(found, Missed):
        return found
    return _no_choice(choices) if found is None else choices[found].value


def _no_choice(choices: Sequence[Labelled]) -> Missed:
    """What may be chosen instead."""
    if len(choices) == 1:
        return Missed("understand.choice_one", {"label": choices[0].label})
    return Missed("understand.choice", {"n": len(choices)})


def _spelt(typed: str) -> int:
    """ "hai", "số ba", "two": the place that is said in one word; 0 where it is none."""
    word = typed.removeprefix("so ").removeprefix("chon ")
    return 0 if " " in word else int(numerals.number(word) or 0)


def several_choices(text: str, choices: Sequence[Labelled]) -> list[str] | Missed:
    """The values of the choices that are meant: "1 3 4", "1,3", "wifi, 4G", or one label."""
    brief = _brief(text)
    folded = [fold(choice.label) for choice in choices]
    whole = _exactly(fold(brief), folded, choices)
    if isinstance(whole, int):
        return [choices[whole].value]
    if _MANY.fullmatch(_ascii_words(brief)):
        places = [int(found) for found in re.findall(r"\d+", brief)]
        if all(1 <= place <= len(choices) for place in places):
            return _in_order({choices[place - 1].value for place in places}, choices)
        if len(places) > 1:
            beyond = next(place for place in places if not 1 <= place <= len(choices))
            return Missed("understand.choice_number", {"number": beyond})
    parts = [part for part in re.split(r"[,;\n+&/]|\s+và\s+|\s+va\s+", brief) if part.strip()]
    found: set[str] = set()
    for part in parts or [brief]:
        one = one_choice(part, choices)
        if isinstance(one, Missed):
            return one if len(parts) < 2 else Missed("understand.several", {"part": part.strip()[:40]})
        found.add(one)
    return _in_order(found, choices)


def _in_order(values: Iterable[str], choices: Sequence[Labelled]) -> list[str]:
    kept = set(values)
    return [choice.value for choice in choices if choice.value in kept]


def _ascii_words(text: str) -> str:
    return unicodedata.normalize("NFKD", text.lower()).replace("à", "a").replace("\u0300", "")


def _brief(text: str) -> str:
    """Cleaned, and no longer than any short answer is."""
    found = cleaned(text)
    return found if len(found) <= 200 else ""


def _exactly(typed: str, folded: Sequence[str], choices: Sequence[Labelled]) -> int | Missed | None:
    """The choice whose label, or else value, is what was typed; yes and no in all their spellings."""
    found = [i for i, label in enumerate(folded) if label == typed]
    found = found or [i for i, choice in enumerate(choices) if fold(choice.value) == typed]
    if not found:
        core = _bare(typed)
        found = [i for i, label in enumerate(folded) if label == core]
        for words, meaning in ((_YES, _MEANS_YES), (_NO, _MEANS_NO)):
            if not found and (core in words or typed in words):
                found = [i for i, label in enumerate(folded) if label in meaning]
                found = found or _beginning(folded, meaning)
    if len(found) > 1:
        return Missed("understand.ambiguous")
    return found[0] if found else None


def _plain(typed: str) -> str:
    """Without "dạ" and "ạ" around it, and "không" written out: "dạ ko đồng ý ạ" is "khong dong y"."""
    words = re.sub(r"^(?:(?:da|thua|vang) )+(?=.)|(?<=.)(?: a)+$", "", typed).split()
    if len(words) > 1 and words[0] in numerals.NOT:
        words[0] = "khong"
    return " ".join(words)


def _bare(typed: str) -> str:
    """Without the courtesies around it: "dạ có ạ" is "có", "không cô ơi" is "không"."""
    words = typed.split()
    while len(words) > 1 and words[0] in _BEFORE:
        words.pop(0)
    while len(words) > 1 and words[-1] in _AFTER:
        words.pop()
    return " ".join(words)


def _beginning(folded: Sequence[str], words: tuple[str, ...]) -> list[int]:
    """ "có" means "Có, cáp quang" or "Đồng ý trả lời" where no other choice begins so."""
    return [
        i for i, label in enumerate(folded) if f"{label} ".startswith(tuple(f"{word} " for word in words))
    ]


def _says(words: set[str], label: str) -> bool:
    """Whether a few words out of a label can stand for it: "có" is not "Nhà không có sóng", nor is "biết
    dùng" "Không biết dùng".
    """
    tells = not words <= _SAY_NOTHING or (len(words) > 1 and not words.isdisjoint(_DENY))
    return tells and _DENY.isdisjoint(set(label.split()) - words)


def _nearly(typed: str, folded: Sequence[str]) -> int | Missed | None:
    """The one label that holds all the words typed, or that is a slip of the finger away."""
    words = set(typed.split())
    holding = [i for i, label in enumerate(folded) if words <= set(label.split())]
    holding = [i for i in holding if folded[i].startswith(typed) or _says(words, folded[i])]
    if len(typed) > 1 and holding:
        starting = [i for i in holding if folded[i].startswith(typed)]
        chosen = starting if len(starting) == 1 else holding
        return chosen[0] if len(chosen) == 1 else Missed("understand.ambiguous")
    if len(typed) < 4 or is_unsaid(typed):  # "không rõ" is no slip for "Không có"
        return None
    from rapidfuzz import process  # noqa: PLC0415 - 2.6 MB that most turns do without
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - 2.6 MB that most turns do without

    most = 1 if len(typed) < 8 else 2
    near = process.extract(typed, folded, scorer=OSA.distance, score_cutoff=most, limit=2)
    if not near or (len(near) > 1 and near[0][1] == near[1][1]):
        return None
    return int(near[0][2])
