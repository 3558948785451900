"""What an alert says: a pseudonym, how long, and where to look. Never a word of the parent's."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.hours import TOKYO
from storage.alerts import CRISIS


@dataclass(frozen=True, slots=True)
class Alert:
    """id: the same for every attempt at the same alert."""

    id: str
    kind: str
    pseudonym: str
    since: datetime
    minutes: int
    link: str

    @property
    def subject(self) -> str:
        if self.kind == CRISIS:
            return f"【緊急】つなぐ窓口: {self.pseudonym}さんの相談を見てください"
        return f"つなぐ窓口: {self.pseudonym}さんが{self.minutes}分待っています"

    @property
    def body(self) -> str:
        since = self.since.astimezone(TOKYO)
        urgent = "緊急の相談です。すぐに開いて確かめてください。\n" if self.kind == CRISIS else ""
        return (
            f"{urgent}{since:%-m月%-d日 %-H:%M}から、{self.pseudonym}さんが相談員の返事を待っています。\n"
            f"開く: {self.link}\n"
            "このお知らせに、相談の内容は入っていません。"
        )


def as_json(alert: Alert, format_: str) -> bytes:
    return json.dumps(_SHAPES[format_](alert), ensure_ascii=False).encode()


def _plain(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "title": alert.subject,
        "text": alert.body,
        "pseudonym": alert.pseudonym,
        "waiting_since": alert.since.isoformat(),
        "minutes": alert.minutes,
        "url": alert.link,
    }


def _slack(alert: Alert) -> dict[str, Any]:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""
    return {"text": f"*{alert.subject}*\n{alert.body}"}


def _teams(alert: Alert) -> dict[str, Any]:
    """An adaptive card, as a workflow's webhook takes it."""
    lines = [{"type": "TextBlock", "text": alert.subject, "weight": "Bolder", "wrap": True}]
    lines.append({"type": "TextBlock", "text": alert.body, "wrap": True})
    opens = [{"type": "Action.OpenUrl", "title": "開く", "url": alert.link}]
    card = {"type": "AdaptiveCard", "version": "1.4", "body": lines, "actions": opens}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _lineworks(alert: Alert) -> dict[str, Any]:
    return {
        "title": alert.subject,
        "body": {"text": alert.body},
        "button": {"label": "開く", "url": alert.link},
    }


_SHAPES = {"json": _plain, "slack": _slack, "teams": _teams, "lineworks": _lineworks}
