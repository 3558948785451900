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
        ("ENCLOSURE_MAX_MB", "0"),
        ("ENCLOSURE_MAX_MB", "101"),
        ("ENCLOSURE_MAX_MB", "10MB"),
        ("LINE_CHANNEL_SECRET_FILE", "/there/is/no/such/file"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str):
    with pytest.raises(BadSettings) as caught:
        read(GOOD | {name: value})

    assert caught.value.problems[0].startswith(name)


def test_the_largest_photo_is_given_in_megabytes():
    assert [read(GOOD | more).largest_enclosure for more in ({}, {"ENCLOSURE_MAX_MB": "3"})] == [
        10 * 1024 * 1024,
        3 * 1024 * 1024,
    ]


def test_no_secret_shows_when_settings_are_printed():
    assert "the-access-token" not in repr(read(GOOD))


ORGANISATION = {
    "OIDC_ISSUER": "https://id.city.example",
    "OIDC_CLIENT_ID": "tsunagu",
    "OIDC_CLIENT_SECRET": "the-client-secret",
    "OIDC_REDIRECT_URI": "https://console.city.example/console/login/organisation/back",
}


def test_admins_and_managers_need_a_second_factor_unless_said_otherwise():
    assert read(GOOD).sign_in.second_factor_for == {"admin", "manager"}
    assert read(GOOD | {"SECOND_FACTOR_FOR": "counselor, admin"}).sign_in.second_factor_for == {
        "counselor",
        "admin",
    }
    assert read(GOOD | {"SECOND_FACTOR_FOR": "nobody"}).sign_in.second_factor_for == frozenset()


def test_the_organisations_sign_in_is_off_until_it_is_set(tmp_path: Path):
    (tmp_path / "secret").write_text("from-a-file\n", encoding="utf-8")
    given = {name: value for name, value in ORGANISATION.items() if name != "OIDC_CLIENT_SECRET"}
    from_file = read(GOOD | given | {"OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret")})

    assert read(GOOD).sign_in.organisation is None
    assert from_file.sign_in.organisation
    assert from_file.sign_in.organisation.client_secret == "from-a-file"
    assert "from-a-file" not in repr(from_file.sign_in)


@pytest.mark.parametrize("missing", ORGANISATION)
def test_half_of_the_organisations_sign_in_is_named(missing: str):
    with pytest.raises(BadSettings) as caught:
        read(GOOD | {name: value for name, value in ORGANISATION.items() if name != missing})

    assert [problem.split(":")[0] for problem in caught.value.problems] == [missing]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECOND_FACTOR_FOR", "king"),
        ("CONSOLE_IDLE_MINUTES", "0"),
        ("CONSOLE_SESSION_HOURS", "a day"),
        ("OIDC_ISSUER", "http://id.city.example"),
    ],
)
def test_a_bad_setting_of_log_in_is_named(name: str, value: str):
    with pytest.raises(BadSettings) as caught:
        read(GOOD | (ORGANISATION if name.startswith("OIDC") else {}) | {name: value})

    assert caught.value.problems[0].startswith(name)


def test_a_real_service_does_not_start_before_it_is_decided_who_is_told():
    with pytest.raises(BadSettings) as caught:
        read(GOOD, serving=True)

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["ALERT_EMAIL", "ALERT_WEBHOOK"]


def test_nobody_is_an_answer_to_who_is_told():
    settings = read(GOOD | {"ALERT_EMAIL": "none", "ALERT_WEBHOOK": "none"}, serving=True)

    assert settings.alerts.ways == ()


@pytest.mark.parametrize("elsewhere", [{"LINE_API_HOST": "http://127.0.0.1:9"}, {}])
def test_a_command_or_a_stand_in_for_line_does_not_ask_who_is_told(elsewhere: dict[str, str]):
    settings = read(GOOD | elsewhere, serving=bool(elsewhere))

    assert settings.alerts.undecided == ("ALERT_EMAIL", "ALERT_WEBHOOK")
