import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.classify import Action, classify
from intents.explain import explain
from intents.rule import NORMAL, STRONG, WEAK
from intents.rules import Keyword, Rule, Rules, Thresholds, Together


def rule(intent, *, strong=(), normal=(), weak=(), together=(), unless=(), title="題"):
    weights = ((strong, STRONG), (normal, NORMAL), (weak, WEAK))
    return Rule(
        intent=intent,
        title=title,
        group="会話",
        answer="答え",
        keywords=tuple(Keyword(text, weight) for words, weight in weights for text in words),
        together=tuple(Together(members) for members in together),
        unless=unless,
    )


RULES = Rules(
    version=1,
    rules=(
        rule(
            "temporary_care",
            title="一時預かり",
            strong=("一時保育", "一時預かり"),
            normal=("預かってほしい", "数時間"),
            weak=("預け", "リフレッシュ"),
            together=((("見てほしい", "預け"), ("歯医者", "美容院")),),
            unless=("病児",),
        ),
        rule("sick_child_care", title="病児保育", strong=("病児保育",), normal=("病児", "預かってほしい")),
        rule("nursery_admission", title="保育園", strong=("保育園",), normal=("保育",)),
        rule("family_support", title="ファミサポ", strong=("ファミリーサポート", "離婚したい", "友人関係")),
        rule("talk_to_human", title="人と話す", strong=("人と話したい",)),
        rule("greeting", title="あいさつ", strong=("こんにちは",)),
    ),
)


@pytest.mark.parametrize(
    ("utterance", "action", "intents"),
    [
        ("いちじほいくってどこ？", Action.ANSWER, ["temporary_care"]),  # one strong keyword
        (
            "数時間、預かってほしい",
            Action.CLARIFY,
            ["temporary_care", "sick_child_care"],
        ),  # two normal ones, one of them the other's too
        ("数時間、預けたい", Action.CLARIFY, ["temporary_care"]),  # a normal and a weak one
        ("数時間", Action.CLARIFY, ["temporary_care"]),  # a normal one alone
        ("預けてリフレッシュ", Action.HANDOFF, []),  # weak ones count only beside another
        (
            "明日歯医者です。下の子を見てほしい",
            Action.ANSWER,
            ["temporary_care"],
        ),  # together, in two sentences
        ("歯医者に行く", Action.HANDOFF, []),  # half of a combination is nothing
        ("病児保育", Action.ANSWER, ["sick_child_care"]),  # 保育 and 病児 lie inside the longer match
        ("病児なのですが一時保育は", Action.CLARIFY, ["sick_child_care"]),  # unless
        ("預かってほしい", Action.CLARIFY, ["sick_child_care", "temporary_care"]),  # equals: by id
        ("保育園か一時保育", Action.CLARIFY, ["nursery_admission", "temporary_care"]),  # no gap
        ("人と話したい", Action.ANSWER, ["talk_to_human"]),
        ("こんにちは！", Action.ANSWER, ["greeting"]),
        ("こんにちは。保育園を探しています", Action.ANSWER, ["nursery_admission"]),  # a greeting steps back
        ("ふぁみり〜さぽ〜と", Action.ANSWER, ["family_support"]),  # kana and marks are no difference
        ("ファミリーサボート", Action.CLARIFY, ["family_support"]),  # a slip: asked, not answered
        ("一次預かりに預けたい", Action.ANSWER, ["temporary_care"]),  # a wrong conversion that sounds right
        ("一時預りに預けたい", Action.ANSWER, ["temporary_care"]),  # other okurigana
        ("一時保青に預けたい", Action.CLARIFY, ["temporary_care"]),  # a slip, beside a weak word
        ("職場の人間関係", Action.HANDOFF, []),  # 友人関係 is two slips away
        ("結婚したい", Action.HANDOFF, []),  # like 離婚したい, but a turn of phrase, no name
        ("保育園じゃなくて一時保育", Action.ANSWER, ["temporary_care"]),  # taken back
        ("保育園じゃないか", Action.ANSWER, ["nursery_admission"]),  # a question takes nothing back
        ("今日はいい天気", Action.HANDOFF, []),
        ("", Action.HANDOFF, []),
    ],
)
def test_an_utterance_is_understood_as(utterance, action, intents):
    result = classify(utterance, RULES)

    assert (result.action, [candidate.intent for candidate in result.candidates]) == (action, intents)


