"""The second look for danger: how much an utterance is like the reviewed sentences, where no reviewed phrase is in it.

Nobody can list every way of saying it. So each kind's sentences (crisis_sentences.yaml, crisis_alike.yaml) are one topic, and ordinary
sentences about everything else (crisis_ordinary.yaml) are others; BM25 says which an utterance is most like. Clearly like
danger is a sign, nearly so a concern. docs/classifier.md says what was measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import fsum
from typing import Any, Final

import yaml

from intents import crisis
from intents.bm25 import Topics, grams
from intents.crisis_data import catalogue
from intents.crisis_model import Concern, CrisisSign, Kind

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIGN: Final = 1.5  # times as like danger as like anything else
_CONCERN: Final = 1.2
_EXPLAINED: Final = 0.4  # of what is said must be in the kind's sentences
_TELLING: Final = 35.0  # a highest score below which an utterance says too little


def find_in(folded: str) -> CrisisSign | Concern | None:
    """A sign, a concern, or nothing in an utterance that is folded as the crisis phrases are."""
    known = _known()
    said = tuple(dict.fromkeys(grams(folded)))
    scores, highest = known.topics.scores(said)
    danger, topic = max((scores[column], known.topics.topics[column]) for column in known.dangers)
    if danger < _EXPLAINED * max(highest, _TELLING):
        return None
    ordinary = max(scores[column] for column in known.others)
    if danger < _CONCERN * ordinary:
        return None
    return _sign(Kind(topic), set(said), sure=danger >= _SIGN * ordinary)


def _sign(kind: Kind, said: set[str], *, sure: bool) -> CrisisSign | Concern:
    """With the voice and the topic of the most similar sentence."""
    nearest = _nearest(kind, said)
    matched = (f"「{nearest}」に似ている",)
    known = crisis.find_crisis(nearest)
    voice = known.voice if known else catalogue().speakers[kind].usual
    if not sure:
        return Concern(kind, voice, matched)
    return CrisisSign(kind, voice, matched, topic=known.topic if known and known.kind is kind else "")


def _nearest(kind: Kind, said: set[str]) -> str:
    rarity = _known().topics.rarity

    def in_common(sentence: tuple[str, frozenset[str]]) -> tuple[float, str]:
        return fsum(map(rarity, said & sentence[1])), sentence[0]

    return max(_known().sentences[kind], key=in_common)[0]


@dataclass(frozen=True, slots=True)
class _Known:
    topics: Topics
    dangers: list[int]  # columns
    others: list[int]
    sentences: dict[Kind, list[tuple[str, frozenset[str]]]]  # with their grams


@cache
def _known() -> _Known:
    fold = catalogue().fold
    dangers: dict[str, list[str]] = {kind: _sentences(kind) for kind in Kind}
    ordinary: dict[str, list[str]] = {**_read("crisis_ordinary.yaml"), "near": list(_ordinary_near())}
    told = {topic: [grams(fold(text)) for text in texts] for topic, texts in (dangers | ordinary).items()}
    topics = Topics({topic: [(each, 1.0) for each in texts] for topic, texts in told.items()})
    columns = range(len(topics.topics))
    return _Known(
        topics,
        [column for column in columns if topics.topics[column] in dangers],
        [column for column in columns if topics.topics[column] not in dangers],
        {kind: list(zip(dangers[kind], map(frozenset, told[kind]), strict=True)) for kind in Kind},
    )


def _sentences(kind: Kind) -> list[str]:
    """What people in danger say, whoever speaks."""
    by_voice = (_read("crisis_sentences.yaml")[kind]["caught"], _read("crisis_alike.yaml")[kind])
    return [text for voices in by_voice for texts in voices.values() for text in texts]


def _ordinary_near() -> Iterator[str]:
    """Sentences that only sound alike."""
    for part in _read("crisis_sentences.yaml").values():
        yield from part.get("ordinary", ())
    yield from _read("crisis_alike.yaml")["ordinary"]


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files("intents").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe one
    return data
