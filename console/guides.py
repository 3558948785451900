"""The guides that ship, as pages: whoever works here need not look for them elsewhere."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markupsafe import Markup

from console.desk import me
from console.help import GUIDES
from console.rights import Right, has, needs

guides = Blueprint("guides", __name__)

_PICTURE: Final = re.compile(r"!\[([^\]]+)\]\(\.\./images/([a-z-]+\.png)\)")
_LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)")
DOCS: Final = Path(__file__).parent.parent / "docs"


@guides.get("/help/guides/<guide>")
@needs(Right.OWN_ACCOUNT)
def page(guide: str) -> ResponseReturnValue:
    known = GUIDES.get(guide)
    if known is None or not has(me().role, known.right):
        abort(404)
    return render_template("guide.html", title=known.title, words=_as_page(_text(guide)))


@guides.get("/help/pictures/<picture>")
@needs(Right.OWN_ACCOUNT)
def picture_of(picture: str) -> ResponseReturnValue:
    return send_from_directory(_folder("guides_images", DOCS / "images"), picture)


def _as_page(text: str) -> Markup:
    """No HTML of the text's own; a link leads to another guide, or is its words. What is wide is scrolled by keys, too."""
    linked = _LINK.sub(lambda found: _linked(found[1], found[2]), text)
    shown = _PICTURE.sub(
        lambda found: f"![{found[1]}]({url_for('guides.picture_of', picture=found[2])})", linked
    )
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    page = markdown.render(shown).replace("<pre>", '<pre tabindex="0">')
    return Markup(page)  # noqa: S704  our own guide, without HTML


def _linked(words: str, target: str) -> str:
    name = target.removesuffix(".md")
    known = GUIDES.get(name)
    return (
        f"[{words}]({url_for('guides.page', guide=name)})" if known and has(me().role, known.right) else words
    )


@cache
def _text(name: str) -> str:
    return (_folder("guides_ja", DOCS / "ja") / f"{name}.md").read_text(encoding="utf-8")


def _folder(packed: str, checked_out: Path) -> Path:
    """Inside the installed package, or of a checkout."""
    inside = Path(str(files("console").joinpath(packed)))
    return inside if inside.is_dir() else checked_out
