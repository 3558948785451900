"""What the contestants are given: the rules, made smaller or larger, and the messages."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from intents.normalize import normalize
from intents.rule import NORMAL, STRONG, WEAK
from intents.rules import parse

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "routing_rules.yaml"
LONGEST_WORD = 50  # the rules admit no longer one
SAYS = {STRONG: 0.8, NORMAL: 0.45, WEAK: 0.3}  # a keyword's strength as a weight, for who adds weights up

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Word(NamedTuple):
    text: str  # normalised
    intent: str
    weight: float


class Example(NamedTuple):
    text: str  # normalised
    intent: str


@dataclass(frozen=True, slots=True)
class Material:
    """The same knowledge twice: as the file that Tsunagu reads, and as plain lists for the others."""

    text: str
    words: list[Word]
    examples: list[Example]

    @property
    def size(self) -> int:
        """How many different keywords there are."""
        return len({word.text for word in self.words})

    def as_file(self) -> "Material":
        return replace(self, words=[], examples=[])

    def as_lists(self) -> "Material":
        return replace(self, text="")


@dataclass(frozen=True, slots=True)
class Message:
    raw: str
    normalized: str
    row: dict[str, Any] | None  # the labelled row, where the message is from the labelled set


def material(text: str) -> Material:
    rules = parse(text).rules
    return Material(
        text,
        [
            Word(normalize(keyword.text), rule.intent, SAYS[keyword.factor])
            for rule in rules
            for keyword in rule.keywords
        ],
        [Example(normalize(example), rule.intent) for rule in rules for example in rule.examples],
    )


def labelled(path: Path) -> list[Message]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [_message(row["text"], row) for row in rows]


def unlabelled(text: str) -> list[Message]:
    """The rules' own examples: enough to measure speed with, worthless for accuracy."""
    return [_message(example) for rule in parse(text).rules for example in rule.examples]


def shuffled(messages: list[Message]) -> list[Message]:
    """Always in the same order, in which the first hundred are as good a sample as any."""
    return random.Random(1).sample(messages, len(messages))


def resized(text: str, count: int) -> str:
    """The rules with so many different keywords: the first of every intent in turn, then made-up ones.

    A made-up keyword is two real ones in a row, so the letters, and the beginnings that keywords share, stay those
    of the real ones. It takes the intent and the strength of its first half. `together`, `unless` and `examples`
    stay as they are.
    """
    document = yaml.load(text, Loader=_LOADER)
    entries = {entry["id"]: entry for entry in document["intents"]}
    real = list(_in_turn([list(_keywords(entry)) for entry in entries.values()]))
    chosen: dict[str, _Entry] = {}
    for entry in real:
        if len(chosen) < count:
            chosen.setdefault(normalize(entry.text), entry)
    dice = random.Random(count)
    while len(chosen) < count:
        first, second = dice.choice(real), dice.choice(real)
        if len(joined := first.text + second.text) <= LONGEST_WORD:
            chosen.setdefault(normalize(joined), first._replace(text=joined))
    for entry in entries.values():
        entry["keywords"] = {}
    for intent, strength, word in chosen.values():
        entries[intent]["keywords"].setdefault(strength, []).append(word)
    return str(yaml.dump(document, Dumper=_DUMPER, allow_unicode=True, sort_keys=False))


class _Entry(NamedTuple):
    intent: str
    strength: str
    text: str


def _keywords(entry: dict[str, Any]) -> Iterator[_Entry]:
    for strength, words in entry["keywords"].items():
        for word in words or ():
            yield _Entry(entry["id"], strength, str(word))


def _in_turn(lists: list[list[_Entry]]) -> Iterator[_Entry]:
    for row in zip_longest(*lists):
        yield from (entry for entry in row if entry)


def _message(text: str, row: dict[str, Any] | None = None) -> Message:
    return Message(text, normalize(text), row)
