"""The menus in LINE: what is drawn, what LINE wants, and where every tap leads, in every state that a talk can be in."""

import json
import re
from dataclasses import replace
from datetime import datetime

import pytest

from bot.line import menus
from bot.line.menus import MENUS, Menu, draw
from bot.program import seed_rules
from conversation import commands
from conversation.commands import Command
from conversation.engine import decide
from conversation.events import CounselorTook, ParentWrote
from conversation.messages import Cards
from conversation.model import Conversation, Decision, Question, Status, Urgency
from directory import pack
from directory.hours import TOKYO
from intents.rules import parse
from simulator.checks import rich_menu
from simulator.checks.counting import graphemes
from storage.menus import COUNSELOR, NORMAL

RULES, DIRECTORY = parse(seed_rules()), pack.load()
DAY = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)  # a Tuesday, the desk is open
NIGHT = datetime(2026, 11, 24, 22, 0, tzinfo=TOKYO)
NEW = Conversation("c1")


def wrote(conversation: Conversation, text: str, now: datetime) -> Decision:
    return decide(conversation, ParentWrote(now, text, "m1"), rules=RULES, directory=DIRECTORY, now=now)


def after(*texts: str, now: datetime = DAY, taken: bool = False) -> Conversation:
    conversation = replace(NEW, greeted=True)
    for text in texts:
        conversation = wrote(conversation, text, now).conversation
    if taken:
        event = CounselorTook("sato")
        conversation = decide(conversation, event, rules=RULES, directory=DIRECTORY, now=now).conversation
    return replace(conversation, closed=None)


ASKED = ("人と話したい", "はい")
STATES = {
    "new": (NEW, DAY),
    "after an answer": (after("一時保育を使いたい"), DAY),
    "after two misses": (after("あれがこれで", "いいえ", "それはどれで"), DAY),
    "asked for consent": (after("人と話したい"), DAY),
    "asked for a topic": (after("預けたい"), DAY),
    "asked for a place": (after("近くの相談場所"), DAY),
    "asked which place": (after("近くの相談場所", "中野"), DAY),
    "asked whether to erase": (after("一時保育を使いたい", "消してほしい"), DAY),
    "waiting": (after(*ASKED), DAY),
    "waiting at night": (after(*ASKED, now=NIGHT), NIGHT),
    "a counselor's, at night": (after(*ASKED, now=NIGHT, taken=True), NIGHT),
    "after a crisis": (after("消えてしまいたい"), DAY),
    "after a crisis at home": (after("夫に殴られています"), NIGHT),
}
HELD = (after(*ASKED, taken=True), DAY)
everywhere = pytest.mark.parametrize("state", STATES)


def said(decision: Decision) -> str:
    return "\n".join(outgoing.plain for outgoing in decision.outgoing)


def labels(decision: Decision) -> list[str]:
    return [choice.label for outgoing in decision.outgoing for choice in outgoing.choices]


# Where the taps lead


@everywhere
def test_nearby_leads_to_places(state: str):
    conversation, now = STATES[state]

    decision = wrote(conversation, commands.NEARBY.label, now)

    told = said(decision)
    once_more = state == "asked for a place"
    assert ("町名か駅名を送ってください" if once_more else "お近くで相談できる場所を案内します") in told


@everywhere
@pytest.mark.parametrize("word", commands.TOPICS, ids=lambda word: word.label)
def test_a_topic_of_the_menu_asks_which_one(word: commands.Choice, state: str):
    conversation, now = STATES[state]

    decision = wrote(conversation, word.label, now)

    asked = decision.conversation.asked
    assert asked
    assert (asked.question, asked.options) == (Question.TOPIC, commands.TOPICS[word])
    assert labels(decision)[-2:] == ["どれでもない", "相談員と話す"]


