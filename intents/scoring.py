"""How far each rule's words, and the likeness to its examples, speak for it in an utterance.

Each intent gets a mass: its share of the likeness (intents.likeness), times the factor of every keyword that was found
(strong ×8, normal ×2, weak ×1.5). Its confidence is its part of all the masses and of one more, the unknown, which is
the greater the less of the utterance is in any example. So confidences add up to less than 1, two signals that agree
are surer than each, and two that differ end in a question.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from intents.ages import FOR_WHOM, is_for_others
from intents.ids import SMALL_TALK
from intents.likeness import NOTHING, Alike
from intents.matching import Evidence, Kind, longest
from intents.reading import Reading
from intents.rule import NORMAL, STRONG, WEAK
from intents.rules import Rules

_SOUND: Final = STRONG  # a whole name that sounds the same is as good as the name
_TYPO: Final = NORMAL
_MOST: Final = 25.0  # however many words speak for it
_BESIDE: Final = 0.03  # the share of an intent that words speak for, but no likeness
_FOR_OTHERS: Final = 0.8  # of its mass is left to an intent for children of another age
_DOUBT: Final = 0.5  # the unknown, where every word is known …
_STRANGE: Final = 2.4  # … and what comes to it where none is
_LENIENT: Final = 1.9  # a few strange words matter little
_LEAST: Final = 0.01  # a confidence that is not worth a word
_RANKED: Final = 6  # what is behind them decides nothing
_SOFTLY: Final = 0.2  # of a greeting's mass is too little to make it one's opening only
_PLAINLY: Final = 0.45  # a mass by likeness alone that makes a topic of what else would be a greeting


class Score(NamedTuple):
    intent: str
    confidence: float  # 0–1
    evidence: tuple[Evidence, ...]  # the strongest first
    likeness: float  # its share (0–1) of the likeness to all rules' examples
    for_others: bool  # lowered, because the ages that were told do not fit

    @property
    def is_named(self) -> bool:
        """A strong word for it is there."""
        return any(each.factor >= STRONG for each in self.evidence)


@dataclass(slots=True)
class Findings:
    """What of the rules is in an utterance."""

    reading: Reading
    words: set[str] = field(default_factory=set)  # every word of any rule, folded, overlapping ones too
    evidence: defaultdict[str, dict[str, Evidence]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # by intent, by folded word
    spoken_for: set[str] = field(default_factory=set)  # intents that words speak for; weak ones alone do not
    ruled_out: dict[str, list[str]] = field(default_factory=dict)  # intent → the words of its `unless`
    alike: Alike = NOTHING


def look(reading: Reading, rules: Rules) -> Findings:
    """What speaks for which intent; nearly right words only where no right one does."""
    found = Findings(reading, words={stage.value for stage in reading.stages})
    for sentence in reading.sentences:
        _look_for_keywords(sentence, rules, found)
    for combination in rules.index.combinations_near(found.words):
        if label := combination.match(found.words):
            found.evidence[combination.intent][label] = Evidence(label, STRONG)
    found.spoken_for = _spoken_for(found) or _look_for_slips(rules, found)
    found.ruled_out = _ruled_out(rules, found)
    found.alike = rules.likeness.alike(reading, found.ruled_out)
    return found


def score(found: Findings, rules: Rules) -> list[Score]:
    """The intents that are in question, best first; equals in the order of their ids."""
    masses = _contending(_masses(found, rules), found)
    everything = math.fsum([_unknown(found.alike), *masses.values()])
    likely = [intent for intent, mass in masses.items() if mass >= _LEAST * everything]
    best = sorted(likely, key=lambda intent: (-masses[intent], intent))[:_RANKED]
    return [_score(intent, round(masses[intent] / everything, 3), found) for intent in best]


def _masses(found: Findings, rules: Rules) -> dict[str, float]:
    masses = dict(found.alike.shares)  # what is ruled out has none
    for intent in found.spoken_for - found.ruled_out.keys():
        start = masses.get(intent, 0.0) + _BESIDE if rules.likeness else 1.0
        factors = [each.factor for each in found.evidence[intent].values()]
        masses[intent] = start * min(_MOST, math.prod(factors))
    for intent in FOR_WHOM.keys() & masses.keys() if found.reading.stages else ():
        if is_for_others(intent, found.reading.stages):
            masses[intent] *= _FOR_OTHERS
    return masses


def _contending(masses: dict[str, float], found: Findings) -> dict[str, float]:
    """Greetings and thanks step back when anything else speaks plainly, and not much more softly than they do."""
    if SMALL_TALK.isdisjoint(masses):
        return masses
    serious = {intent: mass for intent, mass in masses.items() if intent not in SMALL_TALK}
    polite = max((mass for intent, mass in masses.items() if intent in SMALL_TALK), default=0.0)
    plainly = any(
        (intent in found.spoken_for or mass >= _PLAINLY) and mass >= polite * _SOFTLY
        for intent, mass in serious.items()
    )
    return serious if plainly else masses


def _unknown(alike: Alike) -> float:
    return _DOUBT + _STRANGE * math.pow(1 - alike.explained, _LENIENT)


def _score(intent: str, confidence: float, found: Findings) -> Score:
    words = found.evidence[intent].values() if intent in found.spoken_for else ()
    return Score(
        intent,
        confidence,
        tuple(sorted(words, key=lambda each: (-each.factor, each.word))) if words else (),
        found.alike.shares.get(intent, 0.0),
        is_for_others(intent, found.reading.stages),
    )


def _look_for_keywords(sentence: str, rules: Rules, found: Findings) -> None:
    spans = rules.index.find(sentence)
    found.words.update([span.word for span in spans])
    for span in longest([span for span in spans if span.word in rules.index.keywords]):
        for intent, evidence in rules.index.keywords[span.word]:
            found.evidence[intent][span.word] = evidence


def _look_for_slips(rules: Rules, found: Findings) -> set[str]:
    """A wrong conversion that sounds right is surer than a wrong character. Returns the intents they speak for."""
    index, reading = rules.index, found.reading
    if heard := set(index.sounds.heard(reading.written)):
        return set(_slips(heard, _SOUND, Kind.SOUND, rules, found))
    near = {name for sentence in reading.sentences for name in index.names.mistyped(sentence)}
    return set(_slips(near, _TYPO, Kind.TYPO, rules, found))


def _slips(names: set[str], factor: float, kind: Kind, rules: Rules, found: Findings) -> Iterator[str]:
    for name in sorted(names):
        for intent, evidence in rules.index.keywords[name]:
            found.evidence[intent] = {name: Evidence(evidence.word, factor, kind)}
            yield intent


def _spoken_for(found: Findings) -> set[str]:
    return {
        intent
        for intent, words in found.evidence.items()
        if any(each.factor > WEAK for each in words.values())
    }


def _ruled_out(rules: Rules, found: Findings) -> dict[str, list[str]]:
    if rules.index.rules_out.keys().isdisjoint(found.words):
        return {}
    out: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(found.words & rules.index.rules_out.keys()):
        for intent in rules.index.rules_out[word]:
            out[intent].append(word)
    return out
