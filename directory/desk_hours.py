"""The hours of a resource that has none of its own: those of the desks that serve it, if they agree."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from directory.hours import OpeningHours
from directory.model import Facility, Resource

BY_DESK: Final = OpeningHours(remark="窓口によって違います")


def with_hours(resource: Resource, facilities: Iterable[Facility]) -> Resource:
    """Of one desk also what is otherwise on some days; of several only what is usual at all of them."""
    if resource.hours.known and not resource.hours_of_desks:
        return resource
    desks = [facility.hours for facility in facilities if facility.id in resource.facilities]
    if not desks:
        return replace(resource, hours=OpeningHours()) if resource.hours_of_desks else resource
    usual = {replace(hours, special=()) for hours in desks}
    hours = desks[0] if len(desks) == 1 else usual.pop() if len(usual) == 1 else BY_DESK
    return replace(resource, hours=hours, hours_of_desks=True)
