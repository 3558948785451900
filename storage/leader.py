"""One process of all is elected for what must be done once: the one whose connection holds an advisory lock."""

import logging

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.dialect import SCHEDULER
from storage.wake import lone

log = logging.getLogger(__name__)


class Leader:
    """PostgreSQL gives the lock back when the connection ends, however the process died: the next who asks has it."""

    def __init__(self, database: Database) -> None:
        self._alone = database.sqlite  # then this process is the only one
        self._engine = None if database.sqlite else lone(database.engine)
        self._connection: Connection | None = None

    def elected(self) -> bool:
        """Whether it is this process, now. For one thread; to be asked every few seconds."""
        if self._engine is None:
            return self._alone
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            self._connection = self._campaign()
        except SQLAlchemyError as error:
            log.warning("election failed", extra={"error": type(error).__name__})
            self.resign()
        return self._connection is not None

    def resign(self) -> None:
        self._alone = False
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        self.resign()
        if self._engine is not None:
            self._engine.dispose()

    def _campaign(self) -> Connection | None:
        assert self._engine is not None  # noqa: S101  elected() has looked
        connection = self._engine.connect()
        won = connection.execute(
            text("SELECT pg_try_advisory_lock(:about, 0)"), {"about": SCHEDULER}
        ).scalar_one()
        if won:
            return connection
        connection.close()
        return None
