"""Opening hours out of 利用可能曜日, 開始時間, 終了時間 and the sentence beside them.

What the sentence says is used only where all of it is understood. Where not, the hours are shown as words, and the bot
promises nothing: a wrong 「開いています」 is worse than none.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from directory import hours
from directory.days import WEEKDAYS
from directory.hours import OpeningHours
from directory.opendata.cells import lines, plain

_DAYS: Final = "月火水木金土日"
_NAMES: Final = tuple(WEEKDAYS)
_TIME: Final = re.compile(r"T?(\d{1,2})(?:[:時](\d{2})?分?(?::\d{2})?|(?<=\d{2})(\d{2}))")
_SATURDAY: Final = re.compile(
    r"土曜日?の[開利][所園館室用]時間は(\d{1,2}:\d{2})から(\d{1,2}:\d{2})(?:まで)?(?:です)?"
)
_CLOSED: Final = re.compile(
    r"[休閉][所園館室]日は((?:[月火水木金土日]曜日?|祝日|\d{1,2}/\d{1,2}から\d{1,2}/\d{1,2}まで|及び|、|・)+)(?:です)?"
)
_YEARLY: Final = re.compile(r"(\d{1,2})/(\d{1,2})(?:から|〜|-)(\d{1,2})/(\d{1,2})")
_LATEST_NEW_YEAR: Final = 7  # of January
# Where nothing is said of them, nobody is sent there on these days.
_CAREFULLY: Final = ("holiday", "12-29..01-03")
_UNSURE: Final = "祝日と年末年始の休みが書かれていません。開いていると言わないように、休みとしています。"


class Week(NamedTuple):
    hours: OpeningHours
    uncertain: bool = False
    remarks: tuple[str, ...] = ()


@lru_cache(maxsize=1024)  # most of a file's rows say the same
def week(days: str, opens: str, closes: str, sentence: str) -> Week:
    said = lines(sentence)
    odd_days = tuple(_odd_days(said))
    numbers, usual = _numbers(plain(days)), _span(plain(opens), plain(closes))
    rest, saturday, closed = _understood(said)
    if not numbers or usual is None or rest or odd_days:
        remark = "。".join(part for part in (_in_words(days, opens, closes), said) if part)
        return Week(OpeningHours(remark=remark), bool(remark), odd_days)
    carefully = () if closed else _CAREFULLY
    groups = [_group([number for number in numbers if number != 5 or not saturday], *usual)]
    if saturday and 5 in numbers:
        groups.append(_group([5], *saturday))
    found = hours.parse("; ".join(filter(None, groups)), ",".join(closed or carefully))
    return Week(found, bool(carefully), (_UNSURE,) if carefully else ())


def _group(numbers: list[int], start: int, end: int) -> str:
    days = ",".join(_NAMES[number] for number in numbers)
    return f"{days} {_clock(start)}-{_clock(end)}" if numbers else ""


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _numbers(days: str) -> list[int]:
    """Of 月火水木金土, 月〜金, 平日, 毎日. Empty where anything else is written."""
    days = re.sub("曜日?|[・、,/ ]", "", days.replace("毎日", "月-日").replace("平日", "月-金"))
    days = re.sub(
        "([月火水木金土日])[-〜ー]([月火水木金土日])", lambda found: _between(found[1], found[2]), days
    )
    return sorted({_DAYS.index(day) for day in days}) if days and not set(days) - set(_DAYS) else []


def _between(first: str, last: str) -> str:
    return _DAYS[_DAYS.index(first) : _DAYS.index(last) + 1]


def _span(opens: str, closes: str) -> tuple[int, int] | None:
    """Nothing opens at 24:00, where a day ends."""
    start, end = _minutes(opens), _minutes(closes)
    return None if start is None or end is None or start == 24 * 60 else (start, end)


def _minutes(time: str) -> int | None:
    found = _TIME.fullmatch(time)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    return hour * 60 + minute if hour * 60 + minute <= 24 * 60 and minute < 60 else None


def _understood(said: str) -> tuple[str, tuple[int, int] | None, tuple[str, ...]]:
    """What is left of it, Saturday's hours and the closed days."""
    saturday, closed = _SATURDAY.search(said), _CLOSED.search(said)
    known = _span(saturday[1], saturday[2]) if saturday else None
    rest = _CLOSED.sub("", _SATURDAY.sub("", said, count=1) if known else said, count=1).strip("。 ")
    return rest, known, tuple(_closed_days(closed[1])) if closed else ()


def _closed_days(said: str) -> list[str]:
    days = [_NAMES[_DAYS.index(day)] for day in re.findall("([月火水木金土日])曜", said)]
    yearly = [f"{int(a):02}-{int(b):02}..{int(c):02}-{int(d):02}" for a, b, c, d in _YEARLY.findall(said)]
    return [*days, *(["holiday"] if "祝日" in said else []), *yearly]


def _odd_days(said: str) -> list[str]:
    """年末年始(12/29〜1/35): a cell that was pulled down in a spreadsheet. Up to 1/31 such days exist, but nobody rests so long."""
    found = []
    for first_month, first, last_month, last in _YEARLY.findall(said):
        try:
            hours.parse("", f"{int(first_month):02}-{int(first):02}..{int(last_month):02}-{int(last):02}")
        except ValueError:
            problem = "ない日付が書かれています"
        else:
            too_long = (int(first_month), int(last_month)) == (12, 1) and int(last) > _LATEST_NEW_YEAR
            problem = "年末年始の休みが長すぎるようです" if too_long else ""
        if problem:
            days = f"{first_month}/{first}〜{last_month}/{last}"
            found.append(f"{problem}({days})。元のデータを確かめてください。")
    return found


def _in_words(days: str, opens: str, closes: str) -> str:
    times = f"{plain(opens)}〜{plain(closes)}" if plain(opens) or plain(closes) else ""
    return " ".join(part for part in (plain(days), times) if part) if times else ""
