"""A consultation that nobody has said anything in for some opening days ends by itself, kindly."""

from datetime import datetime, time, timedelta

from conversation.events import ConsultationFellQuiet
from conversation.handover import ended
from conversation.messages import Outgoing
from conversation.model import (
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    NotQuiet,
    Outcome,
    Status,
    Urgency,
)
from conversation.replies import reply
from conversation.scene import Scene
from conversation.whether_helped import asked_too
from directory.hours import TOKYO, OpeningHours


def fell_quiet(conversation: Conversation, event: ConsultationFellQuiet, scene: Scene) -> Decision:
    """Raises NotQuiet where the parent waits, where life was in danger, too early, and outside desk hours."""
    open_ = conversation.consultation
    if open_ is None or not _may_end(conversation, open_) or not scene.staffed:
        raise NotQuiet
    begin = max(event.since, open_.snoozed_until or event.since)
    over = ends_at(begin, event.days, scene.hours)
    if over is None or scene.now < over:
        raise NotQuiet
    closed = Decision(
        ended(conversation, Outcome.NO_REPLY, scene.now),
        entries=(
            Entry(EntryKind.SYSTEM, f"{event.days}開庁日やりとりがなく、自動で終わりました", scene.now),
        ),
        outgoing=_goodbye(conversation),
    )
    return asked_too(closed, scene.now)


def ends_at(since: datetime, days: int, hours: OpeningHours) -> datetime | None:
    """The opening of the `days`-th opening day after the one of `since`; None where the hours are not known."""
    moment: datetime | None = since
    for _ in range(days):
        if moment is None:
            return None
        midnight = datetime.combine(moment.astimezone(TOKYO).date() + timedelta(days=1), time(), TOKYO)
        moment = hours.next_opening(midnight - timedelta(microseconds=1))
    return moment


def _may_end(conversation: Conversation, open_: Consultation) -> bool:
    """Whose life was in danger is never left to the clock."""
    answered = conversation.status is Status.ASSIGNED and open_.waiting_since is None
    return answered and open_.urgency is not Urgency.CRISIS


def _goodbye(conversation: Conversation) -> tuple[Outgoing, ...]:
    """None to whom a message might betray, or who cannot get one."""
    silent = conversation.discreet or not conversation.reachable
    return () if silent else (Outgoing((reply("fell_quiet"),)),)
