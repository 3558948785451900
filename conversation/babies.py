"""Does a parent speak of a child under a year? Who does is read sooner; nothing else hangs on it."""

import re
from typing import Final

from intents.normalize import normalize

_NOT_HERE: Final = re.compile("|".join(map(normalize, (
    "赤ちゃん返り", "赤ちゃんがほしい", "赤ちゃんを授か", "赤ちゃん言葉", "お腹の赤ちゃん", "おなかの赤ちゃん",
))))  # fmt: skip
_NAMED: Final = re.compile(
    "|".join(map(normalize, ("赤ちゃん", "新生児", "乳児", "生まれたばかり", "産まれたばかり")))
)
_AGED: Final = re.compile(
    r"(?<!\d)(?:0歳|生後\d{1,3}(?:日|週)|生後(?:\d|1[01])か月|(?<!歳)(?<!才)(?:[1-9]|1[01])か月(?:です|の(?:子|娘|息子|むすめ|むすこ|男|女|双子)))"
)

_PREGNANT: Final = re.compile(r"妊娠\d{1,2}か月")


def tells_of_baby(text: str) -> bool:
    flat = _PREGNANT.sub("", _NOT_HERE.sub("", normalize(text)))
    return bool(_NAMED.search(flat) or _AGED.search(flat))
