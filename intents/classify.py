"""classify(utterance, rules) -> Classification: what a message is about, and why we think so."""

from dataclasses import dataclass
from enum import StrEnum

from intents.crisis import CrisisSign
from intents.rules import Rules


class Action(StrEnum):
    """What the bot would do with the utterance as a first message."""

    CRISIS = "crisis"
    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"


@dataclass(frozen=True, slots=True)
class Candidate:
    intent: str
    confidence: float  # 0–1
    matched: tuple[str, ...]  # the keywords (normalised) that spoke for it


@dataclass(frozen=True, slots=True)
class Classification:
    action: Action
    candidates: tuple[Candidate, ...]  # best first, at most five; for CLARIFY the ones to offer come first
    crisis: CrisisSign | None
    normalized: str

    @property
    def intent(self) -> str | None:
        """The best candidate's intent where the action is to answer; for a crisis its kind."""
        raise NotImplementedError


def classify(utterance: str, rules: Rules) -> Classification:
    raise NotImplementedError
