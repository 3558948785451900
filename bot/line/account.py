"""The account at LINE as an operator sets it up: what it is, its webhook, its menus.

Apart from `bot.line.client`, which speaks with parents: nothing here is asked for while messages are answered.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from linebot.v3.messaging import (
    MessagingApi,
    MessagingApiBlob,
    RichMenuRequest,
    SetWebhookEndpointRequest,
    TestWebhookEndpointRequest,
)
from linebot.v3.messaging.exceptions import ApiException
from pydantic.v1 import ValidationError
from urllib3.exceptions import HTTPError

from bot.line.client import TIMEOUT, connected
from bot.line.content import data_host

PICTURE_TIMEOUT: Final = (3.05, 30.0)  # seconds to connect, to answer
TEST_TIMEOUT: Final = (3.05, 15.0)  # LINE asks our server meanwhile


class Refused(Exception):
    """LINE answered, and said no."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class NoAnswer(Exception):
    """The network, or an answer that nobody can read. LINE may have done it."""


@dataclass(frozen=True, slots=True)
class Info:
    name: str
    basic_id: str  # "@123abcde"
    chat_mode: str  # "chat" or "bot"
    answered_at: datetime | None  # by LINE's clock


@dataclass(frozen=True, slots=True)
class Endpoint:
    address: str  # "" for none
    active: bool  # whether LINE sends events there


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of LINE's calling our webhook."""

    good: bool
    status: int  # 0 or less: there was no answer
    reason: str  # LINE's word


@dataclass(frozen=True, slots=True)
class Found:
    """A rich menu at LINE."""

    id: str
    name: str


class Account:
    """Every method raises Refused and NoAnswer."""

    def __init__(self, host: str, access_token: str) -> None:
        self._clients = (connected(host, access_token), connected(data_host(host), access_token))
        self._api, self._data = MessagingApi(self._clients[0]), MessagingApiBlob(self._clients[1])

    def info(self) -> Info:
        with _asking():
            answer = self._api.get_bot_info_with_http_info(_request_timeout=TIMEOUT)
        date, bot = (answer.headers or {}).get("Date"), answer.data
        return Info(
            str(bot.display_name),
            str(bot.basic_id),
            str(bot.chat_mode),
            parsedate_to_datetime(date) if date else None,
        )

    def webhook(self) -> Endpoint:
        try:
            with _asking():
                answer = self._api.get_webhook_endpoint(_request_timeout=TIMEOUT)
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return Endpoint("", False)
            raise
        return Endpoint(str(answer.endpoint), bool(answer.active))

    def set_webhook(self, address: str) -> None:
        request = SetWebhookEndpointRequest(endpoint=address)
        with _asking(), suppress(ValidationError):
            self._api.set_webhook_endpoint(request, _request_timeout=TIMEOUT)

    def try_webhook(self, address: str) -> Tried:
        request = TestWebhookEndpointRequest(endpoint=address)
        with _asking():
            answer = self._api.test_webhook_endpoint(request, _request_timeout=TEST_TIMEOUT)
        return Tried(bool(answer.success), int(answer.status_code), str(answer.reason))

    def menus(self) -> list[Found]:
        """Everybody's. Not by the SDK's own reading, which gives up the whole list for one action that it does not know."""
        with _asking():
            answer = self._clients[0].call_api(
                "/v2/bot/richmenu/list",
                "GET",
                response_types_map={},
                auth_settings=["Bearer"],
                _return_http_data_only=False,
                _request_timeout=TIMEOUT,
            )
            return [
                Found(str(one["richMenuId"]), str(one.get("name", "")))
                for one in json.loads(answer.raw_data)["richmenus"]
            ]

    def create_menu(self, menu: dict[str, Any]) -> str:
        """Checked by LINE first: nothing half-made stays behind. Returns its id. It is not shown before it has a picture."""
        request = RichMenuRequest.from_dict(menu)
        with _asking():
            self._api.validate_rich_menu_object(request, _request_timeout=TIMEOUT)
            return str(self._api.create_rich_menu(request, _request_timeout=TIMEOUT).rich_menu_id)

    def has_picture(self, menu_id: str) -> bool:
        try:
            with _asking():
                self._data.get_rich_menu_image(menu_id, _request_timeout=PICTURE_TIMEOUT)
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def put_picture(self, menu_id: str, picture: bytes, kind: str) -> None:
        """Once for each menu: a picture cannot be replaced."""
        with _asking():
            self._data.set_rich_menu_image(
                menu_id, picture, _headers={"Content-Type": kind}, _request_timeout=PICTURE_TIMEOUT
            )

    def default_menu(self) -> str:
        """Its id; "" for none."""
        try:
            with _asking():
                return str(self._api.get_default_rich_menu_id(_request_timeout=TIMEOUT).rich_menu_id)
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return ""
            raise

    def set_default_menu(self, menu_id: str) -> None:
        with _asking():
            self._api.set_default_rich_menu(menu_id, _request_timeout=TIMEOUT)

    def delete_menu(self, menu_id: str) -> None:
        """Where it is gone already, all is well."""
        try:
            with _asking():
                self._api.delete_rich_menu(menu_id, _request_timeout=TIMEOUT)
        except Refused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise

    def close(self) -> None:
        for client in self._clients:
            client.close()
            client.rest_client.pool_manager.clear()


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        if not error.status:  # TLS
            raise NoAnswer(type(error).__name__) from None
        raise Refused(error.status) from None
    except (HTTPError, ValueError, KeyError, TypeError) as error:  # ValidationError is a ValueError
        raise NoAnswer(type(error).__name__) from None
