"""Settings from the environment, each also as NAME_FILE. Everything that is wrong is said at once."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from bot import alert_settings, logs, sign_in_settings
from bot.alert_settings import Alerts
from bot.sign_in_settings import SignIn
from storage.retention import Policy

LINE_HOST: Final = "https://api.line.me"
DEFAULT_DATABASE: Final = "sqlite:///var/tsunagu.db"
SHORTEST_SECRET: Final = 16  # characters
KEY_BYTES: Final = 32
QUIET_DAYS = 5  # opening days without a word, after which a consultation ends
ENCLOSURE_MEGABYTES: Final = 10  # LINE's own photos are smaller
MOST_MEGABYTES: Final = 100
MEGABYTE: Final = 1024 * 1024
LONGEST_RETENTION: Final = 36_500  # days
UNDECIDED: Final = "緊急のときと長く待った人を、画面の外でだれに知らせるかを書いてください。この方法で知らせないときは none と書きます。"


class BadSettings(Exception):
    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Frozen; its repr would show secrets, so it has none."""

    database_url: str
    line_channel_secret: str
    line_channel_access_token: str
    line_api_host: str
    secret_key: str
    encryption_keys: tuple[bytes, ...]
    municipality: str
    consult_channel: str
    retention: Policy = field(default_factory=Policy)
    log_format: str = "text"
    metrics: bool = False
    quiet_days: int = QUIET_DAYS
    largest_enclosure: int = ENCLOSURE_MEGABYTES * MEGABYTE  # bytes
    sign_in: SignIn = field(default_factory=SignIn)
    alerts: Alerts = field(default_factory=Alerts)
    demo: bool = False

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def read(
    environment: Mapping[str, str] | None = None, *, demo: bool = False, serving: bool = False
) -> Settings:
    """Raises BadSettings with every problem. serving: what real parents wait for needs more than a command does."""
    reader = _Reader(os.environ if environment is None else environment)
    settings = Settings(
        database_url=reader.optional("DATABASE_URL", DEFAULT_DATABASE),
        line_channel_secret=reader.required(
            "LINE_CHANNEL_SECRET", "LINE Developers の「チャネル基本設定」にあります"
        ),
        line_channel_access_token=reader.required(
            "LINE_CHANNEL_ACCESS_TOKEN", "LINE Developers の「Messaging API設定」で発行します"
        ),
        line_api_host=reader.optional("LINE_API_HOST", LINE_HOST).rstrip("/"),
        secret_key=reader.secret("SECRET_KEY"),
        encryption_keys=reader.keys("ENCRYPTION_KEYS"),
        municipality=reader.optional("MUNICIPALITY", "nakano"),
        consult_channel=reader.one_of("CONSULT_CHANNEL", ("line",), default="line"),
        retention=reader.policy(),
        log_format=reader.one_of("LOG_FORMAT", logs.FORMATS, default="text"),
        metrics=reader.one_of("METRICS", ("0", "1"), default="0") == "1",
        quiet_days=reader.days("QUIET_DAYS", QUIET_DAYS),
        largest_enclosure=reader.megabytes("ENCLOSURE_MAX_MB", ENCLOSURE_MEGABYTES),
        sign_in=sign_in_settings.read(reader),
        alerts=alert_settings.read(reader),
        demo=demo,
    )
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        reader.problems.append("DATABASE_URL: sqlite:///… か postgresql+psycopg://… の形で書いてください。")
    if serving and settings.line_api_host == LINE_HOST:
        reader.problems += [f"{name}: {UNDECIDED}" for name in settings.alerts.undecided]
    if reader.problems:
        raise BadSettings(reader.problems)
    return settings


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def optional(self, name: str, default: str) -> str:
        return self._value(name) or default

    def required(self, name: str, hint: str) -> str:
        value = self._value(name)
        if not value:
            self.problems.append(
                f"{name}: 値がありません。{hint}。{name}_FILE にファイル名で渡すこともできます。"
            )
        return value

    def secret(self, name: str) -> str:
        value = self.required(name, "長いランダムな文字列にします(例: openssl rand -hex 32)")
        if value and len(value) < SHORTEST_SECRET:
            self.problems.append(f"{name}: 短すぎます。{SHORTEST_SECRET}文字以上にしてください。")
        return value

    def keys(self, name: str) -> tuple[bytes, ...]:
        text = self.required(name, "「tsunagu keys new」で作れます")
        return tuple(key for part in text.split(",") if part.strip() for key in self._key(name, part.strip()))

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.optional(name, default)
        if value not in choices:
            self.problems.append(
                f"{name}: 「{value}」は使えません。{'・'.join(choices)} のどれかにしてください。"
            )
        return value

    def policy(self) -> Policy:
        """RETAIN_BOT_TALK_DAYS and its like."""
        kinds = [kind.name for kind in fields(Policy)]
        return Policy(**{kind: self._days(kind, getattr(Policy(), kind)) for kind in kinds})

    def _days(self, kind: str, default: int) -> int:
        return self.days(f"RETAIN_{kind.upper()}_DAYS", default)

    def days(self, name: str, default: int) -> int:
        value = self.optional(name, str(default))
        if value.isascii() and value.isdigit() and 1 <= int(value) <= LONGEST_RETENTION:
            return int(value)
        self.problems.append(f"{name}: 1から{LONGEST_RETENTION}までの日数を、数字で書いてください。")
        return default

    def megabytes(self, name: str, default: int) -> int:
        """In bytes."""
        value = self.optional(name, str(default))
        if value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_MEGABYTES:
            return int(value) * MEGABYTE
        self.problems.append(f"{name}: 1から{MOST_MEGABYTES}までのメガバイト数を、数字で書いてください。")
        return default * MEGABYTE

    def _key(self, name: str, text: str) -> list[bytes]:
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            key = b""
        if len(key) == KEY_BYTES:
            return [key]
        self.problems.append(
            f"{name}: {KEY_BYTES}バイトをbase64で書いた鍵ではないものがあります。「tsunagu keys new」で作れます。"
        )
        return []

    def _value(self, name: str) -> str:
        path = self._environment.get(f"{name}_FILE", "")
        if not path:
            return self._environment.get(name, "").strip()
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            self.problems.append(f"{name}_FILE: {path} を読めません({error.strerror})。")
            return ""
