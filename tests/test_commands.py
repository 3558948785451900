"""The command line, as an operator or an outside check calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_settings import GOOD

from bot.cli import main


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Good settings, an empty folder, and LINE at an address where nobody answers."""
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/tsunagu.db")
    monkeypatch.setenv("LINE_API_HOST", "http://127.0.0.1:9")
    return tmp_path


def run(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(main, list(arguments), input=text)


def test_classify_passes_the_id_through_and_says_what_the_bot_would_do():
    lines = run(
        "classify", "--jsonl", text='{"id": "a", "text": "一時保育どこ"}\n{"id": 2, "text": "死にたい"}\n'
    )

    answered, crisis = map(json.loads, lines.stdout.splitlines())
    assert (answered["id"], answered["action"], answered["intent"]) == ("a", "answer", "temporary_care")
    assert (crisis["id"], crisis["action"], crisis["crisis"]) == (2, "crisis", "crisis_suicide")


def test_nearest_names_place_and_facilities_at_a_moment():
    question = {"id": 1, "text": "江古田四丁目", "type": "基本型", "at": "2026-11-23T10:00"}

    answer = json.loads(run("nearest", "--jsonl", text=json.dumps(question)).stdout)

    assert answer["place"]["name"] == "江古田4丁目"
    assert answer["facilities"][0]["id"] == "hokubu-sukoyaka"
    assert answer["facilities"][0]["open_now"] is False  # 勤労感謝の日


@pytest.mark.parametrize("command", ["classify", "nearest"])
def test_a_line_that_is_no_object_is_wrong_use(command: str):
    result = run(command, "--jsonl", text='{"id": 1, "text": "若宮"}\n[1]\n')

    assert result.exit_code == 2
    assert "line 2" in result.stderr


def test_broken_rules_are_reported_with_file_and_line(tmp_path: Path):
    file = tmp_path / "rules.yaml"
    file.write_text("format: 1\nintents:\n  - id: nonsense\n", encoding="utf-8")

    result = run("rules", "check", str(file))

    assert result.exit_code == 1
    assert f"{file}:3:" in result.stdout


def test_trying_a_sentence_explains_it():
    result = run("rules", "try", "一時保育どこ")

    assert result.exit_code == 0
    assert "temporary_care" in result.stdout


def test_missing_settings_stop_the_start_with_all_of_them_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)

    result = run("serve")

    assert result.exit_code == 1
    assert [name for name in GOOD if name not in result.stderr] == []


def test_without_a_schema_the_next_step_is_named(environment: Path):
    result = run("staff", "list")

    assert result.exit_code == 1
    assert "tsunagu db upgrade" in result.stderr


def test_accounts_are_added_listed_and_stopped(environment: Path):
    run("db", "upgrade")
    options = ["--name", "相談員1", "--password", "a-long-password"]

    added, again = run("staff", "add", "sato", *options), run("staff", "add", "sato", *options)
    stopped = run("staff", "disable", "sato")

    assert (added.exit_code, again.exit_code, stopped.exit_code) == (0, 1, 0)
    assert "sato\t相談員1\t相談員\t停止中" in run("staff", "list").stdout


def test_a_short_password_is_refused(environment: Path):
    run("db", "upgrade")

    result = run("staff", "add", "sato", "--name", "相談員1", "--password", "short")

    assert result.exit_code == 1
    assert "12文字以上" in result.stderr


def test_the_doctor_says_what_is_good_and_what_to_do(environment: Path):
    run("db", "upgrade")

    result = run("doctor")

    assert result.exit_code == 1
    assert "✓ データベースは最新です。" in result.stdout
    assert "✗ LINEにつながりません" in result.stdout
    assert "✗ 送受信が動いていません" in result.stdout


@pytest.mark.parametrize("command", [["outbox", "retry", "7"], ["inbox", "retry", "nothing"]])
def test_what_is_not_stuck_cannot_be_tried_again(command: list[str], environment: Path):
    run("db", "upgrade")

    assert run(*command).exit_code == 1


def test_a_new_key_is_one_that_the_settings_take():
    key = run("keys", "new").stdout.strip()

    assert len(key) == 44
