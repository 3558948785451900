"""Who waits is told outside the console: by a real mail server and a real HTTP server, once, and without their words."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from conftest import Clock, Service
from ports import free_port
from test_settings import GOOD

from bot import metrics, settings
from bot.alert_settings import Alerts, Mail, Webhook
from bot.alerting import Alerting
from bot.settings import BadSettings
from conversation.events import CounselorReplied, CounselorTook
from storage import alerts
from storage.views import problems

ON_BOTH = True
WORDS = "消えてしまいたい"


class MailServer:
    """Keeps what it gets; `refuses` makes it answer 451."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses = False

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        if self.refuses:
            return "451 try later"
        content = envelope.content  # type: ignore[attr-defined]
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, Mail]]:
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=(port := free_port()))
    controller.start()
    yield server, Mail(("staff@example.jp",), "tsunagu@example.jp", "127.0.0.1", port, "none")
    controller.stop()


@contextmanager
def hook(status: int = 200) -> Iterator[tuple[list[dict[str, object]], str]]:
    got: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield got, f"http://127.0.0.1:{server.server_port}/hook"
        finally:
            server.shutdown()
            thread.join()


def alerting(service: Service, known: Alerts) -> Alerting:
    desk = service.program.directory.facility(service.program.directory.consultation_desk)
    return Alerting(service.program.database, known, lambda: desk.hours, service.clock)


def by_mail(mail: Mail, night: str = "crisis") -> Alerts:
    return Alerts(mail=mail, night=night, console_url="https://console.example/console")


def waits_for_a_person(service: Service) -> None:
    phone = service.phone()
    phone.follow()
    phone.say("人と話したい")
    service.settle()
    phone.say("はい")
    service.settle()


def in_crisis(service: Service) -> None:
    service.phone().say(WORDS)
    service.settle()


