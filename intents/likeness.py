"""How much an utterance is like what the rules say about each topic: the second signal, where keywords are silent.

Each rule is read as one document (its examples and its keywords) and ranked by BM25 (Robertson and Zaragoza 2009) over
pairs of characters and single kanji, which need no word boundaries, see what is inside a long word and survive a typo.
What is written without kanji, as children write and who is learning Japanese, is compared by its sound instead.
docs/classifier.md says what was measured.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple

from intents.bm25 import Topics, grams
from intents.reading import Reading
from intents.rule import NORMAL, STRONG, WEAK, Rule
from intents.words import sounds

_WEIGHTS: Final = {STRONG: 2.0, NORMAL: 1.0, WEAK: 0.5}  # of a keyword, beside an example's 1.0
_SHARPNESS: Final = 5.3  # how fast a topic that is less alike falls behind the best
_NEAR: Final = 0.4  # of the best one's score; what is less alike has no share worth a word
_TELLING: Final = 20.0  # a highest score below which an utterance says too little to be sure of …
_TELLING_BY_EAR: Final = 45.0  # … and by ear, where grams are rarer
_KANA: Final = re.compile(r"[ぁ-ん]")
_KANJI: Final = re.compile(r"[一-龥々](?<![0-9].)(?<![0-9]..)")  # not what counts: 3年生, 1歳半
_AGE: Final = re.compile(r"[0-9]+ *(?:サイ|カゲツ|カツキ|ネンセイ)")  # hardly a sentence goes without
_NO_SOUND: Final = re.compile(r"[^ァ-ヶー0-9a-z]+")


class Alike(NamedTuple):
    """What an utterance is like."""

    shares: Mapping[str, float]  # by topic; together 1 where there are any
    explained: float  # how much of the utterance (0–1) the best topic knows


NOTHING: Final = Alike({}, 0.0)


class Likeness:
    """The rules' examples and keywords, to the eye and to the ear."""

    def __init__(self, rules: Iterable[Rule], fold: Callable[[str], str]) -> None:
        """Rules without examples take no part: there is nothing that an utterance could be like."""
        self._telling = [rule for rule in rules if rule.examples]
        self._examples = {rule.intent: rule.examples for rule in self._telling}
        self._fold = fold
        self._seen = Topics(self._documents(lambda text: grams(fold(text))))

    @cached_property
    def _heard(self) -> Topics:
        """Made for the first who writes without kanji: reading every example takes as long as all the rest."""
        return Topics(self._documents(_heard))

    def prepare(self) -> None:
        """Reads the examples by ear now."""
        _ = self._heard

    def _documents(self, told: Callable[[str], list[str]]) -> dict[str, list[tuple[list[str], float]]]:
        return {
            rule.intent: [(told(text), weight) for text, weight in _texts(rule)] for rule in self._telling
        }

    def __bool__(self) -> bool:
        return bool(self._examples)

    def alike(self, reading: Reading, without: Collection[str] = ()) -> Alike:
        by_ear = _is_kana_only(reading)
        topics = self._heard if by_ear else self._seen
        said = _heard(reading.written) if by_ear else chain.from_iterable(map(grams, reading.sentences))
        scores, highest = topics.scores(dict.fromkeys(said))  # in the order of the text, as sums must be
        if without:
            scores = [
                0.0 if topic in without else score for topic, score in zip(topics.topics, scores, strict=True)
            ]
        if not (best := max(scores, default=0.0)):
            return NOTHING
        near = best * _NEAR
        shares = {
            topic: (score / best) ** _SHARPNESS
            for topic, score in zip(topics.topics, scores, strict=True)
            if score > near
        }
        total = math.fsum(shares.values())
        explained = min(1.0, best / max(highest, _TELLING_BY_EAR if by_ear else _TELLING))
        return Alike({topic: share / total for topic, share in shares.items()}, explained)

    def nearest_example(self, reading: Reading, intent: str) -> str:
        """The intent's example that has the most telling grams in common with an utterance; "" for none."""
        said = set(chain.from_iterable(map(grams, reading.sentences)))

        def in_common(example: str) -> float:
            return math.fsum(map(self._seen.rarity, said.intersection(grams(self._fold(example)))))

        return max(self._examples.get(intent, ()), key=in_common, default="")


def _texts(rule: Rule) -> Iterator[tuple[str, float]]:
    yield from ((example, 1.0) for example in rule.examples)
    yield from ((keyword.text, _WEIGHTS[keyword.factor]) for keyword in rule.keywords)


def _is_kana_only(reading: Reading) -> bool:
    """But for what ages are folded to."""
    text = reading.text
    return not _KANJI.search(text) and bool(_KANA.search(text))


def _heard(written: str) -> list[str]:
    """Four kana on end; who writes without kanji puts the spaces anywhere."""
    sound = _NO_SOUND.sub("", _AGE.sub("", "".join(sounds(written))))
    return [sound[start : start + 4] for start in range(len(sound) - 3)]
