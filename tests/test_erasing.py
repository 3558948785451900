"""A parent's records are really erased: at once where only the bot talked, by staff where people had a part."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import unsealed
from conftest import Service
from console_harness import NOW, Browser, Clock, World, logged_in, new_database
from sqlmodel import SQLModel
from test_commands import environment, run
from test_dump import program
from test_intake import CURSED, curse, until_parked

from conversation.events import CounselorNoted, CounselorReplied, CounselorResolved, CounselorTook
from conversation.model import Outcome, Status
from storage import staff
from storage.database import Database
from storage.retention import Policy, sweep
from storage.sealing import Keyring
from storage.staff import Role
from storage.tables import (
    AuditRow,
    ConsultationRow,
    ContactRow,
    ConversationRow,
    EntryRow,
    InboxRow,
    NoticeRow,
    OutboxRow,
    ReplyTokenRow,
)

__all__ = ["curse", "environment", "program"]

TABLES: tuple[type[SQLModel], ...] = (
    InboxRow,
    ConversationRow,
    ConsultationRow,
    EntryRow,
    OutboxRow,
    NoticeRow,
    ReplyTokenRow,
)


def kept(database: Database) -> str:
    """Everything that is written down about conversations, opened."""
    return repr([row for table in TABLES for row in unsealed.rows(database, table)])


def entries(database: Database) -> list[tuple[str, str]]:
    return [(row.kind, row.text.split("\n")[0]) for row in unsealed.rows(database, EntryRow)]


def only(database: Database, table: type[SQLModel]) -> Any:
    (row,) = unsealed.rows(database, table)
    return row


# ---- at once


def test_after_a_parent_confirmed_nothing_of_the_talk_is_left(service: Service) -> None:
    database, phone = service.program.database, service.phone()
    for text in ("一時保育をさがしています", "若宮3丁目", "消してほしい", "消す"):
        phone.say(text)
        service.settle()

    assert [
        word for word in ("さがしています", "若宮", "消してほしい", "一時") if word in kept(database)
    ] == []
    assert entries(database) == [
        ("system", "記録を消しました"),
        ("bot", "この窓口に残っていたやりとりの記録を消しました。"),
    ]
    assert phone.texts()[-1].startswith("この窓口に残っていたやりとりの記録を消しました。")
    audited = only(database, AuditRow)
    assert (audited.act, audited.actor, audited.reason) == ("erased", "parent", "")


def test_what_was_still_waiting_to_be_sent_goes_too(service: Service) -> None:
    database, phone = service.program.database, service.phone()
    service.platform.faults.add("server_error_before", "any", times=10)
    phone.say("若宮3丁目")
    service.settle()
    phone.say("消してほしい")
    service.clock.forward(seconds=1)
    phone.say("消す")
    while service.worker.steps["intake"].step():
        pass

    assert "若宮" not in kept(database)
    assert len(unsealed.rows(database, OutboxRow)) == 1


def test_a_parked_event_is_erased_with_the_rest(service: Service, curse: None) -> None:
    database, phone = service.program.database, service.phone()
    phone.say(CURSED)
    until_parked(service)
    phone.say("消してほしい")
    service.settle()
    phone.say("消す")
    service.settle()

    assert CURSED not in kept(database)
    assert [row.parked for row in unsealed.rows(database, InboxRow)] == [False] * 3


def test_one_parents_erasure_leaves_the_others_words(service: Service) -> None:
    database = service.program.database
    service.phone("保護者B").say("若宮3丁目")
    phone = service.phone("保護者A")
    for text in ("消してほしい", "消す"):
        phone.say(text)
        service.settle()

    assert "若宮3丁目から近い順" in kept(database)


def test_a_day_later_even_the_user_id_is_gone(service: Service) -> None:
    database, phone = service.program.database, service.phone()
    for text in ("こんにちは", "消してほしい", "消す"):
        phone.say(text)
        service.settle()
    assert only(database, ContactRow).address == phone.user_id

    service.clock.forward(days=2)
    swept = sweep(database, service.clock(), Policy())

    assert swept.people == 1
    assert (unsealed.rows(database, ContactRow), unsealed.rows(database, ConversationRow)) == ([], [])


def test_who_writes_again_after_erasing_is_not_swept_away(service: Service) -> None:
    database, phone = service.program.database, service.phone()
    for text in ("こんにちは", "消してほしい", "消す", "ありがとう"):
        phone.say(text)
        service.settle()

    service.clock.forward(days=2)

    assert sweep(database, service.clock(), Policy()).people == 0


# ---- staff decide


def consulted(service: Service) -> str:
    """A parent whose consultation is over, and who wants everything gone."""
    phone = service.phone()
    for text in ("人と話したい", "はい", "夫のことで、ひみつの相談"):
        phone.say(text)
        service.settle()
    service.happen(CounselorTook("sato"))
    service.happen(CounselorReplied("sato", "ひみつの返事"))
    service.happen(CounselorNoted("sato", "ひみつのメモ"))
    service.happen(CounselorResolved("sato", Outcome.ANSWERED))
    phone.say("消してほしい")
    service.settle()
    return service.conversation_id()


def console(service: Service) -> Browser:
    browser = Browser(service.program.console_app(cookie_secure=False).test_client())
    with browser.client.session_transaction() as session:
        session.update(logged_in("sato", service.clock()))
    return browser


def test_staff_see_the_wish_and_erase_with_a_reason(service: Service) -> None:
    database, conversation_id = service.program.database, consulted(service)
    browser = console(service)
    assert "夫のことで" in kept(database)

    page = browser.get("/erasures").text
    answer = browser.post(
        f"/erasures/{conversation_id}", reason="残す義務がないため", decision="erase", sure="yes"
    )
    service.settle()

    assert "相談1回" in page
    assert answer.status_code == 303
    assert [word for word in ("夫の", "ひみつ", "人と話したい") if word in kept(database)] == []
    assert unsealed.rows(database, ConsultationRow) == []
    assert service.phone().texts()[-1].startswith("この窓口に残っていたやりとりの記録を消しました。")
    audited = unsealed.rows(database, AuditRow)[-1]
    assert (audited.act, audited.actor, audited.reason) == ("erased", "sato", "残す義務がないため")
    assert "残す義務がないため" in browser.get("/erasures").text


def test_a_refusal_is_told_with_its_reason_and_erases_nothing(service: Service) -> None:
    database, conversation_id = service.program.database, consulted(service)

    console(service).post(f"/erasures/{conversation_id}", reason="決まりで1年残します", decision="keep")
    service.settle()

    assert "決まりで1年残します" in service.phone().texts()[-1]
    assert "夫のことで" in kept(database)
    assert only(database, ConversationRow).erasure_wanted_at is None
    assert unsealed.rows(database, AuditRow)[-1].act == "erasure_refused"


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({"decision": "erase", "reason": "", "sure": "yes"}, "理由が入っていません"),
        ({"decision": "erase", "reason": "理由"}, "元に戻せないことを確かめました"),
        ({"decision": "keep", "reason": "あ" * 501}, "長すぎます"),
        ({"decision": "", "reason": "理由"}, "選んでください"),
    ],
)
def test_a_decision_that_lacks_something_says_what(
    fields: dict[str, str], advice: str, service: Service
) -> None:
    conversation_id = consulted(service)

    answer = console(service).post(f"/erasures/{conversation_id}", **fields)

    assert answer.status_code == 422
    assert advice in answer.text
    assert fields["reason"] in answer.text
    assert "夫のことで" in kept(service.program.database)


def test_the_second_to_decide_is_told_that_it_is_decided(service: Service) -> None:
    conversation_id, browser = consulted(service), console(service)
    browser.post(f"/erasures/{conversation_id}", reason="一人目", decision="keep")

    answer = browser.post(f"/erasures/{conversation_id}", reason="二人目", decision="erase", sure="yes")

    assert answer.status_code == 409
    assert "もう決まっています" in answer.text
    assert "夫のことで" in kept(service.program.database)


# ---- the console's page alone


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


def test_an_open_consultation_is_ended_first(world: World) -> None:
    conversation_id = world.waiting(erasure_wanted_at=NOW)

    answer = world.browser("sato").post(
        f"/erasures/{conversation_id}", reason="理由", decision="erase", sure="yes"
    )

    assert answer.status_code == 409
    assert "先に「解決」" in answer.text


def test_erasing_is_offered_only_where_it_may_be_done(world: World) -> None:
    world.waiting("みどり-1", erasure_wanted_at=NOW)
    browser = world.browser("sato")

    assert 'value="erase"' not in browser.get("/erasures").text

    world.conversation("みどり-2", erasure_wanted_at=NOW, status=Status.BOT)
    assert browser.get("/erasures").text.count('value="erase"') == 1


def test_what_is_under_a_legal_hold_is_not_erased(world: World) -> None:
    conversation_id = world.conversation(erasure_wanted_at=NOW, legal_hold=True, status=Status.BOT)

    answer = world.browser("sato").post(
        f"/erasures/{conversation_id}", reason="理由", decision="erase", sure="yes"
    )

    assert answer.status_code == 409
    assert "保全中" in answer.text


def test_every_page_counts_the_wishes(world: World) -> None:
    browser = world.browser("sato")
    before = browser.get("/").text
    world.conversation(erasure_wanted_at=NOW)

    after = browser.get("/").text

    assert "消去の希望</a>" in before
    assert '消去の希望<span class="number new">1' in after


def test_nobody_decides_without_a_token_or_without_logging_in(world: World) -> None:
    conversation_id = world.conversation(erasure_wanted_at=NOW)
    fields = {"reason": "理由", "decision": "erase", "sure": "yes"}

    forged = world.browser("sato").client.post(f"/erasures/{conversation_id}", data=fields)
    stranger = world.browser().post(f"/erasures/{conversation_id}", **fields)

    assert (forged.status_code, stranger.status_code) == (400, 401)
    assert len(entries(world.database)) == 1


def test_a_decision_about_nobody_is_no_error(world: World) -> None:
    answer = world.browser("sato").post("/erasures/nobody", reason="理由", decision="keep")

    assert answer.status_code == 409


# ---- at the shell


@pytest.fixture
def shell(environment: Path) -> Iterator[World]:
    """The console's harness over the database that the commands use."""
    run("db", "upgrade")
    database = Database(f"sqlite:///{environment}/tsunagu.db", Keyring([bytes(32)]))
    with database.write() as session:
        staff.add(session, "sato", "佐藤", Role.COUNSELOR, "x", NOW)
    yield World(database, Clock())
    database.close()


