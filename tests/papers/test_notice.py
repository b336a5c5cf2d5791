"""The draft notification of a breach holds what the law wants told."""

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from docx import Document

from bot.papers.order import Order, make
from content.privacy import Breach, Notice

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_every_part_that_the_law_wants_is_in_the_draft() -> None:
    found = datetime(2026, 11, 22, 7, 30, tzinfo=ZONE)
    words = {name: f"<{name}>" for name in ("what", "whose", "data", "effects", "measures", "contact")}
    notice = Notice(Breach(3, 2, found, found, 1, **words), "xã Bình Hòa", ZONE)
    order = Order("breach", "vi", notice)
    text = "\n".join(paragraph.text for paragraph in Document(BytesIO(make(order))).paragraphs)
    assert all(f"<{name}>" in text for name in words)
    assert "07:30 22/11/2026" in text
    assert "07:30 25/11/2026" in text  # 72 hours later
    assert "xã Bình Hòa" in text
    assert "Bản thảo" in text
    assert order.file_name == "thong-bao-su-co-3.docx"
