"""Which kind of sentence an utterance is most likely one of: naive Bayes over its grams (McCallum and Nigam 1998, multinomial)."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import chain
from operator import add
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intents.bm25 import grams

_SMOOTHING: Final = 0.1  # sentences of each kind in which every gram is taken to stand besides


def telling(folded: str) -> dict[str, None]:
    """Single kanji, pairs and triples of characters, each once, in the order of the text: sums must not depend on a set's."""
    return dict.fromkeys(chain(grams(folded), map(add, map(add, folded, folded[1:]), folded[2:])))


class Bayes:
    """The sentences of each kind, counted once; only read afterwards, so threads may share it."""

    def __init__(self, sentences: Mapping[str, Collection[str]]) -> None:
        """From each kind to its sentences, folded. Raises ValueError for a kind without any."""
        self.kinds = tuple(sorted(sentences))
        counts = [Counter(chain.from_iterable(map(telling, sentences[kind]))) for kind in self.kinds]
        self._rows = {gram: row for row, gram in enumerate(dict.fromkeys(chain.from_iterable(counts)))}
        self._logs = _logs(self._rows, counts)
        everything = sum(map(len, sentences.values()))
        self._prior = [math.log(len(sentences[kind]) / everything) for kind in self.kinds]

    def scores(self, folded: str) -> list[float]:
        """The logarithm of how likely each kind is, in the order of `kinds`, but for one constant."""
        rows = [row for row in map(self._rows.get, telling(folded)) if row is not None]
        likely = np.add.reduce(self._logs.take(rows, axis=0)).tolist()
        return list(map(add, likely, self._prior))

    def weight(self, gram: str, kind: str, other: str) -> float:
        """How much likelier (in the same logarithm) a gram makes one kind than another."""
        row = self._rows.get(gram)
        if row is None:
            return 0.0
        return float(self._logs[row, self.kinds.index(kind)] - self._logs[row, self.kinds.index(other)])


def _logs(rows: Mapping[str, int], counts: list[Counter[str]]) -> NDArray[np.float32]:
    often = np.full((len(rows), len(counts)), _SMOOTHING)
    for column, count in enumerate(counts):
        often[[rows[gram] for gram in count], column] += list(count.values())
    logs: NDArray[np.float32] = np.log(often / often.sum(axis=0)).astype(np.float32)
    return logs
