"""The simulator's Messaging API: LINE's rules, over real HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from simulator.app import create_app
from simulator.checks.counting import graphemes, utf16
from simulator.faults import FaultKind
from simulator.limits import Rate
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving

TOKEN = "an access token"
HELLO = {"type": "text", "text": "こんにちは"}
NOBODY = "U" + "0" * 32


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Api:
    """A client that knows the token and the prefix."""

    url: str
    http: urllib3.PoolManager
    token: str = TOKEN

    def __call__(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options: dict[str, Any] = {} if body is None else {"json": body}
        return self.http.request(
            method, f"{self.url}{path}", headers={"Authorization": f"Bearer {self.token}"} | named, **options
        )

    def reply(self, token: str, *messages: object, **headers: str) -> urllib3.BaseHTTPResponse:
        body = {"replyToken": token, "messages": list(messages or (HELLO,))}
        return self("POST", "/v2/bot/message/reply", body, **headers)

    def push(self, to: str, *messages: object, key: object = None) -> urllib3.BaseHTTPResponse:
        headers = {"X_Line_Retry_Key": str(key)} if key else {}
        body = {"to": to, "messages": list(messages or (HELLO,))}
        return self("POST", "/v2/bot/message/push", body, **headers)

    def refuses(self, message: object) -> list[str]:
        """The places of what is wrong with a message; none when it is right."""
        response = self("POST", "/v2/bot/message/validate/push", {"messages": [message]})
        if response.status == 200:
            return []
        assert response.status == 400
        return [detail["property"] for detail in response.json()["details"]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(clock: Clock) -> Platform:
    return Platform(channel_secret="secret", access_token=TOKEN, clock=clock)


@pytest.fixture
def api(line: Platform) -> Iterator[Api]:
    with serving(create_app(line)) as url, urllib3.PoolManager(retries=False, timeout=5) as http:
        yield Api(f"{url}/line-api", http)


@pytest.fixture
def parent(line: Platform) -> Phone:
    phone = line.phone("保護者A")
    phone.follow()
    return phone


def token_of(line: Platform) -> str:
    return str(line.held[-1]["replyToken"])


# Replying


def test_a_reply_arrives_and_says_under_which_ids(api: Api, line: Platform, parent: Phone):
    response = api.reply(token_of(line), HELLO, HELLO)

    sent = response.json()["sentMessages"]
    assert response.status == 200
    assert [bubble.id for bubble in parent.screen] == [one["id"] for one in sent]
    assert all(one["quoteToken"] for one in sent)
    assert parent.texts() == ["こんにちは", "こんにちは"]


def test_a_reply_token_works_once(api: Api, line: Platform, parent: Phone):
    api.reply(token_of(line))

    again = api.reply(token_of(line))

    assert again.status == 400
    assert again.json() == {"message": "Invalid reply token"}
    assert len(parent.texts()) == 1


def test_a_reply_token_nobody_gave_does_not_work(api: Api):
    response = api.reply("made up")

    assert response.json() == {"message": "Invalid reply token"}


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (61, 400)])
def test_a_reply_token_lives_a_minute(
    seconds: int, status: int, api: Api, line: Platform, parent: Phone, clock: Clock
):
    clock.move(seconds=seconds)

    assert api.reply(token_of(line)).status == status


@pytest.mark.parametrize(("minutes", "status"), [(19, 200), (21, 400)])
def test_a_redelivered_token_lives_anew_until_twenty_minutes_after_the_event(
    minutes: int, status: int, api: Api, line: Platform, parent: Phone, clock: Clock
):
    token = token_of(line)
    line.webhook_url = "http://127.0.0.1:9/nobody"
    line.release()
    clock.move(minutes=minutes)

    line.redeliver()

    assert api.reply(token).status == status


def test_a_refused_message_leaves_the_token_whole(api: Api, line: Platform, parent: Phone):
    api.reply(token_of(line), {"type": "text", "text": ""})

    assert api.reply(token_of(line)).status == 200


def test_a_retry_key_on_a_reply_is_refused(api: Api, line: Platform, parent: Phone):
    response = api.reply(token_of(line), X_Line_Retry_Key=str(uuid4()))

    assert response.status == 400
    assert parent.texts() == []


def test_a_reply_to_someone_who_blocked_meanwhile_vanishes(api: Api, line: Platform, parent: Phone):
    token = token_of(line)
    parent.block()

    response = api.reply(token)

    assert response.status == 200
    assert parent.texts() == []


# Pushing


def test_a_push_arrives_and_counts_once_for_all_its_bubbles(api: Api, line: Platform, parent: Phone):
    response = api.push(parent.user_id, HELLO, HELLO, HELLO)

    assert response.status == 200
    assert len(parent.texts()) == 3
    assert line.consumption == 1


def test_replies_do_not_count(api: Api, line: Platform, parent: Phone):
    api.reply(token_of(line))

    assert api("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 0}


def test_the_same_key_sends_once_and_answers_with_the_first_ids(api: Api, parent: Phone):
    key = uuid4()
    first = api.push(parent.user_id, key=key)

    again = api.push(parent.user_id, key=key)

    assert again.status == 409
    assert again.json()["message"] == "The retry key is already accepted"
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert len(parent.texts()) == 1


def test_a_key_is_forgotten_after_a_day(api: Api, parent: Phone, clock: Clock):
    key = uuid4()
    api.push(parent.user_id, key=key)
    clock.move(hours=24)

    again = api.push(parent.user_id, key=key)

    assert again.status == 200
    assert len(parent.texts()) == 2


def test_a_refused_push_does_not_use_its_key_up(api: Api, parent: Phone):
    key = uuid4()
    api.push(parent.user_id, {"type": "text"}, key=key)

    assert api.push(parent.user_id, key=key).status == 200


def test_a_key_must_be_a_uuid(api: Api, parent: Phone):
    assert api.push(parent.user_id, key="again").status == 400


def test_a_push_to_someone_who_blocked_says_200_and_counts_nothing(api: Api, line: Platform, parent: Phone):
    parent.block()

    response = api.push(parent.user_id)

    assert response.status == 200
    assert len(response.json()["sentMessages"]) == 1
    assert parent.texts() == []
    assert line.consumption == 0


def test_a_push_to_nobody_says_200_and_counts_nothing(api: Api, line: Platform):
    response = api.push(NOBODY)

    assert response.status == 200
    assert line.consumption == 0


@pytest.mark.parametrize(("days", "arrives"), [(7, True), (7.1, False)])
def test_someone_who_wrote_but_is_no_friend_is_reached_for_a_week(
    days: float, arrives: bool, api: Api, line: Platform, clock: Clock
):
    stranger = line.phone("通りすがり")
    stranger.say("こんにちは")
    clock.move(days=days)

    api.push(stranger.user_id)

    assert bool(stranger.texts()) is arrives


def test_a_push_to_no_user_id_is_refused(api: Api):
    response = api.push("someone")

    assert response.status == 400
    assert response.json()["details"][0]["property"] == "to"


def test_a_spent_quota_stops_pushes_but_not_replies(api: Api, line: Platform, parent: Phone):
    line.quota = 1
    token = token_of(line)
    api.push(parent.user_id)

    stopped = api.push(parent.user_id)

    assert stopped.status == 429
    assert stopped.json() == {"message": "You have reached your monthly limit."}
    assert api.reply(token).status == 200


def test_a_new_month_in_japan_brings_a_new_quota(api: Api, line: Platform, parent: Phone, clock: Clock):
    line.quota = 1
    api.push(parent.user_id)
    clock.now = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # midnight in Tokyo

    assert api.push(parent.user_id).status == 200


@pytest.mark.parametrize(
    ("limit", "told"), [(None, {"type": "none"}), (200, {"type": "limited", "value": 200})]
)
def test_the_quota_can_be_asked(limit: int | None, told: dict[str, Any], api: Api, line: Platform):
    line.quota = limit

    assert api("GET", "/v2/bot/message/quota").json() == told


# The rest of the API


def test_a_wrong_access_token_is_refused(api: Api, parent: Phone):
    api.token = "another"

    assert api.push(parent.user_id).status == 401
    assert parent.texts() == []


@pytest.mark.parametrize(
    ("seconds", "status"), [(5, 202), (60, 202), (7, 400), (65, 400), (0, 400), (True, 400)]
)
def test_the_moving_dots_take_5_to_60_seconds_in_steps_of_5(
    seconds: int, status: int, api: Api, parent: Phone
):
    body = {"chatId": parent.user_id, "loadingSeconds": seconds}

    assert api("POST", "/v2/bot/chat/loading/start", body).status == status


def test_the_moving_dots_end_with_time_or_with_a_message(api: Api, parent: Phone, clock: Clock):
    start = {"chatId": parent.user_id, "loadingSeconds": 10}
    api("POST", "/v2/bot/chat/loading/start", start)
    at_first = parent.loading
    clock.move(seconds=10)
    after_time = parent.loading
    api("POST", "/v2/bot/chat/loading/start", start)

    api.push(parent.user_id)

    assert (at_first, after_time, parent.loading) == (True, False, False)


def test_the_moving_dots_have_a_smaller_limit_than_the_rest(
    api: Api, line: Platform, parent: Phone, clock: Clock
):
    line.limits.rates["loading"] = Rate(2)
    statuses = [
        api("POST", "/v2/bot/chat/loading/start", {"chatId": parent.user_id}).status for _ in range(3)
    ]
    clock.move(seconds=1)

    later = api("POST", "/v2/bot/chat/loading/start", {"chatId": parent.user_id})

    assert statuses == [202, 202, 429]
    assert later.status == 202


def test_a_profile_is_there_until_the_parent_blocks(api: Api, parent: Phone):
    path = f"/v2/bot/profile/{parent.user_id}"
    before = api("GET", path)

    parent.block()

    assert before.json()["displayName"] == "保護者A"
    assert api("GET", path).status == 404


def test_the_bot_has_its_chat_switched_off(api: Api):
    answer = api("GET", "/v2/bot/info").json()

    assert (answer["chatMode"], answer["markAsReadMode"]) == ("bot", "auto")


def test_a_message_is_marked_as_read_by_its_token(api: Api, line: Platform, parent: Phone):
    parent.say("読んだ？")
    token = line.held[-1]["message"]["markAsReadToken"]

    assert api("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": token}).status == 200
    assert api("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": "made up"}).status == 400


@pytest.mark.parametrize(
    ("send", "begins"),
    [
        (Phone.send_image, b"\x89PNG"),
        (Phone.send_audio, b"\x00\x00\x00\x14ftypM4A "),
        (Phone.send_video, b"\x00\x00\x00\x14ftyp"),
        (Phone.send_file, "練習".encode()),
    ],
)
def test_what_a_parent_sent_can_be_fetched_until_it_is_taken_back(
    send: Any, begins: bytes, api: Api, parent: Phone
):
    path = f"/v2/bot/message/{send(parent)}/content"
    fetched = api("GET", path)

    parent.unsend(parent.screen[-1].id)

    assert fetched.data.startswith(begins)
    assert api("GET", path).status == 410


def test_a_photo_of_ones_own_is_what_is_fetched(api: Api, parent: Phone):
    message_id = parent.send_image(b"\xff\xd8\xff my own", "image/jpeg")

    fetched = api("GET", f"/v2/bot/message/{message_id}/content")

    assert (fetched.data, fetched.headers["Content-Type"]) == (b"\xff\xd8\xff my own", "image/jpeg")


def test_line_does_not_have_what_lies_elsewhere(api: Api, parent: Phone):
    message_id = parent.send_image_from_elsewhere("https://example.com/a.jpg")

    assert api("GET", f"/v2/bot/message/{message_id}/content").status == 404


@pytest.mark.parametrize(("kind", "status"), [("not_ready", 202), ("gone", 404)])
def test_a_content_that_is_not_ready_or_gone(kind: str, status: int, api: Api, line: Platform, parent: Phone):
    path = f"/v2/bot/message/{parent.send_image()}/content"
    line.faults.add(kind, "content")

    assert [api("GET", path).status for _ in range(2)] == [status, 200]


def test_the_preparation_of_a_content_can_be_asked_for(api: Api, parent: Phone):
    path = f"/v2/bot/message/{parent.send_video()}/content/transcoding"

    assert api("GET", path).json() == {"status": "succeeded"}


def test_a_text_has_no_content_to_fetch(api: Api, parent: Phone):
    assert api("GET", f"/v2/bot/message/{parent.say('こんにちは')}/content").status == 404


def test_the_webhook_address_can_be_set_and_asked(api: Api, line: Platform):
    before = api("GET", "/v2/bot/channel/webhook/endpoint")
    api("PUT", "/v2/bot/channel/webhook/endpoint", {"endpoint": "https://example.com/line/webhook"})

    after = api("GET", "/v2/bot/channel/webhook/endpoint")

    assert before.status == 404
    assert after.json() == {"endpoint": "https://example.com/line/webhook", "active": True}
    assert line.webhook_url == "https://example.com/line/webhook"


def test_the_webhook_can_be_tried(api: Api):
    answer = api("POST", "/v2/bot/channel/webhook/test", {"endpoint": "http://127.0.0.1:9/nobody"}).json()

    assert (answer["success"], answer["reason"]) == (False, "COULD_NOT_CONNECT")


def test_an_unknown_address_is_not_found(api: Api):
    response = api("GET", "/v2/bot/insight/followers")

    assert response.status == 404
    assert response.headers["x-line-request-id"]


@pytest.mark.parametrize(
    ("body", "kind", "status"), [(b"{", "application/json", 400), (b"a=b", "text/plain", 415)]
)
def test_a_body_that_is_no_json_is_refused(body: bytes, kind: str, status: int, api: Api):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}

    assert (
        api.http.request("POST", f"{api.url}/v2/bot/message/push", body=body, headers=headers).status
        == status
    )


def test_a_request_over_two_megabytes_is_too_large(api: Api, parent: Phone):
    assert api.push(parent.user_id, {"type": "text", "text": "あ" * 800_000}).status == 413


# Faults


@pytest.mark.parametrize(
    ("kind", "status", "arrived"),
    [
        ("server_error_before", 500, 0),
        ("server_error_after", 500, 1),
        ("rate_limited", 429, 0),
        ("unauthorized", 401, 0),
        ("malformed_ok", 200, 1),
    ],
)
def test_a_fault_strikes_once(kind: str, status: int, arrived: int, api: Api, line: Platform, parent: Phone):
    line.faults.add(kind, "push")

    struck = api.push(parent.user_id)

    assert struck.status == status
    assert "sentMessages" not in struck.json()
    assert len(parent.texts()) == len(line.requests[-1].sent) == arrived
    assert api.push(parent.user_id).status == 200


def test_after_an_error_that_came_too_late_the_key_is_taken(api: Api, line: Platform, parent: Phone):
    key = uuid4()
    line.faults.add(FaultKind.SERVER_ERROR_AFTER)
    api.push(parent.user_id, key=key)

    again = api.push(parent.user_id, key=key)

    assert again.status == 409
    assert len(again.json()["sentMessages"]) == 1
    assert len(parent.texts()) == 1


@pytest.mark.parametrize(("kind", "arrived"), [("timeout_before", 0), ("timeout_after", 1)])
def test_an_answer_may_never_come(kind: str, arrived: int, api: Api, line: Platform, parent: Phone):
    line.faults.add(kind, "push", seconds=30)
    body = {"to": parent.user_id, "messages": [HELLO]}
    headers = {"Authorization": f"Bearer {TOKEN}"}

    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        api.http.request("POST", f"{api.url}/v2/bot/message/push", json=body, headers=headers, timeout=0.2)

    assert len(parent.texts()) == arrived
    assert line.requests[-1].status is None


def test_a_slow_answer_comes(api: Api, line: Platform, parent: Phone):
    line.faults.add("slow", "push", seconds=0.1)

    assert api.push(parent.user_id).status == 200
    assert line.faults.waiting == ()


def test_a_fault_waits_for_its_endpoint_and_its_times(api: Api, line: Platform, parent: Phone):
    line.faults.add("server_error_before", "reply", times=2)
    token = token_of(line)

    statuses = [api.push(parent.user_id).status, *(api.reply(token).status for _ in range(3))]

    assert statuses == [200, 500, 500, 200]


def test_a_fault_of_no_known_kind_is_refused(line: Platform):
    with pytest.raises(ValueError, match="earthquake"):
        line.faults.add("earthquake")


# The record


def test_every_request_is_kept_without_the_token(api: Api, line: Platform, parent: Phone):
    key = str(uuid4())
    api.push(parent.user_id, key=key)

    kept = line.requests[-1]

    assert (kept.method, kept.path, kept.status) == ("POST", "/v2/bot/message/push", 200)
    assert kept.body == {"to": parent.user_id, "messages": [HELLO]}
    assert kept.headers["x-line-retry-key"] == key
    assert TOKEN not in str(kept)


def test_requests_are_written_to_a_file_for_another_judge(tmp_path: Path, clock: Clock):
    file = tmp_path / "requests.jsonl"
    line = Platform(channel_secret="secret", access_token=TOKEN, clock=clock, record_to=file)
    with serving(create_app(line)) as url, urllib3.PoolManager(retries=False) as http:
        Api(f"{url}/line-api", http).push(NOBODY)

    (written,) = [json.loads(row) for row in file.read_text(encoding="utf-8").splitlines()]

    assert (written["method"], written["path"], written["status"]) == ("POST", "/v2/bot/message/push", 200)
    assert written["body"]["messages"] == [HELLO]


# What a message may be


def text(of: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": of} | more


def with_quick_reply(**action: Any) -> dict[str, Any]:
    tapped = {"type": "message", "label": "はい", "text": "はい"} | action
    return text("？", quickReply={"items": [{"type": "action", "action": tapped}]})


def flex(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(parts)}
    return {"type": "flex", "altText": "窓口", "contents": {"type": "bubble", "body": body} | more}


def button(label: str = "ひらく", uri: str = "https://example.com/") -> dict[str, Any]:
    return {"type": "button", "action": {"type": "uri", "label": label, "uri": uri}}


def carousel(*bubbles: dict[str, Any]) -> dict[str, Any]:
    return {"type": "flex", "altText": "窓口", "contents": {"type": "carousel", "contents": list(bubbles)}}


def template(**of: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "えらぶ", "template": of}


def choice(label: str = "はい") -> dict[str, Any]:
    return {"type": "message", "label": label, "text": "はい"}


BUBBLE = flex({"type": "text", "text": "窓口"})["contents"]
LOCATION = {
    "type": "location",
    "title": "中野区役所",
    "address": "中野区",
    "latitude": 35.7,
    "longitude": 139.66,
}


@pytest.mark.parametrize(
    "message",
    [
        text("あ" * 5000),
        text("🍎" * 2500),
        text("はい", sender={"name": "つなぐ窓口(自動)"}),
        with_quick_reply(label="👨‍👩‍👧" * 20),
        with_quick_reply(type="location", label="場所を送る"),
        flex(button("あ" * 40)),
        flex(button(uri="tel:03-3389-1111"), {"type": "separator", "margin": "md"}),
        flex({"type": "box", "layout": "baseline", "contents": [{"type": "text", "text": "約300m"}]}),
        carousel(*[BUBBLE] * 12),
        template(type="buttons", text="あ" * 160, actions=[choice()] * 4),
        template(type="confirm", text="？", actions=[choice(), choice("いいえ")]),
        LOCATION,
        {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    ],
)
def test_what_line_accepts_is_accepted(message: dict[str, Any], api: Api):
    assert api.refuses(message) == []


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        (text(""), "text"),
        ({"type": "text"}, "text"),
        (text("あ" * 5001), "text"),
        (text("🍎" * 2501), "text"),
        ({"type": "letter"}, "type"),
        (text("はい", sender={"name": "あ" * 21}), "sender.name"),
        (text("はい", sender={"name": "Line窓口"}), "sender.name"),
        (text("はい", quickReply={"items": []}), "quickReply.items"),
        (
            text("はい", quickReply={"items": with_quick_reply()["quickReply"]["items"] * 14}),
            "quickReply.items",
        ),
        (with_quick_reply(label="あ" * 21), "quickReply.items[0].action.label"),
        (with_quick_reply(label=""), "quickReply.items[0].action.label"),
        (with_quick_reply(text="あ" * 301), "quickReply.items[0].action.text"),
        (with_quick_reply(type="postback", data="x" * 301), "quickReply.items[0].action.data"),
        (flex(button("あ" * 41)), "contents.body.contents[0].action.label"),
        (flex(button(uri="https://example.com/中野")), "contents.body.contents[0].action.uri"),
        (flex(button(uri="ftp://example.com/")), "contents.body.contents[0].action.uri"),
        (flex({"type": "text", "text": ""}), "contents.body.contents[0].text"),
        (flex({"type": "text", "text": "x", "size": "huge"}), "contents.body.contents[0].size"),
        (flex({"type": "text", "text": "x", "color": "red"}), "contents.body.contents[0].color"),
        (flex({"type": "location"}), "contents.body.contents[0]"),
        (flex({"type": "box", "layout": "diagonal", "contents": []}), "contents.body.contents[0].layout"),
        (
            flex({"type": "box", "layout": "baseline", "contents": [button()]}),
            "contents.body.contents[0].contents[0]",
        ),
        (flex(*[{"type": "text", "text": "あ" * 1000}] * 11), "contents"),
        (flex() | {"altText": "あ" * 1501}, "altText"),
        (flex() | {"contents": {"type": "bubble"}}, "contents"),
        (carousel(), "contents.contents"),
        (carousel(*[BUBBLE] * 13), "contents.contents"),
        (carousel(BUBBLE, BUBBLE | {"size": "kilo"}), "contents.contents"),
        (carousel(*[flex({"type": "text", "text": "あ" * 4900})["contents"]] * 4), "contents"),
        (template(type="buttons", text="あ" * 161, actions=[choice()]), "template.text"),
        (template(type="buttons", title="題", text="あ" * 61, actions=[choice()]), "template.text"),
        (template(type="buttons", text="？", actions=[choice()] * 5), "template.actions"),
        (template(type="confirm", text="？", actions=[choice()]), "template.actions"),
        (
            template(
                type="carousel",
                columns=[{"text": "一", "actions": [choice()]}, {"text": "二", "actions": [choice()] * 2}],
            ),
            "template.columns",
        ),
        (LOCATION | {"title": "あ" * 101}, "title"),
        (LOCATION | {"latitude": 91}, "latitude"),
        ({"type": "image", "originalContentUrl": "http://example.com/a.png"}, "originalContentUrl"),
    ],
)
def test_what_line_refuses_is_refused_with_its_place(message: dict[str, Any], wrong: str, api: Api):
    assert f"messages[0].{wrong}" in api.refuses(message)


@pytest.mark.parametrize("messages", [[], [HELLO] * 6])
def test_a_request_has_one_to_five_messages(messages: list[object], api: Api, parent: Phone):
    response = api("POST", "/v2/bot/message/push", {"to": parent.user_id, "messages": messages})

    assert response.status == 400
    assert response.json()["details"][0]["property"] == "messages"


def test_everything_wrong_is_named_at_once(api: Api):
    body = {"messages": [text(""), text("はい", sender={"name": "LINE"})]}

    answer = api("POST", "/v2/bot/message/validate/reply", body).json()

    assert [detail["property"] for detail in answer["details"]] == [
        "messages[0].text",
        "messages[1].sender.name",
    ]


@pytest.mark.parametrize(
    ("written", "units", "seen"),
    [("abc", 3, 3), ("🍎", 2, 1), ("👨‍👩‍👧", 8, 1), ("🇯🇵🇫🇷", 8, 2), ("👍🏽", 4, 1), ("か\u3099", 2, 1)],
)
def test_characters_are_counted_in_both_of_lines_ways(written: str, units: int, seen: int):
    assert (utf16(written), graphemes(written)) == (units, seen)
