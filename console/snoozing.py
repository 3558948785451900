"""When a snoozed consultation comes back."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from directory.hours import TOKYO, OpeningHours

MORNING: Final = time(8, 30)


class Preset(StrEnum):
    HOUR = "hour"
    TOMORROW = "tomorrow"  # by the calendar, whether the desk is open or not
    OPENING = "opening"  # when the desk opens next, on another day than today
    REPLY = "reply"  # when the parent writes


class HoursUnknown(Exception):
    """The pack does not say when the desk opens."""


def until(preset: Preset, hours: OpeningHours, now: datetime) -> datetime | None:
    """None: until the parent writes. Raises HoursUnknown."""
    midnight = datetime.combine(now.astimezone(TOKYO).date() + timedelta(days=1), time(), TOKYO)
    match preset:
        case Preset.HOUR:
            return now + timedelta(hours=1)
        case Preset.TOMORROW:
            return datetime.combine(midnight.date(), MORNING, TOKYO)
        case Preset.OPENING:
            opens = hours.next_opening(midnight - timedelta(microseconds=1))
            if opens is None:
                raise HoursUnknown
            return opens
        case Preset.REPLY:
            return None
