"""The municipality's pack with the newest editions laid over it, and confirmed, as every running process sees it."""

import logging
import threading
from typing import Final

from directory.gazetteer import Gazetteer
from directory.model import Directory
from storage.database import Database
from storage.ward import Book

LOOK_AGAIN: Final = 1.0  # seconds; a new edition is promised within 5, and reading it takes its time

log = logging.getLogger(__name__)


class LiveDirectory:
    """As with LiveRules only the first call waits: a thread looks for newer editions and makes them ready.

    A row that cannot be read (a newer program may have written it) stays as it was. Where the database is away or too
    old for editions, there is the pack.
    """

    def __init__(self, database: Database, pack: Directory) -> None:
        self.pack = pack
        self._database = database
        self._directory: Directory | None = None
        self._book = Book(pack)
        self._away = False
        self._beginning = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="directory", daemon=True)

    def __call__(self) -> Directory:
        return self._directory or self._begin()

    def look(self) -> None:
        """Take up what is new, at once."""
        with self._beginning:
            self._take_up()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _begin(self) -> Directory:
        with self._beginning:
            if self._directory is None:
                self._take_up()
                self._directory = self._directory or self.pack
                self._thread.start()
            return self._directory

    def _watch(self) -> None:
        while not self._closing.wait(LOOK_AGAIN):
            with self._beginning:
                self._take_up()

    def _take_up(self) -> None:
        try:
            with self._database.read() as session:
                book = self._book.updated(session)
            self._away = False
        except Exception as error:
            # It outlives a database that is away, and says so once.
            if not self._away:
                log.error("facilities not looked up", extra={"error": type(error).__name__})
            self._away = True
            return
        if book is not self._book:
            Gazetteer.of(book.directory)  # with no session open: this may take a second
            self._directory = book.directory
            if book.edition > self._book.edition:
                log.info(
                    "facilities are live", extra={"edition": book.edition, "facilities": len(book.changes)}
                )
            self._book = book
