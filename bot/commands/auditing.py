"""`tsunagu audit`: who read and changed what, for keeping elsewhere or searching."""

import json
from datetime import UTC, datetime

import click

from bot.commands.starting import program
from directory.hours import TOKYO
from storage import audit as log
from storage.audit import Audited, Wanted

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--since", type=DAY, help="From this day on (in Tokyo).")
@click.option("--until", type=DAY, help="Before this day.")
@click.option("--actor", default="", metavar="LOGIN", help="By this account.")
@click.option("--about", default="", help="About this pseudonym or account.")
def audit(since: datetime | None, until: datetime | None, actor: str, about: str) -> None:
    """Write the audit as JSON lines, newest first. There are no words of anybody in it."""
    started = program()
    wanted = Wanted(actor=actor, about=about, since=_utc(since), until=_utc(until))
    before = None
    with started.database.read() as session:
        while lines := log.page(session, wanted, before):
            for line in lines:
                click.echo(_json(line))
            before = lines[-1].id
    started.close()


def _json(line: Audited) -> str:
    """Without the reason, which people write freely; what an account's line says is a role."""
    told = {
        "id": line.id,
        "at": line.at.astimezone(TOKYO).isoformat(),
        "actor": line.actor,
        "act": line.act,
        "about": line.pseudonym or line.account,
        "entries": [line.first_entry, line.last_entry] if line.first_entry is not None else None,
        "role": line.reason if line.account else None,
    }
    return json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False)


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=TOKYO).astimezone(UTC) if day else None
