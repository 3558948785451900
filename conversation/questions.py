"""The bot's own open question, and what the parent said to it: a number, a label, or a place."""

from dataclasses import replace

from conversation import answers, commands, erasing, handover, topics
from conversation.events import ParentWrote
from conversation.model import Asked, Conversation, Decision, Question
from conversation.picked import picked
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
            return _which_place(conversation, asked, event, meant, scene)
        case Question.ERASE:
            return erasing.answered(conversation, asked, event, scene)


def wanted(conversation: Conversation) -> str | None:
    """The intent for whose sake the bot asked for a place."""
    asked = conversation.asked
    return asked.intent if asked and asked.question in (Question.PLACE, Question.WHICH_PLACE) else None


def asks_which_place(conversation: Conversation) -> bool:
    """「ちがう」 is then said of the place, not of the answer."""
    return bool(conversation.asked and conversation.asked.question is Question.WHICH_PLACE)


def at_place(conversation: Conversation, place: Place, intent: str | None, scene: Scene) -> Decision:
    """Who first named a place outside has not been told about the topic yet."""
    if not place.inside:
        return answers.outside(conversation, place, intent, scene)
    untold = conversation.asked and conversation.asked.options == answers.OUTSIDE
    if untold and intent and scene.knows(intent):
        return answers.answer(answers.remembering(conversation, place, scene), intent, scene, place)
    return answers.near(conversation, place, intent, scene)


def answers_consent(conversation: Conversation, text: str) -> bool:
    asks = conversation.asked is not None and conversation.asked.question is Question.CONSENT
    return asks and (_agrees(text) or commands.declines(text))


def _agrees(text: str) -> bool:
    return commands.agrees(text) or commands.chosen(text, (commands.AGREE.label,)) == 0


def _consent(conversation: Conversation, event: ParentWrote, scene: Scene) -> Decision | None:
    if _agrees(event.text):
        return handover.agreed(conversation, scene, event.at)
    return handover.declined(conversation) if commands.declines(event.text) else None


def _topic(conversation: Conversation, asked: Asked, event: ParentWrote, scene: Scene) -> Decision | None:
    # What was retired since keeps its number, which the parent has before them, and leads to a person.
    rules = [scene.rule(intent) for intent in asked.options]
    chosen = commands.chosen(event.text, tuple(rule.title if rule else "-" for rule in rules))
    if chosen is not None and (rule := rules[chosen]):
        return topics.answer(conversation, rule.intent, event, scene)
    if chosen is not None or commands.refuses_all(event.text) or commands.declines(event.text):
        return handover.request(conversation, scene, since=event.at)
    return None


def _place(
    conversation: Conversation, asked: Asked, event: ParentWrote, meant: Classification, scene: Scene
) -> Decision | None:
    found = find(event.text, scene.directory)
    if found.place:
        return at_place(conversation, found.place, asked.intent, scene)
    if found.ambiguous:
        return answers.ask_which_place(conversation, found, asked.intent, scene)
    if asked.options == answers.OUTSIDE:
        return answers.anytime(conversation) if commands.acknowledges(event.text) else None
    if commands.declines(event.text) or commands.is_unsure(event.text):
        return answers.place_not_found(conversation, scene)
    if _asks_the_same(asked, meant):
        return _once_more(conversation, asked, scene, "ask_place_briefly")
    return _once_more(conversation, asked, scene) if meant.unclear else None


def _which_place(
    conversation: Conversation, asked: Asked, event: ParentWrote, meant: Classification, scene: Scene
) -> Decision | None:
    """Never the same question twice: what stays unclear goes on without a place."""
    scene = replace(scene, heard=(*asked.named_in, *scene.heard))
    label = picked(event.text, asked.options)
    found = find(label or event.text, scene.directory)
    if found.place:
        return at_place(conversation, found.place, asked.intent, scene)
    if found.ambiguous and {place.name for place in found.ambiguous} != set(asked.options):
        return answers.ask_which_place(conversation, found, asked.intent, scene)
    if commands.rejects(event.text):
        return answers.ask_place_again(conversation, "ask_place_otherwise")
    if found.ambiguous or commands.is_unsure(event.text) or meant.unclear:
        return answers.place_not_found(conversation, scene)
    return None


def _once_more(
    conversation: Conversation, asked: Asked, scene: Scene, key: str = "ask_place_again"
) -> Decision:
    if asked.options == answers.AGAIN:
        return answers.place_not_found(conversation, scene)
    return answers.ask_place_again(conversation, key)


def _asks_the_same(asked: Asked, meant: Classification) -> bool:
    """The wish for whose sake the place was asked for, said again without one."""
    return meant.action is Action.ANSWER and meant.intent == asked.intent
