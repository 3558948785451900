import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quick_yaml import loaded

from directory.model import Point, Town
from directory.nearest import metres, nearest
from directory.pack import load
from directory.places import Found, at, find, is_by_the_border

NAKANO = load("nakano")
SENTENCES = loaded((Path(__file__).parent / "utterances" / "places.yaml").read_text(encoding="utf-8"))
NONE = SENTENCES.pop("none")
WANTED = [
    (kind, tuple(names.split(" / ")), text)
    for kind, by_name in SENTENCES.items()
    for names, texts in by_name.items()
    for text in texts
] + [("none", (), text) for text in NONE]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        # a 町丁目 in many spellings
        ("江古田四丁目", "chome", "江古田4丁目"),
        ("えごた4", "chome", "江古田4丁目"),
        ("江古田4ちょうめ", "chome", "江古田4丁目"),
        ("えごた よんちょうめ", "chome", "江古田4丁目"),
        ("ｴｺﾞﾀ4", "chome", "江古田4丁目"),
        ("江古田４－１－２", "chome", "江古田4丁目"),
        ("江古田４ー１ー２", "chome", "江古田4丁目"),
        ("上鷺宮5の28", "chome", "上鷺宮5丁目"),
        ("上鷺宮１丁目", "chome", "上鷺宮1丁目"),
        ("松ヶ丘2丁目", "chome", "松が丘2丁目"),
        ("松ケ丘二丁目です", "chome", "松が丘2丁目"),
        ("まつがおか2ちょうめ", "chome", "松が丘2丁目"),
        ("中央3", "chome", "中央3丁目"),
        ("本町 6丁目", "chome", "本町6丁目"),
        ("なかの3丁目", "chome", "中野3丁目"),
        ("中野区中野5-1", "chome", "中野5丁目"),
        # whole addresses
        ("東京都中野区中央３丁目３０－９", "chome", "中央3丁目"),
        ("〒164-0011 東京都中野区中央3丁目30番9号 メゾン白鷺201", "chome", "中央3丁目"),
        ("中野区中央3-30-9 コーポ江古田2", "chome", "中央3丁目"),
        ("中野区中央3-30-9 中野坂上ハイツ", "chome", "中央3丁目"),
        # a town without 丁目
        ("若宮", "town", "若宮"),
        ("江古田", "town", "江古田"),
        ("さぎのみや", "town", "鷺宮"),
        ("鷺宮", "town", "鷺宮"),
        ("野方", "town", "野方"),
        ("東京都中野区丸山", "town", "丸山"),
        ("中野(町名)", "town", "中野"),
        ("中野区中野", "town", "中野"),
        # postal codes
        ("〒165-0022", "postal_code", "江古田(〒165-0022)"),
        ("1650022", "postal_code", "江古田(〒165-0022)"),
        ("１６５－００２２です", "postal_code", "江古田(〒165-0022)"),
        ("164-8501", "postal_code", "中野区役所 子ども総合窓口"),
        # stations
        ("鷺ノ宮駅", "station", "鷺ノ宮駅"),
        ("鷺之宮駅", "station", "鷺ノ宮駅"),
        ("鷺宮駅", "station", "鷺ノ宮駅"),
        ("中野駅", "station", "中野駅"),
        ("のがたえき", "station", "野方駅"),
        ("新江古田", "station", "新江古田駅"),
        ("都立家政です", "station", "都立家政駅"),
        ("新井薬師の近く", "station", "新井薬師前駅"),
        # facilities
        ("南中野児童館の近く", "facility", "南中野児童館"),
        ("わかみやじどうかんのちかく", "facility", "若宮児童館"),
        ("鷺宮すこやかの近くに住んでいます", "facility", "鷺宮すこやか福祉センター"),
        ("区役所の近く", "facility", "中野区役所 子ども総合窓口"),
        # in a sentence: the present one
        ("大和町から引っ越して今は若宮の西のほうです", "town", "若宮"),
        ("以前は野方に住んでいました。いまは白鷺です", "town", "白鷺"),
        ("若宮3丁目から若宮1丁目に引っ越しました", "chome", "若宮1丁目"),
        ("杉並区から若宮に引っ越しました", "town", "若宮"),
        ("若宮じゃなくて白鷺です", "town", "白鷺"),
        ("野方に住んでいます。中野駅まで行けます", "town", "野方"),
        ("若宮3丁目です。最寄りは鷺ノ宮駅", "chome", "若宮3丁目"),
        ("弥生町２丁目に住む3歳の子の母です", "chome", "弥生町2丁目"),
        ("若宮で一時保育を探しています", "town", "若宮"),
        ("沼袋 3-4か月健診", "town", "沼袋"),
        ("うちは中央です", "town", "中央"),
        ("本町に引っ越してきました", "town", "本町"),
    ],
)
def test_a_place_in_the_ward(text: str, kind: str, name: str) -> None:
    found = find(text, NAKANO)

    assert found.place is not None, found.ambiguous
    assert (found.place.kind, found.place.name, found.place.inside) == (
        kind,
        name,
        True,
    )
    assert found.place.point is not None


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("江古田駅", "station", "江古田駅"),
        ("阿佐ヶ谷駅の近くです", "station", "阿佐ケ谷駅"),
        ("高円寺に住んでいます", "station", "高円寺駅"),
        ("杉並区に住んでいます", "outside", "杉並区"),
        ("杉並区高円寺南4-1", "outside", "杉並区"),
        ("杉並区中央3丁目", "outside", "杉並区"),  # not our 中央
        ("横浜市中区本町3丁目", "outside", "横浜市"),
        ("仙台市中央3丁目", "outside", "仙台市"),
        ("〒166-0001", "outside", "〒166-0001"),
    ],
)
def test_a_place_outside(text: str, kind: str, name: str) -> None:
    found = find(text, NAKANO)

    assert found.place is not None, found.ambiguous
    assert (found.place.kind, found.place.name, found.place.inside) == (kind, name, False)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("中野", ["中野駅", "中野(町名)"]),
        ("なかの", ["中野駅", "中野(町名)"]),
        ("中野に住んでいます", ["中野駅", "中野(町名)"]),
        ("えこだ", ["江古田", "江古田駅"]),  # the station's reading, often used for the town
        ("若宮9丁目", ["若宮1丁目", "若宮2丁目", "若宮3丁目"]),
        ("松が丘3", ["松が丘1丁目", "松が丘2丁目"]),
        ("中野駅と野方駅の間", ["中野駅", "野方駅"]),
        ("江古田3~4丁目", ["江古田3丁目", "江古田4丁目"]),
    ],
)
def test_an_unclear_place_is_asked_back(text: str, names: list[str]) -> None:
    found = find(text, NAKANO)

    assert found.place is None
    assert [place.name for place in found.ambiguous] == names


