"""A row of the ward's data as somebody types it into a form: every problem at once, with its field and how to mend it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import quote

from directory import week_form
from directory.hours import OpeningHours
from directory.locating import within
from directory.model import (
    HOTLINE_KINDS,
    Directory,
    Facility,
    Happening,
    Hotline,
    Phone,
    Point,
    Resource,
    SupportGroup,
)
from directory.opendata import cells
from directory.rows import parse_phone
from directory.spelling import flatten, straighten
from directory.stored import Row

LONG: Final = 1000  # characters of a sentence or two
SHORT: Final = 120
MANY: Final = 20  # telephones, towns
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_AS_OF: Final = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-\d\d)?)?")
_POSTAL: Final = re.compile(r"\d{3}-?\d{4}")
_BRACKETS: Final = str.maketrans("()", "()")


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    told: str


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent: the last of each name, and all of each."""

    values: Mapping[str, str]
    several: Mapping[str, Sequence[str]]

    def get(self, name: str) -> str:
        return self.values.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()


@dataclass(slots=True)
class Reader:
    form: Form
    directory: Directory
    problems: list[Problem]

    def wrong(self, field: str, told: str) -> None:
        self.problems.append(Problem(field, told))

    def text(self, name: str, label: str, *, most: int = SHORT, required: bool = False) -> str:
        text = self.form.get(name)
        if required and not text:
            self.wrong(name, f"「{label}」が空です。入れてください。")
        if len(text) > most:
            self.wrong(name, f"「{label}」が長すぎます({len(text)}文字)。{most}文字までにしてください。")
        return text

    def phones(self) -> tuple[Phone, ...]:
        found = []
        for line in filter(None, map(str.strip, self.form.get("phones").splitlines())):
            phone = parse_phone(straighten(line).translate(_BRACKETS).replace(" (", "("))
            if phone is None or len(line) > SHORT:
                self.wrong(
                    "phones",
                    f"電話「{line[:SHORT]}」を読めません。1行に1つ、03-3389-1111 か 03-3389-1111(17:30以降) の形で入れてください。",
                )
            else:
                found.append(phone)
        if len(found) > MANY:
            self.wrong("phones", f"電話が多すぎます。{MANY}までにしてください。")
        return tuple(found)

    def url(self) -> str:
        url = self.text("url", "ページ", most=LONG)
        if len(quote(url)) > LONG:
            self.wrong(
                "url",
                f"「ページ」のアドレスが長すぎます。LINEで送れるように、記号もふくめて{LONG}文字までにしてください。",
            )
        elif url and not _URL.fullmatch(url):
            self.wrong(
                "url",
                "「ページ」は https:// で始まるアドレスを、空白なしで入れてください。なければ空けてください。",
            )
        return url

    def as_of(self) -> str:
        text = self.form.get("as_of")
        if text and not _AS_OF.fullmatch(text):
            self.wrong(
                "as_of",
                f"「いつの内容か」の「{text[:SHORT]}」を読めません。2026、2026-11、2026-11-24 のどれかの形で入れてください。",
            )
        return text

    def day(self, name: str, label: str) -> date:
        text = self.form.get(name)
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(name, f"「{label}」は「2026-11-24」の形の日付で入れてください。")
            return date.max

    def moment(self, name: str, label: str) -> time | None:
        text = self.form.get(name)
        minutes = week_form.clock(text) if text else None
        if text and (minutes is None or minutes == 24 * 60):
            self.wrong(name, f"「{label}」の「{text[:SHORT]}」を読めません。10:00 の形で入れてください。")
            return None
        return time(minutes // 60, minutes % 60) if minutes is not None else None

    def hours(self, before: Row | None) -> OpeningHours:
        """As they were, where the form was left as it was: it says the same in another order."""
        found = week_form.read(self.form.values)
        if isinstance(before, Facility | Resource | Hotline):
            untouched = week_form.read(week_form.filled(before.hours)).hours
            if untouched is not None and untouched == found.hours:
                return before.hours
        self.text("hours_remark", "時間の説明")
        for name in ("hours_text", "closed_text"):
            self.text(name, "くわしい書きかた", most=LONG)
        for field, told in found.problems:
            self.wrong(field, told)
        return found.hours or OpeningHours()

    def point(self) -> Point | None:
        """Latitude and longitude that were swapped are put right."""
        lat, lon = self.form.get("lat"), self.form.get("lon")
        if not lat and not lon:
            return None
        located = cells.point(lat, lon)
        if located.point is None:
            self.wrong(
                "lat",
                f"緯度と経度を読めません({lat[:20]}、{lon[:20]})。35.7087 と 139.6629 の形で、両方を入れるか、両方を空けてください。",
            )
        return located.point

    def uncertain(self, allowed: Sequence[str]) -> frozenset[str]:
        return frozenset(self.form.several.get("uncertain", ())) & frozenset(allowed)

    def split(self, name: str) -> tuple[str, ...]:
        pieces = re.split(r"[、,,|\n]", self.form.get(name))
        return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


UNCERTAIN: Final = {
    "facility": ("phone", "hours", "address", "access"),
    "resource": ("phone", "hours", "contact", "summary"),
    "hotline": ("phone", "hours"),
    "group": ("phone",),
}


def read(
    kind: str, row_id: str, form: Form, directory: Directory, before: Row | None
) -> tuple[Row, list[Problem]]:
    """The row as it would be; good only where there is no problem."""
    reader = Reader(form, directory, [])
    row = _READERS[kind](row_id, reader, before)
    return row, reader.problems


def filled(row: Row) -> dict[str, str]:
    """The form before anything is typed."""
    values: dict[str, str] = {}
    for name in row.__dataclass_fields__:
        value = getattr(row, name)
        match value:
            case str():
                values[name] = value
            case bool():
                values[name] = "yes" if value else "no"
            case date():
                values[name] = str(value)
            case time():
                values[name] = f"{value:%H:%M}"
            case None:
                values[name] = ""
    values["phones"] = "\n".join(
        f"{one.number}({one.note})" if one.note else one.number for one in getattr(row, "phones", ())
    )
    match row:
        case Facility():
            values["types"] = "、".join(sorted(row.types))
            if row.point:
                values |= {"lat": f"{row.point.lat:.6f}", "lon": f"{row.point.lon:.6f}"}
        case SupportGroup():
            values["towns"] = "、".join(row.towns)
    if isinstance(row, Facility | Resource | Hotline):
        values |= week_form.filled(row.hours)
        if isinstance(row, Resource) and row.hours_of_desks:
            values["hours_mode"] = "desks"
    return values


def chosen(row: Row) -> dict[str, list[str]]:
    """What is ticked before anything is typed."""
    return {name: sorted(getattr(row, name, ())) for name in ("uncertain", "kinds", "facilities")}


def _facility(row_id: str, form: Reader, before: Row | None) -> Facility:
    point = form.point()
    types = frozenset(form.split("types"))
    if not types:
        form.wrong("types", "「種類」が空です。一覧にある種類を1つ以上、「、」で区切って入れてください。")
    if len(types) > MANY or any(len(one) > SHORT for one in types):
        form.wrong("types", f"「種類」が多すぎるか、長すぎます。{MANY}までにしてください。")
    postal = straighten(form.form.get("postal_code"))
    if postal and not _POSTAL.fullmatch(postal):
        form.wrong("postal_code", "「郵便番号」は 164-0001 の形で入れてください。")
    return Facility(
        id=row_id,
        name=form.text("name", "名前", required=True),
        kana=form.text("kana", "読み"),
        types=types,
        address=form.text("address", "住所", most=100),  # LINE's link to a map has its limit
        postal_code=f"{postal[:3]}-{postal[-4:]}" if postal else "",
        point=point,
        approximate=point is not None and form.form.get("approximate") == "yes",
        phones=form.phones(),
        hours=form.hours(before),
        access=form.text("access", "行き方", most=300),
        url=form.url(),
        source=form.text("source", "出典", most=LONG, required=True),
        as_of=form.as_of(),
        note=form.text("note", "説明", most=300),
        uncertain=form.uncertain(UNCERTAIN["facility"]),
        external_id=before.external_id if isinstance(before, Facility) else "",
    )


def _resource(row_id: str, form: Reader, before: Row | None) -> Resource:
    was = before.facilities if isinstance(before, Resource) else ()
    ticked = dict.fromkeys(form.form.several.get("facilities", ()))
    facilities = (*(one for one in was if one in ticked), *(one for one in ticked if one not in was))
    known = {one.id: one for one in form.directory.facilities}
    if unknown := [one for one in facilities if one not in known]:
        form.wrong(
            "facilities",
            f"一覧にない窓口が選ばれています({'、'.join(unknown)[:SHORT]})。選び直してください。",
        )
    phones = form.phones()
    for one in facilities:
        if one in known and {each.number for each in known[one].phones} & {each.number for each in phones}:
            form.wrong(
                "phones",
                f"「{known[one].name}」の電話は書かないでください。窓口の電話が、いつも新しい番号で出ます。",
            )
    of_desks = form.form.get("hours_mode") == "desks"
    if of_desks and not facilities:
        form.wrong("hours_mode", "「窓口と同じ」にするには、窓口を1つ以上選んでください。")
    return Resource(
        id=row_id,
        title=form.text("title", "名前", required=True),
        audience=form.text("audience", "対象"),
        summary=form.text("summary", "内容", most=300, required=True),
        contact=form.text("contact", "問い合わせ先"),
        phones=phones,
        facilities=facilities,
        hours=OpeningHours() if of_desks else form.hours(before),
        url=form.url(),
        source=form.text("source", "出典", most=LONG, required=True),
        as_of=form.as_of(),
        note=form.text("note", "説明", most=300),
        uncertain=form.uncertain(UNCERTAIN["resource"]),
        hours_of_desks=of_desks,
    )


def _hotline(row_id: str, form: Reader, before: Row | None) -> Hotline:
    kinds = frozenset(form.form.several.get("kinds", ())) & HOTLINE_KINDS
    was = before if isinstance(before, Hotline) else None
    if not kinds and (was is None or was.kinds):
        form.wrong("kinds", "「使う場面」を1つ以上選んでください。")
    phones, url = form.phones(), form.url()
    if not phones and not url and (was is None or was.phones or was.url):
        form.wrong("phones", "電話かページの、どちらかを入れてください。なければ、だれもつながれません。")
    return Hotline(
        id=row_id,
        name=form.text("name", "名前", required=True),
        phones=phones,
        channel=form.text("channel", "つながりかた", required=True),
        kinds=kinds,
        audience=form.text("audience", "対象"),
        what=form.text("what", "内容", most=300, required=True),
        hours=form.hours(before),
        free={"yes": True, "no": False}.get(form.form.get("free")),
        url=url,
        source=form.text("source", "出典", most=LONG, required=True),
        as_of=form.as_of(),
        note=form.text("note", "説明", most=300),
        uncertain=form.uncertain(UNCERTAIN["hotline"]),
    )


def _group(row_id: str, form: Reader, before: Row | None) -> SupportGroup:
    towns = form.split("towns")
    known = {name for one in form.directory.towns for name in (one.town, one.name)}
    by_flat = {flatten(within(name, form.directory)): name for name in known}
    for town in towns[:MANY]:
        if flatten(within(town, form.directory)) not in by_flat:
            form.wrong(
                "towns",
                f"「{town[:SHORT]}」は、町丁目の一覧にありません。「江古田」「江古田4丁目」の形で入れるか、「場所の説明」に書いてください。",
            )
    if len(towns) > MANY:
        form.wrong("towns", f"町丁目が多すぎます。{MANY}までにしてください。区の全体なら、空けてください。")
    phones, url = form.phones(), form.url()
    contact = form.text("contact", "連絡先", most=200)
    if not phones and not url and not contact:
        form.wrong("phones", "電話・ページ・連絡先の、どれか1つを入れてください。")
    return SupportGroup(
        id=row_id,
        name=form.text("name", "団体の名前", required=True),
        what=form.text("what", "内容", most=300, required=True),
        towns=tuple(by_flat.get(flatten(within(town, form.directory)), town) for town in towns),
        area=form.text("area", "場所の説明"),
        ages=form.text("ages", "対象年齢"),
        days=form.text("days", "日時"),
        phones=phones,
        contact=contact,
        url=url,
        until=form.day("until", "いつまで載せるか"),
        source=form.text("source", "出典", most=LONG, required=True),
        as_of=form.as_of(),
        note=form.text("note", "説明", most=300),
        uncertain=form.uncertain(UNCERTAIN["group"]),
    )


def happening(
    row_id: str, facility_id: str, form: Form, directory: Directory, now: datetime
) -> tuple[Happening, list[Problem]]:
    reader = Reader(form, directory, [])
    first = reader.day("first", "はじまりの日")
    last = reader.day("last", "終わりの日") if form.get("last") else first
    begins, ends = reader.moment("begins", "はじまりの時刻"), reader.moment("ends", "終わりの時刻")
    row = Happening(
        id=row_id,
        facility=facility_id,
        title=reader.text("title", "催しの名前", most=60, required=True),
        first=first,
        last=last,
        begins=begins,
        ends=ends,
        ages=reader.text("ages", "対象"),
        how=reader.text("how", "参加のしかた", most=200, required=True),
        url=reader.url(),
        note=reader.text("note", "説明", most=300),
    )
    if last < first:
        reader.wrong("last", "「終わりの日」が「はじまりの日」より前です。")
    elif not reader.problems and first == last and begins and ends and ends <= begins:
        reader.wrong("ends", "「終わりの時刻」は「はじまりの時刻」より後にしてください。")
    elif not reader.problems and row.over(now):
        reader.wrong("last", "もう終わった日です。これからの日を入れてください。")
    return row, reader.problems


_READERS: Final[dict[str, Callable[[str, Reader, Row | None], Any]]] = {
    "facility": _facility,
    "resource": _resource,
    "hotline": _hotline,
    "group": _group,
}
KINDS: Final = tuple(_READERS)
