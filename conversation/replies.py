"""The bot's own words, by name: one catalogue file per language, so that another language adds a file, not code."""

from functools import cache
from importlib.resources import files

import yaml

from conversation.messages import Text


@cache
def _catalogue(language: str) -> dict[str, str]:
    text = files("conversation").joinpath("words", f"{language}.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words


def words(name: str, language: str = "ja", **values: str) -> str:
    """Raises KeyError for an unknown name or a missing value."""
    return _catalogue(language)[name].format(**values)


def knows(name: str, language: str = "ja") -> bool:
    return name in _catalogue(language)


def reply(name: str, **values: str) -> Text:
    return Text(words(name, **values))