@pytest.mark.parametrize("text", ["中野", "えこだ", "若宮9丁目", "中野駅と野方駅の間"])
def test_each_choice_that_is_asked_back_can_be_typed(text: str) -> None:
    choices = find(text, NAKANO).ambiguous

    again = [find(choice.name, NAKANO).place for choice in choices]
    assert [place and place.point for place in again] == [choice.point for choice in choices]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "こんにちは",
        "中野区の一時保育",
        "中野区に引っ越してきました",
        "中央に",
        "中央線の沿線",
        "丸山さんに言われました",
        "新井です。よろしくお願いします",
        "若宮先生に相談しました",
        "中野で一時保育を探しています",
        "白鷺の写真",
        "遊ぶのがたのしい",
        "お皿あらいが大変",
        "箱のなかの3つ",
        "若宮3歳の子がいます",
        "以前は野方に住んでいました",
        "大和町4丁目から引っ越しました",
        "京都若宮3丁目",
        "3丁目",
        "電話は03-3389-1111です",
        "090-165-0022",
        "区役所は何時までですか",
        "ファミリーサポート",
        "杉並区の保育園に通っています",
    ],
)
def test_no_place_is_better_than_a_wrong_one(text: str) -> None:
    found = find(text, NAKANO)

    assert (found.place, found.ambiguous) == (None, ())


@pytest.mark.parametrize("town", NAKANO.towns, ids=lambda town: town.name)
def test_every_chome_is_found_at_its_own_point(town: Town) -> None:
    kanji = " 一二三四五六"[town.chome]
    spellings = (
        town.name,
        f"{town.town}{kanji}丁目",
        f"{town.kana}{town.chome}ちょうめ",
        f"東京都中野区{town.town}{town.chome}-2-3",
    )

    points = [found.place and found.place.point for found in (find(text, NAKANO) for text in spellings)]
    assert points == [town.point] * 4


@pytest.mark.parametrize("code", sorted({town.postal_code for town in NAKANO.towns}))
def test_a_postal_code_is_the_middle_of_its_town(code: str) -> None:
    parts = [town for town in NAKANO.towns if town.postal_code == code]

    place = find(code, NAKANO).place

    assert place is not None
    assert place.point is not None
    assert place.point.lat == pytest.approx(sum(part.point.lat for part in parts) / len(parts))


def test_every_station_is_found_by_its_name() -> None:
    missed = [
        station.name
        for station in NAKANO.stations
        if (place := find(f"{station.name}駅", NAKANO).place) is None or place.point != station.point
    ]

    assert missed == []


