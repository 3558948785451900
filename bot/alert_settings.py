"""Who is told outside the console, how and when: the part of the settings that is about alerts."""

import re
from dataclasses import dataclass
from typing import Final, Protocol

NOBODY: Final = "none"
AFTER_MINUTES: Final = 30
FORMATS: Final = ("json", "slack", "teams", "lineworks")
NIGHTS: Final = ("crisis", "all", "none")
SECURITIES: Final = ("starttls", "tls", "none")
EMAIL: Final = re.compile(r"[^\s@,<>\"]+@[^\s@,<>\"]+")
ADDRESS: Final = re.compile(r"https?://[^\s/]+\S*")


class Reader(Protocol):
    problems: list[str]

    def optional(self, name: str, default: str) -> str: ...

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """host, port, user and password are the mail server's; security: starttls, tls or none."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """allow_private: a relay inside the office may be called."""

    url: str
    format: str = "json"
    allow_private: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Alerts:
    """undecided: the settings in which nobody has said who is told, be it nobody. night: what is told while the
    desk is closed."""

    mail: Mail | None = None
    webhook: Webhook | None = None
    after_minutes: int = AFTER_MINUTES
    night: str = "crisis"
    console_url: str = ""
    undecided: tuple[str, ...] = ("ALERT_EMAIL", "ALERT_WEBHOOK")

    @property
    def ways(self) -> tuple[str, ...]:
        ways = (("email", self.mail), ("webhook", self.webhook))
        return tuple(name for name, way in ways if way)


def read(reader: Reader) -> Alerts:
    """What is wrong goes to the reader's problems. Nothing set: nobody is told."""
    settings = {name: reader.optional(name, "") for name in ("ALERT_EMAIL", "ALERT_WEBHOOK")}
    email, webhook = settings.values()
    wanted = [value for value in (email, webhook) if value and value != NOBODY]
    return Alerts(
        mail=_mail(reader, email) if email and email != NOBODY else None,
        webhook=_webhook(reader, webhook) if webhook and webhook != NOBODY else None,
        after_minutes=_number(reader, "ALERT_AFTER_MINUTES", AFTER_MINUTES, 1, 1440),
        night=reader.one_of("ALERT_NIGHT", NIGHTS, default="crisis"),
        console_url=_console_url(reader, needed=bool(wanted)),
        undecided=tuple(name for name, value in settings.items() if not value),
    )


def _mail(reader: Reader, text: str) -> Mail:
    to = tuple(part.strip() for part in text.split(",") if part.strip())
    for address in to:
        if not EMAIL.fullmatch(address):
            reader.problems.append(
                f"ALERT_EMAIL: 「{address}」はメールアドレスの形ではありません。カンマで区切って書くか、知らせないときは none と書いてください。"
            )
    security = reader.one_of("SMTP_SECURITY", SECURITIES, default="starttls")
    mail = Mail(
        to,
        sender=reader.optional("SMTP_FROM", ""),
        host=reader.optional("SMTP_HOST", ""),
        port=_number(reader, "SMTP_PORT", 465 if security == "tls" else 587, 1, 65535),
        security=security,
        user=reader.optional("SMTP_USER", ""),
        password=reader.optional("SMTP_PASSWORD", ""),
    )
    if not mail.host:
        reader.problems.append(
            "SMTP_HOST: 値がありません。ALERT_EMAIL を使うときは、メールサーバーの名前が要ります。"
        )
    if not EMAIL.fullmatch(mail.sender):
        reader.problems.append("SMTP_FROM: 差出人のメールアドレスを書いてください。")
    if bool(mail.user) != bool(mail.password):
        reader.problems.append("SMTP_USER・SMTP_PASSWORD: 両方書くか、両方とも書かないでください。")
    if mail.password and security == "none":
        reader.problems.append(
            "SMTP_SECURITY: none ではパスワードがそのまま流れます。starttls か tls にしてください。"
        )
    return mail


def _webhook(reader: Reader, url: str) -> Webhook:
    if not ADDRESS.fullmatch(url):
        reader.problems.append(
            "ALERT_WEBHOOK: https:// で始まるアドレスを書いてください。知らせないときは none と書きます。"
        )
    return Webhook(
        url,
        reader.one_of("ALERT_WEBHOOK_FORMAT", FORMATS, default="json"),
        reader.one_of("ALERT_WEBHOOK_PRIVATE", ("0", "1"), default="0") == "1",
    )


def _console_url(reader: Reader, *, needed: bool) -> str:
    url = reader.optional("CONSOLE_URL", "").rstrip("/")
    if (needed or url) and not ADDRESS.fullmatch(url):
        reader.problems.append(
            "CONSOLE_URL: 相談員の画面のアドレスを書いてください(例: https://tsunagu.office.example/console)。お知らせにのせます。"
        )
    return url


def _number(reader: Reader, name: str, default: int, least: int, most: int) -> int:
    value = reader.optional(name, str(default))
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    reader.problems.append(f"{name}: {least}から{most}までの数字で書いてください。")
    return default
