"""Many events at once, in any order, part of them twice."""

import random
import time
from collections.abc import Sequence
from typing import Any

from fleet import PATIENCE, Fleet, Parents, wait_until

from simulator.platform import Platform

EACH = 20  # events of a parent
AT_ONCE = 50  # events in one request, about

Events = list[dict[str, Any]]


def burst(
    fleet: Fleet, platform: Platform, events: int, *, patience: float = PATIENCE
) -> tuple[Parents, float]:
    """Returns the parents when everything is answered, and the seconds that it took once everything was accepted."""
    chance = random.Random(2)
    parents = Parents(platform, lambda: [web.port for web in fleet.webs], names=max(1, events // EACH))
    _write(parents, events)
    requests = _by_parents(platform.held) if fleet.database.sqlite else _shuffled(platform.held, chance)
    for start in (fleet.web,) if fleet.database.sqlite else (fleet.web, fleet.web):
        start()
    for request in requests + requests[::10]:
        while not parents.post(*request, port=chance.choice(fleet.webs).port):
            parents.again += 1
    parents.accepted = events
    started = time.monotonic()
    for start in () if fleet.database.sqlite else (fleet.worker, fleet.worker):
        start()
    wait_until(fleet.settled, patience)
    return parents, time.monotonic() - started


def _write(parents: Parents, events: int) -> None:
    for number in range(events):
        phone = parents.phones[number % len(parents.phones)]
        if phone is parents.phones[0]:
            time.sleep(0.002)  # at the same millisecond the id decides, which is dice
        phone.say("児童手当の手続き")
        parents.said[phone.user_id].append(parents.platform.held[-1]["message"]["id"])


def _shuffled(held: Sequence[dict[str, Any]], chance: random.Random) -> list[Events]:
    """For where no worker is up before everything has come."""
    mixed = list(held)
    chance.shuffle(mixed)
    return [mixed[start : start + AT_ONCE] for start in range(0, len(mixed), AT_ONCE)]


def _by_parents(held: Sequence[dict[str, Any]]) -> list[Events]:
    """For where the worker is at it meanwhile: it sees all that a parent wrote, backwards, or nothing."""
    by_parent: dict[str, Events] = {}
    for event in reversed(held):
        by_parent.setdefault(event["source"]["userId"], []).append(event)
    return list(by_parent.values())
