"""How many requests LINE takes: a token bucket for each endpoint.

Source: https://developers.line.biz/en/reference/messaging-api/#rate-limits
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int = 1


USUAL = Rate(2000)
RATES = {
    "loading": Rate(100),
    "webhook_endpoint": Rate(1000, 60),
    "webhook_test": Rate(60, 3600),
    "create_menu": Rate(100, 3600),
    "delete_menu": Rate(100, 3600),
    "list_menus": Rate(10),
}


@dataclass(slots=True)
class RateLimits:
    """The buckets of one channel. They fill as the given `now` moves, so a test can stop or turn time."""

    rates: dict[str, Rate] = field(default_factory=lambda: dict(RATES))
    _buckets: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def take(self, endpoint: str, now: datetime) -> bool:
        """Take one request from the endpoint's bucket; False when it is empty."""
        rate = self.rates.get(endpoint, USUAL)
        level, since = self._buckets.get(endpoint, (float(rate.requests), now))
        filled = (now - since).total_seconds() * rate.requests / rate.seconds
        level = min(float(rate.requests), level + filled)
        allowed = level >= 1
        self._buckets[endpoint] = (level - 1 if allowed else level, now)
        return allowed