@pytest.mark.parametrize(
    ("word", "number", "title"),
    [
        (word, number, RULES.rule(intent).title)
        for word, topics in commands.TOPICS.items()
        for number, intent in enumerate(topics, 1)
    ],
)
def test_each_choice_of_a_topic_is_answered(word: commands.Choice, number: int, title: str):
    asked = after(word.label)

    decision = wrote(asked, str(number), DAY)

    assert title in said(decision)


@everywhere
def test_talking_with_a_counselor_leads_to_one(state: str):
    conversation, now = STATES[state]

    decision = wrote(conversation, commands.TALK.label, now)

    waits = decision.conversation.consultation is not None
    asked = decision.conversation.asked
    assert waits or (asked and asked.question is Question.CONSENT)
    assert decision.outgoing


@pytest.mark.parametrize("state", [*STATES, "held"])
def test_an_emergency_brings_numbers_at_once(state: str):
    conversation, now = STATES.get(state, HELD)

    decision = wrote(conversation, commands.URGENT.label, now)

    cards = [one for outgoing in decision.outgoing for one in outgoing.messages if isinstance(one, Cards)]
    assert "119(救急)か110(警察)" in said(decision)
    assert len(cards[0].cards) >= 2
    assert {"つながらない", "電話できない"} <= set(labels(decision))
    assert all(outgoing.discreet is conversation.discreet for outgoing in decision.outgoing)


@pytest.mark.parametrize("state", [*STATES, "held"])
def test_ending_ends(state: str):
    conversation, now = STATES.get(state, HELD)

    decision = wrote(conversation, commands.END.label, now)

    assert decision.conversation.status is Status.BOT
    assert decision.conversation.consultation is None
    assert "相談" in said(decision)


@pytest.mark.parametrize(
    "word", [area.says for area in MENUS[NORMAL].areas if area.says != commands.URGENT.label]
)
def test_a_counselor_on_duty_is_not_talked_over(word: str):
    """Their parent has the other menu; who has scrolled back, or types the words, is heard by the counselor."""
    conversation, now = HELD

    decision = wrote(conversation, word, now)

    assert decision.outgoing == ()
    assert decision.entries[0].text == word


# The emergency


def test_an_emergency_offers_a_counselor_and_alarms_nobody():
    decision = wrote(replace(NEW, greeted=True), "いま困っている(緊急)", NIGHT)

    asked = decision.conversation.asked
    assert asked
    assert (asked.question, asked.urgency) == (Question.CONSENT, Urgency.DISTRESS)
    assert decision.notices == ()
    assert labels(decision) == ["同意して相談する", "やめておく", "つながらない", "電話できない"]


@pytest.mark.parametrize("conversation", [after(*ASKED), HELD[0]], ids=["waiting", "held"])
def test_who_waits_is_moved_up(conversation: Conversation):
    consultation = wrote(conversation, "いま困っている(緊急)", DAY).conversation.consultation

    assert consultation
    assert consultation.urgency is Urgency.DISTRESS


@pytest.mark.parametrize("text", ["いま困っている（緊急）", "緊急", "いま困っている。"])
def test_an_emergency_may_be_typed(text: str):
    assert commands.command(text) is Command.URGENT


def test_the_next_lines_come_where_the_first_are_busy():
    told = wrote(replace(NEW, greeted=True), commands.URGENT.label, NIGHT)
    first = {card.title for one in told.outgoing[0].messages if isinstance(one, Cards) for card in one.cards}

    following = wrote(told.conversation, "つながらない", NIGHT)

    cards = [one for one in following.outgoing[0].messages if isinstance(one, Cards)]
    assert cards
    assert first.isdisjoint(card.title for card in cards[0].cards)


def test_a_child_in_danger_gets_the_lines_for_children_again():
    conversation = after("おとうさんにたたかれてこわい", now=DAY)
    assert conversation.alarm

    decision = wrote(conversation, commands.URGENT.label, DAY)

    alarm = decision.conversation.alarm
    assert alarm
    assert (alarm.kind, alarm.voice) == (conversation.alarm.kind, conversation.alarm.voice)


