"""Signing in at an identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

The provider says who somebody is, and nothing else: whether and as what they work at the console is decided here.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures that are taken. Never ``none``, and none whose key the provider shares with others."""

LEEWAY_S = 60
KEEP_S = 300.0
_TIMEOUT_S = 10.0


class SignInRefused(Exception):
    """The provider did not say who it is, or said it in a way that cannot be believed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What ties an answer of the provider to the browser that asked: kept there, signed, until the answer comes."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Attempt":
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @property
    def challenge(self) -> str:
        """``S256`` of the verifier."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Provider:
    """One identity provider, found by its issuer address."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def address(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where the browser is sent to sign in."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def subject(self, attempt: Attempt, *, state: str, code: str, redirect_uri: str) -> str:
        """Who signed in, as the provider names them for good (``sub``). Raises :class:`SignInRefused`."""
        if not secrets.compare_digest(attempt.state.encode(), state.encode()):
            raise SignInRefused("the answer belongs to another attempt")
        said = self._token(code, attempt.verifier, redirect_uri)
        if not isinstance(said.get("id_token"), str):
            raise SignInRefused("the provider sent no ID token")
        claims = self._claims(said["id_token"])
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()):
            raise SignInRefused("the ID token was made for another attempt")
        return str(claims["sub"])

    def _token(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        auth = httpx.BasicAuth(self._client_id, self._client_secret) if self._client_secret else None
        return _asked("POST", self._endpoint("token_endpoint"), data=form, auth=auth)

    def _claims(self, token: str) -> dict[str, Any]:
        """Claims of an ID token that the provider signed, for us, and that is valid now (section 3.1.3.7)."""
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            decoded = self._decoded(token)
            wanted.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise SignInRefused(f"the ID token cannot be believed: {type(error).__name__}") from None
        claims: dict[str, Any] = decoded.claims
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client_id:
            raise SignInRefused("the ID token was made for another client")
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        """Keys are asked for once more where the token names one that is not known: providers change them."""
        endpoint = self._endpoint("jwks_uri")
        try:
            return jwt.decode(token, KeySet.import_key_set(self._get(endpoint)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        except (JoseError, ValueError):
            self._kept.pop(endpoint, None)
            return jwt.decode(token, KeySet.import_key_set(self._get(endpoint)), algorithms=ALGORITHMS)  # type: ignore[arg-type]

    def _endpoint(self, name: str) -> str:
        found = self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise SignInRefused("the provider calls itself by another issuer")
        endpoint = found.get(name)
        if not isinstance(endpoint, str) or urlsplit(endpoint).scheme not in ("https", "http"):
            raise SignInRefused(f"the provider names no {name}")
        return endpoint

    def _get(self, address: str) -> dict[str, Any]:
        kept_at, document = self._kept.get(address, (-KEEP_S, {}))
        if time.monotonic() - kept_at > KEEP_S:
            document = _asked("GET", address)
            self._kept[address] = (time.monotonic(), document)
        return document


def _asked(method: str, address: str, **what: Any) -> dict[str, Any]:
    try:
        answer = httpx.request(method, address, timeout=_TIMEOUT_S, headers={"accept": "application/json"}, **what)
        document = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        document = None
    if not isinstance(document, dict):
        raise SignInRefused("the provider does not answer as it should")
    return document
