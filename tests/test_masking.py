"""What could tell who somebody is does not reach whoever edits the rules."""

import pytest

from intents.masking import mask


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("田中です。若宮3丁目12-5に住んでいます", "〔名前〕です。〔地名〕に住んでいます"),
        ("佐藤美咲と申します", "〔名前〕と申します"),
        ("息子の太郎ちゃんが熱です", "息子の〔名前〕ちゃんが熱です"),
        ("ゆうきくんと遊びたい", "〔名前〕くんと遊びたい"),
        ("保健師の山本さんに会えますか", "保健師の〔名前〕さんに会えますか"),
        ("電話は090-1234-5678です", "電話は〔番号〕です"),
        ("０３－３３８９－１１１１まで", "〔番号〕まで"),
        ("〒165-0033 からです", "〔番号〕 からです"),
        ("2024年5月6日生まれ", "〔番号〕生まれ"),
        ("hanako@example.jpにください", "〔アドレス〕にください"),
        ("桃園小学校に通っています", "〔地名〕小学校に通っています"),
        ("My name is John Smith", "My name is 〔名前〕"),
        ("受給者番号 1234567 です", "受給者番号 〔番号〕 です"),
    ],
)
def test_what_names_somebody_is_taken_out(said: str, shown: str):
    assert mask(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "赤ちゃんの夜泣きで眠れません",
        "お母さんがつらいです",
        "保健師さんに相談したい",
        "2歳3か月です",
        "1-2歳の広場",
        "12時30分から",
        "3〜4か月健診",
        "1時間650円",
        "37.5度の熱",
        "公立小学校と認可保育園",
        "うちの子たくさん食べる",
        "I just found out I'm pregnant",
        "次の健診まで様子見でいいのか",
        "親御さん向けの集まり",
        "にんぷけんしんのけん、どうやってこうかんするの",
        "我怀孕12周了,请问在哪里领母子手册?",
    ],
)
def test_what_names_nobody_stays(said: str):
    assert mask(said) == said


def test_names_of_the_ward_say_nothing_about_anybody():
    known = frozenset({"中野"})

    assert (
        mask("中野区の一時保育、沼袋から", known=known, places=("沼袋",)) == "中野区の一時保育、〔地名〕から"
    )


def test_a_place_is_masked_wherever_it_is_said():
    assert mask("沼袋に住んでいます。沼袋の児童館は?", places=("沼袋",)).count("沼袋") == 0


def test_what_is_masked_is_not_masked_again():
    once = mask("佐藤です。江古田四丁目2-3、090-1234-5678")

    assert mask(once) == once
