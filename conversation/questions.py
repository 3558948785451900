"""The bot's own open question, and what the parent said to it: a number, a label, or a place."""

from conversation import answers, commands, erasing, handover, topics
from conversation.events import ParentWrote
from conversation.model import Asked, Conversation, Decision, Question
from conversation.scene import Scene
from directory.model import Place
from directory.places import find
from intents.classify import Action, Classification


def answered(
    conversation: Conversation, event: ParentWrote, meant: Classification, scene: Scene
) -> Decision | None:
    """None where the words do not answer the question, or none is open."""
    asked = conversation.asked
    if asked is None:
        return None
    match asked.question:
        case Question.CONSENT:
            return _consent(conversation, event, scene)
        case Question.TOPIC:
            return _topic(conversation, asked, event, scene)
        case Question.PLACE:
            return _place(conversation, asked, event, meant, scene)
        case Question.WHICH_PLACE:
            return _which_place(conversation, asked, event, scene)
        case Question.ERASE:
            return erasing.answered(conversation, asked, event, scene)


def wanted(conversation: Conversation) -> str | None:
    """The intent for whose sake the bot asked for a place."""
    asked = conversation.asked
    return asked.intent if asked and asked.question in (Question.PLACE, Question.WHICH_PLACE) else None


def at_place(conversation: Conversation, place: Place, intent: str | None, scene: Scene) -> Decision:
    return (
        answers.near(conversation, place, intent, scene)
        if place.inside
        else answers.outside(conversation, place, scene)
    )


def _consent(conversation: Conversation, event: ParentWrote, scene: Scene) -> Decision | None:
    if commands.agrees(event.text) or commands.chosen(event.text, (commands.AGREE.label,)) == 0:
        return handover.agreed(conversation, scene, event.at)
    return handover.declined(conversation) if commands.declines(event.text) else None


def _topic(conversation: Conversation, asked: Asked, event: ParentWrote, scene: Scene) -> Decision | None:
    titles = tuple(scene.rules.rule(intent).title for intent in asked.options if scene.knows(intent))
    chosen = commands.chosen(event.text, titles)
    if chosen is not None:
        return topics.answer(conversation, asked.options[chosen], event, scene)
    if commands.refuses_all(event.text) or commands.declines(event.text):
        return handover.request(conversation, scene, since=event.at)
    return None


def _place(
    conversation: Conversation, asked: Asked, event: ParentWrote, meant: Classification, scene: Scene
) -> Decision | None:
    found = find(event.text, scene.directory)
    if found.place:
        return at_place(conversation, found.place, asked.intent, scene)
    if found.ambiguous:
        return answers.ask_which_place(conversation, found.ambiguous, asked.intent, scene)
    if meant.action is not Action.HANDOFF:
        return None
    if commands.declines(event.text) or asked.options:
        return answers.place_not_found(conversation, scene)
    return answers.ask_place_again(conversation)


def _which_place(
    conversation: Conversation, asked: Asked, event: ParentWrote, scene: Scene
) -> Decision | None:
    chosen = commands.chosen(event.text, asked.options)
    text = event.text if chosen is None else asked.options[chosen]
    place = find(text, scene.directory).place
    return at_place(conversation, place, asked.intent, scene) if place else None
