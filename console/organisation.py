"""Sign-in by the organisation's OpenID Connect provider: authorization code, state, nonce and PKCE, all authlib's.

The provider says who somebody is, never what they may do: only accounts that an admin has added are let in, with the role
that the account has here.
"""

import logging
from typing import Any, Final, cast

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, request, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from console import sessions
from console.access import Provider
from console.desk import desk
from console.login import admit, log_in_page
from storage import staff
from storage.staff import Staff

organisation = Blueprint("organisation", __name__, url_prefix="/login/organisation")

PATIENCE: Final = 10  # seconds for each request to the provider
AWAY = "組織のログインにつながりません。少し待ってからもう一度お試しください。続くときは、管理者に連絡してください。"
FAILED = "組織のログインがうまくいきませんでした。もう一度お試しください。続くときは、管理者に時刻を知らせてください。"
UNKNOWN = "このアカウントは、この窓口では使えません。管理者に、メールアドレスの登録を頼んでください。"

log = logging.getLogger(__name__)


def register(app: Flask, provider: Provider | None) -> None:
    if provider is None:
        return
    oauth = OAuth(app)
    oauth.register(
        "organisation",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
        },
    )
    app.extensions["organisation"] = oauth.organisation


@organisation.get("")
def start() -> ResponseReturnValue:
    """By a link: a form's answer may not lead to another site (Content-Security-Policy)."""
    session["wanted"] = request.args.get("next", "")
    try:
        return cast(ResponseReturnValue, _client().authorize_redirect(_provider().redirect_uri))
    except (RequestException, AuthlibBaseError, ValueError) as error:
        return _refused(AWAY, error), 502


@organisation.get("/back")
def back() -> ResponseReturnValue:
    """Where the provider sends the browser to."""
    try:
        token = _client().authorize_access_token()
    except RequestException as error:
        return _refused(AWAY, error), 502
    except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        return _refused(FAILED, error), 401
    person = _account(token.get("userinfo") or {})
    if person is None:
        return log_in_page(UNKNOWN), 403
    return admit(person, session.get("wanted"), by=sessions.ORGANISATION)


def _account(claims: dict[str, Any]) -> Staff | None:
    """Of claims whose signature, issuer, audience, expiry and nonce authlib has checked."""
    subject = claims.get("sub")
    if not subject or claims.get("iss") != _provider().issuer:
        return None
    email = claims.get(_provider().email_claim)
    if claims.get("email_verified") is False or not isinstance(email, str):
        email = ""
    with desk().database.write() as rows:
        person = staff.signed_in(rows, f"{claims['iss']} {subject}", email)
    return person if person and not person.disabled else None


def _provider() -> Provider:
    return desk().access.provider or abort(404)


def _client() -> Any:
    _provider()
    return current_app.extensions["organisation"]


def _refused(words: str, error: Exception) -> str:
    """The log gets the kind of the error: its words may hold what the provider sent."""
    log.warning("sign-in by the organisation failed", extra={"error": type(error).__name__})
    return log_in_page(words)
