"""Everything that a database holds, as whoever gets hold of a dump of it sees it."""

import json
import subprocess
from pathlib import Path

from sqlalchemy import text

from storage.database import Database

LONG_ENOUGH = 6  # bytes: of a million that are sealed none has so many in a row by chance


def dumped(database: Database) -> bytes:
    """SQLite's files as they lie on the disk, the log of writes included; PostgreSQL's own dump."""
    if database.engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in _files(database))
    with database.read() as session:
        schema = session.connection().execute(text("SELECT current_schema()")).scalar_one()
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.run(
        ["pg_dump", "--inserts", f"--schema={schema}", url], check=True, capture_output=True
    ).stdout


def found(words: list[str], dump: bytes) -> list[str]:
    """Those of the words that stand in the dump in any usual spelling."""
    short = [word for word in words if min(map(len, _spellings(word))) < LONG_ENOUGH]
    assert not short, f"{short} may stand in what is sealed by chance"
    return [word for word in words if any(spelling in dump for spelling in _spellings(word))]


def _spellings(word: str) -> list[bytes]:
    plain = word.encode()
    return [plain, plain.hex().encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le")]


def _files(database: Database) -> list[Path]:
    path = Path(str(database.engine.url.database))
    return sorted(path.parent.glob(f"{path.name}*"))
