"""What a crisis sign is. `intents.crisis` finds them; import these names from there."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Gravest for immediate life first: where an utterance carries signs of several, the first wins."""

    MEDICAL = "crisis_medical"
    SUICIDE = "crisis_suicide"
    DV = "crisis_dv"
    ABUSE = "crisis_abuse"


class Voice(StrEnum):
    """Who speaks; the first words differ."""

    SELF = "self"  # the person in danger, grown up (wish to die, suffering a partner's violence)
    PARENT = "parent"  # a parent afraid of her own hands, or with a child in a medical emergency
    CHILD = "child"  # a child or teenager speaking for themselves
    WITNESS = "witness"  # someone worried about another


@dataclass(frozen=True, slots=True)
class CrisisSign:
    kind: Kind
    voice: Voice
    matched: tuple[str, ...]  # the phrases that gave the sign, for the counselor's screen
    topic: str = ""  # what to show first within the kind: one of TOPICS, or "" for the kind's usual lines
    also: tuple[
        Kind, ...
    ] = ()  # less grave kinds in the same utterance (DV asks for neutral previews even then)


@dataclass(frozen=True, slots=True)
class Concern:
    """An unsure sign: a person is asked in, gently, without an alarm and without hotlines first."""

    kind: Kind  # what it may be about
    voice: Voice
    matched: tuple[str, ...]  # the phrases that gave it, for the counselor's screen


TOPICS = frozenset(
    {
        "",
        "attempt",  # suicide: already taken or done: 119 first
        "self_harm",  # suicide: cutting, overdosing as a habit
        "missing",  # abuse: a child cannot be found: 110 first
        "sexual",  # abuse or DV: sexual harm: #8891 with it
        "poison",  # medical: swallowed something: the poison lines with 119
        "infant_fever",  # medical: 38 °C under three months
        "pregnancy",  # medical: waters broken, labour, bleeding, no movements: her maternity clinic with 119
    }
)
