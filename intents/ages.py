"""Ages and school years: one spelling for each, and which stage of childhood they tell of.

A stage's name counts as a word of the utterance, so that a rule with 「小学生」 in its `together` or `unless` need not list
小1 to 小6, 2年生 and 8歳. And an intent that is only for other stages steps back: nobody asks for a nursery place for 小2.
"""

import re
from enum import StrEnum
from typing import Final

_DIGITS: Final = {kanji: str(number) for number, kanji in enumerate("一二三四五六七八九十", start=1)}
_COUNTED: Final = re.compile("([一二三四五六七八九十])(?=歳|才|か月|年生|年保育|人目|週|学期)")
_NUMBER: Final = re.compile("[0-9一二三四五六七八九十]")
_SAI: Final = re.compile(r"(?<=\d)(?:才|さい)")
_HALF: Final = re.compile(r"歳6か月|歳と?半")
_EIGHTEEN_MONTHS: Final = re.compile(r"(?<!\d)18か月")


class Stage(StrEnum):
    """The name is the word that the rules may use."""

    BABY = "乳児"  # before the first birthday
    TODDLER = "幼児"  # until school
    PUPIL = "小学生"
    TEENAGER = "中高生"


_NURSERY: Final = frozenset({Stage.BABY, Stage.TODDLER})
_SCHOOL_AGE: Final = frozenset({Stage.PUPIL, Stage.TEENAGER})

# For whom the topics are that are not for everyone (the ward's handbook, 令和8年1月).
FOR_WHOM: Final = {
    "postpartum_care": frozenset({Stage.BABY}),
    "health_checkup": _NURSERY,
    "nursery_admission": _NURSERY,
    "kindergarten": _NURSERY,
    "temporary_care": _NURSERY,
    "after_school": frozenset({Stage.PUPIL}),
    "youth": _SCHOOL_AGE,
}

_TOLD: Final = {
    Stage.BABY: re.compile(
        r"乳児|新生児|生後(?!\d+年)|(?<!\d)0歳|(?<!\d)(?:\d|1[01])か月(?=の|で|に|児|半|$|、|,|です)"
    ),
    Stage.TODDLER: re.compile(r"幼児|(?<!\d)[1-5]歳|年少|年中さん|年中の|年長"),
    Stage.PUPIL: re.compile(
        r"小学生|小(?:学校?)?[1-6](?![時日月人個か歳])|(?<![中高学校\d])[1-6]年生|(?<!\d)(?:[7-9]|1[0-2])歳"
    ),
    Stage.TEENAGER: re.compile(
        r"中高生|中学生|高校生|(?:中(?:学)?|高(?:校)?)[1-3](?![時日月人個か歳])|(?<!\d)1[3-8]歳"
    ),
}


_MAY_TELL: Final = re.compile("[0-9]|[乳幼生]児|生後|年[少中長]|小学|中学|高校|中高")


def spell_ages(flat: str) -> str:
    """Normalised text with one spelling for each age: 一才半, 1歳6か月 and 18か月 are 1歳半."""
    if not _NUMBER.search(flat):
        return flat
    flat = _SAI.sub("歳", _COUNTED.sub(lambda match: _DIGITS[match[1]], flat))
    return _EIGHTEEN_MONTHS.sub("1歳半", _HALF.sub("歳半", flat))


def stages_in(folded: str) -> frozenset[Stage]:
    if not _MAY_TELL.search(folded):
        return frozenset()
    return frozenset(stage for stage, told in _TOLD.items() if told.search(folded))


def is_for_others(intent: str, stages: frozenset[Stage]) -> bool:
    """Whether the intent is for children of other stages than every one that was told."""
    return bool(stages) and intent in FOR_WHOM and not stages & FOR_WHOM[intent]
