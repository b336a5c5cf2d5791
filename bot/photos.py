"""Photos as they are kept: upright, of a modest size, and without what a phone writes into them."""

from io import BytesIO

LONGEST_EDGE = 1600
BYTES_LIMIT = 10 * 1024 * 1024
_PIXELS_LIMIT = 50_000_000
"""More than any phone takes; a small file can claim to hold gigabytes of pixels."""
_FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPhoto(ValueError):
    """The bytes are no picture that is taken: another kind of file, damaged, or too large."""


def clean(data: bytes) -> bytes:
    """A JPEG of at most 1600 px on the longer edge made anew from the pixels alone: place, time, device and
    thumbnail (EXIF, XMP) are gone. What the file is, is told by its content. Raises NotAPhoto. Takes up to a
    tenth of a second of CPU, nearly all of it without holding up other threads: call it in one.
    """
    # Pillow is imported by the first photo: a service that sees none does not pay for it.
    from PIL import Image, ImageOps  # noqa: PLC0415

    if len(data) > BYTES_LIMIT:
        raise NotAPhoto("larger than 10 MB")
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _PIXELS_LIMIT:
                raise NotAPhoto("more than 50 megapixels")
            # JPEG only: decodes at half or quarter size straight away, which saves memory and time.
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            upright = ImageOps.exif_transpose(picture)
            pixels = Image.new("RGB", upright.size, "white")
            if upright.has_transparency_data:
                rgba = upright.convert("RGBA")
                pixels.paste(rgba, mask=rgba)
            else:
                pixels.paste(upright.convert("RGB"))
            out = BytesIO()
            # Not optimized: that makes it a twentieth smaller and takes as long as all the rest.
            pixels.save(out, "JPEG", quality=82)
            return out.getvalue()
    except NotAPhoto:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPhoto("not a picture that can be read") from error
