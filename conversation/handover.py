"""From the bot to a person: consent, the place in the queue, and a true promise of when a person reads."""

from dataclasses import replace
from datetime import datetime, timedelta

from conversation import commands
from conversation.ahead import ahead, turn_of
from conversation.answers import lines_open_first
from conversation.cards import facility_card, hotline_card
from conversation.messages import Cards, Message, Outgoing, Text
from conversation.model import (
    Asked,
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    Notice,
    Outcome,
    Question,
    Status,
    Urgency,
)
from conversation.replies import reply, words
from conversation.scene import Scene, spoken, spoken_time

CONSENT_VERSION = "2026-11"  # of the words `consent`: a new text is a new version, and is asked for anew
STILL_THERE = timedelta(minutes=30)  # a counselor who has just written outside desk hours
WHILE_WAITING = "waiting"  # the pack's name for lines that a tired parent can call when the desk is closed
LINES_MEANWHILE = 2
MANY = 10  # waiting before somebody: from here on the number is not said
CONSENT_CHOICES = (commands.AGREE, commands.DECLINE)
_RANK = (Urgency.NORMAL, Urgency.DISTRESS, Urgency.CRISIS)


def request(
    conversation: Conversation,
    scene: Scene,
    *,
    since: datetime,
    intent: str | None = None,
    lead: tuple[Message, ...] = (),
    urgency: Urgency = Urgency.NORMAL,
) -> Decision:
    """Hand off, or first ask for consent where it was not given to today's text. `since` is when the parent began to wait."""
    if conversation.consultation:
        return _already_waiting(
            opened(conversation, scene, since=since, intent=intent, urgency=urgency), scene, lead
        )
    if conversation.consent == CONSENT_VERSION:
        return hand_off(conversation, scene, since=since, intent=intent, lead=lead, urgency=urgency)
    asked = Asked(Question.CONSENT, intent=intent, since=since, urgency=urgency)
    outgoing = Outgoing((*lead, reply("consent")), choices=CONSENT_CHOICES)
    return Decision(replace(conversation, asked=asked), outgoing=(outgoing,))


def may_follow(conversation: Conversation) -> bool:
    """Whether the next words can bring the parent into the queue: consent was given, or is being asked for."""
    asks = conversation.asked is not None and conversation.asked.question is Question.CONSENT
    return conversation.consultation is None and (asks or conversation.consent == CONSENT_VERSION)


def agreed(conversation: Conversation, scene: Scene, at: datetime) -> Decision:
    """「同意して相談する」: waiting counts from the message that asked for a person."""
    asked = conversation.asked or Asked(Question.CONSENT)
    conversation = replace(conversation, consent=CONSENT_VERSION, consented_at=at, asked=None)
    handed = hand_off(
        conversation, scene, since=asked.since or at, intent=asked.intent, urgency=asked.urgency
    )
    agreed_to = Entry(EntryKind.SYSTEM, f"相談員に引きつぐことに同意(説明の版 {CONSENT_VERSION})", at)
    return replace(handed, entries=(agreed_to,))


def consent_text() -> str:
    """What `CONSENT_VERSION` says."""
    return words("consent")


def declined(conversation: Conversation) -> Decision:
    outgoing = Outgoing((reply("consent_declined"),), choices=(commands.NEARBY, commands.TALK))
    return Decision(replace(conversation, asked=None), outgoing=(outgoing,))


def remind_of_consent(conversation: Conversation, scene: Scene) -> Decision:
    """Something else was typed while consent is open, and the bot has no answer to it either."""
    desk = Cards(alt=scene.desk.name, cards=(facility_card(scene.desk, scene.now),))
    outgoing = Outgoing((reply("consent_again"), desk), choices=CONSENT_CHOICES)
    return Decision(conversation, outgoing=(outgoing,))


def hand_off(
    conversation: Conversation,
    scene: Scene,
    *,
    since: datetime,
    intent: str | None = None,
    lead: tuple[Message, ...] = (),
    urgency: Urgency = Urgency.NORMAL,
) -> Decision:
    """Into the queue, with a promise, and once where the parent stands in it."""
    waiting = opened(conversation, scene, since=since, intent=intent, urgency=urgency)
    messages = (*lead, Text(_told(waiting, scene)), *_meanwhile(scene))
    return Decision(
        replace(waiting, asked=None),
        outgoing=(Outgoing(messages, choices=(commands.STOP,)),),
        notices=(Notice.WAITING,),
    )


def opened(
    conversation: Conversation,
    scene: Scene,
    *,
    since: datetime,
    intent: str | None = None,
    urgency: Urgency = Urgency.NORMAL,
) -> Conversation:
    """The conversation with a consultation that is at least so urgent. Who already waits keeps the place."""
    consultation = conversation.consultation
    if consultation is None:
        consultation = Consultation(
            number=conversation.consultations + 1,
            opened_at=scene.now,
            desk=scene.desk.id,
            topic=intent,
            waiting_since=since,
            promised_for=_promised_for(scene),
        )
    consultation = replace(
        consultation,
        urgency=max(consultation.urgency, urgency, key=_RANK.index),
        topic=intent if urgency is Urgency.CRISIS else consultation.topic or intent,
        waiting_since=consultation.waiting_since or since,
    )
    status = Status.WAITING if conversation.status is Status.BOT else conversation.status
    return replace(conversation, status=status, consultation=consultation, consultations=consultation.number)


