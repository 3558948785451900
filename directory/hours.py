"""Opening hours: are they open, until when, and when next.

Times are Asia/Tokyo; every `datetime` that comes in or goes out is aware.

The pack writes hours in a small language, `parse` reads it:

    mon,tue,thu,sat 10:00-18:00; wed,fri 10:00-19:00    several groups
    mon,sat 10:00-12:00,13:00-16:30                     a break at noon
    mon 18:00-08:00                                     until the next morning
    sat,sun,holiday,12-29..01-03 08:00-08:00            round the clock, also on holidays

A group for a holiday or a date takes precedence over the weekday's. A day named in `closed` is closed
whatever the groups say; what began the evening before still runs to its end. `special` goes before all of it:
臨時休館, or other hours on some dates, with the reason. It is no part of the small language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from directory.days import Days, Weekday, in_words, parse_days

TOKYO = ZoneInfo("Asia/Tokyo")
_DAY = timedelta(days=1)
_MINUTES = 24 * 60
CLOSED_FOR_ONCE = "臨時休館"
_HORIZON = 30  # days that `next_opening` looks ahead


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes after midnight. `end` is greater than `start` and may lie in the next day."""

    start: int
    end: int

    @property
    def whole_day(self) -> bool:
        return self.end - self.start == _MINUTES

    def in_words(self) -> str:
        if (self.start, self.end) == (0, _MINUTES):
            return "24時間"
        return f"{_clock(self.start)}〜{'翌' if self.end > _MINUTES else ''}{_clock(self.end)}"


@dataclass(frozen=True, slots=True)
class Group:
    """The same times on some days."""

    days: tuple[Days, ...]
    spans: tuple[Span, ...]

    def on_weekday(self, day: date) -> bool:
        return any(days.covers(day) for days in self.days if isinstance(days, Weekday))

    def on_special_day(self, day: date) -> bool:
        return any(days.covers(day) for days in self.days if not isinstance(days, Weekday))

    def in_words(self) -> str:
        days = in_words(self.days)
        times = "・".join(span.in_words() for span in self.spans)
        return f"{days}{times}" if (days, times) == ("毎日", "24時間") else f"{days} {times}"


