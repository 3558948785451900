"""子育て施設一覧 as offices really publish it: Kawaguchi's file, and what spreadsheets and downloads do to one."""

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from directory.model import Box, Directory, Facility, Phone, Point
from directory.opendata import cells, sheet, writing
from directory.opendata.columns import NEW, OLD
from directory.opendata.comparing import Compared, Outcome, compare, count
from directory.opendata.decoding import NoTable
from directory.opendata.reading import Origin
from directory.opendata.week import week
from directory.pack import load

NAKANO = load("nakano")
KAWAGUCHI = replace(
    NAKANO,
    municipality="川口市",
    prefecture="埼玉県",
    code="112038",
    box=Box(35.78, 139.67, 35.90, 139.79),
    facilities=(),
    towns=(),
)
REAL = Path(__file__).with_name("opendata").joinpath("kawaguchi_112038_preschool.csv").read_bytes()
REAL_TEXT = REAL.decode("utf-8-sig")
REAL_ROWS = list(csv.DictReader(io.StringIO(REAL_TEXT, newline="")))
ORIGIN = Origin("オープンデータ", "2026-11")
HALL = {
    "全国地方公共団体コード": "131148",
    "ID": "j1",
    "名称": "丸山児童館",
    "種別": "児童館",
    "所在地_連結表記": "東京都中野区丸山２－２７－１６",
    "緯度": "35.724871",
    "経度": "139.65173",
    "電話番号": "03-3333-1111",
}


def compared(data: bytes, directory: Directory = KAWAGUCHI) -> list[Compared]:
    return list(compare(sheet.read(data), directory, ORIGIN))


def table(*rows: dict[str, str], headings: tuple[str, ...] = NEW) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headings, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def one(directory: Directory = NAKANO, **cells: str) -> Compared:
    (row,) = compared(table(HALL | cells), directory)
    return row


def facility(row: Compared) -> Facility:
    assert row.facility, row
    return row.facility


def test_every_row_of_the_real_file_is_accounted_for() -> None:
    rows = compared(REAL)

    assert count(rows) == {
        Outcome.NEW: 300,
        Outcome.CHANGED: 0,
        Outcome.UNCHANGED: 0,
        Outcome.REFUSED: 2,
    }
    refused = {row.name: row.reasons for row in rows if row.outcome is Outcome.REFUSED}
    assert "休所" in refused["川口市立並木保育所"][0]
    assert "211行目" in refused["認定こども園新郷南幼稚園"][0]
    assert [row.name for row in rows] == [cells.plain(row["名称"]) for row in REAL_ROWS]


def test_the_real_file_a_second_time_changes_nothing() -> None:
    known = replace(KAWAGUCHI, facilities=tuple(row.facility for row in compared(REAL) if row.facility))

    assert count(compared(REAL, known))[Outcome.UNCHANGED] == 300


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_says_the_same(encoding: str) -> None:
    assert compared(REAL_TEXT.encode(encoding)) == compared(REAL)


def test_tabs_and_a_title_above_the_heading_are_read() -> None:
    rows = list(csv.reader(io.StringIO(REAL_TEXT, newline="")))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t").writerows([["子育て施設一覧"], *rows])

    assert count(compared(text.getvalue().encode("utf-16"))) == count(compared(REAL))


@pytest.mark.parametrize("end", [60_000, 60_001, 60_002, 60_137, 70_000])
def test_of_a_truncated_file_the_last_row_is_refused(end: int) -> None:
    rows = compared(REAL[:end])

    whole = compared(REAL)
    assert rows[-1].outcome is Outcome.REFUSED
    assert "途中で切れて" in rows[-1].reasons[0]
    assert rows[:-1] == whole[: len(rows) - 1]
    assert sheet.read(REAL[:end]).remarks != ()


def test_a_quotation_mark_that_is_never_closed_refuses_what_is_behind_it() -> None:
    lines = REAL_TEXT.split("\r\n")
    lines[5] = lines[5].replace(",,", ',"', 1)

    rows = compared("\r\n".join(lines).encode())

    assert rows[-1].outcome is Outcome.REFUSED
    assert "引用符" in rows[-1].reasons[0]
    assert len(rows) < 302


def test_swapped_coordinates_are_put_right_and_told() -> None:
    swapped = [row | {"緯度": row["経度"], "経度": row["緯度"]} for row in REAL_ROWS]

    rows = compared(table(*swapped))

    told = Counter(reason for row in rows for reason in row.reasons)
    assert told["緯度と経度が逆でした。入れかえました。"] == 299
    points = {row.name: row.facility.point for row in compared(REAL) if row.facility}
    assert {row.name: row.facility.point for row in rows if row.facility} == points


def test_another_municipalitys_file_is_refused_row_by_row() -> None:
    rows = compared(REAL, NAKANO)

    assert count(rows)[Outcome.REFUSED] == 302
    assert rows[0].reasons == ("ほかの自治体の施設です(埼玉県川口市、コード 112038)。",)


