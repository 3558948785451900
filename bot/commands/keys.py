"""`tsunagu keys new`"""

import base64
import secrets

import click

from bot.settings import KEY_BYTES


@click.group()
def keys() -> None:
    """Keys for ENCRYPTION_KEYS."""


@keys.command()
def new() -> None:
    """A new key, to be put first in ENCRYPTION_KEYS."""
    click.echo(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
