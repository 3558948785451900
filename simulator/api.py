"""The Messaging API's addresses.

Source: https://developers.line.biz/en/reference/messaging-api/
"""

from collections.abc import Callable

from flask import Blueprint, Response

from simulator import endpoints, menu_endpoints
from simulator.answering import Endpoint, respond
from simulator.platform import Platform

ENDPOINTS = (
    Endpoint("POST", "/v2/bot/message/reply", "reply", endpoints.reply),
    Endpoint("POST", "/v2/bot/message/push", "push", endpoints.push),
    Endpoint("POST", "/v2/bot/message/validate/reply", "validate", endpoints.validate),
    Endpoint("POST", "/v2/bot/message/validate/push", "validate", endpoints.validate),
    Endpoint("GET", "/v2/bot/message/quota", "quota", endpoints.quota),
    Endpoint("GET", "/v2/bot/message/quota/consumption", "consumption", endpoints.consumption),
    Endpoint("GET", "/v2/bot/message/<message_id>/content", "content", endpoints.content),
    Endpoint("GET", "/v2/bot/message/<message_id>/content/transcoding", "transcoding", endpoints.transcoding),
    Endpoint("POST", "/v2/bot/chat/loading/start", "loading", endpoints.start_loading),
    Endpoint("POST", "/v2/bot/chat/markAsRead", "mark_as_read", endpoints.mark_as_read),
    Endpoint("GET", "/v2/bot/profile/<user_id>", "profile", endpoints.profile),
    Endpoint("GET", "/v2/bot/info", "info", endpoints.info),
    Endpoint("GET", "/v2/bot/channel/webhook/endpoint", "webhook_endpoint", endpoints.webhook_endpoint),
    Endpoint("PUT", "/v2/bot/channel/webhook/endpoint", "webhook_endpoint", endpoints.set_webhook_endpoint),
    Endpoint("POST", "/v2/bot/channel/webhook/test", "webhook_test", endpoints.test_webhook),
    Endpoint("POST", "/v2/bot/richmenu", "create_menu", menu_endpoints.create),
    Endpoint("POST", "/v2/bot/richmenu/validate", "validate_menu", menu_endpoints.validate),
    Endpoint("GET", "/v2/bot/richmenu/list", "list_menus", menu_endpoints.every),
    Endpoint("POST", "/v2/bot/richmenu/bulk/link", "link_menus", menu_endpoints.link_many),
    Endpoint("POST", "/v2/bot/richmenu/bulk/unlink", "unlink_menus", menu_endpoints.unlink_many),
    Endpoint("GET", "/v2/bot/richmenu/<menu_id>", "menu", menu_endpoints.one),
    Endpoint("DELETE", "/v2/bot/richmenu/<menu_id>", "delete_menu", menu_endpoints.delete),
    Endpoint("POST", "/v2/bot/richmenu/<menu_id>/content", "menu_picture", menu_endpoints.put_picture),
    Endpoint("GET", "/v2/bot/richmenu/<menu_id>/content", "menu_picture", menu_endpoints.picture),
    Endpoint("GET", "/v2/bot/user/all/richmenu", "default_menu", menu_endpoints.default),
    Endpoint("DELETE", "/v2/bot/user/all/richmenu", "default_menu", menu_endpoints.cancel_default),
    Endpoint("POST", "/v2/bot/user/all/richmenu/<menu_id>", "set_default_menu", menu_endpoints.set_default),
    Endpoint("GET", "/v2/bot/user/<user_id>/richmenu", "menu_of_user", menu_endpoints.of_user),
    Endpoint("DELETE", "/v2/bot/user/<user_id>/richmenu", "unlink_menu", menu_endpoints.unlink),
    Endpoint("POST", "/v2/bot/user/<user_id>/richmenu/<menu_id>", "link_menu", menu_endpoints.link),
    *(
        Endpoint(method, "/<path:rest>", "unknown", endpoints.unknown)
        for method in ("GET", "POST", "PUT", "DELETE")
    ),
)


def blueprint(platform: Platform) -> Blueprint:
    """The routes, to be registered under a prefix."""
    routes = Blueprint("line_api", __name__)
    for number, endpoint in enumerate(ENDPOINTS):
        routes.add_url_rule(
            endpoint.rule, f"{endpoint.name}_{number}", _view(platform, endpoint), methods=[endpoint.method]
        )
    return routes


def _view(platform: Platform, endpoint: Endpoint) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return respond(platform, endpoint, path)

    return view