def test_the_old_version_is_read_too() -> None:
    row = {
        "都道府県コード又は市区町村コード": "131148", "NO": "1", "都道府県名": "東京都", "市区町村名": "中野区",
        "名称": "丸山児童館", "種別": "児童館", "住所": "東京都中野区丸山2-27-16", "方書": "2Ｆ", "電話番号": "03(3333)1111",
    }  # fmt: skip

    data = table(row, headings=OLD).replace("利用可能曜日".encode(), '"利用可能\n曜日"'.encode())
    (found,) = compared(data, NAKANO)

    assert sheet.read(data).form == "旧"
    assert facility(found).address == "東京都中野区丸山2-27-16 2F"
    assert facility(found).phones == (Phone("03-3333-1111"),)


def test_an_address_in_parts_is_put_together() -> None:
    row = one(所在地_連結表記="", 所在地_都道府県="東京都", 所在地_市区町村="中野区", 所在地_町字="丸山二丁目", 所在地_番地以下="27番16号")  # fmt: skip

    assert facility(row).address == "東京都中野区丸山二丁目27番16号"
    assert facility(row).postal_code == "165-0021"


def test_without_coordinates_the_middle_of_the_neighbourhood_stands_in() -> None:
    row = one(緯度="", 経度="")

    town = next(town for town in NAKANO.towns if town.name == "丸山2丁目")
    assert (facility(row).point, facility(row).approximate) == (town.point, True)
    assert row.reasons == ("座標がありません。丸山2丁目の真ん中を使います。",)


@pytest.mark.parametrize(
    ("lat", "lon", "told"),
    [
        ("35.690", "139.670", "座標が、住所の丸山2丁目から約"),
        ("36.5", "139.670", "離れています"),
        ("0", "0", "座標が日本の外です"),
        ("35度43分", "139度", "座標を読めません"),
    ],
)
def test_coordinates_that_the_address_speaks_against_are_not_used(lat: str, lon: str, told: str) -> None:
    row = one(緯度=lat, 経度=lon)

    assert told in row.reasons[0]
    assert facility(row).approximate


def test_coordinates_outside_are_not_used_where_the_address_names_no_neighbourhood() -> None:
    row = one(所在地_連結表記="東京都中野区", 緯度="35.83", 経度="139.7")

    assert facility(row).point is None
    assert row.reasons == ("座標が中野区の外です。近い順の案内には出ません。",)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"名称": " "}, "名称がありません"),
        ({"所在地_連結表記": "", "電話番号": "--"}, "所在地も電話番号もありません"),
        ({"所在地_連結表記": "東京都杉並区荻窪1-1"}, "中野区の外"),
        ({"備考": "令和7年度より休所"}, "使えない施設"),
    ],
)
def test_a_row_that_would_mislead_is_refused_with_its_reason(cells: dict[str, str], reason: str) -> None:
    row = one(**cells)

    assert row.outcome is Outcome.REFUSED
    assert reason in row.reasons[0]


def test_a_holiday_in_the_remarks_does_not_refuse_a_row() -> None:
    assert one(備考="休館日は月曜日です").outcome is Outcome.NEW


def test_a_cell_too_few_or_too_many_and_an_empty_row_are_told() -> None:
    lines = table(HALL).decode().split("\r\n")
    data = "\r\n".join([lines[0], "1,2,3", lines[1] + ",余り", "," * 52, lines[1], ""]).encode()

    rows = compared(data, NAKANO)

    assert [row.outcome for row in rows] == [Outcome.REFUSED] * 3 + [Outcome.NEW]
    assert ["3個しか" in rows[0].reasons[0], "54個あり" in rows[1].reasons[0]] == [True, True]
    assert rows[2].reasons == ("空の行です。",)
    assert [row.line for row in rows] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "空です"),
        (b"PK\x03\x04rest", "ExcelのファイルかZIP"),
        (b"<!DOCTYPE html>", "ウェブページ"),
        (b"%PDF-1.7", "PDF"),
        ("名前,値\r\n1,2\r\n".encode(), "見出し"),
        (b"\x81\xff\xfe\x80\x81" * 100, "文字コード"),
    ],
)
def test_what_is_no_such_table_is_said_plainly(data: bytes, told: str) -> None:
    with pytest.raises(NoTable, match=told):
        sheet.read(data)


def test_what_we_know_better_stays_when_a_file_says_less() -> None:
    ours = NAKANO.facility("minaminakano")

    (row,) = compared(table(HALL | {"ID": "x", "名称": "中野区立南中野児童館", "所在地_連結表記": ours.address, "緯度": "35.689765", "経度": "139.670897", "電話番号": "03-1234-5678"}), NAKANO)  # fmt: skip

    assert (row.outcome, row.facility_id) == (Outcome.CHANGED, "minaminakano")
    assert [(one.what, one.after) for one in row.differences] == [
        ("名称", "中野区立南中野児童館"),
        ("電話", "03-1234-5678"),
    ]
    changed = facility(row)
    assert (changed.types, changed.note, changed.hours) == (ours.types, ours.note, ours.hours)


def test_an_id_that_is_somebody_elses_is_refused() -> None:
    row = one(ID="nogata")

    assert row.outcome is Outcome.REFUSED
    assert "野方児童館" in row.reasons[0]


