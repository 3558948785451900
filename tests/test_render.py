"""The core's messages → LINE's, within LINE's limits. The simulator, which knows them too, is the judge at the end."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import TOKEN
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.line.client import LineClient, Verdict
from bot.line.render import LONGEST_TEXT, render, shorten
from conversation.messages import Button, Card, Cards, Choice, Does, Message, Outgoing, Speaker, Text
from conversation.replies import words
from simulator.platform import Platform

APPLE = "🍎"  # two UTF-16 code units


@pytest.fixture
def client(line_host: str) -> Iterator[LineClient]:
    client = LineClient(line_host, TOKEN)
    yield client
    client.close()


def rendered(*messages: Message, **more: Any) -> list[dict[str, Any]]:
    return [message.to_dict() for message in render([Outgoing(messages, **more)])]


def action(button: Button) -> dict[str, Any]:
    (message,) = rendered(Cards("場所", (Card("題", buttons=(button,)),)))
    made: dict[str, Any] = message["contents"]["footer"]["contents"][0]["action"]
    return made


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# ---- text


def test_a_text_says_who_speaks() -> None:
    (bot,) = rendered(Text("こんにちは"))
    (counselor,) = rendered(Text("こんにちは"), speaker=Speaker.COUNSELOR)

    assert bot == {"type": "text", "text": "こんにちは", "sender": {"name": "つなぐ窓口(自動)"}}
    assert counselor["sender"] == {"name": "相談員"}


def test_the_name_of_a_counselor_is_never_sent() -> None:
    made = rendered(Text("こんにちは"), speaker=Speaker.COUNSELOR, author="sato")

    assert "sato" not in json.dumps(made)


def test_five_thousand_units_are_sent_whole() -> None:
    (made,) = rendered(Text("あ" * LONGEST_TEXT))

    assert made["text"] == "あ" * LONGEST_TEXT


@pytest.mark.parametrize("text", ["あ" * 5001, "あ" * 4999 + APPLE, APPLE * 2501, "あ" * 4998 + APPLE * 2])
def test_more_is_shortened_without_cutting_a_character_in_two(text: str) -> None:
    (made,) = rendered(Text(text))

    assert units(made["text"]) in (4999, 5000)
    assert made["text"][-1] == "…"
    assert text.startswith(made["text"][:-1])


@given(st.text(), st.integers(1, 30))
def test_what_is_shortened_fits_and_what_fits_is_not_shortened(text: str, most: int) -> None:
    short = shorten(text, most)

    assert units(short) <= most
    assert (short == text) == (units(text) <= most)


# ---- quick replies


def test_choices_hang_on_the_last_message() -> None:
    first, last = rendered(
        Text("一"), Text("二"), choices=(Choice("はい"), Choice("場所を送る", locates=True))
    )

    assert "quickReply" not in first
    assert last["quickReply"]["items"] == [
        {"type": "action", "action": {"type": "message", "label": "はい", "text": "はい"}},
        {"type": "action", "action": {"type": "location", "label": "場所を送る"}},
    ]


def test_of_several_outgoings_in_one_request_the_last_one_s_choices_are_shown() -> None:
    made = render([Outgoing((Text("一"),), (Choice("古い"),)), Outgoing((Text("二"),), (Choice("新しい"),))])

    assert "quickReply" not in made[0].to_dict()
    assert [item["action"]["label"] for item in made[1].to_dict()["quickReply"]["items"]] == ["新しい"]


def test_there_are_thirteen_choices_at_most() -> None:
    (made,) = rendered(Text("どれ"), choices=tuple(Choice(str(number)) for number in range(20)))

    assert [item["action"]["label"] for item in made["quickReply"]["items"]] == [str(n) for n in range(13)]


def test_a_long_choice_has_a_short_label_and_says_all_of_it() -> None:
    (made,) = rendered(Text("どれ"), choices=(Choice("あ" * 30),))

    assert made["quickReply"]["items"][0]["action"] == {
        "type": "message",
        "label": "あ" * 20,
        "text": "あ" * 30,
    }


# ---- cards


def test_one_card_is_a_bubble_and_several_are_a_carousel() -> None:
    (one,) = rendered(Cards("場所", (Card("児童館"),)))
    (two,) = rendered(Cards("場所", (Card("児童館"), Card("すこやか"))))

    assert (one["altText"], one["contents"]["type"]) == ("場所", "bubble")
    assert two["contents"]["type"] == "carousel"
    assert [bubble["type"] for bubble in two["contents"]["contents"]] == ["bubble", "bubble"]


def test_a_card_shows_everything_it_holds_from_top_to_bottom() -> None:
    card = Card(
        "児童館",
        "子育ての相談・約300m",
        "開いています",
        True,
        ("9:00〜18:00", "", "若宮3-54"),
        "2026年1月の冊子より",
    )

    (made,) = rendered(Cards("場所", (card,)))

    assert [line["text"] for line in made["contents"]["body"]["contents"]] == [
        "子育ての相談・約300m",
        "児童館",
        "開いています",
        "9:00〜18:00",
        "若宮3-54",
        "2026年1月の冊子より",
    ]


def test_open_closed_and_unknown_differ_in_colour() -> None:
    made = [
        rendered(Cards("場所", (Card("児童館", state="…", is_open=is_open),)))[0]["contents"]["body"][
            "contents"
        ]
        for is_open in (True, False, None)
    ]

    assert len({lines[1]["color"] for lines in made}) == 3


def test_empty_parts_of_a_card_are_left_out() -> None:
    (made,) = rendered(Cards("場所", (Card("児童館"),)))

    assert [line["text"] for line in made["contents"]["body"]["contents"]] == ["児童館"]
    assert "footer" not in made["contents"]


def test_the_alternative_text_is_kept_short() -> None:
    (made,) = rendered(Cards("あ" * 2000, (Card("児童館"),)))

    assert len(made["altText"]) == 400


# ---- buttons


@pytest.mark.parametrize(
    ("button", "uri"),
    [
        (Button("電話", Does.CALL, "03-5937-3257"), "tel:0359373257"),
        (Button("電話", Does.CALL, "#8000"), "tel:%238000"),
        (Button("電話", Does.CALL, "#8891"), "tel:%238891"),
        (Button("電話", Does.CALL, "119"), "tel:119"),
        (
            Button("ページ", Does.OPEN, "https://www.example.jp/100%[1]"),
            "https://www.example.jp/100%25%5B1%5D",
        ),
        (Button("電話", Does.CALL, "+81-3-5937-3257"), "tel:+81359373257"),
        (
            Button("地図", Does.MAP, "中野区 A&B?"),
            "https://www.google.com/maps/search/?api=1&query=%E4%B8%AD%E9%87%8E%E5%8C%BA%20A%26B%3F",
        ),
        (
            Button("ページ", Does.OPEN, "https://例.jp/子育て?q=a&b=%20#頁"),
            "https://%E4%BE%8B.jp/%E5%AD%90%E8%82%B2%E3%81%A6?q=a&b=%20#%E9%A0%81",
        ),
    ],
)
def test_addresses_are_percent_encoded(button: Button, uri: str) -> None:
    assert action(button) == {"type": "uri", "label": button.label, "uri": uri}


def test_a_button_can_say_something() -> None:
    assert action(Button("ちがう", Does.SAY, "ちがう")) == {
        "type": "message",
        "label": "ちがう",
        "text": "ちがう",
    }


def test_a_button_s_label_is_kept_short() -> None:
    assert len(action(Button("あ" * 60, Does.SAY, "x"))["label"]) == 40


# ---- discreet


@pytest.mark.parametrize(
    "message", [Text("ひみつ"), Cards("ひみつ", (Card("ひみつの電話"),))], ids=["text", "cards"]
)
def test_a_discreet_message_shows_nothing_in_the_notification(message: Message) -> None:
    (made,) = rendered(message, discreet=True)

    assert made["type"] == "flex"
    assert made["altText"] == words("neutral_preview")
    assert "ひみつ" not in made["altText"]
    assert "ひみつ" in json.dumps(made["contents"], ensure_ascii=False)


def test_what_is_discreet_does_not_make_the_rest_discreet() -> None:
    plain, discreet = render([Outgoing((Text("一"),)), Outgoing((Text("二"),), discreet=True)])

    assert (plain.to_dict()["type"], discreet.to_dict()["type"]) == ("text", "flex")


# ---- LINE's own judgement


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
NUMBERS = st.from_regex(r"#?[0-9]{3,4}(-[0-9]{2,4}){0,2}", fullmatch=True)
BUTTONS = (
    st.builds(Button, TEXTS, st.sampled_from([Does.SAY, Does.MAP]), TEXTS)
    | st.builds(Button, TEXTS, st.just(Does.CALL), NUMBERS)
    | st.builds(Button, TEXTS, st.just(Does.OPEN), TEXTS.map("https://www.example.jp/{}".format))
)
CARDS = st.builds(
    Card,
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from([True, False, None]),
    st.tuples(TEXTS, TEXTS),
    TEXTS,
    st.tuples(BUTTONS),
)
MESSAGES = st.builds(Text, TEXTS) | st.builds(
    Cards, TEXTS, st.lists(CARDS, min_size=1, max_size=10).map(tuple)
)


@pytest.mark.parametrize("discreet", [False, True], ids=["open", "discreet"])
@pytest.mark.parametrize(
    "text", ["あ" * 6000, APPLE * 3000, "\n" * 10 + "x", "<&>\"'\\", "{braces}"], ids=range(5)
)
def test_line_accepts_the_longest_and_oddest_texts(
    platform: Platform, client: LineClient, text: str, discreet: bool
) -> None:
    answer = push(platform, client, Outgoing((Text(text),), discreet=discreet))

    assert answer == Verdict.ACCEPTED


def test_line_accepts_the_largest_cards(platform: Platform, client: LineClient) -> None:
    buttons = tuple(Button("あ" * 60, does, "あ" * 30) for does in (Does.CALL, Does.MAP, Does.SAY))
    card = Card("あ" * 40, "あ" * 40, "あ" * 40, True, ("あ" * 120,) * 4, "あ" * 60, buttons)

    answer = push(platform, client, Outgoing((Cards("あ" * 500, (card,) * 10),), (Choice("あ" * 30),) * 20))

    assert answer == Verdict.ACCEPTED


def test_line_accepts_whatever_the_core_can_say(platform: Platform, client: LineClient) -> None:
    refused = []

    @settings(max_examples=60, deadline=None)
    @given(st.builds(Outgoing, st.lists(MESSAGES, min_size=1, max_size=2).map(tuple), discreet=st.booleans()))
    def judge(outgoing: Outgoing) -> None:
        if push(platform, client, outgoing) != Verdict.ACCEPTED:
            refused.append(outgoing)

    judge()

    assert refused == []


def push(platform: Platform, client: LineClient, outgoing: Outgoing) -> Verdict:
    phone = platform.phone("保護者A")
    if not phone.friend:
        phone.follow()
    return client.push(phone.user_id, [outgoing], str(uuid.uuid4())).verdict
