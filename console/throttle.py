"""Slows down guessing: after a few failures every further one doubles the wait. Nobody is locked out for good."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import current_app, request

from console.desk import desk, now
from storage import log_in_tries

FREE: Final = 5  # failures of an account from one address
FREE_ANYWHERE: Final = 50  # of an account from all addresses together
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)


def wait_after(failures: int, free: int) -> timedelta:
    """None for the first ones; then 1, 2, 4 … minutes, at most an hour."""
    if failures < free:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(failures - free, 10)), LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to get into an account, for this request."""

    keys: tuple[tuple[str, int], ...]  # and how many failures are free
    wait: timedelta  # how long to wait before another try; none: it may go on

    @property
    def please_wait(self) -> str:
        minutes = -(-self.wait // timedelta(minutes=1))
        return f"まちがいが続いたため、あと{minutes}分ほどログインできません。待ってから、もう一度お試しください。お急ぎのときは管理者に連絡してください。"

    def succeeded(self) -> None:
        with desk().database.write() as rows:
            for key, _ in self.keys:
                log_in_tries.forgive(rows, key)


def attempt(name: str) -> Attempt:
    """Counted as failed until it has succeeded; not counted while one has to wait."""
    keys = ((_key(name, request.remote_addr or ""), FREE), (_key(name, "anywhere"), FREE_ANYWHERE))
    with desk().database.write() as rows:
        left = max(_left(*log_in_tries.failures(rows, key, now()), free) for key, free in keys)
        if not left:
            for key, _ in keys:
                log_in_tries.count(rows, key, now())
    return Attempt(keys, left)


def _left(failures: int, last_at: datetime, free: int) -> timedelta:
    return max(last_at + wait_after(failures, free) - now(), timedelta())


def _key(name: str, address: str) -> str:
    """Tells nothing about either to whoever reads the table."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"log-in {name}\0{address}".encode(), hashlib.sha256).hexdigest()
