"""Danger in an utterance: by the reviewed phrases, and where there is none, by likeness to the reviewed sentences.

Both are code and reviewed data, apart from the routing rules: no edit of those can switch this off.
"""

from collections.abc import Iterable

from intents import crisis, crisis_likeness
from intents.crisis_data import catalogue
from intents.crisis_model import Concern, CrisisSign
from intents.normalize import normalize_lines


def find(utterance: str) -> CrisisSign | Concern | None:
    """The gravest sign; a sure one of any kind comes before every unsure one. What a reviewed phrase calls unsure stays so."""
    return find_in(normalize_lines(utterance))


def find_in(lines: Iterable[str]) -> CrisisSign | Concern | None:
    """The same, in an utterance whose lines are normalised already."""
    folded = catalogue().respell("".join(lines))
    return crisis.find_in(folded) or crisis_likeness.find_in(folded)
