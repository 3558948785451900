"""What a counselor sees of the photos and files that parents sent, and who may open them."""

import json
from collections.abc import Iterator

import pytest
from console_harness import NOW, Browser, Clock, World, new_database, said
from samples import MP4, PDF, photo
from sqlmodel import col, select

from bot.pictures import redrawn
from console.file_names import file_name
from conversation.events import ParentUnsent
from conversation.model import Decision, Enclosure, Entry, EntryKind
from storage import enclosures, exporting
from storage.enclosures import Found, Problem
from storage.store import SqlStore
from storage.tables import AuditRow, EnclosureRow

ON_BOTH = True
CONSOLE_CSP = "default-src 'self'"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def sato(world: World) -> Browser:
    return world.browser("sato")


def sent(kind: str = "image", name: str = "") -> Entry:
    words = {"image": "[写真]", "file": "[ファイル]", "video": "[動画]"}[kind]
    return Entry(EntryKind.UTTERANCE, words, NOW, message_id="m9", enclosure=Enclosure(kind, name))


def fetched(world: World, found: Found | Problem) -> int:
    with world.database.write() as session:
        claimed = enclosures.claim(session, world.clock())
    assert claimed
    if isinstance(found, Found):
        enclosures.keep(world.database, claimed, found)
    else:
        with world.database.write() as session:
            enclosures.fail(session, claimed, found)
    return claimed.id


def a_photo() -> Found:
    drawn = redrawn(photo(size=(1200, 900)))
    return Found("image/jpeg", drawn.content, drawn.thumbnail, drawn.width, drawn.height)


def with_photo(world: World) -> str:
    """Gives the address of the photo."""
    conversation_id = world.waiting("みどり-482", said(), sent())
    return f"/threads/{conversation_id}/enclosures/{fetched(world, a_photo())}"


def audited(world: World) -> list[tuple[str, str]]:
    with world.database.read() as session:
        lines = session.exec(select(AuditRow).order_by(col(AuditRow.id)))
        return [(line.act, line.actor) for line in lines]


def test_the_thread_shows_a_photo_with_words_for_who_cannot_see_it(world: World, sato: Browser) -> None:
    address = with_photo(world)

    page = sato.get(address.split("/enclosures")[0]).text

    assert f'src="{address}/thumbnail"' in page
    assert 'alt="保護者が送った写真"' in page
    assert 'width="1200" height="900"' in page
    assert f'href="{address}" target="_blank" rel="noopener"' in page


def test_the_photo_and_its_thumbnail_can_be_opened(world: World, sato: Browser) -> None:
    address = with_photo(world)

    whole, small = sato.get(address), sato.get(f"{address}/thumbnail")

    assert (whole.status_code, whole.mimetype, small.mimetype) == (200, "image/jpeg", "image/jpeg")
    assert len(small.data) < len(whole.data)


def test_what_a_stranger_sent_is_answered_locked_up(world: World, sato: Browser) -> None:
    headers = sato.get(with_photo(world)).headers

    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_other_pages_keep_their_own_policy(world: World, sato: Browser) -> None:
    address = with_photo(world)

    for path in (address.split("/enclosures")[0], address + "9"):
        assert sato.get(path).headers["Content-Security-Policy"].startswith(CONSOLE_CSP)


@pytest.mark.parametrize(
    ("kind", "found", "name", "called"),
    [
        ("file", Found("application/pdf", PDF), "手紙 (1).pdf", "手紙 (1).pdf"),
        ("file", Found("application/pdf", PDF), "請求書\u202efdp.exe", "請求書 fdp.pdf"),
        ("file", Found("application/pdf", PDF), "../../etc/passwd", "passwd.pdf"),
        ("file", Found("application/pdf", PDF), 'a"; filename=b.exe', "a filename b.pdf"),
        ("file", Found("application/pdf", PDF), "カ\u3099イト\u3099.pdf", "ガイド.pdf"),
        ("video", Found("video/mp4", MP4), "", "ファイル.mp4"),
    ],
)
def test_a_file_is_only_handed_out_as_a_download(
    kind: str, found: Found, name: str, called: str, world: World, sato: Browser
) -> None:
    conversation_id = world.waiting("みどり-482", sent(kind, name))
    enclosure_id = fetched(world, found)

    page = sato.get(f"/threads/{conversation_id}").text
    answer = sato.get(f"/threads/{conversation_id}/enclosures/{enclosure_id}")

    assert f"「{called}」" in page
    assert "を保存する" in page
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert (answer.data, answer.mimetype) == (found.content, found.media_type)
    assert file_name(name, found.media_type) == called


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (Problem.TOO_LARGE, "大きすぎて保存できませんでした"),
        (Problem.KIND, "この種類のファイルは保存していません"),
        (Problem.GONE, "LINEにもう残っていないため"),
        (Problem.UNREACHED, "LINEから受け取れませんでした"),
        (Problem.BROKEN, "保存できませんでした"),
        (Problem.ELSEWHERE, "LINEの外に置かれた"),
    ],
)
def test_what_could_not_be_kept_says_why_and_what_to_do(
    problem: Problem, says: str, world: World, sato: Browser
) -> None:
    conversation_id = world.waiting("みどり-482", sent())
    fetched(world, problem)

    page = sato.get(f"/threads/{conversation_id}").text

    assert "ください。" in page.split(says)[1][:60]
    assert "<img" not in page.split("timeline")[1]


