"""classify(utterance, rules) -> Classification: what a message is about, and why we think so."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from intents.crisis import Concern, CrisisSign, find_danger
from intents.ids import SMALL_TALK
from intents.rules import Rules, Thresholds
from intents.scoring import Findings, Score, look, score, sentences

CHOICES: Final = 4  # as many as a clarifying question may offer
_MOST: Final = 5  # candidates kept with an entry
_MAINLY: Final = 1 / 3  # so much of a message must be the greeting's own words for it to be a greeting


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
    matched: tuple[str, ...]  # the keywords (as the admin wrote them) that spoke for it


@dataclass(frozen=True, slots=True)
class Classification:
    action: Action
    candidates: tuple[Candidate, ...]  # best first, at most five; for CLARIFY the first four are offered
    crisis: CrisisSign | None
    normalized: str
    concern: Concern | None = None  # an unsure sign: a person is asked in, whatever the rules say

    @property
    def intent(self) -> str | None:
        """The best candidate's intent where the action is to answer; for a crisis its kind."""
        if self.crisis:
            return self.crisis.kind
        return self.candidates[0].intent if self.action is Action.ANSWER else None


def classify(utterance: str, rules: Rules) -> Classification:
    """Signs of danger, sure or not, come first, whatever the rules say. Any text is accepted."""
    flat = sentences(utterance)
    normalized = "。".join(flat)
    danger = find_danger(utterance)
    if isinstance(danger, CrisisSign):
        return Classification(Action.CRISIS, (), danger, normalized)
    ranked = contenders(look(flat, rules), rules)
    candidates = tuple(_candidate(score) for score in ranked[:_MOST])
    action = Action.HANDOFF if danger else decide(ranked, rules.thresholds)
    return Classification(action, candidates, None, normalized, danger)


def contenders(found: Findings, rules: Rules) -> list[Score]:
    """The intents in question, best first.

    Greetings and thanks step back when anything else speaks, and when they only open a story about something else.
    """
    scores = score(found, rules)
    topics = [score for score in scores if score.intent not in SMALL_TALK]
    return topics or [score for score in scores if found.share(score.intent) >= _MAINLY]


def decide(ranked: list[Score], thresholds: Thresholds) -> Action:
    if not ranked or ranked[0].confidence < thresholds.ask:
        return Action.HANDOFF
    if ranked[0].confidence >= thresholds.answer and gap(ranked) >= thresholds.gap:
        return Action.ANSWER
    return Action.CLARIFY


def gap(ranked: list[Score]) -> float:
    """How far the runner-up is behind."""
    behind = ranked[1].confidence if len(ranked) > 1 else 0.0
    return round(ranked[0].confidence - behind, 3)


def _candidate(score: Score) -> Candidate:
    return Candidate(score.intent, score.confidence, tuple(each.word for each in score.evidence))
