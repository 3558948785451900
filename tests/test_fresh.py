"""Honest figures: sentences written after the rules, by someone who had not seen them. Floors lie a little below them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from quick_yaml import loaded

from bot.program import seed_rules
from intents.classify import Action, Classification, classify
from intents.rules import parse

FRESH: dict[str, Any] = loaded(
    (Path(__file__).parent / "utterances" / "fresh.yaml").read_text(encoding="utf-8")
)


def _topics() -> Iterator[tuple[str, frozenset[str]]]:
    for intent, entries in FRESH["topics"].items():
        for entry in entries:
            text, also = (entry, ()) if isinstance(entry, str) else (entry["text"], entry["also"])
            yield text, frozenset({intent, *also})


@pytest.fixture(scope="module")
def results() -> dict[str, Classification]:
    rules = parse(seed_rules())
    texts = [text for text, _ in _topics()] + FRESH["none"] + [one["text"] for one in FRESH["hard"]]
    texts += [text for kind in FRESH["danger"].values() for text in kind]
    return {text: classify(text, rules) for text in texts}


def _is_right(result: Classification, topics: frozenset[str]) -> bool:
    offered = result.action is Action.CLARIFY and topics.intersection(result.offered)
    person = result.action is Action.HANDOFF and topics & {"talk_to_human", "unsure_where"}
    return result.intent in topics or bool(offered or person)


def test_there_are_enough_of_them():
    assert len(list(_topics())) >= 200


def test_every_rule_has_enough_sentences_of_its_own():
    poor = [
        rule.intent for rule in parse(seed_rules()).rules if len(rule.examples) < 15 or len(rule.must_not) < 8
    ]

    assert poor == []


def test_most_are_answered_or_asked_about(results):
    right = [_is_right(results[text], topics) for text, topics in _topics()]

    assert sum(right) / len(right) >= 0.90


def test_few_go_wrong(results):
    wrong = [
        text
        for text, topics in _topics()
        if results[text].action is not Action.HANDOFF and not _is_right(results[text], topics)
    ]

    assert len(wrong) / len(list(_topics())) <= 0.07


def test_little_else_is_answered(results):
    answered = [text for text in FRESH["none"] if results[text].action in (Action.ANSWER, Action.CRISIS)]

    assert len(answered) / len(FRESH["none"]) <= 0.10


def test_danger_is_noticed(results):
    signs = [results[text] for texts in FRESH["danger"].values() for text in texts]

    assert sum(sign.crisis is not None for sign in signs) / len(signs) >= 0.92
    assert sum(bool(sign.crisis or sign.concern) for sign in signs) / len(signs) >= 0.93


def test_what_only_sounds_like_danger_is_mostly_let_be(results):
    calm = [text for text, _ in _topics()] + FRESH["none"] + [one["text"] for one in FRESH["hard"]]
    alarms = [text for text in calm if results[text].crisis]

    assert len(alarms) / len(calm) <= 0.035
