"""The web application: the practice page at /, LINE's API below /line-api."""

from collections.abc import Sequence

from flask import Flask, Response

from simulator import api, page
from simulator.platform import Platform

API_PREFIX = "/line-api"
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(
    platform: Platform,
    *,
    places: Sequence[tuple[str, float, float]] = (),
    parents: Sequence[str] = ("保護者A", "保護者B"),
    samples: Sequence[str] = page.SAMPLES,
) -> Flask:
    """An app that can be mounted under any prefix.

    places: what the page offers to share: name, latitude, longitude (degrees, WGS 84).
    parents: the phones that are there from the start; none has added the account yet.
    samples: sentences to send with a click.
    """
    for name in parents:
        platform.phone(name)
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's default provider has it
    app.extensions["platform"] = platform
    app.register_blueprint(page.blueprint(platform, places=places, samples=samples))
    app.register_blueprint(api.blueprint(platform), url_prefix=API_PREFIX)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    response.headers.update(SECURITY)
    return response
