"""One spelling for utterances and for the rules' words: normalised, ages alike, and the admin's own `spellings`."""

import re
from collections.abc import Iterable

from intents.ages import spell_ages
from intents.normalize import normalize
from intents.rule import Spelling


class Speller:
    """Folds text; built once for a ruleset, only read afterwards."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        self._kept = {
            flatten(variant): flatten(spelling.kept)
            for spelling in spellings
            for variant in spelling.variants
        }
        longest_first = sorted(map(re.escape, self._kept), key=len, reverse=True)
        self._variants = re.compile("|".join(longest_first)) if longest_first else None

    def fold(self, text: str) -> str:
        return self.respell(normalize(text))

    def respell(self, normalized: str) -> str:
        flat = spell_ages(normalized)
        return self._variants.sub(lambda found: self._kept[found[0]], flat) if self._variants else flat


def flatten(text: str) -> str:
    """Normalised, and every age in one spelling."""
    return spell_ages(normalize(text))
