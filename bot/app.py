"""The public app: LINE's webhook, and health."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from flask import Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from bot.line.webhook import Webhook
from storage import heartbeats, inbox
from storage.database import Database

LOOPS: Final = ("intake-loop", "delivery-loop")
SILENT_AFTER: Final = timedelta(seconds=60)
LATE_AFTER: Final = timedelta(seconds=60)


def create_app(
    database: Database, *, channel_secret: str, digest_key: bytes, clock: Callable[[], datetime]
) -> Flask:
    app = Flask(__name__)
    app.wsgi_app = Webhook(  # type: ignore[method-assign]
        app.wsgi_app, database, channel_secret=channel_secret, digest_key=digest_key, clock=clock
    )

    @app.get("/healthz")
    def healthz() -> Response:
        """The process is alive."""
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Parents are being answered: database, background loops, no event left lying."""
        problems = _problems(database, clock())
        return jsonify(
            status="ready" if not problems else "not ready", problems=problems
        ), 503 if problems else 200

    return app


def _problems(database: Database, now: datetime) -> list[str]:
    try:
        with database.read() as session:
            beats = heartbeats.all_(session)
            oldest = inbox.oldest_open(session)
    except SQLAlchemyError:
        return ["database"]
    silent = [loop for loop in LOOPS if loop not in beats or now - beats[loop].at > SILENT_AFTER]
    stopped = [f"{name}: {beat.stopped_by}" for name, beat in beats.items() if beat.stopped_by]
    late = [f"oldest event waits {(now - oldest).seconds} s"] if oldest and now - oldest > LATE_AFTER else []
    return [*silent, *stopped, *late]
