from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from directory.hours import TOKYO
from directory.model import Directory
from directory.pack import BadPack, load, read_pack
from directory.writings import aligned

NAKANO = load("nakano")
SUKOYAKA = ("chubu-sukoyaka", "hokubu-sukoyaka", "nanbu-sukoyaka", "saginomiya-sukoyaka")
WAY_AROUND_NEW_YEAR = [datetime(2026, 12, 30, hour, tzinfo=TOKYO) for hour in range(24)]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of Nakano's pack to spoil."""
    for table in files("directory").joinpath("data/nakano").iterdir():
        (tmp_path / table.name).write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def spoil(pack: Path) -> Callable[[str, str, str], tuple[str, ...]]:
    """Change the first occurrence in a table and read the pack: the problems found."""

    def change(table: str, old: str, new: str) -> tuple[str, ...]:
        text = (pack / table).read_text(encoding="utf-8")
        assert old in text
        (pack / table).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(BadPack) as caught:
            read_pack(pack)
        return caught.value.problems

    return change


def test_nakano_is_read_once_and_shared() -> None:
    assert load("nakano") is NAKANO
    assert load() is NAKANO
    assert (NAKANO.municipality, NAKANO.main_phone.number) == ("中野区", "03-3389-1111")


def test_all_of_nakano_is_there() -> None:
    tables = (NAKANO.facilities, NAKANO.resources, NAKANO.hotlines, NAKANO.towns, NAKANO.stations)

    assert [len(table) for table in tables] == [59, 62, 39, 85, 38]
    assert len(list(NAKANO.of_type("基本型"))) == 14
    assert {facility.id for facility in NAKANO.of_type("こども家庭センター型")} == set(SUKOYAKA)
    assert [facility.id for facility in NAKANO.of_type("特定型")] == ["kodomo-sogo-madoguchi"]


def test_every_row_has_its_source() -> None:
    rows = [*NAKANO.facilities, *NAKANO.resources, *NAKANO.hotlines]

    assert [row.id for row in rows if not row.source] == []
    assert [row.id for row in rows if not row.as_of] == ["ninshin-hotline"]


def test_the_sources_licences_are_named() -> None:
    shown = "\n".join(NAKANO.attribution)

    assert all(
        name in shown
        for name in ("Geolonia", "CC BY 4.0", "CC BY-SA 4.0", "国土数値情報", "station_database")
    )


def test_nobody_reads_our_working_notes() -> None:
    rows = [*NAKANO.facilities, *NAKANO.resources, *NAKANO.hotlines]
    words = ("未確認", "unverified", "seed", "HB#", "写し", "csv", "brief", "資料")

    shown = {
        row.id: str([getattr(row, field.name) for field in fields(row) if field.name != "source"])
        for row in rows
    }
    assert [(row_id, word) for row_id, text in shown.items() for word in words if word in text] == []


def test_unverified_hotlines_do_not_ship() -> None:
    assert {"ninshin-sos", "tmc", "sango-utsu"} & {hotline.id for hotline in NAKANO.hotlines} == set()


def test_a_hotline_of_unknown_hours_says_so() -> None:
    unknown = [hotline for hotline in NAKANO.hotlines if not hotline.hours.known]

    assert {hotline.id for hotline in unknown} >= {"8891", "9110", "dv-navi"}
    assert all("hours" in hotline.uncertain for hotline in unknown)


@pytest.mark.parametrize("hotline", ["childline", "tokyo-womens", "pokakoro", "nakano-josei", "sogo-sodan"])
def test_closed_over_new_year(hotline: str) -> None:
    hours = NAKANO.hotline(hotline).hours

    assert not any(hours.is_open(at) for at in WAY_AROUND_NEW_YEAR)


def test_the_pregnancy_line_rests_on_new_years_day_only() -> None:
    hours = NAKANO.hotline("ninshin-hotline").hours

    assert hours.is_open(datetime(2026, 12, 31, 12, tzinfo=TOKYO))
    assert not hours.is_open(datetime(2027, 1, 1, 12, tzinfo=TOKYO))


@pytest.mark.parametrize(
    ("hotline", "numbers"),
    [
        ("nitobe", ["03-3382-1231", "03-3382-9991"]),
        ("7119", ["#7119", "03-3212-2323"]),
        ("8000", ["#8000", "03-5285-8898"]),
    ],
)
def test_a_line_with_two_numbers_has_both(hotline: str, numbers: list[str]) -> None:
    phones = NAKANO.hotline(hotline).phones

    assert [phone.number for phone in phones] == numbers
    assert phones[1].note


def test_the_disputed_telephone_comes_with_the_switchboard() -> None:
    hokubu = NAKANO.facility("hokubu-sukoyaka")

    assert hokubu.phones[1].number == NAKANO.main_phone.number
    assert "phone" in hokubu.uncertain


def test_a_point_that_is_not_the_building_is_approximate() -> None:
    assert not NAKANO.facility("minaminakano").approximate
    assert NAKANO.facility("yamato").approximate


def test_resources_lead_to_their_desks() -> None:
    assert set(NAKANO.resource("sango-care").facilities) == set(SUKOYAKA)
    assert NAKANO.resource("short-stay").facilities == ("sogo-sodan",)
    assert NAKANO.resource("ichiji-hoiku").phones[0].number == "03-3228-5612"


def test_no_resource_copies_a_facilitys_telephone() -> None:
    theirs = {phone.number for facility in NAKANO.facilities for phone in facility.phones}

    copied = {phone.number for resource in NAKANO.resources for phone in resource.phones} & theirs
    assert copied == set()


