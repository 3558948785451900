"""Which rules are live, can this program read them, and does the file at hand say the same?"""

from collections.abc import Iterator

from bot.findings import Finding
from bot.program import Program, version_of_file
from intents.rules import BadRules, parse
from storage import rulesets


def live_rules(started: Program) -> Iterator[Finding]:
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
