import pytest

from conversation.picked import picked

STATION_OR_TOWN = ("中野駅", "中野(町名)")
TOWN_OR_STATION = ("江古田", "江古田駅")
CHOME = ("野方3丁目", "野方4丁目")


@pytest.mark.parametrize(
    ("text", "places", "label"),
    [
        ("1", STATION_OR_TOWN, "中野駅"),
        ("２番", STATION_OR_TOWN, "中野(町名)"),
        ("②", STATION_OR_TOWN, "中野(町名)"),
        ("中野駅", STATION_OR_TOWN, "中野駅"),
        ("駅", STATION_OR_TOWN, "中野駅"),
        ("駅のほうです", STATION_OR_TOWN, "中野駅"),
        ("えき", STATION_OR_TOWN, "中野駅"),
        ("町名", STATION_OR_TOWN, "中野(町名)"),
        ("町名のほうで", STATION_OR_TOWN, "中野(町名)"),
        ("町のほう", TOWN_OR_STATION, "江古田"),
        ("駅の方です", TOWN_OR_STATION, "江古田駅"),
        ("上", TOWN_OR_STATION, "江古田"),
        ("下のほう", TOWN_OR_STATION, "江古田駅"),
        ("北部です", ("中部すこやか福祉センター", "北部すこやか福祉センター"), "北部すこやか福祉センター"),
        ("はい", ("江古田",), "江古田"),
        ("うん", ("江古田",), "江古田"),
        ("3", CHOME, "野方3丁目"),  # the 丁目, not the third of the list
        ("4", CHOME, "野方4丁目"),
        ("四丁目", CHOME, "野方4丁目"),
        ("４ちょうめです", CHOME, "野方4丁目"),
        ("6", CHOME, "野方6丁目"),  # not offered, and yet it may be right
        ("野方4丁目", CHOME, "野方4丁目"),
    ],
)
def test_a_place_is_picked_in_the_parents_own_words(text: str, places: tuple[str, ...], label: str) -> None:
    assert picked(text, places) == label


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("はい", STATION_OR_TOWN),  # yes to which?
        ("3", STATION_OR_TOWN),
        ("中野", STATION_OR_TOWN),
        ("駅", ("鷺ノ宮駅", "都立家政駅")),
        ("いいえ", ("江古田",)),
        ("わからない", CHOME),
        ("", STATION_OR_TOWN),
        ("の", TOWN_OR_STATION),
    ],
)
def test_what_is_unclear_picks_nothing(text: str, places: tuple[str, ...]) -> None:
    assert picked(text, places) is None
