"""Finding the words of the rules in a normalised text, all at once (Aho-Corasick), without word boundaries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick

from intents.normalize import normalize
from intents.rule import STRONG, Keyword, Rule
from intents.typos import can_be_mistyped


@dataclass(frozen=True, slots=True)
class Span:
    """Where a word stands in the text: text[start:end] == word."""

    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Combination:
    """A `together` of a rule: one word of each member must be there."""

    intent: str
    members: tuple[dict[str, str], ...]  # normalised word → as the admin wrote it

    def match(self, words: set[str]) -> str | None:
        """The words that are there, one of each member: "預け＋歯医者"."""
        present = [member.keys() & words for member in self.members]
        if not all(present):
            return None
        chosen = (max(each, key=lambda word: (len(word), word)) for each in present)
        return "＋".join(member[word] for member, word in zip(self.members, chosen, strict=True))


class Index:
    """Every word of the rules, normalised; built once, only read afterwards, so threads may share it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        keywords: defaultdict[str, list[tuple[str, Keyword]]] = defaultdict(list)
        self.combinations: list[Combination] = []
        self.unless: dict[str, frozenset[str]] = {}
        for rule in rules:
            for keyword in rule.keywords:
                keywords[normalize(keyword.text)].append((rule.intent, keyword))
            self.combinations += _combinations(rule)
            if rule.unless:
                self.unless[rule.intent] = frozenset(map(normalize, rule.unless))
        self.keywords = dict(keywords)
        self.names = tuple(word for word, uses in keywords.items() if _is_name(word, uses))
        self._automaton = _automaton(self._words())

    def find(self, text: str) -> Iterator[Span]:
        """Every word of the rules in the normalised text, overlapping ones too."""
        if len(self._automaton):
            for last, word in self._automaton.iter(text):
                yield Span(last + 1 - len(word), last + 1, word)

    def _words(self) -> set[str]:
        members = (member for combination in self.combinations for member in combination.members)
        return set(self.keywords).union(*members, *self.unless.values())


def longest(spans: Iterable[Span]) -> list[Span]:
    """The spans in reading order, without those that lie wholly inside a longer one."""
    outer: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not outer or span.end > outer[-1].end:
            outer.append(span)
    return outer


def _combinations(rule: Rule) -> Iterator[Combination]:
    for together in rule.together:
        members = ({normalize(word): word for word in reversed(member)} for member in together.members)
        yield Combination(rule.intent, tuple(members))


def _is_name(word: str, uses: list[tuple[str, Keyword]]) -> bool:
    return any(keyword.weight == STRONG and can_be_mistyped(keyword.text, word) for _, keyword in uses)


def _automaton(words: Iterable[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton
