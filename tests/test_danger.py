"""Danger that no reviewed phrase names, and ordinary talk that only sounds alike."""

from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quick_yaml import loaded

from bot.program import seed_rules
from intents import crisis, danger
from intents.classify import Action, classify
from intents.crisis_model import Concern, CrisisSign, Kind
from intents.rules import parse


@pytest.mark.parametrize(
    ("utterance", "kind"),
    [
        ("もう、この世にいることに疲れてしまった", Kind.SUICIDE),
        ("旦那に首根っこつかまれて壁に押しつけられた", Kind.DV),
        ("手が勝手に動いて子の頭を何度もぶってしまっている", Kind.ABUSE),
    ],
)
def test_what_is_like_the_reviewed_sentences_is_danger(utterance, kind):
    found = danger.find(utterance)

    assert isinstance(found, CrisisSign)
    assert found.kind is kind


def test_a_sign_by_likeness_says_which_sentence_it_is_like(monkeypatch):
    monkeypatch.setattr(crisis, "find_in", lambda folded: None)

    found = danger.find("もう生きる希望がありません。消えてしまいたい")

    assert isinstance(found, CrisisSign)
    assert found.kind is Kind.SUICIDE
    assert found.matched[0].endswith("に似ている")


def test_a_sure_phrase_is_not_looked_at_twice():
    assert danger.find("もう死にたい") == crisis.find_danger("もう死にたい")


@pytest.mark.parametrize(
    "utterance",
    ["一時保育どこ", "死ぬほど眠い", "今日はいい天気", "", "夜泣きがつらい", "友達を叩いてしまう3歳です"],
)
def test_ordinary_words_are_no_alarm(utterance):
    assert not isinstance(danger.find(utterance), CrisisSign)


@given(st.text())
def test_no_text_breaks_the_look_for_danger(utterance):
    assert isinstance(danger.find(utterance), CrisisSign | Concern | None)


def test_no_rule_hides_danger():
    rules = parse(seed_rules())
    hiding = tuple(
        replace(rule, examples=(*rule.examples, "もう死にたい、消えてしまいたい")) for rule in rules.rules
    )

    assert classify("もう死にたい、消えてしまいたい", replace(rules, rules=hiding)).action is Action.CRISIS


def test_more_sentences_of_people_in_danger_are_heard():
    reviewed = loaded(resources.files("intents").joinpath("crisis_alike.yaml").read_text(encoding="utf-8"))
    told = [(kind, text) for kind in Kind for texts in reviewed[kind].values() for text in texts]

    heard = [text for _, text in told if danger.find(text)]

    assert len(heard) / len(told) >= 0.95


def test_ordinary_sentences_raise_hardly_an_alarm():
    ordinary = loaded(resources.files("intents").joinpath("crisis_ordinary.yaml").read_text(encoding="utf-8"))
    texts = [text for topic in ordinary.values() for text in topic]

    alarms = [text for text in texts if isinstance(danger.find(text), CrisisSign)]

    assert len(alarms) / len(texts) <= 0.002
