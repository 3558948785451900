"""The guides that ship, as pages: whoever works here need not look for them elsewhere."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markupsafe import Markup

from console.desk import me
from console.help import GUIDES
from console.rights import Right, has, needs

guides = Blueprint("guides", __name__)

_LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@guides.get("/help/guides/<guide>")
@needs(Right.OWN_ACCOUNT)
def page(guide: str) -> ResponseReturnValue:
    known = GUIDES.get(guide)
    if known is None or not has(me().role, known.right):
        abort(404)
    return render_template("guide.html", title=known.title, words=_as_page(_text(guide)))


def _as_page(text: str) -> Markup:
    """No HTML of the text's own; a link leads to another guide, or is its words."""
    linked = _LINK.sub(lambda found: _linked(found[1], found[2]), text)
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Markup(markdown.render(linked))  # noqa: S704  our own guide, without HTML


def _linked(words: str, target: str) -> str:
    name = target.removesuffix(".md")
    known = GUIDES.get(name)
    return (
        f"[{words}]({url_for('guides.page', guide=name)})" if known and has(me().role, known.right) else words
    )


@cache
def _text(name: str) -> str:
    """Inside the installed package, or of a checkout."""
    inside = Path(str(files("console").joinpath("guides_ja", f"{name}.md")))
    path = inside if inside.is_file() else Path(__file__).parent.parent / "docs" / "ja" / f"{name}.md"
    return path.read_text(encoding="utf-8")
