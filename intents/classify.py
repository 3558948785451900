"""classify(utterance, rules) -> Classification: what a message is about, and why we think so."""

from enum import StrEnum
from typing import Final, NamedTuple

from intents import danger
from intents.crisis_model import Concern, CrisisSign
from intents.ids import SMALL_TALK
from intents.normalize import normalize_lines
from intents.reading import Reading, read_lines
from intents.rule import OUT_OF_SCOPE
from intents.rules import Rules, Thresholds
from intents.scoring import Score, look, score

CHOICES: Final = 4  # as many as a clarifying question may offer
_LIKELY: Final = 0.1  # of the best one's confidence is enough to be offered
_POLITELY: Final = 0.4  # is sure enough to greet back
_NO_CHOICE: Final = SMALL_TALK | {OUT_OF_SCOPE}
_MOST: Final = 5  # candidates kept with an entry
_ANYTHING: Final = "夜泣きで眠れません"
_BY_LIKENESS: Final = "例文に似ている"  # said where no keyword speaks


class Action(StrEnum):
    """What the bot would do with the utterance as a first message."""

    CRISIS = "crisis"
    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"


class Candidate(NamedTuple):
    intent: str
    confidence: float  # 0–1
    matched: tuple[
        str, ...
    ]  # the keywords (as the admin wrote them) that spoke for it, or that it is like the examples


class Classification(NamedTuple):
    """What to do about an utterance, and why."""

    action: Action
    candidates: tuple[Candidate, ...]  # best first, at most five
    crisis: CrisisSign | None
    normalized: str
    concern: Concern | None = None  # an unsure sign: a person is asked in, whatever the rules say
    out_of_scope: bool = False  # about something that the window is not for: it says so, and offers a person

    @property
    def intent(self) -> str | None:
        """The best candidate's intent where the action is to answer; for a crisis its kind."""
        if self.crisis:
            return self.crisis.kind
        return self.candidates[0].intent if self.action is Action.ANSWER else None

    @property
    def by_words(self) -> bool:
        """Whether words of the rules speak for the best candidate, not likeness alone."""
        return bool(self.candidates) and self.candidates[0].matched != (_BY_LIKENESS,)

    @property
    def unclear(self) -> bool:
        """No topic is sure, and no word of the rules speaks for one."""
        return self.action is Action.HANDOFF or (self.action is Action.CLARIFY and not self.by_words)

    @property
    def offered(self) -> tuple[str, ...]:
        """The choices of a clarifying question: the likely ones, at most four."""
        if self.action is not Action.CLARIFY:
            return ()
        topics = [each for each in self.candidates if each.intent not in SMALL_TALK]
        least = topics[0].confidence * _LIKELY
        return tuple(each.intent for each in topics[:CHOICES] if each.confidence >= least)


def classify(utterance: str, rules: Rules) -> Classification:
    """Signs of danger, sure or not, come first, whatever the rules say. Any text is accepted."""
    lines = normalize_lines(utterance)
    sign = danger.find_in(lines)
    reading = read_lines(utterance, lines, rules.index)
    if isinstance(sign, CrisisSign):
        return Classification(Action.CRISIS, (), sign, reading.text)
    return judge(reading, rules, sign)


def prepare(rules: Rules) -> None:
    """Reads now, for a second or two, what is else read for the first who writes: the crisis data, how examples sound."""
    rules.likeness.prepare()
    classify(_ANYTHING, rules)


def judge(reading: Reading, rules: Rules, concern: Concern | None = None) -> Classification:
    """What the rules say about an utterance without any sure sign of danger."""
    ranked = score(look(reading, rules), rules)
    action = Action.HANDOFF if concern else decide(ranked, rules.thresholds)
    return Classification(
        action,
        tuple([_candidate(score) for score in topics(ranked)[:_MOST]]),
        None,
        reading.text,
        concern,
        out_of_scope=concern is None and is_foreign(ranked, action),
    )


def decide(ranked: list[Score], thresholds: Thresholds) -> Action:
    """Answers the best where it is sure and nothing else is near; what is out of scope is never answered."""
    if not ranked or (best := ranked[0]).confidence < thresholds.ask:
        return Action.HANDOFF
    ahead, choices = gap(ranked) >= thresholds.gap, _choices(ranked, thresholds)
    if best.intent == OUT_OF_SCOPE:
        return Action.HANDOFF if ahead or not choices else Action.CLARIFY
    # 「どういたしまして」 is never far wrong, and nobody is asked whether this was a greeting.
    sure = best.confidence >= (_POLITELY if best.intent in SMALL_TALK else thresholds.answer)
    if ahead and (sure or (len(choices) == 1 and best.is_named)):
        return Action.ANSWER
    return Action.CLARIFY if choices else Action.HANDOFF


def _choices(ranked: list[Score], thresholds: Thresholds) -> list[Score]:
    """What a clarifying question could offer."""
    return [each for each in ranked if each.confidence >= thresholds.ask and each.intent not in _NO_CHOICE]


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


def _candidate(score: Score) -> Candidate:
    words = tuple([each.word for each in score.evidence])
    return Candidate(score.intent, score.confidence, words or (_BY_LIKENESS,))