def test_another_ward_brings_its_own_names() -> None:
    elsewhere = replace(NAKANO, municipality="杉並区", elsewhere=("中野区",))

    assert find("杉並区若宮3丁目", elsewhere).place is not None
    outside = find("中野区若宮3丁目", elsewhere).place
    assert outside is not None
    assert not outside.inside


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("最寄りは方南町駅、南台5のほうです", "南台5丁目"),
        ("笹塚駅が最寄りで、うちは南台です", "南台"),
        ("最寄りは新江古田駅、江原町2のあたり", "江原町2丁目"),
        ("最寄りは方南町駅、会社は中野坂上です", "方南町駅"),
    ],
)
def test_the_town_says_more_than_the_nearest_station(text: str, name: str) -> None:
    place = find(text, NAKANO).place

    assert place is not None
    assert place.name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("高円寺南2丁目", "高円寺南"), ("笹塚2-3-4です", "笹塚"), ("新宿3丁目に住んでいます", "新宿区")],
)
def test_a_chome_elsewhere_is_outside(text: str, name: str) -> None:
    place = find(text, NAKANO).place

    assert place is not None
    assert (place.name, place.inside) == (name, False)


@pytest.mark.parametrize(
    "text",
    [
        "西新宿8丁目で働いています",
        "高円寺南2丁目に住んでいました",
        "長崎2丁目の祖母",
        "中村先生に来てもらった",
    ],
)
def test_an_errand_elsewhere_says_nothing(text: str) -> None:
    assert find(text, NAKANO) == Found()


@pytest.mark.parametrize(
    "text",
    ["新江古田の改札で転んだ", "新中野の駅を出たところで転んだ", "中野坂上のマンションに住んでいました"],
)
def test_what_happened_at_a_station_is_no_home(text: str) -> None:
    assert find(text, NAKANO) == Found()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("沼黒1丁目", ["沼袋1丁目"]),
        ("沼黒9丁目", []),  # 沼袋 has four
        ("大野3丁目", []),  # may be anywhere
        ("中野区大野3丁目", ["中野3丁目"]),
    ],
)
def test_one_wrong_kanji_of_two_is_asked_about(text: str, names: list[str]) -> None:
    found = find(text, NAKANO)

    assert found.place is None
    assert [place.name for place in found.ambiguous] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I live near Nogata Sta.", "野方駅"),
        ("3-12-5 Wakamiya, Nakano-ku, Tokyo 165-0033", "若宮3丁目"),
        ("Kōenji station", "高円寺駅"),
        ("Nakano Sinbasi eki", "中野新橋駅"),
        ("uchi wa numabukuro desu", "沼袋"),
        ("最寄りはNogata stationです", "野方駅"),
        ("Honcho 3-2, Suginami-ku", "杉並区"),
        ("I live in Nerima city", "練馬区"),
    ],
)
def test_a_place_in_latin_letters_is_the_same_place(text: str, name: str) -> None:
    for written in (text, text.lower(), text.upper()):
        place = find(written, NAKANO).place

        assert place is not None
        assert place.name == name


@pytest.mark.parametrize(
    "text",
    [
        "I am Wakamiya",
        "Can I speak to Ms. Arai",
        "My friend lives in Wakamiya 3-chome",
        "I used to live in Nogata",
        "My husband works near Nakano station",
        "Chuo 3-1, Osaka",
        "I lost my child at Nogata station yesterday",
    ],
)
def test_a_latin_name_that_says_not_where_one_is_is_no_place(text: str) -> None:
    assert find(text, NAKANO) == Found()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("西武池袋線 江古田", "江古田駅"),  # not the town 江古田
        ("西武新宿線沼袋駅の近く", "沼袋駅"),  # not 新宿
        ("JRの中野駅", "中野駅"),
        ("東横線綱島駅に住んでいます", "綱島駅"),
    ],
)
def test_after_a_line_comes_a_station(text: str, name: str) -> None:
    place = find(text, NAKANO).place

    assert place is not None
    assert place.name == name


@pytest.mark.parametrize(
    "text", ["中央線で通勤しています", "西武線の踏切で転んだ", "JRで行きます", "都営住宅に申し込みたい"]
)
def test_a_line_is_no_place(text: str) -> None:
    assert find(text, NAKANO) == Found()


@pytest.mark.parametrize(
    ("text", "name"),
    [("川崎の実家に里帰り中", "川崎"), ("野方の実家に里帰りしています", "野方")],
)
def test_who_is_home_for_the_birth_is_there_now(text: str, name: str) -> None:
    place = find(text, NAKANO).place

    assert place is not None
    assert place.name == name


@pytest.mark.parametrize(
    "text", ["川崎の実家で里帰り出産しました", "妹が川崎の実家に里帰り中です", "川崎の実家に送った"]
)
def test_a_parents_house_is_no_place_of_ones_own(text: str) -> None:
    assert find(text, NAKANO) == Found()


