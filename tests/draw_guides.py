"""Draw the pictures of the guides and the README: a demo of its own, driven through Chromium as people use it.

python tests/draw_guides.py

"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from conftest import CHROMIUM, QUIETLY
from fleet import free_port, wait_until
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_story import _ready

COLOURS = 128
IMAGES = Path(__file__).parent.parent / "docs" / "images"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 760}
BESIDE = {"width": 1120, "height": 760}
GAP = 4  # pixels


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
        """Somebody new, who says these, one after the other."""
        page = self.page(DESK)
        page.goto("/simulator/")
        page.locator("#parents li").first.wait_for()
        before = page.locator("#parents li").count()
        page.locator("#add-parent").click()
        expect(page.locator("#parents li")).to_have_count(before + 1)
        page.wait_for_timeout(500)
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


def day(stage: Stage) -> None:
    """A morning's conversations, so that no list is empty."""
    for texts in (
        ("3か月の子が夜泣きで、もう限界です。人と話したい", "同意して相談する"),
        ("保育園の空きを相談したいので人と話したい", "同意して相談する", "来週、区役所に行けます"),
        ("一時保育どこ", "人と話したい", "同意して相談する", "明日の午前、上の子だけお願いしたいです"),
        ("そろばんを習わせたいです", "ちがう"),
        ("習いごとのバイオリン教室をさがしています", "ちがう"),
        ("消えてしまいたい",),
    ):
        stage.parent(*texts).context.close()


def parents_phone(stage: Stage) -> None:
    page = stage.parent("一時保育どこ")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    drawn(page, "operator-menu")
    page.get_by_role("button", name="メニュー").click()
    drawn(page, "parent-answer")
    for text in ("人と話したい", "同意して相談する"):
        said(page, text)
    drawn(page, "parent-waiting")


def counselors_day(stage: Stage) -> None:
    page = stage.staff("soudan1")
    drawn(page, "counselor-queue")
    page.locator("#queue a[href*='/threads/']", has_text="上の子だけ").click()
    page.get_by_role("button", name="対応する", exact=True).click()
    page.locator("input[name=mode][value=reply]").check()
    page.locator("#text").fill("おはようございます。明日の午前ですね。空きがあるか、いまお調べします。")
    page.wait_for_timeout(1500)
    drawn(page, "counselor-reply")
    page.locator("input[name=mode][value=note]").check()
    page.locator("#note").fill("上のお子さんは2歳。午前だけでもよいとのこと。")
    drawn(page, "counselor-note")
    page.goto("/console/help")
    drawn(page, "counselor-help")


def admins_day(stage: Stage) -> None:
    page = stage.staff("kanri")
    page.goto("/console/rules/unanswered")
    drawn(page, "admin-unanswered")
    page.goto("/console/rules")
    page.get_by_role("button", name="下書きを始める").click()
    page.goto("/console/rules/draft/intents/temporary_care")
    drawn(page, "admin-rules")
    page.goto("/console/data")
    drawn(page, "admin-data")
    page.goto("/console/audit")
    drawn(page, "admin-audit")


def desks_day(stage: Stage) -> None:
    page = stage.staff("jidokan")
    page.goto("/console/data")
    page.get_by_role("link", name="野方児童館", exact=True).click()
    drawn(page, "desk-row")


def both_sides(stage: Stage) -> None:
    """The README's: a phone beside the console."""
    phone, console = (
        stage.parent("一時保育どこ", "人と話したい", "同意して相談する"),
        stage.staff("soudan2", BESIDE),
    )
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
    phone.get_by_role("button", name="メニュー").click()
    console.locator("#queue a[href*='/threads/']").last.click()
    console.get_by_role("button", name="対応する", exact=True).click()
    console.locator("input[name=mode][value=reply]").check()
    console.locator("#text").fill("こんにちは。一時保育のことですね。いつごろ使いたいですか。")
    console.locator("#text").press("Control+Enter")
    expect(phone.locator("#talk")).to_contain_text("いつごろ使いたいですか")
    said(phone, "明日の午前です。下の子だけお願いしたいです")
    expect(console.locator(".entry.utterance").last).to_contain_text("明日の午前")
    console.locator("#text").fill("明日の午前ですね。空きがあるか、いまお調べします。")
    shots = [Image.open(BytesIO(page.screenshot())) for page in (phone, console)]
    sheet = Image.new("RGB", (sum(shot.width for shot in shots) + GAP, shots[0].height), "#949494")
    sheet.paste(shots[0], (0, 0))
    sheet.paste(shots[1], (shots[0].width + GAP, 0))
    kept(sheet, "tsunagu")


SCENES: tuple[Callable[[Stage], None], ...] = (
    parents_phone,
    counselors_day,
    admins_day,
    desks_day,
    both_sides,
)


def drawn(page: Page, name: str) -> None:
    """What the window shows, in few colours: a picture of a screen needs no more."""
    kept(Image.open(BytesIO(page.screenshot())), name)


def kept(shot: Image.Image, name: str) -> None:
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with staged() as stage:
        day(stage)
        for scene in SCENES:
            scene(stage)


if __name__ == "__main__":
    main()
