"""What is left of an utterance to be understood: sentences, ages, and what was taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.ages import Stage, is_for_others, spell_ages, stages_in
from intents.matching import Index
from intents.normalize import normalize
from intents.reading import read
from intents.rule import STRONG, Spelling
from intents.rules import Keyword, Rule


def index(*words, spellings=()):
    rule = Rule(
        intent="nursery_admission",
        title="題",
        group="会話",
        answer="答え",
        keywords=tuple(Keyword(word, STRONG) for word in words),
    )
    return Index((rule,), spellings)


WORDS = index("保育園", "学童", "送迎", "発達障害")


def test_an_utterance_is_read_sentence_by_sentence():
    reading = read("引っ越してきました。\n保育園はどこ？！", WORDS)

    assert list(reading.sentences) == ["引っ越してきました", "保育園はどこ"]


@pytest.mark.parametrize(
    ("utterance", "negated"),
    [
        ("保育園じゃなくて一時保育", ("保育園",)),
        ("保育園ではなく", ("保育園",)),
        ("学童以外で", ("学童",)),
        ("送迎はいりません、じゃなくて送迎はいらない", ("送迎",)),
        ("保育園のことじゃなくて", ("保育園",)),
        ("発達障害じゃないか", ()),  # a question takes nothing back
        ("保育園だけじゃなく", ()),  # nor what only adds
        ("学童以外にも", ()),
    ],
)
def test_words_that_are_taken_back_do_not_count(utterance, negated):
    assert read(utterance, WORDS).negated == negated


def test_what_was_taken_back_is_cut_out():
    assert "保育園" not in read("保育園じゃなくて幼稚園", WORDS).text


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("一才半", "1歳半"),
        ("18か月", "1歳半"),
        ("1歳6ヶ月", "1歳半"),
        ("三さい", "三さい"),
        ("2才", "2歳"),
        ("三年生", "3年生"),
    ],
)
def test_ages_have_one_spelling(typed, spelt):
    assert spell_ages(normalize(typed)) == spelt


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("生後3か月です", {Stage.BABY}),
        ("1歳半の娘", {Stage.TODDLER}),
        ("年少さん", {Stage.TODDLER}),
        ("小2と年長", {Stage.PUPIL, Stage.TODDLER}),
        ("中学1年生", {Stage.TEENAGER}),
        ("17歳", {Stage.TEENAGER}),
        ("小1時間待った", set()),
        ("3か月前から", set()),  # not an age
        ("保育園", set()),
    ],
)
def test_ages_tell_the_stage_of_childhood(text, stages):
    assert stages_in(spell_ages(normalize(text))) == stages


def test_a_topic_for_other_ages_steps_back():
    assert is_for_others("nursery_admission", frozenset({Stage.PUPIL}))
    assert not is_for_others("nursery_admission", frozenset({Stage.PUPIL, Stage.TODDLER}))  # two children
    assert not is_for_others("parenting_worry", frozenset({Stage.PUPIL}))
    assert not is_for_others("nursery_admission", frozenset())


def test_the_admins_spellings_are_read_as_the_word_they_stand_for():
    known = index("児童館", spellings=(Spelling("児童館", ("自動館", "児童感")),))

    assert read("自動館の時間", known).text == "児童館の時間"
    assert read("児童感", known).text == "児童館"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("自動手当はいくら", "児童手当"),
        ("予防摂取", "予防接種"),
        ("求職のこと", None),  # a word of its own, though it sounds like 給食
        ("児童手当", "児童手当"),
        ("手当", None),
        ("", None),
    ],
)
def test_a_wrong_conversion_is_heard(typed, name):
    known = index("児童手当", "予防接種", "給食")
    reading = read(typed, known)

    assert [one for sentence in reading.sentences for one in known.sounds.heard(sentence)] == (
        [name] if name else []
    )


@given(st.text())
def test_no_text_breaks_the_reading(text):
    reading = read(text, WORDS)

    assert all(reading.sentences)
    assert read(reading.text, WORDS).text == reading.text
