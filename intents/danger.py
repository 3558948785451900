"""Danger in an utterance: by the reviewed phrases, and where none is sure, by likeness to the reviewed sentences.

Both are code and reviewed data, apart from the routing rules: no edit of those can switch this off.
"""

from intents import crisis, crisis_likeness
from intents.crisis_data import catalogue
from intents.crisis_model import Concern, CrisisSign


def find(utterance: str) -> CrisisSign | Concern | None:
    """The gravest sign. A sure one of any kind comes before every unsure one."""
    folded = catalogue().fold(utterance)
    by_phrase = crisis.find_in(folded)
    if isinstance(by_phrase, CrisisSign):
        return by_phrase
    alike = crisis_likeness.find_in(folded)
    return alike if isinstance(alike, CrisisSign) else by_phrase or alike
