"""The console's Flask app."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, g, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, TooManyRequests

from console import gate, organisation, rights, wording
from console.access import Access
from console.account_form import account_form
from console.accounts import accounts
from console.actions import actions
from console.audit import audit
from console.canned import canned
from console.data import data
from console.data_desks import data_desks
from console.data_edit import data_edit
from console.desk import Desk, desk, now, words_typed
from console.enclosures import enclosures
from console.erasures import erasures
from console.finding import finding
from console.guides import guides
from console.help import help_, topic_of
from console.login import login
from console.new_password import new_password
from console.opendata import admit_files, opendata
from console.own_account import own_account
from console.pace import USUAL, Pace, keep_pace
from console.problems import problems
from console.queue import queue
from console.reading import read_carefully
from console.referrals import referrals
from console.replies import replies
from console.rights import Right
from console.rules_form import rules_form
from console.rules_history import rules_history
from console.rules_list import rules_list
from console.rules_publishing import rules_publishing
from console.rules_trying import rules_trying
from console.rules_unanswered import rules_unanswered
from console.second_factor import second_factor
from console.threads import threads
from console.watch import alarms, watch
from directory.model import Directory
from intents.rules import Rules
from storage import confirmations
from storage.database import Database
from storage.sealing import Unreadable

PAGES = (
    login,
    organisation.organisation,
    queue,
    threads,
    enclosures,
    actions,
    replies,
    canned,
    problems,
    erasures,
    finding,
    referrals,
    own_account,
    help_,
    guides,
    new_password,
    second_factor,
    accounts,
    account_form,
    audit,
    rules_list,
    rules_form,
    rules_trying,
    rules_publishing,
    rules_history,
    rules_unanswered,
    opendata,
    data,
    data_edit,
    data_desks,
)
LARGEST_FORM = 256 * 1024  # bytes
LARGEST_RULES = 1900 * 1024  # bytes, of a file
WHOLE_RULES = frozenset({"rules_form.put_file"})

ERRORS = {
    400: (
        "受け付けられませんでした",
        "画面が古くなっていたようです。前の画面に戻り、読み込み直してから、もう一度お試しください。",
    ),
    403: ("この操作の権限がありません", "必要なときは、管理者に連絡してください。"),
    404: ("見つかりません", "相談が消されたか、アドレスがちがうようです。相談一覧から開き直してください。"),
    405: ("このアドレスは直接開けません", "相談一覧から開き直してください。"),
    413: ("送る内容が大きすぎます", "文を短くして、もう一度お試しください。"),
    429: ("アクセスが多すぎます", "1分ほど待ってから、もう一度お試しください。"),
}
GIVES_BACK = frozenset({429, 500})  # what was typed is shown again
UNEXPECTED = (
    "うまく動きませんでした",
    "少し待ってからもう一度お試しください。続くときは、管理者に時刻を知らせてください。",
)

UNREADABLE = (
    "記録を読めません",
    "この相談の記録がこわれているか、鍵が足りないため、いまは操作できません。管理者に知らせてください。",
)


def create_app(
    database: Database,
    *,
    secret_key: str,
    rules: Callable[[], Rules],
    directory: Callable[[], Directory],
    clock: Callable[[], datetime],
    sample_data: bool = False,
    cookie_secure: bool = True,
    pace: Pace = USUAL,
    access: Access = Access(),  # noqa: B008  frozen
    rules_at_hand: Callable[[], str | None] = lambda: None,
) -> Flask:
    """`rules` gives the live ruleset, `directory` the live data, `rules_at_hand` the text of the file on this machine; `clock`
    aware UTC. May be mounted under any SCRIPT_NAME.

    `cookie_secure` False is for plain HTTP on this machine: browsers would keep no `__Host-` cookie there.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="__Host-tsunagu_console" if cookie_secure else "tsunagu_console",
        SESSION_COOKIE_SECURE=cookie_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=access.workday,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a reply may take an afternoon to write
    )
    app.extensions["desk"] = Desk(database, rules, directory, clock, sample_data, access, rules_at_hand)
    app.session_interface = _MountedSessions()
    read_carefully(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    keep_pace(app, pace)
    app.before_request(_admit_whole_rules)
    gate.guard(app)
    app.before_request(lambda: admit_files(request))  # after who it is, before the CSRF check reads the form
    CSRFProtect(app)
    wording.teach(app)
    organisation.register(app, access.provider)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.context_processor(_on_every_page)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(Unreadable, _unreadable)
    return app


def _admit_whole_rules() -> None:
    """Before anything reads the form: the rules as a whole are longer than whatever else is sent."""
    if request.endpoint in WHOLE_RULES:
        request.max_content_length = LARGEST_RULES


class _MountedSessions(SecureCookieSessionInterface):
    def get_cookie_path(self, app: Flask) -> str:
        """`__Host-` wants the whole host; in return no other host of the ward can plant the cookie."""
        return "/" if self.get_cookie_secure(app) else request.script_root or "/"


def _on_every_page() -> dict[str, Any]:
    shown: dict[str, Any] = {"sample_data": desk().sample_data, "me": g.get("staff"), "may": _may}
    shown |= {"unconfirmed": _unconfirmed, "help_topic": lambda: topic_of(request.blueprint)}
    if _may(Right.CONSULT):
        shown |= {"alarms": alarms(), "watch": watch}  # the second only where it is asked for
    return shown


def _unconfirmed() -> int:
    """Only asked for where strips are shown, not with every entry that is fetched."""
    with desk().database.read() as rows:
        return confirmations.unconfirmed_for_a_crisis(rows, desk().directory, now())


def _may(right: str) -> bool:
    """For templates: only what can be opened is offered."""
    return "staff" in g and rights.has(g.staff.role, Right(right))


def _explain(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    title, advice = ERRORS.get(code, UNEXPECTED)
    text = words_typed() if isinstance(error, CSRFError) or code in GIVES_BACK else ""
    if code >= 500:
        g.pop(
            "staff", None
        )  # what stands above every page is read from the database, which may be what failed
    page = render_template("error.html", title=title, advice=advice, text=text)
    wait = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}
    return page, code, wait


def _unreadable(_error: Unreadable) -> ResponseReturnValue:
    title, advice = UNREADABLE
    return render_template("error.html", title=title, advice=advice, text=words_typed()), 409
