"""What is too large for the server itself, in front of the apps with their own limits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from fleet import Fleet

from storage import imports

MEGABYTE = 2**20


@pytest.fixture
def address(tmp_path: Path, database_url: str) -> Iterator[str]:
    fleet = Fleet(tmp_path, database_url, "http://127.0.0.1:9")
    yield f"http://127.0.0.1:{fleet.web().port}"
    fleet.close()


def answered(url: str, size: int) -> urllib3.BaseHTTPResponse:
    return urllib3.request("POST", url, body=b"x" * size, redirect=False, retries=False)


def test_a_file_of_open_data_reaches_the_console(address: str) -> None:
    answer = answered(f"{address}/console/opendata", imports.LARGEST)

    assert (
        "Content-Security-Policy" in answer.headers
    )  # who is not logged in is turned away by the console itself


def test_the_webhook_takes_no_more_than_a_megabyte(address: str) -> None:
    assert answered(f"{address}/line/webhook", MEGABYTE + 1).status == 413
