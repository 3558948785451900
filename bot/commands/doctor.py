"""`tsunagu doctor`: one line each, ✓ or what to do."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.commands.starting import PROBLEMS_FOUND, program
from bot.program import Program, version_of_file
from intents.rules import BadRules, parse
from storage import heartbeats, inbox, keys, migrations, outbox, rulesets

CLOCK_MAY_DIFFER: Final = timedelta(seconds=30)

Finding = tuple[bool, str]


@click.command()
def doctor() -> None:
    """Check settings, database, LINE, rules and data."""
    started = program(needs_schema=False)
    findings = [(True, "設定はそろっています。"), *_database(started)]
    if all(good for good, _ in findings):
        findings += [*_keys(started), *_rules(started), *_queues(started)]
    findings += [*_line(started), *_data(started)]
    for good, words in findings:
        click.echo(f"{'✓' if good else '✗'} {words}")
    started.close()
    sys.exit(0 if all(good for good, _ in findings) else PROBLEMS_FOUND)


def _database(started: Program) -> Iterator[Finding]:
    try:
        current = migrations.is_current(started.database)
    except SQLAlchemyError as error:
        yield (
            False,
            f"データベースにつながりません({type(error).__name__})。DATABASE_URL を確かめてください。",
        )
        return
    yield (
        current,
        "データベースは最新です。"
        if current
        else "データベースが古い形です。「tsunagu db upgrade」を実行してください。",
    )


def _keys(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        missing = keys.missing(session)
    yield (
        not missing,
        f"ENCRYPTION_KEYS に、鍵 {'、'.join(missing)} がありません。前の鍵を、新しい鍵の後ろに足してください。"
        if missing
        else "言葉を閉じた鍵はそろっています。",
    )


def _rules(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        live = rulesets.newest(session)
        if not live:
            yield False, "ルールがまだありません。「tsunagu db upgrade」を実行してください。"
            return
        text, same = rulesets.text_of(session, live.version), version_of_file(session)
    yield _readable(live.version, text)
    if same != live.version:
        yield _file_differs(same)


def _readable(version: int, text: str) -> Finding:
    try:
        return True, f"ルールは第{version}版です({len(parse(text).rules)}項目)。"
    except BadRules:
        return (
            False,
            f"公開中のルール(第{version}版)を、このプログラムは読めません。前に読めた版で答えています。"
            "プログラムを新しくするか、「tsunagu rules publish」で公開し直してください。",
        )


def _file_differs(same: int | None) -> Finding:
    """A file that was published once is only behind; one that never was may hold somebody's work."""
    differs = "routing_rules.yaml と公開中のルールがちがいます。使われているのは公開中のほうです"
    if same:
        return True, f"{differs}(ファイルは第{same}版と同じです)。"
    return (
        False,
        f"{differs}。ちがいは「tsunagu rules diff」で見られます。"
        "ファイルのほうを使うには「tsunagu rules publish」で公開してください。",
    )


def _queues(started: Program) -> Iterator[Finding]:
    now = started.clock()
    with started.database.read() as session:
        parked, stuck = len(inbox.parked(session)), len(outbox.problems(session))
        beats = heartbeats.all_(session)
    yield (
        parked == 0,
        f"処理できなかった受信: {parked}件"
        + ("" if parked == 0 else "。「tsunagu inbox parked」で見られます。"),
    )
    yield (
        stuck == 0,
        f"送れていない返信: {stuck}件" + ("" if stuck == 0 else "。「tsunagu outbox list」で見られます。"),
    )
    last = max((beat.at for beat in beats.values()), default=None)
    yield (
        (True, "送受信は動いています。")
        if _recent(last, now)
        else (
            False,
            "送受信が動いていません。「tsunagu serve」(PostgreSQLでは「tsunagu worker」も)を起動してください。",
        )
    )


def _recent(last: datetime | None, now: datetime) -> bool:
    return last is not None and now - last < timedelta(minutes=1)


def _line(started: Program) -> Iterator[Finding]:
    from linebot.v3.messaging.exceptions import ApiException, UnauthorizedException
    from urllib3.exceptions import HTTPError

    from bot.line.client import LineClient

    settings = started.settings
    client = LineClient(settings.line_api_host, settings.line_channel_access_token)
    try:
        chat_mode, answered_at = client.bot_info()
    except UnauthorizedException:
        yield (
            False,
            "LINEのアクセストークンが無効です。LINE Developers で発行し直し、LINE_CHANNEL_ACCESS_TOKEN に入れてください。",
        )
    except ApiException as error:
        yield False, f"LINEがエラーを返しました({error.status})。少し待って、もう一度お試しください。"
    except HTTPError as error:
        yield False, f"LINEにつながりません({type(error).__name__})。ネットワークを確かめてください。"
    else:
        yield True, "LINEのアクセストークンは有効です。"
        yield (
            (True, "LINEの応答モードは「Bot」です。")
            if chat_mode == "bot"
            else (
                False,
                "LINEの「チャット」がオンです。相談の内容がLINEの管理画面に残るので、応答設定でオフにしてください。",
            )
        )
        if answered_at:
            close = abs(answered_at - started.clock()) < CLOCK_MAY_DIFFER
            yield (
                close,
                "時計は合っています。"
                if close
                else "この機械の時計がずれています。時刻の同期を確かめてください。",
            )
    finally:
        client.close()


def _data(started: Program) -> Iterator[Finding]:
    directory = started.directory
    yield (
        True,
        f"{directory.municipality}のデータ: 施設{len(directory.facilities)}、制度{len(directory.resources)}、電話{len(directory.hotlines)}",
    )
    yield (
        False,
        f"緊急の電話{len(directory.hotlines)}件は、区の担当者による確認がまだ記録されていません(資料の日付で表示しています)。",
    )
