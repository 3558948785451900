"""Logs hold ids, kinds, counts and durations: never what somebody wrote, a name, a token or a user id."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from bot.log_lines import Lines
from storage import trace

FORMATS: Final = ("text", "json")

_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_QUIET = ("linebot", "urllib3", "sqlalchemy", "alembic", "waitress", "werkzeug", "apscheduler")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    """One line a record: time, level, logger, message, key=value. An exception shows its type and places only."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        more = " ".join(f"{key}={value}" for key, value in _more(record).items())
        return f"{line} {more}" if more else line

    def formatException(self, ei: ExcInfo) -> str:
        """An exception's own words may be a parent's."""
        kind, _, tb = ei
        places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb))
        return "\n".join([*places, kind.__name__ if kind else ""])


class JsonFormatter(Formatter):
    """The same as one JSON object a line, for what collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        known: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_more(record),
        }
        if record.exc_info:
            known["exception"] = self.formatException(record.exc_info)
        return json.dumps(known, ensure_ascii=False, default=str)


def set_up(form: str = "text", level: int = logging.INFO) -> None:
    handler = Lines(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else Formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _more(record: logging.LogRecord) -> dict[str, Any]:
    """What the record was given beside its message, and the request that it belongs to."""
    more = {key: value for key, value in record.__dict__.items() if key not in _USUAL}
    return more | {"request": trace.current()} if trace.current() else more
