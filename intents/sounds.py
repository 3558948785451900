"""Names that were converted wrongly but sound right: 自動手当 for 児童手当, 予防摂取 for 予防接種."""

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

import ahocorasick

from intents.words import sounds

_SHORTEST: Final = 5  # kana; shorter ones sound like too many other words
_KANJI: Final = re.compile(r"[一-龥々]")


def _sound(name: str) -> str | None:
    """How a name is read, in katakana; None for one that cannot be told apart by its sound alone."""
    heard = "".join(sounds(name))
    return heard if _KANJI.search(name) and len(heard) >= _SHORTEST else None


class Sounds:
    """The sounds of names; built once, only read afterwards."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """From each name as it is written to what `heard` yields for it."""
        self._automaton = ahocorasick.Automaton()
        for name, kept in names.items():
            if said := _sound(name):
                self._automaton.add_word(said, (len(said), kept))
        self._automaton.make_automaton()

    def heard(self, written: str) -> Iterator[str]:
        """The names whose sound is in an utterance.

        They must begin and end with a word, and be written as several: 求職 is a word of its own, no slip of 給食.
        """
        if not (len(self._automaton) and _KANJI.search(written)):
            return
        heard = sounds(written)
        starts = {start: place for place, start in enumerate(accumulate(map(len, heard), initial=0))}
        for last, (length, name) in self._automaton.iter("".join(heard)):
            first, behind = starts.get(last + 1 - length), starts.get(last + 1)
            if first is not None and behind is not None and behind - first > 1:
                yield name
