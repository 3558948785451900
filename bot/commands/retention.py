"""`tsunagu retention [--dry-run]`"""

from dataclasses import asdict

import click

from bot.commands.starting import program
from storage.retention import sweep

NAMES = {
    "bot_talk": "自動案内だけのやりとり",
    "unanswered": "うまく答えられなかった言葉",
    "consultations": "終わった相談",
    "consultation_entries": "終わった相談のやりとり",
    "undelivered": "送れなかった言葉",
    "parked": "処理できなかった受信",
    "received": "受信の番号",
    "reply_tokens": "返信用のしるし",
    "forgotten": "ボットのおぼえ書き",
    "people": "何も残っていない相談者(LINEのIDも)",
    "audit": "閲覧・操作の記録",
    "log_in_tries": "ログインの失敗の数",
    "presence": "だれが相談を見ていたか",
}


@click.command()
@click.option("--dry-run", is_flag=True, help="Count only; delete nothing.")
def retention(dry_run: bool) -> None:
    """Delete what is older than the RETAIN_…_DAYS settings. Counts are shown, never words."""
    started = program()
    swept = asdict(sweep(started.database, started.clock(), started.settings.retention, dry_run))
    started.close()
    for kind, name in NAMES.items():
        click.echo(f"{name}: {swept[kind]}件")
    click.echo("(数えただけです。何も消していません)" if dry_run else "✓ 期限をすぎたものを消しました。")
