"""Reads files of open data that were put in the console, beside everything else that the worker does."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from directory.model import Directory
from storage import imports
from storage.database import Database
from storage.wake import News

log = logging.getLogger(__name__)


class Imports:
    waits_for = News.IMPORTS

    def __init__(
        self,
        database: Database,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        pack: Directory | None = None,
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._pack = pack

    def step(self) -> bool:
        """Read one file. Returns whether there was one."""
        with self._database.read() as session:
            import_id = imports.due(session, self._clock())
        if import_id is None:
            return False
        with self._database.write() as session:
            if not imports.claim(session, import_id, self._clock()):
                return True
        try:
            imports.read(self._database, import_id, self._directory, self._clock, pack=self._pack)
        except SQLAlchemyError:
            raise  # it is read again later
        except Exception:  # not by trying again: the same file would stop it every time
            log.exception("open data not read", extra={"import": import_id})
            imports.give_up(self._database, import_id)
            return True
        log.info("open data read", extra={"import": import_id})
        return True
