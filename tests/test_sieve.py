"""The quick look before a text is normalised."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.normalize import VARIANTS, normalize
from intents.sieve import sieve

PIECES = st.one_of(
    st.sampled_from([*VARIANTS, *VARIANTS.values(), "おかーさん", "ガッコー", "㌔", "㈱", "3ー4", "夜泣き", "ﻻ", "ΐ", "が", "ヷ"]),
    st.text(alphabet="あいうえおかがきのんっゃアイカガキンッャーー~・ wWA12０ ゙゚かﾞあずほいくえんちじ預保育子供", max_size=4),
    st.text(max_size=3),
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=6).map("".join)


@settings(max_examples=1500, deadline=None)
@given(TEXTS, st.data())
def test_nothing_that_is_there_is_ever_missed(text: str, data: st.DataObject) -> None:
    flat = normalize(text)
    start = data.draw(st.integers(0, max(len(flat) - 1, 0)))
    words = flat[start : start + data.draw(st.integers(1, 5))]

    assert normalize(words) not in flat or sieve(words)(text)


def test_a_long_run_of_what_is_dropped_is_let_through() -> None:
    assert sieve("夜泣き")("夜" + " " * 5000 + "泣き")


@pytest.mark.parametrize("text", ["ー" * 5000, "あ" * 5000, "あー" * 2500, "か " * 2500, "い\u3099" * 2500])
def test_no_text_takes_long_to_look_at(text: str) -> None:
    looks = sieve("あいか")
    began = process_time()

    looks(text)

    assert (
        process_time() - began < 0.1
    )  # it takes a hundredth of that; something quadratic would take a second


@pytest.mark.parametrize("character", [chr(code) for code in (0xFF76, 0x1D400, 0x2F800, 0x3314, 0xFB03)])
def test_characters_from_far_away_are_known(character: str) -> None:
    for one in normalize(character):
        assert sieve(one)(character)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("夜泣き", "一時保育をさがしています"),
        ("一時保育", "いちごをたべると湿疹が出ます"),
        ("こども", "おとなの話です"),
        ("予約", "約束しました"),
        ("つらい", "すべりだいの場所"),
        (
            "かみなりが",
            "なかなか寝ないので、みんなありがたいと思っています",
        ),  # the letters, but not beside one another
        ("こどもたいし", "いちじあずかりをしてもらいたい子供です"),
        ("相か", "3け月の子の相談はどの所ですか"),  # a respelling's letters, but not behind the other letter
        ("すい", "来月です。いまは行けません"),
    ],
)
def test_most_of_what_is_not_there_is_kept_out(words: str, text: str) -> None:
    assert not sieve(words)(text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("こども", "子供が熱です"),
        ("子供", "ウチのコドモ"),
        ("一時預かり", "いちじあずかりは?"),
        ("一時保育", "イチジホイクって"),
        ("ガッコウ", "がっこーに行けない"),
        ("夜泣き", "よなきで寝てない"),
        ("がっこう", "ｶﾞｯｺｰです"),
        ("預かり", "あず・か りは"),
        ("かろりい", "100㌍"),
        ("xあか", "xああ赤ちゃん"),
        ("각こいな", "가ーᆨこ居ない"),
    ],
)
def test_other_spellings_are_let_through(words: str, text: str) -> None:
    assert normalize(words) in normalize(text)
    assert sieve(words)(text)
