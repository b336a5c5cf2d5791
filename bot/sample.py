"""Invented households and how they would answer: believable, and repeatable from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

MARK = "(mẫu)"
"""Stands behind every invented name, so that it is seen wherever the name is."""

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Võ", "Huỳnh", "Phan", "Đặng", "Bùi", "Trương", "Hồ", "Đỗ", "Lý")
_ORDER = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Út")  # as children are called
_GIVEN = (
    *(f"{middle} {given}" for middle in ("Văn", "Thị") for given in _ORDER),
    *("Thị Lan", "Thị Mai", "Thị Kiều", "Thị Hoa", "Văn Lành", "Văn Đực"),
    *("Hoàng Phúc", "Minh Tâm", "Thanh Liêm", "Quốc Hùng", "Thành Nhân", "Hữu Nghĩa", "Tấn Lộc"),
    *("Ngọc Điệp", "Kim Thoa", "Mỹ Hạnh", "Thanh Thúy", "Bích Ngọc", "Hồng Nhung", "Phương Thảo"),
)


def names(rng: Random) -> Iterator[str]:
    """Names of people, each with the mark, none twice."""
    every = [f"{family} {given} {MARK}" for family in _FAMILIES for given in _GIVEN]
    rng.shuffle(every)
    return iter(every)


@dataclass(frozen=True, slots=True)
class Home:
    """What is true of a household; `answers` tells it as the questionnaire asks."""

    people: int
    adults: int
    from_15: int
    phones: int
    shared: bool
    net: str
    trade: str

    @property
    def smart(self) -> bool:
        return self.phones > 0 or self.shared


def home(rng: Random) -> Home:
    """A household of the Mekong delta: two to four adults, some old people living alone."""
    adults = rng.choices((1, 2, 3, 4), (15, 45, 25, 15))[0]
    children = 0 if adults == 1 else rng.choices((0, 1, 2, 3), (35, 35, 25, 5))[0]
    teens = rng.randint(0, min(children, 1))
    phones = sum(rng.random() < 0.78 for _ in range(adults))
    shared = phones == 0 and rng.random() < 0.3
    nets = ("ca_hai", "cap_quang", "di_dong", "khong")
    net = rng.choices(nets, (48, 17, 27, 8) if phones or shared else (0, 12, 0, 88))[0]
    trade = rng.choices(("khong", "nong_san", "kinh_doanh", "ca_hai"), (48, 34, 13, 5))[0]
    return Home(adults + children, adults, adults + teens, phones, shared, net, trade)


def answers(rng: Random, of: Home, week: int) -> dict[str, str]:
    """What the household says in the week (from 0): what the team teaches shows a little more every week.
    Where somebody does not know, the answer is left out.
    """
    learnt = 0.03 * week
    found = {
        "dong_y": "co",
        "so_nguoi": str(of.people),
        "nguoi_18": str(of.adults),
        "dtdt": str(of.phones),
        "mang": of.net,
        "kenh": _several(rng, {"app_tinh": 0.12, "zalo_oa": 0.5 + learnt, "tong_dai": 0.06}),
        "san_xuat": of.trade,
    }
    if of.adults < of.people:
        found["nguoi_15"] = str(of.from_15)
    if of.phones == 0:
        found["dtdt_chung"] = "co" if of.shared else "khong"
    if not of.smart:
        found["dtdt_vi_sao"] = rng.choice(("khong_can", "gia", "khong_biet", "song_yeu", "hong_mat"))
        found["may_2g"] = "co" if rng.random() < 0.8 else "khong"
    found |= _use(rng, of, learnt)
    if of.trade != "khong":
        found |= _trade(rng, of, learnt)
    return found | _help(rng, week)


def _use(rng: Random, of: Home, learnt: float) -> dict[str, str]:
    found = {"thanh_toan": _some(rng, of.from_15, 0.42 + learnt if of.smart else 0.05)}
    filed = _some(rng, of.adults, 0.2 + learnt if of.smart else 0.04)
    found["dvc"] = filed
    if filed != "0":
        found["dvc_cach"] = rng.choices(("tu_lam", "nho_giup", "ca_hai"), (25, 65, 10))[0]
    else:
        reasons = ("khong_co_viec", "khong_biet", "kho", "khong_may", "chua_vneid", "ra_xa")
        found["dvc_vi_sao"] = rng.choices(reasons, (30, 20, 20, 8, 7, 15))[0]
    if of.smart:
        found["vneid"] = _some(rng, of.adults, 0.66 + learnt)
        found["vssid"] = _some(rng, of.adults, 0.38 + learnt)
    if rng.random() < 0.06:
        del found["thanh_toan"]  # did not know: a blank, not a nought
    return found


def _trade(rng: Random, of: Home, learnt: float) -> dict[str, str]:
    trader = of.trade != "nong_san"
    return {
        "hoa_don": "co" if rng.random() < (0.45 + learnt if trader else 0.05) else "khong",
        "etax": "co" if rng.random() < (0.4 + learnt if trader else 0.06) else "khong",
        "gian_hang": rng.choices(("co_ban", "chua_ban", "khong"), (10, 6, 84))[0],
    }


def _help(rng: Random, week: int) -> dict[str, str]:
    wish = 0.2 - 0.01 * week
    wanted = _several(
        rng, {"vneid": wish, "bhyt": 0.14, "dvc": wish, "thanh_toan": 0.08, "an_toan": 0.18, "tan_nha": 0.05}
    )
    return {"can_giup": wanted} if wanted == "khong" else {"can_giup": wanted, "goi_lai": "dong_y"}


def _some(rng: Random, of: int, chance: float) -> str:
    return str(sum(rng.random() < chance for _ in range(of)))


def _several(rng: Random, chances: dict[str, float]) -> str:
    return " ".join(name for name, chance in chances.items() if rng.random() < chance) or "khong"
