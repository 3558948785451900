"""A file of rules as an editor left it: which one is at hand, and its text, or why it cannot be read."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

NAME: Final = "routing_rules.yaml"
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")  # YAML has none
_SAVE_AGAIN: Final = "メモ帳なら「名前を付けて保存」で、文字コードに「UTF-8」を選んで保存し直してください。"


@dataclass(frozen=True, slots=True)
class RulesFile:
    name: str  # as the person wrote it
    text: str  # exactly what is in the file, but for a byte order mark
    marked: bool = False  # there was one


class Unreadable(Exception):
    """The file is no text in UTF-8."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read(path: Path) -> RulesFile:
    """Raises Unreadable. Line ends stay as they are."""
    data = path.read_bytes()
    text = _text(data.removeprefix(_UTF8_MARK))
    if odd := _INVISIBLE.search(text):
        raise Unreadable(
            1 + text.count("\n", 0, odd.start()),
            f"目に見えない文字(U+{ord(odd[0]):04X})が入っています。その行を打ち直してください。"
            f"たくさんあるときは、UTF-8でない形で保存されています。{_SAVE_AGAIN}",
        )
    return RulesFile(str(path), text, marked=data.startswith(_UTF8_MARK))


def at_hand() -> Path:
    """The one in the current folder, which somebody may be editing; else the one that ships."""
    mine = Path(NAME)
    return mine if mine.is_file() else shipped()


def shipped() -> Path:
    """Inside the installed package, or at the top of a checkout."""
    inside = Path(str(files("intents").joinpath(NAME)))
    return inside if inside.is_file() else Path(__file__).parent.parent / NAME


def _text(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS):
        raise Unreadable(1, f"UTF-16(メモ帳の「Unicode」)で保存されています。{_SAVE_AGAIN}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        kind = (
            "Shift_JIS(CP932、「ANSI」)で保存されているようです"
            if _is_cp932(data)
            else "UTF-8として読めない文字があります"
        )
        raise Unreadable(1 + data.count(b"\n", 0, error.start), f"{kind}。{_SAVE_AGAIN}") from None


def _is_cp932(data: bytes) -> bool:
    try:
        data.decode("cp932")
    except UnicodeDecodeError:
        return False
    return True
