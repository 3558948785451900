"""Words among 100,000 entries in consultations: make bench-search, or python benchmarks/search.py [--quick]

The worst cases: words that are nowhere, and words only in the oldest entry, so that every entry is opened. The texts are
sentences of the rules' examples, two in an entry, sealed as in earnest.
"""

import argparse
import random
import time
from collections.abc import Callable
from statistics import median

from filling import CONSULTED
from pages import databases
from sqlalchemy import bindparam, update
from sqlmodel import Session

from bot.program import seed_rules
from intents.rules import parse
from storage import sealing
from storage.database import Database
from storage.tables import EntryRow
from storage.views import search
from storage.views.finding import EVERY_ONE, Wanted
from storage.views.search import Found

OLDEST = "いちばん古い言葉はれんげ草"
AT_ONCE = 5000
Question = Callable[[Session], Found]


def questions() -> dict[str, Question]:
    return {
        "2 kanji, nowhere": _look("鯨幕"),
        "2 kanji, in the oldest entry": _look("れんげ草"),
        "2 hiragana, nowhere": _look("ぬへ"),
        "2 common hiragana, nowhere": _look("どわ"),
        "hiragana of common letters, nowhere": _look("かみなりが"),
        "a respelling of half the entries' letters, nowhere": _look("こどもたいし"),
        "the beginning of a word that is respelt, as written": _look("子ど"),
        "katakana, nowhere": _look("フラミンゴ"),
        "nowhere, of a topic": _look("鯨幕", Wanted(topic="sleep")),
        "nowhere, of a topic that nobody has": _look("鯨幕", Wanted(topic="events")),
        "in one conversation": _look("れんげ草", Wanted(pseudonym="みどり-0")),
        "found at once": _look("です"),
    }


def _look(words: str, wanted: Wanted = EVERY_ONE) -> Question:
    return lambda rows: search.search(rows, words, wanted)


def vary(database: Database, entries: int) -> None:
    """Other words for every entry: of two sentences; and the oldest's own."""
    sentences = [one for rule in parse(seed_rules()).rules for one in rule.examples]
    chance, keyring = random.Random(1), sealing.given(database.keyring)
    for first in range(1, entries + 1, AT_ONCE):
        rows = [
            {"b_id": number, "text": keyring.seal(sealing.ENTRY_TEXT, number, words)}
            for number in range(first, min(first + AT_ONCE, entries + 1))
            for words in [OLDEST if number == 1 else "。".join(chance.sample(sentences, 2))]
        ]
        with database.write() as session:
            _replace(session, rows)


def _replace(session: Session, rows: list[dict[str, object]]) -> None:
    table = EntryRow.__table__
    statement = update(table).where(table.c.id == bindparam("b_id")).values(text=bindparam("text"))
    session.connection().execute(statement, rows)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--entries", type=int, default=100_000, help="in consultations")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--quick", action="store_true", help="a look, not a measurement")
    given = options.parse_args()
    if given.quick:
        given.entries, given.rounds = 2000, 1
    with databases([given.entries * CONSULTED]) as opened:
        for name, (database,) in opened.items():
            vary(database, given.entries * CONSULTED)
            print(f"\n| {name} | entries opened | found | seconds | of this process |\n|---|---|---|---|---|")
            for title, question in questions().items():
                taken = [_ask(database, question) for _ in range(given.rounds)]
                found = taken[0][2]
                wall, own = median(one for one, _, _ in taken), median(one for _, one, _ in taken)
                print(
                    f"| {title} | {found.looked_at} | {len(found.hits)} | {wall:.2f} | {own:.2f} |",
                    flush=True,
                )


def _ask(database: Database, question: Question) -> tuple[float, float, Found]:
    """Seconds, and those in which a processor was ours: where others use it too, only these can be compared."""
    with database.read() as rows:
        began, own = time.perf_counter(), time.thread_time()
        found = question(rows)
        return time.perf_counter() - began, time.thread_time() - own, found


if __name__ == "__main__":
    main()
