"""Whatever LINE's own description of its webhook allows, as hypothesis strategies.

The description is in tests/line/webhook.yml. Members that it does not name are added now and then: LINE says that it adds some
without notice.
"""

from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from quick_yaml import loaded

Schema = dict[str, Any]
Strategy = st.SearchStrategy[Any]

FILE = Path(__file__).parent / "line" / "webhook.yml"
SCHEMAS: dict[str, Schema] = loaded(FILE.read_text(encoding="utf-8"))["components"]["schemas"]
PEOPLE = [f"U{number:032x}" for number in range(3)]
SAID = [
    "一時保育どこ",
    "人と話したい",
    "はい",
    "消してほしい",
    "死にたい",
    "若宮3丁目",
    "\0",
    "😀" * 2500,
    "a" * 5000,
]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(categories=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ANY_TEXT = st.text(st.characters(categories=None), max_size=40)  # half surrogate pairs too
NAMED: dict[str, Strategy] = {  # where the description only says "string"
    "userId": st.sampled_from(PEOPLE),
    "text": st.sampled_from(SAID) | ANY_TEXT,
    "data": st.sampled_from(["a=consult", "a=yes", "a=done&c=1", "x" * 300, ""]) | ANY_TEXT,
}


@cache
def events() -> Strategy:
    """One event of any type, as LINE may send it."""
    return _of(_reference("Event"))


@cache
def types() -> list[str]:
    return sorted(SCHEMAS["Event"]["discriminator"]["mapping"])


@cache
def event_of(kind: str) -> Strategy:
    return _named(SCHEMAS["Event"]["discriminator"]["mapping"][kind], {"type": kind})


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _of(schema: Schema, name: str = "") -> Strategy:
    if "$ref" in schema:
        return _named(schema["$ref"], {})
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type", "object"):
        case "string":
            return _text(schema, name)
        case "integer":
            return (
                st.integers(-(2**31), 2**31 - 1) if schema.get("format") == "int32" else st.integers(0, 2**53)
            )
        case "number":
            return st.floats(-180, 180)
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(_of(schema["items"], name), max_size=min(schema.get("maxItems", 3), 3))
        case _:
            return _object(schema, {})


def _text(schema: Schema, name: str) -> Strategy:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    longest = schema.get("maxLength", 40)
    return NAMED.get(name, st.text(max_size=longest))


@cache
def _deferred(reference: str) -> Strategy:
    return st.deferred(lambda: _of(SCHEMAS[reference.rpartition("/")[2]]))


def _named(reference: str, fixed: dict[str, str]) -> Strategy:
    """A schema of the description; where it has kinds, one of them, that says so in its discriminator."""
    schema = SCHEMAS[reference.rpartition("/")[2]]
    if "discriminator" in schema and not fixed:
        member, kinds = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        return st.one_of([_named(where, {member: kind}) for kind, where in kinds.items()])
    if fixed or "allOf" in schema:
        return _object(_merged(schema), fixed)
    return _deferred(reference)


def _merged(schema: Schema) -> Schema:
    """`allOf`, as the one object that it describes."""
    parts = [
        SCHEMAS[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        for part in schema.get("allOf", [])
    ]
    whole: Schema = {"properties": {}, "required": []}
    for part in [*map(_merged, parts), schema]:
        whole["properties"] |= part.get("properties", {})
        whole["required"] = [*whole["required"], *part.get("required", [])]
    return whole


def _object(schema: Schema, fixed: dict[str, str]) -> Strategy:
    members = {name: _of(what, name) for name, what in schema.get("properties", {}).items()}
    members |= {name: st.just(value) for name, value in fixed.items()}
    required = {name: members[name] for name in schema.get("required", []) if name in members} | {
        name: members[name] for name in fixed
    }
    optional = {name: what for name, what in members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional | {"notYetKnown": JUNK})


@st.composite
def spoilt(draw: st.DrawFn, whole: Strategy) -> Any:
    """Nearly right: somewhere inside, one member is junk or missing."""
    event = draw(whole)
    inside = event
    while True:
        name = draw(st.sampled_from(sorted(inside)))
        if isinstance(inside[name], dict) and inside[name] and draw(st.booleans()):
            inside = inside[name]
            continue
        inside[name] = draw(JUNK)
        return event
