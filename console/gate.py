"""Every route is behind log-in unless it is listed here, and needs the right that it declares; every answer carries the
security headers."""

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import rights, sessions
from console.desk import desk, now, words_typed
from storage import second_factors, staff
from storage.staff import Staff

OPEN = frozenset(
    {
        "static",
        "login.form",
        "login.enter",
        "login.code_form",
        "login.check_code",
        "organisation.start",
        "organisation.back",
    }
)
LIVE = frozenset(
    {"queue.fragment", "queue.news", "threads.entries", "opendata.progress"}
)  # fetched by the script: told, not redirected
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # not "no-referrer": the CSRF check over HTTPS needs it
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"


def guard(app: Flask) -> None:
    app.before_request(_let_in)
    app.after_request(_protect)


def local_path(target: str | None) -> str:
    """`target` if it stays within the console, else the queue."""
    home = url_for("queue.page")
    if not target or "\\" in target or not target.isprintable():
        return home
    inside = target.startswith(f"{request.script_root}/") and not target.startswith("//")
    return target if inside else home


def _let_in() -> ResponseReturnValue | None:
    if request.endpoint in OPEN:
        return None
    person = _logged_in()
    if person is None:
        sessions.end()
        return _ask_to_log_in()
    if person.role not in rights.OF:
        abort(403)
    g.staff = person
    if request.endpoint not in LIVE:
        sessions.seen(now())
    return _elsewhere_first(person) or _check_right(person)


def _logged_in() -> Staff | None:
    name = sessions.staff_id(desk().access, now())
    if name is None:
        return None
    with desk().database.read() as rows:
        person = staff.find(rows, name)
    return person if person and not person.disabled and sessions.is_of(person) else None


def _elsewhere_first(person: Staff) -> ResponseReturnValue | None:
    """A first password is changed, and a second factor set up, before anything else is seen."""
    if not sessions.by_password() or request.endpoint == "login.leave":
        return None
    if person.must_change_password:
        inside, page = request.blueprint == "new_password", "new_password.form"
    elif _lacks_second_factor(person):
        inside, page = request.blueprint == "second_factor", "second_factor.page"
    else:
        return None
    if not inside and request.endpoint in LIVE:
        return "", 204
    return None if inside else redirect(url_for(page), 303)


def _lacks_second_factor(person: Staff) -> bool:
    if person.role not in desk().access.second_factor_for:
        return False
    with desk().database.read() as rows:
        return not second_factors.asked_for(rows, person.id)


def _check_right(person: Staff) -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such page; also said only to whoever is logged in
    right = rights.needed(current_app.view_functions[request.endpoint])
    if right is not None and rights.has(person.role, right):
        return None
    if request.endpoint == "queue.page":  # the door: everybody has a page to begin with
        return redirect(url_for(rights.home(person.role)), 303)
    return abort(403)


def _ask_to_log_in() -> ResponseReturnValue:
    if request.endpoint in LIVE:
        return "", 401
    if request.method in {"GET", "HEAD"}:
        wanted = request.full_path if request.query_string else request.path
        return redirect(url_for("login.form", next=request.script_root + wanted))
    return render_template("logged_out.html", text=words_typed()), 401


def _protect(response: Response) -> Response:
    stricter = response.headers.get("Content-Security-Policy")  # of a parent's photo or file
    response.headers.update(HEADERS)
    if stricter and request.blueprint == "enclosures":
        response.headers["Content-Security-Policy"] = stricter
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = HSTS
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
