"""What every view works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app, g, request

from console.access import Access
from directory.model import Directory
from intents.rules import Rules
from storage.database import Database
from storage.staff import Staff

LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    live_rules: Callable[[], Rules]
    directory: Directory
    clock: Callable[[], datetime]  # aware, UTC
    sample_data: bool
    access: Access = field(default_factory=Access)


def desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])


def now() -> datetime:
    """One moment for the whole request."""
    if "now" not in g:
        g.now = desk().clock()
    return cast(datetime, g.now)


def whole_number(text: str) -> int:
    """1 or more. Raises ValueError also for a number that no database counts to."""
    number = int(text)
    if not 1 <= number <= LARGEST_ID:
        raise ValueError(number)
    return number


def rules() -> Rules:
    """One version for the whole request, and asked for once."""
    if "rules" not in g:
        g.rules = desk().live_rules()
    return cast(Rules, g.rules)


def me() -> Staff:
    """Who is logged in. Views behind log-in only."""
    return cast(Staff, g.staff)


def words_typed() -> str:
    """What a form brought that must not be lost: a reply, a note, or both."""
    fields = (request.form.get(name, "") for name in ("text", "note"))
    return "\n\n".join(words for words in fields if words)