@dataclass(frozen=True, slots=True)
class Special:
    """Other hours from one date to another, both included."""

    first: date
    last: date
    spans: tuple[Span, ...] = ()  # none: closed
    reason: str = ""

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def in_words(self) -> str:
        """ "12/3(木)は臨時休館(設備の点検)", "12/3(木)〜12/5(土)は10:00〜12:00"."""
        days = _day(self.first) + ("" if self.first == self.last else f"〜{_day(self.last)}")
        times = "・".join(span.in_words() for span in self.spans) or CLOSED_FOR_ONCE
        return f"{days}は{times}" + (f"({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    groups: tuple[Group, ...] = ()  # none: the source gives no hours
    closed: tuple[Days, ...] = ()
    remark: str = ""  # what the language cannot say: "お盆も休み(日にちは要確認)"
    special: tuple[Special, ...] = ()  # of two for the same day the later one counts

    @property
    def known(self) -> bool:
        """False where the source gives no hours: then `is_open` is None and nothing is promised."""
        return bool(self.groups)

    @property
    def always(self) -> bool:
        """Open 24 hours on every day of the year."""
        weekdays = {days for group in self.groups for days in group.days if isinstance(days, Weekday)}
        spans = [span for group in self.groups for span in group.spans]
        never_otherwise = not self.closed and not self.special
        return (
            never_otherwise and len(weekdays) == 7 and all(span.whole_day for span in spans) and _same(spans)
        )

    def is_open(self, at: datetime) -> bool | None:
        """None where the hours are not known."""
        at = _in_tokyo(at)
        told = self.known or self.special_on(at.date())
        return self._end_of_span(at) is not None if told else None

    def closes(self, at: datetime) -> datetime | None:
        """The end of the stretch that is open at `at`; None where closed, unknown, or open around the clock."""
        at = _in_tokyo(at)
        end = None if self.always else self._end_of_span(at)
        while end and (later := self._end_of_span(end)):
            if later - at > 366 * _DAY:
                return None
            end = later
        return end

    def next_opening(self, after: datetime) -> datetime | None:
        """The next start of an open stretch strictly after `after`; None where unknown or none within 30 days."""
        if not self.known:
            return None  # one day that is known says nothing of those before it
        after = _in_tokyo(after)
        for ahead in range(_HORIZON + 1):
            for start, _ in sorted(self._spans(after.date() + ahead * _DAY)):
                if start > after and self._end_of_span(start - timedelta(minutes=1)) is None:
                    return start if start - after <= _HORIZON * _DAY else None
        return None

    def describe(self) -> str:
        """For a person: "月・火・木・土 10:00〜18:00、水・金 10:00〜19:00(日・祝・12/29〜1/3は休み)", "毎日24時間", "要確認"."""
        if not self.known:
            return self.remark or "要確認"
        closed = f"({in_words(self.closed)}は休み)" if self.closed else ""
        remark = f"。{self.remark}" if self.remark else ""
        return "、".join(group.in_words() for group in self.groups) + closed + remark

    def state(self, at: datetime) -> str:
        """For a card: "開いています(18:00まで)", "閉まっています(次は11/24(火) 8:30から)", "24時間", "時間は要確認"."""
        if self.is_open(at) is None:
            return "時間は要確認"
        if self.always:
            return "24時間"
        if not self.is_open(at):
            return self._closed_state(at)
        closes = self.closes(at)
        return f"開いています({_closing_in_words(_in_tokyo(at), closes)}まで)" if closes else "開いています"

    def special_on(self, day: date) -> Special | None:
        return next((one for one in reversed(self.special) if one.covers(day)), None)

    def announced(self, at: datetime, days: int = 14) -> tuple[str, ...]:
        """For a card: what is otherwise from today until so many days from now."""
        today = _in_tokyo(at).date()
        until = today + days * _DAY
        coming = (one for one in self.special if today <= one.last and one.first <= until)
        return tuple(one.in_words() for one in sorted(coming, key=lambda one: one.first))

    def _closed_state(self, at: datetime) -> str:
        today = _in_tokyo(at).date()
        special, opens = self.special_on(today), self.next_opening(at)
        why = f"{today.month}/{today.day}は{CLOSED_FOR_ONCE}" if special and not special.spans else ""
        then = f"次は{_day_and_clock(opens)}から" if opens else ""
        told = "。".join(part for part in (why, then) if part)
        return f"閉まっています({told})" if told else "閉まっています"

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """What begins on that day."""
        midnight = datetime.combine(day, time(), TOKYO)
        for span in self._spans_of(day):
            yield midnight + timedelta(minutes=span.start), midnight + timedelta(minutes=span.end)

    def _spans_of(self, day: date) -> tuple[Span, ...]:
        if otherwise := self.special_on(day):
            return otherwise.spans
        if any(days.covers(day) for days in self.closed):
            return ()
        special = [group for group in self.groups if group.on_special_day(day)]
        groups = special or [group for group in self.groups if group.on_weekday(day)]
        return tuple(span for group in groups for span in group.spans)

    def _end_of_span(self, at: datetime) -> datetime | None:
        """The latest end of the spans that run at `at`: those of its own day and what began the day before."""
        near = [*self._spans(at.date() - _DAY), *self._spans(at.date())]
        return max((end for start, end in near if start <= at < end), default=None)


def parse(hours: str, closed: str = "", remark: str = "") -> OpeningHours:
    """Read the small language above; an empty `hours` means unknown. Raises ValueError naming the bad piece."""
    groups = [_parse_group(piece.strip()) for piece in hours.split(";")] if hours.strip() else []
    return OpeningHours(tuple(groups), parse_days(closed), remark.strip())


def _parse_group(text: str) -> Group:
    days, _, times = text.partition(" ")
    if not days or not times.strip():
        raise ValueError(f"{text!r}: write days, a space and times, like mon,tue 10:00-18:00")
    return Group(parse_days(days), tuple(_parse_span(piece.strip()) for piece in times.split(",")))


def parse_spans(text: str) -> tuple[Span, ...]:
    """`10:00-12:00,13:00-16:30`. Raises ValueError."""
    return tuple(_parse_span(piece.strip()) for piece in text.split(",")) if text.strip() else ()


def _parse_span(text: str) -> Span:
    found = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text)
    if not found:
        raise ValueError(f"{text!r} is no time: write 10:00-18:00")
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if start >= _MINUTES or end > _MINUTES:
        raise ValueError(f"{text!r}: a day ends at 24:00")
    return Span(start, end if end > start else end + _MINUTES)


def _same(spans: list[Span]) -> bool:
    """Whole days join without a gap only if all begin at the same minute."""
    return len({span.start for span in spans}) == 1


def _in_tokyo(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a datetime without a time zone says no moment")
    return at.astimezone(TOKYO)


def _clock(minutes: int) -> str:
    """24:00 stays 24:00; later is the next morning's clock."""
    hour, minute = divmod(minutes if minutes <= _MINUTES else minutes - _MINUTES, 60)
    return f"{hour}:{minute:02}"


def _day_and_clock(at: datetime) -> str:
    return f"{_day(at.date())} {at.hour}:{at.minute:02}"


def _day(day: date) -> str:
    return f"{day.month}/{day.day}({Weekday(day.weekday()).in_words()})"


def _closing_in_words(at: datetime, closes: datetime) -> str:
    days = (closes.date() - at.date()).days
    if days == 1 and closes.time() == time():
        return "24:00"
    if days == 0:
        return f"{closes.hour}:{closes.minute:02}"
    return f"翌{closes.hour}:{closes.minute:02}" if days == 1 else _day_and_clock(closes)