def test_the_matched_words_are_told_as_the_admin_wrote_them():
    result = classify("ﾘﾌﾚｯｼｭしたくて、いちじ預かりを使いたい", RULES)

    assert result.candidates[0].matched == ("一時預かり", "リフレッシュ")
    assert result.candidates[0].confidence == 0.805  # ×8 and ×1.5, beside an unknown of 2.9


def test_a_combination_is_told_by_the_words_that_were_there():
    result = classify("歯医者の間、見てほしい", RULES)

    assert result.candidates[0].matched == ("見てほしい＋歯医者",)


def test_a_word_said_twice_counts_once():
    once = classify("数時間", RULES)

    twice = classify("数時間、数時間", RULES)

    assert twice.candidates == once.candidates


def test_a_short_message_is_never_a_slip_of_a_longer_word():
    result = classify("サポ", RULES)

    assert result.candidates == ()


def test_the_intent_is_told_only_when_it_is_answered():
    assert classify("一時保育", RULES).intent == "temporary_care"
    assert classify("数時間", RULES).intent is None


def test_thresholds_of_the_rules_decide():
    bold = replace(RULES, thresholds=Thresholds(answer=0.4))

    assert classify("数時間", bold).action is Action.ANSWER


def test_at_most_five_candidates_are_kept():
    rules = Rules(1, tuple(rule(f"intent_{n}", strong=("保育園",)) for n in range(9)))

    assert len(classify("保育園", rules).candidates) == 5


def test_danger_comes_before_every_rule():
    result = classify("一時保育をお願いしたいです。もう死にたい", RULES)

    assert (result.action, result.intent, result.candidates) == (Action.CRISIS, "crisis_suicide", ())
    assert result.crisis is not None


WORDS = st.sampled_from(
    [
        "一時保育",
        "預け",
        "病児",
        "保育",
        "園",
        "見てほしい",
        "歯医者",
        "数時間",
        "こんにちは",
        "。",
        "ー",
        "ファミリーサボート",
        "病",
    ]
)


@given(st.lists(WORDS).map("".join), st.randoms())
def test_the_order_of_the_rules_never_changes_a_result(utterance, order: random.Random):
    shuffled = list(RULES.rules)
    order.shuffle(shuffled)

    assert classify(utterance, replace(RULES, rules=tuple(shuffled))) == classify(utterance, RULES)


@given(st.text())
def test_no_text_breaks_the_classifier(utterance):
    result = classify(utterance, RULES)

    assert all(0 <= candidate.confidence <= 1 for candidate in result.candidates)
    assert utterance or result.action is Action.HANDOFF


def test_an_explanation_says_what_matched_and_what_would_happen():
    told = explain("いちじほいくか保育園", RULES)

    assert "読み取った文: 一時保育か保育園" in told
    assert "1位 nursery_admission「保育園」 確信度 0.42" in told
    assert "「一時保育」 ×8（1〜4文字目）" in told
    assert "2位との差 0.00（答えるには確信度 0.65 以上で差 0.15 以上、たずねるには 0.14 以上）" in told
    assert "→ 1回だけたずねます: nursery_admission「保育園」、temporary_care「一時預かり」" in told


@pytest.mark.parametrize(
    ("utterance", "says"),
    [
        ("一時保育", "→ temporary_care「一時預かり」 として答えます。"),
        ("今日はいい天気", "合うキーワードはありませんでした。"),
        ("今日はいい天気", "→ 相談員につなぎます。"),
        ("病児だけど一時保育", "外したもの: temporary_care「一時預かり」 — 除外する言葉「病児」があるため"),
        ("一次預かり", "「一時預かり」の変換まちがい？ ×8"),
        ("保育園じゃなくて一時保育", "打ち消されたことば: 「保育園」"),
        ("ファミリーサボート", "「ファミリーサポート」の打ちまちがい？ ×2"),
    ],
)
def test_an_explanation_tells(utterance, says):
    assert says in explain(utterance, RULES)


def test_an_explanation_of_danger_names_the_phrase():
    assert "危機のことば「死にたい」（crisis_suicide）" in explain("もう死にたい", RULES)