def test_a_shared_position_is_named_by_the_nearest_chome() -> None:
    point = Point(35.7205, 139.6436)

    place = at(point, NAKANO)

    assert (place.kind, place.name, place.point, place.inside) == ("position", "若宮3丁目付近", point, True)


@pytest.mark.parametrize("point", [Point(35.6812, 139.7671), Point(35.7379, 139.6543), Point(43.06, 141.35)])
def test_a_position_far_from_the_ward_is_outside(point: Point) -> None:
    place = at(point, NAKANO)

    assert (place.inside, place.name) == (False, "中野区の外")


@pytest.mark.parametrize(
    ("text", "near"),
    [("方南町駅", True), ("江古田駅の近くです", True), ("新宿駅", False), ("杉並区に住んでいます", False)],
)
def test_a_station_across_the_border_is_near(text: str, near: bool) -> None:
    place = find(text, NAKANO).place

    assert place is not None
    assert not place.inside
    assert is_by_the_border(place, NAKANO) is near


def test_a_long_text_is_read_in_a_moment() -> None:
    text = "中央に丸山さんと若宮で遊ぶのがたのしい。" * 250

    found = find(text, NAKANO)

    assert found.place is not None
    assert found.place.name == "若宮"


def test_from_a_chome_the_nearest_hall_is_the_truly_nearest() -> None:
    halls = list(NAKANO.of_type("基本型"))
    for town in NAKANO.towns:
        place = find(town.name, NAKANO).place
        assert place is not None
        assert place.point is not None

        first = nearest(place.point, halls)[0]

        assert first.metres == min(metres(town.point, hall.point) for hall in halls if hall.point)


def _seen(found: Found) -> tuple[str, tuple[str, ...]]:
    """What the parent sees, in the words of the file of sentences."""
    if found.place:
        return ("found" if found.place.inside else "outside"), (found.place.name,)
    names = tuple(place.name for place in found.ambiguous)
    return ("likely" if found.guessed else "asked" if names else "none"), names


def _is_right(kind: str, names: tuple[str, ...], found: Found) -> bool:
    seen, seen_names = _seen(found)
    if kind == "likely":
        return seen == kind and set(names) <= set(seen_names)
    if kind == "asked":
        return seen in ("asked", "likely") and set(names) == set(seen_names)
    return (seen, seen_names) == (kind, names)


def test_nearly_all_typed_places_are_understood() -> None:
    right = Counter(kind for kind, names, text in WANTED if _is_right(kind, names, find(text, NAKANO)))
    total = Counter(kind for kind, _, _ in WANTED)

    assert sum(total.values()) > 1_400
    assert [kind for kind in total if right[kind] / total[kind] < 0.95] == []


def test_no_typed_place_is_silently_taken_for_another() -> None:
    taken = [
        text
        for kind, names, text in WANTED
        if (found := find(text, NAKANO)).place and not _is_right(kind, names, found)
    ]

    assert taken == []


def test_at_most_two_likely_names_are_asked_about() -> None:
    guesses = [find(text, NAKANO) for _, _, text in WANTED]

    assert max(len(found.ambiguous) for found in guesses if found.guessed) <= 2


@pytest.mark.parametrize(
    "text", ["い", "の", "宮", "若", "わか", "えご", "死にたい", "若い", "のどか", "わかった"]
)
def test_a_short_word_is_no_slip_of_a_longer_name(text: str) -> None:
    assert find(text, NAKANO) == Found()


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    find(text, NAKANO)


_PIECES = st.sampled_from(
    [
        "若宮",
        "わかみや",
        "ワカミヤ",
        "3丁目",
        "４－１",
        "ｴｺﾞﾀ",
        "中野",
        "区",
        "駅",
        "に住んで",
        "います",
        "から引っ越し",
        "練馬区",
        "〒165-0033",
        "と",
        "か",
        "の間",
        "実家は",
        "、",
        "沼復",
        "札幌市",
        "えき",
    ]
)


_WORDS = st.sampled_from(
    [
        "I live in",
        "near",
        "Nakano-ku",
        "Wakamiya",
        "Yayoi-chō",
        "3-chome",
        "2-13",
        "station",
        "from",
        ",",
        ".",
        "に住んで",
        "<",
        "desu",
    ]
)


@given(st.lists(_WORDS, max_size=8).map(" ".join))
def test_any_latin_letters_are_read_in_either_case(text: str) -> None:
    assert find(text, NAKANO) == find(text.upper(), NAKANO)


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_width_and_kana_make_no_difference(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    narrow = unicodedata.normalize("NFKC", text)

    assert find(wide, NAKANO) == find(narrow, NAKANO) == find(text, NAKANO)
