"""crisis.yaml, read and checked once: which phrases are signs of what, what they do not mean, who speaks."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import ahocorasick
import yaml

from intents.crisis_model import TOPICS, Kind, Voice
from intents.crisis_phrases import BadPhrase, Fold, Language, Phrase, compile_phrase
from intents.normalize import normalize

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, read eight times faster


_EVERY = 8  # some hundred ordinary sentences tell common words from rare ones as well as thousands


class BadCrisisData(ValueError):
    """crisis.yaml cannot be used; the message lists every problem and its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    kind: Kind
    rank: int  # place among the kind's signs: where several are found, the first gives voice and topic
    topic: str
    firm: bool  # so clear that only the exceptions for every kind (themes, the past) can hide it
    voice: Voice | None  # who usually speaks so; None: as usual for the kind
    unsure: bool  # a reason to ask a person in, not an alarm


@dataclass(frozen=True, slots=True, eq=False)
class Clue:
    """A phrase and what it speaks for: a sign, or (None) an exception."""

    phrase: Phrase
    kind: Kind | None  # None: an exception for every kind
    sign: Sign | None


Spans = list[tuple[int, int]]  # where in a text a phrase can match at all


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """Who speaks of a kind: the first cue found in the utterance, else the sign's own voice, else `usual`."""

    usual: Voice
    cues: tuple[tuple[Voice, tuple[Phrase, ...]], ...]


class Catalogue:
    """The reviewed phrases, indexed by the letters that must be there for them to match."""

    def __init__(self, respell: Fold, clues: Iterable[Clue], speakers: dict[Kind, Speaker]) -> None:
        self.respell = respell  # a normalised text as phrases are matched
        self.clues = tuple(clues)
        self.speakers = speakers
        self._index = _index(self.clues)

    def fold(self, text: str) -> str:
        return self.respell(normalize(text))

    def clues_near(self, folded: str) -> dict[Clue, Spans]:
        """The few clues that can match this folded text at all, each with the stretches where it can."""
        near: dict[Clue, Spans] = {}
        for last, (length, clues) in self._index.iter(folded):
            for clue in clues:
                start, stop = last + 1 - length - clue.phrase.reach, last + 1 + clue.phrase.reach
                spans = near.setdefault(clue, [])
                if spans and start <= spans[-1][1]:
                    start = min(start, spans.pop()[0])
                spans.append((max(start, 0), stop))
        return near


def _respelling(spellings: Mapping[str, str]) -> Fold:
    """Writing slang for dying or hitting in full, in a normalised text."""
    meant = {normalize(seen): normalize(full) for seen, full in spellings.items()}
    longest_first = sorted(map(re.escape, meant), key=len, reverse=True)
    slang = re.compile("|".join(longest_first) or "(?!)")
    any_slang = _automaton({seen: seen for seen in meant})

    def respell(normalized: str) -> str:
        if not meant or next(any_slang.iter(normalized), None) is None:
            return normalized  # as most often, and found out in a quarter of the time
        return slang.sub(lambda found: meant[found[0]], normalized)

    return respell


def _index(clues: Iterable[Clue]) -> ahocorasick.Automaton:
    by_anchor: dict[str, list[Clue]] = defaultdict(list)
    for clue in clues:
        for anchor in clue.phrase.anchors:
            by_anchor[anchor].append(clue)
    return _automaton({anchor: (len(anchor), tuple(near)) for anchor, near in by_anchor.items()})


