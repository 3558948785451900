"""In which order counselors read, and how many are read before somebody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from conversation.model import Consultation, Urgency


class Rank(IntEnum):
    """The lower is read first; within one rank, who has waited longest."""

    CRISIS = 0
    DEAR = 1  # hard words, or a child under a year
    LATE = 2  # was promised an earlier time
    USUAL = 3


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """Somebody's place among those whom no counselor has taken yet."""

    rank: Rank
    since: datetime  # the first message that no person has answered


def turn_of(consultation: Consultation, *, baby: bool, since: datetime) -> Turn:
    """Of one that has just begun: no promise to it is broken yet."""
    if consultation.urgency is Urgency.CRISIS:
        return Turn(Rank.CRISIS, since)
    dear = baby or consultation.urgency is Urgency.DISTRESS
    return Turn(Rank.DEAR if dear else Rank.USUAL, since)


def ahead(others: Iterable[Turn], mine: Turn) -> int:
    """How many of them are read before, as things stand: whoever is in danger may still come in between."""
    return sum(other < mine for other in others)