def test_a_tap_alone_does_not_keep_a_parent_from_erasing():
    tapped = after(commands.URGENT.label, "やめておく")

    decision = wrote(tapped, "消してほしい", DAY)

    assert decision.conversation.asked
    assert decision.conversation.asked.question is Question.ERASE


def test_a_retired_topic_is_not_offered():
    rules = replace(RULES, rules=tuple(rule for rule in RULES.rules if rule.intent != "short_stay"))

    decision = decide(
        replace(NEW, greeted=True),
        ParentWrote(DAY, "預けたい", "m1"),
        rules=rules,
        directory=DIRECTORY,
        now=DAY,
    )

    asked = decision.conversation.asked
    assert asked
    assert asked.options == ("temporary_care", "nursery_admission", "sick_child_care")


# What may be seen on the phone


@pytest.mark.parametrize(
    ("conversation", "shown"),
    [(NEW, False), (after(*ASKED), False), (HELD[0], True), (replace(HELD[0], discreet=True), False)],
    ids=["the bot's", "waiting", "held", "held, after violence at home"],
)
def test_only_a_talk_that_need_not_be_hidden_shows_its_counselor(conversation: Conversation, shown: bool):
    assert conversation.shows_counselor is shown


def test_both_menus_have_the_same_bar_which_says_nothing():
    assert {menu.request["chatBarText"] for menu in MENUS.values()} == {"メニュー"}


# What LINE wants, and what was drawn

each = pytest.mark.parametrize("menu", MENUS.values(), ids=MENUS)


@each
def test_line_takes_it(menu: Menu):
    assert list(rich_menu.check(menu.request)) == []


@each
def test_every_area_has_a_label_and_says_it(menu: Menu):
    for area in menu.request["areas"]:
        assert area["action"]["label"] == area["action"]["text"]
        assert 1 <= graphemes(area["action"]["label"]) <= 20


@each
def test_the_areas_fill_the_picture_without_overlapping(menu: Menu):
    strip = menus.STRIP if menu.strip else 0
    covered = sum(area.width * area.height for area in menu.areas)
    corners = {(area.x, area.y) for area in menu.areas}

    assert covered == menus.WIDTH * (menu.height - strip)
    assert len(corners) == len(menu.areas)


@each
def test_what_is_drawn_in_an_area_is_what_it_says(menu: Menu):
    for area in menu.areas:
        assert "".join(area.lines) == area.says


@each
def test_the_picture_is_as_large_as_its_areas_and_light_enough(menu: Menu):
    assert menu.image.startswith(b"\x89PNG")
    assert draw.size(menu.image) == (menus.WIDTH, menu.height)
    assert len(menu.image) <= 1024 * 1024


def test_the_pictures_are_the_ones_drawn_of_these_areas():
    """Else: python -m bot.line.menus.draw"""
    assert json.loads(draw.DRAWN.read_text(encoding="ascii")) == draw.drawn()


@each
def test_nothing_drawn_is_smaller_than_14_pixels_on_a_phone(menu: Menu):
    phone = 375 / menus.WIDTH
    sizes = [int(size) for size in re.findall(r"(?:700 |font-size: )(\d+)px", draw.page(menu))]

    assert sizes
    assert min(sizes) * phone >= 14


@each
def test_its_name_changes_with_what_is_in_it(menu: Menu):
    other = replace(menu, areas=menu.areas[1:])

    assert re.fullmatch(r"tsunagu:(normal|counselor):[0-9a-f]{16}", menu.name)
    assert other.name != menu.name


def test_the_menus_are_those_of_the_design():
    assert [area.says for area in MENUS[NORMAL].areas] == [
        "近くの相談場所",
        "預けたい",
        "育ちの心配",
        "手続き・お金",
        "相談員と話す",
        "いま困っている(緊急)",
    ]
    assert [area.says for area in MENUS[COUNSELOR].areas] == ["相談を終わる", "いま困っている(緊急)"]