def keep_informed(conversation: Conversation, scene: Scene) -> Decision:
    """While waiting the bot adds nothing, but for once a closed stretch: when a person reads. To say so to whoever is
    just hearing from a counselor, late in the evening, would be wrong."""
    consultation = conversation.consultation
    promised_for = _promised_for(scene)
    if consultation is None or promised_for is None or consultation.promised_for == promised_for:
        return Decision(conversation)
    if conversation.status is Status.ASSIGNED and _is_there(consultation, scene):
        return Decision(conversation)
    told = replace(conversation, consultation=replace(consultation, promised_for=promised_for))
    text = Text(words("promise_repeat", when=words("reads_later", next=spoken(promised_for))))
    return Decision(told, outgoing=(Outgoing((text,), choices=(commands.STOP,)),))


def _is_there(consultation: Consultation, scene: Scene) -> bool:
    answered_at = consultation.answered_at
    return answered_at is not None and scene.now - answered_at < STILL_THERE


def stopped(conversation: Conversation, now: datetime) -> Decision:
    """「相談をやめる」"""
    if conversation.consultation is None:
        return Decision(replace(conversation, asked=None), outgoing=(Outgoing((reply("nothing_to_stop"),)),))
    outgoing = Outgoing((reply("stopped"),), choices=(commands.NEARBY, commands.TALK))
    return Decision(ended(conversation, Outcome.STOPPED, now), outgoing=(outgoing,))


def ended(conversation: Conversation, outcome: Outcome, now: datetime) -> Conversation:
    """Back to the bot. The finished consultation travels in `closed` so that the store keeps how it ended."""
    consultation = conversation.consultation
    if consultation is None:
        return conversation
    closed = replace(
        consultation,
        outcome=outcome,
        resolved_at=now,
        waiting_since=None,
        snoozed=False,
        snoozed_until=None,
    )
    return replace(
        conversation, status=Status.BOT, asked=None, consultation=None, closed=closed, baby_from=()
    )


def reads_when(scene: Scene) -> str:
    """When a person reads, in one sentence, and never more than we know."""
    if scene.staffed:
        return words("reads_now")
    return (
        words("reads_later", next=spoken(scene.next_reading))
        if scene.next_reading
        else words("reads_unknown")
    )


def _already_waiting(conversation: Conversation, scene: Scene, lead: tuple[Message, ...]) -> Decision:
    text = Text(words("promise_repeat", when=reads_when(scene)))
    consultation = conversation.consultation
    if consultation and _promised_for(scene):
        conversation = replace(
            conversation, consultation=replace(consultation, promised_for=_promised_for(scene))
        )
    outgoing = Outgoing((*lead, text), choices=(commands.STOP,))
    return Decision(replace(conversation, asked=None), outgoing=(outgoing,))


def _promised_for(scene: Scene) -> datetime | None:
    return None if scene.staffed else scene.next_reading


def _told(conversation: Conversation, scene: Scene) -> str:
    return "\n".join(filter(None, (_promise(scene), _stand(conversation, scene))))


def _stand(conversation: Conversation, scene: Scene) -> str:
    """How many are read before. "" where it is not known, and where no more than needed is to stand on the screen."""
    open_ = conversation.consultation
    if scene.waiting is None or open_ is None or open_.waiting_since is None or conversation.discreet:
        return ""
    mine = turn_of(open_, baby=bool(conversation.baby_from), since=open_.waiting_since)
    before = ahead(scene.waiting, mine)
    if before >= MANY:
        return words("stand_many", many=str(MANY))
    if not before:
        return words("stand_first")
    # Whoever writes hard words is not to hear of others who are in greater need.
    moves = words("stand_moves") if open_.urgency is Urgency.NORMAL else ""
    return words("stand_some", ahead=str(before)) + moves


def _promise(scene: Scene) -> str:
    closes, following = scene.hours.closes(scene.now), scene.next_reading
    if scene.staffed and closes and following:
        return words("promise_open", closes=spoken_time(closes), next=spoken(following))
    if following:
        return words("promise_closed", next=spoken(following))
    return words("promise_unknown")


def _meanwhile(scene: Scene) -> tuple[Message, ...]:
    """Who can be called while the desk is closed."""
    if scene.staffed:
        return ()
    known = lines_open_first(scene.directory.lines_for(WHILE_WAITING), scene)
    lines = [line for line in known if line.hours.is_open(scene.now)][:LINES_MEANWHILE]
    if not lines:
        return ()
    cards = tuple(hotline_card(line, scene.now) for line in lines)
    return (Cards(alt=words("meanwhile"), cards=cards),)
