"""What a municipality's pack holds: facilities, resources, hotlines and the places people name.

Every row carries its source and the date it was read. Fields listed in `uncertain` are shown with 「要確認」.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple, TypeVar

from directory.hours import TOKYO, OpeningHours, Special

# The crises a hotline serves, and other needs.
HOTLINE_KINDS = frozenset(
    [
        "crisis_suicide",
        "crisis_abuse",
        "crisis_dv",
        "crisis_medical",
        "poison",
        "sexual",
        "night",
        "child",
        "parenting",
        "pregnancy",
        "foreign",
    ]
)


class Point(NamedTuple):
    """WGS 84, in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Box:
    """Where a municipality's coordinates can lie, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


@dataclass(frozen=True, slots=True)
class Phone:
    number: str  # half-width, as one dials it: "03-3389-4321", "#8000", "189"
    note: str = ""  # when or for what this number is, if there are several: "17:30以降"


@dataclass(frozen=True, slots=True)
class Facility:
    id: str
    name: str
    kana: str
    types: frozenset[str]  # "基本型", "こども家庭センター型", "特定型", "児童館", "子育てひろば" …
    address: str
    postal_code: str  # "164-0013", or "" where unknown
    point: Point | None
    approximate: bool  # the point stands for the neighbourhood, not for the building (about 250 m)
    phones: tuple[Phone, ...]
    hours: OpeningHours
    access: str
    url: str
    source: str
    as_of: str  # "2026-01", "2026", "2026-01-15", or "" where the source has no date
    note: str = ""  # one plain sentence that a parent may read
    uncertain: frozenset[str] = frozenset()
    external_id: str = ""  # its ID in the municipality's open data, where it is known
    confirmed: date | None = None  # when an officer last said that just this is right


@dataclass(frozen=True, slots=True)
class Resource:
    """A service, subsidy or procedure. It points to facilities by id and copies none of their telephones."""

    id: str
    title: str
    audience: str
    summary: str
    contact: str  # the section or organisation that answers
    phones: tuple[Phone, ...]  # numbers that belong to no facility
    facilities: tuple[str, ...]  # ids; the family is served at one of these
    hours: OpeningHours
    url: str
    source: str
    as_of: str
    note: str = ""
    uncertain: frozenset[str] = frozenset()
    hours_of_desks: bool = False  # `hours` are those of its facilities, if these agree
    confirmed: date | None = None


@dataclass(frozen=True, slots=True)
class Hotline:
    id: str
    name: str
    phones: tuple[Phone, ...]  # empty for a chat service
    channel: str  # "電話", "チャット", "LINE" … as the source names it
    kinds: frozenset[str]  # of HOTLINE_KINDS
    audience: str
    what: str  # one plain sentence
    hours: OpeningHours
    free: bool | None
    url: str
    source: str
    as_of: str
    note: str = ""
    uncertain: frozenset[str] = frozenset()
    confirmed: date | None = None


@dataclass(frozen=True, slots=True)
class SupportGroup:
    """子育て支援団体. Shown until its day, and not after it: volunteers change, and nobody tells."""

    id: str
    name: str
    what: str  # one plain sentence
    towns: tuple[str, ...]  # "江古田", "江古田4丁目"; none: the whole municipality
    area: str  # in words, where towns do not say it
    ages: str
    days: str
    phones: tuple[Phone, ...]
    contact: str  # who answers, or how else they are reached
    url: str
    until: date
    source: str
    as_of: str
    note: str = ""
    uncertain: frozenset[str] = frozenset()
    confirmed: date | None = None

    def over(self, at: datetime) -> bool:
        return at.astimezone(TOKYO).date() > self.until


@dataclass(frozen=True, slots=True)
class Happening:
    """催し of a facility."""

    id: str
    facility: str  # an id
    title: str
    first: date
    last: date
    begins: time | None
    ends: time | None
    ages: str
    how: str  # how to join
    url: str
    note: str = ""

    def over(self, at: datetime) -> bool:
        return at.astimezone(TOKYO) >= datetime.combine(self.last, self.ends or time.max, TOKYO)


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """臨時休館 and other hours by date, of one facility. Apart from its row: a closure is no other version of the rest."""

    facility: str
    days: tuple[Special, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """One 町丁目."""

    town: str  # "江古田"
    chome: int  # 0: the town is not divided
    kana: str  # of the town without 丁目: "えごた"
    postal_code: str
    point: Point

    @property
    def name(self) -> str:
        return f"{self.town}{self.chome}丁目" if self.chome else self.town


@dataclass(frozen=True, slots=True)
class Station:
    name: str  # without 駅
    kana: str
    lines: tuple[str, ...]
    inside: bool  # in the municipality
    address: str
    point: Point


@dataclass(frozen=True, slots=True)
class Place:
    kind: str  # "position", "address", "town", "chome", "postal_code", "station", "facility", "outside"
    name: str  # as shown back to the parent: "若宮3丁目", "中野駅"
    point: Point | None  # None where kind is "outside" and only the other municipality's name is known
    inside: bool = True  # in the municipality


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """One municipality's pack, read once and shared: two are equal only if they are the same."""

    municipality: str  # "中野区"
    main_phone: Phone  # the town hall's switchboard, the telephone of last resort
    facilities: tuple[Facility, ...]
    resources: tuple[Resource, ...]
    hotlines: tuple[Hotline, ...]  # in the order to show them, within one kind
    towns: tuple[Town, ...]
    stations: tuple[Station, ...]
    attribution: tuple[str, ...]  # what the licences ask us to show
    code: str = ""  # 全国地方公共団体コード, six digits: "131148"
    box: Box | None = None
    town_radius: int = (
        500  # metres from the point of a 町丁目 within which its addresses lie (measured in Nakano: 465)
    )
    prefecture: str = ""  # "東京都"
    elsewhere: tuple[str, ...] = ()  # other municipalities that a person may name: "杉並区"
    neighbourhoods: tuple[str, ...] = ()  # parts of them: "荻窪"
    railway_companies: tuple[str, ...] = ()  # "西武", by which people call its lines
    municipality_kana: str = ""  # "なかのく"
    elsewhere_kana: tuple[tuple[str, str], ...] = ()  # "すぎなみく" → "杉並区"
    readings: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of single characters: "宮" → "みや"
    mistaken: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what is written instead: "宮" → "官"
    ordinary: frozenset[str] = frozenset()  # place names that are everyday words or family names too: "中央"
    family_center: str = ""  # what families call the desks of こども家庭センター型: "すこやか福祉センター"
    consultation_desk: str = ""  # id of the facility where the counselors sit
    counselors: tuple[
        tuple[str, str], ...
    ] = ()  # what counselors call themselves, by the desk of the consultation
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()  # "crisis_abuse.parent" → ids of hotlines, in order
    groups: tuple[SupportGroup, ...] = ()
    happenings: tuple[Happening, ...] = ()

    def facility(self, facility_id: str) -> Facility:
        """Raises KeyError for an unknown id."""
        return _by_id(self.facilities, facility_id)

    def resource(self, resource_id: str) -> Resource:
        """Raises KeyError for an unknown id."""
        return _by_id(self.resources, resource_id)

    def hotline(self, hotline_id: str) -> Hotline:
        """Raises KeyError for an unknown id."""
        return _by_id(self.hotlines, hotline_id)

    def of_type(self, facility_type: str) -> Iterator[Facility]:
        return (facility for facility in self.facilities if facility_type in facility.types)

    def lines_for(self, need: str, voice: str = "", topic: str = "") -> tuple[Hotline, ...]:
        """The hotlines for a crisis or for waiting, in the pack's order; of the most particular entry there is. Without
        those that were retired."""
        lines = dict(self.lines)
        cases = (f"{topic}_{voice}", topic, voice, "usual")
        ids = next((lines[f"{need}.{case}"] for case in cases if f"{need}.{case}" in lines), ())
        by_id = {hotline.id: hotline for hotline in self.hotlines}
        return tuple(by_id[hotline_id] for hotline_id in ids if hotline_id in by_id)


_Row = TypeVar("_Row", Facility, Resource, Hotline)


def _by_id(rows: tuple[_Row, ...], wanted: str) -> _Row:
    for row in rows:
        if row.id == wanted:
            return row
    raise KeyError(wanted)
