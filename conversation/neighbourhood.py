"""Support groups and happenings for an answer: only those of the ward's data that are not over."""

from datetime import time
from typing import Final

from conversation.cards import group_card, happening_card
from conversation.messages import Card
from conversation.scene import Scene
from directory.model import Place, Point, SupportGroup
from directory.nearest import metres

GROUPS: Final = "support_group"  # the intents that show them
HAPPENINGS: Final = "events"
SHOWN: Final = 3
NEAR: Final = 2000.0  # metres: whose area is farther away is not for this family


def cards(intent: str, scene: Scene, place: Place | None) -> tuple[Card, ...]:
    point = place.point if place else None
    if intent == GROUPS:
        return _groups(scene, point)
    return _happenings(scene, point) if intent == HAPPENINGS else ()


def _groups(scene: Scene, point: Point | None) -> tuple[Card, ...]:
    """The nearest first, then those of the whole ward."""
    found = [
        (far if far is not None else NEAR, one)
        for one in scene.directory.groups
        if not one.over(scene.now)
        for far in [_far(one, scene, point)]
        if far is None or far <= NEAR
    ]
    found.sort(key=lambda each: (each[0], each[1].name, each[1].id))
    return tuple(group_card(one) for _, one in found[:SHOWN])


def _far(group: SupportGroup, scene: Scene, point: Point | None) -> float | None:
    """To the nearest of its towns; None where it serves the whole ward, or nobody said where."""
    if point is None:
        return None
    names = set(group.towns)
    of_it = [town.point for town in scene.directory.towns if town.name in names or town.town in names]
    return min((metres(point, one) for one in of_it), default=None)


def _happenings(scene: Scene, point: Point | None) -> tuple[Card, ...]:
    """The soonest; seen from a place, the nearest desks' first."""
    coming = sorted(
        (one for one in scene.directory.happenings if not one.over(scene.now)),
        key=lambda one: (one.first, one.begins or time.min, one.id),
    )
    if point:
        places = {one.id: one.point for one in scene.directory.facilities}
        coming.sort(key=lambda one: metres(point, where) if (where := places[one.facility]) else float("inf"))
    return tuple(happening_card(one, scene.directory) for one in coming[:SHOWN])
