"""How an alert leaves: by e-mail, or to a webhook. Each raises NotSent, with a reason that names nobody."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256
from typing import Final

from urllib3.exceptions import HTTPError

from bot import outgoing_urls
from bot.alert_settings import Alerts, Mail, Webhook
from bot.alert_words import Alert, as_json

SECONDS: Final = 10.0  # an attempt's every step; storage.alerts.LEASE is longer than all of them


class NotSent(Exception):
    pass


def send(alert: Alert, way: str, settings: Alerts) -> None:
    if way == "email" and settings.mail:
        by_mail(alert, settings.mail)
    elif way == "webhook" and settings.webhook:
        to_webhook(alert, settings.webhook)


def by_mail(alert: Alert, mail: Mail) -> None:
    try:
        with _server(mail) as server:
            if mail.user:
                server.login(mail.user, mail.password)
            server.send_message(_letter(alert, mail))
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"SMTP {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(type(error).__name__) from None


def to_webhook(alert: Alert, webhook: Webhook) -> None:
    try:
        status = outgoing_urls.post(
            webhook.url,
            as_json(alert, webhook.format),
            headers={"Content-Type": "application/json; charset=utf-8"},
            allow_private=webhook.allow_private,
            seconds=SECONDS,
        )
    except outgoing_urls.Refused as refused:
        raise NotSent(str(refused)) from None
    except HTTPError as error:
        raise NotSent(type(error).__name__) from None
    if not 200 <= status < 300:
        raise NotSent(f"HTTP {status}")


def _server(mail: Mail) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=SECONDS, context=trusted)
    server = smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
    if mail.security == "starttls":
        try:
            server.starttls(context=trusted)
        except Exception:  # whatever it was, the connection is closed and it goes on up
            server.close()
            raise
    return server


def _letter(alert: Alert, mail: Mail) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = alert.subject, mail.sender, ", ".join(mail.to)
    letter["Date"] = formatdate()
    # The same for every attempt: a mailbox shows what comes twice once.
    letter["Message-ID"] = f"<{sha256(alert.id.encode()).hexdigest()[:32]}@{mail.sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    if alert.kind == "crisis":
        letter["Importance"] = "high"
    letter.set_content(alert.body)
    return letter
