"""Rich menus: what the bot put there, which is the default, and who has one of their own.

Source: https://developers.line.biz/en/reference/messaging-api/#rich-menu
"""

import secrets
import struct
from dataclasses import dataclass
from typing import Any

from simulator.checks import rich_menu
from simulator.refusals import Refused, invalid

MOST = 1000
MOST_BYTES = 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg"})
NOT_FOUND = "Not found"
NO_PICTURE = "must upload richmenu image before applying it to user"


@dataclass(slots=True)
class RichMenu:
    """One menu, as it was sent, and its picture."""

    id: str
    body: dict[str, Any]
    picture: bytes = b""
    picture_type: str = ""

    @property
    def labels(self) -> list[str]:
        return [str(area["action"].get("label")) for area in self.body["areas"]]


class RichMenus:
    """Guarded by the platform's lock."""

    def __init__(self) -> None:
        self._menus: dict[str, RichMenu] = {}
        self._aliases: dict[str, str] = {}
        self._of_user: dict[str, str] = {}
        self.default: str | None = None

    def __iter__(self) -> Any:
        return iter(self._menus.values())

    def create(self, body: dict[str, Any]) -> str:
        """Refused: it is not as LINE wants it, or there are too many."""
        check(body)
        if len(self._menus) >= MOST:
            raise Refused(400, "The maximum number of rich menus has been reached")
        menu_id = f"richmenu-{secrets.token_hex(16)}"
        self._menus[menu_id] = RichMenu(menu_id, body)
        return menu_id

    def get(self, menu_id: str) -> RichMenu:
        """Refused: there is none."""
        if (menu := self._menus.get(menu_id)) is None:
            raise Refused(404, NOT_FOUND)
        return menu

    def delete(self, menu_id: str) -> None:
        """It goes from every phone."""
        self.get(menu_id)
        del self._menus[menu_id]
        self._of_user = {user: menu for user, menu in self._of_user.items() if menu != menu_id}
        self.default = None if self.default == menu_id else self.default

    def put_picture(self, menu_id: str, picture: bytes, kind: str) -> None:
        """Refused: no such menu, another kind of file, too large, of another size, or there is one already."""
        menu = self.get(menu_id)
        if kind not in PICTURES:
            raise Refused(415, "Unsupported media type")
        if len(picture) > MOST_BYTES:
            raise Refused(413, "Request body is too large")
        if menu.picture:
            raise Refused(400, "An image has already been uploaded to the richmenu")
        if _size(picture, kind) != (menu.body["size"]["width"], menu.body["size"]["height"]):
            raise Refused(400, "The image size does not match the size of the rich menu")
        menu.picture, menu.picture_type = picture, kind

    def picture(self, menu_id: str) -> RichMenu:
        """Refused: there is none."""
        menu = self.get(menu_id)
        if not menu.picture:
            raise Refused(404, NOT_FOUND)
        return menu

    def set_default(self, menu_id: str | None) -> None:
        """Refused: no such menu, or it has no picture."""
        if menu_id is not None:
            self._showable(menu_id)
        self.default = menu_id

    def link(self, user_id: str, menu_id: str, *, applies: bool) -> None:
        """`applies`: whether LINE does it, which says yes in any case. Refused: no such menu, or it has no picture."""
        self._showable(menu_id)
        if applies:
            self._of_user[user_id] = menu_id

    def unlink(self, user_id: str) -> None:
        self._of_user.pop(user_id, None)

    def linked(self, user_id: str) -> str | None:
        return self._of_user.get(user_id)

    def shown_to(self, user_id: str) -> RichMenu | None:
        return self._menus.get(self._of_user.get(user_id) or self.default or "")

    def _showable(self, menu_id: str) -> None:
        if not self.get(menu_id).picture:
            raise Refused(400, NO_PICTURE)


def check(body: dict[str, Any]) -> None:
    """Refused with everything that is wrong in it."""
    if problems := tuple(rich_menu.check(body)):
        raise invalid(problems)


def _size(picture: bytes, kind: str) -> tuple[int, int] | None:
    return _png_size(picture) if kind == "image/png" else _jpeg_size(picture)


def _png_size(picture: bytes) -> tuple[int, int] | None:
    if not picture.startswith(b"\x89PNG\r\n\x1a\n") or len(picture) < 24:
        return None
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def _jpeg_size(picture: bytes) -> tuple[int, int] | None:
    """From the frame's header, which follows some segments that say how long they are."""
    at = 2
    while picture[:2] == b"\xff\xd8" and at + 9 <= len(picture) and picture[at] == 0xFF:
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
