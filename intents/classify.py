"""classify(utterance, rules) -> Classification: what a message is about, and why we think so."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from intents.crisis import CrisisSign, find_crisis
from intents.reading import read
from intents.rule import OUT_OF_SCOPE
from intents.rules import Rules, Thresholds
from intents.scoring import Score, look, score

CHOICES: Final = 4  # as many as a clarifying question may offer
_LIKELY: Final = 0.1  # of the best one's confidence is enough to be offered
_MOST: Final = 5  # candidates kept with an entry
_BY_LIKENESS: Final = "例文に似ている"  # said where no keyword speaks


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
    matched: tuple[
        str, ...
    ]  # the keywords (as the admin wrote them) that spoke for it, or that it is like the examples


@dataclass(frozen=True, slots=True)
class Classification:
    action: Action
    candidates: tuple[Candidate, ...]  # best first, at most five
    crisis: CrisisSign | None
    normalized: str
    out_of_scope: bool = False  # about something that the window is not for: it says so, and offers a person

    @property
    def intent(self) -> str | None:
        """The best candidate's intent where the action is to answer; for a crisis its kind."""
        if self.crisis:
            return self.crisis.kind
        return self.candidates[0].intent if self.action is Action.ANSWER else None

    @property
    def offered(self) -> tuple[str, ...]:
        """The choices of a clarifying question: the likely ones, at most four."""
        if self.action is not Action.CLARIFY:
            return ()
        least = self.candidates[0].confidence * _LIKELY
        return tuple(each.intent for each in self.candidates[:CHOICES] if each.confidence >= least)


def classify(utterance: str, rules: Rules) -> Classification:
    """Signs of danger come first, whatever the rules say. Any text is accepted."""
    reading = read(utterance, rules.index)
    if sign := find_crisis(utterance):
        return Classification(Action.CRISIS, (), sign, reading.text)
    ranked = score(look(reading, rules), rules)
    action = decide(ranked, rules.thresholds)
    candidates = tuple(_candidate(score) for score in topics(ranked)[:_MOST])
    return Classification(action, candidates, None, reading.text, out_of_scope=is_foreign(ranked, action))


def decide(ranked: list[Score], thresholds: Thresholds) -> Action:
    """Answers the best where it is sure and nothing else is near; what is out of scope is never answered."""
    offered = topics(ranked)
    if not offered or offered[0].confidence < thresholds.ask:
        return Action.HANDOFF
    if (
        offered[0] is ranked[0]
        and offered[0].confidence >= thresholds.answer
        and gap(ranked) >= thresholds.gap
    ):
        return Action.ANSWER
    return Action.HANDOFF if _clearly_foreign(ranked, thresholds) else Action.CLARIFY


def topics(ranked: list[Score]) -> list[Score]:
    """Without what is out of scope."""
    return [score for score in ranked if score.intent != OUT_OF_SCOPE]


def is_foreign(ranked: list[Score], action: Action) -> bool:
    """Whether the message is about something that the window is not for."""
    return action is Action.HANDOFF and bool(ranked) and ranked[0].intent == OUT_OF_SCOPE


def gap(ranked: list[Score]) -> float:
    """How far the runner-up is behind."""
    behind = ranked[1].confidence if len(ranked) > 1 else 0.0
    return round(ranked[0].confidence - behind, 3)


def _clearly_foreign(ranked: list[Score], thresholds: Thresholds) -> bool:
    return ranked[0].intent == OUT_OF_SCOPE and gap(ranked) >= thresholds.gap


def _candidate(score: Score) -> Candidate:
    words = tuple(each.word for each in score.evidence)
    return Candidate(score.intent, score.confidence, words or (_BY_LIKENESS,))
