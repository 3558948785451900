"""The second look for danger: how much an utterance is like the reviewed sentences, where no reviewed phrase is in it.

Nobody can list every way of saying it. So each kind's sentences (crisis_sentences.yaml, crisis_alike.yaml) are set beside
ordinary ones about everything else (crisis_ordinary.yaml), and naive Bayes says which an utterance is likelier one of.
Clearly danger is a sign, nearly so a concern. docs/classifier.md says what was measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from heapq import nlargest
from importlib import resources
from math import fsum
from typing import Any, Final, NamedTuple

import yaml

from intents import crisis
from intents.bayes import Bayes, telling
from intents.crisis_data import catalogue
from intents.crisis_model import Concern, CrisisSign, Kind, Voice

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ORDINARY: Final = "ordinary"
_SIGN: Final = 24.0  # the logarithm of how much likelier danger is than ordinary talk
_CONCERN: Final = 18.0
_LETTERS: Final = (
    20  # the most telling ones of an utterance; comparing all would take a hundred times as long
)


def find_in(folded: str) -> CrisisSign | Concern | None:
    """A sign, a concern, or nothing in an utterance that is folded as the crisis phrases are."""
    scores = dict(zip((known := _known()).bayes.kinds, known.bayes.scores(folded), strict=True))
    kind = max(Kind, key=scores.__getitem__)
    ahead = scores[kind] - scores[_ORDINARY]
    return _sign(kind, folded, sure=ahead >= _SIGN) if ahead >= _CONCERN else None


def _sign(kind: Kind, folded: str, *, sure: bool) -> CrisisSign | Concern:
    """With the voice and the topic of the most similar sentence."""
    nearest = _nearest(kind, folded)
    matched = (f"「{nearest.text}」に似ている",)
    known = crisis.find_crisis(nearest.text)
    if not sure:
        return Concern(kind, nearest.voice, matched)
    return CrisisSign(kind, nearest.voice, matched, topic=known.topic if known and known.kind is kind else "")


class _Told(NamedTuple):
    """A reviewed sentence."""

    text: str
    voice: Voice  # who speaks so
    folded: str


def _nearest(kind: Kind, folded: str) -> _Told:
    """The sentence that has the most telling letters in common."""
    bayes = _known().bayes
    weights = {gram: bayes.weight(gram, kind, _ORDINARY) for gram in telling(folded)}
    most = nlargest(_LETTERS, weights, key=weights.__getitem__)

    def in_common(told: _Told) -> tuple[float, str]:
        return fsum(weights[gram] for gram in most if gram in told.folded), told.text

    return max(_known().told[kind], key=in_common)


@dataclass(frozen=True, slots=True)
class _Known:
    bayes: Bayes
    told: dict[Kind, list[_Told]]


@cache
def _known() -> _Known:
    fold = catalogue().fold
    told = {
        kind: [_Told(text, Voice(voice), fold(text)) for voice, text in _sentences(kind)] for kind in Kind
    }
    danger = {str(kind): [each.folded for each in sentences] for kind, sentences in told.items()}
    return _Known(Bayes({**danger, _ORDINARY: list(map(fold, _ordinary()))}), told)


def _sentences(kind: Kind) -> Iterator[tuple[str, str]]:
    """What people in danger say, with who speaks."""
    for voices in (_read("crisis_sentences.yaml")[kind]["caught"], _read("crisis_alike.yaml")[kind]):
        for voice, texts in voices.items():
            yield from ((voice, text) for text in texts)


def _ordinary() -> Iterator[str]:
    """Sentences about everything else, and those that only sound alike."""
    for texts in _read("crisis_ordinary.yaml").values():
        yield from texts
    for part in _read("crisis_sentences.yaml").values():
        yield from part.get("ordinary", ())
    yield from _read("crisis_alike.yaml")["ordinary"]


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files("intents").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe one
    return data
