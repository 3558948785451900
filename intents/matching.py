"""Finding the words of the rules in a folded text, all at once (Aho-Corasick), without word boundaries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from operator import attrgetter
from typing import NamedTuple

import ahocorasick

from intents.rule import STRONG, Keyword, Rule, Spelling
from intents.sounds import Sounds
from intents.spelling import Speller
from intents.typos import Names


class Span(NamedTuple):
    """Where a word stands in the text: text[start:end] == word."""

    start: int
    end: int
    word: str


class Kind(Enum):
    """How near the utterance is to the word."""

    KEYWORD = auto()
    SOUND = auto()  # it only sounds the same
    TYPO = auto()  # but for one character


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word of the rules in the utterance that speaks for an intent."""

    word: str  # as the admin wrote it
    factor: float  # how many times likelier it makes the intent
    kind: Kind = Kind.KEYWORD


@dataclass(frozen=True, slots=True)
class Combination:
    """A `together` of a rule: one word of each member must be there."""

    intent: str
    members: tuple[dict[str, str], ...]  # folded word → as the admin wrote it

    def match(self, words: set[str]) -> str | None:
        """The words that are there, one of each member: "預け＋歯医者"."""
        for member in self.members:
            if member.keys().isdisjoint(words):
                return None
        present = (member.keys() & words for member in self.members)
        chosen = (max(each, key=lambda word: (len(word), word)) for each in present)
        return "＋".join(member[word] for member, word in zip(self.members, chosen, strict=True))


class Index:
    """Every word of the rules, folded; built once, only read afterwards, so threads may share it."""

    def __init__(self, rules: Iterable[Rule], spellings: Iterable[Spelling] = ()) -> None:
        speller = Speller(spellings)
        self.fold, self.respell = speller.fold, speller.respell
        keywords: defaultdict[str, dict[str, Keyword]] = defaultdict(dict)  # folded word → intent → keyword
        self.combinations: list[Combination] = []
        self.rules_out: defaultdict[str, set[str]] = defaultdict(set)  # folded word → intents
        for rule in rules:
            for keyword in rule.keywords:
                uses = keywords[self.fold(keyword.text)]
                uses[rule.intent] = max(uses.get(rule.intent, keyword), keyword, key=attrgetter("factor"))
            self.combinations += self._combinations(rule)
            for word in map(self.fold, rule.unless):
                self.rules_out[word].add(rule.intent)
        self.keywords = {
            word: tuple((intent, Evidence(keyword.text, keyword.factor)) for intent, keyword in uses.items())
            for word, uses in keywords.items()
        }
        names = {keyword.text: word for word, uses in keywords.items() for keyword in _strong(uses.values())}
        self.names, self.sounds = Names(names), Sounds(names)
        self._near = _by_rarest_member(self.combinations)
        self._automaton = _automaton(self._words())

    def find(self, text: str) -> list[Span]:
        """Every word of the rules in the folded text, overlapping ones too."""
        if not len(self._automaton):
            return []
        return [Span(last + 1 - len(word), last + 1, word) for last, word in self._automaton.iter(text)]

    def combinations_near(self, words: Collection[str]) -> Iterator[Combination]:
        """Those that have at least one of the words; each once, in the order of the rules."""
        near = {number for word in words for number in self._near.get(word, ())}
        return (self.combinations[number] for number in sorted(near))

    def _words(self) -> set[str]:
        members = (member for combination in self.combinations for member in combination.members)
        return set(self.keywords).union(self.rules_out, *members)

    def _combinations(self, rule: Rule) -> Iterator[Combination]:
        for together in rule.together:
            members = ({self.fold(word): word for word in reversed(member)} for member in together.members)
            yield Combination(rule.intent, tuple(members))


def _by_rarest_member(combinations: list[Combination]) -> dict[str, list[int]]:
    """One member must be there: the one with the fewest and longest words."""
    near: defaultdict[str, list[int]] = defaultdict(list)
    for number, combination in enumerate(combinations):
        for word in min(combination.members, key=lambda member: sum(10.0 ** -len(word) for word in member)):
            near[word].append(number)
    return dict(near)


def longest(spans: Iterable[Span]) -> list[Span]:
    """The spans in reading order, without those that lie wholly inside a longer one."""
    outer: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not outer or span.end > outer[-1].end:
            outer.append(span)
    return outer


def _strong(keywords: Iterable[Keyword]) -> Iterator[Keyword]:
    return (keyword for keyword in keywords if keyword.factor == STRONG)


def _automaton(words: Iterable[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton
