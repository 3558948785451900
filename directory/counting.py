"""Whether the words beside a name make it a place."""

from directory import cues
from directory.names import Name, Sort
from directory.spots import Spot


def counts(name: Name, spot: Spot) -> bool:
    match name.sort:
        case Sort.HERE | Sort.LINE:
            return False
        case Sort.FACILITY:
            return spot.near or spot.living or (spot.alone and not name.ordinary)
        case _ if name.ordinary and name.mistaken:
            bare = not spot.before and not spot.after.strip("。 ")
            return bare or bool(cues.LIVES.match(spot.after)) or spot.before.endswith(" ")
        case Sort.ELSEWHERE:
            return _is_elsewhere(name, spot)
        case Sort.STATION if cues.OUT_OF_IT.match(spot.after):
            return True
        case Sort.STATION if cues.EVENT.match(spot.after) and not cues.THERE.match(spot.after):
            return spot.near or spot.living
        case _:
            return spot.alone or spot.near or spot.living or spot.home or _is_there(name, spot)


def _is_elsewhere(name: Name, spot: Spot) -> bool:
    """Towns and numbers of its own may follow. What may be a family name or a journey counts only as where one lives."""
    if cues.A_STATION.match(spot.after):
        return False
    if name.numbered:
        return spot.living
    if cues.PART_LIVING.match(spot.after) or cues.MAY_I.match(spot.after):
        return True
    if name.ordinary:
        return not spot.before and not spot.after.strip()
    alone = cues.ALONE_BEFORE.fullmatch(spot.before) and cues.PART_ALONE.fullmatch(spot.after)
    apart = cues.PAUSE.search(spot.before) or cues.AT_HOME.search(spot.before)
    stated = apart and cues.PART_STATED.match(spot.after)
    return bool(alone or stated or cues.AN_ADDRESS.match(spot.after))


def _is_there(name: Name, spot: Spot) -> bool:
    """A name that means nothing else needs little beside it: a word like で, or a gap on both sides."""
    if name.ordinary or name.mistaken:
        return not name.ordinary and bool(cues.ITS_DESK.match(spot.after))
    gap_before = not spot.before or cues.GAP.match(spot.before[-1])
    gap_after = not spot.after or cues.GAP.match(spot.after)
    return bool(
        cues.THERE.match(spot.after) or cues.BUILT_THERE.match(spot.after) or (gap_before and gap_after)
    )
