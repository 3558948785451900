"""Which days: the selectors of opening hours — `mon`, `holiday`, `12-29..01-03`, `3rd-mon`, `10th`, `2026-11-25`.

Holidays are Japan's, substitutes (振替休日) and days between holidays included, from the `holidays` library.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays

WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_JAPANESE = "月火水木金土日"
_MONTH_DAY = r"(\d\d)-(\d\d)"
_LEAP_YEAR = 2024  # any leap year: 02-29 is a good day of the year


@dataclass(frozen=True, slots=True)
class Weekday:
    number: int  # 0 is Monday, as in `date.weekday`

    def covers(self, day: date) -> bool:
        return day.weekday() == self.number

    def in_words(self) -> str:
        return _JAPANESE[self.number]


@dataclass(frozen=True, slots=True)
class NthWeekday:
    nth: int  # from 1
    number: int

    def covers(self, day: date) -> bool:
        return day.weekday() == self.number and (day.day - 1) // 7 + 1 == self.nth

    def in_words(self) -> str:
        return f"第{self.nth}{_JAPANESE[self.number]}曜"


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    number: int

    def covers(self, day: date) -> bool:
        return day.day == self.number

    def in_words(self) -> str:
        return f"毎月{self.number}日"


@dataclass(frozen=True, slots=True)
class Holiday:
    def covers(self, day: date) -> bool:
        return day in _holidays(day.year)

    def in_words(self) -> str:
        return "祝"


@dataclass(frozen=True, slots=True)
class Yearly:
    """From one day of the year to another, both included, over New Year if `last` comes first."""

    first: tuple[int, int]  # month, day
    last: tuple[int, int]

    def covers(self, day: date) -> bool:
        today = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last

    def in_words(self) -> str:
        first, last = (f"{month}/{day}" for month, day in (self.first, self.last))
        return first if first == last else f"{first}〜{last}"


@dataclass(frozen=True, slots=True)
class Dates:
    """From one date to another, both included: a closure for repairs (臨時休館)."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def in_words(self) -> str:
        first, last = (f"{day.year}/{day.month}/{day.day}" for day in (self.first, self.last))
        return first if first == last else f"{first}〜{last}"


Days = Weekday | NthWeekday | DayOfMonth | Holiday | Yearly | Dates


def parse_days(text: str) -> tuple[Days, ...]:
    """`"sun,holiday,12-29..01-03"`. Raises ValueError naming the piece that is not understood."""
    return tuple(_parse_one(piece.strip()) for piece in text.split(",")) if text.strip() else ()


def in_words(days: tuple[Days, ...]) -> str:
    """`"月〜金・祝・12/29〜1/3"`: three weekdays or more in a row are joined, all seven are 毎日."""
    numbers = sorted({day.number for day in days if isinstance(day, Weekday)})
    others = [day.in_words() for day in days if not isinstance(day, Weekday)]
    return "・".join([*_weekdays_in_words(numbers), *others])


def _weekdays_in_words(numbers: list[int]) -> list[str]:
    if len(numbers) == 7:
        return ["毎日"]
    words = []
    for run in _runs(numbers):
        names = [_JAPANESE[number] for number in run]
        words += [f"{names[0]}〜{names[-1]}"] if len(run) > 2 else names
    return words


def _runs(numbers: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _parse_one(piece: str) -> Days:
    if piece in WEEKDAYS:
        return Weekday(WEEKDAYS[piece])
    if piece == "holiday":
        return Holiday()
    if found := re.fullmatch(r"([1-5])(?:st|nd|rd|th)-([a-z]{3})", piece):
        return NthWeekday(int(found[1]), _weekday(found[2], piece))
    if found := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", piece):
        return DayOfMonth(_within(int(found[1]), 31, piece))
    if found := re.fullmatch(rf"{_MONTH_DAY}(?:\.\.{_MONTH_DAY})?", piece):
        first = _month_day(found[1], found[2], piece)
        return Yearly(first, _month_day(found[3], found[4], piece) if found[3] else first)
    return _parse_dates(piece)


def _parse_dates(piece: str) -> Dates:
    first, _, last = piece.partition("..")
    try:
        dates = Dates(date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        raise ValueError(
            f"{piece!r} is no day: write mon, holiday, 12-29..01-03, 3rd-mon, 10th or 2026-11-25"
        ) from None
    if dates.last < dates.first:
        raise ValueError(f"{piece!r} ends before it begins")
    return dates


def _weekday(name: str, piece: str) -> int:
    if name not in WEEKDAYS:
        raise ValueError(f"{piece!r}: no weekday {name!r}")
    return WEEKDAYS[name]


def _within(number: int, most: int, piece: str) -> int:
    if not 1 <= number <= most:
        raise ValueError(f"{piece!r}: {number} is not between 1 and {most}")
    return number


def _month_day(month: str, day: str, piece: str) -> tuple[int, int]:
    try:
        known = date(_LEAP_YEAR, int(month), int(day))
    except ValueError:
        raise ValueError(f"{piece!r}: no such day of the year") from None
    return known.month, known.day


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=[year]))
