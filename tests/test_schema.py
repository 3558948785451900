"""The published JSON Schema of routing_rules.yaml says what the reader of the file says."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from quick_yaml import loaded

from bot.program import seed_rules
from intents import entry, form
from intents.ids import INTENTS
from intents.rule import STRENGTHS

SCHEMA: dict[str, Any] = json.loads(
    resources.files("intents").joinpath("routing_rules.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
INTENT = SCHEMA["$defs"]["intent"]["properties"]


@pytest.fixture(scope="module")
def document():
    return loaded(seed_rules())


def test_the_schema_itself_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_shipped_rules_fit(document):
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_the_files_first_line_names_the_schema():
    first = seed_rules().splitlines()[0]
    named = first.partition("$schema=")[2]

    assert first.startswith("# yaml-language-server:")
    assert (Path(__file__).parent.parent / named).is_file()


def test_schema_and_reader_know_the_same_names():
    assert set(SCHEMA["properties"]) == set(form.TOP)
    assert set(SCHEMA["properties"]["thresholds"]["properties"]) == set(form.THRESHOLDS)
    assert set(INTENT) == set(entry.PARTS)
    assert set(SCHEMA["$defs"]["intent"]["required"]) == set(entry.REQUIRED)
    assert set(INTENT["id"]["anyOf"][1]["enum"]) == INTENTS
    assert tuple(INTENT["desk"]["enum"]) == entry.DESKS
    assert set(SCHEMA["$defs"]["keywords"]["properties"]) == set(STRENGTHS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "ichiji"}, "ichiji"),
        ({"title": "二十文字をこえる、とても長い題名を書いてしまいました"}, "too long"),
        ({"keyword": []}, "keyword"),
        ({"handoff": "はい"}, "boolean"),
        ({"together": [["預け"]]}, "too short"),
    ],
)
def test_an_editor_says_what_is_wrong(document, change, says):
    rules = {**document, "intents": [{**document["intents"][0], **change}]}

    assert any(says in error.message for error in VALIDATOR.iter_errors(rules))
