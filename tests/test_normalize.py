import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intents.normalize import VARIANTS, normalize

JAPANESE = st.text(
    alphabet="あいうえおかがきくこさしじつてとほょっァーー〜~・ｱｶﾞ子供預辛一時月ヶ0１wｗ!！ 。\u200d\ufe0f\u3099👶\n"
)


@pytest.mark.parametrize(
    ("typed", "same_as"),
    [
        ("ﾌｧﾐｻﾎﾟ", "ファミサポ"),
        ("ふぁみさぽ", "ファミサポ"),
        ("ファミリー・サポート", "ファミリーサポート"),
        ("らあめん", "らーめん"),
        ("おかーさん", "お母さん"),
        ("がっこー", "がっこう"),
        ("せんせー", "せんせい"),
        ("つらーい", "つらい"),
        ("ずーーっと", "ずっと"),
        ("限界〜〜", "限界"),
        ("ベビ〜シッタ〜", "ベビーシッター"),
        ("べびｰしったｰ", "ベビーシッター"),
        ("子供", "こども"),
        ("子ども", "コドモ"),
        ("一時 保育", "一時保育"),
        ("一 時\u3000保\u200b育", "一時保育"),
        ("いちじほいく", "一時保育"),
        ("あずけたい", "預けたい"),
        ("つらい！！！", "ツライ!"),
        ("つらいｗｗｗ", "つらい"),
        ("つらい😭😭", "辛い"),
        ("つらいいいい", "つらい"),
        ("めっっっちゃ", "めっちゃ"),
        ("ＬＩＮＥ", "line"),
        ("３ヶ月", "3か月"),
        ("か\u200d\u3099", "か"),
    ],
)
def test_spellings_of_one_thing_meet(typed, same_as):
    assert normalize(typed) == normalize(same_as)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3歳", "5歳"),
        ("2〜3歳", "23歳"),
        ("病院", "美容院"),
        ("まつ", "まっつ"),
        ("人々", "人"),
        ("ニート", "にと"),
        ("あります", "ます"),
        ("new", "ne"),
    ],
)
def test_different_things_stay_apart(one, other):
    assert normalize(one) != normalize(other)


def test_only_emoji_and_spaces_leave_nothing():
    assert normalize("👶🏻 ❤️\n\u3000") == ""


@pytest.mark.parametrize(("spelling", "kept"), VARIANTS.items())
def test_every_spelling_in_the_table_is_reached(spelling, kept):
    assert normalize(spelling) == normalize(kept)


@given(st.text() | JAPANESE)
@example("ｶ\u200bﾞ")
def test_normalising_twice_changes_nothing(text):
    once = normalize(text)

    assert normalize(once) == once
