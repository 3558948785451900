"""Facilities, resources and hotlines as cards."""

from datetime import datetime

from conversation.messages import Button, Card, Does
from directory.hours import OpeningHours
from directory.model import Facility, Hotline, Phone, Resource
from directory.nearest import Near, about

TYPE_NAMES = ("基本型", "こども家庭センター型", "特定型")
PHONES_SHOWN = 2


def facility_card(facility: Facility, now: datetime, distance: str = "") -> Card:
    place = "・".join(part for part in (_type_of(facility), distance) if part)
    facts = [facility.hours.describe(), facility.address]
    facts += [text for text in (facility.access, facility.note) if text]
    return Card(
        title=facility.name,
        label=place,
        state=facility.hours.state(now),
        is_open=facility.hours.is_open(now),
        facts=tuple(facts),
        footnote=_footnote(facility.as_of, facility.uncertain),
        buttons=(*_calls(facility.phones), *_map(facility.address), *_page(facility.url)),
    )


def near_card(near: Near, now: datetime) -> Card:
    return facility_card(near.facility, now, about(near.metres))


def resource_card(resource: Resource, now: datetime) -> Card:
    facts = [resource.summary, f"対象: {resource.audience}" if resource.audience else "", resource.note]
    facts.append(f"問い合わせ: {resource.contact}" if resource.contact else "")
    if resource.hours.known:
        facts.append(resource.hours.describe())
    return Card(
        title=resource.title,
        label="制度・サービス",
        state=resource.hours.state(now) if resource.phones and resource.hours.known else "",
        is_open=resource.hours.is_open(now),
        facts=tuple(fact for fact in facts if fact),
        footnote=_footnote(resource.as_of, resource.uncertain),
        buttons=(*_calls(resource.phones), *_page(resource.url)),
    )


def hotline_card(hotline: Hotline, now: datetime) -> Card:
    facts = (hotline.what, _hours_unless_always(hotline.hours), hotline.note)
    return Card(
        title=hotline.name,
        label="・".join(part for part in (hotline.channel, "無料" if hotline.free else "") if part),
        state=hotline.hours.state(now),
        is_open=hotline.hours.is_open(now),
        facts=tuple(fact for fact in facts if fact),
        footnote=_footnote(hotline.as_of, hotline.uncertain),
        buttons=(*_calls(hotline.phones), *_page(hotline.url)),
    )


def _hours_unless_always(hours: OpeningHours) -> str:
    return "" if hours.always else hours.describe()


def _type_of(facility: Facility) -> str:
    """The ward's types first; a すこやか is of two."""
    known = [name for name in TYPE_NAMES if name in facility.types]
    return known[-1] if known else "・".join(sorted(facility.types))


def _calls(phones: tuple[Phone, ...]) -> tuple[Button, ...]:
    return tuple(Button(_call_label(phone), Does.CALL, phone.number) for phone in phones[:PHONES_SHOWN])


def _call_label(phone: Phone) -> str:
    return f"電話 {phone.number}" + (f"({phone.note})" if phone.note else "")


def _map(address: str) -> tuple[Button, ...]:
    return (Button("地図をひらく", Does.MAP, address),) if address else ()


def _page(url: str) -> tuple[Button, ...]:
    return (Button("くわしいページ", Does.OPEN, url),) if url else ()


def _footnote(as_of: str, uncertain: frozenset[str]) -> str:
    """Until an officer has confirmed a row it names its source, not a confirmation."""
    year, _, month = as_of.partition("-")
    when = f"{year}年{int(month[:2])}月" if month[:2].isdigit() else as_of
    source = "2026年1月の冊子より" if as_of.startswith("2026-01") else f"{when}時点の資料より"
    return f"{source}・要確認の項目があります" if uncertain else source
