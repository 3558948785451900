"""`tsunagu opendata`: shown first, asked for consent, taken back."""

from pathlib import Path

import pytest
from test_commands import environment, run
from test_opendata import HALL, NAKANO, REAL, table

from directory.opendata import writing

__all__ = ["environment"]


@pytest.fixture
def ready(environment: Path) -> Path:
    run("db", "upgrade")
    return environment


@pytest.fixture
def hall(ready: Path) -> str:
    file = ready / "hall.csv"
    file.write_bytes(table(HALL, HALL | {"ID": "j2", "名称": ""}))
    return str(file)


def test_check_shows_every_row_refused_with_its_reason_and_writes_nothing(ready: Path) -> None:
    (ready / "real.csv").write_bytes(REAL)

    result = run("opendata", "check", str(ready / "real.csv"), "--all")

    assert result.exit_code == 1
    assert "取り込まない: 302件" in result.stdout
    assert result.stdout.count("ほかの自治体の施設です(埼玉県川口市、コード 112038)。") == 302
    assert run("opendata", "history").stdout == ""


def test_check_of_our_own_export_finds_nothing_to_do(ready: Path) -> None:
    run("opendata", "export", "-o", str(ready / "ours.csv"))

    result = run("opendata", "check", str(ready / "ours.csv"))

    assert result.exit_code == 0
    assert f"同じ: {len(NAKANO.facilities)}件" in result.stdout


def test_an_export_begins_with_the_mark_that_spreadsheets_want(ready: Path) -> None:
    result = run("opendata", "export")

    assert result.stdout_bytes == writing.table(NAKANO).encode("utf-8-sig")


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_without_consent_nothing_is_written(answer: str, hall: str) -> None:
    result = run("opendata", "import", hall, "--note", "試し", text=answer)

    assert "やめました。何も書いていません。" in result.stdout
    assert run("opendata", "history").stdout == ""


def test_an_import_is_in_force_told_in_the_history_and_undone(hall: str) -> None:
    result = run(
        "opendata", "import", hall, "--note", "11月分", "--by", "sato", "--as-of", "2026-11-01", "--yes"
    )

    assert result.exit_code == 0, result.output
    assert "3行目\t(名称なし)\t名称がありません。" in result.stdout
    assert "第1版として取り込みました" in result.stdout
    (line,) = run("opendata", "history").stdout.splitlines()
    assert line.split("\t")[2:] == ["sato", "11月分", "オープンデータ 子育て施設一覧(2026-11-01)", "1件"]
    assert "丸山児童館" in run("opendata", "export").stdout
    assert "facility:od-131148-j1\t未確認" in run("data", "stale").stdout

    assert "第1版を取り消しました(第2版)" in run("opendata", "undo", "1", "--note", "誤り").stdout
    assert "丸山児童館" not in run("opendata", "export").stdout


def test_a_second_import_of_the_same_file_has_nothing_to_do(hall: str) -> None:
    run("opendata", "import", hall, "--note", "11月分", "--yes")

    assert "取り込むものはありません" in run("opendata", "import", hall, "--note", "また", "--yes").stdout
    assert len(run("opendata", "history").stdout.splitlines()) == 1


def test_what_is_no_table_is_said_without_a_traceback(ready: Path) -> None:
    (ready / "x.csv").write_bytes(b"PK\x03\x04")

    for arguments in (["check"], ["import", "--note", "x", "--yes"]):
        result = run("opendata", *arguments, str(ready / "x.csv"))
        assert result.exit_code == 1
        assert "ExcelのファイルかZIP" in result.stderr


@pytest.mark.parametrize(("edition", "status"), [("1", 2), ("0", 2)])
def test_undoing_what_was_never_there_is_wrong_use(edition: str, status: int, ready: Path) -> None:
    assert run("opendata", "undo", edition, "--note", "x").exit_code == status
