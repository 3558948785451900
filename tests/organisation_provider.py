"""A real OpenID Connect provider on loopback that can be told to misbehave: HTTP, RS256, PKCE and the client's secret checked."""

import base64
import hashlib
import time
from typing import Any

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "tsunagu", "a-secret-of-the-client"


class OrganisationProvider:
    def __init__(self) -> None:
        self.url = ""  # known once it is served
        self.who: dict[str, Any] = {"sub": "s-1", "email": "Sato@city.example", "email_verified": True}
        self.lies: dict[str, Any] = {}  # claims that are not what they should be
        self.signs_with_another_key = False
        self.asked: dict[str, str] = {}  # the last request to sign somebody in
        self._key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self._other = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.app = self._app()

    def _app(self) -> Flask:
        app = Flask("organisation_provider")
        app.get("/.well-known/openid-configuration")(self._metadata)
        app.get("/keys")(lambda: jsonify(keys=[self._key.as_dict(private=False)]))
        app.get("/authorize")(self._authorize)
        app.post("/token")(self._token)
        return app

    def _metadata(self) -> Response:
        return jsonify(
            issuer=self.url,
            authorization_endpoint=f"{self.url}/authorize",
            token_endpoint=f"{self.url}/token",
            jwks_uri=f"{self.url}/keys",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
            code_challenge_methods_supported=["S256"],
        )

    def _authorize(self) -> Any:
        """Whoever sits here is signed in already."""
        self.asked = request.args.to_dict()
        return redirect(f"{self.asked['redirect_uri']}?code=the-code&state={self.asked['state']}")

    def _token(self) -> Any:
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        known = request.authorization and request.authorization.parameters == {
            "username": CLIENT_ID,
            "password": CLIENT_SECRET,
        }
        if not (proven and known and request.form.get("code") == "the-code"):
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token="t", token_type="Bearer", expires_in=60, id_token=self._id_token())

    def _id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
        }
        key = self._other if self.signs_with_another_key else self._key
        return jwt.encode({"alg": "RS256", "kid": "k1"}, {**claims, **self.who, **self.lies}, key)
