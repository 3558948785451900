"""A backup tells nothing to whoever finds it, and brings everything back or changes nothing."""

import base64
import io
import stat
from pathlib import Path

import databases
import pytest
import unsealed
from databases import KEYS, NOW, family
from dumps import found
from sqlmodel import SQLModel
from test_commands import environment, run

from conversation.messages import Outgoing, Text
from storage import archive, migrations, outbox, staff
from storage.archive import BadArchive
from storage.backups import MissingTool, NotEmpty, WrongKind, back_up, restore
from storage.database import Database
from storage.migrations import Standing
from storage.sealing import Keyring, UnknownKey
from storage.staff import Role

__all__ = ["environment"]

database = databases.on_both


def fill(database: Database) -> None:
    conversation = family(database, "U0123456789")
    with database.write() as session:
        staff.add(session, "sato", "相談員の佐藤", Role.COUNSELOR, "x", NOW)
        outbox.put(session, conversation, None, "line", Outgoing((Text("ひみつの返事"),)), NOW)


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as session:
        return {
            name: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
            for name, table in SQLModel.metadata.tables.items()
        }


def empty(database: Database) -> None:
    with database.engine.begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(table.delete())


# ---- the round trip


def test_what_was_backed_up_comes_back_to_the_last_byte(database: Database, tmp_path: Path) -> None:
    fill(database)
    before = contents(database)
    back_up(database, tmp_path / "backup")
    empty(database)

    restore(database, tmp_path / "backup")

    assert contents(database) == before
    assert "ひみつの返事" in unsealed.rows(database, outbox.OutboxRow)[0].body
    assert migrations.standing(database) is Standing.CURRENT


def test_after_a_restore_new_rows_get_new_numbers(database: Database, tmp_path: Path) -> None:
    fill(database)
    back_up(database, tmp_path / "backup")
    empty(database)
    restore(database, tmp_path / "backup")

    with database.write() as session:
        conversation = unsealed.rows(database, outbox.ContactRow)[0].conversation_id
        outbox.put(session, conversation, None, "line", Outgoing((Text("つぎ"),)), NOW)

    assert len(unsealed.rows(database, outbox.OutboxRow)) == 2


def test_a_backup_shows_neither_words_nor_names_and_only_to_its_owner(
    database: Database, tmp_path: Path
) -> None:
    fill(database)

    back_up(database, tmp_path / "backup")

    written = (tmp_path / "backup").read_bytes()
    opened = io.BytesIO()
    archive.read(io.BytesIO(written), opened, KEYS)
    secrets = ["ひみつ", "相談員の佐藤", "U0123456789", "conversation", "SQLite format"]
    assert found(secrets, written) == []
    assert found(["conversation"], opened.getvalue()) == ["conversation"]  # it would have been found
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    assert list(tmp_path.glob("backup*")) == [tmp_path / "backup"]


def test_a_database_in_use_is_not_overwritten_unless_forced(database: Database, tmp_path: Path) -> None:
    fill(database)
    before = contents(database)
    back_up(database, tmp_path / "backup")
    family(database, "U-b")

    with pytest.raises(NotEmpty):
        restore(database, tmp_path / "backup")
    assert contents(database) != before
    restore(database, tmp_path / "backup", force=True)

    assert contents(database) == before


@pytest.mark.parametrize("harm", ["cut", "changed", "longer", "not a backup", "empty"])
def test_a_damaged_backup_changes_nothing(harm: str, database: Database, tmp_path: Path) -> None:
    fill(database)
    file = tmp_path / "backup"
    back_up(database, file)
    written = file.read_bytes()
    harmed = {
        "cut": written[:-1],
        "changed": written[:-100] + bytes([written[-100] ^ 1]) + written[-99:],
        "longer": written + written[-200:],
        "not a backup": b"PK" + written,
        "empty": b"",
    }
    file.write_bytes(harmed[harm])
    before = contents(database)

    with pytest.raises(BadArchive):
        restore(database, file, force=True)

    assert contents(database) == before


def test_a_backup_does_not_overwrite_another(database: Database, tmp_path: Path) -> None:
    (tmp_path / "backup").write_bytes(b"precious")

    with pytest.raises(FileExistsError):
        back_up(database, tmp_path / "backup")

    assert (tmp_path / "backup").read_bytes() == b"precious"


def test_without_postgresqls_programs_it_says_which_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_postgresql: Database
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingTool, match="pg_dump"):
        back_up(on_postgresql, tmp_path / "backup")

    assert not list(tmp_path.glob("backup*"))


on_postgresql = databases.on_postgresql


