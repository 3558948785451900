"""What each address of the API does. Every function may raise Refused."""

import re
import uuid

from simulator.answering import Answer, Call
from simulator.channel import USER_ID
from simulator.checks import fields, message
from simulator.checks.fields import Json
from simulator.platform import BOT_USER_ID, Platform
from simulator.refusals import Problem, Refused, invalid

LOADING_SECONDS = range(5, 61, 5)
LOADING_USUALLY = 20
WEBHOOK_URL = re.compile(r"https?://\S{1,490}")  # LINE takes https only; a test's bot has no certificate
REASONS = {
    None: "OK",
    "could_not_connect": "COULD_NOT_CONNECT",
    "request_timeout": "REQUEST_TIMEOUT",
    "error_status_code": "ERROR_STATUS_CODE",
    "unclassified": "UNCLASSIFIED",
}


def reply(platform: Platform, call: Call) -> Answer:
    if call.retry_key is not None:
        raise Refused(400, "The retry key cannot be used with this API")
    body = call.json()
    token = _string(body, "replyToken")
    return Answer({"sentMessages": platform.channel.reply(token, message.accepted(body))})


def push(platform: Platform, call: Call) -> Answer:
    key = _retry_key(call)
    body = call.json()
    to = _string(body, "to")
    messages = message.accepted(body)
    return Answer(
        {"sentMessages": platform.channel.push(to, messages, retry_key=key, request_id=call.request_id)}
    )


def validate(platform: Platform, call: Call) -> Answer:
    message.accepted(call.json())
    return Answer()


def quota(platform: Platform, call: Call) -> Answer:
    limit = platform.quota
    return Answer({"type": "none"} if limit is None else {"type": "limited", "value": limit})


def consumption(platform: Platform, call: Call) -> Answer:
    return Answer({"totalUsage": platform.consumption})


def start_loading(platform: Platform, call: Call) -> Answer:
    body = call.json()
    seconds = body.get("loadingSeconds", LOADING_USUALLY)
    if seconds not in LOADING_SECONDS:
        raise invalid((Problem("Must be 5 to 60, in steps of 5", "loadingSeconds"),))
    platform.channel.show_loading(_user_id(body, "chatId"), seconds)
    return Answer(status=202)


def mark_as_read(platform: Platform, call: Call) -> Answer:
    platform.channel.mark_as_read(_string(call.json(), "markAsReadToken"))
    return Answer()


def profile(platform: Platform, call: Call) -> Answer:
    user_id = call.path["user_id"]
    return Answer(
        {"displayName": platform.channel.display_name(user_id), "userId": user_id, "language": "ja"}
    )


def info(platform: Platform, call: Call) -> Answer:
    about = {"basicId": "@000aaaaa", "displayName": "つなぐ窓口（練習）"}
    mode = platform.chat_mode
    modes = {"chatMode": mode, "markAsReadMode": "auto" if mode == "bot" else "manual"}
    return Answer({"userId": BOT_USER_ID} | about | modes)


def content(platform: Platform, call: Call) -> Answer:
    data, media_type = platform.channel.content(call.path["message_id"])
    return Answer(data, headers={"Content-Type": media_type})


def transcoding(platform: Platform, call: Call) -> Answer:
    """Here everything is prepared; that it is not can be said by a fault of `content`."""
    platform.channel.content(call.path["message_id"])
    return Answer({"status": "succeeded"})


def webhook_endpoint(platform: Platform, call: Call) -> Answer:
    if platform.webhook_url is None:
        raise Refused(404, "Webhook endpoint not found")
    return Answer({"endpoint": platform.webhook_url, "active": platform.webhook_active})


def set_webhook_endpoint(platform: Platform, call: Call) -> Answer:
    platform.webhook_url = _webhook_url(call.json())
    return Answer()


def test_webhook(platform: Platform, call: Call) -> Answer:
    body = call.json() if call.raw else {}
    delivery = platform.ping_webhook(_webhook_url(body) if "endpoint" in body else None)
    at = delivery.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    outcome = {"statusCode": delivery.status or 0, "reason": REASONS[delivery.error]}
    detail = str(delivery.status or delivery.error)
    return Answer({"success": delivery.delivered, "timestamp": at} | outcome | {"detail": detail})


def unknown(platform: Platform, call: Call) -> Answer:
    raise Refused(404, "Not found")


def _string(body: Json, name: str) -> str:
    problems = tuple(fields.text(body, name, "", 10_000))
    if problems:
        raise invalid(problems)
    return str(body[name])


def _user_id(body: Json, name: str) -> str:
    value = _string(body, name)
    if not USER_ID.fullmatch(value):
        raise invalid((Problem("Must be a user id", name),))
    return value


def _webhook_url(body: Json) -> str:
    url = _string(body, "endpoint")
    if not WEBHOOK_URL.fullmatch(url):
        raise Refused(400, "Invalid webhook endpoint URL")
    return url


def _retry_key(call: Call) -> str | None:
    try:
        return call.retry_key and str(uuid.UUID(call.retry_key))
    except ValueError:
        raise Refused(400, "The retry key must be a UUID") from None
