"""Logs hold ids, kinds, counts and durations: never what somebody wrote, a name, a token or a user id."""

import logging
import sys
import traceback
from types import TracebackType

from bot.log_lines import Lines

_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_QUIET = ("linebot", "urllib3", "sqlalchemy", "alembic", "waitress", "werkzeug")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    """One line a record: time, level, logger, message, key=value. An exception shows its type and places only."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        more = " ".join(f"{key}={value}" for key, value in record.__dict__.items() if key not in _USUAL)
        return f"{line} {more}" if more else line

    def formatException(self, ei: ExcInfo) -> str:
        """An exception's own words may be a parent's."""
        kind, _, trace = ei
        places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace))
        return "\n".join([*places, kind.__name__ if kind else ""])


def set_up(level: int = logging.INFO) -> None:
    handler = Lines(sys.stderr)
    handler.setFormatter(Formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
