"""The console's pages as the records grow: make bench-pages, or python benchmarks/pages.py [--quick]

The same questions to a small and to a large database, in turns, on SQLite and on PostgreSQL: what a page takes at a million
entries as a multiple of what it takes at a thousand. The words are sealed as in earnest, and opened for the answer.
"""

import argparse
import contextlib
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from filling import CONSULTED, PER_CONVERSATION, STAFF, fill
from processes import postgresql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from storage import inbox, migrations, outbox
from storage.database import Database
from storage.sealing import Keyring
from storage.views import finding, problems, queue, search, thread
from storage.views.finding import Wanted
from storage.views.queue import Tab

NOW = datetime.now(UTC)
Question = Callable[[Session], object]


def questions(entries: int) -> dict[str, Question]:
    last = entries // PER_CONVERSATION - CONSULTED
    mine = f"c{last - last % CONSULTED:09}"
    return {
        "queue: waiting": lambda rows: queue.page(rows, Tab.WAITING, STAFF, NOW),
        "queue: mine": lambda rows: queue.page(rows, Tab.MINE, STAFF, NOW),
        "queue: done": lambda rows: queue.page(rows, Tab.DONE, STAFF, NOW),
        "counts": lambda rows: queue.counts(rows, STAFF, NOW),
        "unread": lambda rows: queue.unread(rows, STAFF, NOW),
        "anything new?": lambda rows: queue.mark(rows, Tab.WAITING, STAFF, NOW),
        "alarms": lambda rows: problems.alarms(rows),
        "problems": lambda rows: problems.problems(rows),
        "thread": lambda rows: thread.thread(rows, mine, NOW),
        "thread: anything new?": lambda rows: thread.mark(rows, mine),
        "loops: anything due?": lambda rows: (inbox.claim(rows, NOW), outbox.claim(rows, NOW)),
        "find: all": lambda rows: finding.consultations(rows, Wanted()),
        "find: a topic that nobody has": lambda rows: finding.consultations(rows, Wanted(topic="events")),
        "find: a part of a pseudonym": lambda rows: finding.consultations(rows, Wanted(pseudonym="77")),
        "search: found at once": lambda rows: search.search(rows, "夜なかなか寝なくて"),
        "search: nowhere, the newest": lambda rows: search.search(
            rows, "見つからない言葉", enough=lambda: True
        ),
    }


@contextlib.contextmanager
def databases(sizes: list[int]) -> Iterator[dict[str, list[Database]]]:
    """By engine, of each size. Gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tsunagu-pages-") as folder, postgresql() as server:
        urls = {"SQLite": [f"sqlite:///{folder}/{size}.db" for size in sizes]}
        if server:
            urls["PostgreSQL"] = [_database(server, f"pages_{size}") for size in sizes]
        opened = {
            name: [_filled(url, size) for url, size in zip(each, sizes, strict=True)]
            for name, each in urls.items()
        }
        yield opened
        for each in opened.values():
            for database in each:
                database.close()


def _database(server: str, name: str) -> str:
    home = Database(server)
    with home.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    home.close()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _filled(url: str, entries: int) -> Database:
    database = Database(url, Keyring([bytes(32)]))
    migrations.upgrade(database)
    began = time.perf_counter()
    fill(database, entries)
    file = make_url(url).database or ""
    size = f", {Path(file).stat().st_size / 2**20:.0f} MiB" if database.sqlite else ""
    print(
        f"{database.engine.dialect.name}: {entries} entries written in {time.perf_counter() - began:.0f} s{size}",
        flush=True,
    )
    return database


def ask(database: Database, question: Question) -> float:
    """Milliseconds."""
    with database.read() as rows:
        began = time.perf_counter()
        question(rows)
        return (time.perf_counter() - began) * 1e3


def report(name: str, opened: list[Database], sizes: list[int], rounds: int) -> None:
    print(f"\n| {name} | {' | '.join(f'{size} entries, ms' for size in sizes)} | × |")
    print("|---" * (len(sizes) + 2) + "|")
    asked = [questions(size) for size in sizes]
    for title in asked[0]:
        rows = [
            [ask(database, each[title]) for database, each in zip(opened, asked, strict=True)]
            for _ in range(rounds + 1)
        ][1:]
        cells = [f"{median(row[column] for row in rows):.2f}" for column in range(len(sizes))]
        print(
            f"| {title} | {' | '.join(cells)} | {median(row[-1] / row[0] for row in rows):.2f} |", flush=True
        )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--sizes", default="1000,1000000", help="entries, five in a conversation")
    options.add_argument("--rounds", type=int, default=21)
    options.add_argument("--quick", action="store_true", help="a look, not a measurement")
    given = options.parse_args()
    if given.quick:
        given.sizes, given.rounds = "1000,5000", 3
    sizes = [int(size) for size in given.sizes.split(",")]
    with databases(sizes) as opened:
        for name, each in opened.items():
            report(name, each, sizes, given.rounds)
    print(f"\nMiB resident at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


if __name__ == "__main__":
    main()
