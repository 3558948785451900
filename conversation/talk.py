"""What the parent says: crisis first, then what steers, then the bot's open question, then what it is about."""

from dataclasses import replace
from datetime import datetime

from conversation import commands, emergency, erasing, handover, questions, topics, whether_helped
from conversation.babies import tells_of_baby
from conversation.commands import Command
from conversation.events import ParentSentMedia, ParentSharedPosition, ParentWrote
from conversation.messages import Outgoing
from conversation.model import Conversation, Decision, Enclosure, Entry, EntryKind, Status
from conversation.replies import reply
from conversation.scene import Scene
from directory.model import Point
from directory.places import at
from intents.classify import Classification, classify

MEDIA_NAMES = {"sticker": "スタンプ", "image": "写真", "video": "動画", "audio": "音声", "file": "ファイル"}
ENCLOSED = frozenset({"image", "video", "audio", "file"})  # what is kept for the counselor
CANNOT_READ = {kind: f"cannot_read_{kind}" for kind in ("sticker", "video", "file")}
MOST_MESSAGES = 5


def wrote(conversation: Conversation, event: ParentWrote, scene: Scene) -> Decision:
    scene = replace(scene, heard=(event.message_id,))
    meant = classify(event.text, scene.rules)
    command = _command(conversation, event.text)
    understood = topics.understanding(meant, scene)
    if command is Command.WRONG and conversation.understood and not conversation.understood.rejected:
        # Without the matched words: they are another message's, and go when that is unsent.
        understood = replace(conversation.understood, rejected=True, matched=())
    entry = Entry(
        EntryKind.UTTERANCE,
        event.text,
        event.at,
        message_id=event.message_id,
        understanding=understood,
        steers=_steers(conversation, command, event.text),
    )
    if tells_of_baby(event.text):
        conversation = replace(conversation, baby_from=(*conversation.baby_from, event.message_id))
    decision = _respond(_waits(conversation, event.at), event, meant, command, scene)
    if decision.forgets:  # and with the rest, the word that confirmed it
        return decision
    if decision.conversation.alarm is None:
        decision = _introduced(decision, scene)
    if decision.helped:  # no words to mend the rules by
        entry = replace(entry, understanding=None)
    elif meant.intent not in topics.SMALL_TALK:  # thanks leave it open
        decision = replace(decision, conversation=whether_helped.left(decision.conversation))
    return replace(decision, entries=(entry, *decision.entries))


def shared_position(conversation: Conversation, event: ParentSharedPosition, scene: Scene) -> Decision:
    """Used for the search; neither the timeline nor the conversation keeps it."""
    scene = replace(scene, heard=(event.message_id,))
    words = "[位置情報](検索に使い、保存していません)"
    entry = Entry(EntryKind.UTTERANCE, words, event.at, message_id=event.message_id)
    waits = _waits(conversation, event.at)
    if _held(conversation, scene):
        return Decision(waits, entries=(entry,))
    place = at(Point(event.lat, event.lon), scene.directory)
    decision = questions.at_place(waits, place, questions.wanted(conversation), scene)
    return replace(decision, entries=(entry,))


def sent_media(conversation: Conversation, event: ParentSentMedia, scene: Scene) -> Decision:
    """Nothing of it is understood. Photos and files are kept for the counselor."""
    what = MEDIA_NAMES.get(event.kind, "いまの内容")
    entry = Entry(
        EntryKind.UTTERANCE,
        f"[{what}] {event.words}".strip(),
        event.at,
        message_id=event.message_id,
        enclosure=_enclosure(event),
    )
    waits = _waits(conversation, event.at)
    if conversation.status is Status.BOT:
        decision = Decision(waits, outgoing=() if event.another else (_cannot_read(event, what),))
    elif _held(conversation, scene):
        decision = Decision(waits)
    else:
        decision = _received(handover.keep_informed(waits, scene), event, what)
    return replace(decision, entries=(entry,))


