"""Reply tokens: single-use and short-lived.

Source: https://developers.line.biz/en/reference/messaging-api/#send-reply-message-reply-token
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulator import ids

AFTER_DELIVERY = timedelta(seconds=60)
AFTER_EVENT = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """A right to answer one event once."""

    user_id: str
    event_at: datetime
    delivered_at: datetime | None = None
    used: bool = False

    def works(self, now: datetime) -> bool:
        return (
            not self.used
            and self.delivered_at is not None
            and now - self.delivered_at <= AFTER_DELIVERY
            and now - self.event_at <= AFTER_EVENT
        )


class ReplyTokens:
    """Every reply token given out. Guarded by the platform's lock."""

    def __init__(self) -> None:
        self._tokens: dict[str, ReplyToken] = {}

    def issue(self, user_id: str, event_at: datetime) -> str:
        token = ids.token()
        self._tokens[token] = ReplyToken(user_id, event_at)
        return token

    def delivered(self, token: str, now: datetime) -> None:
        """The webhook with this token goes out (again): its minute begins (again)."""
        self._tokens[token] = replace(self._tokens[token], delivered_at=now)

    def use(self, token: str, now: datetime) -> str | None:
        """Use the token up and say whose it is; None when it does not work."""
        held = self._tokens.get(token)
        if held is None or not held.works(now):
            return None
        self._tokens[token] = replace(held, used=True)
        return held.user_id
