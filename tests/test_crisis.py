"""The crisis detector: what it must catch, what it must leave alone, and that typing habits make no difference."""

from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quick_yaml import loaded

from intents.crisis import Kind, Voice, find_concern, find_crisis, find_danger
from intents.crisis_data import BadCrisisData, catalogue, parse

UTTERANCES = loaded(
    (Path(__file__).parent.parent / "intents" / "crisis_sentences.yaml").read_text(encoding="utf-8")
)
CAUGHT = [
    (text, Kind(kind), Voice(voice))
    for kind, sides in UTTERANCES.items()
    for voice, texts in sides.get("caught", {}).items()
    for text in texts
]
UNSURE = [
    (text, Kind(kind), Voice(voice))
    for kind, sides in UTTERANCES.items()
    for voice, texts in sides.get("unsure", {}).items()
    for text in texts
]
ORDINARY = [text for sides in UTTERANCES.values() for text in sides["ordinary"]]


@pytest.mark.parametrize(("text", "kind", "voice"), CAUGHT)
def test_a_sign_of_danger_is_caught_with_its_kind_and_voice(text, kind, voice):
    sign = find_crisis(text)

    assert sign is not None
    assert (sign.kind, sign.voice) == (kind, voice), sign.matched


@pytest.mark.parametrize(("text", "kind", "voice"), UNSURE)
def test_an_unsure_sign_is_a_concern_and_no_alarm(text, kind, voice):
    concern = find_concern(text)

    assert find_crisis(text) is None
    assert concern is not None
    assert (concern.kind, concern.voice) == (kind, voice), concern.matched


def test_a_sure_sign_comes_before_an_unsure_one():
    text = "もう母親をやめたい。この子を叩いてしまいました"

    assert find_concern(text) is None
    assert find_crisis(text) is not None


def _standing_in(text):
    """The phrases that stand in a text, sign or exception, whether or not another one covers them."""
    folded = catalogue().fold(text)
    return {
        clue
        for clue, spans in catalogue().clues_near(folded).items()
        if any(next(clue.phrase.find(folded, *span), None) for span in spans)
    }


def test_every_phrase_is_tried_by_a_sentence_that_holds_it():
    texts = [text for text, _, _ in (*CAUGHT, *UNSURE)] + ORDINARY
    tried = set().union(*map(_standing_in, texts))

    assert [clue.phrase.written for clue in catalogue().clues if clue not in tried] == []


def test_every_sign_is_tried_by_an_ordinary_sentence_that_shares_its_words():
    near = set().union(*(catalogue().clues_near(catalogue().fold(text)) for text in ORDINARY))
    untried = {
        (clue.sign.kind, clue.sign.rank, clue.sign.unsure) for clue in catalogue().clues if clue.sign
    } - {(clue.sign.kind, clue.sign.rank, clue.sign.unsure) for clue in near if clue.sign}

    assert untried == set()


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_message_frightens_nobody(text):
    assert find_crisis(text) is None


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("ロープを買ったので公園で遊びます", False),
        ("死ぬところを毎日想像してしまいます", True),
        ("毎日想像してしまいます。死ぬところを", True),
        ("虫が死ぬところを想像して子どもが泣きます", False),
        ("死ぬところを" + "とても" * 20 + "想像します", False),
    ],
)
def test_some_words_are_a_sign_only_in_company(text, caught):
    assert (find_crisis(text) is not None) is caught


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_forty_sentences_on_each_side(kind):
    sides = UTTERANCES[kind]

    assert sum(map(len, sides["caught"].values())) >= 40
    assert len(sides["ordinary"]) >= 40


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("子どもがいなくなりました", "missing"),
        ("お母さんの彼氏に体をさわられた", "sexual"),
        ("娘が痴漢にあいました", "sexual"),
        ("レイプされました", "sexual"),
        ("ボタン電池を飲み込んだかもしれない", "poison"),
        ("生後50日の赤ちゃんが38.2℃です", "infant_fever"),
        ("眠剤を全部飲んだ", "attempt"),
        ("リスカがやめられません", "self_harm"),
        ("臨月で、破水しました", "pregnancy"),
        ("死にたい", ""),
    ],
)
def test_the_topic_says_which_telephone_comes_first(text, topic):
    sign = find_crisis(text)

    assert sign is not None
    assert sign.topic == topic


def test_danger_to_life_now_comes_before_everything_else():
    sign = find_crisis("夫に殴られて子どもの意識がない。もう死にたい")

    assert sign is not None
    assert sign.kind is Kind.MEDICAL
    assert sign.also == (Kind.SUICIDE, Kind.DV)


