"""A file as records: its heading found, each record with the line it begins on, and what is wrong with its form."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from directory.opendata import columns
from directory.opendata.decoding import NoTable, decode

_HEADING_WITHIN: Final = 10  # records: above it there may be a title
_SHOWN: Final = 8  # headings that are named when none fits
_LONGEST_CELL: Final = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Record:
    line: int  # where it begins; line breaks inside of cells count
    cells: dict[str, str]  # by the new version's headings
    problem: str = ""  # why it cannot be read; then `cells` has what there is


@dataclass(frozen=True, slots=True)
class Sheet:
    form: str  # "新" or "旧", of the two published versions
    encoding: str
    lines: int  # physical ones, for telling how far one is
    remarks: tuple[str, ...]  # about the file as a whole
    _text: str
    _delimiter: str
    _begins: int  # records until the heading, itself included
    _headings: tuple[str, ...]
    _cut: bool

    def records(self) -> Iterator[Record]:
        """Every one below the heading but those without any cell. Reads anew at each call."""
        last = None
        for begins, cells, problem in islice(self._read(), self._begins, None):
            if cells or problem:
                if last:
                    yield self._record(*last, final=False)
                last = (begins, cells, problem)
        if last:
            yield self._record(*last, final=True)

    def _read(self) -> Iterator[tuple[int, list[str], str]]:
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
        while True:
            try:
                begins = reader.line_num + 1
                yield begins, next(reader), ""
            except StopIteration:
                return
            except csv.Error:
                yield (
                    reader.line_num,
                    [],
                    'ここから後ろは、表として読めません。引用符(")が閉じていないようです。',
                )
                return

    def _record(self, line: int, cells: list[str], problem: str, *, final: bool) -> Record:
        named = dict(
            reversed(list(zip(self._headings, cells, strict=False)))
        )  # of two with one name, the first
        return Record(line, named, problem or self._problem(cells, final=final))

    def _problem(self, cells: list[str], *, final: bool) -> str:
        wanted = len(self._headings)
        if final and self._cut:
            return "ファイルが途中で切れています。ここから後ろは、引用符か文字が閉じていません。"
        if not any(cell.strip() for cell in cells):
            return "空の行です。"
        if len(cells) < wanted:
            cut = "ファイルが途中で切れているようです。" if final else ""
            return f"セルが{len(cells)}個しかありません(見出しは{wanted}個)。{cut}"
        if any(cell.strip() for cell in cells[wanted:]):
            return f"セルが{len(cells)}個あります(見出しは{wanted}個)。セルの中のカンマは、引用符でかこんでください。"
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            return f"{_LONGEST_CELL}文字より長いセルがあります。引用符の抜けを確かめてください。"
        return ""


def read(data: bytes) -> Sheet:
    """Raises NoTable where there is no heading of 子育て施設一覧."""
    decoded = decode(data)
    text = decoded.text.replace("\0", "").removeprefix("\ufeff")
    delimiter = _delimiter(text)
    begins, headings = _heading(text, delimiter)
    unclosed = text.count('"') % 2 == 1
    return Sheet(
        form="新" if "所在地_全国地方公共団体コード" in headings or "ID" in headings else "旧",
        encoding=decoded.encoding,
        lines=max(1, text.count("\n")),
        remarks=tuple(_remarks(text, headings, cut=decoded.cut or unclosed)),
        _text=text,
        _delimiter=delimiter,
        _begins=begins,
        _headings=headings,
        _cut=decoded.cut or unclosed,
    )


def _delimiter(text: str) -> str:
    beginning = text[:2000]
    return "\t" if beginning.count("\t") > beginning.count(",") else ","


def _heading(text: str, delimiter: str) -> tuple[int, tuple[str, ...]]:
    seen: list[str] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            named = tuple(_named(cell) for cell in cells)
            if "名称" in named and any(address in named for address in columns.ADDRESSES):
                return number, named
            seen = seen or [name for name in named if name]
            if number == _HEADING_WITHIN:
                break
    except csv.Error:
        pass
    shown = "、".join(name[:20] for name in seen[:_SHOWN])
    raise NoTable(
        "「子育て施設一覧」の見出し(名称、所在地など)が見つかりません。"
        f"ちがうファイルか、見出しの行がないようです。はじめの行: {shown}"
    )


def _named(heading: str) -> str:
    """Without line breaks and blanks, in the width that the standard writes it."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading)).replace("'", "")
    known = _BY_WIDTH.get(bare, bare)
    return columns.SAME.get(known, known)


_BY_WIDTH: Final = {unicodedata.normalize("NFKC", name): name for name in (*columns.NEW, *columns.OLD)}


def _remarks(text: str, headings: tuple[str, ...], *, cut: bool) -> Iterator[str]:
    if cut:
        yield "ファイルが途中で切れています。最後の行は取り込みません。"
    elif not text.endswith(("\n", "\r")):
        yield "ファイルの最後に改行がありません。途中で切れていないか、行の数を確かめてください。"
    doubles = sorted({name for name in headings if name and headings.count(name) > 1})
    if doubles:
        yield f"同じ見出しが2つあります({'、'.join(doubles)})。はじめのほうを使います。"
    if "緯度" not in headings or "経度" not in headings:
        yield "緯度・経度の列がありません。場所は、住所の町丁目の真ん中とします。"
