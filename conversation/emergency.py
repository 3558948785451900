"""Crisis: hotlines at once, the ones open now first, in every state; and a person is alerted.

No routing rule reaches this module: what it says comes from the catalogue and the municipality's hotlines.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from conversation import commands
from conversation.answers import lines_open_first
from conversation.cards import hotline_card
from conversation.handover import keep_informed, opened, remind_of_consent, request
from conversation.messages import Cards, Message, Outgoing, Text
from conversation.model import Alarm, Conversation, Decision, Notice, Question, Status, Urgency
from conversation.replies import knows, reply, words
from conversation.scene import Scene, spoken
from directory.model import Hotline
from intents.crisis import Concern, CrisisSign, Kind, Voice

SAME_CARD_AGAIN = timedelta(minutes=30)
STILL_ABOUT_IT = timedelta(hours=12)  # within this, 「つながらない」 speaks of the hotlines
LINES_AT_ONCE = 4
FEWEST_LINES = 2
NEXT_LINES = 2
AT_HOME = frozenset({Kind.DV, Kind.ABUSE})  # someone who must not see the phone may be near
CHOICES = (commands.NO_ANSWER, commands.NO_VOICE)
CONCERN = "concern"  # the pack's name for lines to go with a gentle offer
CONCERN_LINES = 2
URGENT = "urgent"  # the kind of an alarm that names none: the first lines of each
URGENT_KINDS = (Kind.MEDICAL, Kind.DV, Kind.ABUSE, Kind.SUICIDE)
CONCERN_TOPIC = {Kind.DV: "family_relations"}  # what the counselor's list calls it


def respond(conversation: Conversation, sign: CrisisSign, scene: Scene, at: datetime) -> Decision:
    alarmed = opened(conversation, scene, since=at, intent=sign.kind, urgency=Urgency.CRISIS)
    alarmed = replace(
        alarmed, asked=None, discreet=alarmed.discreet or not AT_HOME.isdisjoint((sign.kind, *sign.also))
    )
    if _just_shown(conversation.alarm, sign, scene.now):
        # With a counselor in the thread the notice is enough; alone, nobody is left without a word.
        again = () if conversation.assignee and scene.staffed else (_say(alarmed, (reply("crisis_again"),)),)
        return Decision(alarmed, outgoing=again, notices=(Notice.CRISIS,))
    lines = _first_lines(scene.directory.lines_for(sign.kind, sign.voice, sign.topic), scene)
    alarm = Alarm(sign.kind, sign.voice, scene.now, tuple(line.id for line in lines), sign.topic)
    messages = (Text(_first_words(sign)), _cards(lines, scene), Text(_who_reads(scene)))
    return Decision(
        replace(alarmed, alarm=alarm), outgoing=(_say(alarmed, messages),), notices=(Notice.CRISIS,)
    )


def ask_in(conversation: Conversation, concern: Concern, scene: Scene, since: datetime) -> Decision:
    """An unsure sign: kind words, who can be called now, and a person. Nobody is alarmed, nothing is said twice."""
    worried = replace(conversation, discreet=conversation.discreet or concern.kind in AT_HOME)
    if conversation.status is Status.ASSIGNED and scene.staffed:
        return Decision(opened(worried, scene, since=since, urgency=Urgency.DISTRESS))
    if conversation.consultation and conversation.consultation.urgency is not Urgency.NORMAL:
        return keep_informed(worried, scene)
    asked = conversation.asked
    if asked and asked.question is Question.CONSENT and asked.urgency is not Urgency.NORMAL:
        return remind_of_consent(worried, scene)
    return request(
        worried,
        scene,
        since=since,
        intent=CONCERN_TOPIC.get(concern.kind, "parent_distress"),
        lead=_gently(concern, conversation, scene),
        urgency=Urgency.DISTRESS,
    )


def urgent(conversation: Conversation, scene: Scene, at: datetime) -> Decision:
    """「いま困っている(緊急)」 of the menu, in every state: numbers first, then a person. What is wrong was not said, so nobody
    is alarmed; the place in the queue is that of distress."""
    before = conversation.alarm
    if before is None or scene.now - before.at > STILL_ABOUT_IT:
        before = Alarm(URGENT, "", scene.now, ())
    lines = _first_lines(_known_lines(before, scene), scene)
    lead = (reply("urgent"), _cards(lines, scene))
    told = replace(conversation, alarm=replace(before, at=scene.now, shown=tuple(line.id for line in lines)))
    if conversation.status is Status.ASSIGNED and scene.staffed:
        heard = opened(told, scene, since=at, urgency=Urgency.DISTRESS)
        return Decision(heard, outgoing=(_say(heard, lead),))
    asked = request(told, scene, since=at, lead=lead, urgency=Urgency.DISTRESS)
    offered = tuple(replace(one, choices=(*one.choices, *CHOICES)) for one in asked.outgoing)
    return replace(asked, outgoing=offered)


def _known_lines(alarm: Alarm, scene: Scene) -> tuple[Hotline, ...]:
    if alarm.kind != URGENT:
        return scene.directory.lines_for(alarm.kind, alarm.voice, alarm.topic)
    lists = [scene.directory.lines_for(one) for one in URGENT_KINDS]
    in_turn = (
        line for rank in zip_longest(*lists) for line in rank if line
    )  # the first of each, then the second
    return tuple({line.id: line for line in in_turn}.values())


def _gently(concern: Concern, conversation: Conversation, scene: Scene) -> tuple[Message, ...]:
    kind = concern.kind.removeprefix("crisis_")
    names = ("concern_child",) if concern.voice is Voice.CHILD else (f"concern_{kind}", "concern")
    said = Text(words(next(name for name in names if knows(name))))
    if conversation.consent and not conversation.consultation and not scene.staffed:
        return (said,)  # the promise that follows brings who can be called until the desk opens
    known = lines_open_first(scene.directory.lines_for(CONCERN, concern.voice, concern.kind), scene)
    lines = [line for line in known if line.hours.is_open(scene.now)][:CONCERN_LINES]
    return (said, _cards(lines, scene)) if lines else (said,)


def asks_for_another_line(conversation: Conversation, text: str, now: datetime) -> bool:
    alarm = conversation.alarm
    if alarm is None or now - alarm.at > STILL_ABOUT_IT:
        return False
    return commands.cannot_get_through(text) or commands.cannot_speak(text)


def another_line(conversation: Conversation, text: str, scene: Scene) -> Decision:
    """「つながらない」: what was not shown yet. 「電話できない」: what needs no voice, shown before or not."""
    alarm = conversation.alarm
    assert alarm is not None  # noqa: S101  asks_for_another_line said so
    known = lines_open_first(_known_lines(alarm, scene), scene)
    callable_ = [line for line in known if line.hours.is_open(scene.now) is not False]
    written = [line for line in callable_ if commands.cannot_speak(text) and not _needs_a_voice(line)]
    lines = (written or [line for line in callable_ if line.id not in alarm.shown])[:NEXT_LINES]
    if not lines:
        return Decision(conversation, outgoing=(_say(conversation, (reply("crisis_no_more_lines"),)),))
    shown = tuple(dict.fromkeys((*alarm.shown, *(line.id for line in lines))))
    told = replace(conversation, alarm=replace(alarm, shown=shown))
    return Decision(told, outgoing=(_say(told, (reply("crisis_next_line"), _cards(lines, scene))),))


def _first_lines(known: tuple[Hotline, ...], scene: Scene) -> tuple[Hotline, ...]:
    """What is open now; only where that is hardly anything, also what may be, or will be."""
    sorted_ = lines_open_first(known, scene)
    open_ = tuple(line for line in sorted_ if line.hours.is_open(scene.now))
    return open_[:LINES_AT_ONCE] if len(open_) >= FEWEST_LINES else sorted_[:FEWEST_LINES]


def _just_shown(alarm: Alarm | None, sign: CrisisSign, now: datetime) -> bool:
    """The same card. A graver or another kind gets its own at once."""
    return (
        alarm is not None
        and (alarm.kind, alarm.topic) == (sign.kind, sign.topic)
        and now - alarm.at < SAME_CARD_AGAIN
    )


def _say(conversation: Conversation, messages: tuple[Message, ...]) -> Outgoing:
    return Outgoing(messages, choices=CHOICES, discreet=conversation.discreet)


def _first_words(sign: CrisisSign) -> str:
    """The most particular words there are: for the topic and the voice, for the topic, for the kind and the voice."""
    kind = sign.kind.removeprefix("crisis_")
    names = [f"crisis_{sign.topic}_{sign.voice}", f"crisis_{sign.topic}"] if sign.topic else []
    names += [f"crisis_{kind}_{sign.voice}", f"crisis_{kind}_self", f"crisis_{kind}_parent"]
    text = words(next(name for name in names if knows(name)))
    may_be_seen = Kind.DV in (sign.kind, *sign.also) and sign.kind is not Kind.MEDICAL  # there seconds count
    return f"{text}\n\n{words('crisis_dv_hide')}" if may_be_seen else text


def _who_reads(scene: Scene) -> str:
    if scene.staffed:
        reads = words("crisis_reads_now")
    elif scene.next_reading:
        reads = words("crisis_reads_later", next=spoken(scene.next_reading))
    else:
        reads = words("crisis_reads_unknown")
    return f"{reads}\n{words('crisis_try_next')}"


def _cards(lines: Iterable[Hotline], scene: Scene) -> Cards:
    return Cards(alt="いま話せるところ", cards=tuple(hotline_card(line, scene.now) for line in lines))


def _needs_a_voice(line: Hotline) -> bool:
    return not any(written in line.channel for written in ("チャット", "LINE", "メール"))
