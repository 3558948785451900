"""How fast one account, or without log-in one address, may ask.

Counted in the memory of each process, before anything is looked up: it is the process that is kept from drowning, and where
there are several each counts its own share. Guessing passwords is slowed down at a far lower number: `console.throttle`.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Flask, request, session
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from werkzeug.exceptions import TooManyRequests

from console.gate import LIVE

ONE_HOUSEHOLD = 64  # bits of an IPv6 address: whoever has one has all that begin so


@dataclass(frozen=True, slots=True)
class Pace:
    """Requests a minute."""

    account: int = 900  # a visible tab asks 80 times, and somebody may have ten of them
    address: int = 300  # a whole office may be behind one


USUAL = Pace()


def keep_pace(app: Flask, pace: Pace) -> None:
    """Answers 429 to whoever is faster."""
    limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
    limits = {
        "account": RateLimitItemPerMinute(pace.account),
        "address": RateLimitItemPerMinute(pace.address),
    }

    def slow_down() -> None:
        asking = _asking()
        if asking and not limiter.hit(limits[asking[0]], *asking):
            raise TooManyRequests(retry_after=60)

    app.before_request(slow_down)


def _asking() -> tuple[str, str] | None:
    """Who is counted. Not the tabs of those whose log-in has ended: they must not keep their office from logging in."""
    if request.endpoint == "static":
        return None
    account = session.get("staff")
    if isinstance(account, str):
        return "account", account
    return None if request.endpoint in LIVE else ("address", _household(request.remote_addr or ""))


def _household(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return (
        str(ip_network((known, ONE_HOUSEHOLD), strict=False)) if isinstance(known, IPv6Address) else address
    )
