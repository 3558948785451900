"""Sentences that say about the same, together: so that whoever looks after the rules reads twenty groups, not a thousand lines."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Final

from intents.bm25 import grams
from intents.normalize import normalize

ALIKE: Final = 0.28  # cosine of rare pairs of characters

_FEW: Final = 50  # of fewer sentences, what two have in common would count as common
_MASKED: Final = re.compile("〔[^〕]*〕")


def grouped(sentences: Sequence[str]) -> list[list[int]]:
    """The sentences' places in groups, the largest group first."""
    vectors = _vectors([grams(normalize(_MASKED.sub("", each))) for each in sentences])
    holders: defaultdict[str, list[int]] = defaultdict(list)
    parent = list(range(len(sentences)))
    for place, vector in enumerate(vectors):
        scores: Counter[int] = Counter()
        for gram, weight in vector.items():
            for other in holders[gram]:
                scores[other] += weight * vectors[other][gram]  # type: ignore[assignment]
        near = max(scores, key=lambda other: (scores[other], -other), default=None)
        if near is not None and scores[near] >= ALIKE:
            parent[place] = parent[near]
        for gram in vector:
            holders[gram].append(place)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for place, leader in enumerate(parent):
        groups[leader].append(place)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))


def _vectors(documents: list[list[str]]) -> list[dict[str, float]]:
    often = Counter(chain.from_iterable(map(set, documents)))
    return [_unit({gram: _rarity(often[gram], len(documents)) for gram in set(each)}) for each in documents]


def _rarity(often: int, of: int) -> float:
    return math.log(1 + max(of, _FEW) / often)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(math.fsum(weight * weight for weight in vector.values())) or 1.0
    return {gram: weight / length for gram, weight in vector.items()}
