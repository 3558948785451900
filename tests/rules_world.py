"""A console whose rules are the newest published ones, with first messages of parents."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from console_harness import NOW, WITHOUT_SECOND_FACTOR, Clock, World, _hash, new_database
from flask import Flask
from short_rules import short_rules

from console import create_app
from conversation.events import ParentWrote
from conversation.handling import handle
from directory import pack
from intents import entry_edits
from intents.rules import Rules, parse
from storage import rulesets, staff, store
from storage.staff import Role
from storage.store import SqlStore

NEW = "ロケット教室はありますか"
NOTE = "ロケット教室の言葉を足した"
directory = cache(pack.load)


@cache
def better_rules() -> str:
    """Two lines more than the live ones."""
    text = entry_edits.with_example(short_rules(), "events", NEW)
    return entry_edits.with_keyword(text, "events", "ロケット教室")


class RulesWorld(World):
    at_hand: str | None = None

    def rules(self) -> Rules:
        with self.database.read() as session:
            version = rulesets.newest_version(session)
            return parse(rulesets.text_of(session, version), version=version)

    def app(self, **settings: Any) -> Flask:
        return create_app(
            self.database,
            secret_key="test",
            rules=self.rules,
            directory=directory(),
            clock=self.clock,
            rules_at_hand=lambda: self.at_hand,
            **{"cookie_secure": False, "access": WITHOUT_SECOND_FACTOR, **settings},
        )

    def hears(self, pseudonym: str, *texts: str, at: datetime = NOW - timedelta(days=1)) -> None:
        """A parent writes these, on the path that every message takes."""
        with self.database.write() as session:
            conversation_id = store.begin(session, pseudonym, at)
        for number, text in enumerate(texts):
            event = ParentWrote(at + timedelta(minutes=number), text, f"{pseudonym}-{number}")
            with self.database.write() as session:
                handle(
                    conversation_id,
                    event,
                    store=SqlStore(session),
                    rules=self.rules(),
                    directory=directory(),
                    now=event.at,
                )

    def quiet_days(self, many: int = 25) -> None:
        for number in range(many):
            self.hears(f"しろ-{number}", "一時保育どこ", at=NOW - timedelta(days=2, minutes=number))


def new_world(database_url: str) -> RulesWorld:
    database = new_database(database_url)
    with database.write() as session:
        staff.add(session, "kacho", "課長", Role.ADMIN, _hash(), NOW)
        rulesets.publish(session, short_rules(), by="tsunagu", note="はじめのルール", now=NOW)
    return RulesWorld(database, Clock())
