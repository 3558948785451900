"""A second municipality, made up: its pack is checked, and the whole bot runs on it without a word of Nakano."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Clock, Service, settings_for
from test_commands import run

from bot.program import Program
from directory.locating import is_inside, misplaced
from directory.model import Point
from directory.pack import BadPack, load
from directory.places import find
from simulator.platform import Platform
from simulator.server import serving

ON_BOTH = True
HOSHIMI = str(Path(__file__).with_name("packs") / "hoshimi")
NAKANOS = ("中野", "すこやか", "03-3389", "新宿", "東京")


@pytest.fixture
def service(database_url: str, line_host: str, platform: Platform, clock: Clock) -> Iterator[Service]:
    program = Program(replace(settings_for(database_url, line_host), municipality=HOSHIMI), clock)
    program.prepare()
    worker = program.worker()
    with serving(program.webhook_app()) as url:
        platform.webhook_url = url + "/line/webhook"
        yield Service(program, platform, clock, worker)
    worker.close()
    program.close()


def heard(service: Service, *texts: str) -> str:
    """Everything that is on the phone after these words."""
    phone = service.phone()
    phone.follow()
    service.settle()
    for text in texts:
        phone.say(text)
        service.settle()
    return " ".join(map(str, phone.screen))


def test_the_pack_is_found_sound() -> None:
    result = run("pack", "check", HOSHIMI)

    assert result.exit_code == 0, result.stdout
    assert "星見市: 施設4、制度1、電話4、町丁目3、駅1" in result.stdout
    assert "✓ 使えます。" in result.stdout


def test_nakanos_pack_is_named_by_its_name() -> None:
    assert load("nakano").municipality == "中野区"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("facilities.csv", "999-0001,架空県", "9990001,架空県", "✗ facilities.csv:2: postal_code"),
        ("crisis_lines.toml", "[waiting]", "[elsewhere]", "✗ crisis_lines.toml: [waiting] needs"),
        ("crisis_lines.toml", '"hoshimi-kokoro"]', '"nobody"]', "which is no hotline"),
        ("pack.toml", "family_center", "family_centre", "✗ pack.toml: family_center is missing"),
        ("routing_rules.yaml", "[azukari]", "[azukaru]", "「azukaru」はデータにありません"),
        ("routing_rules.yaml", "title: 一時預かり", "titel: 一時預かり", "✗ routing_rules.yaml"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    file: str, old: str, new: str, told: str, tmp_path: Path
) -> None:
    pack = shutil.copytree(HOSHIMI, tmp_path / "pack")
    text = (pack / file).read_text(encoding="utf-8")
    assert old in text
    (pack / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    result = run("pack", "check", str(pack))

    assert result.exit_code == 1
    assert told in result.stdout


def test_what_a_family_would_miss_is_told_but_does_not_fail(tmp_path: Path) -> None:
    pack = shutil.copytree(HOSHIMI, tmp_path / "pack")
    table = (pack / "facilities.csv").read_text(encoding="utf-8")
    (pack / "facilities.csv").write_text(
        table.replace("35.0262,138.0242", "35.0900,138.0900"), encoding="utf-8"
    )

    result = run("pack", "check", str(pack))

    assert result.exit_code == 0
    assert "! facilities.csv: amakawa-jidokan: 座標が、住所の天川町2丁目から約" in result.stdout


@pytest.mark.parametrize("name", ["atlantis", "./atlantis", "/tmp"])  # noqa: S108  only looked into
def test_a_pack_that_is_not_there_is_said_plainly(name: str) -> None:
    result = run("pack", "check", name)

    assert (result.exit_code, result.stdout[:1]) == (1, "✗")
    with pytest.raises(BadPack):
        load(name)


def test_a_town_without_numbers_is_a_place_like_any_other() -> None:
    hoshimi = load(HOSHIMI)

    place = find("流星台に住んでいます", hoshimi).place
    assert place
    assert (place.name, place.inside) == ("流星台", True)
    assert misplaced(Point(35.0601, 138.0601), "架空県星見市流星台10", hoshimi) == ""
    assert is_inside(Point(35.0601, 138.0601), hoshimi)
    assert not is_inside(Point(35.0001, 138.0999), hoshimi)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], ["星見市"]),
        (["一時保育どこ"], ["星見の一時預かり", "星見市役所 保育課"]),
        (["母子手帳がほしい"], ["ほしぞらセンター"]),
        (["近くの相談場所を知りたい", "天川町2丁目"], ["天川児童館", "星見市 子育て相談室"]),
        (["近くの相談場所を知りたい", "月見市に住んでいます"], ["月見市は、星見市の外です"]),
        (["死にたい"], ["星見こころの電話(架空)"]),
        (["人と話したい", "同意して相談する"], ["16:00"]),
        (["ぜんぜん関係のない話"], ["相談員"]),
    ],
)
def test_the_whole_bot_speaks_of_this_city_only(texts: list[str], told: list[str], service: Service) -> None:
    screen = heard(service, *texts)

    assert [words for words in told if words not in screen] == []
    assert [words for words in NAKANOS if words in screen] == []
