"""Which facts of the ward an officer stands for: confirmed, and asked about again when they change or grow old."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import databases
import pytest
from databases import NOW
from test_commands import environment, run

from directory.facts import confirmable, facts, is_for_a_crisis
from directory.pack import load
from storage import confirmations
from storage.confirmations import Why
from storage.database import Database

__all__ = ["environment"]
database = databases.on_both
NAKANO = load("nakano")
ROWS = confirmable(NAKANO)


@pytest.fixture
def ready(environment: Path) -> Path:
    run("db", "upgrade")
    return environment


def test_at_first_nobody_stands_for_anything(ready: Path) -> None:
    result = run("data", "stale")

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == len(ROWS)
    assert "hotline:119\t未確認\t-\t" in result.stdout


def test_what_was_confirmed_is_told_with_its_facts_and_not_listed_any_more(ready: Path) -> None:
    result = run("data", "confirm", "119", "facility:nogata", "--by", "子ども家庭支援課")

    assert result.exit_code == 0
    assert "03-3387-8836" in result.stdout
    stale = run("data", "stale").stdout
    assert "hotline:119\t" not in stale
    assert "facility:nogata\t" not in stale
    assert len(stale.splitlines()) == len(ROWS) - 2


def test_an_id_of_two_kinds_must_be_told_apart(ready: Path) -> None:
    result = run("data", "confirm", "sogo-sodan", "--by", "係")

    assert result.exit_code == 2
    assert "hotline:sogo-sodan" in result.stderr
    assert run("data", "confirm", "hotline:sogo-sodan", "--by", "係").exit_code == 0


@pytest.mark.parametrize(
    "wrong",
    [["nothing", "--by", "係"], ["119"], ["119", "--by", " "], ["119", "--by", "係", "--on", "2999-01-01"]],
)
def test_wrong_use_confirms_nothing(wrong: list[str], ready: Path) -> None:
    assert run("data", "confirm", "110", *wrong).exit_code == 2
    assert "hotline:110\t" in run("data", "stale").stdout


def test_a_day_in_the_past_can_be_given_and_grows_old(ready: Path) -> None:
    run("data", "confirm", "119", "--by", "係", "--on", "2024-04-01")

    assert "hotline:119\t確認から時間がたっています\t2024-04-01 係" in run("data", "stale").stdout


def test_the_doctor_is_content_once_every_crisis_line_is_confirmed(ready: Path) -> None:
    before = run("doctor").stdout
    urgent = [subject for subject, row in ROWS.items() if is_for_a_crisis(row)]
    run("data", "confirm", *urgent, "--by", "係")

    assert f"✗ 緊急の電話{len(urgent)}件" in before
    assert "✓ 緊急の電話は、区の担当者が確認しています。" in run("doctor").stdout


def test_when_a_telephone_changes_it_must_be_confirmed_again(database: Database) -> None:
    with database.write() as session:
        confirmations.confirm(session, "hotline:119", ROWS["hotline:119"], "係", NOW)
    moved = tuple(replace(one, phones=()) if one.id == "119" else one for one in NAKANO.hotlines)

    with database.read() as session:
        stale = confirmations.stale(session, replace(NAKANO, hotlines=moved), NOW + timedelta(days=1))

        assert {one.subject: one.why for one in stale}["hotline:119"] is Why.CHANGED


def test_who_confirmed_it_last_counts_and_who_did_before_is_kept(database: Database) -> None:
    old, new = NOW - timedelta(days=800), NOW - timedelta(days=3)
    for at in (old, new):
        with database.write() as session:
            confirmations.confirm(session, "hotline:119", ROWS["hotline:119"], "係", at)

    with database.read() as session:
        assert "hotline:119" not in [one.subject for one in confirmations.stale(session, NAKANO, NOW)]


def test_facts_are_what_a_parent_reads() -> None:
    assert facts(ROWS["hotline:inochi-sos"]).startswith("#いのちSOS 0120-061-338 毎日24時間")
