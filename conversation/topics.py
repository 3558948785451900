"""What the parent's words are about: an answer, the one clarifying question, or a person."""

import re
from dataclasses import replace

from conversation import answers, commands, emergency, erasing, handover
from conversation.commands import Command
from conversation.events import ParentWrote
from conversation.messages import Message, Outgoing, Text
from conversation.model import (
    Conversation,
    Decision,
    Question,
    Status,
    Understanding,
    Urgency,
)
from conversation.neighbourhood import GROUPS
from conversation.replies import reply
from conversation.scene import Scene
from directory.model import Place
from directory.places import Found, find
from intents.classify import CHOICES, Action, Classification, classify
from intents.rule import OUT_OF_SCOPE

DISTRESS = "parent_distress"
NEAREST = "nearest_facility"
_PART = re.compile(r"[。、！？!?\n]")
FOR_A_PERSON = frozenset({"talk_to_human", "unsure_where"})
SMALL_TALK = {"greeting": "hello", "thanks": "you_are_welcome"}
START = (commands.NEARBY, commands.TALK)


def understanding(meant: Classification, scene: Scene) -> Understanding:
    best = meant.candidates[0] if meant.candidates else None
    crisis, danger = meant.crisis, meant.crisis or meant.concern
    return Understanding(
        action=meant.action,
        intent=meant.intent,
        confidence=best.confidence if best else 0.0,
        matched=danger.matched if danger else best.matched if best else (),
        candidates=tuple((candidate.intent, candidate.confidence) for candidate in meant.candidates),
        ruleset=scene.rules.version,
        crisis=crisis.kind if crisis else None,
    )


def commanded(conversation: Conversation, command: Command, event: ParentWrote, scene: Scene) -> Decision:
    match command:
        case Command.TALK:
            return handover.request(conversation, scene, since=event.at, intent=_last_topic(conversation))
        case Command.WRONG:
            return _wrong(conversation, event, scene)
        case Command.PRIVACY:
            return Decision(conversation, outgoing=(Outgoing((reply("privacy"),), choices=START),))
        case Command.ERASE:
            return erasing.wished(conversation, event.at, scene)
        case Command.STOP:
            return handover.stopped(conversation, scene.now)
        case Command.URGENT:
            return emergency.urgent(conversation, scene, event.at)
        case Command.MENU:
            return _offered(conversation, event, scene)


def about(conversation: Conversation, event: ParentWrote, meant: Classification, scene: Scene) -> Decision:
    found = find(event.text, scene.directory)
    if found.place and _is_but_a_place(event.text, meant, scene):
        return _at_bare_place(conversation, found.place, scene)
    if found.ambiguous and _is_but_a_place(event.text, meant, scene):
        return answers.ask_which_place(conversation, found, None, scene)
    if meant.action is Action.ANSWER and meant.intent:
        decision = answer(conversation, meant.intent, event, scene)
        return _remembering(decision, meant, scene)
    if conversation.status is not Status.BOT:
        return handover.keep_informed(conversation, scene)
    if meant.action is Action.CLARIFY and not conversation.clarified:
        understood = replace(conversation, understood=understanding(meant, scene), clarified=True)
        located = answers.remembering(understood, found.place, scene) if found.place else understood
        return answers.ask_topic(located, meant.offered, scene)
    if meant.out_of_scope and not (conversation.asked or conversation.clarified):
        return _out_of_scope(conversation, scene)
    return _lost(conversation, event, scene)


def answer(conversation: Conversation, intent: str, event: ParentWrote, scene: Scene) -> Decision:
    """Answers a clear intent. Who waits for a person still gets facts, and keeps the place in the queue."""
    conversation = replace(conversation, clarified=False)
    if intent in SMALL_TALK:
        return _small_talk(conversation, intent, scene)
    if intent in FOR_A_PERSON:
        return _to_a_person(conversation, intent, event, scene)
    tapped = commands.is_nearby(event.text)
    if conversation.status is not Status.BOT and not tapped and _just_said(conversation, intent, scene):
        return handover.keep_informed(conversation, scene)
    if intent == DISTRESS or (scene.rules.rule(intent).handoff and conversation.status is Status.BOT):
        return _answer_and_hand_off(conversation, intent, event, scene)
    found = find(event.text, scene.directory)
    place = found.place or _place_before(conversation, found, scene)
    if place and not place.inside:
        return answers.outside(conversation, place, intent, scene)
    if conversation.asked and conversation.asked.question is Question.CONSENT:
        lead = answers.body(scene.rules.rule(intent), scene, place)
        decision = handover.request(conversation, scene, since=event.at, intent=intent, lead=lead)
        return _quoting(decision, scene) if place else decision
    return answers.answer(conversation, intent, scene, place, unclear=found)


def _to_a_person(conversation: Conversation, intent: str, event: ParentWrote, scene: Scene) -> Decision:
    """With the desk's telephone, for who would rather speak."""
    rule = scene.rules.rule(intent)
    words: tuple[Message, ...] = (Text(rule.answer.strip()), *answers.cards(rule, scene, None))
    lead = () if conversation.consultation else words
    topic = _last_topic(conversation) or intent
    return handover.request(conversation, scene, since=event.at, intent=topic, lead=lead)


def _answer_and_hand_off(
    conversation: Conversation, intent: str, event: ParentWrote, scene: Scene
) -> Decision:
    """Words and night lines first, then a person. Said once: who waits in distress already is not told again."""
    urgency = Urgency.DISTRESS if intent == DISTRESS else Urgency.NORMAL
    open_ = conversation.consultation
    if open_ and urgency is Urgency.DISTRESS and open_.urgency is not Urgency.NORMAL:
        return handover.keep_informed(conversation, scene)
    place = _place_for_groups(conversation, intent, event, scene)
    lead = answers.body(scene.rules.rule(intent), scene, place)
    decision = handover.request(
        conversation, scene, since=event.at, intent=intent, lead=lead, urgency=urgency
    )
    return _quoting(decision, scene) if place else decision


