"""What can happen to a conversation, in the past tense. `at` is when, by the sender's clock (aware, UTC)."""

from dataclasses import dataclass
from datetime import datetime

from conversation.model import Outcome


@dataclass(frozen=True, slots=True)
class ParentFollowed:
    """The parent added the account as a friend, or unblocked it."""

    at: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class ParentLeft:
    """The parent blocked the account: nothing that we send arrives any more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ParentWrote:
    at: datetime
    text: str
    message_id: str


@dataclass(frozen=True, slots=True)
class ParentSharedPosition:
    """Used for the search and not kept."""

    at: datetime
    lat: float
    lon: float
    message_id: str


@dataclass(frozen=True, slots=True)
class ParentSentMedia:
    at: datetime
    kind: str  # "sticker", "image", "video", "audio", "file"
    message_id: str
    words: str = ""  # what a sticker says, as far as the channel tells
    name: str = ""  # of a file
    elsewhere: bool = False  # it lies at an address that the sender chose, not with the channel
    another: bool = False  # one of several that were sent together, and not the first


@dataclass(frozen=True, slots=True)
class ParentUnsent:
    at: datetime
    message_id: str


@dataclass(frozen=True, slots=True)
class SomethingUnknown:
    """The channel told us of something that we do not handle; it is kept and shown."""

    at: datetime
    what: str  # the channel's name for it: "beacon", "message/hologram"


@dataclass(frozen=True, slots=True)
class CounselorTook:
    staff: str


@dataclass(frozen=True, slots=True)
class CounselorReplied:
    """With words, cards, or both."""

    staff: str
    text: str
    cards: tuple[str, ...] = ()  # as conversation.attachments names them: "facility:nogata"


@dataclass(frozen=True, slots=True)
class CounselorNoted:
    staff: str
    text: str


@dataclass(frozen=True, slots=True)
class CounselorGaveUp:
    """A reply that could not be sent, or may not have arrived, is left as it is."""

    staff: str


@dataclass(frozen=True, slots=True)
class CounselorLetGo:
    """Put back into the queue; also of a colleague's who cannot come."""

    staff: str


@dataclass(frozen=True, slots=True)
class CounselorPassedOn:
    """Given to a colleague."""

    staff: str
    to: str  # staff id
    name: str  # the colleague's, as others know it


@dataclass(frozen=True, slots=True)
class CounselorSnoozed:
    staff: str
    until: datetime | None  # None: until the parent writes


@dataclass(frozen=True, slots=True)
class CounselorWoke:
    """No longer snoozed."""

    staff: str


@dataclass(frozen=True, slots=True)
class ConsultationFellQuiet:
    """By the clock: nobody has said anything since `since`, for at least `days` opening days."""

    since: datetime
    days: int


@dataclass(frozen=True, slots=True)
class CounselorHandedBack:
    """Given back to the bot."""

    staff: str


@dataclass(frozen=True, slots=True)
class CounselorResolved:
    staff: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ErasureApproved:
    """Staff agreed to erase what a parent wants gone."""

    staff: str
    reason: str


@dataclass(frozen=True, slots=True)
class ErasureRefused:
    staff: str
    reason: str  # the parent is told


@dataclass(frozen=True, slots=True)
class StaffErased:
    """Staff erased a record that the parent had not asked for here."""

    staff: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """The records are evidence, or may become it: nothing is deleted until this is lifted."""

    staff: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldLifted:
    staff: str
    reason: str


Event = (
    ParentFollowed
    | ParentLeft
    | ParentWrote
    | ParentSharedPosition
    | ParentSentMedia
    | ParentUnsent
    | SomethingUnknown
    | CounselorTook
    | CounselorReplied
    | CounselorNoted
    | CounselorGaveUp
    | CounselorLetGo
    | CounselorPassedOn
    | CounselorSnoozed
    | CounselorWoke
    | ConsultationFellQuiet
    | CounselorHandedBack
    | CounselorResolved
    | ErasureApproved
    | ErasureRefused
    | StaffErased
    | HoldPlaced
    | HoldLifted
)
