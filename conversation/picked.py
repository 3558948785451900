"""Which of the places that the bot named a parent means: by number, by label, or in words of their own."""

import re

from conversation import commands
from directory.spelling import flatten, straighten

_CHOME = re.compile(r"(\D+)(\d+)丁目")
_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_TAIL = re.compile(
    r"(?:の?(?:ほう|方|側|近く|あたり)|だと思います|でお願いします|です|だよ|かな|かも|で|だ|[ 。、.!?])+$"
)
_STATION_WORDS = ("駅", "えき", "駅前")
_TOWN_WORDS = ("町", "町名", "まち", "ちょう", "地名", "住所", "町の名前")
_FIRST, _LAST = ("上", "うえ", "最初", "前者", "ひとつめ", "1つめ"), ("下", "した", "最後", "後者")


def picked(text: str, places: tuple[str, ...]) -> str | None:
    """A number is that of a 丁目 where 丁目 were named: 「3」 is 3丁目, wherever it stands."""
    if town := town_of(places):
        return _chome(text, town) or _by_label(text, places)
    if len(places) == 1 and commands.agrees(text):
        return places[0]
    return _by_label(text, places) or _in_own_words(_bare(text), places)


def town_of(places: tuple[str, ...]) -> str | None:
    """The town whose 丁目 these are, if they are several."""
    towns = {found[1] if (found := _CHOME.fullmatch(place)) else None for place in places}
    return towns.pop() if len(towns) == 1 and len(places) > 1 else None


def _chome(text: str, town: str) -> str | None:
    found = re.fullmatch(r"(\d)(?:丁目?|ちょうめ)?", _bare(text).translate(_DIGITS))
    return f"{town}{found[1]}丁目" if found else None


def _by_label(text: str, places: tuple[str, ...]) -> str | None:
    index = commands.chosen(text, places)
    return None if index is None else places[index]


def _in_own_words(bare: str, places: tuple[str, ...]) -> str | None:
    stations = [place for place in places if place.endswith("駅")]
    others = [place for place in places if not place.endswith("駅")]
    if bare in _FIRST or bare in _LAST:
        return places[0] if bare in _FIRST else places[-1]
    for words, meant in ((_STATION_WORDS, stations), (_TOWN_WORDS, others)):
        if bare in words and len(meant) == 1:
            return meant[0]
    within = [place for place in places if len(bare) > 1 and bare in flatten(straighten(place))]
    return within[0] if len(within) == 1 else None


def _bare(text: str) -> str:
    return _TAIL.sub("", flatten(straighten(text)))
