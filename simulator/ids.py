"""Identifiers in the forms that LINE uses."""

import hashlib
import secrets
from datetime import datetime

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def user_id(name: str) -> str:
    """A LINE user id that is the same for the same name: `U` and 32 hex digits."""
    return "U" + hashlib.sha256(name.encode()).hexdigest()[:32]


def ulid(at: datetime) -> str:
    """26 characters: 48 bits of milliseconds, then 80 random bits (the form of `webhookEventId`)."""
    number = milliseconds(at) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def token() -> str:
    """An opaque token, as LINE's reply, quote and mark-as-read tokens are."""
    return secrets.token_hex(20)


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, as in a webhook's `timestamp`."""
    return int(at.timestamp() * 1000)
