"""The public app: LINE's webhook, health, and what is measured."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot import metrics, readiness
from bot.line.webhook import Webhook
from bot.request_ids import with_request_id
from storage.database import Database


def create_app(
    database: Database,
    *,
    channel_secret: str,
    digest_key: bytes,
    clock: Callable[[], datetime],
    shows_metrics: bool = False,
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
        problems = readiness.problems(database, clock())
        return jsonify(
            status="ready" if not problems else "not ready", problems=problems
        ), 503 if problems else 200

    if shows_metrics:

        @app.get("/metrics")
        def shown() -> Response:
            return Response(metrics.text(database, clock), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    app.wsgi_app = with_request_id(app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app