def test_a_resource_without_hours_has_those_of_its_desks_if_they_agree() -> None:
    assert NAKANO.resource("sango-care").hours == NAKANO.facility("chubu-sukoyaka").hours
    assert NAKANO.resource("ninshin-todoke").hours.describe() == "窓口によって違います"


def test_the_most_particular_order_of_lines_wins() -> None:
    def first(need: str, voice: str = "", topic: str = "") -> str:
        return NAKANO.lines_for(need, voice, topic)[0].id

    assert first("crisis_abuse", "parent") == "0120-189-783"
    assert first("crisis_abuse", "witness") == "189"
    assert first("crisis_abuse", "child", "sexual") == "sos24"
    assert first("crisis_abuse", "parent", "sexual") == "8891"
    assert first("crisis_medical", "child", "poison") == "119"
    assert first("crisis_suicide", "parent") == "inochi-sos"
    assert NAKANO.lines_for("no such need") == ()


def test_an_unknown_id_raises_key_error() -> None:
    with pytest.raises(KeyError):
        NAKANO.facility("nowhere")


@pytest.mark.parametrize("name", ["atlantis", "../nakano", ""])
def test_an_unknown_municipality_is_told_what_there_is(name: str) -> None:
    with pytest.raises(BadPack, match="There is: nakano"):
        load(name)


def test_a_copy_of_the_pack_reads_the_same(pack: Path) -> None:
    copy: Directory = read_pack(pack)

    assert copy.facilities == NAKANO.facilities


@pytest.mark.parametrize(
    ("table", "old", "new", "problem"),
    [
        ("facilities.csv", "35.689765", "3.5689765", "facilities.csv:2: 3.5689765, 139.670897 lies outside"),
        ("facilities.csv", "35.689765", "north", "facilities.csv:2: lat and lon"),
        ("facilities.csv", "miyanodai,", "minaminakano,", "facilities.csv: minaminakano is there 2 times"),
        ("facilities.csv", "\nmiyanodai,", "\n,", "facilities.csv:3: id is empty"),
        ("facilities.csv", "164-0013", "1640013", "facilities.csv:2: postal_code '1640013'"),
        ("facilities.csv", "mon,tue,thu,sat 10", "mno,tue,thu,sat 10", "facilities.csv:2: hours: 'mno'"),
        ("facilities.csv", "03-3382-1687", "電話", "facilities.csv:2: phone '電話'"),
        ("facilities.csv", "ohirune#page=34", "ohirun#page=34", "facilities.csv:2: source 'ohirun'"),
        ("facilities.csv", ",yes,", ",maybe,", "facilities.csv:3: approximate 'maybe'"),
        ("facilities.csv", "id,name,kana", "id,name,yomi", "facilities.csv:2: the table has no column kana"),
        ("facilities.csv", "2026-01\n", "2026-01,\n", "facilities.csv:2: the line has more or fewer cells"),
        ("resources.csv", ",sogo-sodan,", ",sogosodan,", "points to sogosodan, which is no facility"),
        ("resources.csv", "03-3228-3253,kodomo", "03-3228-5484,kodomo", "iryohi copies 03-3228-5484"),
        ("hotlines.csv", "crisis_suicide,", "crisis_suicid,", "hotlines.csv:2: kinds: crisis_suicid"),
        ("hotlines.csv", ",,hours,", ",,hour,", "hotlines.csv:2: uncertain names no column: 'hour'"),
        ("hotlines.csv", "2026-07-19", "last July", "as_of 'last July'"),
        ("towns.csv", "南台,1,", "南台,one,", "towns.csv:2: a 町丁目 needs its number"),
        ("stations.csv", "35.705765", "", "stations.csv:2: lat and lon"),
        ("pack.toml", "03-3389-1111", "中野", "pack.toml: main_phone"),
        ("spellings.toml", "[readings]", "[reading]", "spellings.toml: [readings] is missing"),
        ("pack.toml", '"sogo-sodan"', '"sogo"', "pack.toml: consultation_desk 'sogo' is no facility"),
        ("pack.toml", "sogo-sodan = ", "sogo = ", "pack.toml: [counselors] names sogo, which is no facility"),
        (
            "pack.toml",
            '"総合相談の相談員"',
            '""',
            "[counselors] sogo-sodan needs a role of 1 to 20 characters",
        ),
        (
            "crisis_lines.toml",
            '"yorisoi"',
            '"yorisoy"',
            "crisis_lines.toml: crisis_suicide.usual names yorisoy",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    spoil: Callable[[str, str, str], tuple[str, ...]], table: str, old: str, new: str, problem: str
) -> None:
    problems = spoil(table, old, new)

    assert any(problem in found for found in problems), problems


def test_a_missing_table_is_named(pack: Path) -> None:
    (pack / "towns.csv").unlink()

    with pytest.raises(BadPack) as caught:
        read_pack(pack)

    assert caught.value.problems == ("towns.csv: there is no such file",)


def test_every_town_is_spelt_out_character_by_character() -> None:
    readings = dict(NAKANO.readings)

    assert [town.name for town in NAKANO.towns if aligned(town.town, town.kana, readings) is None] == []


def test_all_mistakes_are_reported_at_once(
    spoil: Callable[[str, str, str], tuple[str, ...]], pack: Path
) -> None:
    towns = (pack / "towns.csv").read_text(encoding="utf-8")
    (pack / "towns.csv").write_text(towns.replace("164-0014", "1640014"), encoding="utf-8")

    problems = spoil("facilities.csv", "03-3382-1687", "電話")

    assert len([problem for problem in problems if problem.startswith("towns.csv")]) == 5
    assert len([problem for problem in problems if problem.startswith("facilities.csv")]) == 1
