"""Is anybody told outside the console, and does it arrive?"""

from collections.abc import Iterator

from bot import outgoing_urls
from bot.findings import Finding
from bot.program import Program
from storage import alerts


def ways(started: Program) -> Iterator[Finding]:
    settings = started.settings.alerts
    if settings.webhook and (
        refused := outgoing_urls.judge(settings.webhook.url, allow_private=settings.webhook.allow_private)
    ):
        yield False, f"ALERT_WEBHOOK: {refused}"
    if settings.ways:
        yield (
            True,
            f"緊急のときと{settings.after_minutes}分待った人は、{'・'.join(settings.ways)}で知らせます。",
        )
    elif not settings.undecided:
        yield True, "画面の外へのお知らせは、使わないと決めてあります。"
    else:
        yield (
            False,
            "緊急でも、画面を開いていない職員には何も知らせません。ALERT_EMAIL か ALERT_WEBHOOK に知らせる先を、だれにも知らせないときは none と書いてください。",
        )


def failing(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        stuck = alerts.failing(session)
    if stuck:
        why = "・".join(sorted({f"{row.way}: {row.problem}" for row in stuck}))
        yield (
            False,
            f"送れていないお知らせ: {len(stuck)}件({why})。直してから「tsunagu alerts test」で確かめてください。",
        )
