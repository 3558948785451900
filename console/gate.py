"""Every route is behind log-in unless it is listed here; every answer carries the security headers."""

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from console.desk import desk
from storage import staff
from storage.staff import Role, Staff

OPEN = frozenset({"static", "login.form", "login.enter"})
LIVE = frozenset({"queue.fragment", "threads.entries"})  # fetched by the script: told, not redirected
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
        session.pop("staff", None)  # no more: another tab may be at the log-in form, whose token is in here
        return _ask_to_log_in()
    if person.role not in set(Role):
        abort(403)
    g.staff = person
    return None


def _logged_in() -> Staff | None:
    name = session.get("staff")
    if not isinstance(name, str):
        return None
    with desk().database.read() as rows:
        person = staff.find(rows, name)
    return person if person and not person.disabled else None


def _ask_to_log_in() -> ResponseReturnValue:
    if request.endpoint in LIVE:
        return "", 401
    if request.method in {"GET", "HEAD"}:
        wanted = request.full_path if request.query_string else request.path
        return redirect(url_for("login.form", next=request.script_root + wanted))
    return render_template("logged_out.html", text=request.form.get("text", "")), 401


def _protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = HSTS
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
