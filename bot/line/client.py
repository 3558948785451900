"""The Messaging API through LINE's SDK: one request, and what its answer means for us.

The SDK takes more than a second to import: only what sends imports this module.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from linebot.v3.messaging import (
    ApiClient,
    Configuration,
    MessagingApi,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
)
from linebot.v3.messaging.exceptions import ApiException
from pydantic.v1 import ValidationError
from urllib3.exceptions import HTTPError

from bot.line.render import render
from conversation.messages import Outgoing

TIMEOUT: Final = (3.05, 5.0)  # seconds to connect, to answer
REPLY, PUSH, MENU = "reply", "push", "menu"
QUOTA_ERRORS: Final = (ApiException, HTTPError, ValidationError)
REQUEST_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")

for noisy in ("linebot", "urllib3"):  # at DEBUG they log bodies
    logging.getLogger(noisy).setLevel(logging.WARNING)


class Verdict(Enum):
    ACCEPTED = "accepted"
    TOKEN_DEAD = "token dead"  # noqa: S105  the reply token was used or is too old
    REFUSED = "refused"  # and will be, however often it is sent
    UNAUTHORIZED = "unauthorized"  # our access token is bad
    NO_QUOTA = "no quota"  # this month's messages are used up
    TRY_LATER = "try later"  # we cannot tell whether it was accepted, or LINE is busy


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    via: str
    message_ids: tuple[str, ...] = ()
    problem: str = ""  # status and LINE's property names; never the words
    request_id: str = ""  # LINE's own, by which its support finds the request


def connected(host: str, access_token: str) -> ApiClient:
    configuration = Configuration(host=host, access_token=access_token)
    configuration.retries = False  # we retry ourselves, with the same key and over hours
    return ApiClient(configuration)


class LineClient:
    """One per process; threads may share it."""

    def __init__(self, host: str, access_token: str) -> None:
        self._client = connected(host, access_token)
        self._api = MessagingApi(self._client)

    def reply(self, token: str, outgoing: Sequence[Outgoing]) -> Answer:
        """Free. A token works once, so the same one again cannot send twice."""
        request = ReplyMessageRequest(replyToken=token, messages=render(outgoing))
        return self._ask(
            REPLY, lambda: self._api.reply_message_with_http_info(request, _request_timeout=TIMEOUT)
        )

    def push(self, user_id: str, outgoing: Sequence[Outgoing], retry_key: str) -> Answer:
        """Counted. The same retry key within 24 hours cannot send twice."""
        request = PushMessageRequest(to=user_id, messages=render(outgoing))
        return self._ask(
            PUSH,
            lambda: self._api.push_message_with_http_info(
                request, x_line_retry_key=retry_key, _request_timeout=TIMEOUT
            ),
        )

    def show_loading(self, user_id: str, seconds: int) -> str:
        """The moving dots, until a message comes or `seconds` (5 to 60, by fives) have passed. Returns why not, or ""."""
        request = ShowLoadingAnimationRequest(chatId=user_id, loadingSeconds=seconds)
        try:
            self._api.show_loading_animation(request, _request_timeout=TIMEOUT)
        except ApiException as error:
            return str(error.status)
        except ValidationError:  # 202 with a body we do not know
            return ""
        except (HTTPError, UnicodeDecodeError) as error:
            return type(error).__name__
        return ""

    def link_menu(self, user_id: str, menu_id: str) -> Answer:
        """Twice is as once. LINE says yes where it cannot show it, too: to who has blocked us."""
        return self._ask(
            MENU,
            lambda: self._api.link_rich_menu_id_to_user_with_http_info(
                user_id, menu_id, _request_timeout=TIMEOUT
            ),
        )

    def unlink_menu(self, user_id: str) -> Answer:
        """The parent sees again what everybody sees."""
        return self._ask(
            MENU,
            lambda: self._api.unlink_rich_menu_id_from_user_with_http_info(user_id, _request_timeout=TIMEOUT),
        )

    def quota(self) -> tuple[int, int | None]:
        """This month's counted messages: used, by LINE's approximate count, and at most. Raises QUOTA_ERRORS."""
        most = self._api.get_message_quota(_request_timeout=TIMEOUT).value
        used = self._api.get_message_quota_consumption(_request_timeout=TIMEOUT).total_usage
        return int(used), None if most is None else int(most)

    def close(self) -> None:
        self._client.close()
        self._client.rest_client.pool_manager.clear()

    def _ask(self, via: str, call: Any) -> Answer:
        try:
            answer = call()
            sent = () if via == MENU else answer.data.sent_messages
            ids = tuple(message.id for message in sent)
            return Answer(Verdict.ACCEPTED, via, ids, request_id=_request_id(answer.headers))
        except ValidationError:
            return Answer(Verdict.ACCEPTED, via)  # 200 with a body we do not know: sent all the same
        except ApiException as error:
            return replace(self._refused(via, error), request_id=_request_id(error.headers))
        except (HTTPError, UnicodeDecodeError) as error:  # the network; an error page in another encoding
            return Answer(Verdict.TRY_LATER, via, problem=type(error).__name__)

    def _refused(self, via: str, error: ApiException) -> Answer:
        body = _json(error.body)
        problem = _problem(error.status, body)
        match error.status:
            case HTTPStatus.CONFLICT if via == PUSH:
                return Answer(Verdict.ACCEPTED, via, _sent_before(body))
            case HTTPStatus.BAD_REQUEST if (
                via == REPLY and "reply token" in str(body.get("message", "")).lower()
            ):
                return Answer(Verdict.TOKEN_DEAD, via, problem=problem)
            case HTTPStatus.UNAUTHORIZED:
                return Answer(Verdict.UNAUTHORIZED, via, problem=problem)
            case HTTPStatus.TOO_MANY_REQUESTS if via != MENU and self._quota_is_spent(body):
                return Answer(Verdict.NO_QUOTA, via, problem=problem)
            case status if status == HTTPStatus.TOO_MANY_REQUESTS or status == 0 or status >= 500:
                return Answer(Verdict.TRY_LATER, via, problem=problem)
            case _:
                return Answer(Verdict.REFUSED, via, problem=problem)

    def _quota_is_spent(self, body: dict[str, Any]) -> bool:
        """LINE's words are no contract, so its numbers are asked too."""
        if "monthly limit" in str(body.get("message", "")):
            return True
        try:
            used, most = self.quota()
        except QUOTA_ERRORS:
            return False
        return most is not None and used >= most


def _sent_before(body: dict[str, Any]) -> tuple[str, ...]:
    sent = body.get("sentMessages")
    return (
        tuple(str(one.get("id")) for one in sent if isinstance(one, dict)) if isinstance(sent, list) else ()
    )


def _request_id(headers: Mapping[str, str] | None) -> str:
    given = (headers or {}).get("x-line-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else ""


def _problem(status: int, body: dict[str, Any]) -> str:
    details = body.get("details")
    names = (
        [str(one.get("property")) for one in details if isinstance(one, dict)]
        if isinstance(details, list)
        else []
    )
    return " ".join([str(status), *names])[:200]


def _json(text: str | bytes | None) -> dict[str, Any]:
    try:
        body = json.loads(text or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
