"""Accounts and the audit at the shell."""

import json
from pathlib import Path

import pytest
from test_commands import environment, run

from bot import settings
from bot.program import Program
from console import passwords
from storage import second_factors, staff
from storage.staff import Staff

__all__ = ["environment"]  # a fixture

PASSWORD = "a-long-password"


@pytest.fixture(autouse=True)
def _prepared(environment: Path) -> None:
    run("db", "upgrade")


def add(login: str, *options: str) -> str:
    result = run("staff", "add", login, "--name", "だれか", "--password", PASSWORD, *options)
    return result.stdout if result.exit_code == 0 else result.stderr


def account(login: str) -> Staff:
    started = Program(settings.read())
    with started.database.read() as session:
        person = staff.find(session, login)
    started.close()
    assert person
    return person


def test_a_first_admin_is_added_and_changes_the_password_at_log_in() -> None:
    said = add("kanri", "--role", "admin")

    assert "管理者「だれか」(kanri)を登録しました" in said
    assert "最初のログインで、パスワードを変えてもらいます" in said
    assert account("kanri").must_change_password


def test_who_typed_it_themselves_keeps_it() -> None:
    add("kanri", "--role", "admin", "--keep-password")

    assert not account("kanri").must_change_password


def test_desk_staff_are_added_with_their_desks() -> None:
    add("jidokan", "--role", "desk", "--desk", "nogata", "--desk", "yamato", "--email", "J@city.example")

    assert (account("jidokan").desks, account("jidokan").email) == (("nogata", "yamato"), "j@city.example")
    assert "窓口の担当者\t有効\tnogata,yamato" in run("staff", "list").stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--role", "desk"], "--desk 施設のid を1つ以上"),
        (["--desk", "nogata"], "--role desk と"),
        (["--role", "desk", "--desk", "nowhere"], "「nowhere」という施設はありません"),
    ],
)
def test_desks_and_role_belong_together(options: list[str], words: str) -> None:
    assert words in add("jidokan", *options)


def test_a_log_in_name_that_will_not_do_is_explained() -> None:
    assert "ログイン名は、半角の英小文字" in add("相談員")


def test_a_password_that_others_would_guess_is_refused() -> None:
    result = run("staff", "add", "sato", "--name", "佐藤", "--password", "password1234")

    assert result.exit_code == 1
    assert "推測されやすい" in result.stderr


def test_an_admin_who_is_locked_out_gets_in_again_by_the_operator() -> None:
    add("kanri", "--role", "admin", "--keep-password")
    started = Program(settings.read())
    with started.database.write() as session:
        second_factors.begin(session, "kanri")

    said = run("staff", "reset", "kanri").stdout

    password = said.split("仮のパスワード: ")[1].split()[0]
    reset = account("kanri")
    assert passwords.verified(password, reset.password_hash)
    assert (reset.must_change_password, reset.session_version) == (True, 2)
    with started.database.read() as session:
        assert second_factors.shown(session, "kanri") is None
    started.close()


@pytest.mark.parametrize("command", ["reset", "disable"])
def test_an_unknown_log_in_name_is_said(command: str) -> None:
    result = run("staff", command, "nobody")

    assert result.exit_code == 1
    assert "「nobody」というログイン名はありません" in result.stderr


def test_the_audit_is_written_as_json_lines_newest_first() -> None:
    add("kanri", "--role", "admin")
    run("staff", "disable", "kanri")

    newest, first = [json.loads(line) for line in run("audit").stdout.splitlines()]

    assert newest["act"] == "account_disabled"
    assert (first["actor"], first["act"], first["about"], first["role"]) == (
        "operator",
        "account_added",
        "kanri",
        "admin",
    )


def test_the_audit_can_be_asked_for_some_days_only() -> None:
    add("kanri", "--role", "admin")

    assert run("audit", "--until", "2020-01-01").stdout == ""
    assert len(run("audit", "--since", "2020-01-01", "--about", "kanri").stdout.splitlines()) == 1
