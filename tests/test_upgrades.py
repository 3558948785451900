"""An upgrade while the service runs: the program before goes on with the newer schema, or says plainly that it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import databases
import pytest
import sqlalchemy as sa
from books import audit
from click.testing import CliRunner, Result
from databases import KEYS
from fleet import SECRET, TOKEN, Fleet, Parents, wait_until
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from test_settings import GOOD

from bot.cli import main
from simulator.app import API_PREFIX
from simulator.app import create_app as create_simulator
from simulator.platform import Platform
from simulator.server import serving
from storage import migrations
from storage.database import Database
from storage.migrations import FLOOR, Standing, TooNew

STEPS = migrations.steps()
GENTLE = [(before, after) for before, after, breaks in STEPS if not breaks]
FUTURE = "9999_of_a_newer_program"
ONLY_GROWS = "audit"  # its rows are never changed, whichever program it is


@pytest.fixture(params=databases.KINDS)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    with _bare_url(request.param, tmp_path) as url:
        database = Database(url, KEYS)
        yield database
        database.close()


@contextmanager
def _bare_url(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bare.db"
        return
    with databases.empty_schema() as url:
        yield url


class ProgramBefore:
    """Reads and writes by name every column that its own schema had, as it was compiled against it."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        tables = sa.MetaData()
        tables.reflect(self._engine)
        self._tables = [
            table for table in tables.sorted_tables if table.name not in ("alembic_version", FLOOR.name)
        ]

    def works(self) -> None:
        """Raises SQLAlchemyError where it does not."""
        made: dict[str, dict[str, Any]] = {}
        with self._engine.connect() as connection:
            for table in self._tables:
                made[table.name] = self._row(table, made)
                connection.execute(table.insert().values(made[table.name]))
            for table in self._tables:
                assert dict(connection.execute(sa.select(table)).mappings().one()) == made[table.name]
                if table.name != ONLY_GROWS:
                    connection.execute(table.update().values(self._unbound(table, made)))
            for table in reversed(self._tables):
                if table.name != ONLY_GROWS:
                    connection.execute(table.delete())
            connection.rollback()

    def _row(self, table: sa.Table, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {column.name: _referred(column, made) or _value(column) for column in table.columns}

    def _unbound(self, table: sa.Table, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
        key = {column.name for column in table.primary_key}
        return {name: value for name, value in made[table.name].items() if name not in key}


def _referred(column: "sa.Column[Any]", made: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        return made[key.column.table.name][key.column.name]
    return None


def _value(column: "sa.Column[Any]") -> Any:
    match column.type:
        case sa.DateTime():
            return datetime(2026, 11, 24, 1, 0, tzinfo=UTC if column.type.timezone else None)
        case sa.Boolean():
            return True
        case sa.Integer() | sa.Float() | sa.Numeric():
            return 7
        case sa.LargeBinary():
            return b"bytes"
        case sa.JSON():
            return {"a": 1}
        case _:
            return column.name


@pytest.mark.parametrize(("before", "after"), GENTLE, ids=[after for _, after in GENTLE])
def test_the_program_before_goes_on_with_what_was_added(before: str, after: str, bare: Database) -> None:
    migrations.upgrade(bare, before)
    program = ProgramBefore(bare)
    program.works()

    migrations.upgrade(bare, after)

    program.works()


@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)  # SQLite puts anything into any column
def test_a_column_that_changed_its_type_is_noticed(bare: Database) -> None:
    migrations.upgrade(bare, "0001")
    program = ProgramBefore(bare)

    migrations.upgrade(bare, "0002_words_sealed")

    with pytest.raises(SQLAlchemyError):
        program.works()


def test_a_new_column_that_must_be_given_is_noticed(bare: Database) -> None:
    migrations.upgrade(bare)
    program = ProgramBefore(bare)
    with bare.write() as session:
        session.execute(sa.text("DROP TABLE heartbeat"))
        session.execute(
            sa.text(
                "CREATE TABLE heartbeat (name TEXT PRIMARY KEY, at TIMESTAMP NOT NULL, stopped_by TEXT NOT NULL, more TEXT NOT NULL)"
            )
        )

    with pytest.raises(IntegrityError):
        program.works()


# ---- which schema a program takes


def upgraded_further(database: Database, *, breaks: bool) -> None:
    """As by a program of next year."""
    with database.write() as session:
        session.execute(sa.text("ALTER TABLE outbox ADD COLUMN weight INTEGER DEFAULT 1 NOT NULL"))
        session.execute(sa.text("CREATE TABLE survey (id INTEGER PRIMARY KEY)"))
        session.execute(sa.text("UPDATE alembic_version SET version_num = :future"), {"future": FUTURE})
        if breaks:
            session.execute(FLOOR.update().values(revision=FUTURE))


def test_every_schema_has_its_standing(bare: Database) -> None:
    standings = [migrations.standing(bare)]
    for step in ("0001", "head"):
        migrations.upgrade(bare, step)
        standings.append(migrations.standing(bare))
    for breaks in (False, True):
        with bare.write() as session:
            session.execute(sa.text("DROP TABLE IF EXISTS survey"))
            if breaks:
                session.execute(sa.text("ALTER TABLE outbox DROP COLUMN weight"))
        upgraded_further(bare, breaks=breaks)
        standings.append(migrations.standing(bare))

    assert standings == [
        Standing.OLDER,
        Standing.OLDER,
        Standing.CURRENT,
        Standing.NEWER,
        Standing.TOO_NEW,
    ]


def test_what_a_newer_program_upgraded_is_left_alone(bare: Database) -> None:
    migrations.upgrade(bare)
    upgraded_further(bare, breaks=False)

    migrations.upgrade(bare)

    assert migrations.standing(bare) is Standing.NEWER


def test_what_only_a_newer_program_understands_is_refused(bare: Database) -> None:
    migrations.upgrade(bare)
    upgraded_further(bare, breaks=True)

    with pytest.raises(TooNew):
        migrations.upgrade(bare)


@pytest.fixture
def environment(bare: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENCRYPTION_KEYS", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    monkeypatch.setenv("DATABASE_URL", bare.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LINE_API_HOST", "http://127.0.0.1:9")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_an_older_database_stops_the_start_with_what_to_do(bare: Database, environment: None) -> None:
    migrations.upgrade(bare, STEPS[-1][0])

    result = run("serve")

    assert result.exit_code == 1
    assert "tsunagu db upgrade" in result.stderr


@pytest.mark.parametrize("command", [["serve"], ["staff", "list"], ["db", "upgrade"]])
def test_a_database_for_newer_programs_stops_the_start(
    command: list[str], bare: Database, environment: None
) -> None:
    migrations.upgrade(bare)
    upgraded_further(bare, breaks=True)

    result = run(*command)

    assert result.exit_code == 1
    assert "プログラムを新しくしてください" in result.stderr


def test_the_program_before_starts_on_what_was_only_added(bare: Database, environment: None) -> None:
    run("db", "upgrade")
    upgraded_further(bare, breaks=False)

    assert [run(*command).exit_code for command in (["staff", "list"], ["db", "upgrade"])] == [0, 0]


# ---- under load


@pytest.fixture(params=databases.KINDS)
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Fleet, Platform]]:
    platform = Platform(channel_secret=SECRET, access_token=TOKEN, clock=lambda: datetime.now(UTC))
    with (
        _bare_url(request.param, tmp_path) as url,
        serving(create_simulator(platform, parents=())) as line,
    ):
        fleet = Fleet(tmp_path, url, line + API_PREFIX)
        yield fleet, platform
        fleet.close()
    platform.close()


def test_running_processes_outlive_an_upgrade_and_start_again_after_it(
    fleet: tuple[Fleet, Platform],
) -> None:
    service, platform = fleet
    service.web()
    if not service.database.sqlite:
        service.worker()
    parents = Parents(platform, lambda: [web.port for web in service.webs], names=4)

    with parents.writing():
        wait_until(lambda: parents.accepted >= 10)
        upgraded_further(service.database, breaks=False)
        after = parents.accepted
        wait_until(lambda: parents.accepted >= after + 20)
        for member in service.members:
            service.replace(member)
        again = parents.accepted
        wait_until(lambda: parents.accepted >= again + 10)
    wait_until(service.settled)

    assert audit(service, parents).wrong == {}
    assert "schema is newer" in service.log