def _place_for_groups(
    conversation: Conversation, intent: str, event: ParentWrote, scene: Scene
) -> Place | None:
    """Who is near depends on where; what else this answer shows does not."""
    if intent != GROUPS:
        return None
    found = find(event.text, scene.directory)
    place = found.place or _place_before(conversation, found, scene)
    return place if place and place.inside else None


def _remembering(decision: Decision, meant: Classification, scene: Scene) -> Decision:
    """For 「ちがう」, and for the topic of a consultation that follows: which is not that a person was wanted."""
    if meant.intent in FOR_A_PERSON or meant.intent in SMALL_TALK:
        return decision
    return replace(
        decision, conversation=replace(decision.conversation, understood=understanding(meant, scene))
    )


def _last_topic(conversation: Conversation) -> str | None:
    understood = conversation.understood
    return understood.intent if understood and not understood.rejected else None


def _just_said(conversation: Conversation, intent: str, scene: Scene) -> bool:
    """Who waits tells the counselor more about the same thing, or has said 「ちがう」 to that very answer. What has urgent
    lines is answered every time."""
    understood = conversation.understood
    return understood is not None and understood.intent == intent and not scene.rules.rule(intent).hotlines


def _small_talk(conversation: Conversation, intent: str, scene: Scene) -> Decision:
    if conversation.status is not Status.BOT:
        return handover.keep_informed(conversation, scene)
    return Decision(conversation, outgoing=(Outgoing((reply(SMALL_TALK[intent]),), choices=START),))


def _offered(conversation: Conversation, event: ParentWrote, scene: Scene) -> Decision:
    """A word of the menu: which of its topics? Not the one clarifying question: the parent was clear."""
    known = tuple(intent for intent in commands.topics_of(event.text) if scene.knows(intent))
    if not known:
        return _lost(conversation, event, scene)
    if len(known) == 1:
        return answer(conversation, known[0], event, scene)
    return answers.ask_topic(conversation, known, scene)


def _wrong(conversation: Conversation, event: ParentWrote, scene: Scene) -> Decision:
    """「ちがう」: the runners-up, if there are any and nothing was asked yet; then a person."""
    if conversation.status is not Status.BOT:
        return handover.keep_informed(conversation, scene)
    understood = conversation.understood
    fresh = understood if understood and not understood.rejected else None
    others = _others(fresh, scene) if fresh and not conversation.clarified else ()
    sorry: tuple[Message, ...] = (reply("wrong_answer"),)
    missed = replace(conversation, understood=replace(understood, rejected=True) if understood else None)
    if not others:
        return handover.request(missed, scene, since=event.at, lead=sorry)
    asking = replace(missed, clarified=True)
    return answers.ask_topic(asking, others, scene, lead="wrong_ask")


def _others(understood: Understanding, scene: Scene) -> tuple[str, ...]:
    """The other topics that it may have been, if they were at all likely."""
    least = scene.rules.thresholds.ask / 2
    names = (
        intent
        for intent, confidence in understood.candidates
        if confidence >= least and intent != understood.intent
    )
    return tuple(intent for intent in names if scene.knows(intent))[:CHOICES]


def _lost(conversation: Conversation, event: ParentWrote, scene: Scene) -> Decision:
    """Nothing matches: a person, and never the same words twice."""
    if conversation.asked and conversation.asked.question is Question.CONSENT:
        return handover.remind_of_consent(conversation, scene)
    words = "not_understood_again" if conversation.clarified else "not_understood"
    return handover.request(conversation, scene, since=event.at, lead=(reply(words),))


def _out_of_scope(conversation: Conversation, scene: Scene) -> Decision:
    """Says once, kindly, what this window is for. Nobody is sent to the queue for the weather; a second time, they are."""
    words = Text(scene.rules.rule(OUT_OF_SCOPE).answer.strip())
    told = replace(conversation, clarified=True)
    return Decision(told, outgoing=(Outgoing((words,), choices=START),))


def _at_bare_place(conversation: Conversation, place: Place, scene: Scene) -> Decision:
    return (
        answers.near(conversation, place, None, scene)
        if place.inside
        else answers.outside(conversation, place, None, scene)
    )


def _quoting(decision: Decision, scene: Scene) -> Decision:
    quotes = answers.quoting(decision.conversation, scene)
    return replace(decision, outgoing=tuple(replace(one, quotes=quotes) for one in decision.outgoing))


def _is_but_a_place(text: str, meant: Classification, scene: Scene) -> bool:
    """No wish beside it but to find what is near. A bare name is like the examples of that wish, which names some."""
    if meant.action is Action.ANSWER:
        return meant.intent == NEAREST and not meant.by_words
    if not meant.unclear:
        return set(meant.offered) == {NEAREST}
    return classify(_beside_places(text, scene), scene.rules).action is Action.HANDOFF


def _beside_places(text: str, scene: Scene) -> str:
    """「若宮です。靴をはかせるだけで30分」: what is said in the parts that name no place."""
    parts = (part for part in _PART.split(text) if find(part, scene.directory) == Found())
    return "。".join(parts)


def _place_before(conversation: Conversation, found: Found, scene: Scene) -> Place | None:
    """The one the parent named earlier, unless these words name another that is not clear yet."""
    return (
        find(conversation.area, scene.directory).place if conversation.area and not found.ambiguous else None
    )
