"""The counselors' door: its own Flask app, with sessions, CSRF protection and log-in. It never talks to LINE."""

from console.app import create_app

__all__ = ["create_app"]
