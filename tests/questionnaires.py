"""Questionnaires that several tests fill in, as Markdown tables."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from content.form import Form
from content.steps import World
from content.xlsform import load

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WORLD = World(datetime(2026, 11, 22, 20, 0, tzinfo=ZONE), seed="a test")

HOUSEHOLD = """
| survey | | | | | | | | | |
| | type | name | label | required | relevant | constraint | constraint_message | calculation | default |
| | select_one yn | dong_y | Cô/chú đồng ý không? | yes | | | |
| | begin_group | ho | Hộ gia đình | | ${dong_y} = 'co' | | |
| | integer | so_nguoi | Hộ có mấy người? | yes | | . >= 1 and . <= 30 | Từ 1 đến 30 người. |
| | integer | tu_15 | Mấy người từ 15 tuổi? | yes | | . <= ${so_nguoi} | |
| | calculate | tre_em | | | | | | ${so_nguoi} - ${tu_15} |
| | note | loi_nhan | Có ${tre_em} trẻ em. | | ${tre_em} > 0 | | |
| | select_multiple mang | mang | Dùng mạng nào? | yes | | ALONE | Không thì chỉ chọn một. |
| | text | vi_sao | Vì sao chưa dùng? | | selected(${mang}, 'khong') | | |
| | date | tu_ngay | Dùng từ ngày nào? | | selected(${mang}, 'wifi') | . <= today() | |
| | decimal | toc_do | Tốc độ (Mbps)? | | | | | | 1.5 |
| | end_group | | | | | | |
| | text | dien_thoai | Số điện thoại | | | regex(., '^0[0-9]{9}$') | |
| | geopoint | vi_tri | Vị trí | | | | |
| | image | anh | Ảnh | | | | |
| choices | | | |
| | list_name | name | label |
| | yn | co | Có |
| | yn | khong | Không |
| | mang | wifi | Cáp quang, wifi |
| | mang | 4g | Mạng 4G |
| | mang | khong | Không dùng |
| settings | | | |
| | form_title | form_id | version |
| | Phiếu hộ | phieu-ho | 3 |
""".replace("ALONE", "not(selected(., 'khong')) or count-selected(.) = 1")

MEMBERS = """
| survey | | | | | | | |
| | type | name | label | relevant | repeat_count | calculation | choice_filter |
| | integer | n | Mấy người làm thuê? | | | | |
| | begin_repeat | thue | Người làm thuê | | ${n} | | |
| | text | ten_thue | Tên? | | | | |
| | end_repeat | | | | | | |
| | select_one tinh | tinh | Tỉnh nào? | | | | |
| | select_one xa | xa | Xã nào? | | | | tinh = ${tinh} |
| | begin_repeat | nguoi | Thành viên | | | | |
| | calculate | thu | | | | position(..) | |
| | text | ten | Tên người thứ ${thu}? | | | | |
| | integer | tuoi | ${ten} mấy tuổi? | | | | |
| | text | nghe | Nghề của ${ten}? | ${tuoi} >= 15 | | | |
| | end_repeat | | | | | | |
| | calculate | tong | | | | sum(${tuoi}) | |
| | note | ket | Tổng số tuổi là ${tong} | | | | |
| choices | | | | |
| | list_name | name | label | tinh |
| | tinh | la | Long An | |
| | tinh | tn | Tây Ninh | |
| | xa | bh | Bình Hòa | la |
| | xa | mh | Mộc Hóa | la |
| | xa | tb | Tân Biên | tn |
"""

LANGUAGES = """
| survey | | | | |
| | type | name | label::Tiếng Việt (vi) | label::English (en) |
| | select_one yn | a | Có mạng không? | Is there a network? |
| | text | b | Mạng gì? | Which one? |
| choices | | | | |
| | list_name | name | label::Tiếng Việt (vi) | label::English (en) |
| | yn | co | Có | Yes |
| | yn | khong | Không | No |
"""


@cache
def form(markdown: str) -> Form:
    """The form of a table, made once."""
    return load(markdown.encode(), "form.md")


KINDS = """
| survey | | | | | | | |
| | type | name | label::Tiếng Việt (vi) | label::English (en) | GUIDANCE | parameters | readonly |
| | start | bat_dau | | | | | |
| | end | ket_thuc | | | | | |
| | today | hom_nay | | | | | |
| | username | ai | | | | | |
| | acknowledge | dong_y | **Đọc kỹ** rồi bấm <b>Đã hiểu</b> | Read | | | |
| | time | gio | Mấy giờ? | | Giờ trên đồng hồ | | |
| | dateTime | luc | Lúc nào? | When? | | | |
| | barcode | ma | Mã vạch? | Code? | | | |
| | range | diem | Chấm điểm | Score | | start=0 end=10 step=5 | |
| | rank viec | xep | Việc nào trước? | Which first? | | | |
| | select_one viec | mot | Chọn [một](https://example.org) | One | | | |
| | select_one_from_file ho.csv | ho | Hộ nào? | Which household? | | | |
| | text | chi_doc | Chỉ để đọc | Read only | | | yes |
| | audio | thu_am | Ghi âm | Record | | | |
| choices | | | | |
| | list_name | name | label::Tiếng Việt (vi) | label::English (en) |
| | viec | a | Việc một | One |
| | viec | LONGLONG | Việc hai | Two |
| | viec | ấp | Việc ba | Three |
""".replace("LONGLONG", "rat_dai_" * 10).replace("GUIDANCE", "guidance_hint::Tiếng Việt (vi)")