def test_a_crisis_is_told_at_once_once_and_without_words(
    service: Service, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    telling = alerting(service, by_mail(mail))
    in_crisis(service)

    for _ in range(3):
        telling.run(service.clock())
        service.clock.forward(minutes=45)

    (letter,) = server.letters
    text = letter["Subject"] + letter.get_content()
    assert "緊急" in letter["Subject"]
    assert f"https://console.example/console/threads/{service.conversation_id()}" in text
    assert WORDS not in text
    assert "保護者A" not in text


def test_a_crisis_that_is_said_again_is_told_again(
    service: Service, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    telling = alerting(service, by_mail(mail))

    for _ in range(2):
        in_crisis(service)
        telling.run(service.clock())
        service.clock.forward(hours=8)

    assert len(server.letters) == 2


def test_an_unsent_cry_is_told_of_all_the_same(
    service: Service, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    phone = service.phone()
    message_id = phone.say(WORDS)
    service.settle()
    phone.unsend(message_id)
    service.settle()

    alerting(service, by_mail(mail)).run(service.clock())

    assert len(server.letters) == 1


def test_of_ways_that_are_not_set_any_more_nothing_is_left(
    service: Service, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    server.refuses = True
    in_crisis(service)
    alerting(service, by_mail(mail)).run(service.clock())

    alerting(service, Alerts()).run(service.clock())

    with service.program.database.read() as session:
        assert alerts.counts(session) == {"queued": 0, "failing": 0}


@pytest.mark.parametrize(("minutes", "letters"), [(29, 0), (31, 1)])
def test_who_waits_is_told_of_after_the_set_time(
    minutes: int, letters: int, service: Service, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    waits_for_a_person(service)

    service.clock.forward(minutes=minutes)
    alerting(service, by_mail(mail)).run(service.clock())

    assert len(server.letters) == letters


def test_who_was_answered_is_not_told_of(service: Service, mail_server: tuple[MailServer, Mail]) -> None:
    server, mail = mail_server
    waits_for_a_person(service)
    service.happen(CounselorTook("sato"))
    service.happen(CounselorReplied("sato", "こんにちは"))

    service.clock.forward(hours=1)
    alerting(service, by_mail(mail)).run(service.clock())

    assert server.letters == []


@pytest.mark.parametrize(("night", "told"), [("none", 0), ("crisis", 1), ("all", 1)])
def test_a_crisis_at_night_is_told_as_it_was_set(
    night: str, told: int, service: Service, clock: Clock, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    clock.set("2026-11-24 22:00")
    in_crisis(service)

    alerting(service, by_mail(mail, night)).run(clock())

    assert len(server.letters) == told


def test_who_waits_at_night_is_told_of_after_the_morning_that_was_promised(
    service: Service, clock: Clock, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    clock.set("2026-11-24 22:00")
    waits_for_a_person(service)
    telling = alerting(service, by_mail(mail))

    told = {}
    for moment in ("2026-11-24 23:30", "2026-11-25 08:45", "2026-11-25 09:05"):
        clock.set(moment)
        telling.run(clock())
        told[moment[11:]] = len(server.letters)

    assert told == {"23:30": 0, "08:45": 0, "09:05": 1}


def test_what_the_server_refused_is_shown_and_sent_later(
    service: Service, mail_server: tuple[MailServer, Mail]
) -> None:
    server, mail = mail_server
    server.refuses = True
    in_crisis(service)
    telling = alerting(service, by_mail(mail))
    telling.run(service.clock())
    with service.program.database.read() as session:
        shown = problems.problems(session).alerts
        counted = problems.alarms(session).problems
    page = metrics.text(service.program.database, service.clock).decode()

    server.refuses = False
    service.clock.forward(seconds=11)
    telling.run(service.clock())

    assert [(one.kind, one.problem) for one in shown] == [("crisis", "SMTP 451")]
    assert counted == 1
    assert 'tsunagu_alerts{state="failing"} 1.0' in page
    assert len(server.letters) == 1


def test_of_two_processes_one_sends(service: Service, mail_server: tuple[MailServer, Mail]) -> None:
    server, mail = mail_server
    in_crisis(service)
    both = [alerting(service, by_mail(mail)) for _ in range(2)]
    threads = [threading.Thread(target=one.run, args=(service.clock(),)) for one in both]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.letters) == 1


def test_who_died_while_sending_is_followed(service: Service, mail_server: tuple[MailServer, Mail]) -> None:
    server, mail = mail_server
    in_crisis(service)
    telling = alerting(service, by_mail(mail))
    telling._note(service.clock())
    with service.program.database.write() as session:
        assert alerts.claim(session, ("email",), service.clock())
    telling.run(service.clock())
    before = len(server.letters)

    service.clock.forward(seconds=(alerts.LEASE + timedelta(seconds=1)).total_seconds())
    telling.run(service.clock())

    assert (before, len(server.letters)) == (0, 1)


@pytest.mark.parametrize(
    ("format_", "keys"),
    [
        ("json", {"id", "kind", "title", "text", "pseudonym", "waiting_since", "minutes", "url"}),
        ("slack", {"text"}),
        ("teams", {"type", "attachments"}),
        ("lineworks", {"title", "body", "button"}),
    ],
)
def test_a_webhook_gets_the_form_that_was_set(format_: str, keys: set[str], service: Service) -> None:
    in_crisis(service)
    with hook() as (got, url):
        known = Alerts(webhook=Webhook(url, format_, allow_private=True), console_url="https://c.example")
        alerting(service, known).run(service.clock())

    (body,) = got
    assert set(body) == keys
    assert WORDS not in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize(
    ("status", "private", "problem"), [(500, True, "HTTP 500"), (200, False, "https://")]
)
def test_a_webhook_that_fails_or_leads_inside_is_told(
    status: int, private: bool, problem: str, service: Service
) -> None:
    in_crisis(service)
    with hook(status) as (_, url):
        known = Alerts(webhook=Webhook(url, allow_private=private), console_url="https://c.example")
        alerting(service, known).run(service.clock())

    with service.program.database.read() as session:
        (row,) = alerts.failing(session)
    assert problem in row.problem


def test_nothing_set_is_no_alert_and_no_problem() -> None:
    assert settings.read({**GOOD, "ALERT_EMAIL": "", "ALERT_WEBHOOK": ""}).alerts == Alerts()


def test_everything_that_is_wrong_is_said_at_once() -> None:
    bad = {
        "ALERT_EMAIL": "nobody",
        "ALERT_WEBHOOK": "ftp://x",
        "ALERT_AFTER_MINUTES": "0",
        "ALERT_NIGHT": "maybe",
        "SMTP_PASSWORD": "x",
    }

    with pytest.raises(BadSettings) as caught:
        settings.read(GOOD | bad)

    named = {problem.split(":")[0] for problem in caught.value.problems}
    assert named >= {*(set(bad) - {"SMTP_PASSWORD"}), "SMTP_HOST", "SMTP_FROM", "CONSOLE_URL"}
