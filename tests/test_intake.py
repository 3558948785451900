"""From the inbox to the timeline: order, failures, unsending, and who it was."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import unsealed
import urllib3
from conftest import Service
from sqlmodel import SQLModel

from conversation import talk
from intents.classify import Classification, classify
from intents.rules import Rules
from simulator.phone import Phone
from storage import inbox
from storage.tables import (
    ConsultationRow,
    ContactRow,
    ConversationRow,
    EntryRow,
    InboxRow,
    NoticeRow,
    OutboxRow,
    ReplyTokenRow,
)

ON_BOTH = True
CURSED = "これは失敗します"


@pytest.fixture
def curse(monkeypatch: pytest.MonkeyPatch) -> None:
    """One text that cannot be understood without an exception, which quotes it."""

    def broken(utterance: str, rules: Rules) -> Classification:
        if utterance == CURSED:
            raise ZeroDivisionError(utterance)
        return classify(utterance, rules)

    monkeypatch.setattr(talk, "classify", broken)


def all_(service: Service, table: type[SQLModel]) -> Sequence[Any]:
    return unsealed.rows(service.program.database, table)


def said(service: Service, phone: Phone) -> list[str]:
    """What this parent said, in the order of the timeline."""
    contacts = all_(service, ContactRow)
    mine = [contact.conversation_id for contact in contacts if contact.address == phone.user_id]
    return [
        row.text for row in all_(service, EntryRow) if row.conversation_id in mine and row.kind == "utterance"
    ]


def kept(service: Service) -> str:
    """Everything that is written down about conversations."""
    tables: tuple[type[SQLModel], ...] = (InboxRow, ConversationRow, ConsultationRow, EntryRow, OutboxRow)
    return repr([row for table in tables for row in all_(service, table)])


def parked(service: Service) -> list[str]:
    with service.program.database.read() as session:
        return [row.id for row in inbox.parked(session)]


def take_in(service: Service) -> None:
    """Handle what is due; send nothing."""
    while service.worker.steps["intake"].step():
        pass


# ---- order


@pytest.mark.parametrize("together", [True, False], ids=["one request", "a request each"])
def test_a_parents_words_stand_in_the_order_in_which_they_were_written(
    service: Service, together: bool
) -> None:
    phone = service.phone()
    written = [f"{number}つめの話" for number in range(6)]
    service.platform.hold()
    for text in written:
        service.clock.forward(seconds=1)
        phone.say(text)

    service.platform.release("shuffled", together=together)
    service.settle()

    assert said(service, phone) == written


def test_parents_in_one_request_each_have_their_own_conversation(service: Service) -> None:
    one, other = service.phone("保護者A"), service.phone("保護者B")
    service.platform.hold()
    for phone, text in ((one, "保育園のこと"), (other, "夜泣き"), (one, "転園です")):
        service.clock.forward(seconds=1)
        phone.say(text)

    service.platform.release()
    service.settle()

    assert said(service, one) == ["保育園のこと", "転園です"]
    assert said(service, other) == ["夜泣き"]
    assert len(all_(service, ConversationRow)) == 2


def test_a_new_parent_who_writes_twice_at_once_gets_one_conversation(service: Service) -> None:
    phone = service.phone()
    service.platform.hold()
    phone.follow()
    phone.say("こんにちは")

    service.platform.release()
    service.settle()

    assert len(all_(service, ConversationRow)) == len(all_(service, ContactRow)) == 1


def test_a_message_that_comes_twice_is_answered_once(service: Service) -> None:
    phone = service.phone()
    phone.follow()
    service.settle()
    service.platform.duplicate()

    phone.say("児童館どこ")
    service.settle()

    assert said(service, phone) == ["児童館どこ"]
    assert len(service.platform.requests) == 2


def test_the_user_id_is_kept_with_the_contact_only(service: Service) -> None:
    phone = service.phone()

    phone.say("児童館どこ")
    service.settle()

    assert [contact.address for contact in all_(service, ContactRow)] == [phone.user_id]
    assert phone.user_id not in kept(service)


# ---- what is kept, and what is not


def test_the_payload_is_emptied_once_it_is_handled(service: Service) -> None:
    service.phone().say("ひみつの話")
    assert json.loads(all_(service, InboxRow)[0].payload)["message"]["text"] == "ひみつの話"

    service.settle()

    assert [row.payload for row in all_(service, InboxRow)] == [""]


def test_a_position_is_kept_nowhere(service: Service) -> None:
    service.phone().share_location(35.70712, 139.66398, address="中野区若宮3丁目99番")

    service.settle()

    assert "35.707" not in kept(service)
    assert "99番" not in kept(service)


def test_an_event_of_nobody_is_closed_without_a_conversation(service: Service) -> None:
    post(service, {"type": "message", "webhookEventId": "01", "message": {"type": "text", "text": "x"}})
    post(service, "not even an object")
    group = {"type": "group", "groupId": "C1", "userId": "U1"}
    post(service, {"type": "join", "webhookEventId": "02", "source": group, "replyToken": "t"})

    service.settle()

    assert [row.closed_at is not None for row in all_(service, InboxRow)] == [True, True, True]
    assert all_(service, ConversationRow) == []
    assert all_(service, ReplyTokenRow) == []


def test_what_nobody_knows_yet_is_shown_in_the_timeline_and_not_answered(service: Service) -> None:
    source = {"type": "user", "userId": service.phone().user_id}
    post(service, {"type": "teleported", "webhookEventId": "01", "source": source, "replyToken": "t"})

    service.settle()

    assert [(row.kind, row.text) for row in all_(service, EntryRow)] == [
        ("system", "LINEからのお知らせ: teleported")
    ]
    assert service.platform.requests == ()


def post(service: Service, event: Any) -> None:
    body, headers = service.platform.signed((event,))
    url = service.platform.webhook_url or ""
    with urllib3.PoolManager(retries=False) as pool:
        assert pool.request("POST", url, body=body, headers=headers).status == 200


# ---- failures


@pytest.mark.usefixtures("curse")
def test_a_failing_event_is_tried_again_after_1_2_4_and_8_seconds(service: Service) -> None:
    service.phone().say(CURSED)
    tries = []

    for second in range(20):
        before = all_(service, InboxRow)[0].attempts
        take_in(service)
        if all_(service, InboxRow)[0].attempts > before:
            tries.append(second)
        service.clock.forward(seconds=1)

    assert tries == [0, 1, 3, 7, 15]
    assert len(parked(service)) == 1


@pytest.mark.usefixtures("curse")
def test_a_failing_event_holds_back_its_own_sender_only(service: Service) -> None:
    unlucky, lucky = service.phone("保護者A"), service.phone("保護者B")
    unlucky.say(CURSED)
    service.clock.forward(seconds=0.1)
    unlucky.say("つぎの話")
    lucky.say("児童館どこ")

    service.settle()

    assert said(service, unlucky) == []
    assert said(service, lucky) == ["児童館どこ"]
    assert lucky.texts() != []


@pytest.mark.usefixtures("curse")
def test_after_a_parked_event_the_parents_next_words_are_answered(service: Service) -> None:
    phone = service.phone()
    phone.say(CURSED)
    service.clock.forward(seconds=0.1)
    phone.say("児童館どこ")

    until_parked(service)
    service.settle()

    assert said(service, phone) == ["児童館どこ"]
    assert phone.texts() != []


def test_a_parked_event_that_is_put_back_is_handled(
    service: Service, curse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = service.phone()
    phone.say(CURSED)
    until_parked(service)
    monkeypatch.setattr(talk, "classify", classify)

    with service.program.database.write() as session:
        inbox.retry(session, parked(service)[0], service.clock())
    service.settle()

    assert said(service, phone) == [CURSED]
    assert parked(service) == []


@pytest.mark.usefixtures("curse")
def test_of_a_failure_only_the_kind_and_the_place_are_kept(service: Service) -> None:
    service.phone().say(CURSED)

    service.settle()

    error = all_(service, InboxRow)[0].error
    assert error.startswith("ZeroDivisionError at test_intake:")
    assert CURSED not in error


@pytest.mark.usefixtures("curse")
def test_a_failure_leaves_nothing_half_done(service: Service) -> None:
    service.phone().say(CURSED)

    service.settle()

    assert all_(service, ConversationRow) == []
    assert all_(service, ReplyTokenRow) == []
    assert all_(service, EntryRow) == []


def until_parked(service: Service) -> None:
    for _ in range(20):
        take_in(service)
        service.clock.forward(seconds=1)
    assert len(parked(service)) == 1


# ---- unsending


def test_what_is_unsent_is_erased_with_what_was_understood_and_previewed(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("人と話したい、夫のことで")
    service.settle()

    phone.unsend(message_id)
    service.settle()

    entry = next(row for row in all_(service, EntryRow) if row.kind == "utterance")
    assert (entry.text, entry.understanding, entry.matched, entry.erased_at) == (
        "",
        None,
        "",
        service.clock(),
    )
    assert "夫のこと" not in kept(service)


def test_the_preview_of_the_queue_forgets_what_is_unsent(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("あのね、じつは")
    take_in(service)
    assert [row.last_words for row in all_(service, ConversationRow)] == ["あのね、じつは"]

    phone.unsend(message_id)
    take_in(service)

    assert [row.last_words for row in all_(service, ConversationRow)] == [""]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (("うちの子がしゃべらない", "相談員と話す", "同意して相談する"), "うちの子がしゃべらない"),
        (("相談員と話す", "はい"), "相談員と話す"),
        (("相談員と話す", "同意して相談する", "夫とけんかしました"), "夫とけんかしました"),
    ],
)
def test_the_queue_shows_what_was_told_rather_than_the_word_that_agreed(
    said: tuple[str, ...], shown: str, service: Service
) -> None:
    phone = service.phone()

    for words in said:
        phone.say(words)
        service.settle()

    assert [row.last_words for row in all_(service, ConversationRow)] == [shown]


def test_unsending_what_nobody_knows_harms_nothing(service: Service) -> None:
    phone = service.phone()
    phone.say("児童館どこ")
    service.settle()
    source = {"type": "user", "userId": phone.user_id}
    at = int(service.clock().timestamp() * 1000)

    gone = {"type": "unsend", "webhookEventId": "01", "timestamp": at, "unsend": {"messageId": "unheard of"}}
    post(service, gone | {"source": source})
    service.settle()

    assert said(service, phone) == ["児童館どこ"]
    assert parked(service) == []


def test_one_parent_cannot_unsend_what_another_wrote(service: Service) -> None:
    phone, other = service.phone("保護者A"), service.phone("保護者B")
    message_id = phone.say("児童館どこ")
    other.say("こんにちは")
    service.settle()
    at = int(service.clock().timestamp() * 1000)

    gone = {"type": "unsend", "webhookEventId": "01", "timestamp": at, "unsend": {"messageId": message_id}}
    post(service, gone | {"source": {"type": "user", "userId": other.user_id}})
    service.settle()

    assert said(service, phone) == ["児童館どこ"]


def test_an_answer_that_repeats_an_unsent_place_goes_with_it(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("若宮3丁目")
    service.settle()
    assert "若宮3丁目から近い順" in kept(service)

    phone.unsend(message_id)
    service.settle()

    assert "若宮" not in kept(service)
    assert [row.erased_at is not None for row in all_(service, EntryRow)] == [True, True]


def test_a_later_answer_that_gives_the_unsent_place_away_goes_too(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("若宮3丁目")
    service.settle()
    service.clock.forward(seconds=1)
    phone.say("児童館で遊びたい")
    service.settle()
    assert kept(service).count("・約") >= 4  # how far it is, twice

    phone.unsend(message_id)
    service.settle()

    assert "・約" not in kept(service)
    assert said(service, phone) == ["", "児童館で遊びたい"]


def test_what_has_to_do_with_another_message_stays(service: Service) -> None:
    phone = service.phone()
    phone.say("若宮3丁目")
    service.settle()
    service.clock.forward(seconds=1)
    message_id = phone.say("ありがとう")
    service.settle()

    phone.unsend(message_id)
    service.settle()

    assert "若宮3丁目から近い順" in kept(service)


def test_places_offered_for_an_unsent_name_are_no_longer_asked_about(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("江古田")
    service.settle()
    assert "江古田" in kept(service)

    phone.unsend(message_id)
    service.settle()

    assert "江古田" not in kept(service)


@pytest.mark.parametrize("unsent", [0, 1])
def test_a_place_that_was_guessed_and_confirmed_goes_with_either_message(
    service: Service, unsent: int
) -> None:
    phone = service.phone()
    said_before = [phone.say("若官です")]
    service.settle()
    service.clock.forward(seconds=1)
    said_before.append(phone.say("はい"))
    service.settle()
    assert "「若宮」のことでしょうか" in kept(service)
    assert "若宮から近い順" in kept(service)

    phone.unsend(said_before[unsent])
    service.settle()

    assert "若宮から近い順" not in kept(service)
    assert [json.loads(row.memory)["area"] for row in all_(service, ConversationRow)] == [""]


def test_a_place_outside_goes_with_the_message_that_named_it(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("練馬区に住んでいます")
    service.settle()
    assert "の外" in kept(service)

    phone.unsend(message_id)
    service.settle()

    assert "練馬" not in kept(service)


def test_a_topic_that_asks_which_place_goes_with_the_message_that_named_it(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("江古田の児童館で遊びたい")
    service.settle()
    assert "江古田" in kept(service)

    phone.unsend(message_id)
    service.settle()

    assert "江古田" not in kept(service)


def test_a_topic_told_late_at_a_place_is_forgotten_with_the_place(service: Service) -> None:
    phone = service.phone()
    phone.say("練馬区に住んでいます。児童館で遊びたい")
    service.settle()
    service.clock.forward(seconds=1)
    message_id = phone.say("大和町2丁目")
    service.settle()
    assert [json.loads(row.memory)["area"] for row in all_(service, ConversationRow)] == ["大和町2丁目"]

    phone.unsend(message_id)
    service.settle()

    assert "大和町2丁目" not in kept(service)
    assert "・約" not in kept(service)


def test_what_was_said_to_be_wrong_is_forgotten_with_the_message(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("一時保育どこ")
    service.settle()
    service.clock.forward(seconds=1)
    phone.say("ちがう")
    service.settle()

    phone.unsend(message_id)
    service.settle()

    assert "一時保育" not in repr([row.matched for row in all_(service, EntryRow)])


def test_a_parked_message_that_is_unsent_never_comes_back(service: Service, curse: None) -> None:
    phone = service.phone()
    message_id = phone.say(CURSED)
    until_parked(service)
    phone.unsend(message_id)

    service.settle()

    assert parked(service) == []
    assert CURSED not in kept(service)


def test_unsending_leaves_the_alarm_and_the_place_in_the_queue(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("もう死にたい")
    service.settle()

    phone.unsend(message_id)
    service.settle()

    assert [row.kind for row in all_(service, NoticeRow)] == ["crisis"]
    assert [(row.status, row.urgency) for row in all_(service, ConversationRow)] == [("waiting", "crisis")]
    assert "もう死にたい" not in kept(service)


def test_an_answer_that_was_sent_is_kept_in_the_timeline_alone(service: Service) -> None:
    service.phone().say("児童館どこ")

    service.settle()

    assert [row.body for row in all_(service, OutboxRow)] == [""]


def test_an_answer_that_was_not_sent_yet_is_not_sent_after_an_unsend(service: Service) -> None:
    phone = service.phone()
    message_id = phone.say("若宮3丁目")
    take_in(service)
    phone.unsend(message_id)

    service.settle()

    assert phone.texts() == []
    assert [(row.state, row.problem, row.body) for row in all_(service, OutboxRow)] == [
        ("failed", "unsent", "")
    ]
