"""From the outbox to the phone, through everything that can go wrong at LINE."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from conftest import TOKEN, Service
from sqlmodel import col, select

from bot.delivery import Delivery
from bot.line.client import LineClient
from conversation.events import CounselorReplied, CounselorTook
from simulator.faults import FaultKind
from simulator.phone import Phone
from simulator.requests import RecordedRequest
from storage import heartbeats, outbox, sealing
from storage.tables import OutboxRow

ON_BOTH = True
ROLE = "総合相談の相談員です。\n"  # before a counselor's first words
HELLO = ROLE + "こんにちは"
REPLY, PUSH = "/v2/bot/message/reply", "/v2/bot/message/push"


@pytest.fixture
def parent(service: Service) -> Phone:
    """A parent whose thread a counselor holds. Every request until now is behind us, and the token is old."""
    phone = service.phone()
    for text in ("人と話したい", "同意して相談する"):
        phone.say(text)
        service.settle()
        service.clock.forward(seconds=5)
    service.happen(CounselorTook("sato"))
    service.settle()
    service.clock.forward(minutes=2)
    return phone


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits five real seconds for an answer that does not come."""
    monkeypatch.setattr("bot.line.client.TIMEOUT", (1.0, 0.5))


def counselor_says(service: Service, *texts: str) -> None:
    for text in texts:
        service.happen(CounselorReplied("sato", text))


def rows(service: Service) -> Sequence[OutboxRow]:
    with service.program.database.read() as session:
        return session.exec(select(OutboxRow).order_by(col(OutboxRow.id))).all()


def newest(service: Service) -> OutboxRow:
    return rows(service)[-1]


def requests(service: Service, path: str) -> list[RecordedRequest]:
    return [request for request in service.platform.requests if request.path == path]


def keys(service: Service) -> list[str]:
    return [request.headers["x-line-retry-key"] for request in requests(service, PUSH)]


def settle_for(service: Service, seconds: float, step: float = 1) -> None:
    """Let that much time pass, working all the while."""
    for _ in range(int(seconds / step)):
        service.settle()
        service.clock.forward(seconds=step)
    service.settle()


def break_next(service: Service, kind: FaultKind, endpoint: str = "any", times: int = 1) -> None:
    service.platform.faults.add(kind, endpoint, times, seconds=1.0)


# ---- reply or push


def test_an_answer_within_the_minute_is_a_free_reply(service: Service) -> None:
    phone = service.phone()

    phone.say("児童館どこ")
    service.clock.forward(seconds=49)
    service.settle()

    assert newest(service).via == "reply"
    assert phone.texts() != []
    assert (requests(service, PUSH), service.platform.consumption) == ([], 0)


def test_an_answer_after_fifty_seconds_is_a_push(service: Service) -> None:
    phone = service.phone()

    phone.say("児童館どこ")
    service.clock.forward(seconds=51)
    service.settle()

    assert newest(service).via == "push"
    assert phone.texts() != []
    assert (requests(service, REPLY), service.platform.consumption) == ([], 1)


def test_a_dead_token_is_followed_by_a_push(service: Service) -> None:
    phone = service.phone()
    phone.say("児童館どこ")
    while service.worker.steps["intake"].step():
        pass
    row = newest(service)
    with service.program.database.write() as session:
        outbox.add_reply_token(session, "another", row.conversation_id, "worthless", service.clock())

    service.settle()

    assert [request.status for request in requests(service, REPLY)] == [400]
    assert [request.status for request in requests(service, PUSH)] == [200]
    assert newest(service).via == "push"


def test_line_s_message_ids_are_kept(service: Service) -> None:
    phone = service.phone()

    phone.say("児童館どこ")
    service.settle()

    ids = [bubble.id for bubble in phone.screen if not bubble.mine]
    assert [message_id for row in rows(service) for message_id in row.message_ids or ()] == ids


# ---- one message, whatever happens on the way


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR_BEFORE,
        FaultKind.SERVER_ERROR_AFTER,
        FaultKind.TIMEOUT_BEFORE,
        FaultKind.TIMEOUT_AFTER,
        FaultKind.MALFORMED_OK,
        FaultKind.RATE_LIMITED,
        FaultKind.SLOW,  # LINE has it, and says so when nobody waits any more
    ],
)
@pytest.mark.parametrize("endpoint", ["reply", "push"])
def test_exactly_one_message_arrives(service: Service, kind: FaultKind, endpoint: str) -> None:
    phone = service.phone()
    phone.follow()
    service.settle()
    before = len(phone.texts())
    break_next(service, kind, endpoint)

    phone.say("ありがとう")
    service.clock.forward(seconds=1 if endpoint == "reply" else 51)
    settle_for(service, 10)

    assert len(phone.texts()) == before + 1
    assert newest(service).state == "sent"
    assert service.platform.faults.waiting == ()