def _automaton(words: Mapping[str, Any]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word, value in words.items():
        automaton.add_word(word, value)
    automaton.make_automaton()
    return automaton


@cache
def _commonness() -> Callable[[str], int]:
    """How often letters stand in some sentences about everything else."""
    ordinary = resources.files("intents").joinpath("crisis_ordinary.yaml").read_text(encoding="utf-8")
    return cache(normalize("\n".join(ordinary.splitlines()[::_EVERY])).count)


@cache
def catalogue() -> Catalogue:
    """The shipped data. Raises BadCrisisData."""
    return parse(resources.files("intents").joinpath("crisis.yaml").read_text(encoding="utf-8"))


def parse(text: str) -> Catalogue:
    """Raises BadCrisisData with every problem found."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe one
    except yaml.YAMLError as problem:
        raise BadCrisisData(f"crisis.yaml: {problem}") from problem
    return _Reader(data).catalogue()


class _Reader:
    """Walks the YAML, collecting problems instead of stopping at the first."""

    def __init__(self, data: Any) -> None:
        self.problems: list[str] = []
        top = self._mapping(data, "crisis.yaml", {"words", "spellings", "except", "kinds"})
        self._words = {
            name: self._texts(words, f"words.{name}") for name, words in (top.get("words") or {}).items()
        }
        self._respell = _respelling(top.get("spellings") or {})
        self._language = Language(lambda text: self._respell(normalize(text)), _commonness())
        self._except_everywhere = list(self._phrases(top.get("except"), "except"))
        self._kinds = self._mapping(top.get("kinds"), "kinds", {str(kind) for kind in Kind})

    def catalogue(self) -> Catalogue:
        clues = [Clue(phrase, None, None) for phrase in self._except_everywhere]
        clues += [clue for kind in Kind for clue in self._clues(kind)]
        speakers = {kind: self._speaker(kind) for kind in Kind}
        if self.problems:
            raise BadCrisisData("\n".join(self.problems))
        return Catalogue(self._respell, clues, speakers)

    def _clues(self, kind: Kind) -> Iterator[Clue]:
        where = f"kinds.{kind}"
        entry = self._mapping(self._kinds.get(kind), where, {"voice", "signs", "unsure", "except", "cues"})
        yield from (
            Clue(phrase, kind, None) for phrase in self._phrases(entry.get("except"), f"{where}.except")
        )
        if not entry.get("signs"):
            self.problems.append(f"{where}.signs: none; a kind without signs is never found")
        for rank, sign in enumerate(entry.get("signs") or []):
            yield from self._sign(sign, kind, rank, f"{where}.signs[{rank}]")
        for rank, sign in enumerate(entry.get("unsure") or []):
            yield from self._sign(sign, kind, rank, f"{where}.unsure[{rank}]", unsure=True)

    def _sign(self, data: Any, kind: Kind, rank: int, where: str, unsure: bool = False) -> Iterator[Clue]:
        entry = self._mapping(data, where, {"about", "firm", "voice", "topic", "phrases"})
        topic = entry.get("topic", "")
        if topic not in TOPICS:
            self.problems.append(f"{where}.topic: {topic!r} is none of {sorted(TOPICS)}")
        voice = self._voice(entry["voice"], where) if "voice" in entry else None
        sign = Sign(kind, rank, topic, entry.get("firm", False) is True, voice, unsure)
        for phrase in self._phrases(entry.get("phrases"), f"{where}.phrases"):
            yield Clue(phrase, kind, sign)

    def _speaker(self, kind: Kind) -> Speaker:
        where = f"kinds.{kind}"
        entry = self._kinds.get(kind) or {}
        cues = [
            (
                self._voice(cue.get("voice"), f"{where}.cues[{at}]"),
                tuple(self._phrases(cue.get("phrases"), f"{where}.cues[{at}]")),
            )
            for at, cue in enumerate(entry.get("cues") or [])
        ]
        return Speaker(self._voice(entry.get("voice"), where), tuple(cues))

    def _voice(self, value: Any, where: str) -> Voice:
        try:
            return Voice(value)
        except ValueError:
            self.problems.append(f"{where}.voice: {value!r} is none of {[str(voice) for voice in Voice]}")
            return Voice.SELF

    def _phrases(self, data: Any, where: str) -> Iterator[Phrase]:
        for written in self._texts(data, where):
            try:
                yield compile_phrase(written, self._words, self._language)
            except BadPhrase as problem:
                self.problems.append(f"{where}: {written!r}: {problem}")

    def _texts(self, data: Any, where: str) -> list[str]:
        if isinstance(data, list) and data and all(isinstance(text, str) for text in data):
            return data
        self.problems.append(f"{where}: must be a list of texts (write a bare number in quotes)")
        return []

    def _mapping(self, data: Any, where: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.problems.append(f"{where}: must have the keys {sorted(known)}")
            return {}
        self.problems.extend(
            f"{where}: unknown key {key!r}; known: {sorted(known)}" for key in data if key not in known
        )
        return data
