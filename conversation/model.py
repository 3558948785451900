"""One parent's conversation, its consultations, and what a decision about it holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from conversation.messages import Outgoing


class Status(StrEnum):
    """Who owns the next word."""

    BOT = "bot"  # the bot answers
    WAITING = "waiting"  # handed off; no counselor has taken it yet
    ASSIGNED = "assigned"  # a counselor holds the thread


class Urgency(StrEnum):
    NORMAL = "normal"
    DISTRESS = "distress"  # hard words, no danger to life
    CRISIS = "crisis"


class Outcome(StrEnum):
    """How a consultation ended."""

    ANSWERED = "answered"  # the question was answered
    REFERRED = "referred"  # the family was pointed to a desk or a service
    HANDED_BACK = "handed_back"  # given back to the bot
    STOPPED = "stopped"  # the parent ended it
    NO_REPLY = "no_reply"  # the parent did not come back
    OTHER = "other"


class Helped(StrEnum):
    """What the parent said once a consultation had ended."""

    YES = "yes"
    NO = "no"  # still in trouble
    UNSAID = "none"  # would rather not say


class Question(StrEnum):
    CONSENT = "consent"  # may a counselor read this?
    TOPIC = "topic"  # which of these do you mean?
    PLACE = "place"  # where do you live?
    WHICH_PLACE = "which_place"  # which of these places?
    ERASE = "erase"  # really erase everything?


@dataclass(frozen=True, slots=True)
class Asked:
    """The bot's open question. Options are answered by number, by label, or by tapping."""

    question: Question
    options: tuple[str, ...] = ()  # intent ids for TOPIC, place names for WHICH_PLACE
    intent: str | None = None  # what the place, or the consent, is wanted for
    since: datetime | None = None  # when the parent asked for a person
    urgency: Urgency = Urgency.NORMAL  # of the consultation that consent will open
    named_in: tuple[str, ...] = ()  # ids of the messages that the places of WHICH_PLACE were named in


@dataclass(frozen=True, slots=True)
class Alarm:
    """The last crisis answer."""

    kind: str
    voice: str
    at: datetime
    shown: tuple[str, ...]  # ids of the hotlines shown so far
    topic: str = ""  # "missing", "poison" …: narrows the kind


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the bot made of an utterance, kept with the entry so that it can be explained later."""

    action: str
    intent: str | None
    confidence: float
    matched: tuple[str, ...]
    candidates: tuple[tuple[str, float], ...]  # (intent, confidence), best first
    ruleset: int  # the published version of the rules
    crisis: str | None = None
    rejected: bool = False  # the parent said 「ちがう」 to this


@dataclass(frozen=True, slots=True)
class Consultation:
    """相談: one stretch of a conversation, from handoff to resolution."""

    number: int  # 1, 2, 3 … within the conversation
    opened_at: datetime
    desk: str  # facility id
    topic: str | None = None  # intent id
    urgency: Urgency = Urgency.NORMAL
    waiting_since: datetime | None = None  # the parent's first message that no person has answered
    promised_for: datetime | None = None  # the opening we told the parent; None while the desk was open
    assignee: str | None = None  # staff id
    snoozed: bool = False  # out of sight until `snoozed_until`, or until the parent writes
    snoozed_until: datetime | None = None
    taken_at: datetime | None = None
    answered_at: datetime | None = None  # when a counselor last wrote to the parent
    introduced: str | None = None  # staff id of who has last said their role to the parent
    resolved_at: datetime | None = None
    helped_asked_at: datetime | None = None  # the parent was asked whether it had helped
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """Whether the last consultation helped was asked. Not an `Asked`: programs that do not know it must read the rest."""

    consultation: int  # its number
    topic: str | None
    urgency: Urgency
    answered_in: str | None = None  # id of the message; None while it is open


@dataclass(frozen=True, slots=True)
class HelpAnswer:
    consultation: int  # its number
    helped: Helped | None  # None: taken back
    at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    status: Status = Status.BOT
    reachable: bool = True  # false once the parent has blocked us
    greeted: bool = False
    consent: str | None = None  # version of the text that was agreed to
    consented_at: datetime | None = None
    asked: Asked | None = None
    understood: Understanding | None = None  # of the last answer, for 「ちがう」
    clarified: bool = False  # the one clarifying question of this topic has been asked
    alarm: Alarm | None = None
    help_asked: HelpAsked | None = None  # as the last consultation ended
    discreet: bool = False  # after a sign of violence at home: neutral previews, no follow-up
    area: str = ""  # the 町丁目 or station the parent named; never a position
    area_from: tuple[str, ...] = ()  # ids of the messages that named it, so that an unsend takes it back
    baby_from: tuple[
        str, ...
    ] = ()  # ids of the messages, since the last consultation, that tell of a child under a year
    erasure_wanted_at: datetime | None = None  # the parent asked staff to erase; they have not decided yet
    legal_hold: bool = False  # nothing may be erased
    consultations: int = 0  # how many there have been
    consultation: Consultation | None = None  # the open one
    closed: Consultation | None = None  # the one that this decision ended

    @property
    def assignee(self) -> str | None:
        return self.consultation.assignee if self.consultation else None

    @property
    def shows_counselor(self) -> bool:
        """Whether the talk itself may show that a counselor is in charge: never once violence at home was spoken of, for
        whoever else looks at the phone would see it."""
        return self.status is Status.ASSIGNED and not self.discreet


class EntryKind(StrEnum):
    UTTERANCE = "utterance"  # the parent
    BOT = "bot"
    COUNSELOR = "counselor"
    NOTE = "note"  # internal
    SYSTEM = "system"  # something happened


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A photo or file that came with an entry. It is fetched afterwards, and kept beside the entry's words."""

    kind: str  # as the channel calls it: "image", "video", "audio", "file"
    name: str = ""  # of a file
    elsewhere: bool = False  # at an address that the sender chose: never fetched


