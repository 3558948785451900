"""`tsunagu classify --jsonl` and `tsunagu nearest --jsonl`: one JSON object a line in, one a line out."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from bot.commands.starting import PROBLEMS_FOUND, WRONG_USE
from bot.program import seed_rules, utc_now
from directory.hours import TOKYO
from directory.model import Directory, Place, Point
from directory.nearest import nearest as nearest_of
from directory.pack import BadPack, load
from directory.places import Found, at, find
from intents.classify import classify as classify_text
from intents.rules import BadRules, Rules, parse

EVERYDAY = "基本型"
FACILITIES = 5


class WrongLine(click.ClickException):
    exit_code = WRONG_USE


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read and write one JSON object a line.")
@click.option("--rules", "rules_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def classify(jsonl: bool, rules_file: Path | None) -> None:
    """What the bot would do with each {"id", "text"} as a first message."""
    text = rules_file.read_text(encoding="utf-8") if rules_file else seed_rules()
    try:
        rules = parse(text)
    except BadRules as bad:
        for problem in bad.problems:
            click.echo(
                f"{rules_file or 'routing_rules.yaml'}:{problem.line}: {problem.where}: {problem.message}",
                err=True,
            )
        sys.exit(PROBLEMS_FOUND)
    _each_line(lambda question: _classified(question, rules))


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read and write one JSON object a line.")
def nearest(jsonl: bool) -> None:
    """The place each {"id", "text"} or {"id", "lat", "lon"} means, and the nearest facilities of a "type"."""
    try:
        directory = load(os.environ.get("MUNICIPALITY", "nakano"))
    except BadPack as bad:
        click.echo("\n".join(bad.problems), err=True)
        sys.exit(PROBLEMS_FOUND)
    _each_line(lambda question: _located(question, directory))


def _each_line(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for question in _questions():
        click.echo(json.dumps({"id": question.get("id"), **answer(question)}, ensure_ascii=False))


def _questions() -> Iterator[dict[str, Any]]:
    for number, line in enumerate(TextIOWrapper(sys.stdin.buffer, encoding="utf-8"), 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except ValueError:
            question = None
        if not isinstance(question, dict):
            raise WrongLine(f"line {number}: one JSON object was expected")
        yield question


def _classified(question: dict[str, Any], rules: Rules) -> dict[str, Any]:
    result = classify_text(str(question.get("text", "")), rules)
    best = result.candidates[0] if result.candidates else None
    shown = [one for one in result.candidates if one.intent in (result.offered or (one.intent,))]
    return {
        "action": result.action,
        "intent": result.intent,
        "confidence": round(best.confidence, 3) if best else 0.0,
        "candidates": [
            {"intent": one.intent, "confidence": round(one.confidence, 3), "matched": list(one.matched)}
            for one in shown
        ],
        "crisis": result.crisis.kind if result.crisis else None,
        "out_of_scope": result.out_of_scope,
    }


def _located(question: dict[str, Any], directory: Directory) -> dict[str, Any]:
    found = _found(question, directory)
    place = found.place
    facilities = _near(place, str(question.get("type", EVERYDAY)), _moment(question), directory)
    return {
        "place": _shown(place) if place else None,
        "ambiguous": [one.name for one in found.ambiguous],
        "facilities": facilities,
    }


def _found(question: dict[str, Any], directory: Directory) -> Found:
    lat, lon = question.get("lat"), question.get("lon")
    if isinstance(lat, int | float) and isinstance(lon, int | float):
        return Found(at(Point(float(lat), float(lon)), directory))
    return find(str(question.get("text", "")), directory)


def _near(place: Place | None, wanted: str, moment: datetime, directory: Directory) -> list[dict[str, Any]]:
    if place is None or place.point is None:
        return []
    return [
        {
            "id": near.facility.id,
            "name": near.facility.name,
            "distance_m": round(near.metres),
            "open_now": near.facility.hours.is_open(moment),
        }
        for near in nearest_of(place.point, tuple(directory.of_type(wanted)), FACILITIES)
    ]


def _shown(place: Place) -> dict[str, Any]:
    point = place.point
    return {
        "kind": place.kind,
        "name": place.name,
        "lat": point.lat if point else None,
        "lon": point.lon if point else None,
        "inside": place.inside,
    }


def _moment(question: dict[str, Any]) -> datetime:
    """`at`, in Tokyo's time where it names no zone; else now."""
    try:
        moment = datetime.fromisoformat(str(question["at"]))
    except (KeyError, ValueError):
        return utc_now()
    return moment if moment.tzinfo else moment.replace(tzinfo=TOKYO)
