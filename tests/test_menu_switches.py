"""The counselor's menu on a parent's phone, from handoff to the end, whatever happens on the way."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import databases
import pytest
from conftest import TOKEN, Service
from databases import NOW
from sqlalchemy import update
from sqlmodel import col, select

from bot import line_setup
from bot.line.account import Account
from bot.line.menus import MENUS
from conversation.events import (
    CounselorHandedBack,
    CounselorLetGo,
    CounselorPassedOn,
    CounselorReplied,
    CounselorResolved,
    CounselorTook,
    StaffErased,
)
from conversation.model import Outcome
from simulator.faults import FaultKind
from simulator.phone import Phone
from storage import menus, retention, store
from storage.database import Database
from storage.menus import COUNSELOR, NORMAL, Switch
from storage.retention import Policy
from storage.tables import ConversationRow, MenuLinkRow

ON_BOTH = True
postgresql = databases.on_postgresql


@pytest.fixture
def account(service: Service) -> Iterator[Account]:
    account = Account(service.program.settings.line_api_host, TOKEN)
    yield account
    account.close()


def set_up(service: Service, account: Account) -> None:
    found = list(line_setup.set_up_menus(account, service.program.database, service.clock))
    assert all(good for good, _ in found)


@pytest.fixture
def parent(service: Service, account: Account) -> Phone:
    """A friend who waits for a counselor, where the menus are set up."""
    set_up(service, account)
    return waiting(service)


def waiting(service: Service, *, name: str = "保護者A") -> Phone:
    phone = service.phone(name)
    phone.follow()
    for text in ("人と話したい", "同意して相談する"):
        phone.say(text)
    later(service)
    return phone


def later(service: Service, seconds: float = 2) -> None:
    service.clock.forward(seconds=seconds)
    service.settle()


def shown(phone: Phone) -> str | None:
    """Which menu is on the phone."""
    return next(
        (kind for kind, menu in MENUS.items() if phone.menu and phone.menu.body["name"] == menu.name), None
    )


def asked(service: Service) -> list[str]:
    """What LINE was asked about this parent's menu, in order."""
    return [
        "unlink" if request.method == "DELETE" else "link"
        for request in service.platform.requests
        if request.path.startswith("/v2/bot/user/U")
    ]


def links(service: Service) -> list[MenuLinkRow]:
    with service.program.database.read() as session:
        return list(session.exec(select(MenuLinkRow)))


# From handoff to the end


def test_a_parent_who_waits_keeps_the_usual_menu(service: Service, parent: Phone):
    assert shown(parent) == NORMAL
    assert asked(service) == []


def test_with_a_counselor_comes_the_counselors_menu(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)

    assert shown(parent) == COUNSELOR
    assert parent.menu
    assert parent.menu.labels == ["相談を終わる", "いま困っている(緊急)"]


@pytest.mark.parametrize(
    "end",
    [CounselorResolved("sato", Outcome.ANSWERED), CounselorHandedBack("sato"), CounselorLetGo("sato")],
    ids=["resolved", "handed back", "let go"],
)
def test_without_a_counselor_the_usual_one_is_back(end: CounselorLetGo, service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)

    service.happen(end)
    later(service)

    assert shown(parent) == NORMAL
    assert links(service) == []
    assert asked(service) == ["link", "unlink"]


def test_the_parent_ends_it_with_a_tap(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)

    parent.tap_menu("相談を終わる")
    later(service)

    assert shown(parent) == NORMAL
    assert "相談を終わりました" in parent.texts()[-1]


def test_an_emergency_is_answered_while_a_counselor_is_there(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)

    parent.tap_menu("いま困っている(緊急)")
    later(service)

    assert "いま話せるところ" in parent.texts()
    assert shown(parent) == COUNSELOR


def test_a_colleague_takes_over_without_another_switch(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)

    service.happen(CounselorPassedOn("sato", "mori", "森"))
    service.happen(CounselorReplied("mori", "引きつぎました"))
    later(service)

    assert asked(service) == ["link"]


