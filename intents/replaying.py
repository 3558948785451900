"""What other rules would make of messages that really came: which outcomes change, from what to what.

What speaks of danger or of despair is replayed as well, but only counted: nobody reads it for the sake of the rules.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from intents.classify import Action, Classification, classify
from intents.rules import Rules

DISTRESS: Final = "parent_distress"
ASK_A_SECOND: Final = 0.05  # of the messages; where more changes, somebody else looks too


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """What a parent would see first."""

    action: str
    intents: tuple[str, ...] = ()  # answered, or offered
    out_of_scope: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    text: str
    sensitive: bool = False  # it was known for danger or despair when it came


@dataclass(frozen=True, slots=True)
class Change:
    old: Outcome
    new: Outcome
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    total: int
    sensitive: int
    sensitive_changed: int  # not by the rules' doing: danger is seen before them
    changes: tuple[Change, ...]  # the largest first

    @property
    def changed(self) -> int:
        return sum(len(change.messages) for change in self.changes) + self.sensitive_changed

    @property
    def wants_a_second(self) -> bool:
        return self.changed > self.total * ASK_A_SECOND


def replay(messages: Iterable[Message], old: Rules, new: Rules) -> Replay:
    groups: defaultdict[tuple[Outcome, Outcome], list[Message]] = defaultdict(list)
    total = sensitive = sensitive_changed = 0
    for message in messages:
        total += 1
        before, after = classify(message.text, old), classify(message.text, new)
        differs = outcome(before) != outcome(after)
        if message.sensitive or is_sensitive(before) or is_sensitive(after):
            sensitive += 1
            sensitive_changed += differs
        elif differs:
            groups[outcome(before), outcome(after)].append(message)
    changes = (Change(*pair, tuple(found)) for pair, found in groups.items())
    largest = sorted(changes, key=lambda change: (-len(change.messages), change.old, change.new))
    return Replay(total, sensitive, sensitive_changed, tuple(largest))


def outcome(result: Classification) -> Outcome:
    if result.action is Action.ANSWER:
        return Outcome(result.action, (result.candidates[0].intent,))
    if result.crisis:
        return Outcome(result.action, (result.crisis.kind,))
    return Outcome(result.action, tuple(sorted(result.offered)), result.out_of_scope)


def is_sensitive(result: Classification) -> bool:
    """Danger, sure or not, or despair as likely as what would be answered or offered."""
    likely = result.intent == DISTRESS or DISTRESS in result.offered
    first = bool(result.candidates) and result.candidates[0].intent == DISTRESS
    return bool(result.crisis or result.concern or likely or first)
