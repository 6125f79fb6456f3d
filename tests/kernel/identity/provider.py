"""An OpenID provider on this machine: oidc-provider-mock, with PKCE enforced and its requests recorded.

The mock itself ignores PKCE; the layer around it stores each code's challenge and refuses a verifier that does not
match. Claims of a user go into the ID token unchanged, so that a user can have a wrong `aud` or `iss`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
import jwt
from authlib.deprecate import AuthlibDeprecationWarning

from colonnade.kernel.testing import NO_TLS

with warnings.catch_warnings():
    # Authlib lets these be shown always, from its own import on: pyproject's filters come before that and lose.
    for use in ("authlib.jose module is deprecated", "The httpx module is deprecated"):
        warnings.filterwarnings("ignore", use, AuthlibDeprecationWarning)
    import oidc_provider_mock
    from authlib import jose
    from oidc_provider_mock._server import _threaded_server

CLIENT_ID, CLIENT_SECRET = "club-web", "club:secret/+ü"


class Provider:
    """The running provider."""

    def __init__(self) -> None:
        self.url = ""
        self.storage: Any = None
        self.seen: list[str] = []
        """Paths that the server asked for, in order."""
        self.tokens_asked: list[dict[str, list[str]]] = []
        """Forms of the token requests, with `authorization` among them."""
        self.answer: Callable[[str], tuple[str, bytes] | None] = lambda path: None
        """Status and body to answer a path with instead of the mock's, or None."""
        self._challenges: dict[str, str] = {}

    def user(self, sub: str, **claims: Any) -> None:
        """Register a user; claims go into the ID token."""
        self.storage.store_user(oidc_provider_mock.User(sub=sub, claims=claims))

    def rotate(self) -> None:
        """Sign with a new key from now on, and no longer publish the old one."""
        self.storage.jwk = jose.RSAKey.generate_key(is_private=True)

    def id_token(self, claims: dict[str, Any], *, key: Any = None, alg: str = "RS256", **header: Any) -> str:
        """Issue an ID token for the mobile app; `claims` replace or (None) remove the usual ones."""
        moment = int(datetime.now(UTC).timestamp())
        usual = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "mona",
            "iat": moment,
            "exp": moment + 300,
            "email": "mona@example.org",
            "email_verified": True,
            "name": "Mona Mobile",
        }
        payload = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        named = {"kid": self.storage.jwk.as_dict()["kid"], **header}
        named = {name: value for name, value in named.items() if value is not None}
        return jwt.encode(payload, self.pem() if key is None else key, alg, headers=named)

    def pem(self) -> bytes:
        """Return the private key that signs."""
        return self.storage.jwk.as_pem(is_private=True)

    async def approve(self, location: str, sub: str) -> dict[str, str]:
        """Sign `sub` in where the browser was sent; return the query of the redirection back."""
        async with httpx.AsyncClient(verify=NO_TLS) as client:
            answer = await client.post(location, data={"sub": sub})
        assert answer.status_code == 302, answer.text
        return {
            key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }

    def around(self, inner: Any) -> Any:
        """Wrap the WSGI application in the layer."""

        def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            path = environ["PATH_INFO"]
            if path.startswith("/oauth2/authorize"):
                return self._authorize(inner, environ, start)
            self.seen.append(path)
            instead = self.answer(path)
            if instead is not None:
                start(instead[0], [("content-type", "application/json")])
                return [instead[1]]
            if path == "/oauth2/token":
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                environ["wsgi.input"] = io.BytesIO(body)
                form = parse_qs(body.decode())
                self.tokens_asked.append({**form, "authorization": [environ.get("HTTP_AUTHORIZATION", "")]})
                verifier = form.get("code_verifier", [""])[0]
                challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
                if self._challenges.get(form["code"][0]) != challenge.rstrip(b"=").decode():
                    start("400 BAD REQUEST", [("content-type", "application/json")])
                    return [b'{"error": "invalid_grant"}']
            return inner(environ, start)

        return application

    def _authorize(self, inner: Any, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        asked = parse_qs(environ["QUERY_STRING"])

        def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            location = {name.lower(): value for name, value in headers}.get("location", "")
            code = parse_qs(urlsplit(location).query).get("code")
            if code and asked.get("code_challenge_method") == ["S256"]:
                self._challenges[code[0]] = asked["code_challenge"][0]
            return start(status, headers, *rest)

        return inner(environ, note)


@contextmanager
def run_provider() -> Iterator[Provider]:
    """Run a provider on a free port of this machine."""
    provider = Provider()
    app = oidc_provider_mock.app(require_nonce=True)

    @app.before_request
    def keep_storage() -> None:
        provider.storage = flask.g.oidc_provider_mock_storage

    with _threaded_server(provider.around(app), poll_interval=0.02) as server:
        provider.url = f"http://localhost:{server.server_port}"
        httpx.get(f"{provider.url}/jwks", verify=NO_TLS).raise_for_status()
        provider.seen.clear()
        yield provider
