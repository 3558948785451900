"""What a file is by its own first bytes: nobody's word for it counts, neither the channel's nor its name's.

Photos are drawn anew and shown. A PDF, a film, a recording is kept as it came and only ever handed out as a download.
Whatever is not named here is not kept: programs, pages with scripts, drawings with scripts, office files with macros.
"""

from typing import Final

PHOTO: Final = "photo"
PHOTOS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
PDF: Final = b"%PDF-"
FILMS: Final = {  # by the first brand of an ISO media file
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42"), "video/mp4"),
    **dict.fromkeys((b"avc1", b"M4V ", b"MSNV", b"dash", b"3gp4", b"3gp5", b"3gp6"), "video/mp4"),
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}


def of(data: bytes, kind: str) -> str | None:
    """PHOTO, a media type, or None for what is not kept. `kind` is the channel's: it tells sound from film in one wrapping."""
    if data.startswith(PHOTOS) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return PHOTO
    if data.startswith(PDF):
        return "application/pdf"
    media = FILMS.get(data[8:12]) if data[4:8] == b"ftyp" else None
    return "audio/mp4" if media == "video/mp4" and kind == "audio" else media
