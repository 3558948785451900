"""Password hashes: argon2id with the library's current parameters. And which passwords are good enough."""

import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12  # characters
LONGEST: Final = 200
HARD_ENOUGH: Final = 3  # of zxcvbn's 0 to 4: more than 10**8 guesses
OURS: Final = ("tsunagu", "madoguchi", "soudan", "soudanin", "kosodate", "nakano", "nakanoku", "kuyakusho")
_ESTIMATED: Final = 72  # characters: more make the estimate slow, and no password weak

_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def verified(password: str, stored: str | None) -> bool:
    """`stored` is None or "" where no password opens: that takes as long, so that timing tells nothing."""
    try:
        return _HASHER.verify(stored or _nobodys(), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def weakness(password: str, *about: str) -> str:
    """Why it will not do, for people; "" where it does. `about` are words that others know of the person."""
    if len(password) < SHORTEST:
        return f"パスワードが短すぎます。{SHORTEST}文字以上にしてください。関係のない言葉を3つ4つつなげると、長くても覚えやすくなります。"
    if len(password) > LONGEST:
        return f"パスワードが長すぎます。{LONGEST}文字までにしてください。"
    from zxcvbn import zxcvbn  # its lists of known passwords take a while to load

    guessed = zxcvbn(password[:_ESTIMATED], user_inputs=[*OURS, *(word for word in about if word)])
    if guessed["score"] < HARD_ENOUGH:
        return "よく使われる言葉や並びに近く、推測されやすいパスワードです。ほかの人が思いつかない言葉を、いくつかつなげてください。"
    return ""


def temporary() -> str:
    """To be told to somebody and changed at the first log-in."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


@cache
def _nobodys() -> str:
    return hashed("")