def test_a_backup_of_the_other_kind_is_not_forced_in(on_postgresql: Database, tmp_path: Path) -> None:
    lite = Database(f"sqlite:///{tmp_path}/lite.db", KEYS)
    migrations.upgrade(lite)
    back_up(lite, tmp_path / "backup")
    lite.close()

    with pytest.raises(WrongKind):
        restore(on_postgresql, tmp_path / "backup")


# ---- the file's form, in chunks


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """An archive of three chunks and a bit: its head, then its frames."""
    monkeypatch.setattr(archive, "CHUNK", 100)
    written = io.BytesIO()
    archive.write(io.BytesIO(bytes(range(250)) + b"x" * 100), written, KEYS, b"s")
    whole = written.getvalue()
    frames, rest = [whole[: archive.HEAD]], whole[archive.HEAD :]
    while rest:
        size = 4 + int.from_bytes(rest[:4], "big")
        frames, rest = [*frames, rest[:size]], rest[size:]
    return frames


def opened(frames: list[bytes], keyring: Keyring = KEYS) -> bytes:
    out = io.BytesIO()
    archive.read(io.BytesIO(b"".join(frames)), out, keyring)
    return out.getvalue()


def test_chunks_come_back_in_order(chunks: list[bytes]) -> None:
    assert len(chunks) == 5
    assert opened(chunks) == bytes(range(250)) + b"x" * 100


@pytest.mark.parametrize(
    "order",
    [[0, 1, 2, 3], [0, 1, 2, 4], [0, 2, 1, 3, 4], [0, 1, 2, 3, 4, 4], [0, 4], [0], [0, 1, 1, 2, 3, 4]],
)
def test_frames_left_out_moved_or_added_are_seen(order: list[int], chunks: list[bytes]) -> None:
    with pytest.raises(BadArchive):
        opened([chunks[number] for number in order])


def test_frames_of_another_backup_are_seen(chunks: list[bytes]) -> None:
    other = io.BytesIO()
    archive.write(io.BytesIO(bytes(range(250)) + b"x" * 100), other, KEYS, b"s")

    with pytest.raises(BadArchive):
        opened([other.getvalue()[: archive.HEAD], *chunks[1:]])


def test_a_backup_needs_the_key_it_was_made_with(chunks: list[bytes]) -> None:
    other = bytes([9]) * 32

    assert opened(chunks, Keyring([other, bytes(32)]))
    with pytest.raises(UnknownKey):
        opened(chunks, Keyring([other]))


@pytest.mark.parametrize("length", [0, 1, 99, 100, 101, 200])
def test_every_length_comes_back(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "CHUNK", 100)
    written = io.BytesIO()

    archive.write(io.BytesIO(b"y" * length), written, KEYS, b"s")

    assert opened([written.getvalue()]) == b"y" * length


# ---- the commands


def test_at_the_shell_a_backup_is_taken_and_put_back(environment: Path) -> None:
    run("db", "upgrade")
    run("staff", "add", "sato", "--name", "相談員1", "--password", "a-long-password")

    taken = run("backup", "night.backup")
    refused = run("restore", "night.backup")
    run("staff", "add", "mori", "--name", "相談員2", "--password", "a-long-password")
    restored = run("restore", "night.backup", "--force")

    assert (taken.exit_code, refused.exit_code, restored.exit_code) == (0, 1, 0)
    assert "--force" in refused.stderr
    assert "mori" not in run("staff", "list").stdout
    assert "sato" in run("staff", "list").stdout


def test_a_new_machine_starts_from_a_backup(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    run("staff", "add", "sato", "--name", "相談員1", "--password", "a-long-password")
    run("backup", "night.backup")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{environment}/new/tsunagu.db")

    restored = run("restore", "night.backup")

    assert restored.exit_code == 0, (restored.output, restored.exc_info)
    assert "sato" in run("staff", "list").stdout


def test_what_is_wrong_with_a_backup_is_told_without_a_traceback(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "upgrade")
    run("backup", "night.backup")
    (environment / "broken").write_bytes((environment / "night.backup").read_bytes()[:-5])

    again, broken = run("backup", "night.backup"), run("restore", "broken")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{environment}/new.db")
    monkeypatch.setenv("ENCRYPTION_KEYS", base64.b64encode(bytes([9]) * 32).decode())
    keyless = run("restore", "night.backup")

    assert [one.exit_code for one in (again, broken, keyless)] == [1, 1, 1]
    assert "もうあります" in again.stderr
    assert "こわれています" in broken.stderr
    assert "鍵" in keyless.stderr
