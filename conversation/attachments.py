"""Places, services and telephone lines that a counselor puts into a reply. They are named as "facility:nogata"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from conversation.cards import facility_card, hotline_card, resource_card
from conversation.messages import Card, Cards, Message, Outgoing, Speaker, Text
from directory.model import Directory, Facility, Hotline, Resource
from intents.normalize import normalize

MOST_CARDS: Final = 5  # in one reply: more is not read on a phone
FOUND: Final = 8
KINDS: Final = {"facility": "場所", "resource": "制度・サービス", "hotline": "電話・チャット"}

Row = Facility | Resource | Hotline


@dataclass(frozen=True, slots=True)
class Found:
    """What a search shows of one row."""

    name: str  # "facility:nogata"
    kind: str  # in words
    title: str
    about: str  # one line to tell it from its like


def card(name: str, directory: Directory, now: datetime) -> Card:
    """Raises KeyError for a name that means nothing, or nothing any more."""
    match _row(name, directory):
        case Facility() as facility:
            return facility_card(facility, now)
        case Resource() as resource:
            return resource_card(resource, directory, now)
        case hotline:
            return hotline_card(hotline, now)


def found(name: str, directory: Directory) -> Found:
    """Raises KeyError as `card` does."""
    row = _row(name, directory)
    kind = KINDS[name.partition(":")[0]]
    match row:
        case Facility():
            return Found(name, kind, row.name, row.address)
        case Resource():
            return Found(name, kind, row.title, row.summary)
        case _:
            return Found(name, kind, row.name, row.what)


def exists(name: str, directory: Directory) -> bool:
    try:
        _row(name, directory)
    except KeyError:
        return False
    return True


def search(words: str, directory: Directory) -> tuple[Found, ...]:
    """At most FOUND rows in which every word stands, those that are called so first; () for no words."""
    wanted = [flat for word in words.split() if (flat := normalize(word))]
    if not wanted:
        return ()
    ranked = sorted(
        (not all(word in called for word in wanted), place, name)
        for place, (name, called, said) in enumerate(_catalogue(directory))
        if all(word in called + said for word in wanted)
    )
    return tuple(found(name, directory) for _, _, name in ranked[:FOUND])


def outgoing(
    text: str,
    cards: Sequence[str],
    directory: Directory,
    now: datetime,
    *,
    author: str,
    discreet: bool,
    lead: str = "",
) -> Outgoing:
    """A counselor's reply: the words first, after the line `lead`, then the cards. Raises KeyError as `card` does."""
    text = "\n".join(filter(None, (lead, text)))
    drawn = tuple(card(name, directory, now) for name in cards)
    messages: tuple[Message, ...] = (Text(text),) if text else ()
    if drawn:
        messages += (Cards("、".join(one.title for one in drawn), drawn),)
    return Outgoing(
        messages,
        speaker=Speaker.COUNSELOR,
        author=author,
        discreet=discreet,
        attached=tuple(cards) if drawn else (),
    )


def _row(name: str, directory: Directory) -> Row:
    kind, _, row_id = name.partition(":")
    match kind:
        case "facility":
            return directory.facility(row_id)
        case "resource":
            return directory.resource(row_id)
        case "hotline":
            return directory.hotline(row_id)
        case _:
            raise KeyError(name)


@lru_cache(maxsize=4)
def _catalogue(directory: Directory) -> tuple[tuple[str, str, str], ...]:
    """Each row's name, what it is called, and what else is said of it, flattened."""
    return tuple(_rows(directory))


def _rows(directory: Directory) -> Iterator[tuple[str, str, str]]:
    for place in directory.facilities:
        called = normalize(f"{place.name} {place.kana}")
        yield f"facility:{place.id}", called, _flat(*place.types, place.address, place.access, place.note)
    for service in directory.resources:
        said = _flat(service.audience, service.summary, service.contact, service.note)
        yield f"resource:{service.id}", normalize(service.title), said
    for line in directory.hotlines:
        numbers = (phone.number for phone in line.phones)
        said = _flat(line.audience, line.what, line.channel, line.note, *numbers)
        yield f"hotline:{line.id}", normalize(line.name), said


def _flat(*texts: str) -> str:
    return normalize(" ".join(texts))