def test_one_facility_is_not_changed_by_two_rows() -> None:
    first, second = compared(table(HALL, HALL | {"名称": "丸山児童館別館"}), NAKANO)

    assert (first.outcome, second.outcome) == (Outcome.NEW, Outcome.REFUSED)
    assert second.reasons[0].startswith("2行目と同じ施設です")


def test_our_export_has_the_standards_heading_and_changes_nothing_when_read_back() -> None:
    text = writing.table(NAKANO)

    rows = compared(text.encode("utf-8-sig"), NAKANO)

    assert text.split("\r\n")[0] == REAL_TEXT.split("\r\n")[0]
    assert [row.name for row in rows if row.outcome is not Outcome.UNCHANGED] == []
    assert len(rows) == len(NAKANO.facilities)


def test_an_export_keeps_back_what_only_stands_for_the_neighbourhood() -> None:
    rows = {row["ID"]: row for row in csv.DictReader(io.StringIO(writing.table(NAKANO), newline=""))}

    assert rows["minaminakano"]["緯度"] == "35.689765"
    assert rows["miyanodai"]["緯度"] == ""


def test_a_spreadsheet_calculates_nothing_of_an_export() -> None:
    sly = replace(NAKANO.facility("nogata"), name="=HYPERLINK(1)")

    (row,) = csv.DictReader(io.StringIO(writing.table(NAKANO, [sly]), newline=""))

    assert row["名称"] == " =HYPERLINK(1)"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("(048)252-4384", "048-252-4384"),
        ("０４８（２５２）４３８４", "048-252-4384"),
        ("048ー252ー4384", "048-252-4384"),
        ("482524384", "0482524384"),
        ("03 3389 1111", "03-3389-1111"),
        ("--", None),
    ],
)
def test_telephones_are_read_as_offices_write_them(written: str, read: str | None) -> None:
    assert cells.phone(written) == (Phone(read) if read else None)


def test_an_extension_goes_with_its_number() -> None:
    assert cells.phone("03-3389-1111(代表)", "２３") == Phone("03-3389-1111", "代表、内線23")


@pytest.mark.parametrize("written", ["お問い合わせください", "119", "03-33"])
def test_what_is_no_telephone_is_told_and_left_out(written: str) -> None:
    row = one(電話番号=written)

    assert facility(row).phones == ()
    assert "電話番号を読めません" in row.reasons[0]


@pytest.mark.parametrize(
    "written",
    ["2015/4/1", "2015-04-01", "平成27年4月1日", "H27.4.1", "20150401", "42095", "２０１５年４月１日"],
)
def test_dates_are_read_as_offices_write_them(written: str) -> None:
    assert str(cells.day(written)) == "2015-04-01"


@pytest.mark.parametrize("written", ["2015/13/1", "春ごろ"])
def test_what_is_no_date_is_told(written: str) -> None:
    assert "認可等年月日を読めません" in one(認可等年月日=written).reasons[0]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("131148", "131148"),
        ("13114", "131148"),
        ("92011", "092011"),
        ("9201", "092011"),
        ("99", ""),
        ("", ""),
    ],
)
def test_codes_are_mended_where_a_spreadsheet_cut_them(written: str, code: str) -> None:
    assert cells.code(written) == code


@pytest.mark.parametrize(
    ("days", "opens", "closes", "sentence", "told"),
    [
        ("月火水木金土", "7:00", "19:00", "土曜日の開所時間は07：00から18：00\n休所日は日曜日及び祝日、12/29から1/3まで",
         "月〜金 7:00〜19:00、土 7:00〜18:00(日・祝・12/29〜1/3は休み)"),
        ("月～金", "０９：００", "17時", "", "月〜金 9:00〜17:00(祝・12/29〜1/3は休み)"),
        ("毎日", "900", "2100", "", "要確認"),
        ("", "", "", "予約制です", "予約制です"),
        ("月〜金", "24:00", "24:00", "", "月〜金 24:00〜24:00"),
        ("月〜土", "9:00", "17:00", "土曜日の開園時間は25:00から26:00", "土曜日の開園時間は25:00から26:00"),
        ("月火水木金", "9:00", "14:00", "月曜日は11時から", "月火水木金 9:00〜14:00。月曜日は11時から"),
    ],
)  # fmt: skip
def test_hours_are_promised_only_where_all_of_it_is_understood(
    days: str, opens: str, closes: str, sentence: str, told: str
) -> None:
    found = week(days, opens, closes, sentence).hours

    assert told in found.describe() or (told == "要確認" and found.describe().startswith("毎日"))


@pytest.mark.parametrize(("last", "told"), [("1/35", "ない日付"), ("1/20", "長すぎる"), ("1/4", "")])
def test_a_date_that_was_pulled_down_in_a_spreadsheet_is_told(last: str, told: str) -> None:
    remarks = week("", "", "", f"閉室日：年末年始（12/29～{last}）").remarks

    assert bool(remarks) == bool(told)
    assert told in "".join(remarks)


def test_swapped_is_told_from_outside() -> None:
    assert cells.point("139.7", "35.7") == (Point(35.7, 139.7), True, "")
    assert cells.point("51.5", "-0.1").point is None
