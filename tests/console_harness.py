"""A console over a small database, a browser for it, and conversations to put into it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from typing import Any

from databases import KEYS
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console import create_app, passwords, sessions
from console.access import Access
from conversation.messages import Outgoing, Text
from conversation.model import (
    Consultation,
    Conversation,
    Decision,
    Entry,
    EntryKind,
    Status,
    Understanding,
    Urgency,
)
from directory import pack
from intents.rules import Rule, Rules
from storage import staff, store
from storage.database import Database
from storage.staff import Role
from storage.store import SqlStore

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # Tuesday, 14:00 in Tokyo
PASSWORD = "ひみつの合言葉"

TEMPORARY_CARE = Rule(
    intent="temporary_care",
    title="一時預かり",
    group="預ける",
    answer="…",
    desk=None,
    places=None,
    resources=(),
    hotlines=(),
    handoff=False,
    examples=(),
    must_not=(),
)
RULES = Rules(version=3, rules=(TEMPORARY_CARE,))


WITHOUT_SECOND_FACTOR = Access(second_factor_for=frozenset())


def logged_in(name: str, at: datetime) -> dict[str, Any]:
    """What a session holds after a log-in with a password."""
    moment = int(at.timestamp())
    return {"staff": name, "version": 1, "since": moment, "seen": moment, "by": sessions.PASSWORD}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@cache
def _hash() -> str:
    """Slow on purpose, therefore only once."""
    return passwords.hashed(PASSWORD)


def new_database(url: str) -> Database:
    database = Database(url, KEYS)
    with database.write() as session:
        for name, shown, role in (
            ("sato", "佐藤", Role.COUNSELOR),
            ("mori", "森", Role.COUNSELOR),
            ("admin", "管理", Role.ADMIN),
            ("desk", "窓口", Role.DESK),
            ("leader", "責任", Role.MANAGER),
        ):
            desks = ("nogata",) if role is Role.DESK else ()
            staff.add(session, name, shown, role, _hash(), NOW, desks=desks)
    return database


class Browser:
    """A client that sends the CSRF token of the page it is on, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def token(self) -> str:
        page = self.client.get("/account", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return unescape(found[1])

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/login", name=name, password=password, **fields)


@dataclass
class World:
    database: Database
    clock: Clock

    def app(self, **settings: Any) -> Flask:
        return create_app(
            self.database,
            secret_key="test",
            rules=lambda: RULES,
            directory=pack.load,
            clock=self.clock,
            **{"cookie_secure": False, "access": WITHOUT_SECOND_FACTOR, **settings},
        )

    def browser(self, name: str | None = None, **settings: Any) -> Browser:
        browser = Browser(self.app(**settings).test_client())
        if name:  # without the password, which is slow to check on purpose
            with browser.client.session_transaction() as session:
                session.update(logged_in(name, self.clock()))
        return browser

    def conversation(self, pseudonym: str = "みどり-482", *entries: Entry, **changes: Any) -> str:
        """One that only the bot has talked with, unless `changes` say otherwise."""
        with self.database.write() as session:
            conversation_id = store.begin(session, pseudonym, NOW)
            conversation = Conversation(conversation_id, **changes)
            SqlStore(session).save(Decision(conversation, entries=entries or (said(),)), 0, NOW)
        return conversation_id

    def waiting(
        self,
        pseudonym: str = "みどり-482",
        *entries: Entry,
        urgency: Urgency = Urgency.NORMAL,
        minutes: int = 12,
        **changes: Any,
    ) -> str:
        since = NOW - timedelta(minutes=minutes)
        consultation = Consultation(
            1, since, "desk", topic="temporary_care", urgency=urgency, waiting_since=since
        )
        return self.conversation(
            pseudonym,
            *entries,
            status=Status.WAITING,
            consultation=consultation,
            consultations=1,
            consent="2026-11",
            **changes,
        )

    def held(self, by: str, pseudonym: str = "みどり-482", *entries: Entry, **changes: Any) -> str:
        consultation = Consultation(1, NOW, "desk", topic="temporary_care", assignee=by, taken_at=NOW)
        return self.conversation(
            pseudonym,
            *entries,
            status=Status.ASSIGNED,
            consultation=consultation,
            consultations=1,
            consent="2026-11",
            **changes,
        )

    def bot_says(self, conversation_id: str, text: str) -> None:
        with self.database.write() as session:
            stored = SqlStore(session)
            conversation, version = stored.load(conversation_id)
            stored.save(Decision(conversation, outgoing=(Outgoing((Text(text),)),)), version, NOW)


def said(text: str = "一時保育を使いたいです", at: datetime = NOW, message_id: str = "m1") -> Entry:
    understood = Understanding(
        action="answer",
        intent="temporary_care",
        confidence=0.86,
        matched=("一時保育",),
        candidates=(("temporary_care", 0.86), ("crisis_medical", 0.21)),
        ruleset=3,
    )
    return Entry(EntryKind.UTTERANCE, text, at, message_id=message_id, understanding=understood)
