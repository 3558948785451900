"""What a pretended photo, recording or file holds: small, and really of its kind."""

import struct
import zlib

KINDS = frozenset({"image", "video", "audio", "file"})
SIDE = 32  # pixels
WARM_GREY = bytes((0xE8, 0xE4, 0xDC))


def content(kind: str) -> tuple[bytes, str]:
    """The bytes and the media type of an image, video, audio or file message."""
    return {
        "image": (_png(), "image/png"),
        "video": (_mp4(b"isom"), "video/mp4"),
        "audio": (_m4a(), "audio/x-m4a"),
        "file": ("練習用のファイルです。\n".encode(), "application/octet-stream"),
    }[kind]


def _png() -> bytes:
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    rows = (b"\0" + WARM_GREY * SIDE) * SIDE
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _m4a() -> bytes:
    """As LINE's own voice messages are wrapped."""
    return _mp4(b"M4A ")


def _mp4(brand: bytes) -> bytes:
    """A film without a picture, or sound: the file type, and an empty media box."""
    return struct.pack(">I4s4sI4s", 20, b"ftyp", brand, 512, b"isom") + struct.pack(">I4s", 8, b"mdat")
