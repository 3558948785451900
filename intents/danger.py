"""Danger in an utterance: by the reviewed phrases, and where there is none, by likeness to the reviewed sentences.

Both are code and reviewed data, apart from the routing rules: no edit of those can switch this off.
"""

from intents import crisis, crisis_likeness
from intents.crisis_data import catalogue
from intents.crisis_model import Concern, CrisisSign


def find(utterance: str) -> CrisisSign | Concern | None:
    """The gravest sign; a sure one of any kind comes before every unsure one. What a reviewed phrase calls unsure stays so."""
    folded = catalogue().fold(utterance)
    return crisis.find_in(folded) or crisis_likeness.find_in(folded)
