"""The living directory: the pack, what the ward has changed of it, and what officers have confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, TypeVar

from directory.desk_hours import with_hours
from directory.facts import facts
from directory.merging import Merged, merged
from directory.model import Directory, Facility, Happening, Hotline, Resource, SpecialDays, SupportGroup
from directory.safety import dangers
from directory.stored import KINDS, Kept, Row, key_of

NOT_NOTED: Final = "not noted"
_One = TypeVar("_One", Facility, Resource, Hotline, SupportGroup, Happening)


@dataclass(frozen=True, slots=True)
class Change:
    """What the newest edition makes of a row. `base` is the pack's row as it was then: None where the pack had none,
    NOT_NOTED where nobody wrote it down (imports before 0020), and then the ward's row counts as a whole."""

    kept: Kept
    base: Row | str | None = NOT_NOTED


def rows_of(pack: Directory) -> dict[str, Row]:
    """The pack's own by the key of their changes."""
    rows: tuple[Row, ...] = (
        *pack.facilities,
        *pack.resources,
        *pack.hotlines,
        *pack.groups,
        *pack.happenings,
    )
    return {key_of(row): row for row in rows}


def settled(change: Change, pack_row: Row | None) -> Merged:
    """The change beside the pack as it is today."""
    ours, base = change.kept.row, change.base
    if pack_row is None or isinstance(base, str):
        return Merged(ours)
    if base is None:  # the pack has taken up a row of the ward's under the same id
        found = merged(ours, ours, pack_row)
        return Merged(ours, both=found.from_pack)
    return merged(base, ours, pack_row)


def composed(
    pack: Directory,
    changes: Mapping[str, Change],
    confirmed: Mapping[str, tuple[str, date]],
    *,
    trusting: bool = False,
) -> Directory:
    """`confirmed`: by subject, the facts as they were and the day. Where the hotlines would leave somebody in danger
    without help, there are the pack's: such an edition is refused, but a database may hold anything. `trusting`: as the
    editions have it, to be looked at."""
    if not changes and not confirmed:
        return pack
    special = {
        change.kept.row.facility: change.kept.row.days
        for change in changes.values()
        if isinstance(change.kept.row, SpecialDays)
    }
    facilities = tuple(
        replace(one, hours=replace(one.hours, special=special[one.id])) if special.get(one.id) else one
        for one in _laid_over(pack.facilities, Facility, changes)
    )
    if not trusting and not any(one.id == pack.consultation_desk for one in facilities):
        facilities = (*facilities, pack.facility(pack.consultation_desk))
    known = {one.id for one in facilities}
    live = replace(
        pack,
        facilities=facilities,
        resources=tuple(
            with_hours(
                replace(one, facilities=tuple(each for each in one.facilities if each in known)), facilities
            )
            for one in _laid_over(pack.resources, Resource, changes)
        ),
        hotlines=_laid_over(pack.hotlines, Hotline, changes),
        groups=_laid_over(pack.groups, SupportGroup, changes),
        happenings=tuple(
            one for one in _laid_over(pack.happenings, Happening, changes) if one.facility in known
        ),
    )
    if not trusting and any(dangers(pack, live)):
        live = replace(live, hotlines=pack.hotlines)
    return _confirmed(live, confirmed)


def _laid_over(own: tuple[_One, ...], kind: type[_One], changes: Mapping[str, Change]) -> tuple[_One, ...]:
    """The pack's own in their order, then the others."""
    mine = {key: change for key, change in changes.items() if isinstance(change.kept.row, kind)}
    by_key = {key_of(one): one for one in own}
    rows: dict[str, Any] = dict(by_key)
    for key, change in mine.items():
        if change.kept.retired:
            rows.pop(key, None)
        else:
            rows[key] = settled(change, by_key.get(key)).row
    return tuple(rows.values())


def _confirmed(live: Directory, confirmed: Mapping[str, tuple[str, date]]) -> Directory:
    def marked(row: _One) -> _One:
        said = confirmed.get(f"{KINDS[type(row)]}:{row.id}")
        if said is None or isinstance(row, Happening) or said[0] != facts(row):
            return row
        return replace(row, confirmed=said[1])

    if not confirmed:
        return live
    return replace(
        live,
        facilities=tuple(map(marked, live.facilities)),
        resources=tuple(map(marked, live.resources)),
        hotlines=tuple(map(marked, live.hotlines)),
        groups=tuple(map(marked, live.groups)),
    )
