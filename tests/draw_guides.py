"""Draw the pictures of the guides and the README: a demo of its own, driven through Chromium as people use it.

    python tests/draw_guides.py [NAME …]     # all of them, or those whose file name begins so

They go to docs/images/. Run it after a change of a screen that the guides show, and look at what it drew.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conftest import CHROMIUM, QUIETLY
from fleet import free_port, wait_until
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_story import _ready

IMAGES = Path(__file__).parent.parent / "docs" / "images"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 760}


@dataclass
class Stage:
    """A demo that runs, and who sits before it."""

    browser: Browser
    address: str
    password: str

    def page(self, size: dict[str, int]) -> Page:
        return self.browser.new_context(viewport=size, base_url=self.address).new_page()  # type: ignore[arg-type]

    def staff(self, login: str, size: dict[str, int] = DESK) -> Page:
        page = self.page(size)
        page.goto("/console/")
        page.locator("#name").fill(login)
        page.locator("#password").fill(self.password)
        page.get_by_role("button", name="ログイン", exact=True).click()
        expect(page.get_by_role("button", name="ログアウト")).to_be_visible()
        return page

    def parent(self, *texts: str) -> Page:
        """Each says these, one after the other, on a phone of their own."""
        page = self.page(PHONE)
        page.goto("/simulator/")
        page.locator("#befriend").click()
        expect(page.locator("#talk")).to_contain_text("つなぐ窓口です")
        for text in texts:
            said(page, text)
        return page


def said(page: Page, text: str) -> None:
    """Until the bot has had its turn, or is silent."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
    page.wait_for_timeout(1500)


@contextmanager
def staged() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        with (Path(folder) / "log").open("wb") as log:
            command = [sys.executable, "-m", "bot", "demo", "--port", str(port)]
            demo = subprocess.Popen(command, cwd=folder, env=dict(os.environ), stdout=log, stderr=log)
            try:
                wait_until(lambda: _ready(port))
                secrets = json.loads((Path(folder) / "var/demo/secrets.json").read_text())
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
                yield Stage(browser, f"http://127.0.0.1:{port}", secrets["password"])
                browser.close()
            finally:
                demo.send_signal(signal.SIGTERM)
                demo.wait(30)
