"""Does the database answer, in the form that this program needs, and is every key there?"""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.findings import Finding
from bot.program import Program
from storage import keys, migrations
from storage.migrations import Standing

STANDINGS = {
    Standing.CURRENT: "データベースは最新です。",
    Standing.OLDER: "データベースが古い形です。「tsunagu db upgrade」を実行してください。",
    Standing.NEWER: "データベースは、より新しいプログラムで使われています(このプログラムでも使えます)。",
    Standing.TOO_NEW: "データベースは、より新しいプログラムの形です。プログラムを新しくしてください。",
}


def schema(started: Program) -> Iterator[Finding]:
    try:
        standing = migrations.standing(started.database)
    except SQLAlchemyError as error:
        yield (
            False,
            f"データベースにつながりません({type(error).__name__})。DATABASE_URL を確かめてください。",
        )
        return
    yield standing.usable, STANDINGS[standing]


def sealing_keys(started: Program) -> Iterator[Finding]:
    with started.database.read() as session:
        missing = keys.missing(session)
    yield (
        not missing,
        f"ENCRYPTION_KEYS に、鍵 {'、'.join(missing)} がありません。前の鍵を、新しい鍵の後ろに足してください。"
        if missing
        else "言葉を閉じた鍵はそろっています。",
    )
