"""Signs of danger to life, abuse, partner violence and medical emergencies.

Code and reviewed data (crisis.yaml), apart from the routing rules: no edit of those can switch this off.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    SUICIDE = "crisis_suicide"
    ABUSE = "crisis_abuse"
    DV = "crisis_dv"
    MEDICAL = "crisis_medical"


class Voice(StrEnum):
    """Who speaks; the first words differ."""

    SELF = "self"  # the person in danger, grown up (wish to die, suffering a partner's violence)
    PARENT = "parent"  # a parent afraid of her own hands
    CHILD = "child"  # a child or teenager speaking for themselves
    WITNESS = "witness"  # someone worried about another


@dataclass(frozen=True, slots=True)
class CrisisSign:
    kind: Kind
    voice: Voice
    matched: tuple[str, ...]  # the phrases that gave the sign, for the counselor's screen


def find_crisis(utterance: str) -> CrisisSign | None:
    """The gravest sign in the utterance, or None."""
    raise NotImplementedError
