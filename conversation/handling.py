"""handle(): load a conversation, decide, save. Every change to a conversation goes through here."""

from datetime import datetime
from typing import Protocol

from conversation.ahead import Turn
from conversation.auditing import audited
from conversation.engine import decide, needs_queue
from conversation.events import Event
from conversation.model import Conversation, Decision
from directory.model import Directory
from intents.rules import Rules

ATTEMPTS = 5


class Conflict(Exception):
    """Someone else saved the conversation since it was loaded."""


class Store(Protocol):
    def load(self, conversation_id: str) -> tuple[Conversation, int]:
        """The conversation and its version. Raises KeyError where there is none."""
        ...

    def waiting(self, but: str, now: datetime) -> tuple[Turn, ...]:
        """Everybody whom no counselor has taken yet, but for this conversation."""
        ...

    def save(self, decision: Decision, version: int, now: datetime) -> None:
        """Keep the whole decision in the caller's transaction. Raises Conflict if `version` is not the newest."""
        ...


def handle(
    conversation_id: str, event: Event, *, store: Store, rules: Rules, directory: Directory, now: datetime
) -> Decision:
    """Raises KeyError for an unknown conversation, Refused where the event does not fit it."""
    for _ in range(ATTEMPTS):
        conversation, version = store.load(conversation_id)
        waiting = store.waiting(conversation_id, now) if needs_queue(conversation, event) else None
        decided = decide(conversation, event, rules=rules, directory=directory, now=now, waiting=waiting)
        decision = audited(event, decided)
        try:
            store.save(decision, version, now)
        except Conflict:
            continue
        return decision
    raise Conflict
