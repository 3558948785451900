"""From what a person writes or shares to a place."""

from dataclasses import dataclass
from itertools import chain

from directory.gazetteer import Gazetteer
from directory.guesses import likely, unknown_station
from directory.mentions import Mention, Rank, mentions
from directory.model import Directory, Place, Point
from directory.nearest import metres

_SAME_PLACE = 600  # metres: two names closer than this are one answer
_BORDER = 1500  # metres: who is this close may well live within
_MOST_LIKELY = 2  # wrongly spelt names that are asked about


@dataclass(frozen=True, slots=True)
class Found:
    """`place` if it is certain; else what to ask back, `ambiguous`, if anything was named at all."""

    place: Place | None = None
    ambiguous: tuple[Place, ...] = ()
    guessed: bool = False  # it was written otherwise: ask whether `ambiguous` was meant


def find(text: str, directory: Directory) -> Found:
    """The place that a text names: a bare name, an address, a postal code, or a sentence with one of them in it."""
    gazetteer = Gazetteer.of(directory)
    spelt = gazetteer.spelt(text)
    named = list(mentions(spelt, gazetteer))
    if sure := [mention for mention in named if not mention.mistaken]:
        return _found(_most_telling(sure))
    if guesses := _most_telling(named) or likely(spelt, gazetteer):
        choices = tuple(dict.fromkeys(chain.from_iterable(mention.choices for mention in guesses)))
        return Found(ambiguous=choices[:_MOST_LIKELY], guessed=True)
    station = unknown_station(spelt, gazetteer)
    return Found(station.choices[0]) if station else Found()


def at(point: Point, directory: Directory) -> Place:
    """A shared position, named by the nearest 町丁目. Close to the border the neighbour's side may count as inside."""
    town = min(directory.towns, key=lambda town: metres(point, town.point))
    inside = metres(point, town.point) <= directory.town_radius
    name = f"{town.name}付近" if inside else f"{directory.municipality}の外"
    return Place("position", name, point, inside)


def is_by_the_border(place: Place, directory: Directory) -> bool:
    """Outside, but so close that a family of the municipality may name it: its nearest station, or where it walks."""
    point = place.point
    return point is not None and any(metres(point, town.point) <= _BORDER for town in directory.towns)


def _found(telling: tuple[Mention, ...]) -> Found:
    choices = tuple(dict.fromkeys(chain.from_iterable(mention.choices for mention in telling)))
    sure = all(len(mention.choices) == 1 for mention in telling)
    if len(choices) == 1 or (sure and _are_close(choices)):
        return Found(choices[0])
    return Found(ambiguous=choices)


def _most_telling(named: list[Mention]) -> tuple[Mention, ...]:
    """Where the person says they are before places in passing; an address before a 丁目 before a name."""
    at_hand = [mention for mention in named if not _is_beaten(mention, named)]
    best = max(((mention.home, mention.rank) for mention in at_hand), default=None)
    return tuple(mention for mention in at_hand if (mention.home, mention.rank) == best)


def _is_beaten(station: Mention, named: list[Mention]) -> bool:
    """最寄りは方南町駅、南台のほうです: the town of one's own says more than the nearest station, across the border all the more."""
    if not station.nearest:
        return False
    within = all(place.inside for place in station.choices)
    return any(_is_own(mention) and (mention.rank > Rank.NAME or not within) for mention in named)


def _is_own(mention: Mention) -> bool:
    return all(place.inside and place.kind in ("town", "chome", "postal_code") for place in mention.choices)


def _are_close(places: tuple[Place, ...]) -> bool:
    first = places[0].point
    return all(first and place.point and metres(first, place.point) < _SAME_PLACE for place in places)
