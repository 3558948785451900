"""What counselors see and do in the console."""

import re
from collections.abc import Iterator

import pytest
import unsealed
from console_harness import NOW, Browser, Clock, World, new_database, said
from sqlalchemy import text
from sqlmodel import select

from conversation.model import Entry, EntryKind, Outcome, Understanding, Urgency
from directory import pack
from directory.facts import confirmable, is_for_a_crisis
from storage import confirmations, sealing
from storage.tables import (
    ConsultationRow,
    ConversationRow,
    EntryRow,
    HeartbeatRow,
    InboxRow,
    NoticeRow,
    OutboxRow,
    ReplyTokenRow,
)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def sato(world: World) -> Browser:
    return world.browser("sato")


@pytest.fixture
def mori(world: World) -> Browser:
    return world.browser("mori")


def status(world: World, conversation_id: str) -> tuple[str, str | None]:
    with world.database.read() as session:
        row = session.get(ConversationRow, conversation_id)
        assert row
        return row.status, row.assignee


def entries(world: World, kind: str) -> list[str]:
    return [row.text for row in unsealed.rows(world.database, EntryRow) if row.kind == kind]


# The queue


@pytest.mark.parametrize(
    ("tab", "advice"),
    [
        ("mine", "「未対応」から選んで"),
        ("waiting", "新しい相談が入ると、ここに出ます"),
        ("open", "終わった相談は「対応済」で"),
        ("done", "「解決」にすると、ここに移ります"),
    ],
)
def test_an_empty_list_says_what_to_do(sato: Browser, tab: str, advice: str) -> None:
    assert advice in sato.get(f"/?tab={tab}").text


def test_a_row_says_how_urgent_how_long_what_who_and_the_last_words(world: World, sato: Browser) -> None:
    world.waiting("あおば-104", said("預けたいです"), urgency=Urgency.DISTRESS, minutes=125)

    page = sato.get("/").text

    for shown in ("つらい", "2時間5分", "一時預かり", "あおば-104", "預けたいです", "担当なし"):
        assert shown in page


def test_crisis_comes_first_then_whoever_waits_longest(world: World, sato: Browser) -> None:
    world.waiting("あとから-1", minutes=5)
    world.waiting("さきに-2", minutes=50)
    world.waiting("きけん-3", urgency=Urgency.CRISIS, minutes=1)

    page = sato.get("/").text

    assert re.findall(r"<strong>(\S+-\d)</strong>", page) == ["きけん-3", "さきに-2", "あとから-1"]


def test_tabs_hold_what_they_say(world: World, sato: Browser) -> None:
    world.waiting("まつ-1")
    world.held("sato", "わたし-2")
    world.held("mori", "ひとの-3")

    shown = {
        tab: set(re.findall(r"<strong>(\S+-\d)</strong>", sato.get(f"/?tab={tab}").text))
        for tab in ("mine", "waiting", "open", "done")
    }

    assert shown == {
        "mine": {"わたし-2"},
        "waiting": {"まつ-1"},
        "open": {"まつ-1", "わたし-2", "ひとの-3"},
        "done": set(),
    }


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30])
def test_numbers_that_make_no_sense_are_passed_over(world: World, sato: Browser, number: str) -> None:
    conversation_id = world.waiting("まつ-1")

    assert "まつ-1" in sato.get(f"/?page={number}").text
    assert "まつ-1" in sato.get(f"/threads/{conversation_id}?before={number}").text
    assert sato.post(f"/problems/sends/{'9' * 30}/retry").status_code == 404


def test_on_a_phone_the_context_is_a_page_of_its_own(world: World, sato: Browser) -> None:
    conversation_id = world.waiting()

    assert 'data-show="context"' in sato.get(f"/threads/{conversation_id}?show=context").text
    assert 'data-show="thread"' in sato.get(f"/threads/{conversation_id}?show=nonsense").text


def test_an_unknown_tab_shows_who_waits(world: World, sato: Browser) -> None:
    world.waiting("まつ-1")

    assert "まつ-1" in sato.get("/?tab=x&page=x").text


