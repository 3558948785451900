"""From what a person writes or shares to a place."""

from dataclasses import dataclass
from itertools import chain

from directory.gazetteer import Gazetteer
from directory.mentions import Mention, mentions
from directory.model import Directory, Place, Point
from directory.nearest import metres

_WITHIN = 500  # metres: no address of a 町丁目 lies farther from its point (measured: 465)
_SAME_PLACE = 600  # metres: two names closer than this are one answer


@dataclass(frozen=True, slots=True)
class Found:
    """`place` if it is certain; else what to ask back, `ambiguous`, if anything was named at all."""

    place: Place | None = None
    ambiguous: tuple[Place, ...] = ()


def find(text: str, directory: Directory) -> Found:
    """The place that a text names: a bare name, an address, a postal code, or a sentence with one of them in it."""
    named = list(mentions(text, Gazetteer.of(directory)))
    if not named:
        return Found()
    telling = _most_telling(named)
    choices = tuple(dict.fromkeys(chain.from_iterable(mention.choices for mention in telling)))
    sure = all(len(mention.choices) == 1 for mention in telling)
    if len(choices) == 1 or (sure and _are_close(choices)):
        return Found(choices[0])
    return Found(ambiguous=choices)


def at(point: Point, directory: Directory) -> Place:
    """A shared position, named by the nearest 町丁目. Close to the border the neighbour's side may count as inside."""
    town = min(directory.towns, key=lambda town: metres(point, town.point))
    inside = metres(point, town.point) <= _WITHIN
    name = f"{town.name}付近" if inside else f"{directory.municipality}の外"
    return Place("position", name, point, inside)


def _most_telling(named: list[Mention]) -> list[Mention]:
    """Where the person says they are before places in passing; an address before a 丁目 before a name."""
    best = max((mention.home, mention.rank) for mention in named)
    return [mention for mention in named if (mention.home, mention.rank) == best]


def _are_close(places: tuple[Place, ...]) -> bool:
    first = places[0].point
    return all(first and place.point and metres(first, place.point) < _SAME_PLACE for place in places)