@pytest.mark.parametrize("endpoint", ["reply", "push"])
def test_a_slow_line_is_waited_for(service: Service, endpoint: str) -> None:
    phone = service.phone()
    service.platform.faults.add(FaultKind.SLOW, endpoint, seconds=0.5)

    phone.say("児童館どこ")
    service.clock.forward(seconds=1 if endpoint == "reply" else 51)
    settle_for(service, 10)

    assert [request.status for request in service.platform.requests] == [200]
    assert (newest(service).via, newest(service).attempts) == (endpoint, 1)


def test_a_retry_key_that_was_accepted_before_is_a_success_with_the_same_ids(
    service: Service, parent: Phone
) -> None:
    break_next(service, FaultKind.SERVER_ERROR_AFTER, "push")

    counselor_says(service, "こんにちは")
    settle_for(service, 3)

    assert [request.status for request in requests(service, PUSH)] == [500, 409]
    assert len(set(keys(service))) == 1
    assert newest(service).message_ids == [parent.screen[-1].id]


def test_a_reply_whose_first_try_was_accepted_is_not_pushed(service: Service) -> None:
    phone = service.phone()
    break_next(service, FaultKind.SERVER_ERROR_AFTER, "reply")

    phone.say("児童館どこ")
    settle_for(service, 3)

    assert [request.status for request in requests(service, REPLY)] == [500, 400]
    assert requests(service, PUSH) == []
    assert newest(service).state == "sent"


def test_the_outcome_of_a_reply_is_looked_up_while_its_token_tells_it(service: Service) -> None:
    phone = service.phone()
    break_next(service, FaultKind.SERVER_ERROR_AFTER, "reply")
    break_next(service, FaultKind.SERVER_ERROR_BEFORE, "reply", times=99)
    phone.say("児童館どこ")
    settle_for(service, 47)
    shown = phone.texts()

    service.platform.faults.clear()
    settle_for(service, 30)

    assert newest(service).state == "sent"
    assert requests(service, PUSH) == []
    assert phone.texts() == shown != []


def test_near_the_end_of_its_minute_a_reply_is_tried_every_second_and_no_faster(service: Service) -> None:
    break_next(service, FaultKind.SERVER_ERROR_BEFORE, "reply", times=99)
    service.phone().say("児童館どこ")

    settle_for(service, 55, step=0.25)

    late = [one.at for one in requests(service, REPLY) if service.clock() - one.at <= timedelta(seconds=6)]
    assert 3 <= len(late) <= 6
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(late))


def test_a_reply_of_unknown_outcome_is_pushed_past_its_minute(service: Service) -> None:
    phone = service.phone()
    break_next(service, FaultKind.SERVER_ERROR_AFTER, "reply")
    phone.say("児童館どこ")
    service.settle()
    shown = phone.texts()

    service.clock.forward(seconds=61)
    service.settle()

    assert newest(service).via == "push"
    assert phone.texts() == shown * 2  # an answer that comes twice hurts less than one that never comes


def test_with_a_clock_that_was_set_back_a_dead_token_tells_nothing(service: Service) -> None:
    phone = service.phone()
    break_next(service, FaultKind.SERVER_ERROR_BEFORE, "reply")
    phone.say("児童館どこ")
    service.settle()
    token = requests(service, REPLY)[0].body["replyToken"]
    service.platform.channel.reply_tokens.use(token, service.clock())  # it has died; nothing was shown

    service.clock.forward(hours=-5)
    service.settle()

    assert newest(service).via == "push"
    assert phone.texts() != []


@pytest.mark.usefixtures("parent")
def test_too_many_requests_are_tried_later_with_the_same_key(service: Service) -> None:
    break_next(service, FaultKind.RATE_LIMITED, "push", times=3)

    counselor_says(service, "こんにちは")
    settle_for(service, 12, step=0.5)

    assert [request.status for request in requests(service, PUSH)] == [429, 429, 429, 200]
    assert len(set(keys(service))) == 1
    times = [request.at for request in requests(service, PUSH)]
    first, second, third = ((later - earlier).total_seconds() for earlier, later in pairwise(times))
    assert first <= 1.5
    assert 1.5 <= second <= 3
    assert 3 <= third <= 5.5


