"""LINE's events → the core's: every kind that LINE documents, and what it may send one day."""

from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.line.parse import parse
from conversation.events import (
    Event,
    ParentFollowed,
    ParentLeft,
    ParentSentMedia,
    ParentSharedPosition,
    ParentUnsent,
    ParentWrote,
    SomethingUnknown,
)

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
MILLISECONDS = int(AT.timestamp() * 1000)
KINDS = ["message", "postback", "follow", "unfollow", "unsend", "beacon", "x"]
MESSAGES = ["text", "location", "sticker", "image", "video", "audio", "file", "x"]

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def holding(names: str, kinds: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these members, most of them junk."""
    members: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(names.split(), JUNK)
    return st.fixed_dictionaries({}, optional=members | {"type": st.sampled_from(kinds) | JUNK})


EVENTS = JUNK | st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(KINDS) | JUNK,
        "message": holding("id text latitude longitude", MESSAGES) | JUNK,
        "source": holding("userId groupId", ["user", "group"]) | JUNK,
        "postback": holding("data params", ["x"]) | JUNK,
        "unsend": holding("messageId", ["x"]) | JUNK,
        "follow": holding("isUnblocked", ["x"]) | JUNK,
        "mode": st.sampled_from(["active", "standby"]) | JUNK,
        "replyToken": JUNK,
        "webhookEventId": JUNK,
    },
)


def event(kind: str, **more: Any) -> dict[str, Any]:
    common = {
        "mode": "active",
        "timestamp": MILLISECONDS,
        "source": {"type": "user", "userId": "U-a"},
        "webhookEventId": "01H",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "a token",
    }
    return {"type": kind} | common | more


def message(kind: str, **more: Any) -> dict[str, Any]:
    return event("message", message={"type": kind, "id": "325708", "quoteToken": "q"} | more)


def understood(payload: Any) -> Event:
    return parse(payload, MILLISECONDS).event


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (message("text", text="一時保育どこ"), ParentWrote(AT, "一時保育どこ", "325708")),
        (
            message("text", text="@つなぐ $", emojis=[{"index": 5}], mention={"mentionees": []}),
            ParentWrote(AT, "@つなぐ $", "325708"),
        ),
        (
            message("location", title="家", address="中野区", latitude=35.7, longitude=139),
            ParentSharedPosition(AT, 35.7, 139.0, "325708"),
        ),
        (message("sticker", packageId="1", stickerId="2"), ParentSentMedia(AT, "sticker", "325708")),
        (
            message("sticker", stickerResourceType="MESSAGE", text="つかれた"),
            ParentSentMedia(AT, "sticker", "325708", words="つかれた"),
        ),
        (message("image", contentProvider={"type": "line"}), ParentSentMedia(AT, "image", "325708")),
        (message("video", duration=60000), ParentSentMedia(AT, "video", "325708")),
        (message("audio", duration=60000), ParentSentMedia(AT, "audio", "325708")),
        (
            message("file", fileName="名簿.pdf", fileSize=2138),
            ParentSentMedia(AT, "file", "325708", name="名簿.pdf"),
        ),
        (
            message("image", contentProvider={"type": "external", "originalContentUrl": "https://a.example"}),
            ParentSentMedia(AT, "image", "325708", elsewhere=True),
        ),
        (
            message("image", imageSet={"id": "E0", "index": 2, "total": 2}),
            ParentSentMedia(AT, "image", "325708", another=True),
        ),
        (event("postback", postback={"data": "相談員と話す"}), ParentWrote(AT, "相談員と話す", "01H")),
        (event("follow", follow={"isUnblocked": False}), ParentFollowed(AT)),
        (event("follow", follow={"isUnblocked": True}), ParentFollowed(AT, again=True)),
        (event("follow"), ParentFollowed(AT)),
        (event("unfollow"), ParentLeft(AT)),
        (event("unsend", unsend={"messageId": "325708"}), ParentUnsent(AT, "325708")),
    ],
)
def test_what_parents_do(payload: dict[str, Any], expected: Event) -> None:
    assert understood(payload) == expected


@pytest.mark.parametrize(
    "kind",
    [
        "accountLink",
        "activated",
        "beacon",
        "botResumed",
        "botSuspended",
        "deactivated",
        "delivery",
        "join",
        "leave",
        "memberJoined",
        "memberLeft",
        "membership",
        "messageEdited",
        "module",
        "teleported",
        "videoPlayComplete",
    ],
)
def test_what_is_not_handled_is_kept_by_its_name(kind: str) -> None:
    assert understood(event(kind)) == SomethingUnknown(AT, kind)


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (message("hologram"), "message/hologram"),
        (message("text"), "message/text"),
        (message("text", text=""), "message/text"),
        (message("text", text=["x"]), "message/text"),
        (message("location", latitude="35", longitude=139), "message/location"),
        (message("location", latitude=91, longitude=139), "message/location"),
        (message("location", latitude=float("nan"), longitude=139), "message/location"),
        (event("message"), "message/None"),
        (event("message", message="x"), "message/None"),
        (event("postback"), "postback"),
        (event("postback", postback={"data": "", "params": {"date": "2026-01-01"}}), "postback"),
        (event("unsend"), "unsend"),
        (event("unsend", unsend={"messageId": 7}), "unsend"),
        ({}, "None"),
        ("no object", "None"),
        (event("x" * 500), "x" * 40),
        (event("a\x00b\ud800"), "ab?"),
    ],
    ids=range(17),
)
def test_what_is_incomplete_or_odd_is_something_unknown(payload: Any, name: str) -> None:
    assert understood(payload) == SomethingUnknown(AT, name)


def test_who_it_was_and_the_right_to_answer_come_along() -> None:
    parsed = parse(message("text", text="x"), MILLISECONDS)

    assert (parsed.user_id, parsed.reply_token) == ("U-a", "a token")


@pytest.mark.parametrize("payload", [event("unfollow", replyToken=None), event("follow", mode="standby")])
def test_without_a_token_or_on_standby_there_is_no_right_to_answer(payload: dict[str, Any]) -> None:
    assert parse(payload, MILLISECONDS).reply_token is None


def test_a_mode_that_is_not_said_is_active() -> None:
    payload = message("text", text="x")
    del payload["mode"]

    assert parse(payload, MILLISECONDS).reply_token == "a token"


@pytest.mark.parametrize(
    "source",
    [
        {"type": "group", "groupId": "C1", "userId": "U-a"},
        {"type": "room", "roomId": "R1", "userId": "U-a"},
        {"type": "user"},
        {"type": "user", "userId": 7},
        None,
    ],
    ids=["group", "room", "no consent", "odd", "none"],
)
def test_groups_and_the_nameless_are_nobody(source: Any) -> None:
    assert parse(event("follow", source=source), MILLISECONDS).user_id is None


def test_words_that_a_database_could_not_keep_are_mended() -> None:
    assert understood(message("text", text="た\x00すけて\ud83d")) == ParentWrote(AT, "たすけて?", "325708")


def test_nothing_but_such_words_is_something_unknown() -> None:
    assert understood(message("text", text="\x00")) == SomethingUnknown(AT, "message/text")


@given(EVENTS)
@example({"type": "message", "message": {"type": []}})
def test_whatever_line_sends_is_understood_as_something(payload: Any) -> None:
    parsed = parse(payload, MILLISECONDS)

    assert parsed.user_id != ""
    assert parsed.reply_token != ""
    words = [value for value in astuple(parsed.event) if isinstance(value, str)]
    assert [word for word in words if "\0" in word or word != word.encode(errors="replace").decode()] == []
