"""The draft notification of a breach of personal data as .docx: what Law 91/2025/QH15 wants told.

It is a draft after the contents of form 08 of Decree 356/2025/NĐ-CP, to be confirmed by the commune's legal
officer; it bears no number, no date and no seal.
"""

from bot.papers.layout import Paper
from content.privacy import Notice
from content.words import say


def docx(notice: Notice, locale: str) -> bytes:
    """The draft as a Word file."""
    one = notice.breach
    paper = Paper(_say(locale, "title"), _say(locale, "draft"))
    paper.centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True)  # in every language
    paper.centred("Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    paper.gap(8)
    paper.centred(_say(locale, "draft"), italic=True)
    paper.centred(_say(locale, "title").upper(), bold=True)
    paper.text(_say(locale, "to"))
    found, by = (
        at.astimezone(notice.zone).strftime("%H:%M %d/%m/%Y") for at in (one.found_at, one.report_by)
    )
    paper.text(_say(locale, "from", place=notice.place))
    for key, text in (
        ("found", _say(locale, "found_text", found=found, by=by)),
        ("what", one.what),
        ("whose", one.whose),
        ("data", one.data),
        ("effects", one.effects),
        ("measures", one.measures),
        ("contact", one.contact),
    ):
        paper.heading(_say(locale, key), 2)
        paper.text(text)
    paper.gap(8)
    paper.text(_say(locale, "check"), italic=True)
    return paper.save()


def _say(locale: str, key: str, **values: object) -> str:
    return say(locale, f"notice.{key}", **values)
