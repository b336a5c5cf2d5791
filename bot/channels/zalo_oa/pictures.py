"""A picture made small enough for Zalo, which takes 1 MB."""

from io import BytesIO

_EDGES = (1600, 1280, 960, 720)
_QUALITIES = (85, 70, 55)


def shrunk(data: bytes, limit: int) -> bytes | None:
    """The picture as a JPEG of at most `limit` bytes, as large as fits; None where it is no picture. Takes
    some tenths of a second of CPU: call it in a thread.
    """
    from PIL import Image  # noqa: PLC0415 - who sends none that is too large does not pay for it

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
            whole = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    paper = Image.new("RGB", whole.size, "white")
    paper.paste(whole, mask=whole)
    for edge in _EDGES:
        paper.thumbnail((edge, edge))
        for quality in _QUALITIES:
            out = BytesIO()
            paper.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= limit:
                return out.getvalue()
    return None
