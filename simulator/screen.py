"""What a phone shows of the talk with the bot."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from simulator import actions


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


class Screen:
    """The bubbles, the quick replies and the moving dots. Guarded by the platform's lock."""

    def __init__(self) -> None:
        self.revision = 0
        self.bubbles: list[Bubble] = []
        self._loading_until: datetime | None = None
        self._chips_closed = False

    def touch(self) -> None:
        """Something changed that a page shows."""
        self.revision += 1

    def show(
        self,
        message_id: str,
        message: dict[str, Any],
        *,
        mine: bool,
        at: datetime,
        quoted: str | None = None,
    ) -> None:
        """Add a bubble. A new message ends the moving dots and the quick replies before it."""
        self.touch()
        self._chips_closed = False
        self._loading_until = self._loading_until if mine else None
        sender = message.get("sender", {}).get("name")
        self.bubbles.append(Bubble(message_id, mine, sender, message, at, self.revision, quoted=quoted))

    def unsend(self, message_id: str) -> None:
        """Empty a bubble of one's own. CannotDo: there is none with this id."""
        place = self._own(message_id)
        self.touch()
        gone = {"id": message_id, "type": self.bubbles[place].message["type"]}
        self.bubbles[place] = replace(self.bubbles[place], message=gone, unsent=True, revision=self.revision)

    def show_loading(self, until: datetime) -> None:
        self._loading_until = until
        self.touch()

    def loading(self, now: datetime) -> bool:
        return self._loading_until is not None and now < self._loading_until

    def quick_replies(self) -> tuple[actions.Action, ...]:
        """The actions below the last message; none once anyone wrote again or one was tapped."""
        last = self.bubbles[-1] if self.bubbles else None
        return () if last is None or last.mine or self._chips_closed else actions.quick_replies(last.message)

    def close_quick_replies(self) -> None:
        self._chips_closed = True
        self.touch()

    def button(self, label: str, nth: int) -> actions.Action:
        """The action with this label: a quick reply, else the nth in the newest bubble that has so many."""
        received = [bubble.message for bubble in reversed(self.bubbles) if not bubble.mine]
        groups = [self.quick_replies(), *(tuple(actions.on(message)) for message in received)]
        for group in groups:
            named = [action for action in group if action.get("label") == label]
            if len(named) > nth:
                return named[nth]
        there = [str(action.get("label")) for group in groups for action in group]
        raise NoSuchButton(f"「{label}」というボタンはありません。今あるのは: {'、'.join(there) or 'なし'}")

    def _own(self, message_id: str) -> int:
        for place, bubble in enumerate(self.bubbles):
            if bubble.id == message_id and bubble.mine and not bubble.unsent:
                return place
        raise CannotDo("このメッセージは取り消せません。")


def in_words(message: dict[str, Any]) -> str:
    """The message as plain words: its text, else its altText or title."""
    return str(message.get("text") or message.get("altText") or message.get("title") or "")
