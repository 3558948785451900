"""Each benchmark runs to its end. How long anything takes is for a person to judge."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import databases
import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
BENCHMARK = FOLDER / "classify.py"


def test_the_benchmark_runs_without_labelled_messages_and_without_its_peers(tmp_path):
    command = [sys.executable, BENCHMARK, "--quick", "--only", "Tsunagu", "--eval", tmp_path / "none.jsonl"]

    told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=300).stdout

    names = {line.split(" | ")[0].removeprefix("| ") for line in told.splitlines()}
    assert {"pyahocorasick scan", "Tsunagu", "beside a reload", "the rules load in < 1 s"} <= names
    assert "No accuracy" in told


def look(name: str) -> dict[str, list[str]]:
    """The rows of the tables that a quick look prints, by their first cells."""
    databases.needs_binaries()
    command = [sys.executable, FOLDER / name, "--quick"]
    told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=300).stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line[:1] == "|"]
    return {first: rest for first, *rest in rows}


def test_every_contestant_of_the_webhook_answers_and_none_refuses():
    if shutil.which("wrk") is None:
        absent = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        absent("wrk is missing: apt install wrk")

    rows = look("webhook.py")

    contestants = {"signature", "sqlite", "sqlite, answering", "postgresql", "postgresql ×2", "echo"}
    assert contestants <= set(rows)
    assert {tuple(rows[name][-2:]) for name in contestants} == {("0", "0")}  # refused, lost


def test_every_message_of_the_flow_is_answered():
    rows = look("flow.py")

    assert [rows[name][-1] for name in ("SQLite, 1 process", "PostgreSQL, 2 + 2")] == ["0", "0"]


def test_every_page_is_asked_for_on_both_databases():
    rows = look("pages.py")

    expected = {"queue: done", "thread", "counts", "find: all", "search: nowhere, the newest"}
    assert {"SQLite", "PostgreSQL", *expected} <= set(rows)


def test_what_parents_write_is_shown_to_counselors_on_both_databases():
    rows = look("consoles.py")

    assert {"SQLite", "PostgreSQL", "shown in the thread", "shown in the list", "page"} <= set(rows)


def test_the_oldest_words_are_found_on_both_databases():
    rows = look("search.py")

    assert {"SQLite", "PostgreSQL"} <= set(rows)
    assert rows["2 kanji, in the oldest entry"][:2] == ["2000", "1"]
