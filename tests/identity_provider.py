"""A small OpenID Connect provider in a process of its own: ``python -m tests.identity_provider PORT``.

It lets in whoever the query ``login`` of its authorization page names, holds clients to PKCE and to a code that is good
once, and tells lies where a test asks for them (``lie=nonce|audience|issuer|expired|none|key``).
"""

import base64
import hashlib
import json
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})
CODES: dict[str, dict[str, str]] = {}
STATE: dict[str, str] = {"login": "ines-4711", "lie": ""}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": self._issuer,
                    "authorization_endpoint": f"{self._issuer}/authorize",
                    "token_endpoint": f"{self._issuer}/token",
                    "jwks_uri": f"{self._issuer}/keys",
                }
            )
        elif parts.path == "/keys":
            self._json({"keys": [KEY.as_dict(private=False)]})
        elif parts.path == "/becomes":
            STATE.update(login="ines-4711", lie="")
            STATE.update(query)
            self._json(STATE)
        elif parts.path == "/authorize":
            code = uuid.uuid4().hex
            CODES[code] = query
            self.send_response(303)
            said = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{said}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        form = {
            name: values[0]
            for name, values in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()
        }
        asked = CODES.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        secret = "Basic " + base64.b64encode(b"earmark:hush").decode()
        if (
            asked is None
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != proven
            or asked["redirect_uri"] != form["redirect_uri"]
            or self.headers.get("authorization") != secret
        ):
            self._json({"error": "invalid_grant"}, 400)
            return
        self._json({"token_type": "Bearer", "access_token": "x", "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        lie, now = STATE["lie"], int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://elsewhere.example" if lie == "issuer" else self._issuer,
            "aud": "somebody" if lie == "audience" else asked["client_id"],
            "sub": STATE["login"],
            "nonce": "another" if lie == "nonce" else asked["nonce"],
            "iat": now - 7200 if lie == "expired" else now,
            "exp": now - 3600 if lie == "expired" else now + 300,
        }
        if lie == "none":
            unsigned = [json.dumps({"alg": "none"}), json.dumps(claims)]
            return ".".join(base64.urlsafe_b64encode(one.encode()).rstrip(b"=").decode() for one in unsigned) + "."
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY if lie == "key" else KEY)

    @property
    def _issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _json(self, document: Any, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
