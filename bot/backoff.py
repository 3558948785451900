"""How long to wait before something is tried again."""

import random
from datetime import timedelta
from typing import Final

DOUBLED: Final = 10  # times at most: a thousand attempts would be too large a number


def backoff(attempt: int, first: float, longest: float) -> timedelta:
    """`first` seconds after attempt 1, then twice as long each time, up to `longest`; with jitter, so that what failed
    together does not come back together."""
    seconds = min(first * 2.0 ** min(attempt - 1, DOUBLED), longest)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  nothing secret
