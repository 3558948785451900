"""Photos, drawn anew: what is kept are the pixels that were seen and nothing else.

Where it was taken, by which phone and when (EXIF, XMP, comments), another file hidden behind it, a trick for a viewer: none
of that survives being decoded and encoded again.
"""

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
SMALLER: Final = ("JPEG", "MPO")  # MPO: several JPEGs in one, as some phones write them
MEDIA_TYPE: Final = "image/jpeg"  # of all that is drawn anew
MOST_PIXELS: Final = 50_000_000  # a telephone's largest photos
MOST_AT_ONCE: Final = 25_000_000  # of what is not read smaller, as JPEG is: eight bytes each meanwhile
LARGEST_SIDE: Final = 2560  # pixels: a letter in A4 can be read
THUMBNAIL_SIDE: Final = 480
QUALITY: Final = 85
PAPER: Final = "white"  # behind what is transparent
BROKEN: Final = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    *(OSError, ValueError, SyntaxError, EOFError, struct.error, OverflowError),
)


class NoPicture(Exception):
    """It cannot be read, or would take far too much to read."""


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    thumbnail: bytes
    width: int
    height: int


def redrawn(data: bytes) -> Picture:
    """Of several frames the first. Raises NoPicture."""
    try:
        with warnings.catch_warnings():  # Pillow warns of much; what is wrong, it raises
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                flat = _flat(image)
    except BROKEN:
        raise NoPicture from None
    small = flat.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_encoded(flat), _encoded(small), *flat.size)


def _flat(image: Image.Image) -> Image.Image:
    """Upright, opaque, not larger than needed, with nothing beside its pixels."""
    if image.width * image.height > (MOST_PIXELS if image.format in SMALLER else MOST_AT_ONCE):
        raise NoPicture
    image.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # a JPEG is read at no more than twice the size
    image.load()
    mode = "RGBA" if image.has_transparency_data else "RGB"
    small = image if image.mode == mode else image.convert(mode)
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))  # first: what comes now is a copy
    upright = ImageOps.exif_transpose(small)
    fresh = Image.new("RGB", upright.size, PAPER)
    fresh.paste(upright, mask=upright if upright.mode == "RGBA" else None)
    return fresh


def _encoded(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
