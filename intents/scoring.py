"""How far each rule's words speak for it in an utterance.

An intent's confidence is 1 - Π(1 - weight) over the different keywords of its rule that were found: one strong word
is 0.80, two normal ones are 0.70, a normal and a weak one 0.62. A weak word counts only beside a normal or strong one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from intents.matching import longest
from intents.normalize import normalize
from intents.rule import STRONG, WEAK
from intents.rules import Rules

_SENTENCE_END: Final = re.compile(r"[。．！？!?\r\n]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word that was found and speaks for an intent."""

    word: str  # as the admin wrote it
    weight: float
    seen: str  # the part of the normalised text; for a combination its words


@dataclass(frozen=True, slots=True)
class Score:
    intent: str
    confidence: float
    evidence: tuple[Evidence, ...]  # the strongest first


def sentences(utterance: str) -> list[str]:
    """The utterance's sentences, normalised, without empty ones."""
    return [flat for sentence in _SENTENCE_END.split(utterance) if (flat := normalize(sentence))]


def score(sentences: Iterable[str], rules: Rules) -> list[Score]:
    """Every intent that has something to say for itself, best first; equals in the order of their ids."""
    words: set[str] = set()
    found: defaultdict[str, dict[str, Evidence]] = defaultdict(dict)
    for sentence in sentences:
        spans = list(rules.index.find(sentence))
        words.update(span.word for span in spans)
        for span in longest(span for span in spans if span.word in rules.index.keywords):
            for intent, keyword in rules.index.keywords[span.word]:
                found[intent][span.word] = Evidence(keyword.text, keyword.weight, span.word)
    for combination in rules.index.combinations:
        if combination.holds(words):
            found[combination.intent][combination.label] = Evidence(
                combination.label, STRONG, combination.label
            )
    return rank(_scores(found, rules, words))


def rank(scores: Iterable[Score]) -> list[Score]:
    return sorted(scores, key=lambda score: (-score.confidence, score.intent))


def _scores(found: dict[str, dict[str, Evidence]], rules: Rules, words: set[str]) -> Iterator[Score]:
    for intent, evidence in found.items():
        excluded = not rules.index.unless.get(intent, frozenset()).isdisjoint(words)
        strongest_first = tuple(sorted(evidence.values(), key=lambda each: (-each.weight, each.word)))
        if not excluded and strongest_first[0].weight > WEAK:
            yield Score(intent, confidence(each.weight for each in strongest_first), strongest_first)


def confidence(weights: Iterable[float]) -> float:
    doubt = 1.0
    for weight in weights:
        doubt *= 1 - weight
    return round(1 - doubt, 3)
