"""Do messages come in and go out, and is what the clock does being done?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.findings import Finding
from bot.line.webhook import CHANNEL
from bot.program import Program
from bot.readiness import LOOPS, SILENT_AFTER
from storage import heartbeats, inbox, job_runs, outbox, quotas
from storage.tables import HeartbeatRow, QuotaRow

QUOTA_LOW: Final = 0.9
LATE: Final = timedelta(minutes=1)


def queues(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        parked, stuck = len(inbox.parked(session)), len(outbox.problems(session))
        oldest = inbox.oldest_open(session)
    yield (
        parked == 0,
        f"処理できなかった受信: {parked}件"
        + ("" if parked == 0 else "。「tsunagu inbox parked」で見られます。"),
    )
    yield (
        stuck == 0,
        f"送れていない返信: {stuck}件" + ("" if stuck == 0 else "。「tsunagu outbox list」で見られます。"),
    )
    if oldest and started.clock() - oldest > LATE:
        yield (
            False,
            "1分より長く、処理を待っている受信があります。runbook.md の「Events wait」を見てください。",
        )


def loops(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        beats = heartbeats.all_(session)
    now = started.clock()
    silent = [name for name in LOOPS if not _recent(beats.get(name), now)]
    if silent:
        yield (
            False,
            f"送受信が動いていません({'・'.join(silent)})。「tsunagu serve」(PostgreSQLでは「tsunagu worker」も)を起動してください。",
        )
        return
    yield True, "送受信は動いています。"
    yield (
        (True, "定時の処理の担当が決まっています。")
        if _recent(beats.get("scheduler"), now)
        else (False, "定時の処理の担当がいません。runbook.md の「Nobody is elected」を見てください。")
    )


def jobs(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        failing = job_runs.failing(session)
    yield (
        not failing,
        f"定時の処理が失敗しています({'・'.join(failing)})。ログの job failed を見てください。"
        if failing
        else "定時の処理に失敗はありません。",
    )


def quota(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        known = quotas.of(session, CHANNEL)
    if known:
        yield _quota(known)


def _quota(known: QuotaRow) -> Finding:
    if known.most is None:
        return True, f"今月の送信数: {known.used}(上限なし)"
    enough = known.used < known.most * QUOTA_LOW
    words = f"今月の送信数: {known.used}/{known.most}"
    return enough, words if enough else f"{words}。残りがわずかです。LINEのプランを確かめてください。"


def _recent(beat: HeartbeatRow | None, now: datetime) -> bool:
    return beat is not None and now - beat.at < SILENT_AFTER
