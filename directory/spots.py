"""A name in a text, and what the words beside it say."""

import re
from dataclasses import dataclass

from directory import cues
from directory.gazetteer import Gazetteer, Match
from directory.spelling import KANJI, KATAKANA, Spelt

_FAR = 60  # characters: what is farther from a name says nothing about it


@dataclass(frozen=True, slots=True)
class Spot:
    """A name and what surrounds it, flattened; the municipality's own name or a line's before it counts as a gap."""

    before: str
    spelling: str
    after: str
    last: str  # the character before, as it was written: コーポ ends in katakana

    @property
    def alone(self) -> bool:
        return bool(cues.ALONE_BEFORE.fullmatch(self.before) and cues.ALONE_AFTER.fullmatch(self.after))

    @property
    def living(self) -> bool:
        return bool(cues.LIVING.match(self.after))

    @property
    def near(self) -> bool:
        return bool(cues.NEAR.match(self.after))

    @property
    def home(self) -> bool:
        """うちは若宮、今は若宮"""
        gap_after = not self.after or cues.AND_THEN.match(self.after)
        return bool(self.before and cues.AT_HOME.search(self.before) and gap_after)

    @property
    def nearest(self) -> bool:
        """最寄りは方南町駅, 方南町駅が最寄り"""
        return bool(cues.NEAREST_BEFORE.search(self.before) or cues.NEAREST_AFTER.match(self.after))

    @property
    def in_a_word(self) -> bool:
        """コーポ江古田 and 仙台市中央 are other places; 今若宮 and 来月若宮 are not."""
        return bool(re.fullmatch(f"[{KANJI}{KATAKANA}]", self.last)) and not cues.APART.search(self.before)

    @property
    def in_kana(self) -> bool:
        """あらい may be any part of any word, unless it stands apart."""
        apart = not self.before or re.search(r"[\s、。,.!?はが]$", self.before)
        return "ぁ" <= self.spelling[0] <= "ん" and not apart

    @property
    def anothers(self) -> bool:
        """前は若宮, 友達が若宮"""
        return bool(cues.FORMER.search(self.before) or cues.OTHERS.search(self.before))


def spot_of(match: Match, text: Spelt, gazetteer: Gazetteer) -> Spot:
    cut = max(0, match.start - _FAR)
    said_before = "…" * bool(cut) + text.flat[cut : match.start].replace(gazetteer.here, " ")
    before = gazetteer.on_a_line.sub(" ", said_before, count=1)
    spelling = text.flat[match.start : match.end]
    stands_apart = before.endswith(" ") or spelling.startswith(gazetteer.here)
    last = " " if stands_apart else text.straight[max(0, match.start - 1) : match.start]
    return Spot(before, spelling, text.flat[match.end : match.end + _FAR], last)