def test_a_wish_to_die_comes_before_violence_which_is_kept_beside_it():
    sign = find_crisis("夫に殴られて死にたい")

    assert sign is not None
    assert (sign.kind, sign.also) == (Kind.SUICIDE, (Kind.DV,))


def test_the_matched_words_are_shown_to_the_counselor():
    sign = find_crisis("寝不足で、もう消えてしまいたいです")

    assert sign is not None
    assert sign.matched == ("消えてしまいた",)


def test_an_exception_hides_only_what_it_covers():
    sign = find_crisis("死ぬほど眠いし、もう消えたい")

    assert sign is not None
    assert sign.matched == ("消えたい",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("友達にも言えないけど夫に殴られています", Kind.DV),
        ("会社を辞めてから夫の暴力がひどい", Kind.DV),
        ("授乳中に夫に蹴られた", Kind.DV),
        ("手当をもらっても夫が取り上げて生活費をくれない", Kind.DV),
        ("弟がお父さんに殴られてる", Kind.ABUSE),
        ("去年も起こしましたが今けいれんしてます", Kind.MEDICAL),
        ("疲れて子どもがぐったりして反応がない", Kind.MEDICAL),
        ("もしかして誤飲したかも", Kind.MEDICAL),
        ("虫じゃなくて私が死にたい", Kind.SUICIDE),
        ("もう死にたい、こどもの授業参観も行けない", Kind.SUICIDE),
    ],
)
def test_words_of_an_exception_nearby_do_not_hide_a_clear_sign(text, kind):
    sign = find_crisis(text)

    assert sign is not None
    assert sign.kind is kind


@given(st.text(max_size=300))
def test_no_text_crashes_it(text):
    find_danger(text)


@given(st.lists(st.sampled_from([*ORDINARY, *(text for text, _, _ in CAUGHT)]), max_size=6).map("、".join))
def test_long_mixed_stories_are_read_without_fault(text):
    sign = find_crisis(text)

    assert sign is None or sign.matched


@given(
    st.sampled_from([text for text, _, _ in CAUGHT] + ORDINARY),
    st.sampled_from(" 　\u200b😢\ufe0f"),
    st.data(),
)
def test_spaces_and_emoji_between_the_letters_change_nothing(text, filler, data):
    at = data.draw(st.integers(0, len(text)))

    assert find_crisis(text[:at] + filler + text[at:]) == find_crisis(text)


@given(st.sampled_from([text for text, _, _ in CAUGHT] + ORDINARY))
def test_full_width_letters_and_katakana_change_nothing(text):
    widened = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    katakana = "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in text)

    assert find_crisis(widened) == find_crisis(text)
    assert find_crisis(katakana) == find_crisis(text)


@pytest.mark.parametrize(
    "text",
    [
        "死" * 5000,
        "昔死にたかった今は" * 500,
        "夫が子どもを" * 800,
        "生後2か月の38" * 600,
        "夫の" * 2500,
        "子を" * 2500,
        "お父さんにママが" * 600,
    ],
)
def test_a_hostile_text_does_not_hold_up_the_queue(text):
    started = process_time()

    find_crisis(text)

    assert process_time() - started < 1


def test_the_shipped_data_is_sound():
    assert catalogue().speakers.keys() == set(Kind)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ("[]", "crisis.yaml: must have the keys"),
        ("colour: red", "unknown key 'colour'"),
        ("kinds: {crisis_dv: {voice: self, signs: []}}", "kinds.crisis_dv.signs: none"),
        ("kinds: {crisis_dv: {voice: loud, signs: []}}", "'loud' is none of"),
        (
            "kinds: {crisis_dv: {voice: self, signs: [{topic: weather, phrases: [死]}]}}",
            "'weather' is none of",
        ),
        (
            "kinds: {crisis_dv: {voice: self, signs: [{phrases: [<nobody>に]}]}}",
            "no list 'nobody' under words:",
        ),
        ("kinds: {crisis_dv: {voice: self, signs: [{phrases: [(夫|に]}]}}", "a '(' without its ')'"),
        ("kinds: {crisis_dv: {voice: self, signs: [{phrases: [夫)に]}]}}", "a ')' without its '('"),
        ("kinds: {crisis_dv: {voice: self, signs: [{phrases: [(夫|)…]}]}}", "every part may be missing"),
        ("kinds: {crisis_dv: {voice: self, signs: [{phrases: [a…b…c…d…e]}]}}", "at most 3 gaps"),
        ("kinds: {crisis_dv: {voice: self, signs: [{phrases: [110]}]}}", "must be a list of texts"),
    ],
)
def test_broken_data_is_refused_with_its_place(broken, complaint):
    with pytest.raises(BadCrisisData) as caught:
        parse(broken)

    assert complaint in str(caught.value)
