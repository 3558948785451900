"""「助けになりましたか」: asked once, as a consultation ends, and answered by one tap or not at all."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from conversation import commands
from conversation.events import ParentWrote
from conversation.handover import request
from conversation.messages import Outgoing, Text
from conversation.model import (
    Consultation,
    Conversation,
    Decision,
    HelpAnswer,
    HelpAsked,
    Helped,
    Outcome,
    Urgency,
)
from conversation.place_words import numbered
from conversation.replies import reply, words
from conversation.scene import Scene

# Not OTHER, of which nobody knows whether the question fits; not STOPPED: who ends it has said enough.
ASKED_AFTER: Final = frozenset({Outcome.ANSWERED, Outcome.REFERRED, Outcome.NO_REPLY})
CHOICES: Final = (commands.HELPED, commands.STILL, commands.RATHER_NOT)
_ANSWERS: Final = (Helped.YES, Helped.NO, Helped.UNSAID)
_REPLIES: Final = {Helped.YES: "helped_yes", Helped.UNSAID: "helped_unsaid"}


def asked_too(decision: Decision, now: datetime) -> Decision:
    """With the question in the same request as the closing words, for which no second message is paid."""
    conversation, closed = decision.conversation, decision.conversation.closed
    if closed is None or not decision.outgoing or not _may_be_asked(conversation, closed):
        return decision
    labels = tuple(choice.label for choice in CHOICES)
    question = Text(words("helped_ask") + "\n" + numbered(labels))
    goodbye = decision.outgoing[-1]
    asking = replace(goodbye, messages=(*goodbye.messages, question), choices=CHOICES)
    asked = replace(
        conversation,
        help_asked=HelpAsked(closed.number, closed.topic, closed.urgency),
        closed=replace(closed, helped_asked_at=now),
    )
    return replace(decision, conversation=asked, outgoing=(*decision.outgoing[:-1], asking))


def answer_in(conversation: Conversation, text: str) -> Helped | None:
    """None where these words are no answer to it, or it is not open. Beside another question only whole labels count."""
    asked = conversation.help_asked
    if asked is None or asked.answered_in or conversation.consultation:
        return None
    chosen = commands.whether_helped(text, CHOICES, briefly=conversation.asked is None)
    return None if chosen is None else _ANSWERS[chosen]


def answered(conversation: Conversation, helped: Helped, event: ParentWrote, scene: Scene) -> Decision:
    """「まだ困っている」 leads back to a person at once; everything else ends with a short word."""
    asked = conversation.help_asked
    assert asked is not None  # noqa: S101  answer_in said so
    kept = replace(conversation, help_asked=replace(asked, answered_in=event.message_id))
    if helped is Helped.NO:
        decision = request(
            kept,
            scene,
            since=event.at,
            intent=asked.topic,
            lead=(reply("helped_no"),),
            urgency=asked.urgency,
        )
    else:
        choices = (commands.NEARBY, commands.TALK)
        decision = Decision(kept, outgoing=(Outgoing((reply(_REPLIES[helped]),), choices=choices),))
    return replace(decision, helped=HelpAnswer(asked.consultation, helped, event.at))


def left(conversation: Conversation) -> Conversation:
    """Something else was said: the question is not open any more, and is not asked again."""
    asked = conversation.help_asked
    unanswered = asked is not None and asked.answered_in is None
    return replace(conversation, help_asked=None) if unanswered else conversation


def taken_back(conversation: Conversation, message_id: str, at: datetime) -> Decision:
    """The answer goes with the words that gave it; what it set off stays."""
    asked = conversation.help_asked
    if asked is None or asked.answered_in != message_id:
        return Decision(conversation)
    return Decision(replace(conversation, help_asked=None), helped=HelpAnswer(asked.consultation, None, at))


def _may_be_asked(conversation: Conversation, closed: Consultation) -> bool:
    """Only where a counselor has answered; never after danger, and not to whom a message might betray."""
    return (
        closed.outcome in ASKED_AFTER
        and closed.introduced is not None
        and closed.urgency is not Urgency.CRISIS
        and not conversation.discreet
        and conversation.erasure_wanted_at is None
    )