def _enclosure(event: ParentSentMedia) -> Enclosure | None:
    if event.kind not in ENCLOSED or not event.message_id:
        return None
    return Enclosure(event.kind, event.name, event.elsewhere)


def _cannot_read(event: ParentSentMedia, what: str) -> Outgoing:
    said = "cannot_read_elsewhere" if event.elsewhere else CANNOT_READ.get(event.kind, "cannot_read")
    return Outgoing((reply(said, what=what),), choices=(commands.TALK,))


def _received(informed: Decision, event: ParentSentMedia, what: str) -> Decision:
    """Somebody who waits is told that a photo has come in; a sticker asks for no answer."""
    if event.kind not in ENCLOSED or event.another:
        return informed
    received = reply("cannot_read_waiting", what=what)
    if not informed.outgoing:
        return replace(informed, outgoing=(Outgoing((received,), choices=(commands.STOP,)),))
    first, *rest = informed.outgoing
    return replace(informed, outgoing=(replace(first, messages=(received, *first.messages)), *rest))


def _respond(
    conversation: Conversation,
    event: ParentWrote,
    meant: Classification,
    command: Command | None,
    scene: Scene,
) -> Decision:
    if meant.crisis:
        return emergency.respond(conversation, meant.crisis, scene, event.at)
    if emergency.asks_for_another_line(conversation, event.text, scene.now):
        return emergency.another_line(conversation, event.text, scene)
    if command is Command.STOP:
        return handover.stopped(conversation, scene.now)
    if command is Command.URGENT:
        return emergency.urgent(conversation, scene, event.at)
    if meant.concern:
        return emergency.ask_in(conversation, meant.concern, scene, event.at)
    if _held(conversation, scene):
        wish = command is Command.ERASE
        return erasing.wished_in_a_held_thread(conversation, event.at) if wish else Decision(conversation)
    if helped := whether_helped.answer_in(conversation, event.text):
        return whether_helped.answered(conversation, helped, event, scene)
    if _asks_how_long(conversation, event.text):
        return handover.request(conversation, scene, since=event.at)
    if command:
        return topics.commanded(conversation, command, event, scene)
    answered = questions.answered(conversation, event, meant, scene)
    return answered or topics.about(conversation, event, meant, scene)


def _command(conversation: Conversation, text: str) -> Command | None:
    command = commands.command(text)
    of_the_place = command is Command.WRONG and questions.asks_which_place(conversation)
    return None if of_the_place else command


def _steers(conversation: Conversation, command: Command | None, text: str) -> bool:
    asked_for = command is Command.TALK or questions.answers_consent(conversation, text)
    return asked_for or _asks_how_long(conversation, text)


def _asks_how_long(conversation: Conversation, text: str) -> bool:
    return conversation.status is Status.WAITING and commands.asks_how_long(text)


def _held(conversation: Conversation, scene: Scene) -> bool:
    """A counselor on duty holds the thread: the bot is silent."""
    return conversation.status is Status.ASSIGNED and scene.staffed


def _waits(conversation: Conversation, at: datetime) -> Conversation:
    """Waiting counts from the first message that no person has answered. What was snoozed comes back."""
    open_ = conversation.consultation
    if open_ is None:
        return conversation
    awake = replace(open_, waiting_since=open_.waiting_since or at, snoozed=False, snoozed_until=None)
    return replace(conversation, consultation=awake)


def _introduced(decision: Decision, scene: Scene) -> Decision:
    """The first answer to someone who never saw the greeting says what this is."""
    if decision.conversation.greeted or not decision.outgoing:
        return decision
    *before, last = decision.outgoing
    if len(last.messages) == MOST_MESSAGES:
        return decision
    notice = reply("first_notice", hours=scene.hours.describe())
    introduced = replace(last, messages=(*last.messages, notice))
    greeted = replace(decision.conversation, greeted=True)
    return replace(decision, conversation=greeted, outgoing=(*before, introduced))
