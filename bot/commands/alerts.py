"""`tsunagu alerts test`"""

import sys

import click

from bot import alert_ways
from bot.alert_settings import Alerts
from bot.alert_words import Alert
from bot.commands.starting import PROBLEMS_FOUND, program
from storage.alerts import WAITING


@click.group()
def alerts() -> None:
    """E-mail and webhook: who is told when somebody waits."""


@alerts.command()
def test() -> None:
    """Send an alert about nobody by every way that is set."""
    started = program(needs_schema=False)
    settings, now = started.settings.alerts, started.clock()
    if not settings.ways:
        click.echo("✗ ALERT_EMAIL も ALERT_WEBHOOK もありません。知らせる先を設定してください。", err=True)
        sys.exit(PROBLEMS_FOUND)
    alert = Alert(f"test {now.isoformat()}", WAITING, "お試し", now, 0, settings.console_url)
    good = [_tried(alert, way, started.settings.alerts) for way in settings.ways]
    sys.exit(0 if all(good) else PROBLEMS_FOUND)


def _tried(alert: Alert, way: str, settings: Alerts) -> bool:
    try:
        alert_ways.send(alert, way, settings)
    except alert_ways.NotSent as failed:
        click.echo(f"✗ {way}: 送れませんでした({failed})。設定を確かめてください。", err=True)
        return False
    click.echo(f"✓ {way}: 送りました。届いたか確かめてください。")
    return True