def test_words_of_a_parent_are_never_markup(world: World, sato: Browser) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    conversation_id = world.waiting("みどり-482", said(evil))

    pages = sato.get("/").text + sato.get(f"/threads/{conversation_id}").text

    assert "<script>alert" not in pages
    assert "<img" not in pages
    assert pages.count("&lt;script&gt;alert(1)") == 4  # in the list, twice, in the thread and beside it


def test_a_waiting_crisis_is_on_every_page_until_somebody_takes_it(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.waiting(urgency=Urgency.CRISIS)

    before = [sato.get(path).text for path in ("/", "/problems", "/nothing-here")]
    mori.post(f"/threads/{conversation_id}/take")
    after = sato.get("/problems").text

    assert all("緊急の相談が1件" in page and f"/threads/{conversation_id}" in page for page in before)
    assert "緊急の相談が" not in after


def test_a_dead_access_token_is_on_every_page(world: World, sato: Browser) -> None:
    with world.database.write() as session:
        session.add(HeartbeatRow(name="delivery", at=NOW, stopped_by="line_401"))

    assert "LINEの認証エラー" in sato.get("/").text


def test_unconfirmed_crisis_lines_are_on_every_page_until_an_officer_stands_for_each(
    world: World, sato: Browser
) -> None:
    lines = {key: row for key, row in confirmable(pack.load("nakano")).items() if is_for_a_crisis(row)}
    pages = ("/", "/problems", "/erasures", "/account", "/nothing-here", "/queue/fragment")

    before = [sato.get(path).text for path in pages]
    with world.database.write() as session:
        for subject, row in lines.items():
            confirmations.confirm(session, subject, row, "子ども家庭支援課", NOW)
    after = [sato.get(path).text for path in pages]

    assert all(f"緊急のときに案内する電話のうち{len(lines)}件" in page for page in before)
    assert not any("緊急のときに案内する電話" in page for page in after)


def test_sample_data_is_called_so_even_before_log_in(world: World) -> None:
    assert "見本データ" in world.browser(sample_data=True).get("/login").text
    assert "見本データ" not in world.browser().get("/login").text


# The thread


def test_the_thread_shows_who_said_what_and_what_the_bot_understood(world: World, sato: Browser) -> None:
    conversation_id = world.waiting("みどり-482", said("一時保育を使いたいです"))
    world.bot_says(conversation_id, "一時預かりのことですね")

    page = sato.get(f"/threads/{conversation_id}").text

    for shown in ("相談者", "ボット(自動)", "今日 14:00", "送信待ち"):
        assert shown in page
    for why in ("一時預かり 確か 86%", "一時保育", "急な病気・大けが(たぶん 21%)", "<dd>3</dd>"):
        assert why in page


def test_a_crisis_is_not_said_to_be_unsure(world: World, sato: Browser) -> None:
    heard = Understanding(
        action="crisis",
        intent="crisis_suicide",
        confidence=0.0,
        matched=("消えてしまいた",),
        candidates=(),
        ruleset=3,
        crisis="crisis_suicide",
    )
    cry = Entry(EntryKind.UTTERANCE, "消えてしまいたい", NOW, message_id="m1", understanding=heard)

    page = sato.get(f"/threads/{world.waiting('みどり-482', cry)}").text

    assert "緊急の種類</dt><dd>死にたい・消えたい" in page
    assert "自信なし" not in page


@pytest.mark.parametrize(
    ("state", "problem", "via", "shown"),
    [
        ("sent", "", "push", "送信済み(有料の1通)"),
        ("sent", "", "reply", "送信済み</p>"),
        ("failed", "429 quota", "", "送れませんでした: 送信数の上限に達しました(429 quota)"),
        ("failed", "blocked", "", "送れませんでした: 相談者がこの窓口をブロックしています</p>"),
        ("unknown", "timeout", "", "届いたか不明"),
    ],
)
def test_the_thread_says_what_became_of_a_message(
    world: World, sato: Browser, state: str, problem: str, via: str, shown: str
) -> None:
    conversation_id = world.waiting()
    world.bot_says(conversation_id, "こんにちは")
    with world.database.write() as session:
        row = session.exec(select(OutboxRow)).one()
        row.state, row.problem, row.via = state, problem, via

    assert shown in sato.get(f"/threads/{conversation_id}").text


def test_unsent_words_are_gone_and_photos_have_a_placeholder(world: World, sato: Browser) -> None:
    conversation_id = world.waiting("みどり-482", said("消したい言葉"), said("[写真]", message_id="m2"))
    with world.database.write() as session:
        row = session.exec(select(EntryRow).where(EntryRow.message_id == "m1")).one()
        row.text, row.understanding, row.erased_at = b"", None, NOW

    page = sato.get(f"/threads/{conversation_id}").text

    assert "送信が取り消されました" in page
    assert "この画面では開けません" in page


def test_warnings_say_that_nothing_arrives_and_that_others_may_read(world: World, sato: Browser) -> None:
    risky = world.waiting("みどり-482", reachable=False, discreet=True, area="若宮3丁目")
    usual = world.waiting("あおば-104")

    warned, calm = (sato.get(f"/threads/{one}").text for one in (risky, usual))

    for warning in ("ブロック中です", "家の人に見られるかもしれません"):
        assert warning in warned
        assert warning not in calm
    assert "若宮3丁目" in warned


def test_older_entries_are_on_an_earlier_page(world: World, sato: Browser) -> None:
    many = [said(f"{number}番目の言葉です", message_id=f"m{number}") for number in range(120)]
    conversation_id = world.waiting("みどり-482", *many)

    newest = sato.get(f"/threads/{conversation_id}").text
    link = re.search(r'href="([^"]*before=\d+)"', newest)
    assert link
    older = sato.get(link[1].replace("&amp;", "&")).text

    assert "119番目の言葉です" in newest
    assert ">19番目の言葉です" not in newest
    assert ">19番目の言葉です" in older


def test_an_unknown_thread_is_not_found(sato: Browser) -> None:
    assert sato.get("/threads/nobody").status_code == 404
    assert sato.post("/threads/nobody/take").status_code == 404


def test_talk_with_the_bot_alone_is_not_for_counselors(world: World, sato: Browser) -> None:
    conversation_id = world.conversation("みどり-482", said("だれにも言わないで"))

    assert sato.get(f"/threads/{conversation_id}").status_code == 404
    assert sato.get(f"/threads/{conversation_id}/entries").status_code == 404
    assert sato.post(f"/threads/{conversation_id}/take").status_code == 404


def test_opening_a_thread_makes_it_read(world: World, sato: Browser) -> None:
    conversation_id = world.waiting()
    with world.database.write() as session:
        session.add(NoticeRow(conversation_id=conversation_id, kind="waiting", at=NOW))
    before = sato.get("/").text

    sato.get(f"/threads/{conversation_id}")

    assert "<title>(1) 相談一覧" in before
    assert "<title>相談一覧" in sato.get("/").text
    with world.database.read() as session:
        assert session.exec(select(NoticeRow.seen_at)).one() == NOW


# Taking


def test_taking_makes_it_mine(world: World, sato: Browser) -> None:
    conversation_id = world.waiting()

    answer = sato.post(f"/threads/{conversation_id}/take")

    assert answer.status_code == 303
    assert answer.location == f"/threads/{conversation_id}?tab=mine#end"
    assert status(world, conversation_id) == ("assigned", "sato")
    assert "佐藤(あなた)" in sato.get(f"/threads/{conversation_id}").text


def test_the_second_counselor_is_told_who_was_first(world: World, sato: Browser, mori: Browser) -> None:
    conversation_id = world.waiting()
    sato.post(f"/threads/{conversation_id}/take")

    answer = mori.post(f"/threads/{conversation_id}/take")

    assert answer.status_code == 409
    assert "佐藤さんが先に対応を始めました" in answer.text
    assert status(world, conversation_id) == ("assigned", "sato")


def test_taking_what_is_already_mine_changes_nothing(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    assert sato.post(f"/threads/{conversation_id}/take").status_code == 303
    assert entries(world, "system") == []


def test_a_consultation_that_is_done_can_be_taken_up_again(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    sato.post(f"/threads/{conversation_id}/resolve", outcome="answered")

    page = sato.get(f"/threads/{conversation_id}?tab=done").text
    sato.post(f"/threads/{conversation_id}/take")

    assert "もう一度対応する" in page
    assert status(world, conversation_id) == ("assigned", "sato")


# Writing


def test_a_reply_goes_to_the_outbox_in_the_counselors_name(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    answer = sato.post(f"/threads/{conversation_id}/write", text=" こんにちは\r\n佐藤です ", mode="reply")

    assert answer.status_code == 303
    with world.database.read() as session:
        sent = session.exec(select(OutboxRow)).one()
        assert (sent.speaker, sent.state) == ("counselor", "queued")
    assert entries(world, "counselor") == ["相談員です。\nこんにちは\n佐藤です"]


def test_a_note_stays_inside(world: World, mori: Browser) -> None:
    conversation_id = world.held("sato")

    answer = mori.post(f"/threads/{conversation_id}/write", text="上の子の話も聞く", mode="note")

    assert answer.status_code == 303
    assert entries(world, "note") == ["上の子の話も聞く"]
    with world.database.read() as session:
        assert session.exec(select(OutboxRow)).all() == []


def test_a_form_without_a_mode_is_a_note_and_never_sent(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    sato.post(f"/threads/{conversation_id}/write", text="どちらでしょう")

    assert entries(world, "note") == ["どちらでしょう"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("  \n ", "文が入っていません"),
        ("あ" * 5001, "いま5,001文字です"),
        ("𠮷" * 2501, "いま5,002文字です"),
    ],
)
def test_a_reply_of_no_use_is_explained_and_kept(world: World, sato: Browser, text: str, advice: str) -> None:
    conversation_id = world.held("sato")

    answer = sato.post(f"/threads/{conversation_id}/write", text=text, mode="reply")

    assert answer.status_code == 422
    assert advice in answer.text
    assert text in answer.text
    assert entries(world, "counselor") == []


def test_the_longest_reply_goes(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    sato.post(f"/threads/{conversation_id}/write", text="こんにちは", mode="reply")  # and with it, the role

    assert sato.post(f"/threads/{conversation_id}/write", text="𠮷" * 2500, mode="reply").status_code == 303


def test_a_reply_to_somebody_elses_thread_is_explained_and_kept(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.held("sato")

    answer = mori.post(f"/threads/{conversation_id}/write", text="わたしから</textarea>", mode="reply")

    assert answer.status_code == 409
    assert "あなたの担当ではありません" in answer.text
    assert "わたしから&lt;/textarea&gt;</textarea>" in answer.text
    assert re.search(r'value="reply" checked', answer.text)


def test_a_reply_to_a_parent_who_blocked_us_is_explained_and_kept(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato", reachable=False)

    answer = sato.post(f"/threads/{conversation_id}/write", text="聞こえますか", mode="reply")

    assert answer.status_code == 409
    assert "送っても届きません" in answer.text
    assert "聞こえますか</textarea>" in answer.text
    later = sato.get(f"/threads/{conversation_id}").text
    assert "聞こえますか</textarea>" in later


def test_a_form_without_the_token_changes_nothing_and_gives_the_text_back(
    world: World, sato: Browser
) -> None:
    conversation_id = world.held("sato")

    answer = sato.client.post(
        f"/threads/{conversation_id}/write", data={"text": "大事な返信", "mode": "reply"}
    )

    assert answer.status_code == 400
    assert "大事な返信</textarea>" in answer.text
    assert entries(world, "counselor") == []


@pytest.mark.parametrize("action", ["take", "write", "hand-back", "resolve"])
def test_a_link_does_nothing(world: World, sato: Browser, action: str) -> None:
    conversation_id = world.held("sato")

    assert sato.get(f"/threads/{conversation_id}/{action}").status_code == 405


def test_the_page_says_whether_a_reply_costs(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    with world.database.write() as session:
        session.add(
            ReplyTokenRow(inbox_id="e1", conversation_id=conversation_id, token=b"t", received_at=NOW)
        )

    fresh = sato.get(f"/threads/{conversation_id}").text
    world.clock.advance(seconds=51)
    stale = sato.get(f"/threads/{conversation_id}").text

    assert "無料で返信できます" in fresh
    assert "有料の通数" in stale


# Ending


def test_handing_back_gives_it_to_the_bot(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    answer = sato.post(f"/threads/{conversation_id}/hand-back")

    assert answer.status_code == 303
    assert status(world, conversation_id) == ("bot", None)


def test_resolving_keeps_the_outcome_and_moves_it_to_done(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    sato.post(f"/threads/{conversation_id}/resolve", outcome="referred")

    with world.database.read() as session:
        assert session.exec(select(ConsultationRow.outcome)).one() == Outcome.REFERRED
    page = sato.get("/?tab=done").text
    assert "窓口やサービスを案内した" in page
    assert "担当 佐藤" in page


@pytest.mark.parametrize("outcome", ["", "handed_back", "nonsense"])
def test_resolving_asks_how_it_went(world: World, sato: Browser, outcome: str) -> None:
    conversation_id = world.held("sato")

    answer = sato.post(f"/threads/{conversation_id}/resolve", outcome=outcome)

    assert answer.status_code == 422
    assert "「どうなりましたか」を選んで" in answer.text
    assert status(world, conversation_id) == ("assigned", "sato")


@pytest.mark.parametrize("action", ["hand-back", "resolve"])
def test_only_who_holds_a_thread_ends_it(world: World, sato: Browser, mori: Browser, action: str) -> None:
    conversation_id = world.held("sato")

    answer = mori.post(f"/threads/{conversation_id}/{action}", outcome="answered")

    assert answer.status_code == 409
    assert status(world, conversation_id) == ("assigned", "sato")


@pytest.mark.parametrize("action", ["hand-back", "resolve"])
def test_what_has_ended_cannot_end_again(world: World, sato: Browser, action: str) -> None:
    conversation_id = world.held("sato")
    sato.post(f"/threads/{conversation_id}/resolve", outcome="answered")

    assert sato.post(f"/threads/{conversation_id}/{action}", outcome="other").status_code == 409


# Live


def mark_of(page: str, element: str) -> str:
    found = re.search(rf'id="{element}"[^>]*data-mark="([^"]*)"', page)
    assert found
    return found[1]


def test_the_list_answers_204_until_something_is_new(world: World, sato: Browser) -> None:
    mark = mark_of(sato.get("/").text, "queue")

    quiet = sato.get(f"/queue/fragment?mark={mark}")
    world.waiting("あおば-104")
    news = sato.get(f"/queue/fragment?mark={mark}")

    assert (quiet.status_code, quiet.text) == (204, "")
    assert "あおば-104" in news.text
    assert "<html" not in news.text


def test_news_in_a_colleagues_thread_are_none_for_my_list(world: World, sato: Browser) -> None:
    mine, hers = world.held("sato", "わたし-1"), world.held("mori", "ひとの-1")
    mark = mark_of(sato.get("/?tab=mine").text, "queue")

    world.bot_says(hers, "はい")
    quiet = sato.get(f"/queue/fragment?tab=mine&mark={mark}")
    world.bot_says(mine, "はい")
    news = sato.get(f"/queue/fragment?tab=mine&mark={mark}")

    assert (quiet.status_code, news.status_code) == (204, 200)


def test_the_list_is_new_when_a_crisis_turns_up_and_when_a_minute_has_passed(
    world: World, sato: Browser
) -> None:
    mark = mark_of(sato.get("/").text, "queue")
    world.clock.advance(minutes=1)

    assert sato.get(f"/queue/fragment?mark={mark}").status_code == 200


def test_the_thread_answers_204_until_something_is_new(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    mark = mark_of(sato.get(f"/threads/{conversation_id}").text, "timeline")

    quiet = sato.get(f"/threads/{conversation_id}/entries?after={mark}")
    world.bot_says(conversation_id, "新しい言葉")
    news = sato.get(f"/threads/{conversation_id}/entries?after={mark}")

    assert quiet.status_code == 204
    assert "新しい言葉" in news.text


def test_a_delivery_is_news(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    world.bot_says(conversation_id, "こんにちは")
    mark = mark_of(sato.get(f"/threads/{conversation_id}").text, "timeline")
    with world.database.write() as session:
        session.exec(select(OutboxRow)).one().state = "sent"

    assert "送信済み" in sato.get(f"/threads/{conversation_id}/entries?after={mark}").text


def test_a_thread_in_a_hidden_tab_stays_unread(world: World, sato: Browser) -> None:
    conversation_id = world.waiting()

    sato.get(f"/threads/{conversation_id}/entries?after=&hidden=1")

    assert "<title>(1) " in sato.get("/").text


# Problems


def stuck(world: World, state: str = "failed", problem: str = "400 messages[0].text") -> int:
    conversation_id = world.waiting()
    world.bot_says(conversation_id, "とどかない言葉")
    with world.database.write() as session:
        row = session.exec(select(OutboxRow)).one()
        row.state, row.problem = state, problem
        return row.id or 0


def park(world: World, payload: str = '{"type": "message", "message": {"text": "ひみつ"}}') -> None:
    with world.database.write() as session:
        session.add(
            InboxRow(
                id="01HEVENT",
                channel="line",
                sender="digest",
                payload=sealing.of(session).seal(sealing.INBOX_PAYLOAD, "01HEVENT", payload),
                happened_at=0,
                received_at=NOW,
                closed_at=NOW,
                parked=True,
                attempts=5,
                error="KeyError",
            )
        )


def test_no_problems_says_so(sato: Browser) -> None:
    page = sato.get("/problems").text

    assert page.count("何もしなくて大丈夫です") == 2


def test_a_parked_event_is_shown_without_its_words_and_can_be_retried(world: World, sato: Browser) -> None:
    park(world)

    page = sato.get("/problems").text
    answer = sato.post("/problems/events/01HEVENT/retry", next="/problems")

    for shown in ("01HEVENT", "message", "KeyError", "5回試しました"):
        assert shown in page
    assert "ひみつ" not in page
    assert (answer.status_code, answer.location) == (303, "/problems")
    with world.database.read() as session:
        row = session.get(InboxRow, "01HEVENT")
        assert row
        assert not row.parked


@pytest.mark.parametrize("payload", ["not json", "[1]", "{}"])
def test_a_parked_event_that_nobody_can_read_is_still_shown(
    world: World, sato: Browser, payload: str
) -> None:
    park(world, payload)

    assert "01HEVENT" in sato.get("/problems").text


def test_a_failed_send_is_on_every_page_and_can_be_retried(world: World, sato: Browser) -> None:
    outbox_id = stuck(world)

    queue, problems = sato.get("/").text, sato.get("/problems").text
    sato.post(f"/problems/sends/{outbox_id}/retry", next="/problems")

    assert re.search(r'id="problems-link".*stuck">1<', queue)
    assert "LINEが受け取れない内容でした(400 messages[0].text)" in problems
    assert "何もしなくて大丈夫です" in sato.get("/problems").text
    with world.database.read() as session:
        assert session.exec(select(OutboxRow.state)).one() == "queued"


def test_retrying_an_uncertain_send_warns_first(world: World, sato: Browser) -> None:
    stuck(world, "unknown", "timeout")

    assert "二重に届くことがあります" in sato.get("/problems").text


def test_what_a_block_stopped_is_no_problem_to_mend(world: World, sato: Browser) -> None:
    stuck(world, "failed", "blocked")

    assert "number stuck" not in sato.get("/").text


@pytest.mark.parametrize("path", ["/problems/events/gone/retry", "/problems/sends/99/retry"])
def test_what_was_retried_already_is_said_so(sato: Browser, path: str) -> None:
    answer = sato.post(path, next="//evil.example/")

    assert answer.location == "/"
    assert "もう、ほかの人がやり直したようです" in sato.get("/problems").text


def test_the_words_of_a_bot_only_talk_are_not_linked_from_the_problems(world: World, sato: Browser) -> None:
    conversation_id = world.conversation("みどり-482")
    world.bot_says(conversation_id, "こんにちは")
    with world.database.write() as session:
        session.exec(select(OutboxRow)).one().state = "failed"

    page = sato.get("/problems").text

    assert "みどり-482" in page
    assert conversation_id not in page


# ---- when something breaks


def test_when_the_database_fails_the_page_says_so_and_gives_the_text_back(
    world: World, sato: Browser
) -> None:
    conversation_id = world.held("sato")
    token = sato.token()
    with world.database.write() as rows:
        rows.execute(text("ALTER TABLE outbox RENAME TO gone"))

    answer = sato.client.post(
        f"/threads/{conversation_id}/write",
        data={"csrf_token": token, "mode": "reply", "text": "あすの10時に"},
    )

    assert answer.status_code == 500
    assert "うまく動きませんでした" in answer.text
    assert "あすの10時に" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "gone" not in answer.text


def test_a_snoozed_consultation_is_out_of_sight_until_its_time(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")

    sato.post(f"/threads/{conversation_id}/snooze", until="hour")

    assert "みどり-482" not in sato.get("/?tab=mine").text
    assert "みどり-482" in sato.get("/?tab=snoozed").text
    world.clock.advance(minutes=61)
    later = world.browser("sato")
    assert "みどり-482" not in later.get("/?tab=snoozed").text
    assert "みどり-482" in later.get("/?tab=mine").text


def test_a_colleague_is_given_a_consultation_and_puts_it_back(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.held("sato")

    sato.post(f"/threads/{conversation_id}/pass-on", to="mori")
    assert status(world, conversation_id) == ("assigned", "mori")

    mori.post(f"/threads/{conversation_id}/let-go")
    assert status(world, conversation_id) == ("waiting", None)


def test_after_resolving_the_next_one_opens(world: World, sato: Browser) -> None:
    conversation_id = world.held("sato")
    following = world.waiting("あおば-104")

    answer = sato.post(f"/threads/{conversation_id}/resolve", outcome="answered", next="1")

    assert f"/threads/{following}" in answer.location


@pytest.mark.parametrize(("urgency", "until"), [(Urgency.NORMAL, "reply"), (Urgency.CRISIS, "hour")])
def test_who_waits_for_an_answer_is_not_put_out_of_sight(
    urgency: Urgency, until: str, world: World, sato: Browser
) -> None:
    conversation_id = world.waiting(urgency=urgency)
    sato.post(f"/threads/{conversation_id}/take")

    answer = sato.post(f"/threads/{conversation_id}/snooze", until=until)

    assert "相談者が返事を待っています" in answer.text
    assert "みどり-482" in sato.get("/?tab=mine").text


def test_taking_up_again_what_was_answered_invents_no_wait(
    world: World, sato: Browser, mori: Browser
) -> None:
    conversation_id = world.waiting()
    sato.post(f"/threads/{conversation_id}/take")
    sato.post(f"/threads/{conversation_id}/write", mode="reply", text="あすの10時に")
    sato.post(f"/threads/{conversation_id}/let-go")
    mori.post(f"/threads/{conversation_id}/take")

    with world.database.read() as session:
        row = session.get(ConversationRow, conversation_id)
        assert row
        assert (row.assignee, row.waiting_since) == ("mori", None)
