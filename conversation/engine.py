"""decide(): everything that can happen to a conversation, and what follows. Pure: no clock, no I/O."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from conversation import counselors, erasing, handover, quiet, talk, whether_helped
from conversation.ahead import Turn
from conversation.commands import NEARBY, PRIVACY, TALK
from conversation.events import (
    ConsultationFellQuiet,
    CounselorGaveUp,
    CounselorHandedBack,
    CounselorLetGo,
    CounselorNoted,
    CounselorPassedOn,
    CounselorReplied,
    CounselorResolved,
    CounselorSnoozed,
    CounselorTook,
    CounselorWoke,
    ErasureApproved,
    ErasureRefused,
    Event,
    HoldLifted,
    HoldPlaced,
    ParentFollowed,
    ParentLeft,
    ParentSentMedia,
    ParentSharedPosition,
    ParentUnsent,
    ParentWrote,
    SomethingUnknown,
    StaffErased,
)
from conversation.messages import Outgoing, Text
from conversation.model import Conversation, Decision, Entry, EntryKind, Notice, Question
from conversation.replies import reply
from conversation.scene import Scene
from directory.model import Directory
from intents.rules import Rules


def decide(
    conversation: Conversation,
    event: Event,
    *,
    rules: Rules,
    directory: Directory,
    now: datetime,
    waiting: tuple[Turn, ...] | None = None,
) -> Decision:
    """`waiting` are the others in the queue, where `needs_queue` says so; without it nobody is told where they stand.

    Raises Refused (AlreadyTaken, NotYours, StillOpen …) for a staff member's act that does not fit.
    """
    return _discreetly(_decide(conversation, event, Scene(rules, directory, now, waiting=waiting)))


def needs_queue(conversation: Conversation, event: Event) -> bool:
    """Whether this may put the parent into the queue, and tell them where they stand."""
    return isinstance(event, ParentWrote) and handover.may_follow(conversation)


def _decide(conversation: Conversation, event: Event, scene: Scene) -> Decision:
    match event:
        case ParentWrote():
            return talk.wrote(conversation, event, scene)
        case ParentSharedPosition():
            return talk.shared_position(conversation, event, scene)
        case ParentSentMedia():
            return talk.sent_media(conversation, event, scene)
        case ParentFollowed():
            return _followed(conversation, event, scene)
        case ParentLeft():
            return _left(conversation, event)
        case ParentUnsent():
            return _unsent(conversation, event)
        case SomethingUnknown():
            return Decision(conversation, entries=(_happened(f"LINEからのお知らせ: {event.what}", event.at),))
        case CounselorTook():
            return counselors.took(conversation, event, scene)
        case CounselorReplied():
            return counselors.replied(conversation, event, scene)
        case CounselorNoted():
            return counselors.noted(conversation, event, scene)
        case CounselorGaveUp():
            return counselors.gave_up(conversation, event, scene)
        case CounselorLetGo():
            return counselors.let_go(conversation, event, scene)
        case CounselorPassedOn():
            return counselors.passed_on(conversation, event, scene)
        case CounselorSnoozed():
            return counselors.snoozed(conversation, event, scene)
        case CounselorWoke():
            return counselors.woke(conversation, event)
        case ConsultationFellQuiet():
            return quiet.fell_quiet(conversation, event, scene)
        case CounselorHandedBack():
            return counselors.handed_back(conversation, event, scene)
        case CounselorResolved():
            return counselors.resolved(conversation, event, scene)
        case ErasureApproved():
            return erasing.approved(conversation, event, scene)
        case ErasureRefused():
            return erasing.refused(conversation, event, scene)
        case StaffErased():
            return erasing.erased_by_staff(conversation, event, scene)
        case HoldPlaced():
            return erasing.placed_on_hold(conversation, event, scene)
        case HoldLifted():
            return erasing.taken_off_hold(conversation, event, scene)
        case _:
            assert_never(event)


def _discreetly(decision: Decision) -> Decision:
    """Once violence at home was spoken of, no notification shows words, whatever is said."""
    if not decision.conversation.discreet:
        return decision
    return replace(decision, outgoing=tuple(replace(each, discreet=True) for each in decision.outgoing))


def _followed(conversation: Conversation, event: ParentFollowed, scene: Scene) -> Decision:
    """A greeting, unless the parent is in the middle of a consultation."""
    friend = replace(conversation, reachable=True, greeted=True)
    entries = (_happened("友だち追加(ブロック解除)" if event.again else "友だち追加", event.at),)
    if conversation.consultation:
        return Decision(friend, entries=entries)
    messages = (reply("welcome_back"),) if conversation.greeted else _greeting(scene)
    return Decision(friend, entries, outgoing=(Outgoing(messages, choices=(NEARBY, TALK, PRIVACY)),))


def _greeting(scene: Scene) -> tuple[Text, ...]:
    who = reply("greeting", municipality=scene.directory.municipality, hours=scene.hours.describe())
    return (who, reply("greeting_privacy"))


def _unsent(conversation: Conversation, event: ParentUnsent) -> Decision:
    """The words go, and what was learned from them; what they set off stays: an alarm, the place in the queue."""
    forgotten = replace(conversation, understood=None)
    if conversation.asked and conversation.asked.question is Question.WHICH_PLACE:
        forgotten = replace(forgotten, asked=None)
    if not conversation.area_from or event.message_id in conversation.area_from:
        forgotten = replace(forgotten, area="", area_from=())
    babies = tuple(one for one in forgotten.baby_from if one != event.message_id)
    forgotten = replace(forgotten, baby_from=babies)
    decision = whether_helped.taken_back(forgotten, event.message_id, event.at)
    return replace(decision, erased=(event.message_id,))


def _left(conversation: Conversation, event: ParentLeft) -> Decision:
    notices = (Notice.UNREACHABLE,) if conversation.consultation else ()
    return Decision(
        replace(conversation, reachable=False),
        entries=(_happened("ブロックされました", event.at),),
        notices=notices,
    )


def _happened(text: str, at: datetime) -> Entry:
    return Entry(EntryKind.SYSTEM, text, at)
