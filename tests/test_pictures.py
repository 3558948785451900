"""What is made of the bytes that a stranger sent."""

from io import BytesIO

import pytest
from PIL import Image
from samples import M4A, MP4, PDF, PLACE, bomb, photo, photo_that_tells, png_that_tells

from bot import file_types
from bot.pictures import LARGEST_SIDE, NoPicture, redrawn


def drawn(data: bytes) -> Image.Image:
    return Image.open(BytesIO(redrawn(data).content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_every_kind_of_photo_becomes_a_jpeg_with_a_thumbnail(form: str) -> None:
    picture = redrawn(photo(form, (1200, 900)))

    assert (picture.width, picture.height) == (1200, 900)
    assert Image.open(BytesIO(picture.content)).format == "JPEG"
    assert Image.open(BytesIO(picture.thumbnail)).size == (480, 360)


@pytest.mark.parametrize("data", [photo_that_tells(), png_that_tells()])
def test_where_and_by_what_it_was_taken_is_not_kept(data: bytes) -> None:
    picture = redrawn(data)

    for kept in (picture.content, picture.thumbnail):
        image = Image.open(BytesIO(kept))
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not any(said in kept for said in (PLACE.encode(), b"telltale", b"Exif", b"http"))


def test_a_photo_that_was_taken_sideways_stands_upright() -> None:
    assert drawn(photo_that_tells()).size == (480, 640)


def test_a_very_large_photo_is_made_smaller() -> None:
    assert max(drawn(photo(size=(5000, 3000))).size) == LARGEST_SIDE


def test_what_cannot_be_read_smaller_may_be_half_as_large_as_a_jpeg() -> None:
    size = (5100, 5000)

    assert max(drawn(photo(size=size)).size) == LARGEST_SIDE
    with pytest.raises(NoPicture):
        redrawn(photo("PNG", size, compress_level=1))


def test_what_is_transparent_lies_on_white_paper() -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")

    pixel = drawn(out.getvalue()).getpixel((5, 5))

    assert isinstance(pixel, tuple)
    assert min(pixel) > 250


def test_what_hides_behind_a_photo_is_left_behind() -> None:
    assert b"<script>" not in redrawn(photo() + b"<script>alert(1)</script>").content


@pytest.mark.parametrize(
    "data",
    [
        bomb(),
        photo()[:200],
        photo("PNG")[:60],
        b"\xff\xd8\xff" + b"x" * 500,
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPxxxx",
    ],
    ids=["bomb", "cut off", "cut off png", "no jpeg", "no gif", "no webp"],
)
def test_what_is_no_photo_or_would_fill_the_memory_is_refused(data: bytes) -> None:
    with pytest.raises(NoPicture):
        redrawn(data)


@pytest.mark.parametrize(
    ("data", "kind", "found"),
    [
        (photo(), "file", file_types.PHOTO),
        (photo("PNG"), "image", file_types.PHOTO),
        (photo("WEBP"), "image", file_types.PHOTO),
        (PDF, "image", "application/pdf"),
        (MP4, "video", "video/mp4"),
        (MP4, "audio", "audio/mp4"),  # as Android's recorders wrap sound
        (M4A, "file", "audio/mp4"),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, kind: str, found: str) -> None:
    assert file_types.of(data, kind) == found


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\0",
        b"<!doctype html><script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"PK\x03\x04 an office file",
        b"\0\0\0\x18ftypheic",
        b"\n%PDF-1.7",
        b"plain words",
        b"",
    ],
)
def test_whatever_is_not_named_is_not_kept(data: bytes) -> None:
    assert file_types.of(data, "image") is None
