"""A parent's phone: what it sends, what it shows, and what its buttons do."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Protocol

from simulator import ids, media
from simulator.actions import Action
from simulator.menus import RichMenu
from simulator.screen import Bubble, CannotDo, NoSuchButton, Screen, in_words

STILL_REACHABLE = timedelta(days=7)  # someone who wrote to us but is no friend
ANSWERED_ELSEWHERE = frozenset({"location", "camera", "cameraRoll", "datetimepicker"})
FROM_LINE = {"contentProvider": {"type": "line"}}


class Network(Protocol):
    """What a phone needs of LINE."""

    lock: RLock

    def now(self) -> datetime: ...
    def new_message_id(self) -> str: ...
    def new_read_token(self) -> str: ...
    def menu_of(self, user_id: str) -> RichMenu | None: ...
    def emit(
        self, user_id: str, kind: str, about: Mapping[str, Any], *, at: datetime, answerable: bool
    ) -> None: ...


class Phone:
    """One parent's LINE. Each act waits until its webhook was delivered or failed."""

    def __init__(self, name: str, network: Network) -> None:
        self.name = name
        self.user_id = ids.user_id(name)
        self.friend = False
        self.blocked = False
        self._network = network
        self._screen = Screen()
        self._last_said: datetime | None = None
        self._contents: dict[str, tuple[bytes, str]] = {}  # by message id: of what is not only pretended

    # What it shows

    @property
    def screen(self) -> tuple[Bubble, ...]:
        """Everything in the talk, oldest first."""
        with self._network.lock:
            return tuple(self._screen.bubbles)

    @property
    def quick_replies(self) -> tuple[Action, ...]:
        """The actions below the last message; none once anyone wrote again or one was tapped."""
        with self._network.lock:
            return self._screen.quick_replies()

    @property
    def loading(self) -> bool:
        """Whether the three moving dots are shown."""
        with self._network.lock:
            return self._screen.loading(self._network.now())

    @property
    def menu(self) -> RichMenu | None:
        """The rich menu below the talk; friends alone have one."""
        return self._network.menu_of(self.user_id) if self.friend else None

    @property
    def revision(self) -> int:
        """Grows with every change of what is shown."""
        return self._screen.revision

    def texts(self) -> list[str]:
        """What the bot wrote, in order: texts, and the altText or title of anything else."""
        return [in_words(bubble.message) for bubble in self.screen if not bubble.mine]

    # What it sends

    def follow(self) -> None:
        """Add the account as a friend."""
        self._befriend(unblocked=False)

    def block(self) -> None:
        """Block the account; the bot hears `unfollow`."""
        self._stand(friend=False, blocked=True)
        self._emit("unfollow", {}, answerable=False)

    def unblock(self) -> None:
        """Unblock the account; the bot hears `follow` with isUnblocked."""
        self._befriend(unblocked=True)

    def say(self, text: str, quoted: str | None = None) -> str:
        """Write a text, perhaps as an answer to the message with this id. Returns the message's id."""
        quoting = {"quotedMessageId": quoted} if quoted else {}
        return self._send({"type": "text", "text": text, "quoteToken": ids.token()} | quoting, quoted)

    def share_location(
        self, latitude: float, longitude: float, title: str | None = None, address: str | None = None
    ) -> str:
        """Share a place. Returns the message's id."""
        named = {key: value for key, value in (("title", title), ("address", address)) if value}
        return self._send({"type": "location"} | named | {"latitude": latitude, "longitude": longitude})

    def send_sticker(self, package_id: str = "446", sticker_id: str = "1988") -> str:
        """Send a sticker. Returns the message's id."""
        sticker = {"packageId": package_id, "stickerId": sticker_id, "stickerResourceType": "STATIC"}
        return self._send({"type": "sticker"} | sticker | {"quoteToken": ids.token()})

    def send_image(self, data: bytes | None = None, media_type: str = "image/jpeg") -> str:
        """Send a photo: this one, or one that is pretended. Returns the message's id."""
        return self._send({"type": "image", "quoteToken": ids.token()} | FROM_LINE, holds=(data, media_type))

    def send_video(self, data: bytes | None = None, media_type: str = "video/mp4") -> str:
        """Send a film of a second. Returns the message's id."""
        film = {"type": "video", "quoteToken": ids.token(), "duration": 1000} | FROM_LINE
        return self._send(film, holds=(data, media_type))

    def send_audio(self, data: bytes | None = None, media_type: str = "audio/x-m4a") -> str:
        """Send a voice message of a tenth of a second. Returns the message's id."""
        return self._send({"type": "audio", "duration": 100} | FROM_LINE, holds=(data, media_type))

    def send_file(
        self, name: str = "memo.txt", data: bytes | None = None, media_type: str = "application/octet-stream"
    ) -> str:
        """Send a file. Returns the message's id."""
        size = len(media.content("file")[0] if data is None else data)
        return self._send({"type": "file", "fileName": name, "fileSize": size}, holds=(data, media_type))

    def send_image_from_elsewhere(self, address: str) -> str:
        """Send a photo as an app inside LINE does: LINE only has its address. Returns the message's id."""
        provider = {"type": "external", "originalContentUrl": address, "previewImageUrl": address}
        return self._send({"type": "image", "quoteToken": ids.token(), "contentProvider": provider})

    def content(self, message_id: str, kind: str) -> tuple[bytes, str]:
        """The bytes and media type of what was sent in this message."""
        return self._contents.get(message_id) or media.content(kind)

    def unsend(self, message_id: str) -> None:
        """Take back a message of one's own. CannotDo: there is no such message."""
        with self._network.lock:
            self._screen.unsend(message_id)
            self._contents.pop(message_id, None)
        self._emit("unsend", {"unsend": {"messageId": message_id}}, answerable=False)

    def postback(self, data: str) -> None:
        """Send a postback as a tapped button does."""
        self._may_write()
        self._emit("postback", {"postback": {"data": data}})

    # What its buttons do

    def tap(self, label: str, nth: int = 0) -> str | None:
        """Tap the button with this label: a quick reply, else in the newest bubble that has it (`nth` from its top).

        Returns the address of a link, the text of a copy button, else None. NoSuchButton: it is not on the screen.
        CannotDo: it asks for a place (`share_location`), the camera or a date.
        """
        with self._network.lock:
            action = self._screen.button(label, nth)
        return self.perform(action)

    def tap_menu(self, label: str) -> str | None:
        """Tap the area of the menu with this label; answers as `tap`. NoSuchButton: it is not there."""
        areas = self.menu.body["areas"] if self.menu else []
        for area in areas:
            if area["action"].get("label") == label:
                return self.perform(area["action"])
        raise NoSuchButton(f"「{label}」は、メニューにありません。")

    def touch(self) -> None:
        """Something changed that is shown beside the talk."""
        with self._network.lock:
            self._screen.touch()

    def perform(self, action: Action) -> str | None:
        """Do what LINE does for this action; answers as `tap`."""
        self._close_quick_replies(action)
        match action["type"]:
            case "message":
                self.say(action["text"])
            case "postback":
                self._show_as_said(action.get("displayText"))
                self.postback(action["data"])
            case "uri":
                return str(action["uri"])
            case "clipboard":
                return str(action["clipboardText"])
            case kind:
                raise CannotDo(f"「{action.get('label')}」は、このボタンからは送れません（{kind}）。")
        return None

    # What reaches it

    def reachable(self, now: datetime) -> bool:
        """Whether a push arrives: a friend, or someone who wrote in the last week, and not blocking."""
        wrote_lately = self._last_said is not None and now - self._last_said <= STILL_REACHABLE
        return not self.blocked and (self.friend or wrote_lately)

    def receive(self, message_id: str, message: dict[str, Any], at: datetime) -> None:
        """Show a message from the bot."""
        with self._network.lock:
            self._screen.show(message_id, message, mine=False, at=at)

    def show_loading(self, until: datetime) -> None:
        """Show the three moving dots until then, or until the next message."""
        with self._network.lock:
            self._screen.show_loading(until)

    # Inside

    def _befriend(self, *, unblocked: bool) -> None:
        self._stand(friend=True, blocked=False)
        self._emit("follow", {"follow": {"isUnblocked": unblocked}})

    def _stand(self, *, friend: bool, blocked: bool) -> None:
        with self._network.lock:
            self.friend, self.blocked = friend, blocked
            self._screen.touch()

    def _send(
        self,
        message: dict[str, Any],
        quoted: str | None = None,
        holds: tuple[bytes | None, str] = (None, ""),
    ) -> str:
        self._may_write()
        with self._network.lock:
            now = self._last_said = self._network.now()
            message_id = self._network.new_message_id()
            data, media_type = holds
            if data is not None:
                self._contents[message_id] = data, media_type
            message = {"id": message_id} | message | {"markAsReadToken": self._network.new_read_token()}
            self._screen.show(message_id, message, mine=True, at=now, quoted=quoted)
        self._emit("message", {"message": message}, at=now)
        return message_id

    def _show_as_said(self, text: str | None) -> None:
        """A postback's displayText stands on the screen but is no message to the bot."""
        self._may_write()
        if text:
            with self._network.lock:
                shown = {"type": "text", "text": text}
                self._screen.show(self._network.new_message_id(), shown, mine=True, at=self._network.now())

    def _close_quick_replies(self, action: Action) -> None:
        """They go when one is tapped, except those that wait for a place, a picture or a date."""
        with self._network.lock:
            if action in self._screen.quick_replies() and action["type"] not in ANSWERED_ELSEWHERE:
                self._screen.close_quick_replies()

    def _emit(
        self, kind: str, about: Mapping[str, Any], *, at: datetime | None = None, answerable: bool = True
    ) -> None:
        at = at or self._network.now()
        self._network.emit(self.user_id, kind, about, at=at, answerable=answerable)

    def _may_write(self) -> None:
        if self.blocked:
            raise CannotDo("ブロックしている間は送れません。")
