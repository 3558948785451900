"""The second look for danger: how much an utterance is like the reviewed sentences, where no reviewed phrase is in it.

Nobody can list every way of saying it. So each kind's sentences (crisis_sentences.yaml) are one topic, and ordinary
sentences about everything else (crisis_ordinary.yaml) are others; BM25 says which an utterance is most like. Clearly like
danger is a sign, nearly so a concern. docs/classifier.md says what was measured.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from intents import crisis
from intents.bm25 import Topics, grams
from intents.crisis_data import catalogue
from intents.crisis_model import Concern, CrisisSign, Kind

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIGN: Final = 1.5  # times as like danger as like anything else
_CONCERN: Final = 1.3
_EXPLAINED: Final = 0.4  # of what is said must be in the kind's sentences
_TELLING: Final = 35.0  # a highest score below which an utterance says too little
_KINDS: Final = frozenset(Kind)


def find(utterance: str) -> CrisisSign | Concern | None:
    said = tuple(dict.fromkeys(grams(catalogue().fold(utterance))))
    ranked, highest = _topics().ranked(said)
    danger = next(((topic, score) for topic, score in ranked if topic in _KINDS), None)
    if danger is None or danger[1] < _EXPLAINED * max(highest, _TELLING):
        return None
    ordinary = next((score for topic, score in ranked if topic not in _KINDS), 0.0)
    if danger[1] < _CONCERN * ordinary:
        return None
    return _sign(Kind(danger[0]), said, sure=danger[1] >= _SIGN * ordinary)


def _sign(kind: Kind, said: tuple[str, ...], *, sure: bool) -> CrisisSign | Concern:
    """With the voice and the topic of the most similar sentence."""
    nearest = _nearest(kind, said)
    matched = (f"「{nearest}」に似ている",)
    known = crisis.find_crisis(nearest)
    voice = known.voice if known else catalogue().speakers[kind].usual
    if not sure:
        return Concern(kind, voice, matched)
    return CrisisSign(kind, voice, matched, topic=known.topic if known and known.kind is kind else "")


def _nearest(kind: Kind, said: tuple[str, ...]) -> str:
    fold, rarity = catalogue().fold, _topics().rarity

    def in_common(sentence: str) -> float:
        return sum(sorted(map(rarity, set(said).intersection(grams(fold(sentence))))))

    return max(_sentences()[kind], key=lambda sentence: (in_common(sentence), sentence))


@cache
def _topics() -> Topics:
    fold = catalogue().fold
    ordinary = {**_read("crisis_ordinary.yaml"), "near": list(_ordinary_near())}
    documents = {**_sentences(), **ordinary}
    return Topics({topic: [(grams(fold(text)), 1.0) for text in documents[topic]] for topic in documents})


@cache
def _sentences() -> dict[str, list[str]]:
    """Each kind's sentences that must be caught, whoever speaks."""
    reviewed = _read("crisis_sentences.yaml")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for kind in Kind:
        for texts in reviewed[kind]["caught"].values():
            found[kind] += texts
    return dict(found)


def _ordinary_near() -> Iterator[str]:
    """Sentences that only sound alike."""
    for part in _read("crisis_sentences.yaml").values():
        yield from part.get("ordinary", ())


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files("intents").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe one
    return data
