"""A parent's phone: what it sends, what it shows, and what its buttons do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Protocol

from simulator import actions, ids

STILL_REACHABLE = timedelta(days=7)  # someone who wrote to us but is no friend
ANSWERED_ELSEWHERE = frozenset({"location", "camera", "cameraRoll", "datetimepicker"})


class CannotDo(Exception):
    """LINE would not let this phone do that now. The message says why, for a person."""


class NoSuchButton(CannotDo):
    """No button on the screen has this label."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing on the screen.

    message: the message's JSON, as the bot sent it or as the webhook carried it.
    sender: the name shown above it; None for the account's own name, and for the parent.
    revision: grows with every change of the phone, so that a page can ask for what is new.
    """

    id: str
    mine: bool
    sender: str | None
    message: dict[str, Any]
    at: datetime
    revision: int
    unsent: bool = False
    quoted: str | None = None


class Network(Protocol):
    """What a phone needs of LINE."""

    lock: RLock

    def now(self) -> datetime: ...
    def new_message_id(self) -> str: ...
    def new_read_token(self) -> str: ...
    def emit(
        self, user_id: str, kind: str, about: Mapping[str, Any], *, at: datetime, answerable: bool
    ) -> None: ...


class Phone:
    """One parent's LINE. Sending waits until the webhook was delivered or failed."""

    def __init__(self, name: str, network: Network) -> None:
        self.name = name
        self.user_id = ids.user_id(name)
        self.friend = False
        self.blocked = False
        self.revision = 0
        self._network = network
        self._bubbles: list[Bubble] = []
        self._last_said: datetime | None = None
        self._loading_until: datetime | None = None
        self._chips_closed = False

    # What it shows

    @property
    def screen(self) -> tuple[Bubble, ...]:
        """Everything in the talk, oldest first."""
        with self._network.lock:
            return tuple(self._bubbles)

    @property
    def quick_replies(self) -> tuple[actions.Action, ...]:
        """The actions below the last message; none once anyone wrote again or one was tapped."""
        with self._network.lock:
            last = self._bubbles[-1] if self._bubbles else None
            return (
                () if last is None or last.mine or self._chips_closed else actions.quick_replies(last.message)
            )

    @property
    def loading(self) -> bool:
        """Whether the three moving dots are shown."""
        with self._network.lock:
            return self._loading_until is not None and self._network.now() < self._loading_until

    def texts(self) -> list[str]:
        """What the bot wrote, in order: texts, and the altText or title of anything else."""
        return [_in_words(bubble.message) for bubble in self.screen if not bubble.mine]

    # What it sends

    def follow(self) -> None:
        """Add the account as a friend."""
        self._befriend(unblocked=False)

    def block(self) -> None:
        """Block the account; the bot hears `unfollow`."""
        with self._network.lock:
            self.friend, self.blocked = False, True
            self.revision += 1
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

    def send_image(self) -> str:
        """Send a photo. Returns the message's id."""
        return self._send({"type": "image", "quoteToken": ids.token(), "contentProvider": {"type": "line"}})

    def send_video(self) -> str:
        """Send a film of a second. Returns the message's id."""
        film = {"type": "video", "quoteToken": ids.token(), "duration": 1000}
        return self._send(film | {"contentProvider": {"type": "line"}})

    def send_audio(self) -> str:
        """Send a voice message of a tenth of a second. Returns the message's id."""
        return self._send({"type": "audio", "duration": 100, "contentProvider": {"type": "line"}})

    def send_file(self, name: str = "memo.txt", size: int = 34) -> str:
        """Send a file; `size` in bytes. Returns the message's id."""
        return self._send({"type": "file", "fileName": name, "fileSize": size})

    def unsend(self, message_id: str) -> None:
        """Take back a message of one's own. CannotDo: there is no such message."""
        with self._network.lock:
            place = self._place(message_id)
            gone = {"id": message_id, "type": self._bubbles[place].message["type"]}
            self.revision += 1
            self._bubbles[place] = replace(
                self._bubbles[place], message=gone, unsent=True, revision=self.revision
            )
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
        return self.perform(self._button(label, nth))

    def perform(self, action: actions.Action) -> str | None:
        """Do what LINE does for this action; answers as `tap`."""
        self._close_quick_replies(action)
        match action["type"]:
            case "message":
                self.say(action["text"])
            case "postback":
                self._tap_postback(action)
            case "uri":
                return str(action["uri"])
            case "clipboard":
                return str(action["clipboardText"])
            case kind:
                raise CannotDo(f"「{action.get('label')}」は、このボタンからは送れません（{kind}）。")
        return None

    def _tap_postback(self, action: actions.Action) -> None:
        self._may_write()
        if shown := action.get("displayText"):
            with self._network.lock:
                self._show({"type": "text", "text": shown}, mine=True, at=self._network.now())
        self._emit("postback", {"postback": {"data": action["data"]}})

    def _close_quick_replies(self, action: actions.Action) -> None:
        """They go when one is tapped, except those that wait for a place, a picture or a date."""
        with self._network.lock:
            if action in self.quick_replies and action["type"] not in ANSWERED_ELSEWHERE:
                self._chips_closed = True
                self.revision += 1

    def _button(self, label: str, nth: int) -> actions.Action:
        with self._network.lock:
            received = [bubble.message for bubble in reversed(self._bubbles) if not bubble.mine]
            groups = [self.quick_replies, *(tuple(actions.on(message)) for message in received)]
        for group in groups:
            named = [action for action in group if action.get("label") == label]
            if len(named) > nth:
                return named[nth]
        there = [action["label"] for group in groups for action in group]
        raise NoSuchButton(f"「{label}」というボタンはありません。今あるのは: {'、'.join(there) or 'なし'}")

    # What reaches it

    def reachable(self, now: datetime) -> bool:
        """Whether a push arrives: a friend, or someone who wrote in the last week, and not blocking."""
        wrote_lately = self._last_said is not None and now - self._last_said <= STILL_REACHABLE
        return not self.blocked and (self.friend or wrote_lately)

    def receive(self, message_id: str, message: dict[str, Any], at: datetime) -> None:
        """Show a message from the bot; it ends the moving dots."""
        with self._network.lock:
            self._loading_until = None
            self._show(message, mine=False, at=at, message_id=message_id)

    def show_loading(self, until: datetime) -> None:
        """Show the three moving dots; a second call sets the time anew."""
        with self._network.lock:
            self._loading_until = until
            self.revision += 1

    # Inside

    def _befriend(self, *, unblocked: bool) -> None:
        with self._network.lock:
            self.friend, self.blocked = True, False
            self.revision += 1
        self._emit("follow", {"follow": {"isUnblocked": unblocked}})

    def _send(self, message: dict[str, Any], quoted: str | None = None) -> str:
        self._may_write()
        with self._network.lock:
            now = self._last_said = self._network.now()
            message_id = self._network.new_message_id()
            read = {"markAsReadToken": self._network.new_read_token()}
            message = {"id": message_id} | message | read
            self._show(message, mine=True, at=now, message_id=message_id, quoted=quoted)
        self._emit("message", {"message": message}, at=now)
        return message_id

    def _show(
        self,
        message: dict[str, Any],
        *,
        mine: bool,
        at: datetime,
        message_id: str | None = None,
        quoted: str | None = None,
    ) -> None:
        self.revision += 1
        self._chips_closed = False
        sender = message.get("sender", {}).get("name")
        message_id = message_id or self._network.new_message_id()
        self._bubbles.append(Bubble(message_id, mine, sender, message, at, self.revision, quoted=quoted))

    def _emit(
        self, kind: str, about: Mapping[str, Any], *, at: datetime | None = None, answerable: bool = True
    ) -> None:
        at = at or self._network.now()
        self._network.emit(self.user_id, kind, about, at=at, answerable=answerable)

    def _may_write(self) -> None:
        if self.blocked:
            raise CannotDo("ブロックしている間は送れません。")

    def _place(self, message_id: str) -> int:
        for place, bubble in enumerate(self._bubbles):
            if bubble.id == message_id and bubble.mine and not bubble.unsent:
                return place
        raise CannotDo("このメッセージは取り消せません。")


def _in_words(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("altText") or message.get("title") or "")
