"""Opening hours: are they open, until when, and when next.

Times are Asia/Tokyo; every `datetime` that comes in or goes out is aware.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Contract; see the methods."""

    @property
    def known(self) -> bool:
        """False where the source gives no hours: then `is_open` is None and nothing is promised."""
        raise NotImplementedError

    @property
    def always(self) -> bool:
        """Open 24 hours on every day of the year."""
        raise NotImplementedError

    def is_open(self, at: datetime) -> bool | None:
        """None where the hours are not known."""
        raise NotImplementedError

    def closes(self, at: datetime) -> datetime | None:
        """The end of the stretch that is open at `at`; None where closed, unknown, or open around the clock."""
        raise NotImplementedError

    def next_opening(self, after: datetime) -> datetime | None:
        """The next start of an open stretch strictly after `after`; None where unknown or none within 30 days."""
        raise NotImplementedError

    def describe(self) -> str:
        """For a person: "月・火・木・土 10:00〜18:00、水・金 10:00〜19:00(日・祝・12/29〜1/3 休み)", "毎日24時間", "要確認"."""
        raise NotImplementedError

    def state(self, at: datetime) -> str:
        """For a card: "開いています(18:00まで)", "閉まっています(次は11/24(火) 8:30から)", "24時間", "時間は要確認"."""
        raise NotImplementedError
