"""What an officer confirms of a row: the name, telephones, hours and address, as a parent reads them."""

from directory.model import Directory, Facility, Hotline, Resource, SupportGroup

Confirmable = Facility | Resource | Hotline | SupportGroup
KINDS = ("hotline", "facility", "resource", "group")


def confirmable(directory: Directory) -> dict[str, Confirmable]:
    """Everything that can be confirmed, by "hotline:inochi-sos" and its like: an id may name a row of each kind."""
    tables: dict[str, tuple[Confirmable, ...]] = {
        "hotline": directory.hotlines,
        "facility": directory.facilities,
        "resource": directory.resources,
        "group": directory.groups,
    }
    return {f"{kind}:{row.id}": row for kind in KINDS for row in tables[kind]}


def is_for_a_crisis(row: Confirmable) -> bool:
    return isinstance(row, Hotline) and any(kind.startswith("crisis_") for kind in row.kinds)


def facts(row: Confirmable) -> str:
    """ "いのちの電話(フリーダイヤル) 0120-783-556 毎日16:00〜21:00": when it changes, what was confirmed is another."""
    name = row.title if isinstance(row, Resource) else row.name
    address = row.address if isinstance(row, Facility) else ""
    phones = (f"{phone.number}({phone.note})" if phone.note else phone.number for phone in row.phones)
    times = f"{row.days} {row.until}まで" if isinstance(row, SupportGroup) else row.hours.describe()
    return " ".join(part for part in (name, *phones, times, address, row.url) if part)