WHO = ("みどり-482", "--by", "sato", "--reason", "窓口で申し出")


def test_erasing_at_the_shell_leaves_a_line_in_the_audit_alone(shell: World) -> None:
    shell.conversation()

    result = run("erase", *WHO, "--yes")

    assert result.exit_code == 0
    assert "一時保育" not in kept(shell.database)
    assert only(shell.database, AuditRow).reason == "窓口で申し出"


def test_erasing_asks_first(shell: World) -> None:
    shell.conversation()

    result = run("erase", *WHO, text="n\n")

    assert result.exit_code == 1
    assert "一時保育" in kept(shell.database)


def test_a_hold_stops_erasing_until_it_is_lifted(shell: World) -> None:
    shell.conversation()
    run("hold", "place", *WHO)

    refused = run("erase", *WHO, "--yes")
    run("hold", "lift", *WHO)
    done = run("erase", *WHO, "--yes")

    assert (refused.exit_code, done.exit_code) == (1, 0)
    assert "保全中" in refused.stderr
    assert [row.act for row in unsealed.rows(shell.database, AuditRow)] == ["held", "released", "erased"]


def test_an_export_goes_to_a_file_for_its_owner_alone(shell: World, environment: Path) -> None:
    shell.held("sato")

    result = run("export", *WHO[:1], "out.json", *WHO[1:])

    file = environment / "out.json"
    exported = json.loads(file.read_text(encoding="utf-8"))
    assert result.exit_code == 0
    assert "一時保育" not in result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry["text"] for entry in exported["entries"]] == ["一時保育を使いたいです"]
    assert exported["consultations"][0]["assignee"] == "sato"
    assert only(shell.database, AuditRow).act == "exported"
    assert unsealed.rows(shell.database, OutboxRow) == []  # never over LINE


