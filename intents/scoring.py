"""How far each rule's words speak for it in an utterance.

An intent's confidence is 1 - Π(1 - weight) over the different keywords of its rule that were found: one strong word
is 0.80, two normal ones are 0.70, a normal and a weak one 0.62. A weak word counts only beside a normal or strong one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from intents.matching import longest
from intents.normalize import normalize
from intents.rule import STRONG, WEAK
from intents.rules import Rules
from intents.typos import mistyped

_SENTENCE_END: Final = re.compile(r"[。．！？!?\r\n]+")
_TYPO: Final = 0.35  # enough to ask back, never enough to answer


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something in the utterance that speaks for an intent."""

    word: str  # as the admin wrote it
    weight: float
    typo: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    intent: str
    confidence: float  # 0–1
    evidence: tuple[Evidence, ...]  # the strongest first


@dataclass(slots=True)
class Findings:
    """What of the rules is in an utterance."""

    length: int = 0  # of the normalised sentences, in characters
    words: set[str] = field(default_factory=set)  # every word of any rule, normalised, overlapping ones too
    evidence: defaultdict[str, dict[str, Evidence]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # by intent

    def ruled_out_by(self, intent: str, rules: Rules) -> frozenset[str]:
        """The words under the rule's `unless` that are there."""
        return rules.index.unless.get(intent, frozenset()) & self.words

    def share(self, intent: str) -> float:
        """How much of the utterance (0–1) the intent's own keywords are."""
        return sum(len(word) for word in self.words & self.evidence[intent].keys()) / self.length


def sentences(utterance: str) -> list[str]:
    """The utterance's sentences, normalised, without empty ones."""
    return [flat for sentence in _SENTENCE_END.split(utterance) if (flat := normalize(sentence))]


def look(flat: list[str], rules: Rules) -> Findings:
    """The rules' words in normalised sentences; nearly right ones only where nothing else speaks."""
    found = Findings(length=sum(map(len, flat)))
    for sentence in flat:
        _look_for_keywords(sentence, rules, found)
    for combination in rules.index.combinations:
        if label := combination.match(found.words):
            found.evidence[combination.intent][label] = Evidence(label, STRONG)
    if not score(found, rules):
        _look_for_typos(flat, rules, found)
    return found


def score(found: Findings, rules: Rules) -> list[Score]:
    """Every intent that something speaks for, best first; equals in the order of their ids."""
    scores = (_score(intent, evidence.values()) for intent, evidence in found.evidence.items())
    spoken_for = (
        score for score in scores if score.confidence and not found.ruled_out_by(score.intent, rules)
    )
    return sorted(spoken_for, key=lambda score: (-score.confidence, score.intent))


def confidence(weights: Iterable[float]) -> float:
    doubt = 1.0
    for weight in weights:
        doubt *= 1 - weight
    return round(1 - doubt, 3)


def _look_for_keywords(sentence: str, rules: Rules, found: Findings) -> None:
    spans = list(rules.index.find(sentence))
    found.words.update(span.word for span in spans)
    for span in longest(span for span in spans if span.word in rules.index.keywords):
        for intent, keyword in rules.index.keywords[span.word]:
            found.evidence[intent][span.word] = Evidence(keyword.text, keyword.weight)


def _look_for_typos(flat: list[str], rules: Rules, found: Findings) -> None:
    for sentence in flat:
        for word in sorted(mistyped(sentence, rules.index.names)):
            for intent, keyword in rules.index.keywords[word]:
                found.evidence[intent] = {word: Evidence(keyword.text, _TYPO, typo=True)}


def _score(intent: str, found: Iterable[Evidence]) -> Score:
    strongest_first = tuple(sorted(found, key=lambda each: (-each.weight, each.word)))
    alone_too_weak = strongest_first[0].weight <= WEAK
    return Score(
        intent,
        0.0 if alone_too_weak else confidence(each.weight for each in strongest_first),
        strongest_first,
    )
