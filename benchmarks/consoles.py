"""Thirty counselors at once: make bench-consoles, or python benchmarks/consoles.py [--quick]

One `tsunagu serve` (with a `worker` beside it on PostgreSQL), 100,000 conversations behind it, 300 of them with counselors.
Real sessions over HTTP ask as the script in the browser does: the thread, then the list, then nothing for a while
(`console.js`: SHOWN_EVERY). Now and then each opens the list as a page. Meanwhile parents write by the webhook.
- shown in the thread, in the list: from the first byte to the webhook until an answer to the counselor holds the words
- page, thread, list: from question to answer
"""

import argparse
import base64
import hmac
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from http.client import HTTPConnection
from statistics import quantiles
from urllib.parse import urlencode

from driving import signed
from filling import PER_CONVERSATION, fill
from processes import HERE, KEYS, SECRET_KEY, Served, postgresql, stage

from console import passwords
from conversation.model import Consultation, Conversation, Decision, Status
from storage import people, staff
from storage.database import Database
from storage.sealing import Keyring
from storage.store import SqlStore

PASSWORD = "ひみつの合言葉"
LATE = 10.0  # seconds: as long is waited for what is not shown yet
SHOWN_EVERY = (
    int(re.search(r"SHOWN_EVERY = (\d+)", (HERE.parent / "console/static/console.js").read_text())[1]) / 1000
)


