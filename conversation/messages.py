"""What is said to a parent, in words that belong to no channel: `bot.line.render` turns it into LINE's."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Speaker(StrEnum):
    BOT = "bot"
    COUNSELOR = "counselor"


NAMES: Final = {Speaker.BOT: "つなぐ窓口(自動)", Speaker.COUNSELOR: "相談員"}  # as the parent sees them


class Does(StrEnum):
    """What a button does."""

    SAY = "say"  # the parent says `value`
    CALL = "call"  # dials `value`, as written for people: "03-5937-3257", "#8000"
    OPEN = "open"  # opens the https address `value`
    MAP = "map"  # opens a map at the address `value`


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    does: Does
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A place, a resource or a telephone line."""

    title: str
    label: str = ""  # small words above the title: "子育ての相談・約300m"
    state: str = ""  # "開いています(18:00まで)"
    is_open: bool | None = None  # colours `state`; None is neutral
    facts: tuple[str, ...] = ()  # hours, address, caveats: one line each
    footnote: str = ""  # where this comes from and of what date
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    body: str

    @property
    def plain(self) -> str:
        return self.body


@dataclass(frozen=True, slots=True)
class Cards:
    alt: str  # what a notification or an old phone shows instead
    cards: tuple[Card, ...]  # one to ten

    @property
    def plain(self) -> str:
        return "\n".join(
            f"[{card.label}] {card.title}" if card.label else f"[{card.title}]" for card in self.cards
        )


Message = Text | Cards


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply. Tapping it says its label, so that typing the label does the same."""

    label: str
    locates: bool = False  # opens the phone's location picker instead


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Decided, not yet sent: at most five messages, which go in one request."""

    messages: tuple[Message, ...]
    choices: tuple[Choice, ...] = ()
    speaker: Speaker = Speaker.BOT
    author: str | None = None  # the counselor's staff id; never shown to the parent
    discreet: bool = False  # a notification must not show the words
    attached: tuple[str, ...] = ()  # what a counselor put in as cards, by conversation.attachments' names
    quotes: tuple[str, ...] = ()  # ids of the messages whose words come back in it: a place, what is near it

    @property
    def plain(self) -> str:
        """The timeline's words for it."""
        return "\n\n".join(message.plain for message in self.messages)
