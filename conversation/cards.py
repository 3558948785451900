"""Facilities, resources and hotlines as cards."""

from datetime import date, datetime

from conversation.messages import Button, Card, Does
from directory.hours import OpeningHours
from directory.model import Directory, Facility, Happening, Hotline, Phone, Resource, SupportGroup
from directory.nearest import Near, about

# The ward's types, which mean nothing to a family, as what one goes there for; a すこやか is of two.
TYPE_NAMES = {
    "基本型": "子育ての相談",
    "こども家庭センター型": "妊娠・子育ての相談",
    "特定型": "保育の相談",
}
PHONES_SHOWN = 2
HANDBOOK = "2026年1月の冊子より"
FIELD_NAMES = {  # as the packs' `uncertain` names them
    "phone": "電話",
    "hours": "時間",
    "address": "住所",
    "contact": "問い合わせ先",
    "summary": "内容",
    "access": "行き方",
}


def facility_card(facility: Facility, now: datetime, distance: str = "") -> Card:
    place = "・".join(part for part in (_type_of(facility), distance) if part)
    facts = [*facility.hours.announced(now), facility.hours.describe(), facility.address]
    facts += [text for text in (facility.access, facility.note) if text]
    return Card(
        title=facility.name,
        label=place,
        state=facility.hours.state(now),
        is_open=facility.hours.is_open(now),
        facts=tuple(facts),
        footnote=_footnote(facility),
        buttons=(*_calls(facility.phones), *_map(facility.address), *_page(facility.url)),
    )


def near_card(near: Near, now: datetime) -> Card:
    return facility_card(near.facility, now, about(near.metres))


def resource_card(resource: Resource, directory: Directory, now: datetime) -> Card:
    """Where one desk serves it, that desk's telephone; where several do, the family's own is shown by place."""
    by_id = {facility.id: facility for facility in directory.facilities}
    desk = by_id.get(resource.facilities[0]) if len(resource.facilities) == 1 else None
    phones = resource.phones or (desk.phones if desk else ())
    facts = [resource.summary, f"対象: {resource.audience}" if resource.audience else "", resource.note]
    facts.append(f"問い合わせ: {resource.contact}" if resource.contact else "")
    if resource.hours.known:
        facts += [*resource.hours.announced(now), resource.hours.describe()]
    return Card(
        title=resource.title,
        label="制度・サービス",
        state=f"窓口は{resource.hours.state(now)}" if phones and resource.hours.known else "",
        is_open=resource.hours.is_open(now),
        facts=tuple(fact for fact in facts if fact),
        footnote=_footnote(resource),
        buttons=(*_calls(phones), *_page(resource.url)),
    )


def hotline_card(hotline: Hotline, now: datetime) -> Card:
    facts = (hotline.what, _hours_unless_always(hotline.hours), hotline.note)
    return Card(
        title=hotline.name,
        label="・".join(part for part in (hotline.channel, "無料" if hotline.free else "") if part),
        state=hotline.hours.state(now),
        is_open=hotline.hours.is_open(now),
        facts=tuple(fact for fact in facts if fact),
        footnote=_footnote(hotline),
        buttons=(*_calls(hotline.phones), *_page(hotline.url)),
    )


def group_card(group: SupportGroup) -> Card:
    facts = (
        group.what,
        f"場所: {'、'.join((*group.towns, group.area) if group.area else group.towns)}"
        if group.towns or group.area
        else "",
        f"対象: {group.ages}" if group.ages else "",
        f"日時: {group.days}" if group.days else "",
        f"連絡先: {group.contact}" if group.contact else "",
        group.note,
    )
    return Card(
        title=group.name,
        label="子育て支援団体",
        facts=tuple(fact for fact in facts if fact),
        footnote=_footnote(group),
        buttons=(*_calls(group.phones), *_page(group.url)),
    )


def happening_card(happening: Happening, directory: Directory) -> Card:
    """What the desk has written, and the desk's telephone: nothing else."""
    place = directory.facility(happening.facility)
    facts = (
        when(happening),
        f"対象: {happening.ages}" if happening.ages else "",
        f"参加のしかた: {happening.how}" if happening.how else "",
        happening.note,
        place.address,
    )
    return Card(
        title=happening.title,
        label=f"催し・{place.name}",
        facts=tuple(fact for fact in facts if fact),
        footnote="変わることがあります。出かける前に確かめてください。",
        buttons=(*_calls(place.phones), *_map(place.address), *_page(happening.url)),
    )


def when(happening: Happening) -> str:
    """12/5(土) 10:00〜11:30"""
    days = spoken_date(happening.first)
    if happening.last != happening.first:
        days += f"〜{spoken_date(happening.last)}"
    begins, ends = (f"{at.hour}:{at.minute:02}" if at else "" for at in (happening.begins, happening.ends))
    return f"{days} {begins}{'〜' + ends if ends else '〜' if begins else ''}".strip()


def spoken_date(day: date) -> str:
    return f"{day.month}/{day.day}({'月火水木金土日'[day.weekday()]})"


def _hours_unless_always(hours: OpeningHours) -> str:
    return "" if hours.always else hours.describe()


def _type_of(facility: Facility) -> str:
    """The last of the ward's types; other places' own."""
    known = [spoken for name, spoken in TYPE_NAMES.items() if name in facility.types]
    return known[-1] if known else "・".join(sorted(facility.types))


def _calls(phones: tuple[Phone, ...]) -> tuple[Button, ...]:
    return tuple(Button(_call_label(phone), Does.CALL, phone.number) for phone in phones[:PHONES_SHOWN])


def _call_label(phone: Phone) -> str:
    return f"電話 {phone.number}" + (f"({phone.note})" if phone.note else "")


def _map(address: str) -> tuple[Button, ...]:
    return (Button("地図をひらく", Does.MAP, address),) if address else ()


def _page(url: str) -> tuple[Button, ...]:
    return (Button("くわしいページ", Does.OPEN, url),) if url else ()


def _footnote(row: Facility | Resource | Hotline | SupportGroup) -> str:
    """Until an officer has confirmed a row it names its source, not a confirmation."""
    if row.confirmed:
        source = f"最終確認 {row.confirmed.year}年{row.confirmed.month}月{row.confirmed.day}日"
    else:
        source = HANDBOOK if row.as_of.startswith("2026-01") else _when(row.as_of)
    return (
        f"{source}・{'・'.join(sorted(FIELD_NAMES.get(name, name) for name in row.uncertain))}は要確認"
        if row.uncertain
        else source
    )


def _when(as_of: str) -> str:
    year, _, rest = as_of.partition("-")
    if not year:
        return "時点の分からない資料より"
    return f"{year}年{int(rest[:2])}月時点の資料より" if rest else f"{year}年時点の資料より"
