"""`tsunagu keys new|rotate`"""

import base64
import secrets
import sys

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.settings import KEY_BYTES
from storage import keys as rotation


@click.group()
def keys() -> None:
    """Keys for ENCRYPTION_KEYS."""


@keys.command()
def new() -> None:
    """A new key, to be put first in ENCRYPTION_KEYS."""
    click.echo(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())


@keys.command()
def rotate() -> None:
    """Seal every word anew with the first of ENCRYPTION_KEYS. May run while serving, be stopped, and run again."""
    started = program()
    rotated = rotation.rotate(started.database)
    started.close()
    click.echo(f"新しい鍵で閉じ直した値: {rotated.sealed_anew}件")
    if rotated.unreadable:
        click.echo(
            f"✗ 読めない値が{rotated.unreadable}件あります。前の鍵は、まだ外さないでください。", err=True
        )
        sys.exit(PROBLEMS_FOUND)
    click.echo("✓ すべて新しい鍵で閉じました。前の鍵を ENCRYPTION_KEYS から外せます。")
