"""The web application: LINE's API below /line-api."""

from flask import Flask

from simulator import api
from simulator.platform import Platform

API_PREFIX = "/line-api"


def create_app(platform: Platform) -> Flask:
    """An app that can be mounted anywhere."""
    app = Flask(__name__)
    app.extensions["platform"] = platform
    app.register_blueprint(api.blueprint(platform), url_prefix=API_PREFIX)
    return app
