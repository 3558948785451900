"""The slips of somebody who has never seen YAML, found where a text is no YAML at all.

The parser names the line where it gave up. That is often far behind the slip, and in the words of its trade.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENED: Final = {
    "while scanning a quoted scalar": "この行で開いた引用符(' か \")が閉じられていません。閉じるか、引用符を消してください。",
    "while parsing a flow sequence": "この行で開いた「[」が閉じられていないか、言葉のあいだの「,」が抜けています。",
}
_ON_A_LINE: Final = (
    (re.compile(r"\s*\t"), "字下げにタブが使われています。半角の空白にしてください。"),
    (re.compile(r"\s*\u3000"), "字下げに全角の空白が使われています。半角の空白にしてください。"),
    (re.compile(r"\s*(- )?\w+："), "「：」が全角です。半角の「:」と半角の空白にしてください。"),
    (re.compile(r"\s*(- )?[a-z_]+:(?!//)\S"), "「:」のあとに半角の空白を1つ入れてください。"),
)


def find(text: str) -> list[tuple[int, str]]:
    """Lines (from 1) with what to mend there; nothing where the text is YAML."""
    error = _error(text)
    return sorted({*_opened(text, error), *_around(text, error)}) if error else []


def _error(text: str) -> Any:
    try:
        for _ in yaml.parse(text, _LOADER):
            pass
    except yaml.YAMLError as error:
        return error
    return None


def _opened(text: str, error: Any) -> Iterator[tuple[int, str]]:
    """A quote that was not closed swallows lines up to the next quote: the first that goes over lines is the slip."""
    if line := _long_quote(text):
        yield line, _OPENED["while scanning a quoted scalar"]
    elif (mark := getattr(error, "context_mark", None)) and error.context in _OPENED:
        yield mark.line + 1, _OPENED[error.context]


def _long_quote(text: str) -> int | None:
    try:
        for token in yaml.scan(text, _LOADER):
            quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if quoted and token.end_mark.line > token.start_mark.line:
                return int(token.start_mark.line) + 1
    except yaml.YAMLError:
        pass  # the caller knows it
    return None


def _around(text: str, error: Any) -> Iterator[tuple[int, str]]:
    """The parser gives up at the slip or at the beginning of the next line."""
    mark = getattr(error, "problem_mark", None)
    lines = text.splitlines()
    for number in (mark.line, mark.line + 1) if mark else ():
        line = lines[number - 1] if 1 <= number <= len(lines) else ""
        found = (message for pattern, message in _ON_A_LINE if pattern.match(line))
        yield from ((number, message) for message in found)