def test_order_is_kept_while_the_first_one_is_tried_again(service: Service, parent: Phone) -> None:
    break_next(service, FaultKind.SERVER_ERROR_BEFORE, "push", times=2)
    counselor_says(service, "一")
    service.settle()

    counselor_says(service, "二", "三")
    settle_for(service, 6)

    assert parent.texts()[-3:] == [ROLE + "一", "二", "三"]


def test_another_parent_does_not_wait_for_that(service: Service, parent: Phone) -> None:
    break_next(service, FaultKind.SERVER_ERROR_BEFORE, "push", times=5)
    counselor_says(service, "こんにちは")
    service.settle()
    other = service.phone("保護者B")

    other.say("児童館どこ")
    service.settle()

    assert other.texts() != []
    assert HELLO not in parent.texts()


def test_a_counselor_s_three_bubbles_go_in_one_request(service: Service, parent: Phone) -> None:
    counselor_says(service, "一", "二", "三")
    service.settle()

    assert parent.texts()[-3:] == [ROLE + "一", "二", "三"]
    assert len(requests(service, PUSH)) == service.platform.consumption == 1


def test_never_more_than_five_messages_go_in_one_request(service: Service, parent: Phone) -> None:
    counselor_says(service, *"一二三四五六七")
    service.settle()

    assert parent.texts()[-7:] == [ROLE + "一", *"二三四五六七"]
    assert [len(request.body["messages"]) for request in requests(service, PUSH)] == [5, 2]


# ---- quota


def test_without_quota_it_is_held_and_goes_free_with_the_parents_next_message(
    service: Service, parent: Phone
) -> None:
    service.platform.quota = 0
    counselor_says(service, "一", "二")
    settle_for(service, 3)
    assert [row.state for row in rows(service)[-2:]] == ["held", "held"]
    assert ROLE + "一" not in parent.texts()

    parent.say("死にたい")
    service.settle()

    texts = parent.texts()
    assert texts.index(ROLE + "一") + 1 == texts.index("二") < len(texts) - 1
    assert {row.state for row in rows(service)} == {"sent"}
    assert service.platform.consumption == 0
    assert len(requests(service, PUSH)) == 1


def test_with_quota_again_it_goes_within_the_hour(service: Service, parent: Phone) -> None:
    service.platform.quota = 0
    counselor_says(service, "こんにちは")
    service.settle()
    service.platform.quota = 10

    service.clock.forward(minutes=61)
    service.settle()

    assert parent.texts()[-1] == HELLO


@pytest.mark.usefixtures("parent")
def test_spent_quota_is_told_from_haste_by_line_s_numbers_where_its_words_have_changed(
    service: Service,
) -> None:
    service.platform.quota = 0
    break_next(service, FaultKind.RATE_LIMITED, "push")

    counselor_says(service, "こんにちは")
    service.settle()

    assert newest(service).state == "held"
    assert [request.path for request in service.platform.requests[-2:]] == [
        "/v2/bot/message/quota",
        "/v2/bot/message/quota/consumption",
    ]


# ---- refused


def test_with_a_bad_access_token_nothing_is_lost(service: Service, parent: Phone) -> None:
    good, service.platform.access_token = service.platform.access_token, "another one"
    counselor_says(service, "こんにちは")
    settle_for(service, 90, step=10)
    with service.program.database.read() as session:
        stopped_by = heartbeats.all_(session)["delivery"].stopped_by
    assert stopped_by == "line_401"
    assert len(requests(service, PUSH)) == 4

    service.platform.access_token = good
    settle_for(service, 31, step=31)

    assert parent.texts()[-1] == HELLO
    with service.program.database.read() as session:
        assert heartbeats.all_(session)["delivery"].stopped_by == ""


def test_what_line_will_never_accept_is_failed_and_shown(service: Service, parent: Phone) -> None:
    counselor_says(service, "x")
    with service.program.database.write() as session:  # the console would not have let it in
        row = session.get_one(OutboxRow, newest(service).id)
        body = sealing.of(session).open(sealing.OUTBOX_BODY, row.id or 0, row.body)
        said = json.dumps(ROLE + "x", ensure_ascii=False)
        row.body = sealing.of(session).seal(sealing.OUTBOX_BODY, row.id or 0, body.replace(said, '""'))

    settle_for(service, 3)
    counselor_says(service, "こんにちは")
    service.settle()

    failed, after = rows(service)[-2:]
    assert (failed.state, failed.attempts, failed.problem) == ("failed", 1, "400 messages[0].text")
    assert after.state == "sent"
    assert parent.texts()[-1] == "こんにちは"


