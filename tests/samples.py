"""Photos and files that parents might send, kind ones and others."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PLACE = "35.7074"  # where a photo was taken, as a phone writes it into the file
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
MP4 = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"isom") + struct.pack(">I4s", 8, b"mdat")
M4A = MP4.replace(b"ftypisom", b"ftypM4A ")


def photo(form: str = "JPEG", size: tuple[int, int] = (640, 480), **saved: Any) -> bytes:
    out = BytesIO()
    mode = "P" if form == "GIF" else "RGB"
    Image.new(mode, size, 7 if mode == "P" else (200, 120, 40)).save(out, form, **saved)
    return out.getvalue()


def photo_that_tells() -> bytes:
    """On its side, with a place, a time, a phone and a comment in four ways of saying so."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    exif[0x010F] = "a telltale phone"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 42.0, 26.6), 3: "E", 4: (139.0, 39.0, 49.7)})
    said = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{PLACE}</x:xmpmeta>'.encode()
    return photo(exif=exif, xmp=said, comment=f"taken at {PLACE}".encode(), icc_profile=b"a telltale profile")


def png_that_tells() -> bytes:
    noted = PngInfo()
    noted.add_text("Location", PLACE)
    return photo("PNG", pnginfo=noted)


def bomb(side: int = 60_000) -> bytes:
    """A few kilobytes that would be ten gigabytes of pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
