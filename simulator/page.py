"""The practice page: phones to write from, and what lies behind them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, jsonify, render_template, request

from simulator.acts import ACTS, word
from simulator.faults import FaultKind
from simulator.phone import Phone
from simulator.platform import Platform
from simulator.refusals import Refused
from simulator.screen import Bubble, CannotDo

NAME_LETTERS = 20
RECENT = 12

SAMPLES = (
    "一時保育どこ",
    "夜泣きがつらい",
    "39度 今診てもらえるところ",
    "若宮3丁目",
    "保育園の申し込みはいつまで？",
    "ことばが遅い気がする",
    "近くの児童館は何時まで？",
    "どこに相談すればいいかわからない",
    "人と話したい",
    "もう限界、今夜預かってほしい",
    "たたいてしまいそう",
    "消えてしまいたい",
    "ありがとう",
    "相談をやめる",
)


FAULTS = {
    FaultKind.SERVER_ERROR_BEFORE: "送らずに500",
    FaultKind.SERVER_ERROR_AFTER: "送ってから500",
    FaultKind.TIMEOUT_BEFORE: "送らず、返事もない",
    FaultKind.TIMEOUT_AFTER: "送ったが、返事がない",
    FaultKind.RATE_LIMITED: "多すぎると断る(429)",
    FaultKind.UNAUTHORIZED: "トークンを断る(401)",
    FaultKind.MALFORMED_OK: "送ったが、返事の中身がない",
    FaultKind.SLOW: "遅い",
    FaultKind.NOT_READY: "写真などが、まだ用意できない(202)",
    FaultKind.GONE: "写真などが、もうない(404)",
}


class PlaceToShare(NamedTuple):
    """A place that the page offers for sharing."""

    name: str
    latitude: float
    longitude: float


def blueprint(
    platform: Platform, *, places: Sequence[tuple[str, float, float]], samples: Sequence[str]
) -> Blueprint:
    """The page at `/` and what its script asks for. Every POST must be JSON: no other site's form can send that."""
    routes = Blueprint("page", __name__)

    @routes.before_request
    def only_json() -> None:
        if request.method == "POST" and not request.is_json:
            abort(415)

    @routes.get("/")
    def home() -> str:
        offered = [PlaceToShare(*place) for place in places]
        return render_template("simulator.html", places=offered, samples=samples, faults=FAULTS)

    @routes.get("/parents")
    def parents() -> Response:
        return jsonify([_parent(phone) for phone in platform.phones])

    @routes.post("/parents")
    def add_parent() -> Response:
        phone = platform.phone(word(request.get_json(), "name", NAME_LETTERS))
        return jsonify(_parent(phone))

    @routes.get("/parents/<user_id>/news")
    def news(user_id: str) -> Response | tuple[str, int]:
        phone = _phone(platform, user_id)
        since = request.args.get("since", -1, type=int)
        loading = request.args.get("loading") == "1"
        with platform.lock:
            if phone.revision == since and phone.loading == loading:
                return "", 204
            return jsonify(_news(phone, since))

    @routes.get("/menus/<menu_id>")
    def menu_picture(menu_id: str) -> Response:
        try:
            with platform.lock:
                menu = platform.menus.picture(menu_id)
        except Refused:
            abort(404)
        return Response(menu.picture, mimetype=menu.picture_type, headers={"Cache-Control": "max-age=3600"})

    @routes.post("/parents/<user_id>/<act>")
    def do(user_id: str, act: str) -> Response | tuple[Response, int]:
        phone, work = _phone(platform, user_id), ACTS.get(act) or abort(404)
        try:
            return jsonify(opens=work(phone, request.get_json()))
        except CannotDo as refused:
            return jsonify(message=str(refused)), 409

    _behind(routes, platform)
    return routes


def _behind(routes: Blueprint, platform: Platform) -> None:
    """What a parent does not see: the clock, the quota, the faults, the requests."""

    @routes.get("/behind")
    def behind() -> Response:
        recent = [(call.method, call.path, call.status) for call in platform.requests[-RECENT:]]
        failed = [delivery.error for delivery in platform.deliveries[-RECENT:] if delivery.error]
        return jsonify(
            now=platform.now().isoformat(),
            quota=platform.quota,
            consumption=platform.consumption,
            undelivered=platform.undelivered,
            faults=[asdict(fault) for fault in platform.faults.waiting],
            requests=recent[::-1],
            failed=failed[::-1],
        )

    @routes.post("/faults")
    def add_fault() -> Response:
        wanted = request.get_json()
        try:
            platform.faults.add(
                str(wanted["kind"]),
                str(wanted.get("endpoint", "any")),
                int(wanted.get("times", 1)),
                seconds=float(wanted.get("seconds", 30)),
            )
        except (KeyError, TypeError, ValueError):
            abort(400)
        return jsonify([asdict(fault) for fault in platform.faults.waiting])

    @routes.post("/faults/clear")
    def clear_faults() -> Response:
        platform.faults.clear()
        return jsonify([])

    @routes.post("/quota")
    def set_quota() -> Response:
        limit = request.get_json().get("limit")
        if limit is not None and (not isinstance(limit, int) or limit < 0):
            abort(400)
        platform.quota = limit
        return jsonify(quota=limit)

    @routes.post("/redeliver")
    def redeliver() -> Response:
        return jsonify(requests=platform.redeliver())

    @routes.post("/duplicate")
    def duplicate() -> Response:
        platform.duplicate(1)
        return jsonify(ok=True)


def _phone(platform: Platform, user_id: str) -> Phone:
    return platform.phone_of(user_id) or abort(404)


def _parent(phone: Phone) -> dict[str, Any]:
    received = sum(not bubble.mine for bubble in phone.screen)
    return {"id": phone.user_id, "name": phone.name, "received": received}


def _news(phone: Phone, since: int) -> dict[str, Any]:
    return {
        "revision": phone.revision,
        "bubbles": [_bubble(bubble) for bubble in phone.screen if bubble.revision > since],
        "quickReplies": phone.quick_replies,
        "loading": phone.loading,
        "menu": _menu(phone),
        "friend": phone.friend,
        "blocked": phone.blocked,
    }


def _menu(phone: Phone) -> dict[str, Any] | None:
    menu = phone.menu
    if menu is None:
        return None
    shown = ("size", "selected", "chatBarText", "areas")
    return {"id": menu.id} | {name: menu.body[name] for name in shown}


def _bubble(bubble: Bubble) -> dict[str, Any]:
    return asdict(bubble) | {"at": bubble.at.isoformat()}
