"""Every address of the console with everything that can be sent to it: it may refuse, but it never breaks.

Routes, the names of fields and those of the query are found by themselves, so that what is added is covered.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from console_harness import NOW, PASSWORD, Clock, World, new_database
from databases import KEYS
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from short_rules import short_rules
from sqlmodel import select
from werkzeug.test import TestResponse

import console
from console.app import LARGEST_FORM, LARGEST_RULES
from console.gate import HEADERS
from console.pace import Pace
from storage import drafts, rulesets
from storage.database import Database
from storage.tables import AuditRow, ConversationRow, EntryRow, InboxRow, OutboxRow, StaffRow

ON_BOTH = True
SOURCES = Path(console.__file__).parent
FIELDS = {
    name
    for page in SOURCES.glob("templates/*.html")
    for name in re.findall(r'name="(\w+)"', page.read_text(encoding="utf-8"))
}
QUERY = {
    name
    for file in SOURCES.glob("*.py")
    for name in re.findall(r'(?:args|values)(?:\.get\(|\[)"(\w+)"', file.read_text(encoding="utf-8"))
}
ROUTES = sorted(
    (method, rule.rule)
    for rule in World(Database("sqlite://", KEYS), Clock()).browser().client.application.url_map.iter_rules()
    for method in rule.methods or ()
    if method in {"GET", "POST"}
)
POSTS = [path for method, path in ROUTES if method == "POST"]
QUIETLY = settings(
    max_examples=12 * int(os.environ.get("TSUNAGU_FUZZ", "1")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Target:
    """A console with a bit of everything in it, and the cookie and token of somebody who is logged in."""

    app: Flask
    ids: list[str]
    cookie: str
    token: str

    def send(
        self, method: str, path: str, *, cookie: str = "", body: bytes = b"", kind: str = "", **headers: str
    ) -> TestResponse:
        client = self.app.test_client()
        if cookie:
            client.set_cookie("tsunagu_console", cookie)
        return client.open(path, method=method, data=body, content_type=kind or None, headers=headers)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = new_database(database_url)
    yield World(database, Clock())
    database.close()


@pytest.fixture
def target(world: World) -> Target:
    ids = [world.waiting(), world.held("sato", "あおい-1"), world.conversation("しろ-2")]
    with world.database.write() as session:
        rulesets.publish(session, short_rules(), by="tsunagu", note="はじめのルール", now=NOW)
        drafts.begin(session, "admin", NOW)
    browser = world.browser("admin", pace=Pace(account=10**6, address=10**6))  # who has most rights
    token = browser.token()
    cookie = browser.client.get_cookie("tsunagu_console")
    assert cookie
    return Target(browser.client.application, ids, cookie.value, token)


# ---- what is sent

WORDS = [
    *("sato", "mori", "nobody", PASSWORD, "reply", "note", "erase", "keep", "answered", "1", "on", "mine"),
    *("", " ", "\0", "a\0b", "\r\nSet-Cookie: a=b", "１２", "-1", "1e9", "2147483648", "9" * 5000, "NaN"),
    *("//[", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/?x=[", "http://[::1", "//\u2100"),
    *(
        "../../etc/passwd",
        "..%2f..%2fetc",
        "{{7*7}}",
        "%s%n",
        "' OR 1=1 --",
        "<script>",
        "\u202eabc",
        "🄰" * 5001,
    ),
]
VALUES = st.sampled_from(WORDS) | st.text(max_size=40) | st.binary(max_size=40)
PAIRS = st.lists(st.tuples(st.sampled_from(sorted(FIELDS | {"x", "text[]"})), VALUES), max_size=8)
FORM = "application/x-www-form-urlencoded"
KINDS = st.sampled_from(
    [
        *("application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data", "", "\xff"),
        *("multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7"),
    ]
)  # fmt: skip


@st.composite
def paths(draw: st.DrawFn, route: str) -> str:
    """The route, filled with ids that there are and with junk, and a query."""
    filled = re.sub(r"<[^>]+>", lambda _: _quoted(draw(IDS | VALUES)), route)
    query = draw(st.lists(st.tuples(st.sampled_from(sorted(QUERY)), VALUES), max_size=3))
    return f"{filled}?{_encoded(query)}" if query else filled


IDS = st.sampled_from(["<0>", "<1>", "<2>", "1", "0", "99999999999999999999"])


def _quoted(value: str | bytes) -> str:
    return value if isinstance(value, str) and value.startswith("<") else quote(value, safe="")


def _encoded(pairs: list[tuple[str, Any]]) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def _real(path: str, target: Target) -> str:
    for number, conversation_id in enumerate(target.ids):
        path = path.replace(f"<{number}>", conversation_id)
    return path


def _multipart(pairs: list[tuple[str, Any]], as_files: bool) -> tuple[bytes, str]:
    out = io.BytesIO()
    for name, value in pairs:
        file = (
            '; filename="../../x.html"\r\nContent-Type: text/html'
            if as_files and name != "csrf_token"
            else ""
        )
        out.write(
            b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n' % (name.encode(), file.encode())
        )
        out.write((value if isinstance(value, bytes) else value.encode()) + b"\r\n")
    out.write(b"--edge--\r\n")
    return out.getvalue(), "multipart/form-data; boundary=edge"


def check(answer: TestResponse) -> None:
    """Refused or done, told to nobody else, and leading nowhere else."""
    assert answer.status_code < 500
    assert set(HEADERS) <= set(answer.headers.keys())
    assert not answer.headers.get("Location", "/").startswith(("//", "/\\", "http"))
    assert "Traceback" not in answer.text


# ---- and what becomes of it


@pytest.mark.parametrize(("method", "route"), ROUTES)
@QUIETLY
@given(data=st.data())
def test_forms_with_anything_in_them_break_nothing(
    target: Target, method: str, route: str, data: st.DataObject
) -> None:
    path = _real(data.draw(paths(route)), target)
    pairs = data.draw(PAIRS)
    token = data.draw(st.sampled_from([target.token, target.token, target.token, "", "x", target.token[:-1]]))
    cookie = data.draw(st.sampled_from([target.cookie, target.cookie, "", "x", target.cookie[:-1] + "_"]))
    fields = [("csrf_token", token), *pairs]
    if data.draw(st.booleans()):
        body, kind = _encoded(fields).encode(), FORM
    else:
        body, kind = _multipart(fields, as_files=data.draw(st.booleans()))

    check(target.send(method, path, cookie=cookie, body=body, kind=kind))


@pytest.mark.parametrize("route", POSTS)
@QUIETLY
@given(data=st.data())
def test_bodies_that_are_no_forms_break_nothing(target: Target, route: str, data: st.DataObject) -> None:
    path = _real(data.draw(paths(route)), target)
    body, kind = data.draw(st.binary(max_size=200) | st.just(b"--x\r\n" * 2000)), data.draw(KINDS)
    headers = {"X-CSRFToken": data.draw(st.sampled_from([target.token, "x"]))}

    check(target.send("POST", path, cookie=target.cookie, body=body, kind=kind, **headers))


def test_a_form_that_is_too_large_is_refused(target: Target) -> None:
    codes = set()
    for route in POSTS:
        size = LARGEST_RULES if route == "/rules/draft/file" else LARGEST_FORM
        body = _encoded([("csrf_token", target.token), ("text", "x" * size)]).encode()
        codes.add(target.send("POST", at(route), cookie=target.cookie, body=body, kind=FORM).status_code)

    assert codes == {413}


@pytest.mark.parametrize("token", [None, "", "x", "of another session"])
def test_no_form_does_anything_without_its_sessions_token(
    target: Target, world: World, token: str | None
) -> None:
    sent = {"name": "sato", "password": PASSWORD, "text": "あ", "outcome": "answered", "mode": "reply"}
    sent |= {"decision": "erase", "reason": "あ", "sure": "1"}
    if token is not None:
        sent["csrf_token"] = token if token in ("", "x") else world.browser("mori").token()
    body, before = _encoded(list(sent.items())).encode(), kept(world.database)

    codes = {
        target.send(
            "POST", at(route, conversation_id), cookie=target.cookie, body=body, kind=FORM
        ).status_code
        for route in POSTS
        for conversation_id in target.ids
    }

    assert codes == {400}
    assert kept(world.database) == before


def at(route: str, conversation_id: str = "1") -> str:
    return re.sub("<([^>]+)>", lambda found: conversation_id if found[1] == "conversation_id" else "1", route)


def kept(database: Database) -> str:
    tables: list[Any] = [ConversationRow, EntryRow, OutboxRow, InboxRow, AuditRow, StaffRow]
    with database.read() as session:
        return repr([session.exec(select(table)).all() for table in tables])


def test_there_is_something_to_send() -> None:
    assert len(POSTS) >= 8
    assert {"text", "reason", "outcome", "csrf_token", "password"} <= FIELDS
    assert {"tab", "page", "before", "next"} <= QUERY


@pytest.mark.parametrize(
    "path", ["/threads/a%00b", "/threads/%00/entries", "/?tab=%00", "/?open=a%00b&page=%00", "/%00"]
)
def test_a_nul_in_an_address_finds_nothing_and_breaks_nothing(target: Target, path: str) -> None:
    assert target.send("GET", path, cookie=target.cookie).status_code in (200, 404)


def test_a_nul_in_a_log_in_name_is_passed_over(world: World) -> None:
    assert world.browser().log_in("sa\0to").status_code == 303


def test_no_redirection_follows_the_host_that_a_request_claims(target: Target) -> None:
    answer = target.send("GET", "/static//console.css", cookie=target.cookie, Host="evil.example")

    assert "evil.example" not in answer.headers.get("Location", "")