class Book:
    """Who wrote what when, and how long everything took. Seconds, by what it was."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)
        self.failed = 0
        self._written: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def wrote(self, words: str, places: Sequence[str]) -> None:
        with self._lock:
            self._written.update({(place, words): time.perf_counter() for place in places})

    def showed(self, place: str, html: str, at: float) -> None:
        with self._lock:
            for words in re.findall(r"おたずね\d+番", html):
                if began := self._written.pop((place, words), None):
                    self.took[f"shown in the {place.partition(' ')[0]}"].append(at - began)

    def missing(self, kind: str) -> int:
        return sum(place.startswith(kind) for place, _ in self._written)


class Console:
    """A counselor's browser, with one of their threads open."""

    def __init__(self, number: int, port: int, thread: str, book: Book) -> None:
        self.name, self.thread = f"staff{number:02}", thread
        self._book = book
        self._chance = random.Random(number)
        self._connection = HTTPConnection("127.0.0.1", port, timeout=LATE)
        self._cookie = ""

    def log_in(self) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self._ask("GET", "/login"))
        fields = {"name": self.name, "password": PASSWORD, "csrf_token": unescape(token[1])}
        self._ask("POST", "/login", urlencode(fields))

    def work(self, until: float, every: float, page_every: float) -> None:
        thread = self._open()
        time.sleep(self._chance.uniform(0, every))
        turns_a_page = max(1, round(page_every / every))
        turn = self._chance.randrange(turns_a_page)
        while time.perf_counter() < until:
            if turn % turns_a_page == 0:
                self._timed("page", "/?tab=mine")
            turn += 1
            thread = self._poll("thread", thread, "after", "timeline")
            self._queue = self._poll("list", self._queue, "mark", "queue")
            time.sleep(every)

    def _open(self) -> tuple[str, str]:
        html = self._ask("GET", f"/threads/{self.thread}?tab=mine")
        self._queue = _polled(html, "queue")
        return _polled(html, "timeline")

    def _poll(self, what: str, known: tuple[str, str], name: str, element: str) -> tuple[str, str]:
        path, mark = known
        html = self._timed(what, f"{path}&{urlencode({name: mark})}")
        if not html:
            return known
        place = f"thread {self.thread}" if what == "thread" else f"list {self.name}"
        self._book.showed(place, html, time.perf_counter())
        return path, _polled(html, element)[1]

    def _timed(self, what: str, path: str) -> str:
        began = time.perf_counter()
        html = self._ask("GET", path)
        self._book.took[what if html else f"{what}, nothing new"].append(time.perf_counter() - began)
        return html

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        headers = {"Cookie": self._cookie, "Accept": "text/html"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(
            method, path if path.startswith("/console") else f"/console{path}", body, headers
        )
        answer = self._connection.getresponse()
        html = answer.read().decode()
        if cookie := answer.getheader("Set-Cookie"):
            self._cookie = cookie.partition(";")[0]
        if answer.status not in (200, 204, 303):
            self._book.failed += 1
        return html


def _polled(html: str, element: str) -> tuple[str, str]:
    """Where the script asks for this element's news, and the mark that it holds."""
    tag = re.search(rf'<\w+ id="{element}"[^>]*>', html)[0]
    poll = re.search(r'data-poll="([^"]*)"', tag)
    return unescape(poll[1]) if poll else "", unescape(re.search(r'data-mark="([^"]*)"', tag)[1])


def parents_write(
    port: int, people: Sequence[tuple[str, list[str]]], a_second: float, until: float, book: Book
) -> None:
    """`people`: a user id, and where what they write is to be shown."""
    connection, chance, number = HTTPConnection("127.0.0.1", port), random.Random(0), 0
    while time.perf_counter() < until:
        user, places = chance.choice(people)
        words = f"おたずね{(number := number + 1)}番"
        head, _, body = signed(words, user, f"token{number}").partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        book.wrote(words, places)
        connection.request("POST", "/line/webhook", body, headers)
        connection.getresponse().read()
        time.sleep(chance.expovariate(a_second))


def prepare(url: str, conversations: int, active: int, counselors: int) -> list[tuple[str, str, str]]:
    """Fill the database. Returns the active: user id, conversation, counselor."""
    database, now = Database(url, Keyring([base64.b64decode(KEYS)])), datetime.now(UTC)
    fill(database, conversations * PER_CONVERSATION)
    known = passwords.hashed(PASSWORD)
    digest_key = hmac.new(SECRET_KEY.encode(), b"user digest", sha256).digest()
    made = []
    with database.write() as session:
        for number in range(counselors):
            staff.add(session, f"staff{number:02}", f"相談員{number}", staff.Role.COUNSELOR, known, now)
        for number in range(active):
            user, by = f"U{number:032x}", f"staff{number % counselors:02}"
            digest = people.digest(user, digest_key)
            conversation_id = people.conversation_of(session, "line", digest, user, now)
            held = Consultation(1, now, "desk", topic="temporary_care", assignee=by, taken_at=now)
            conversation = Conversation(
                conversation_id, status=Status.ASSIGNED, consultation=held, consultations=1, consent="2026-11"
            )
            SqlStore(session).save(Decision(conversation), 0, now)
            made.append((user, conversation_id, by))
    database.close()
    return made


def perform(one: Served, made: Sequence[tuple[str, str, str]], given: argparse.Namespace) -> Book:
    book, opened = Book(), {by: conversation_id for _, conversation_id, by in made}
    consoles = [
        Console(number, one.ports[0], opened[f"staff{number:02}"], book) for number in range(given.consoles)
    ]
    for console in consoles:
        console.log_in()
    open_ones = set(opened.values())
    people = [
        (user, [f"list {by}", *([f"thread {conversation}"] if conversation in open_ones else [])])
        for user, conversation, by in made
    ]
    # Every other message goes to a thread that is open before somebody.
    people += [one for one in people if len(one[1]) > 1] * (len(people) // len(open_ones) - 1)
    until = time.perf_counter() + given.seconds
    with ThreadPoolExecutor(given.consoles + 1) as pool:
        working = [
            pool.submit(each.work, until + 3 * SHOWN_EVERY, given.every, given.page_every)
            for each in consoles
        ]
        pool.submit(parents_write, one.ports[0], people, given.messages, until, book).result()
        for each in working:
            each.result()
    return book


def report(name: str, book: Book) -> None:
    print(f"\n| {name} | n | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|")
    for what, took in sorted(book.took.items()):
        cuts = quantiles(took, n=100) if len(took) > 1 else took * 99
        print(
            f"| {what} | {len(took)} | {cuts[49] * 1e3:.0f} | {cuts[94] * 1e3:.0f} | {cuts[98] * 1e3:.0f} |"
        )
    print(f"\nnot shown in the thread: {book.missing('thread')}, refused: {book.failed}")
    print(f"not shown in the list, mostly as newer words came first: {book.missing('list')}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--conversations", type=int, default=100_000)
    options.add_argument("--active", type=int, default=300)
    options.add_argument("--consoles", type=int, default=30)
    options.add_argument("--messages", type=float, default=5, help="a second, of all parents")
    options.add_argument("--every", type=float, default=SHOWN_EVERY, help="seconds between a script's turns")
    options.add_argument("--page-every", type=float, default=15, help="seconds between a counselor's pages")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    options.add_argument("--quick", action="store_true", help="a look, not a measurement")
    given = options.parse_args()
    if given.quick:
        given.conversations, given.active, given.consoles, given.seconds = 500, 60, 6, 8
    with stage(8) as ours, postgresql() as server:
        ours.start_line()
        wanted = {"SQLite": (["everything"], f"sqlite:///{ours.folder}/consoles.db")}
        if server:
            wanted["PostgreSQL"] = (["everything", "worker"], server)
        for name, (kinds, url) in wanted.items():
            if given.only in (None, name):
                ours.migrate(url)
                made = prepare(url, given.conversations, given.active, given.consoles)
                one = ours.start(name, kinds, url)
                report(name, perform(one, made, given))
                one.rest()


if __name__ == "__main__":
    main()
