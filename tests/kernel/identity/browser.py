"""One sign-in with a provider as a browser does it: cookies, redirections, and the page that exchanges a code."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from tests.kernel.identity.provider import Provider

from colonnade.kernel.testing import NO_TLS

VERIFIER = "a-verifier-of-the-page-that-comes-back-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Browser:
    """A browser at the backend `url`, whose sign-in routes begin with `prefix`."""

    def __init__(self, url: str, provider: Provider, prefix: str = "/auth") -> None:
        self.url = url
        self.provider = provider
        self.prefix = prefix
        self.cookie = ""
        self.location = ""
        self.query: dict[str, str] = {}

    async def start(self, **parameters: str) -> httpx.Response:
        """Ask to be sent to the provider."""
        answer = await self._call("GET", "oidc/start", params=parameters)
        if answer.status_code == 303:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
            self.location = answer.headers["location"]
        return answer

    async def approve(self, sub: str) -> None:
        """Sign `sub` in at the provider."""
        self.query = await self.provider.approve(self.location, sub)

    async def come_back(self, **changed: str) -> httpx.Response:
        """Return to the callback; `changed` replaces values of the query."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        return await self._call("GET", "oidc/callback", params={**self.query, **changed}, headers=headers)

    async def exchange(self, location: str, verifier: str = VERIFIER) -> httpx.Response:
        """Exchange the login code in the fragment of `location`."""
        fragment = parse_qs(urlsplit(location).fragment)
        body = {"loginCode": fragment["login_code"][0], "codeVerifier": verifier}
        return await self._call("POST", "exchange", json=body)

    async def _call(self, method: str, path: str, **values: Any) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, timeout=30, verify=NO_TLS) as client:
            return await client.request(method, f"{self.prefix}/oauth/{path}", **values)


async def sign_in_elsewhere(
    url: str, provider: Provider, sub: str, prefix: str = "/auth", **parameters: str
) -> httpx.Response:
    """Sign `sub` in from start to end in a new browser."""
    browser = Browser(url, provider, prefix)
    assert (await browser.start(**parameters)).status_code == 303
    await browser.approve(sub)
    return await browser.come_back()
