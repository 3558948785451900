"""The form of routing_rules.yaml: which parts the file has, and how to mend what does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from intents.entry import intent_entry, is_word, out_of_scope_entry
from intents.ids import INTENTS
from intents.rule import DEFAULT_THRESHOLDS, Rule, Spelling, Thresholds
from intents.source import Problem, Source, Text, line_of
from intents.spelling import flatten

TOP: Final = ("format", "thresholds", "spellings", "out_of_scope", "intents")
THRESHOLDS: Final = ("answer", "ask", "gap")


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says, as far as it could be read."""

    thresholds: Thresholds = DEFAULT_THRESHOLDS
    spellings: tuple[Spelling, ...] = ()
    out_of_scope: Rule | None = None
    rules: tuple[Rule, ...] = ()


def read(text: str, problems: list[Problem]) -> Written:
    """What could be read; `problems` grows by everything that could not."""
    file = Source("routing_rules", problems)
    root = file.document(text)
    if root is None:
        return Written()
    parts = file.mapping(root, TOP)
    _check_format(file, root, parts.get("format"))
    nodes = file.items(parts.get("intents"), "intents")
    rules = tuple(intent_entry(file, number, node) for number, node in enumerate(nodes))
    _check_ids(file, line_of(parts.get("intents", root)), rules)
    return Written(
        _thresholds(file.part("thresholds"), parts.get("thresholds")),
        tuple(_spellings(file.part("spellings"), parts.get("spellings"))),
        out_of_scope_entry(file, parts["out_of_scope"]) if "out_of_scope" in parts else None,
        rules,
    )


def _check_format(file: Source, root: yaml.Node, node: yaml.Node | None) -> None:
    if node is None or node.value != "1":
        file.complain(line_of(node or root), "はじめに `format: 1` と書いてください。")


def _thresholds(source: Source, node: yaml.Node | None) -> Thresholds:
    parts = source.mapping(node, THRESHOLDS) if node else {}
    read = {name: source.fraction(part, name) for name, part in parts.items()}
    thresholds = Thresholds(**{name: value for name, value in read.items() if value is not None})
    if node and thresholds.ask > thresholds.answer:
        source.complain(
            line_of(node),
            "`ask` は `answer` 以下にしてください（たずねる確信度は、答える確信度より低いはずです）。",
        )
    return thresholds


def _spellings(source: Source, node: yaml.Node | None) -> Iterator[Spelling]:
    """Each `word: [variants]`; a variant must lead to one word, and to its end."""
    known: dict[str, Text] = {}
    for kept, variants in source.pairs(node):
        words = [word for word in source.texts(variants, kept.value) if is_word(source, word)]
        if not words:
            source.complain(
                kept.line,
                f"「{kept.value}」の別の書き方がありません。`{kept.value}: [別の書き方]` と書いてください。",
            )
        for word in words:
            _check_variant(source, kept, word, known.setdefault(flatten(word.value), word))
        if is_word(source, kept):
            yield Spelling(kept.value, tuple(word.value for word in words), kept.line)


def _check_variant(source: Source, kept: Text, word: Text, first: Text) -> None:
    if first is not word:
        source.complain(
            word.line, f"「{word.value}」は {first.line} 行目にもあります。どちらかを消してください。"
        )
    if flatten(word.value) in flatten(kept.value):
        source.complain(
            word.line,
            f"「{word.value}」は「{kept.value}」にふくまれるので、別の書き方にできません。消してください。",
        )


def _check_ids(file: Source, line: int, rules: tuple[Rule, ...]) -> None:
    first: dict[str, int] = {}
    for rule in rules:
        if rule.intent in first:
            file.complain(
                rule.line,
                f"id `{rule.intent}` は {first[rule.intent]} 行目にもあります。1つにまとめてください。",
            )
        first.setdefault(rule.intent, rule.line)
    if missing := sorted(INTENTS - first.keys()):
        file.complain(line, f"次の id のルールがありません。書き足してください: {'、'.join(missing)}")
