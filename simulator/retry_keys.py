"""Retry keys: a push accepted once under a key is not sent again for a day.

Source: https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was answered to the request that came first."""

    at: datetime
    request_id: str
    sent: list[dict[str, Any]]


class RetryKeys:
    """The keys accepted in the last day. Guarded by the platform's lock."""

    def __init__(self) -> None:
        self._accepted: dict[str, Accepted] = {}

    def keep(self, key: str, accepted: Accepted) -> None:
        self._accepted[key.lower()] = accepted

    def find(self, key: str, now: datetime) -> Accepted | None:
        accepted = self._accepted.get(key.lower())
        return accepted if accepted and now - accepted.at < KEPT else None
