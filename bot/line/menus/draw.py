"""Draws the menus' pictures: `python -m bot.line.menus.draw`, where Chromium and a Japanese font are (apt install chromium
fonts-noto-cjk). `drawn.json` says what was drawn, so that a test sees a picture that is older than its areas.
"""

import hashlib
import json
import shutil
import struct
from pathlib import Path
from typing import Final

from bot.line.menus import MENUS, WIDTH, Area, Menu

FOLDER: Final = Path(__file__).parent
DRAWN: Final = FOLDER / "drawn.json"

# Outlines on a field of 24 by 24.
ICONS: Final = {
    "pin": '<path d="M12 22c-4.5-5.2-7-8.9-7-12a7 7 0 0 1 14 0c0 3.1-2.5 6.8-7 12Z"/><circle cx="12" cy="10" r="2.6"/>',
    "house": (
        '<path d="M3 11.5 12 4l9 7.5M5.5 10v10h13V10"/>'
        '<path d="M12 17.4c-2-1.5-3-2.5-3-3.8a1.6 1.6 0 0 1 3-.8 1.6 1.6 0 0 1 3 .8c0 1.3-1 2.3-3 3.8Z"/>'
    ),
    "sprout": (
        '<path d="M12 21v-9"/><path d="M12 13C12 8.5 9 6 4 6c0 4.7 3 7 8 7Z"/>'
        '<path d="M12 11c0-4 2.7-7 8-7 0 4.7-2.7 7-8 7Z"/><path d="M7 21h10"/>'
    ),
    "paper": (
        '<path d="M12 21H5V3h9l4 4v4"/><path d="M8 8h5M8 12h3M8 16h2"/><circle cx="17" cy="17" r="4.6"/>'
        '<path d="m15.3 14.9 1.7 2.2 1.7-2.2M17 17.1V19.4M15.5 17.5h3"/>'
    ),
    "talk": (
        '<path d="M3 4h13v9H9l-3.5 3V13H3Z"/><path d="M18.5 8.5H21v9h-2.5v3L15 17.5h-4V15.5"/>'
        '<path d="M6.5 8.5h6"/>'
    ),
    "alarm": '<path d="M12 3.5 22 20.5H2Z"/><path d="M12 9.5v5.5"/><path d="M12 17.6v.2"/>',
    "leave": '<path d="M13 4H5v16h8"/><path d="M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5"/>',
}

PAGE: Final = """<!doctype html><html lang="ja"><meta charset="utf-8"><style>
* { box-sizing: border-box; margin: 0 }
body { position: relative; width: %(width)dpx; height: %(height)dpx; overflow: hidden; background: #949494;
  font: 700 104px/1.25 "Noto Sans JP", "Noto Sans CJK JP", sans-serif; color: #1a1a1a }
.strip { position: absolute; inset: 0 0 auto; height: 203px; display: grid; place-items: center; background: #1a1a1a;
  color: #fff; font-size: 100px }
.area { position: absolute; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 44px;
  border: 6px solid #949494; background: #fff; text-align: center; white-space: nowrap }
.flat { flex-direction: row; gap: 60px }
svg { flex: none; width: 370px; height: 370px; fill: none; stroke: #0017c1; stroke-width: 1.6; stroke-linecap: round;
  stroke-linejoin: round }
.flat svg { width: 260px; height: 260px }
.person { background: #0017c1; color: #fff }
.emergency { background: #ce0000; color: #fff }
.person svg, .emergency svg { stroke: #fff }
</style><body>%(body)s</body></html>"""


def digest(menu: Menu) -> str:
    """Of everything that the picture comes from."""
    return hashlib.sha256(page(menu).encode()).hexdigest()


def page(menu: Menu) -> str:
    strip = f'<p class="strip">{menu.strip}</p>' if menu.strip else ""
    body = strip + "".join(_tile(area) for area in menu.areas)
    return PAGE % {"width": WIDTH, "height": menu.height, "body": body}


def size(png: bytes) -> tuple[int, int]:
    """Width and height, in pixels, from a PNG's header."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _tile(area: Area) -> str:
    flat = " flat" if area.width > area.height * 1.5 else ""
    place = f"left:{area.x}px;top:{area.y}px;width:{area.width}px;height:{area.height}px"
    words = "<br>".join(area.lines)
    icon = f'<svg viewBox="0 0 24 24">{ICONS[area.icon]}</svg>'
    return f'<div class="area {area.tone}{flat}" style="{place}">{icon}<p>{words}</p></div>'


def draw() -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for menu in MENUS.values():
            sheet = browser.new_page(viewport={"width": WIDTH, "height": menu.height})
            sheet.set_content(page(menu))
            (FOLDER / f"{menu.kind}.png").write_bytes(sheet.screenshot())
            sheet.close()
        browser.close()
    DRAWN.write_text(json.dumps(drawn(), indent=2, sort_keys=True) + "\n", encoding="ascii")


def drawn() -> dict[str, dict[str, str]]:
    """What is drawn at this moment, by menu: what of, and which picture came of it."""
    return {
        menu.kind: {
            "drawing": digest(menu),
            "picture": hashlib.sha256((FOLDER / f"{menu.kind}.png").read_bytes()).hexdigest(),
        }
        for menu in MENUS.values()
    }


if __name__ == "__main__":
    draw()
