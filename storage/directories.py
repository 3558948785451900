"""The municipality's pack with the newest edition of its facilities laid over it, as every running process sees it."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from directory.gazetteer import Gazetteer
from directory.model import Directory, Facility
from directory.stored import read
from storage.database import Database
from storage.facilities import newest_edition, overlaid

LOOK_AGAIN: Final = 1.0  # seconds; a new edition is promised within 5, and reading it takes its time

log = logging.getLogger(__name__)


class LiveDirectory:
    """As with LiveRules only the first call waits: a thread looks for newer editions and makes them ready.

    A facility that cannot be read (a newer program may have written it) stays as it was. Where the database is away
    or too old for editions, there is the pack.
    """

    def __init__(self, database: Database, pack: Directory) -> None:
        self.pack = pack
        self._database = database
        self._directory: Directory | None = None
        self._edition = 0
        self._laid_over: dict[str, Facility] = {}
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
                newest = newest_edition(session)
                bodies = overlaid(session, self._edition) if newest > self._edition else {}
            self._away = False
        except Exception as error:
            # It outlives a database that is away, and says so once.
            if not self._away:
                log.error("facilities not looked up", extra={"error": type(error).__name__})
            self._away = True
            return
        if newest > self._edition:
            self._lay_over(bodies)
            self._edition = newest
            log.info("facilities are live", extra={"edition": newest, "facilities": len(bodies)})

    def _lay_over(self, bodies: Mapping[str, str | None]) -> None:
        for facility_id, body in bodies.items():
            if body is None:
                self._laid_over.pop(facility_id, None)
            elif facility := _readable(facility_id, body):
                self._laid_over[facility_id] = facility
        directory = laid_over(self.pack, self._laid_over)
        Gazetteer.of(directory)  # with no session open: this may take a second
        self._directory = directory


def laid_over(pack: Directory, facilities: dict[str, Facility]) -> Directory:
    """The pack's own in their order, then the others."""
    if not facilities:
        return pack
    known = {one.id for one in pack.facilities}
    own = (facilities.get(one.id, one) for one in pack.facilities)
    return replace(pack, facilities=(*own, *(one for one in facilities.values() if one.id not in known)))


def _readable(facility_id: str, body: str) -> Facility | None:
    try:
        return read(body)
    except (ValueError, KeyError, TypeError):
        log.error("facility cannot be read", extra={"facility": facility_id})
        return None