def test_who_has_blocked_us_gets_nothing_more(service: Service, parent: Phone) -> None:
    counselor_says(service, "こんにちは")

    parent.block()
    while service.worker.steps["intake"].step():
        pass
    service.settle()

    assert (newest(service).state, newest(service).problem) == ("failed", "blocked")
    assert requests(service, PUSH) == []


# ---- long failures


@pytest.mark.usefixtures("impatient", "parent")
def test_after_23_hours_it_is_unknown_and_never_sent_again_by_itself(service: Service) -> None:
    break_next(service, FaultKind.TIMEOUT_AFTER, "push")
    break_next(service, FaultKind.SERVER_ERROR_BEFORE, "push", times=99)
    counselor_says(service, "こんにちは")
    settle_for(service, 22 * 3600, step=3600)
    assert newest(service).state == "queued"

    settle_for(service, 3 * 3600, step=3600)
    tried = len(requests(service, PUSH))
    settle_for(service, 48 * 3600, step=3600)

    assert newest(service).state == "unknown"
    assert len(requests(service, PUSH)) == tried
    assert all(
        (request.at - requests(service, PUSH)[0].at).total_seconds() < 24 * 3600
        for request in requests(service, PUSH)
    )


@pytest.mark.usefixtures("impatient")
def test_what_was_tried_once_and_then_lay_for_a_day_is_not_sent_blindly(
    service: Service, parent: Phone
) -> None:
    break_next(service, FaultKind.TIMEOUT_AFTER, "push")
    counselor_says(service, "こんにちは")
    service.settle()

    service.clock.forward(hours=25)
    service.settle()

    assert newest(service).state == "unknown"
    assert len(requests(service, PUSH)) == 1
    assert parent.texts().count(HELLO) == 1


@pytest.mark.usefixtures("impatient")
def test_a_person_may_send_it_again_with_a_new_key(service: Service, parent: Phone) -> None:
    break_next(service, FaultKind.TIMEOUT_BEFORE, "push")
    counselor_says(service, "こんにちは")
    service.settle()
    service.clock.forward(hours=25)
    service.settle()

    with service.program.database.write() as session:
        outbox.retry(session, newest(service).id or 0, service.clock())
    service.settle()

    assert parent.texts()[-1] == HELLO
    assert len(set(keys(service))) == 2


def test_a_day_without_a_working_access_token_is_no_day_of_trying(service: Service, parent: Phone) -> None:
    good, service.platform.access_token = service.platform.access_token, "another one"
    counselor_says(service, "こんにちは")
    service.settle()
    service.clock.forward(hours=30)
    service.settle()

    service.platform.access_token = good
    service.clock.forward(minutes=1)
    service.settle()

    assert parent.texts()[-1] == HELLO


def test_an_expired_lease_is_taken_over_with_the_same_key(service: Service, parent: Phone) -> None:
    counselor_says(service, "こんにちは")
    with service.program.database.write() as session:
        dead = outbox.claim(session, service.clock())  # a worker that dies before it sends
    assert dead is not None

    service.settle()
    waiting = len(requests(service, PUSH))
    service.clock.forward(seconds=21)
    service.settle()

    assert waiting == 0
    assert keys(service) == [dead.retry_key]
    assert parent.texts()[-1] == HELLO


def test_a_worker_that_died_after_sending_does_not_send_twice(
    service: Service, parent: Phone, client: LineClient
) -> None:
    counselor_says(service, "こんにちは")
    with service.program.database.write() as session:
        dead = outbox.claim(session, service.clock())
    assert dead is not None
    client.push(dead.address, dead.outgoing, dead.retry_key)

    service.clock.forward(seconds=21)
    service.settle()

    assert [request.status for request in requests(service, PUSH)] == [200, 409]
    assert parent.texts().count(HELLO) == 1
    assert newest(service).state == "sent"


def test_an_unreachable_line_is_tried_later(service: Service, parent: Phone) -> None:
    away = LineClient("http://127.0.0.1:9", TOKEN)
    here = service.worker.steps["delivery"]
    service.worker.steps["delivery"] = Delivery(service.program.database, away, service.clock)
    counselor_says(service, "こんにちは")
    service.settle()
    away.close()
    assert (newest(service).state, newest(service).problem) == ("queued", "NewConnectionError")

    service.worker.steps["delivery"] = here
    settle_for(service, 3)

    assert parent.texts()[-1] == HELLO


@pytest.fixture
def client(line_host: str) -> Iterator[LineClient]:
    client = LineClient(line_host, TOKEN)
    yield client
    client.close()
