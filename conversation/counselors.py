"""What a counselor does with a thread."""

from dataclasses import replace

from conversation.attachments import outgoing
from conversation.events import (
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
)
from conversation.first_words import Spoken, first_words
from conversation.handover import ended, opened
from conversation.messages import Outgoing
from conversation.model import (
    AlreadyTaken,
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    NothingOpen,
    NotYours,
    Outcome,
    Status,
    StillWaiting,
    Unreachable,
    Urgency,
)
from conversation.replies import reply
from conversation.scene import Scene, spoken
from conversation.whether_helped import asked_too


def took(conversation: Conversation, event: CounselorTook, scene: Scene) -> Decision:
    """Only one can. Taking what one already holds changes nothing."""
    if conversation.assignee == event.staff:
        return Decision(conversation)
    if conversation.assignee:
        raise AlreadyTaken(conversation.assignee)
    open_ = conversation.consultation or opened(conversation, scene, since=scene.now).consultation
    assert open_ is not None  # noqa: S101  opened() opens one
    held = replace(open_, assignee=event.staff, taken_at=scene.now)
    entry = Entry(EntryKind.SYSTEM, "相談員が対応を始めました", scene.now, author=event.staff)
    return Decision(
        replace(
            conversation, status=Status.ASSIGNED, asked=None, consultation=held, consultations=held.number
        ),
        entries=(entry,),
    )


def replied(conversation: Conversation, event: CounselorReplied, scene: Scene) -> Decision:
    held = _held_by(conversation, event.staff)
    if not conversation.reachable:
        raise Unreachable
    spoken = Spoken(held.desk, held.introduced, conversation.discreet)
    words = outgoing(
        event.text,
        event.cards,
        scene.directory,
        scene.now,
        author=event.staff,
        discreet=conversation.discreet,
        lead=first_words(spoken, event.staff, scene.directory),
    )
    answered = replace(
        _awake(held), waiting_since=None, promised_for=None, answered_at=scene.now, introduced=event.staff
    )
    return Decision(replace(conversation, consultation=answered), outgoing=(words,))


def noted(conversation: Conversation, event: CounselorNoted, scene: Scene) -> Decision:
    """Anyone on the staff may leave a note; the parent never sees it."""
    return Decision(conversation, entries=(Entry(EntryKind.NOTE, event.text, scene.now, author=event.staff),))


def gave_up(conversation: Conversation, event: CounselorGaveUp, scene: Scene) -> Decision:
    """What was written stays in the timeline; that nobody will send it again is said below it."""
    entry = Entry(EntryKind.SYSTEM, "送れなかった返信を、そのままにしました", scene.now, author=event.staff)
    return Decision(conversation, entries=(entry,))


def let_go(conversation: Conversation, event: CounselorLetGo, scene: Scene) -> Decision:
    """Back into the queue. The place in it stays that of the parent's message."""
    open_ = conversation.consultation
    if open_ is None or open_.assignee is None:
        raise NothingOpen
    free = replace(_awake(open_), assignee=None, taken_at=None)
    entry = Entry(EntryKind.SYSTEM, "担当をはずし、未対応に戻しました", scene.now, author=event.staff)
    return Decision(replace(conversation, status=Status.WAITING, consultation=free), entries=(entry,))


def passed_on(conversation: Conversation, event: CounselorPassedOn, scene: Scene) -> Decision:
    held = _held_by(conversation, event.staff)
    if event.to == event.staff:
        return Decision(conversation)
    theirs = replace(_awake(held), assignee=event.to, taken_at=scene.now)
    entry = Entry(EntryKind.SYSTEM, f"{event.name}さんに引きつぎました", scene.now, author=event.staff)
    return Decision(replace(conversation, consultation=theirs), entries=(entry,))


def snoozed(conversation: Conversation, event: CounselorSnoozed, scene: Scene) -> Decision:
    """Raises StillWaiting for a crisis, and without a time, while the parent has no answer."""
    held = _held_by(conversation, event.staff)
    if held.waiting_since and (event.until is None or held.urgency is Urgency.CRISIS):
        raise StillWaiting
    later = replace(held, snoozed=True, snoozed_until=event.until)
    until = f"{spoken(event.until)}まで" if event.until else "返信があるまで"
    entry = Entry(EntryKind.SYSTEM, f"保留にしました({until})", scene.now, author=event.staff)
    return Decision(replace(conversation, consultation=later), entries=(entry,))


def woke(conversation: Conversation, event: CounselorWoke) -> Decision:
    held = _held_by(conversation, event.staff)
    return Decision(replace(conversation, consultation=_awake(held)))


def _awake(consultation: Consultation) -> Consultation:
    return replace(consultation, snoozed=False, snoozed_until=None)


def handed_back(conversation: Conversation, event: CounselorHandedBack, scene: Scene) -> Decision:
    return _closed(conversation, event.staff, Outcome.HANDED_BACK, "ボットに戻しました", "handed_back", scene)


def resolved(conversation: Conversation, event: CounselorResolved, scene: Scene) -> Decision:
    closed = _closed(conversation, event.staff, event.outcome, "解決にしました", "resolved", scene)
    return asked_too(closed, scene.now)


def _closed(
    conversation: Conversation, staff: str, outcome: Outcome, entry: str, words: str, scene: Scene
) -> Decision:
    _held_by(conversation, staff)
    goodbye = Outgoing((reply(words),), author=staff, discreet=conversation.discreet)
    return Decision(
        ended(conversation, outcome, scene.now),
        entries=(Entry(EntryKind.SYSTEM, entry, scene.now, author=staff),),
        outgoing=(goodbye,) if conversation.reachable else (),
    )


def _held_by(conversation: Conversation, staff: str) -> Consultation:
    if conversation.consultation is None or conversation.assignee != staff:
        raise NotYours
    return conversation.consultation
