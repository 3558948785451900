"""Puts the parts together: from settings to a database, live rules, apps and background loops."""

import hashlib
import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Flask
from sqlmodel import Session

from bot import app, rules_file
from bot.line.webhook import CHANNEL
from bot.request_ids import with_request_id
from bot.settings import Settings
from bot.sign_in_settings import SignIn
from bot.worker import Worker
from conversation.handover import CONSENT_VERSION, consent_text
from directory.hours import OpeningHours
from directory.model import Directory
from directory.pack import load, rules_text
from intents.classify import classify
from storage import consents, enclosures, keys, migrations, outbox, rulesets
from storage.database import Database
from storage.directories import LiveDirectory
from storage.leader import Leader
from storage.rulesets import LiveRules
from storage.sealing import Keyring

if TYPE_CHECKING:
    from bot.line.client import LineClient
    from bot.line.content import ContentClient
    from console.access import Access

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


def seed_rules() -> str:
    """The rules that ship."""
    return rules_file.read(rules_file.shipped()).text


def first_rules(municipality: str) -> str:
    """The pack's own, or those that ship."""
    return rules_text(municipality) or seed_rules()


def rules_at_hand() -> str | None:
    """The text of routing_rules.yaml; None where it cannot be read."""
    try:
        return rules_file.read(rules_file.at_hand()).text
    except (OSError, rules_file.Unreadable):
        return None


def version_of_file(session: Session) -> int | None:
    """The newest version that says exactly what routing_rules.yaml says; None for one that was never published, or cannot be read."""
    text = rules_at_hand()
    return None if text is None else rulesets.version_with(session, text)


def _close_all(*clients: "LineClient | ContentClient") -> None:
    for client in clients:
        client.close()


def _access(sign_in: SignIn) -> "Access":
    from console.access import Access, Provider

    ours = sign_in.organisation
    return Access(
        idle=timedelta(minutes=sign_in.idle_minutes),
        workday=timedelta(hours=sign_in.session_hours),
        second_factor_for=sign_in.second_factor_for,
        provider=Provider(
            ours.issuer, ours.client_id, ours.client_secret, ours.redirect_uri, ours.email_claim
        )
        if ours
        else None,
    )


class Program:
    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self.database = Database(settings.database_url, Keyring(settings.encryption_keys))
        self.live_directory = LiveDirectory(self.database, load(settings.municipality))
        self.rules = LiveRules(self.database)
        # A key of its own, so that whoever learns one learns only that one.
        self.digest_key = hmac.new(settings.secret_key.encode(), b"user digest", hashlib.sha256).digest()

    @property
    def directory(self) -> Directory:
        """As it is now: the pack, with what was changed since."""
        return self.live_directory()

    def prepare(self) -> None:
        """The newest schema, and version 1 of the rules where there is none."""
        migrations.upgrade(self.database)
        with self.database.write() as session:
            keys.note(session, self.clock())
            consents.record(session, CONSENT_VERSION, consent_text(), self.clock())
        # Another process that prepares the same database at this moment does no harm.
        with suppress(rulesets.AlreadyLive), self.database.write() as session:
            if rulesets.newest_version(session) == 0:
                first = first_rules(self.settings.municipality)
                rulesets.publish(session, first, by="tsunagu", note="はじめのルール", now=self.clock())

    def webhook_app(self) -> Flask:
        return app.create_app(
            self.database,
            channel_secret=self.settings.line_channel_secret,
            digest_key=self.digest_key,
            clock=self.clock,
            shows_metrics=self.settings.metrics,
        )

    def console_app(self, *, cookie_secure: bool = True) -> Flask:
        from console.app import create_app

        console = create_app(
            self.database,
            secret_key=self.settings.secret_key,
            rules=self.rules,
            directory=self.live_directory,
            clock=self.clock,
            sample_data=self.settings.demo,
            cookie_secure=cookie_secure,
            access=_access(self.settings.sign_in),
            rules_at_hand=rules_at_hand,
        )
        console.wsgi_app = with_request_id(console.wsgi_app)  # type: ignore[assignment,method-assign]
        return console

    def _consultation_hours(self) -> OpeningHours:
        directory = self.live_directory()
        return directory.facility(directory.consultation_desk).hours

    def worker(self) -> Worker:
        # LINE's SDK takes more than a second to import: only here.
        from bot.alerting import Alerting
        from bot.delivery import Delivery
        from bot.fetching import Fetching
        from bot.imports import Imports
        from bot.intake import Intake
        from bot.jobs import alert_job, counted, jobs, quiet_job, quota_job
        from bot.line.client import LineClient
        from bot.line.content import ContentClient
        from bot.menus import Menus
        from bot.scheduler import Scheduler
        from bot.writing import Writing

        classify("", self.rules())  # read everything that a message needs now: what is broken must show here
        self._mention_the_file()
        if self.settings.sqlite:  # then this process is the only one
            with self.database.write() as session:
                outbox.release(session)
                enclosures.release(session)
        intake = Intake(
            self.database,
            rules=self.rules,
            directory=self.live_directory,
            digest_key=self.digest_key,
            clock=self.clock,
        )
        client = LineClient(self.settings.line_api_host, self.settings.line_channel_access_token)
        content = ContentClient(self.settings.line_api_host, self.settings.line_channel_access_token)
        delivery = Delivery(self.database, client, self.clock)
        by_the_clock = [
            *jobs(self.database, self.settings.retention),
            quiet_job(self.database, self.rules, self.live_directory, self.settings.quiet_days),
            quota_job(self.database, CHANNEL, client.quota),
        ]
        alerting = Alerting(self.database, self.settings.alerts, self._consultation_hours, self.clock)
        by_the_clock.append(alert_job(alerting.run))
        return Worker(
            self.database,
            {
                "intake": intake,
                "delivery": delivery,
                "imports": Imports(self.database, self.live_directory, self.clock, self.live_directory.pack),
                "fetching": Fetching(
                    self.database, content, self.clock, most=self.settings.largest_enclosure
                ),
                "writing": Writing(self.database, client, self.clock),
                "menus": Menus(self.database, client, self.clock),
            },
            self.clock,
            scheduler=Scheduler(
                Leader(self.database), [counted(self.database, job) for job in by_the_clock], self.clock
            ),
            closing=lambda: _close_all(client, content),
        )

    def _mention_the_file(self) -> None:
        """The file is never used by itself, and never written: whoever edited it must hear so."""
        with self.database.read() as session:
            live, same = rulesets.newest_version(session), version_of_file(session)
        if same != live:
            log.warning("routing_rules.yaml is not live", extra={"live": live, "file": same or "unpublished"})

    def close(self) -> None:
        self.rules.close()
        self.live_directory.close()
        self.database.close()
