"""A draft over messages that really came: only what changes is shown, and of danger only the number."""

import random
from functools import cache

import pytest
import yaml
from databases import NOW
from short_rules import short_rules
from test_crisis import CAUGHT

from conversation.engine import decide
from conversation.events import ParentWrote
from conversation.model import Conversation
from directory import pack
from intents import entry_edits, parts
from intents.classify import classify
from intents.grouping import grouped
from intents.replaying import Message, Outcome, replay
from intents.rules import BadRules, Rules, parse

NEW = "ロケット教室はありますか"


directory = cache(pack.load)


@cache
def live() -> Rules:
    return parse(short_rules())


@cache
def draft() -> Rules:
    text = entry_edits.with_example(short_rules(), "events", NEW)
    return parse(entry_edits.with_keyword(text, "events", "ロケット教室"))


def test_only_what_changes_is_shown_from_what_to_what():
    messages = [Message(1, NEW), Message(2, "一時保育どこ"), Message(3, "ロケット教室はどこ")]

    found = replay(messages, live(), draft())

    assert found.total == 3
    assert {message.id for change in found.changes for message in change.messages} == {1, 3}
    assert any(change.new == Outcome("answer", ("events",)) for change in found.changes)


def test_danger_and_despair_are_counted_and_never_shown():
    messages = [
        Message(1, "もう死にたい。ロケット教室"),
        Message(2, "ロケット教室", sensitive=True),
        Message(3, "育児に疲れて限界です"),
    ]

    found = replay(messages, live(), draft())

    assert (found.total, found.sensitive) == (3, 3)
    assert found.changes == ()


def test_more_than_one_in_twenty_wants_a_second_person():
    quiet = [Message(number, "一時保育どこ") for number in range(2, 21)]

    assert not replay([Message(1, NEW), *quiet], live(), draft()).wants_a_second
    assert replay([Message(1, NEW), *quiet[1:]], live(), draft()).wants_a_second


def test_the_same_rules_change_nothing():
    found = replay([Message(1, NEW), Message(2, "もう死にたい")], live(), live())

    assert (found.changed, found.changes) == (0, ())


def test_sentences_that_say_the_same_are_together():
    said = ["習い事の補助はありますか", "図書館でベビーカー", "習い事の補助金", "犬の散歩", "習い事補助"]

    assert grouped(said) == [[0, 2, 4], [1], [3]]


def test_nothing_is_no_group():
    assert grouped([]) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_edit_of_the_rules_changes_what_is_done_in_danger(seed: int):
    dice = random.Random(seed)
    sentences = dice.sample([text for text, _, _ in CAUGHT], 80)
    before = [(classify(text, live()).action, classify(text, live()).crisis) for text in sentences]
    rules = edited_at_random(dice, sentences)

    after = [(classify(text, rules).action, classify(text, rules).crisis) for text in sentences]

    assert after == before
    for text in sentences[:20]:
        assert answer_to(text, rules) == answer_to(text, live())


def answer_to(text: str, rules: Rules):
    """All that a parent is sent."""
    event = ParentWrote(NOW, text, "m1")
    return decide(
        Conversation("c1", greeted=True), event, rules=rules, directory=directory(), now=NOW
    ).outgoing


def edited_at_random(dice: random.Random, crisis: list[str]) -> Rules:
    """Words of danger as keywords, as sentences, as exceptions and as out of scope; thresholds and intents turned over."""
    text = short_rules()
    names = [name for name, part in parts.split(text).items() if parts.is_entry(part)]
    for name in dice.sample(names, 12):
        form = entry_edits.read(text, name)
        some = tuple(dice.sample(crisis, 5))
        words = tuple(word[:20] for word in some)
        form = entry_edits.replace(
            form,
            strong=(*form.strong, *words) if dice.random() < 0.5 else words,
            normal=(),
            weak=(),
            unless=words if dice.random() < 0.5 else (),
            examples=some,
            must_not=some,
            handoff=dice.random() < 0.5,
            answer=dice.choice(some),
        )
        text = entry_edits.write(text, name, form)
    for sentence in dice.sample(crisis, 10):
        text = entry_edits.with_example(text, "out_of_scope", sentence)
    limits = {"answer": round(dice.random(), 2), "ask": 0.0, "gap": 0.0}
    text = parts.with_part(text, "thresholds", yaml.safe_dump({"thresholds": limits}))
    try:
        return parse(text)
    except BadRules as bad:
        raise AssertionError([problem.message for problem in bad.problems]) from bad