def test_what_ended_before_anybody_looked_is_not_asked_for(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    service.happen(CounselorResolved("sato", Outcome.ANSWERED))
    later(service)

    assert asked(service) == []


def test_each_parent_has_their_own(service: Service, parent: Phone):
    other = waiting(service, name="保護者B")

    service.happen(CounselorTook("sato"), service.conversation_id(1))
    later(service)

    assert (shown(parent), shown(other)) == (NORMAL, COUNSELOR)


def test_a_second_consultation_is_like_the_first(service: Service, parent: Phone):
    for _ in range(2):
        service.happen(CounselorTook("sato"))
        later(service)
        service.happen(CounselorHandedBack("sato"))
        later(service)

    assert asked(service) == ["link", "unlink"] * 2


# Discretion


def test_after_violence_at_home_the_phone_shows_nothing(service: Service, account: Account):
    set_up(service, account)
    phone = service.phone()
    phone.follow()
    phone.say("夫に殴られています")
    later(service)

    service.happen(CounselorTook("sato"))
    later(service)

    assert shown(phone) == NORMAL
    assert asked(service) == []


def test_what_is_told_later_takes_the_menu_back(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)

    parent.say("夫に殴られています")
    later(service)

    assert shown(parent) == NORMAL


# Where nothing is set up, or something else


def test_without_menus_line_is_asked_nothing(service: Service):
    phone = waiting(service)

    service.happen(CounselorTook("sato"))
    later(service)

    assert phone.menu is None
    assert links(service) == []
    assert asked(service) == []


def test_menus_that_come_later_are_shown_then(service: Service, account: Account):
    phone = waiting(service)
    service.happen(CounselorTook("sato"))
    later(service)

    set_up(service, account)
    later(service)

    assert shown(phone) == COUNSELOR


def test_a_new_picture_reaches_who_is_being_talked_with(
    service: Service, account: Account, parent: Phone, monkeypatch: pytest.MonkeyPatch
):
    service.happen(CounselorTook("sato"))
    later(service)
    before = parent.menu
    monkeypatch.setitem(MENUS[COUNSELOR].__dict__, "name", "tsunagu:counselor:new")

    set_up(service, account)
    later(service)

    assert before
    assert parent.menu
    assert parent.menu.id != before.id
    assert parent.menu.body["name"] == "tsunagu:counselor:new"


def test_what_an_older_program_took_stays_with_the_usual_menu(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    with service.program.database.write() as session:
        row = session.exec(select(ConversationRow)).one()
        row.shows_counselor = False  # it does not know the column
        session.add(row)
    later(service)

    assert shown(parent) == NORMAL


def test_what_an_older_program_ended_is_taken_back(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)
    with service.program.database.write() as session:
        row = session.exec(select(ConversationRow)).one()
        row.status = "bot"
        session.add(row)
    later(service)

    assert shown(parent) == NORMAL


# Who blocks, and who is no friend


def test_who_has_blocked_us_is_left_alone(service: Service, parent: Phone):
    parent.block()
    service.happen(CounselorTook("sato"))
    later(service)

    assert asked(service) == []


def test_who_blocks_meanwhile_gets_the_usual_menu_on_coming_back(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)
    parent.block()
    later(service)
    service.happen(CounselorHandedBack("sato"))
    later(service)
    alone = asked(service)

    parent.unblock()
    later(service)

    assert alone == ["link"]
    assert shown(parent) == NORMAL


# What goes wrong


@pytest.mark.parametrize(
    "kind", [FaultKind.SERVER_ERROR_BEFORE, FaultKind.SERVER_ERROR_AFTER, FaultKind.RATE_LIMITED]
)
def test_what_line_could_not_do_is_tried_again(kind: FaultKind, service: Service, parent: Phone):
    service.platform.faults.add(kind, "link_menu", times=2)
    service.happen(CounselorTook("sato"))
    later(service)
    at_once = len(asked(service))

    for _ in range(3):
        later(service, 6)

    assert at_once == 1
    assert shown(parent) == COUNSELOR
    assert asked(service) == ["link"] * 3


def test_what_line_may_have_done_is_undone(service: Service, parent: Phone):
    service.platform.faults.add(FaultKind.SERVER_ERROR_AFTER, "link_menu")
    service.happen(CounselorTook("sato"))
    later(service)

    service.happen(CounselorHandedBack("sato"))
    later(service, 5)

    assert asked(service) == ["link", "unlink"]
    assert shown(parent) == NORMAL


def test_the_usual_menu_comes_back_in_the_end(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)
    service.platform.faults.add(FaultKind.SERVER_ERROR_BEFORE, "unlink_menu", times=3)
    service.happen(CounselorHandedBack("sato"))

    for _ in range(5):
        later(service, 12)

    assert shown(parent) == NORMAL
    assert links(service) == []


def test_after_a_thousand_attempts_it_is_still_tried_every_quarter_of_an_hour(
    service: Service, parent: Phone
):
    service.platform.faults.add(FaultKind.SERVER_ERROR_BEFORE, "link_menu", times=2)
    service.happen(CounselorTook("sato"))
    later(service)
    with service.program.database.write() as session:
        session.execute(update(MenuLinkRow).values(attempts=2000))

    later(service, 6)
    later(service, 60)
    meanwhile = len(asked(service))
    later(service, 20 * 60)

    assert meanwhile == 2
    assert shown(parent) == COUNSELOR


def test_a_bad_token_stops_the_menus_for_half_a_minute(service: Service, parent: Phone):
    service.platform.faults.add(FaultKind.UNAUTHORIZED, "link_menu")
    service.happen(CounselorTook("sato"))
    later(service)
    later(service, 10)
    meanwhile = len(asked(service))

    later(service, 30)

    assert meanwhile == 1
    assert shown(parent) == COUNSELOR


def test_a_menu_that_is_gone_is_asked_for_once(service: Service, parent: Phone):
    with service.program.database.read() as session:
        known = menus.known(session)
    service.platform.menus.delete(known[COUNSELOR].menu_id)
    service.happen(CounselorTook("sato"))

    for _ in range(3):
        later(service, 60)

    assert asked(service) == ["link"]
    assert shown(parent) == NORMAL


def test_answers_go_out_whatever_becomes_of_the_menu(service: Service, parent: Phone):
    service.platform.faults.add(FaultKind.SERVER_ERROR_BEFORE, "link_menu", times=99)
    service.happen(CounselorTook("sato"))
    service.happen(CounselorReplied("sato", "こんにちは"))
    later(service)

    assert parent.texts()[-1].endswith("こんにちは")


def test_the_log_names_no_user_and_no_menu(service: Service, parent: Phone, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "bot")
    service.platform.faults.add(FaultKind.SERVER_ERROR_BEFORE, "link_menu")
    service.happen(CounselorTook("sato"))
    later(service)
    later(service, 5)

    lines = [repr(record.__dict__) for record in caplog.records if record.name == "bot.menus"]
    assert len(lines) == 2
    assert not [line for line in lines if parent.user_id in line or TOKEN in line]


# Processes that die, and that are several


def claimed(service: Service) -> Switch:
    with service.program.database.write() as session:
        switch = menus.claim(session, service.clock())
    assert switch
    return switch


def test_who_is_killed_before_asking_is_followed(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    claimed(service)
    later(service)
    meanwhile = asked(service)

    later(service, 20)

    assert meanwhile == []
    assert shown(parent) == COUNSELOR


def test_what_a_killed_process_had_done_is_undone(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    switch = claimed(service)
    service.platform.link_menu([parent.user_id], str(switch.menu_id))
    service.happen(CounselorHandedBack("sato"))

    later(service, 21)

    assert shown(parent) == NORMAL


def test_who_comes_too_late_says_nothing_of_what_another_did(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    slow = claimed(service)
    later(service, 21)
    service.happen(CounselorHandedBack("sato"))

    with service.program.database.write() as session:
        menus.done(session, slow)
        menus.later(session, slow, service.clock() + timedelta(minutes=50), "500")
    later(service)

    assert shown(parent) == NORMAL


def test_a_clock_that_was_set_back_holds_nothing_up(service: Service, parent: Phone):
    service.happen(CounselorTook("sato"))
    later(service)
    service.happen(CounselorHandedBack("sato"))
    claimed(service)
    service.clock.forward(hours=-3)

    later(service)

    assert shown(parent) == NORMAL


def test_of_two_workers_one_changes_it(postgresql: Database):
    with postgresql.write() as session:
        menus.note(session, COUNSELOR, "richmenu-1", "tsunagu:counselor:1", NOW)
        for number in range(5):
            conversation_id = store.begin(session, f"みどり-{number}", NOW)
            row = session.get_one(ConversationRow, conversation_id)
            row.status, row.shows_counselor = "assigned", True
    got: list[str] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(10):
            with postgresql.write() as session:
                switch = menus.claim(session, NOW)
            if switch:
                got.append(switch.conversation_id)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    with postgresql.read() as session:
        everyone = session.exec(select(col(ConversationRow.id))).all()
    assert sorted(got) == sorted(everyone)


# What is erased


def test_erased_records_leave_nobody_with_the_counselors_menu(service: Service, parent: Phone):
    """The link outlives the words: without it nobody would know that LINE is to be asked."""
    service.happen(CounselorTook("sato"))
    later(service)
    service.happen(CounselorHandedBack("sato"))
    service.happen(StaffErased("sato", "手紙で希望"))
    later(service)

    assert shown(parent) == NORMAL
    assert links(service) == []


def test_a_record_that_is_deleted_takes_its_link_along(service: Service, parent: Phone):
    """Of somebody who blocked us, whose menu nobody could change."""
    service.happen(CounselorTook("sato"))
    later(service)
    parent.block()
    later(service)
    service.happen(CounselorHandedBack("sato"))
    service.happen(StaffErased("sato", "手紙で希望"))
    service.clock.forward(days=60)

    retention.sweep(service.program.database, service.clock(), Policy())

    with service.program.database.read() as session:
        assert session.exec(select(ConversationRow)).all() == []
    assert links(service) == []
