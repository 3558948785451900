"""The bytes of a file as text, in whichever encoding an office's programs wrote them."""

import codecs
from dataclasses import dataclass
from typing import Final

# A mark at the beginning says it; otherwise what fits first. CP932 fits almost anything, so it comes last.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8(BOMつき)"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_GUESSES: Final = (("utf-8", "UTF-8"), ("cp932", "Shift_JIS(CP932)"))
_OTHER_FILES: Final = (
    (b"PK\x03\x04", "ExcelのファイルかZIPです。展開するか、Excelで開いてCSVで保存してから、お試しください。"),
    (b"\xd0\xcf\x11\xe0", "古い形のExcelのファイルです。Excelで開いてCSVで保存してから、お試しください。"),
    (b"%PDF", "PDFです。CSVのファイルを選んでください。"),
    (
        b"<",
        "ウェブページが保存されたもののようです。配布のページから、CSVのファイルをダウンロードし直してください。",
    ),
)
_CUT_CHARACTER: Final = 3  # bytes: no encoding here leaves more of its last character


class NoTable(Exception):
    """The file is no table of facilities. The message is for a person."""


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    encoding: str  # for a person
    cut: bool  # the file ends in the middle of a character


def decode(data: bytes) -> Decoded:
    """Raises NoTable for what is no text, or text in no encoding that is known here."""
    _refuse_other_files(data)
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], codec, name) or _refuse(data, name)
    for codec, name in (*_utf_16_without_mark(data), *_GUESSES):
        if decoded := _decoded(data, codec, name):
            return decoded
    return _refuse(data, "UTF-8でもShift_JISでもない文字コード")


def _refuse_other_files(data: bytes) -> None:
    if not data.strip():
        raise NoTable("ファイルが空です。")
    for beginning, message in _OTHER_FILES:
        if data.lstrip()[:8].startswith(beginning):
            raise NoTable(message)


def _utf_16_without_mark(data: bytes) -> tuple[tuple[str, str], ...]:
    """Commas, digits and line ends have a zero byte there, and never elsewhere."""
    if b"\0" not in data[:4096]:
        return ()
    little = data[1:4096:2].count(0) >= data[0:4096:2].count(0)
    return (("utf-16-le" if little else "utf-16-be", "UTF-16"),)


def _decoded(data: bytes, codec: str, name: str) -> Decoded | None:
    """A last character that is not whole is left out, and told."""
    try:
        return Decoded(data.decode(codec), name, cut=False)
    except UnicodeDecodeError as error:
        if len(data) - error.start > _CUT_CHARACTER or error.start == 0:
            return None
        return Decoded(data[: error.start].decode(codec), name, cut=True)


def _refuse(data: bytes, name: str) -> Decoded:
    line = 1
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
    raise NoTable(
        f"{name}として読めない文字があります({line}行目のあたり)。UTF-8で保存し直してから、お試しください。"
    )
