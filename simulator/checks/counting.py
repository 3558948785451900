"""The two ways in which LINE counts characters.

Source: https://developers.line.biz/en/docs/messaging-api/text-character-count/
"""

import unicodedata

JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def utf16(text: str) -> int:
    """UTF-16 code units; an apple emoji is 2."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Characters as a reader sees them, near enough: marks, skin tones, joined emoji and flags count once."""
    count, joined, flag_open = 0, False, False
    for character in text:
        is_flag = ord(character) in FLAG_LETTERS
        continues = joined or _attaches(character) or (is_flag and flag_open)
        count += not continues
        flag_open = is_flag and not flag_open
        joined = character == JOINER
    return count


def _attaches(character: str) -> bool:
    return (
        character == JOINER
        or ord(character) in SKIN_TONES
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
    )