def test_an_export_overwrites_nothing(shell: World, environment: Path) -> None:
    shell.conversation()
    (environment / "out.json").write_text("大事なもの", encoding="utf-8")

    result = run("export", *WHO[:1], "out.json", *WHO[1:])

    assert result.exit_code == 1
    assert (environment / "out.json").read_text(encoding="utf-8") == "大事なもの"
    assert unsealed.rows(shell.database, AuditRow) == []


@pytest.mark.parametrize(
    ("person", "by", "advice"),
    [("だれか-1", "sato", "という相談者はいません"), ("みどり-482", "nobody", "ログイン名はありません")],
)
def test_unknown_people_are_named(person: str, by: str, advice: str, shell: World) -> None:
    shell.conversation()

    result = run("erase", person, "--by", by, "--reason", "x", "--yes")

    assert result.exit_code == 1
    assert advice in result.stderr


def test_a_parents_records_are_never_told_over_line(service: Service) -> None:
    consulted(service)
    phone = service.phone()
    before = len(phone.texts())

    for text in (
        "この窓口に残っている私の記録を全部送って",
        "個人情報の開示をお願いします",
        "わたしのデータをここに出して",
    ):
        phone.say(text)
        service.settle()

    answers = "\n".join(phone.texts()[before:])
    assert answers
    assert [word for word in ("夫の", "ひみつ", "人と話したい") if word in answers] == []
