"""Ranking topics by BM25 (Robertson and Zaragoza 2009), each read as one document.

Over pairs of characters and single kanji: they need no word boundaries, see what is inside a long word, and survive a typo.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from operator import add
from typing import Final

import numpy as np
from numpy.typing import NDArray

_K1, _B = 1.2, 0.75  # BM25's usual saturation and length correction
_KANJI: Final = re.compile(r"[一-龥々]")

Table = NDArray[np.float64]


def grams(folded: str) -> list[str]:
    """The pairs of characters and the single kanji of a folded text."""
    return [*map(add, folded, folded[1:]), *_KANJI.findall(folded)]


class Topics:
    """One document a topic, weighed once; only read afterwards, so threads may share it."""

    def __init__(self, documents: Mapping[str, Collection[tuple[list[str], float]]]) -> None:
        """From each topic to its texts: their grams, and how much each text counts."""
        self.topics = tuple(sorted(documents))  # the columns of the table; equals are ranked by their ids
        often = self._often(documents)
        spread = (often > 0).sum(axis=1, keepdims=True, dtype=np.float64)
        self._rarity = _rarity(len(self.topics), spread)
        self._unknown = float(_rarity(len(self.topics), np.zeros(1))[0])
        lengths = often.sum(axis=0, keepdims=True)
        damping = _K1 * (1 - _B + _B * lengths / (lengths.mean() if lengths.size else 1.0))
        weights = self._rarity * often * (_K1 + 1) / (often + damping)
        most = weights.max(axis=1, keepdims=True, initial=0.0)  # as if it were one more topic
        self._adds = np.hstack([weights, most]).astype(np.float32)  # half the memory to walk through

    def scores(self, said: Collection[str]) -> tuple[list[float], float]:
        """Every topic's BM25 score, in the order of `topics`; and what a topic would score that had the best of
        everything that was said."""
        known = [row for row in map(self._rows.get, said) if row is not None]
        *scores, highest = np.add.reduce(self._adds.take(known, axis=0)).tolist()
        return scores, highest + self._unknown * (len(said) - len(known))

    def rarity(self, gram: str) -> float:
        row = self._rows.get(gram)
        return self._unknown if row is None else float(self._rarity[row, 0])

    def _often(self, documents: Mapping[str, Collection[tuple[list[str], float]]]) -> Table:
        """How often each gram (a row) is in each topic (a column), a weak word's counting less."""
        counts = [_counts(documents[topic]) for topic in self.topics]
        grams = dict.fromkeys(
            chain.from_iterable(chain.from_iterable(weighted.values()) for weighted in counts)
        )
        self._rows = {gram: row for row, gram in enumerate(grams)}
        often = np.zeros((len(self._rows), len(self.topics)))
        for column, weighted in enumerate(counts):
            for weight, count in weighted.items():
                often[list(map(self._rows.__getitem__, count)), column] += np.multiply(
                    list(count.values()), weight
                )
        return often


def _counts(texts: Iterable[tuple[list[str], float]]) -> dict[float, Counter[str]]:
    """In how many texts of each weight every gram is."""
    by_weight: defaultdict[float, list[list[str]]] = defaultdict(list)
    for grams, weight in texts:
        by_weight[weight].append(grams)
    return {
        weight: Counter(chain.from_iterable(map(dict.fromkeys, alike))) for weight, alike in by_weight.items()
    }


def _rarity(topics: int, spread: Table) -> Table:
    return np.log(1 + (topics - spread + 0.5) / (spread + 0.5))
