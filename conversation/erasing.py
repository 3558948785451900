"""「消してほしい」: talk with the bot alone goes at once; where people or an emergency had a part, staff decide."""

from dataclasses import replace
from datetime import datetime, timedelta

from conversation import commands
from conversation.emergency import URGENT
from conversation.events import (
    ErasureApproved,
    ErasureRefused,
    HoldLifted,
    HoldPlaced,
    ParentWrote,
    StaffErased,
)
from conversation.handover import reads_when
from conversation.messages import Outgoing
from conversation.model import (
    Act,
    Asked,
    Audit,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    NothingWanted,
    Notice,
    OnHold,
    Question,
    StillOpen,
)
from conversation.replies import reply
from conversation.scene import Scene

CONFIRM_WITHIN = timedelta(hours=1)  # a 「はい」 after that may answer something else
BY_PARENT = "parent"


def wished(conversation: Conversation, at: datetime, scene: Scene) -> Decision:
    if _is_for_staff(conversation):
        return _request(conversation, at, scene)
    asked = Asked(Question.ERASE, since=at)
    outgoing = Outgoing((reply("erase_confirm"),), choices=(commands.ERASE_NOW, commands.DECLINE))
    return Decision(replace(conversation, asked=asked), outgoing=(outgoing,))


def wished_in_a_held_thread(conversation: Conversation, at: datetime) -> Decision:
    """The counselor on duty answers; the bot only sees to it that the wish is not forgotten."""
    return _requested(conversation, at)


def answered(conversation: Conversation, asked: Asked, event: ParentWrote, scene: Scene) -> Decision | None:
    if commands.declines(event.text):
        outgoing = Outgoing((reply("erase_kept"),), choices=(commands.NEARBY, commands.TALK))
        return Decision(replace(conversation, asked=None), outgoing=(outgoing,))
    if not commands.erases(event.text):
        return None
    if asked.since is None or event.at - asked.since > CONFIRM_WITHIN or _is_for_staff(conversation):
        return wished(conversation, event.at, scene)
    return _erased(conversation, Audit(Act.ERASED, BY_PARENT), scene)


def approved(conversation: Conversation, event: ErasureApproved, scene: Scene) -> Decision:
    """Raises NothingWanted, OnHold, StillOpen."""
    if conversation.erasure_wanted_at is None:
        raise NothingWanted
    return _erased_by_staff(conversation, event.staff, event.reason, scene)


def refused(conversation: Conversation, event: ErasureRefused, scene: Scene) -> Decision:
    """The parent is told the reason. Raises NothingWanted."""
    if conversation.erasure_wanted_at is None:
        raise NothingWanted
    told = Outgoing((reply("erase_refused", reason=event.reason),), discreet=conversation.discreet)
    return Decision(
        replace(conversation, erasure_wanted_at=None),
        entries=(_happened("記録を消さないことにしました", scene.now, event.staff),),
        outgoing=(told,) if conversation.reachable else (),
        audits=(Audit(Act.ERASURE_REFUSED, event.staff, event.reason),),
    )


def erased_by_staff(conversation: Conversation, event: StaffErased, scene: Scene) -> Decision:
    """Asked for by letter, at the desk, or by a court. Raises OnHold, StillOpen."""
    return _erased_by_staff(conversation, event.staff, event.reason, scene)


def placed_on_hold(conversation: Conversation, event: HoldPlaced, scene: Scene) -> Decision:
    return _holding(conversation, Audit(Act.HELD, event.staff, event.reason), "記録の保全を始めました", scene)


def taken_off_hold(conversation: Conversation, event: HoldLifted, scene: Scene) -> Decision:
    return _holding(
        conversation, Audit(Act.RELEASED, event.staff, event.reason), "記録の保全を終えました", scene
    )


def _is_for_staff(conversation: Conversation) -> bool:
    """A crisis opens a consultation, too."""
    alarmed = conversation.alarm is not None and conversation.alarm.kind != URGENT
    return conversation.consultations > 0 or alarmed or conversation.legal_hold


def _request(conversation: Conversation, at: datetime, scene: Scene) -> Decision:
    words = "erase_waiting" if conversation.erasure_wanted_at else "erase_wanted"
    told = Outgoing((reply(words, when=reads_when(scene)),), discreet=conversation.discreet)
    return replace(_requested(conversation, at), outgoing=(told,))


def _requested(conversation: Conversation, at: datetime) -> Decision:
    if conversation.erasure_wanted_at:
        return Decision(replace(conversation, asked=None))
    return Decision(
        replace(conversation, asked=None, erasure_wanted_at=at),
        entries=(_happened("記録の消去の希望がありました", at),),
        notices=(Notice.ERASURE,),
    )


def _erased_by_staff(conversation: Conversation, staff: str, reason: str, scene: Scene) -> Decision:
    if conversation.legal_hold:
        raise OnHold
    if conversation.consultation:
        raise StillOpen
    return _erased(conversation, Audit(Act.ERASED, staff, reason), scene)


def _erased(conversation: Conversation, audit: Audit, scene: Scene) -> Decision:
    """Nothing stays but that it was done, and what keeps the last word from being seen by others."""
    blank = Conversation(
        conversation.id, reachable=conversation.reachable, greeted=True, discreet=conversation.discreet
    )
    told = Outgoing((reply("erased"),), discreet=conversation.discreet)
    return Decision(
        blank,
        entries=(_happened("記録を消しました", scene.now),),
        outgoing=(told,) if conversation.reachable else (),
        audits=(audit,),
        forgets=True,
    )


def _holding(conversation: Conversation, audit: Audit, words: str, scene: Scene) -> Decision:
    return Decision(
        replace(conversation, legal_hold=audit.act is Act.HELD),
        entries=(_happened(words, scene.now, audit.actor),),
        audits=(audit,),
    )


def _happened(text: str, at: datetime, staff: str | None = None) -> Entry:
    return Entry(EntryKind.SYSTEM, text, at, author=staff)
