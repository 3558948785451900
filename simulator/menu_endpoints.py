"""What each address about rich menus does. Every function may raise Refused."""

from typing import Any

from simulator import menus
from simulator.answering import Answer, Call
from simulator.channel import USER_ID
from simulator.menus import RichMenu
from simulator.platform import Platform
from simulator.refusals import Problem, Refused, invalid

MOST_AT_ONCE = 500


def create(platform: Platform, call: Call) -> Answer:
    return Answer({"richMenuId": platform.create_menu(call.json())})


def validate(platform: Platform, call: Call) -> Answer:
    menus.check(call.json())
    return Answer()


def every(platform: Platform, call: Call) -> Answer:
    with platform.lock:
        return Answer({"richmenus": [_shown(menu) for menu in platform.menus]})


def one(platform: Platform, call: Call) -> Answer:
    with platform.lock:
        return Answer(_shown(platform.menus.get(call.path["menu_id"])))


def delete(platform: Platform, call: Call) -> Answer:
    platform.change_menus(lambda: platform.menus.delete(call.path["menu_id"]))
    return Answer()


def put_picture(platform: Platform, call: Call) -> Answer:
    with platform.lock:
        platform.menus.put_picture(call.path["menu_id"], call.raw, call.media_type)
    return Answer()


def picture(platform: Platform, call: Call) -> Answer:
    with platform.lock:
        menu = platform.menus.picture(call.path["menu_id"])
    return Answer(menu.picture, headers={"Content-Type": menu.picture_type})


def set_default(platform: Platform, call: Call) -> Answer:
    platform.change_menus(lambda: platform.menus.set_default(call.path["menu_id"]))
    return Answer()


def default(platform: Platform, call: Call) -> Answer:
    if platform.menus.default is None:
        raise Refused(404, "no default richmenu")
    return Answer({"richMenuId": platform.menus.default})


def cancel_default(platform: Platform, call: Call) -> Answer:
    platform.change_menus(lambda: platform.menus.set_default(None))
    return Answer()


def link(platform: Platform, call: Call) -> Answer:
    platform.link_menu([_user(call.path["user_id"], "userId")], call.path["menu_id"])
    return Answer()


def of_user(platform: Platform, call: Call) -> Answer:
    linked = platform.menus.linked(_user(call.path["user_id"], "userId"))
    if linked is None:
        raise Refused(404, "the user has no richmenu")
    return Answer({"richMenuId": linked})


def unlink(platform: Platform, call: Call) -> Answer:
    platform.unlink_menu([_user(call.path["user_id"], "userId")])
    return Answer()


def link_many(platform: Platform, call: Call) -> Answer:
    body = call.json()
    platform.link_menu(_users(body), str(body.get("richMenuId")))
    return Answer(status=202)


def unlink_many(platform: Platform, call: Call) -> Answer:
    platform.unlink_menu(_users(call.json()))
    return Answer(status=202)


def _shown(menu: RichMenu) -> dict[str, Any]:
    return {"richMenuId": menu.id} | menu.body


def _users(body: dict[str, Any]) -> list[str]:
    users = body.get("userIds")
    if not isinstance(users, list) or not 1 <= len(users) <= MOST_AT_ONCE:
        raise invalid((Problem(f"Size must be between 1 and {MOST_AT_ONCE}", "userIds"),))
    return [_user(str(user), "userIds") for user in users]


def _user(user_id: str, name: str) -> str:
    if not USER_ID.fullmatch(user_id):
        raise invalid((Problem("Must be a user id", name),))
    return user_id
