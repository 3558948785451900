"""Intents come and go with the ward's rules; what was said about them before does not break anything."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from short_rules import short_rules

from conversation.engine import decide
from conversation.events import ParentSharedPosition, ParentWrote
from conversation.model import Asked, Conversation, Question
from directory import pack
from intents import entry_edits
from intents.classify import classify
from intents.ids import NEEDED
from intents.rules import BadRules, Rules, parse

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
directory = cache(pack.load)


@cache
def added() -> str:
    text = entry_edits.new_entry(
        short_rules(), "ward_pool", "区民プール", "居場所・つながり", "区民プールは何時まで"
    )
    form = replace(entry_edits.read(text, "ward_pool"), places="児童館", must_not=("こどもの水ぼうそう",))
    return entry_edits.write(text, "ward_pool", form)


@cache
def retired() -> str:
    return entry_edits.write(
        added(), "ward_pool", replace(entry_edits.read(added(), "ward_pool"), retired=True)
    )


def words_of(conversation: Conversation, event, rules: Rules) -> str:
    return str(decide(conversation, event, rules=rules, directory=directory(), now=NOW).outgoing)


def test_an_intent_of_the_wards_own_answers():
    assert classify("区民プールは何時までですか", parse(added())).intent == "ward_pool"


def test_a_retired_one_is_understood_no_more_and_keeps_its_title():
    rules = parse(retired())

    assert "ward_pool" not in {each.intent for each in classify("区民プール", rules).candidates}
    assert rules.rule("ward_pool").title == "区民プール"


@pytest.mark.parametrize("text", [retired(), short_rules()], ids=["retired", "gone with a rollback"])
def test_a_place_that_was_asked_for_its_sake_is_still_answered(text: str):
    asked = Conversation("c1", greeted=True, asked=Asked(Question.PLACE, intent="ward_pool"))

    for event in (
        ParentWrote(NOW, "若宮3丁目", "m1"),
        ParentSharedPosition(NOW, 35.7217, 139.6427, "m2"),
    ):
        assert "近く" in words_of(asked, event, parse(text))


@pytest.mark.parametrize(("said", "leads_to"), [("1", "相談員に引きつぐ前に"), ("2", "予防接種")])
def test_the_numbers_of_a_question_stay_what_they_were(said: str, leads_to: str):
    """「1」 was the retired one: a person, and not what stands behind it."""
    asked = Asked(Question.TOPIC, options=("ward_pool", "vaccination", "feeding"))
    event = ParentWrote(NOW, said, "m1")

    assert leads_to in words_of(Conversation("c1", greeted=True, asked=asked), event, parse(retired()))


@pytest.mark.parametrize("intent", sorted(NEEDED))
def test_what_the_conversation_leads_to_cannot_be_retired(intent: str):
    text = entry_edits.write(
        short_rules(), intent, replace(entry_edits.read(short_rules(), intent), retired=True)
    )

    with pytest.raises(BadRules) as caught:
        parse(text)

    assert "やめられません" in caught.value.problems[0].message
