"""LINE's own SDK as the judge of the simulator: it reads our webhooks and understands our answers."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the SDK's own
    from linebot.v3 import WebhookParser
    from linebot.v3.messaging import (
        ApiClient,
        ApiException,
        Configuration,
        MessagingApi,
        PushMessageRequest,
        ReplyMessageRequest,
        ShowLoadingAnimationRequest,
        TextMessage,
    )

from simulator.app import create_app
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.server import serving

TIMEOUT = (1, 5)


@pytest.fixture
def line() -> Platform:
    return Platform(
        channel_secret="secret", access_token="token", clock=lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    )


@pytest.fixture
def parent(line: Platform) -> Phone:
    phone = line.phone("保護者A")
    phone.follow()
    return phone


@pytest.fixture
def sdk(line: Platform) -> Iterator[MessagingApi]:
    with serving(create_app(line)) as url:
        configuration = Configuration(host=f"{url}/line-api", access_token="token")
        configuration.retries = False
        client = ApiClient(configuration)
        yield MessagingApi(client)
        client.rest_client.pool_manager.clear()


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda phone: phone.say("はい"), "MessageEvent"),
        (lambda phone: phone.share_location(35.7, 139.66, "区役所", "中野区"), "MessageEvent"),
        (Phone.send_sticker, "MessageEvent"),
        (Phone.send_image, "MessageEvent"),
        (Phone.send_video, "MessageEvent"),
        (Phone.send_audio, "MessageEvent"),
        (Phone.send_file, "MessageEvent"),
        (lambda phone: phone.unsend(phone.say("はい")), "UnsendEvent"),
        (lambda phone: phone.postback("go"), "PostbackEvent"),
        (Phone.follow, "FollowEvent"),
        (Phone.block, "UnfollowEvent"),
    ],
)
def test_the_sdk_reads_every_event(act: Any, kind: str, line: Platform, parent: Phone):
    act(parent)
    body, headers = line.signed(line.held)

    events = WebhookParser("secret").parse(body.decode(), headers["X-Line-Signature"])

    assert type(events[-1]).__name__ == kind
    assert events[-1].source.user_id == parent.user_id


def test_the_sdk_replies(sdk: MessagingApi, line: Platform, parent: Phone):
    request = ReplyMessageRequest(
        reply_token=line.held[-1]["replyToken"], messages=[TextMessage(text="こんにちは")]
    )

    answer = sdk.reply_message(request, _request_timeout=TIMEOUT)

    assert [sent.id for sent in answer.sent_messages] == [bubble.id for bubble in parent.screen]


def test_the_sdk_hears_that_a_push_was_accepted_before(sdk: MessagingApi, parent: Phone):
    request = PushMessageRequest(to=parent.user_id, messages=[TextMessage(text="お知らせ")])
    key = "123e4567-e89b-12d3-a456-426614174000"
    sdk.push_message(request, x_line_retry_key=key, _request_timeout=TIMEOUT)

    with pytest.raises(ApiException) as caught:
        sdk.push_message(request, x_line_retry_key=key, _request_timeout=TIMEOUT)

    assert caught.value.status == 409
    assert caught.value.headers["x-line-accepted-request-id"]
    assert parent.texts() == ["お知らせ"]


def test_the_sdk_understands_the_other_answers(sdk: MessagingApi, parent: Phone):
    loading = ShowLoadingAnimationRequest(chat_id=parent.user_id, loading_seconds=5)

    sdk.show_loading_animation(loading, _request_timeout=TIMEOUT)

    assert parent.loading
    assert sdk.get_bot_info(_request_timeout=TIMEOUT).chat_mode == "bot"
    assert sdk.get_message_quota(_request_timeout=TIMEOUT).type == "none"
    assert sdk.get_message_quota_consumption(_request_timeout=TIMEOUT).total_usage == 0
    assert sdk.get_profile(parent.user_id, _request_timeout=TIMEOUT).display_name == "保護者A"
