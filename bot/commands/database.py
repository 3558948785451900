"""`tsunagu db upgrade`"""

import click

from bot.commands.starting import program


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the schema to the newest, and publish the seed rules where there are none."""
    started = program(needs_schema=False)
    started.prepare()
    started.close()
    click.echo("✓ データベースの準備ができました。")
