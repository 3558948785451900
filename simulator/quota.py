"""The messages that a month's plan allows. Replies are free; pushes count by recipient, not by bubble.

Source: https://developers.line.biz/en/docs/messaging-api/pricing/
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass(slots=True)
class Quota:
    """limit: pushes a month in Japan's calendar; None for the plan of local governments (no limit)."""

    limit: int | None = None
    _used: Counter[str] = field(default_factory=Counter)

    def used(self, now: datetime) -> int:
        return self._used[_month(now)]

    def spent(self, now: datetime) -> bool:
        return self.limit is not None and self.used(now) >= self.limit

    def count(self, now: datetime) -> None:
        self._used[_month(now)] += 1


def _month(now: datetime) -> str:
    return now.astimezone(TOKYO).strftime("%Y-%m")
