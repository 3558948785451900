"""What every view works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app, g, request

from console.access import Access
from conversation.rule_checks import Checked
from directory.model import Directory
from intents.rules import Rules
from storage.database import Database
from storage.staff import Staff

LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    live_rules: Callable[[], Rules]
    live_directory: Callable[[], Directory]
    clock: Callable[[], datetime]  # aware, UTC
    sample_data: bool
    access: Access = field(default_factory=Access)
    rules_at_hand: Callable[[], str | None] = lambda: None  # routing_rules.yaml as it lies on this machine
    checks: dict[str, Checked] = field(default_factory=dict)  # by text: trying all examples takes seconds

    @property
    def directory(self) -> Directory:
        return self.live_directory()


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
