"""What the bot says about places."""

from conversation.picked import town_of
from conversation.replies import words
from conversation.scene import Scene
from directory.model import Place

BY_ADDRESS = "こども家庭センター型"  # these desks serve by address, not by distance
EVERYDAY = "基本型"  # the desk for who does not know better
_TYPES = {EVERYDAY: "type_everyday", BY_ADDRESS: "type_by_address", "特定型": "type_childcare"}


def near(named: Place | None, wanted: str, count: int, scene: Scene) -> str:
    if count == 1:
        return words("near_only", municipality=scene.directory.municipality)
    text = (
        words("near_place", place=named.name, type=called(wanted, scene))
        if named
        else words("near_you", type=called(wanted, scene))
    )
    return (
        text + "\n" + words("assigned_by_address", center=scene.directory.family_center)
        if wanted == BY_ADDRESS
        else text
    )


def where(place: Place, scene: Scene, *, near: bool) -> str:
    """Of a position one cannot be quite sure; who only says 区外 is not told its name."""
    municipality = scene.directory.municipality
    if place.kind == "position":
        return words("where_position_near" if near else "where_position", municipality=municipality)
    if place.name == f"{municipality}の外":
        return words("where_unnamed", municipality=municipality)
    return words("where_near" if near else "where_named", place=place.name, municipality=municipality)


def called(facility_type: str, scene: Scene) -> str:
    """The desks' official types mean nothing to a family."""
    if facility_type not in _TYPES:
        return facility_type
    return words(_TYPES[facility_type], center=scene.directory.family_center)


def which(names: tuple[str, ...], *, guessed: bool) -> str:
    if town := town_of(names):
        return words("ask_chome", town=town, example=names[0].removeprefix(town))
    if len(names) == 1:
        return words("ask_whether_place", place=names[0])
    return words("ask_which_likely" if guessed else "ask_which_place") + "\n" + numbered(names)


def numbered(options: tuple[str, ...]) -> str:
    return "\n".join(f"{number}. {option}" for number, option in enumerate(options, 1))
