"""The intents there are. The ids are fixed: data, tests and reports use them; the rules file has one rule for each.

A ward adds intents of its own, whose ids begin with `ward_`. None is ever taken away: it is retired.
"""

import re
from typing import Final

GROUPS: Final = {
    "妊娠・出産": ("pregnancy", "postpartum_care"),
    "健康・発育": ("health_checkup", "vaccination", "feeding", "development", "child_illness"),
    "育児の悩み": ("parenting_worry", "parent_distress", "family_relations"),
    "預ける": (
        *("nursery_admission", "kindergarten", "temporary_care", "sick_child_care"),
        *("short_stay", "family_support", "after_school"),
    ),
    "居場所・つながり": ("play_space", "making_friends", "support_group", "events"),
    "お金・ひとり親": ("allowance", "medical_subsidy", "single_parent", "financial_hardship"),
    "学校・若者": ("school_life", "school_entry", "youth"),
    "手続き・ことば": ("procedures", "foreign_support"),
    "相談先": ("nearest_facility", "unsure_where", "talk_to_human"),
    "会話": ("greeting", "thanks", "complaint"),
}
INTENTS: Final = frozenset(intent for group in GROUPS.values() for intent in group)

SMALL_TALK: Final = frozenset({"greeting", "thanks"})  # these win only when nothing else speaks

OWN: Final = "ward_"
_OWN: Final = re.compile(rf"{OWN}[a-z0-9_]{{1,40}}")
# The conversation itself leads to these, whatever a parent writes.
NEEDED: Final = SMALL_TALK | {"talk_to_human", "unsure_where", "nearest_facility", "parent_distress"}


def is_id(text: str) -> bool:
    """Of an intent that there may be."""
    return text in INTENTS or _OWN.fullmatch(text) is not None