def test_a_photo_that_is_on_its_way_says_so_and_comes_by_itself(world: World, sato: Browser) -> None:
    conversation_id = world.waiting("みどり-482", sent())
    page = sato.get(f"/threads/{conversation_id}").text
    mark = page.split('id="timeline"')[1].split('data-mark="')[1].split('"')[0]
    news = f"/threads/{conversation_id}/entries?after={mark}"
    before = sato.get(news).status_code

    fetched(world, a_photo())

    assert "受け取り中です" in page
    assert (before, sato.get(news).status_code) == (204, 200)


def test_an_unsent_photo_leaves_a_mark_and_cannot_be_opened(world: World, sato: Browser) -> None:
    address = with_photo(world)
    conversation_id = address.split("/")[2]
    with world.database.write() as session:
        store = SqlStore(session)
        conversation, version = store.load(conversation_id)
        store.save(Decision(conversation, erased=(ParentUnsent(NOW, "m9").message_id,)), version, NOW)

    page = sato.get(f"/threads/{conversation_id}").text

    assert "送信が取り消されました" in page
    assert "<img" not in page.split("timeline")[1]
    assert [sato.get(path).status_code for path in (address, f"{address}/thumbnail")] == [404, 404]


# ---- who


@pytest.mark.parametrize(("name", "status"), [("desk", 403), ("leader", 403), ("admin", 200), ("mori", 200)])
def test_only_who_consults_may_open_it(name: str, status: int, world: World) -> None:
    address = with_photo(world)
    browser = world.browser(name)

    assert [browser.get(path).status_code for path in (address, f"{address}/thumbnail")] == [status] * 2


def test_nobody_opens_it_without_logging_in(world: World) -> None:
    assert world.browser().get(with_photo(world)).status_code == 302


def test_a_photo_of_talk_with_the_bot_alone_is_for_nobody(world: World, sato: Browser) -> None:
    conversation_id = world.conversation("みどり-482", sent())
    enclosure_id = fetched(world, a_photo())

    assert sato.get(f"/threads/{conversation_id}/enclosures/{enclosure_id}").status_code == 404


def test_a_photo_is_not_opened_under_anothers_thread(world: World, sato: Browser) -> None:
    address = with_photo(world)
    other = world.waiting("あおば-104")

    assert sato.get(f"/threads/{other}/enclosures/{address.rpartition('/')[2]}").status_code == 404


def test_what_was_changed_past_the_program_is_said_not_shown(world: World, sato: Browser) -> None:
    address = with_photo(world)
    with world.database.write() as session:
        row = session.exec(select(EnclosureRow)).one()
        row.content = row.content[:-1] + bytes([row.content[-1] ^ 1])

    answer = sato.get(address)

    assert (answer.status_code, "記録を読めません" in answer.text) == (409, True)


# ---- the audit


def test_opening_a_photo_is_in_the_audit(world: World, sato: Browser) -> None:
    sato.get(with_photo(world))

    assert audited(world) == [("opened", "sato")]
    assert "写真やファイルを開いた" in world.browser("leader").get("/audit").text


def test_a_thumbnail_is_part_of_the_reading_that_is_recorded(world: World, sato: Browser) -> None:
    address = with_photo(world)
    sato.get(address.split("/enclosures")[0])

    sato.get(f"{address}/thumbnail")

    assert audited(world) == [("read", "sato")]


def test_a_thumbnail_looked_at_by_itself_is_a_reading(world: World, sato: Browser) -> None:
    sato.get(f"{with_photo(world)}/thumbnail")

    assert audited(world) == [("read", "sato")]


def test_the_export_of_one_person_holds_their_photos(world: World) -> None:
    address = with_photo(world)

    with world.database.read() as session:
        everything = exporting.everything(session, address.split("/")[2])

    (photo_,) = json.loads(json.dumps(everything))["enclosures"]
    assert (photo_["media_type"], photo_["content"][:4]) == ("image/jpeg", "/9j/")
