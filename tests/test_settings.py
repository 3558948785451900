"""Settings: everything that is wrong is said at once, and no secret is shown."""

from pathlib import Path

import pytest

from bot.settings import BadSettings, read

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
GOOD = {
    "LINE_CHANNEL_SECRET": "the-channel-secret",
    "LINE_CHANNEL_ACCESS_TOKEN": "the-access-token",
    "SECRET_KEY": "a-long-enough-secret-key",
    "ENCRYPTION_KEYS": KEY,
}


def test_what_is_not_given_has_a_default():
    settings = read(GOOD)

    assert settings.database_url == "sqlite:///var/tsunagu.db"
    assert settings.municipality == "nakano"


def test_every_missing_name_is_listed_at_once():
    with pytest.raises(BadSettings) as caught:
        read({})

    assert [problem.split(":")[0] for problem in caught.value.problems] == list(GOOD)


def test_a_value_can_come_from_a_file(tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text("from-a-file\n", encoding="utf-8")

    settings = read(GOOD | {"LINE_CHANNEL_SECRET_FILE": str(file)})

    assert settings.line_channel_secret == "from-a-file"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEYS", "not base64"),
        ("ENCRYPTION_KEYS", "c2hvcnQ="),
        ("DATABASE_URL", "mysql://somewhere"),
        ("CONSULT_CHANNEL", "fax"),
        ("LINE_CHANNEL_SECRET_FILE", "/there/is/no/such/file"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str):
    with pytest.raises(BadSettings) as caught:
        read(GOOD | {name: value})

    assert caught.value.problems[0].startswith(name)


def test_no_secret_shows_when_settings_are_printed():
    assert "the-access-token" not in repr(read(GOOD))
