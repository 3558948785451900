"""What an utterance is like, where keywords are silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import likeness
from intents.likeness import Likeness
from intents.normalize import normalize
from intents.reading import Reading
from intents.rule import STRONG, WEAK
from intents.rules import Keyword, Rule


def rule(intent, *examples, keywords=()):
    return Rule(
        intent=intent,
        title="題",
        group="会話",
        answer="答え",
        examples=examples,
        keywords=keywords,
    )


RULES = (
    rule(
        "temporary_care",
        "美容院に行くあいだ、下の子を見ていてもらえるところ",
        "通院の日に子どもを置いていける場所",
        keywords=(Keyword("一時保育", STRONG), Keyword("数時間", WEAK)),
    ),
    rule("child_illness", "熱が下がらないので病院に行くか迷っています", "夜中に吐きました"),
    rule("development", "もう1歳4か月なのに、まだ歩きません", "言葉が遅い気がします"),
    rule("greeting", "こんにちは"),
    rule("thanks"),  # without examples it takes no part
)
LIKENESS = Likeness(RULES, normalize)


def said(*sentences):
    return Reading("。".join(sentences), tuple(map(normalize, sentences)))


def most_alike(*sentences):
    shares = LIKENESS.alike(said(*sentences)).shares
    return max(shares, key=lambda intent: shares[intent], default=None)


@pytest.mark.parametrize(
    ("sentence", "intent"),
    [
        ("歯医者に行くあいだ、下の子だけ見ていてほしい", "temporary_care"),
        ("熱が下がりません", "child_illness"),
        ("一時保育", "temporary_care"),  # keywords are part of a topic
        ("まだ あるきません", "development"),  # by its sound
        ("マダ　アルキマセン", "development"),
    ],
)
def test_the_topic_with_the_most_telling_words_in_common_is_the_most_alike(sentence, intent):
    assert most_alike(sentence) == intent


def test_all_sentences_of_an_utterance_count():
    assert most_alike("こんにちは", "夜中に吐きました。病院に行くか迷っています") == "child_illness"


def test_shares_add_up_to_one():
    shares = LIKENESS.alike(said("下の子が夜中に吐きました")).shares

    assert sum(shares.values()) == pytest.approx(1)


def test_strange_words_leave_little_explained():
    known = LIKENESS.alike(said("熱が下がらないので病院に行く"))
    strange = LIKENESS.alike(said("熱帯魚の水槽の濾過器が壊れた"))

    assert known.explained > 0.8
    assert strange.explained < 0.3


def test_a_word_or_two_explain_little():
    assert LIKENESS.alike(said("まだ")).explained < 0.3


def test_a_topic_that_is_ruled_out_is_like_nothing():
    shares = LIKENESS.alike(said("熱が下がりません"), without={"child_illness"}).shares

    assert "child_illness" not in shares


def test_the_nearest_example_is_named():
    assert LIKENESS.nearest_example(said("熱が下がらない"), "child_illness") == RULES[1].examples[0]
    assert LIKENESS.nearest_example(said("熱が下がらない"), "thanks") == ""


def test_without_any_examples_nothing_is_alike():
    assert not Likeness((rule("thanks"),), normalize)
    assert Likeness((rule("thanks"),), normalize).alike(said("ありがとう")).shares == {}


def test_once_prepared_no_example_is_read_for_whoever_writes_in_kana(monkeypatch):
    ready = Likeness(RULES, normalize)
    ready.prepare()
    read = []
    monkeypatch.setattr(likeness, "sounds", lambda text: read.append(text) or [text])

    ready.alike(said("まだ あるきません"))

    assert read == ["まだ あるきません"]


@given(st.text())
def test_no_text_breaks_the_likeness(text):
    alike = LIKENESS.alike(said(text))

    assert 0 <= alike.explained <= 1
