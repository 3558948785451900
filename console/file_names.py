"""What a parent's file is called here: the sender's name for it cannot deceive about what it is."""

import re
import unicodedata
from pathlib import PurePath
from typing import Final

UNSAFE: Final = re.compile(r"[^\w\-・()（）「」 ]")  # letters and digits of every script stay
LONGEST: Final = 60  # characters
EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "audio/mp4": "m4a",
}


def file_name(given: str | None, media_type: str) -> str:
    """Without what a name should not hold (folders, what turns writing around), ending in what the file really is."""
    whole = unicodedata.normalize("NFC", given or "")  # iPhones write カ and a mark for ガ
    stem = PurePath(whole.replace("\\", "/")).stem
    safe = " ".join(UNSAFE.sub(" ", stem).split())[:LONGEST]
    return f"{safe or 'ファイル'}.{EXTENSIONS.get(media_type, 'bin')}"
