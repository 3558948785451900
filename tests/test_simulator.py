"""The simulator's phones and webhooks: what the bot is told, and when."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3
from flask import Flask, request

from simulator.app import create_app
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.screen import CannotDo, NoSuchButton
from simulator.server import serving
from simulator.signing import signature

SECRET = "a channel secret"
TOKEN = "an access token"
ULID_LETTERS = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Bot:
    """A bot that answers every text with the same text, and notes what it was sent."""

    api: str = ""
    answer: int = 200
    late: float = 0  # seconds
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str | None] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in json.loads(body)["events"]]

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]

    def heard(self) -> tuple[str, int]:
        body = request.get_data()
        self.bodies.append(body)
        self.signatures.append(request.headers.get("X-Line-Signature"))
        time.sleep(self.late)
        for event in json.loads(body)["events"]:
            if self.api and event.get("message", {}).get("type") == "text":
                self._echo(event)
        return "", self.answer

    def _echo(self, event: dict[str, Any]) -> None:
        body = {
            "replyToken": event["replyToken"],
            "messages": [{"type": "text", "text": event["message"]["text"]}],
        }
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with urllib3.PoolManager(retries=False, timeout=5) as pool:
            pool.request("POST", f"{self.api}/v2/bot/message/reply", json=body, headers=headers)

    def app(self) -> Flask:
        app = Flask("bot")
        app.add_url_rule("/webhook", "heard", self.heard, methods=["POST"])
        return app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
def line(bot: Bot, clock: Clock) -> Iterator[Platform]:
    with serving(bot.app()) as url:
        yield Platform(channel_secret=SECRET, access_token=TOKEN, clock=clock, webhook_url=f"{url}/webhook")


@pytest.fixture
def parent(line: Platform) -> Phone:
    return line.phone("保護者A")


def show(phone: Phone, message: dict[str, Any], clock: Clock) -> None:
    phone.receive("1", message, clock())


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    items = [{"type": "action", "action": action} for action in actions]
    return {"type": "text", "text": "どれですか", "quickReply": {"items": items}}


def says(label: str) -> dict[str, Any]:
    return {"type": "message", "label": label, "text": label}


# Signing


def test_the_signature_is_that_of_lines_own_example():
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'

    signed = signature("8c570fa6dd201bb328f1c1eac23a96d8", body)

    assert signed == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_a_webhook_is_signed_over_its_raw_bytes(parent: Phone, bot: Bot):
    parent.say("夜泣きがつらい")

    assert bot.signatures == [signature(SECRET, bot.bodies[0])]


# What the bot is told


def test_a_text_event_carries_everything_that_lines_does(parent: Phone, bot: Bot, clock: Clock):
    message_id = parent.say("一時保育どこ")

    event = bot.last
    assert event["type"] == "message"
    assert event["mode"] == "active"
    assert event["timestamp"] == int(clock().timestamp() * 1000)
    assert event["source"] == {"type": "user", "userId": parent.user_id}
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert len(event["webhookEventId"]) == 26
    assert set(event["webhookEventId"]) <= ULID_LETTERS
    assert event["replyToken"]
    assert event["message"]["id"] == message_id
    assert event["message"]["text"] == "一時保育どこ"
    assert event["message"]["quoteToken"]
    assert event["message"]["markAsReadToken"]


def test_the_destination_is_the_bots_user_id(parent: Phone, bot: Bot):
    parent.say("はい")

    destination = json.loads(bot.bodies[0])["destination"]

    assert destination[0] == "U"
    assert len(destination) == 33


def test_a_parent_keeps_one_user_id(line: Platform):
    assert line.phone("保護者A") is line.phone("保護者A")
    assert line.phone("保護者A").user_id != line.phone("保護者B").user_id
    assert line.phone("保護者A").user_id == Phone("保護者A", line).user_id


def test_an_answer_to_a_message_names_it(parent: Phone, bot: Bot):
    first = parent.say("これは？")

    parent.say("さっきの話です", quoted=first)

    assert bot.last["message"]["quotedMessageId"] == first


def test_a_location_has_its_place_and_its_names(parent: Phone, bot: Bot):
    parent.share_location(35.7, 139.66, address="中野区中野四丁目")

    message = bot.last["message"]
    assert (message["latitude"], message["longitude"]) == (35.7, 139.66)
    assert message["address"] == "中野区中野四丁目"
    assert "title" not in message


@pytest.mark.parametrize(
    ("send", "wanted"),
    [
        (Phone.send_sticker, {"type", "packageId", "stickerId", "stickerResourceType", "quoteToken"}),
        (Phone.send_image, {"type", "contentProvider", "quoteToken"}),
        (Phone.send_video, {"type", "contentProvider", "quoteToken", "duration"}),
        (Phone.send_audio, {"type", "contentProvider", "duration"}),
        (Phone.send_file, {"type", "fileName", "fileSize"}),
    ],
)
def test_what_is_no_text_has_the_fields_of_its_kind(send: Any, wanted: set[str], parent: Phone, bot: Bot):
    send(parent)

    assert set(bot.last["message"]) == wanted | {"id", "markAsReadToken"}


def test_following_can_be_answered(parent: Phone, bot: Bot):
    parent.follow()

    assert bot.last["follow"] == {"isUnblocked": False}
    assert bot.last["replyToken"]


def test_blocking_cannot_be_answered(parent: Phone, bot: Bot):
    parent.follow()

    parent.block()

    assert bot.last["type"] == "unfollow"
    assert "replyToken" not in bot.last


def test_coming_back_after_blocking_says_so(parent: Phone, bot: Bot):
    parent.block()

    parent.unblock()

    assert bot.last["follow"] == {"isUnblocked": True}


def test_who_blocks_cannot_write(parent: Phone, bot: Bot):
    parent.block()

    with pytest.raises(CannotDo):
        parent.say("聞こえますか")

    assert bot.last["type"] == "unfollow"


def test_taking_a_message_back_names_it_and_empties_the_bubble(parent: Phone, bot: Bot):
    message_id = parent.say("まちがえた")

    parent.unsend(message_id)

    assert bot.last["unsend"] == {"messageId": message_id}
    assert "replyToken" not in bot.last
    assert parent.screen[0].unsent
    assert "まちがえた" not in str(parent.screen)


def test_a_message_is_taken_back_only_once(parent: Phone):
    message_id = parent.say("まちがえた")
    parent.unsend(message_id)

    with pytest.raises(CannotDo):
        parent.unsend(message_id)


# What the buttons do


def test_a_tapped_quick_reply_is_said(parent: Phone, bot: Bot, clock: Clock):
    show(parent, quick(says("はい"), says("いいえ")), clock)

    parent.tap("いいえ")

    assert bot.last["message"]["text"] == "いいえ"


def test_quick_replies_go_when_anyone_writes(parent: Phone, clock: Clock):
    show(parent, quick(says("はい")), clock)
    offered = parent.quick_replies

    parent.say("べつの話")

    assert offered == (says("はい"),)
    assert parent.quick_replies == ()


def test_quick_replies_go_when_the_bot_writes_again(parent: Phone, clock: Clock):
    show(parent, quick(says("はい")), clock)

    show(parent, {"type": "text", "text": "つづき"}, clock)

    assert parent.quick_replies == ()


def test_a_button_for_a_place_stays_until_the_place_is_shared(parent: Phone, clock: Clock):
    show(parent, quick({"type": "location", "label": "場所を送る"}), clock)

    with pytest.raises(CannotDo):
        parent.tap("場所を送る")
    offered = parent.quick_replies
    parent.share_location(35.7, 139.66)

    assert [action["label"] for action in offered] == ["場所を送る"]
    assert parent.quick_replies == ()


def test_a_postback_shows_its_words_and_sends_its_data(parent: Phone, bot: Bot, clock: Clock):
    show(
        parent,
        quick({"type": "postback", "label": "相談する", "data": "go", "displayText": "相談します"}),
        clock,
    )

    parent.tap("相談する")

    assert bot.last["postback"] == {"data": "go"}
    assert bot.last["replyToken"]
    assert [event["type"] for event in bot.events] == ["postback"]
    assert parent.screen[-1].mine
    assert parent.screen[-1].message["text"] == "相談します"


def test_a_tapped_link_comes_back_and_the_bot_hears_nothing(parent: Phone, bot: Bot, clock: Clock):
    button = {"type": "button", "action": {"type": "uri", "label": "電話する", "uri": "tel:03-3389-1111"}}
    body = {"type": "box", "layout": "vertical", "contents": [button]}
    show(parent, {"type": "flex", "altText": "窓口", "contents": {"type": "bubble", "body": body}}, clock)

    opened = parent.tap("電話する")

    assert opened == "tel:03-3389-1111"
    assert bot.events == []


def test_the_second_button_of_a_name_can_be_tapped(parent: Phone, bot: Bot, clock: Clock):
    columns = [{"text": name, "actions": [says("えらぶ") | {"text": name}]} for name in ("一番目", "二番目")]
    carousel = {"type": "carousel", "columns": columns}
    show(parent, {"type": "template", "altText": "二つ", "template": carousel}, clock)

    parent.tap("えらぶ", nth=1)

    assert bot.last["message"]["text"] == "二番目"


def test_a_button_that_is_not_there_names_those_that_are(parent: Phone, clock: Clock):
    show(parent, quick(says("はい"), says("いいえ")), clock)

    with pytest.raises(NoSuchButton, match="はい、いいえ"):
        parent.tap("たぶん")


# How it gets there


def test_a_bot_that_answers_is_heard_on_the_phone(line: Platform, parent: Phone, bot: Bot):
    with serving(create_app(line)) as url:
        bot.api = f"{url}/line-api"
        parent.say("こんにちは")

    assert parent.texts() == ["こんにちは"]
    assert line.deliveries[0].delivered


def test_several_parents_speak_at_once_and_each_hears_the_answer(line: Platform, bot: Bot):
    parents = [line.phone(f"保護者{number}") for number in range(8)]

    with serving(create_app(line)) as url:
        bot.api = f"{url}/line-api"
        threads = [threading.Thread(target=parent.say, args=(parent.name,)) for parent in parents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [parent.texts() for parent in parents] == [[parent.name] for parent in parents]


def test_what_the_bot_refuses_is_not_delivered(line: Platform, parent: Phone, bot: Bot):
    bot.answer = 503

    parent.say("届いた？")

    assert (line.deliveries[0].status, line.deliveries[0].error) == (503, "error_status_code")
    assert line.undelivered == 1


def test_a_redelivery_has_the_same_id_and_token(line: Platform, parent: Phone, bot: Bot, clock: Clock):
    bot.answer = 500
    parent.say("届いた？")
    bot.answer = 200
    clock.move(minutes=3)

    made = line.redeliver()

    first, again = bot.events
    assert made == 1
    assert again == first | {"deliveryContext": {"isRedelivery": True}}
    assert line.redeliver() == 0


def test_a_bot_that_is_not_there_can_be_reached_later(line: Platform, parent: Phone, bot: Bot):
    there, line.webhook_url = line.webhook_url, "http://127.0.0.1:9/webhook"
    parent.say("いますか")
    line.webhook_url = there

    line.redeliver()

    assert [delivery.error for delivery in line.deliveries] == ["could_not_connect", None]
    assert bot.last["message"]["text"] == "いますか"


def test_a_bot_that_thinks_too_long_has_perhaps_heard_it(
    line: Platform, parent: Phone, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("simulator.webhooks.TIMEOUT", 0.2)
    bot.late = 0.5

    parent.say("ゆっくりで")

    assert line.deliveries[0].error == "request_timeout"
    assert bot.last["message"]["text"] == "ゆっくりで"


def test_events_held_back_come_in_one_request(line: Platform, bot: Bot):
    line.hold()
    line.phone("保護者A").say("一")
    line.phone("保護者B").say("二")

    before = list(bot.bodies)
    line.release()

    assert before == []
    assert len(bot.bodies) == 1
    assert [event["message"]["text"] for event in bot.events] == ["一", "二"]


def test_events_held_back_can_come_out_of_order(line: Platform, parent: Phone, bot: Bot, clock: Clock):
    line.hold()
    for text in ("一", "二", "三"):
        parent.say(text)
        clock.move(seconds=1)

    line.release("shuffled", together=False)

    heard = [event["message"]["text"] for event in bot.events]
    assert len(bot.bodies) == 3
    assert heard != ["一", "二", "三"]
    assert sorted(bot.events, key=lambda event: event["timestamp"])[0]["message"]["text"] == "一"


def test_an_event_can_come_twice(line: Platform, parent: Phone, bot: Bot):
    line.duplicate(1)

    parent.say("一")
    parent.say("二")

    assert [event["message"]["text"] for event in bot.events] == ["一", "一", "二"]
    assert bot.events[0] == bot.events[1]


def test_without_an_address_events_wait(bot: Bot, line: Platform, parent: Phone):
    there, line.webhook_url = line.webhook_url, None
    parent.say("まだ？")

    waiting = line.held
    line.webhook_url = there
    line.release()

    assert [event["message"]["text"] for event in waiting] == ["まだ？"]
    assert bot.events == list(waiting)