@dataclass(frozen=True, slots=True)
class Entry:
    kind: EntryKind
    text: str
    at: datetime
    author: str | None = None  # staff id
    message_id: str | None = None  # the channel's, so that an unsend finds it
    understanding: Understanding | None = None
    quotes: tuple[str, ...] = ()  # ids of the messages whose words it repeats: unsent, it goes with them
    enclosure: Enclosure | None = None
    steers: bool = (
        False  # a word for the bot, such as 「同意して相談する」: it says nothing of what is the matter
    )


class Notice(StrEnum):
    """Something staff should know at once."""

    CRISIS = "crisis"
    WAITING = "waiting"  # a new consultation in the queue
    UNREACHABLE = "unreachable"  # the parent blocked us while a consultation is open
    ERASURE = "erasure"  # the parent wants the record gone, and staff are to decide


class Act(StrEnum):
    """What was done with somebody's records, for the audit."""

    READ = "read"
    FOUND = "found"  # some words were on somebody's screen because a search found them
    OPENED = "opened"  # a photo or file that came with an entry
    TOOK = "took"
    REPLIED = "replied"
    NOTED = "noted"
    GAVE_UP = "gave_up"  # a reply that could not be sent is left as it is
    LET_GO = "let_go"  # put back into the queue
    PASSED_ON = "passed_on"  # to a colleague
    SNOOZED = "snoozed"
    WOKE = "woke"  # snoozed no more
    HANDED_BACK = "handed_back"
    RESOLVED = "resolved"
    CHANGED = "changed"  # in a way that has no word of its own
    ERASED = "erased"
    ERASURE_REFUSED = "erasure_refused"
    EXPORTED = "exported"
    HELD = "held"  # placed under a legal hold
    RELEASED = "released"


ABOUT_RECORDS: Final = (Act.ERASED, Act.ERASURE_REFUSED, Act.EXPORTED, Act.HELD, Act.RELEASED)


@dataclass(frozen=True, slots=True)
class Audit:
    act: Act
    actor: str  # a staff id, or "parent"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    conversation: Conversation
    entries: tuple[Entry, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    notices: tuple[Notice, ...] = ()
    erased: tuple[str, ...] = ()  # message ids whose words must go
    forgets: bool = False  # everything from before must go
    audits: tuple[Audit, ...] = ()
    helped: HelpAnswer | None = None  # to be kept with the consultation that it is about


class Refused(Exception):
    """The event does not fit the conversation as it is now."""


class AlreadyTaken(Refused):
    def __init__(self, assignee: str) -> None:
        super().__init__("already taken")
        self.assignee = assignee


class NotYours(Refused):
    """Only the counselor who holds the thread may do this."""


class NothingOpen(Refused):
    """There is no consultation that this could be done with."""


class StillWaiting(Refused):
    """The parent waits for an answer: this would put them out of sight."""


class NotQuiet(Refused):
    """The clock may not end this consultation now."""


class Unreachable(Refused):
    """The parent has blocked us: nothing sent would arrive."""


class NothingWanted(Refused):
    """Nobody asks for an erasure any more: a colleague has decided."""


class OnHold(Refused):
    """The records are under a legal hold."""


class StillOpen(Refused):
    """A consultation is open: it is ended first, so that the parent is not left without an answer."""
