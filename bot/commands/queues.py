"""`tsunagu outbox list|retry` and `tsunagu inbox parked|retry`: what did not go through by itself."""

import sys

import click

from bot.commands.starting import PROBLEMS_FOUND, program
from directory.hours import TOKYO
from storage import inbox as inbox_table
from storage import outbox as outbox_table


@click.group()
def outbox() -> None:
    """Messages that were refused, that may or may not have arrived, or that wait for quota."""


@outbox.command("list")
def list_() -> None:
    """Number, state, when it was decided, attempts, what LINE said. Never the words."""
    started = program()
    with started.database.read() as session:
        for row in outbox_table.problems(session):
            when = row.created_at.astimezone(TOKYO)
            click.echo(f"{row.id}\t{row.state}\t{when:%Y-%m-%d %H:%M}\t{row.attempts}\t{row.problem}")


@outbox.command("retry")
@click.argument("number", type=int)
def retry_outgoing(number: int) -> None:
    """Send it again, as a new request: if it had arrived, it arrives twice."""
    started = program()
    with started.database.write() as session:
        _report(outbox_table.retry(session, number, started.clock()), f"送信 {number}")


@click.group()
def inbox() -> None:
    """Events from LINE that could not be handled."""


@inbox.command()
def parked() -> None:
    """Id, when, attempts, which error. Never the words."""
    started = program()
    with started.database.read() as session:
        for row in inbox_table.parked(session):
            when = row.received_at.astimezone(TOKYO)
            click.echo(f"{row.id}\t{when:%Y-%m-%d %H:%M}\t{row.attempts}\t{row.error}")


@inbox.command("retry")
@click.argument("event_id")
def retry_event(event_id: str) -> None:
    """Put a parked event back, to be handled again."""
    started = program()
    with started.database.write() as session:
        _report(inbox_table.retry(session, event_id, started.clock()), f"受信 {event_id}")


def _report(done: bool, what: str) -> None:
    if not done:
        click.echo(f"✗ {what} は、止まっているものの中にありません。一覧で番号を確かめてください。", err=True)
        sys.exit(PROBLEMS_FOUND)
    click.echo(f"✓ {what} をもう一度処理します。")
