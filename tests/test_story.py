"""The whole story in a real browser, over `tsunagu demo` as anyone runs it.

A parent asks, gets places, asks for a person; a counselor takes the thread, answers, and hands back.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import wait_until
from playwright.sync_api import Browser, Page, expect
from ports import free_port

SIZES = [pytest.param(1280, 900, id="desk"), pytest.param(375, 760, id="phone")]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The demo's address and the password that it made."""
    folder = tmp_path
    port = free_port()
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "bot", "demo", "--port", str(port)]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or _ready(port))
            yield (
                f"http://127.0.0.1:{port}",
                json.loads((folder / "var/demo/secrets.json").read_text())["password"],
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _ready(port: int) -> bool:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
        return bool(answer.status == 200)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_parent_is_answered_and_reaches_a_person(
    width: int, height: int, demo: tuple[str, str], browser: Browser
) -> None:
    address, password = demo
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(15_000)
    phone, console = context.new_page(), context.new_page()
    complaints: list[str] = []
    for page in (phone, console):
        page.on("pageerror", lambda error: complaints.append(str(error)))

    _open_phone(phone, address)
    talk = phone.locator("#talk")
    _say(phone, "一時保育どこ")
    expect(talk).to_contain_text("「“一時預かり”のことですね」")
    expect(talk).to_contain_text("中野区役所 子ども総合窓口")
    expect(talk).to_contain_text("月〜金 8:30〜17:00")
    _say(phone, "人と話したい")
    expect(talk).to_contain_text("相談員に引きつぐ前に")
    phone.get_by_role("button", name="同意して相談する").click()
    expect(talk).to_contain_text("相談員に伝わりました")

    _log_in(console, address, password)
    console.locator("#queue a[href*='/threads/']").first.click()
    console.get_by_role("button", name="対応する").click()
    console.locator("input[name=mode][value=reply]").check()
    console.locator("#text").fill("こんにちは、相談員です。一時保育のことですね。")
    console.locator("#text").press("Control+Enter")
    expect(talk).to_contain_text("こんにちは、相談員です。")
    _say(phone, "明日お願いしたいです")
    expect(console.locator(".entry.utterance").last).to_contain_text("明日お願いしたいです")
    console.get_by_role("button", name="ボットに戻す").click()
    expect(talk).to_contain_text("ここからは自動の案内にもどります")

    assert complaints == []
    context.close()


def _open_phone(page: Page, address: str) -> None:
    page.goto(f"{address}/simulator/")
    page.locator("#befriend").click()
    expect(page.locator("#talk")).to_contain_text("つなぐ窓口です。中野区の")


def _say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def _log_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/console/")
    page.locator("#name").fill("soudan1")
    page.locator("#password").fill(password)
    page.get_by_role("button", name="ログイン").click()
    expect(page.locator("#queue")).to_be_visible()
