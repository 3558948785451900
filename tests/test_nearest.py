from dataclasses import replace

import pytest

from directory.model import Point
from directory.nearest import about, metres, nearest
from directory.pack import load

NAKANO = load("nakano")
NAKANO_STATION = Point(35.705765, 139.665835)


def test_the_nearest_comes_first() -> None:
    near = nearest(NAKANO_STATION, NAKANO.of_type("基本型"), count=14)

    assert [found.metres for found in near] == sorted(found.metres for found in near)
    assert len(near) == 14


def test_two_are_shown_unless_asked_otherwise() -> None:
    assert len(nearest(NAKANO_STATION, NAKANO.facilities)) == 2


def test_equally_far_facilities_keep_one_order() -> None:
    hall = NAKANO.facility("nogata")
    twins = [replace(hall, id="b"), replace(hall, id="a")]

    assert [found.facility.id for found in nearest(NAKANO_STATION, twins)] == ["a", "b"]


def test_a_facility_without_a_point_is_left_out() -> None:
    nowhere = replace(NAKANO.facility("nogata"), point=None)

    assert nearest(NAKANO_STATION, [nowhere]) == ()


def test_distances_are_in_metres() -> None:
    one_degree_north = metres(Point(35.0, 139.0), Point(36.0, 139.0))

    assert one_degree_north == pytest.approx(111_195, abs=1)
    assert metres(NAKANO_STATION, NAKANO_STATION) == 0


def test_a_degree_of_longitude_is_shorter_in_tokyo() -> None:
    assert metres(Point(35.7, 139.0), Point(35.7, 140.0)) == pytest.approx(90_299, abs=20)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0, "約50m"),
        (74, "約50m"),
        (76, "約100m"),
        (312, "約300m"),
        (949, "約900m"),
        (960, "約1.0km"),
        (1234, "約1.2km"),
        (12_345, "約12.3km"),
    ],
)
def test_a_distance_in_words_is_rounded(distance: float, words: str) -> None:
    assert about(distance) == words
